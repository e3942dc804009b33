//! Finds ticket numbers in words.

use regex::Regex;

use crate::error::ImportError;

/// What a desk's ticket numbers look like.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// Numbers of the operator's own form: the first group counts, or the whole.
    ///
    /// # Errors
    /// [`ImportError::NumberPattern`] says what is wrong with the expression.
    pub fn new(expression: &str) -> Result<Self, ImportError> {
        let wrong = |reason: String| ImportError::NumberPattern { reason };
        let regex = regex::RegexBuilder::new(expression)
            .size_limit(LARGEST)
            .build()
            .map_err(|error| wrong(error.to_string().replace('\n', " ")))?;
        if regex.is_match("") {
            return Err(wrong("it fits where there is no number at all".to_owned()));
        }
        Ok(Self { regex })
    }

    /// Numbers in order, each with its place in bytes; one that repeats comes with each place.
    pub(crate) fn find(&self, words: &str) -> Vec<(String, (usize, usize))> {
        self.regex
            .captures_iter(words)
            .filter_map(|found| {
                let number = (1..found.len())
                    .find_map(|group| found.get(group))
                    .or_else(|| found.get(0))?;
                Some((number.as_str().to_owned(), (number.start(), number.end())))
            })
            .collect()
    }
}

impl Default for Pattern {
    /// Numbers that stand after a word for a ticket, or after `#`.
    fn default() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "INVARIANT: the expression is a constant, and tested"
        )]
        let regex = Regex::new(USUAL).expect("a regular expression");
        Self { regex }
    }
}

/// A word for a ticket, words that may stand between, and a number; or `#` and at least three
/// digits.
const USUAL: &str = r#"(?xi)
    \b (?: tickets? | cases? | incidents? | requests? | vorgangs? | fall | anfrage | dossier
         | demande | caso | incidencia | expediente | r[eé]f(?:[eé]rence|erenz|erencia)? )
    (?: \s* (?: - | \# | : | \. | = | ["'„“”«»] | number | no\b | nr\b | num | id\b
              | nummer | num[eé]ro | n[º°] | is\b | was\b | ist\b | war\b | est\b | es\b
              | with | mit | my | the | of ) )*
    \s* ( [A-Z]{0,6} -? [0-9]{2,18} \b )
    | \# \s* ( [A-Z]{0,6} -? [0-9]{3,18} \b )
"#;

/// An operator's expression takes no more memory than this when it is compiled.
const LARGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(words: &str) -> Vec<String> {
        let found = Pattern::default().find(words);
        for (number, (start, end)) in &found {
            assert_eq!(&words[*start..*end], number);
        }
        found.into_iter().map(|(number, _)| number).collect()
    }

    #[test]
    fn numbers_after_a_word_for_a_ticket_are_found() {
        for (words, number) in [
            ("He quoted ticket number 4711 and knew my name.", "4711"),
            ("re: Ticket#2026112647", "2026112647"),
            ("my case no. DE-100234", "DE-100234"),
            ("the case number was 100234", "100234"),
            ("Er nannte die Ticketnummer: 4711", "4711"),
            ("Er nannte die Ticket-Nummer 4711", "4711"),
            ("il a cité le dossier n° 4711", "4711"),
            ("con el número de caso 4711", "4711"),
            ("(#4711)", "4711"),
            ("he knew ticket 47", "47"),
            ("Vorgang „4711“", "4711"),
        ] {
            assert_eq!(numbers(words), [number], "{words}");
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for words in [
            "He wanted 299 dollars and called from 555 0100.",
            "I opened the ticket on 12 June 2026.",
            "the case is closed",
            "#12",
            "",
        ] {
            assert_eq!(numbers(words), [""; 0], "{words}");
        }
    }

    #[test]
    fn a_desk_says_what_its_own_look_like() {
        let own = Pattern::new(r"\bT-([0-9]{6})\b").unwrap();
        let found = own.find("T-123456, T-12 and ticket 4711");
        assert_eq!(found, [("123456".to_owned(), (2, 8))]);
        assert!(Pattern::new("(").is_err());
        assert!(Pattern::new("[0-9]*").is_err());
    }
}

//! Finds ticket numbers in words.

use std::sync::LazyLock;

use regex::Regex;

use super::nearby::{after, before};
use crate::error::ImportError;

/// What a desk's ticket numbers look like.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The operator's own form; `None` = numbers after a word for a ticket.
    own: Option<Regex>,
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
        Ok(Self { own: Some(regex) })
    }

    /// Numbers in order, each with its place in bytes; one that repeats comes with each place.
    pub(crate) fn find(&self, words: &str) -> Vec<(String, (usize, usize))> {
        let Some(regex) = &self.own else {
            return usual(words);
        };
        regex
            .captures_iter(words)
            .filter_map(|found| {
                let number = (1..found.len())
                    .find_map(|group| found.get(group))
                    .or_else(|| found.get(0))
                    .filter(|number| !number.is_empty())?;
                Some((number.as_str().to_owned(), (number.start(), number.end())))
            })
            .collect()
    }
}

impl Default for Pattern {
    /// Numbers that stand after a word for a ticket, or after `#`.
    fn default() -> Self {
        Self { own: None }
    }
}

/// Numbers after a word for a ticket, and those that follow them in a list: `tickets 12 and 13`.
fn usual(words: &str) -> Vec<(String, (usize, usize))> {
    let mut found = Vec::new();
    for whole in USUAL.captures_iter(words) {
        let Some(number) = whole.name("n").or_else(|| whole.name("hash")) else {
            continue;
        };
        let start = whole.get(0).map_or(0, |whole| whole.start());
        let between = words.get(start..number.start()).unwrap_or_default();
        if OTHER_NUMBER.is_match(before(words, start)) || is_no_number(between, number.as_str()) {
            continue;
        }
        let mut add = |start: usize, end: usize| {
            let number = words.get(start..end).unwrap_or_default();
            if stands_alone(words, end, number) {
                found.push((number.to_owned(), (start, end)));
            }
        };
        add(number.start(), number.end());
        let mut end = number.end();
        while let Some(next) = words.get(end..).and_then(|rest| NEXT.captures(rest)) {
            let Some(number) = next.name("n") else { break };
            add(end + number.start(), end + number.end());
            end += number.end();
        }
    }
    found
}

/// `the case is 20 …`, `in case 10 …`, `Fall 2026`: words that only look like a ticket's.
fn is_no_number(between: &str, number: &str) -> bool {
    let digits = number.len();
    VERB.is_match(between) && digits <= 3
        || between.starts_with(['f', 'F']) && digits == 4 && number.starts_with("20")
}

/// Whether nothing behind it says that it is a price, a date, a time, or a piece of a phone number.
fn stands_alone(words: &str, end: usize, number: &str) -> bool {
    let rest = after(words, end);
    let goes_on = GOES_ON.is_match(rest) && !(rest.starts_with(',') && number.len() >= 4);
    !goes_on && !UNIT.is_match(rest)
}

#[expect(
    clippy::expect_used,
    reason = "INVARIANT: the expressions are constants, and tested"
)]
fn regex(expression: &str) -> Regex {
    Regex::new(&expression.replace("NUMBER", NUMBER)).expect("a regular expression")
}

/// Letters in capitals, as desks write them, and digits.
const NUMBER: &str = "(?-i:[A-Z]{0,6})-?[0-9]{2,18}";

/// A word for a ticket, words that may stand between, and a number; or `#` and at least three
/// digits.
static USUAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?xi)
    \b (?: tickets? | cases? | incidents? | requests? | vorgangs? | vorgänge | fall | fälle
         | anfragen? | dossiers? | demandes? | casos? | incidencias? | expedientes?
         | r[eé]f(?:[eé]rence|erenz|erencia)? )
    (?: \s* (?: - | \# | : | \. | = | \( | \[ | ["'„“”«»] | numbers? | nos?\b | nr\b | num\b | ids?\b
              | nummern? | num[eé]ros? | n[º°] | is\b | was\b | ist\b | war\b | est\b | es\b
              | with \s+ (?:the\s+)? (?:number|no\b|id\b) | mit \s+ (?:der\s+)? (?:nummer|nr\b) ) )*
    \s* (?P<n> NUMBER ) \b
    | \# \s* (?P<hash> (?-i:[A-Z]{0,6}) -? [0-9]{3,18} ) \b
"#,
    )
});

/// The next number of a list.
static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\s*(?:,|/|&|\+|\b(?:and|or|und|oder|et|ou|y|o)\b)\s*(?:(?:#|nr|no|n[º°]|ticket|case|vorgang)\b?\.?\s*)*(?P<n>NUMBER)\b",
    )
});

static VERB: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:is|was|ist|war|est|es)\b"));

/// Words directly before, by which it is another number or no noun: `order #123`, `in case 12 …`.
static OTHER_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)(?:(?:order|payment|invoice|tracking|transaction|customer|client|account|bank|room|apt",
        r"|bestell|rechnung|kunden|konto|zahlung|liefer|auftrag|commande|facture|client|compte|colis",
        r"|pedido|factura|cliente|cuenta|parking|train|lottery|speeding|support plan)",
        r"[\p{L}]*[\s:.\-]*(?:no\.?|nr\.?|number|nummer)?|\bin|\bjust in|&)\s*$"
    ))
});

/// The number is part of something longer: `555 0100`, `12.06.2026`, `14:05`, `1,000`.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:\s?[.,:/\-–]\s?|[ \t]+\+?\(?)\d"));

/// What stands behind amounts, spans and dates.
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^(?:\s*(?:%|€|\$|£|eur\b|euros?\b|usd\b|gbp\b|chf\b|dollars?\b|pounds?\b|bucks\b|mal\b|times\b|fois\b|veces\b",
        r"|min|sec|sek|hours?|stunden?|heures?|horas?|days?|tagen?|jours?|d[ií]as?|weeks?|wochen?|semaines?|semanas?",
        r"|months?|monaten?|mois|meses|years?|jahren?|ans\b|años?|people|persons?|leute|personen|uhr|h\b|[ap]\.?m\b)",
        r"|(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?(?:jan|feb|f[ée]v|mar|mär|apr|avr|abr|ma[iy]|jui?n|jui?l|aug|ao[uû]t|ago|sep|o[ck]t|nov|de[cz]|d[ée]c|dic|ene)[\p{L}]*)"
    ))
});

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

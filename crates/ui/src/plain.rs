//! Text from outside made showable: no invisible tricks, no name longer than a line.
//!
//! Escaping for HTML is askama's work and `charts`'; this module takes away what survives
//! escaping: control characters (which HTML forbids), marks that turn the reading direction of
//! what follows, and lengths that push a table off the page.

/// How much of one text the page shows; `verdict.json` holds the rest.
const LONGEST: usize = 160;
/// How much of a result.
const PASSAGE: usize = 2_000;

/// One text as the page shows it: at most 160 characters, every trick made visible.
pub(crate) fn shown(text: &str) -> String {
    cut(text, LONGEST)
}

/// A result that a person wrote down: a paragraph, not a book.
pub(crate) fn passage(text: &str) -> String {
    cut(text, PASSAGE)
}

/// One text as a chart's label, at most as wide as `longest` small letters.
pub(crate) fn label(text: &str, longest: usize) -> String {
    let mut room = longest;
    let fits = text.chars().take_while(|c| {
        let wide = if matches!(c, 'W' | 'M' | '@' | '%') || !c.is_ascii() {
            2
        } else {
            1
        };
        room = room.saturating_sub(wide);
        room > 0
    });
    cut(text, fits.count())
}

/// A text that must stay whole, such as a command line; lines stay lines.
pub(crate) fn whole(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' { c } else { visible(c) })
        .collect()
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., tail] => format!("{} {last} {tail}", head.join(", ")),
    }
}

fn cut(text: &str, longest: usize) -> String {
    let mut out: String = text.chars().take(longest).map(visible).collect();
    if text.chars().nth(longest).is_some() {
        out.push('…');
    }
    out
}

/// The character itself, or U+FFFD where it would act instead of being read.
fn visible(c: char) -> char {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c);
    let noncharacter = u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c);
    if c.is_control() || turns || noncharacter {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_turn_the_text_around_are_made_visible() {
        assert_eq!(shown("a\u{202e}b\u{0}c\nd"), "a\u{fffd}b\u{fffd}c\u{fffd}d");
        assert_eq!(shown("שלום Heron-41"), "שלום Heron-41");
    }

    #[test]
    fn a_name_of_ten_thousand_characters_is_cut_and_says_so() {
        let name = shown(&"x".repeat(10_000));
        assert_eq!(name.chars().count(), LONGEST + 1);
        assert!(name.ends_with('…'));
    }

    #[test]
    fn a_label_is_cut_by_its_width() {
        assert_eq!(label("Sandpiper-12", 13), "Sandpiper-12");
        assert_eq!(label("Sandpiper-1234", 13), "Sandpiper-12…");
        assert_eq!(label("WWWWWWWWWWWW", 13), "WWWWWW…");
    }

    #[test]
    fn a_command_line_is_never_cut() {
        let command = "countersign trace ".repeat(1_000);
        assert_eq!(whole(&command), command);
    }

    #[test]
    fn a_list_reads_as_a_person_would_say_it() {
        let words = |n: usize| (1..=n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(list(&words(0), "or"), "");
        assert_eq!(list(&words(1), "or"), "1");
        assert_eq!(list(&words(3), "or"), "1, 2 or 3");
    }
}

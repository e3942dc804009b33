//! What stands around a find: by it one sees that a date is of a letter, and a number a price.

/// What stands before a place in its sentence, cut to a few words.
pub(super) fn before(words: &str, start: usize) -> &str {
    let mut from = start.saturating_sub(FAR);
    while !words.is_char_boundary(from) {
        from += 1;
    }
    let text = words.get(from..start).unwrap_or_default();
    let mut begin = 0;
    let mut letters = 0;
    for (at, letter) in text.char_indices() {
        // After `geb.` or `20.` a sentence goes on.
        let ends = match letter {
            '!' | '?' | ';' => true,
            '.' => letters >= SHORTEST_LAST_WORD,
            '\n' => text.get(..at).is_some_and(|text| text.ends_with('\n')),
            _ => false,
        };
        letters = if letter.is_alphabetic() {
            letters + 1
        } else {
            0
        };
        if ends {
            begin = at + letter.len_utf8();
        }
    }
    text.get(begin..).unwrap_or_default()
}

/// What stands behind a place, cut to a few words.
pub(super) fn after(words: &str, end: usize) -> &str {
    let mut until = (end + FAR).min(words.len());
    while !words.is_char_boundary(until) {
        until -= 1;
    }
    words.get(end..until).unwrap_or_default()
}

/// Bytes that are looked at, so that the whole stays linear.
const FAR: usize = 80;
/// Shorter ones before a full stop are shortened.
const SHORTEST_LAST_WORD: usize = 4;

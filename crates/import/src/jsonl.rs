//! JSON Lines: one object a line.

use crate::header::Layout;
use crate::rows::Rows;

/// The names in the first objects, in the order in which they are met.
pub(crate) fn names(text: &[u8]) -> Vec<String> {
    let _ = text;
    Vec::new()
}

/// Finds the cells of a block of whole lines.
pub(crate) fn parse(bytes: Vec<u8>, first_line: u64, layout: &Layout) -> Rows {
    let _ = layout;
    Rows {
        bytes,
        first_line,
        ..Rows::default()
    }
}

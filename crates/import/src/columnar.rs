//! Columns of a Parquet file.

use crate::dictionary::Ids;
use crate::piece::Digits;
use crate::reason::Reason;
use crate::rows::{Bad, raw};

/// Columns of ids of a piece of a Parquet file.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) first_row: u64,
    pub(crate) read: u64,
}

impl Cells {
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.first_row + row as u64
    }

    pub(crate) fn bad(&self, row: usize, reason: Reason) -> Bad {
        Bad {
            line: self.line(row),
            reason,
            raw: raw(b""),
        }
    }

    pub(crate) fn cell<'a>(&'a self, slot: usize, row: usize, digits: &'a mut Digits) -> &'a [u8] {
        let _ = (slot, row, digits);
        &[]
    }

    pub(crate) fn find_all(&self, slot: usize, ids: &Ids, numbers: &mut Vec<u32>) {
        let _ = (slot, ids, numbers);
    }
}

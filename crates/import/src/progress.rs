//! How a reader tells a progress bar where it is.

use std::path::Path;

use crate::table::Table;

/// Receives how far the import is; calls come from several threads.
pub trait Progress: Sync {
    /// A file is opened; `bytes` is its length on disk, `None` for standard input.
    fn started(&self, table: Table, path: &Path, bytes: Option<u64>);
    /// This many more bytes (on disk) and rows were read.
    fn advanced(&self, bytes: u64, rows: u64);
    /// The file is read.
    fn finished(&self, table: Table, path: &Path);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _: Table, _: &Path, _: Option<u64>) {}
    fn advanced(&self, _: u64, _: u64) {}
    fn finished(&self, _: Table, _: &Path) {}
}

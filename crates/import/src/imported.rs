//! What an import hands back beside the views.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_core::desk::Desk;
use countersign_core::work::Work;

use crate::coverage::{Coverage, LogFile};
use crate::directory::Directory;
use crate::rejected::Rejected;
use crate::table::Table;

/// Everything that was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The desk, complete.
    pub desk: Desk,
    /// Files in the order in which they were read.
    pub files: Vec<FileRead>,
    /// Rows that were left out, by file and line; [`crate::MOST_KEPT`] at most.
    pub rejected: Vec<Rejected>,
    /// What the log covers.
    pub coverage: Coverage,
    /// Columns that nobody reads.
    pub ignored: Vec<IgnoredColumns>,
    /// What the person at the keyboard should know, in plain words, without personal data.
    pub warnings: Vec<String>,
    /// Who changed what, where logs of changes were handed in; no part of the desk.
    pub work: Option<Work>,
    /// Whether the log has changes only, so that a look without a change is not in it.
    pub changes_only: bool,
    /// Who is at the desk, if [`crate::Keep::Directory`] asked for it.
    pub directory: Option<Arc<Directory>>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// Its table.
    pub table: Table,
    /// Its path, as the caller named it.
    pub path: PathBuf,
    /// SHA-256 of its bytes on disk, 64 hexadecimal digits.
    pub sha256: String,
    /// Its rows, without the header.
    pub rows: u64,
    /// How many of them were left out.
    pub rejected: u64,
    /// Rows beside them that belong to another table: agents in a file of users.
    pub others: u64,
    /// What a file of the log holds; other tables have none.
    pub log: Option<LogFile>,
}

impl FileRead {
    pub(crate) fn new(table: Table, path: &Path, sha256: String, rows: u64, rejected: u64) -> Self {
        Self {
            table,
            path: path.to_owned(),
            sha256,
            rows,
            rejected,
            others: 0,
            log: None,
        }
    }

    /// The file's name without its folder.
    #[must_use]
    pub fn name(&self) -> String {
        crate::file::shown(Path::new(
            self.path.file_name().unwrap_or(self.path.as_os_str()),
        ))
    }
}

/// Columns of a file that nobody reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredColumns {
    /// Its table.
    pub table: Table,
    /// The file, as the caller named it.
    pub file: String,
    /// Their names.
    pub columns: Vec<String>,
}

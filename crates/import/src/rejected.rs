//! Keeps the rows that were left out, and stops when there are too many.

use crate::error::ImportError;
use crate::rows::Bad;
use crate::table::Table;

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its table.
    pub table: Table,
    /// Its file, as the caller named it.
    pub file: String,
    /// Its line; in Parquet its row; from 1.
    pub line: u64,
    /// What is wrong, without anything of the row.
    pub reason: String,
    /// Its first 1,024 bytes: personal data, for `rejected.csv` only.
    pub raw: Box<[u8]>,
}

/// Counts the rows of one file.
#[derive(Debug)]
pub(crate) struct Rejects<'a> {
    table: Table,
    file: String,
    allowed: f64,
    rows: u64,
    rejected: u64,
    first: Option<(u64, String)>,
    kept: &'a mut Vec<Rejected>,
}

impl<'a> Rejects<'a> {
    pub(crate) fn new(
        table: Table,
        file: String,
        allowed: f64,
        kept: &'a mut Vec<Rejected>,
    ) -> Self {
        Self {
            table,
            file,
            allowed,
            rows: 0,
            rejected: 0,
            first: None,
            kept,
        }
    }

    /// Counts the rows of a piece, `bad` of which are left out.
    pub(crate) fn add(&mut self, rows: u64, bad: Vec<Bad>) -> Result<(), ImportError> {
        self.rows += rows;
        for bad in bad {
            self.rejected += 1;
            if self.first.is_none() {
                self.first = Some((bad.line, bad.reason.to_string()));
            }
            if self.kept.len() < MOST_KEPT {
                self.kept.push(Rejected {
                    table: self.table,
                    file: self.file.clone(),
                    line: bad.line,
                    reason: bad.reason.to_string(),
                    raw: bad.raw,
                });
            }
        }
        // Hopeless: no need to read the other gigabytes.
        if self.rejected > EARLY && self.rejected > self.rows / 2 && self.allowed < 0.5 {
            return self.check();
        }
        Ok(())
    }

    /// Fails if more rows are bad than was allowed.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share of 2^53 rows is exact enough"
        )]
        let too_many = self.rejected as f64 > self.allowed * self.rows as f64;
        match &self.first {
            Some((line, reason)) if too_many => Err(ImportError::TooManyRejected {
                file: self.file.clone(),
                rejected: self.rejected,
                rows: self.rows,
                allowed: self.allowed,
                line: *line,
                reason: reason.clone(),
            }),
            _ => Ok(()),
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn rejected(&self) -> u64 {
        self.rejected
    }
}

/// Bad rows that are kept; more are counted only.
pub const MOST_KEPT: usize = 1_000_000;
/// Bad rows after which a file with mostly bad rows is given up.
const EARLY: u64 = 10_000;

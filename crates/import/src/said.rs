//! What a verdict says of the files that were read.

use countersign_core::verdict::{Coverage, Gap, Input, Log, NoneOf};

use crate::adapters::NoView;
use crate::coverage::{self, LogFile};
use crate::imported::Imported;
use crate::table::Table;

impl Imported {
    /// What the log covers.
    #[must_use]
    pub fn covered(&self) -> Coverage {
        let read = &self.coverage;
        Coverage {
            rows: read.rows,
            unresolved: read.unresolved as f64 / read.rows.max(1) as f64,
            from: read.first.map(|second| second.to_string()),
            to: read.last.map(|second| second.to_string()),
            accounts: read.accounts,
            customers: self.desk.customers.count.into(),
            tickets: self.desk.tickets.customer.len() as u64,
            gaps: gaps(&read.gaps),
        }
    }

    /// The files.
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        let files = self.files.iter();
        files
            .map(|file| Input {
                table: file.table.name().to_owned(),
                path: file.name(),
                sha256: file.sha256.clone(),
                rows: file.rows,
                rejected: file.rejected,
                log: file.log.as_ref().map(LogFile::said),
            })
            .collect()
    }

    /// Rows of the reports table that could not be read.
    #[must_use]
    pub fn rejected_reports(&self) -> u64 {
        let reports = self.files.iter();
        let reports = reports.filter(|file| file.table == Table::Reports);
        reports.map(|file| file.rejected).sum()
    }
}

impl LogFile {
    /// What one file of the log holds, without the names that [`LogFile::programs`] has.
    #[must_use]
    pub fn said(&self) -> Log {
        Log {
            source: self.source.to_owned(),
            title: self.title.to_owned(),
            records: self.records,
            views: self.views,
            changes: self.changes,
            none: NoView::ALL
                .into_iter()
                .map(|why| NoneOf {
                    why: why.what().to_owned(),
                    records: self.no_views.of(why),
                })
                .filter(|none| none.records > 0)
                .collect(),
            rejected: self.rejected,
            accounts: self.accounts,
            unresolved: self.unresolved,
            ambiguous: self.ambiguous,
            programs: self.programs.len() as u64,
            from: self.first.map(|second| second.to_string()),
            to: self.last.map(|second| second.to_string()),
            gaps: gaps(&self.gaps),
            zone_assumed: self.zone_assumed,
            clock_changes: self.clock_changes,
        }
    }
}

fn gaps(read: &[coverage::Gap]) -> Vec<Gap> {
    read.iter()
        .map(|gap| Gap {
            from: gap.from.to_string(),
            to: gap.until.to_string(),
        })
        .collect()
}

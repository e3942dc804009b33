//! From files to a desk with its index: what `trace`, `demo` and `bench` begin with.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use countersign_core::desk::Desk;
use countersign_core::holder::Holders;
use countersign_core::trace::index::Sweep;
use countersign_core::verdict::{Coverage, Gap, Input, Log, NoneOf};
use countersign_import::{self as import, Imported, LogFile, NoView, Options, Progress, Sources};
use countersign_store::index::{MappedIndex, Spill, build};

use crate::progress::{Unit, bar};

/// A desk whose log can be asked.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) imported: Imported,
    pub(crate) holders: Holders,
    pub(crate) index: MappedIndex,
}

impl Analysis {
    /// Reads the tables and the log, and builds the index in `folder`.
    pub(crate) fn read(
        sources: &Sources,
        options: &Options,
        folder: &Path,
        progress: &dyn Progress,
        cancel: &AtomicBool,
    ) -> Result<Self> {
        let mut open = countersign_import::open(sources, options, progress, cancel)?;
        let mut spill = Spill::new(folder, open.desk()).context("making a temporary file")?;
        open.views(&mut |views| spill.add(views))?;
        let imported = open.finish()?;
        let holders = Holders::of(&imported.desk);
        let sorting = bar("sorting views", spill.extent().0, Unit::Things);
        let index = build(folder, spill, &imported.desk, &holders, &|views| {
            sorting.inc(views)
        })?;
        sorting.finish_and_clear();
        Ok(Self {
            imported,
            holders,
            index,
        })
    }

    /// The desk.
    pub(crate) fn desk(&self) -> &Desk {
        &self.imported.desk
    }

    /// Whom to ask.
    pub(crate) fn sweep(&self) -> Sweep<'_> {
        Sweep::new(self.index.index(), self.desk())
    }

    /// What the log covers, for the verdict.
    pub(crate) fn coverage(&self) -> Coverage {
        let read = &self.imported.coverage;
        let desk = self.desk();
        Coverage {
            rows: read.rows,
            unresolved: read.unresolved as f64 / read.rows.max(1) as f64,
            from: read.first.map(|second| second.to_string()),
            to: read.last.map(|second| second.to_string()),
            accounts: read.accounts,
            customers: desk.customers.count.into(),
            tickets: desk.tickets.customer.len() as u64,
            gaps: gaps(&read.gaps),
        }
    }

    /// The files, for the verdict.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        let files = self.imported.files.iter();
        files
            .map(|file| Input {
                table: file.table.name().to_owned(),
                path: file.name(),
                sha256: file.sha256.clone(),
                rows: file.rows,
                rejected: file.rejected,
                log: file.log.as_ref().map(log),
            })
            .collect()
    }

    /// Rows of the reports table that could not be read.
    pub(crate) fn rejected_reports(&self) -> u64 {
        let reports = self.imported.files.iter();
        let reports = reports.filter(|file| file.table == countersign_import::Table::Reports);
        reports.map(|file| file.rejected).sum()
    }
}

/// What one file of the log holds, without the names that [`LogFile::programs`] has.
pub(crate) fn log(read: &LogFile) -> Log {
    Log {
        source: read.source.to_owned(),
        title: read.title.to_owned(),
        records: read.records,
        views: read.views,
        changes: read.changes,
        none: NoView::ALL
            .into_iter()
            .map(|why| NoneOf {
                why: why.what().to_owned(),
                records: read.no_views.of(why),
            })
            .filter(|none| none.records > 0)
            .collect(),
        rejected: read.rejected,
        accounts: read.accounts,
        unresolved: read.unresolved,
        ambiguous: read.ambiguous,
        programs: read.programs.len() as u64,
        from: read.first.map(|second| second.to_string()),
        to: read.last.map(|second| second.to_string()),
        gaps: gaps(&read.gaps),
        zone_assumed: read.zone_assumed,
        clock_changes: read.clock_changes,
    }
}

fn gaps(read: &[import::Gap]) -> Vec<Gap> {
    read.iter()
        .map(|gap| Gap {
            from: gap.from.to_string(),
            to: gap.until.to_string(),
        })
        .collect()
}

//! From files to a desk with its index: what `trace`, `demo` and `bench` begin with.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use countersign_core::desk::Desk;
use countersign_core::holder::Holders;
use countersign_core::trace::index::Sweep;
use countersign_import::{Imported, Options, Progress, Sources};
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
}

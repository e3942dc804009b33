//! The help desk that cases are judged on: its tables and the index of its log.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use countersign_core::desk::Desk as Tables;
use countersign_core::holder::Holders;
use countersign_core::time::Second;
use countersign_core::verdict::{Coverage, Input};
use countersign_import::{
    self as import, Changes, Described, Directory, ImportError, Keep, Mapping, Options, Placed,
    Progress, Sources,
};
use countersign_store::index::{IndexError, MappedIndex, Spill, build};
use thiserror::Error;

use crate::config;
use crate::judge::LogSaid;
use crate::names::Names;

/// A desk whose log can be asked.
#[derive(Debug)]
pub(crate) struct Desk {
    /// Its tables; the reports are those of the case that is judged.
    pub(crate) tables: Tables,
    pub(crate) holders: Holders,
    pub(crate) index: MappedIndex,
    pub(crate) coverage: Coverage,
    pub(crate) inputs: Vec<Input>,
    pub(crate) changes_only: bool,
    pub(crate) logs: Vec<LogSaid>,
    pub(crate) names: Names,
    pub(crate) register: Arc<dyn Register>,
}

/// Finds the customer and the ticket that somebody names.
pub trait Register: Send + Sync + core::fmt::Debug {
    /// Whose a report is, and which ticket was quoted.
    fn place(&self, described: &Described<'_>) -> Placed;
}

impl Register for Directory {
    fn place(&self, described: &Described<'_>) -> Placed {
        self.place(described)
    }
}

/// A desk that can't be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeskError {
    /// A file or a row.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The index.
    #[error("building the index of the log")]
    Index(#[from] IndexError),
    /// What the disk says.
    #[error("making a temporary file")]
    Io(#[from] std::io::Error),
    /// A file beside the tables.
    #[error("`{0}`: {1}")]
    File(String, String),
}

impl Desk {
    /// Reads the desk's files; none if there is no log. The index lies in `folder`, without a name.
    ///
    /// # Errors
    /// What can't be read.
    pub(crate) fn read(
        config: &config::Desk,
        folder: &Path,
        now: Second,
        hides: &[u8; 32],
        progress: &dyn Progress,
    ) -> Result<Option<Self>, DeskError> {
        if config.events.is_empty() {
            return Ok(None);
        }
        let sources = Sources {
            events: config.events.clone(),
            accounts: config.accounts.clone(),
            customers: config.customers.clone(),
            tickets: config.tickets.clone(),
            exports: config.exports.clone(),
            ..Sources::default()
        };
        let mut options = Options::new(now);
        options.keep = Keep::Directory;
        options.time_format.clone_from(&config.time_format);
        options.timezone.clone_from(&config.timezone);
        options.missing.clone_from(&config.missing);
        if config.changes_as_views {
            options.changes = Changes::AcceptAsViews;
        }
        if let Some(path) = &config.map_file {
            let name = || path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| DeskError::File(name(), error.to_string()))?;
            options.mapping = Mapping::from_toml(&text, &name())?;
        }
        let never = AtomicBool::new(false);
        let mut open = import::open(&sources, &options, progress, &never)?;
        let mut spill = Spill::new(folder, open.desk())?;
        open.views(&mut |views| spill.add(views))?;
        let mut imported = open.finish()?;
        let mut holders = Holders::of(&imported.desk);
        let names = Names::take(&mut imported.desk, &mut holders, hides);
        let index = build(folder, spill, &imported.desk, &holders, &|_| {})?;
        // It was asked for above.
        let Some(directory) = imported.directory.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            coverage: imported.covered(),
            inputs: imported.inputs(),
            changes_only: imported.changes_only,
            logs: logs(&imported),
            tables: imported.desk,
            holders,
            index,
            names,
            register: directory,
        }))
    }
}

fn logs(imported: &import::Imported) -> Vec<LogSaid> {
    let files = imported.files.iter();
    let logs = files.filter_map(|file| {
        let log = file.log.as_ref()?;
        Some(LogSaid {
            name: file.name(),
            kind: log.title.to_owned(),
            last: log.last,
            views: log.views,
        })
    });
    logs.collect()
}

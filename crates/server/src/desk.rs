//! The help desk that cases are judged on: its tables and the index of its log.

mod live;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use countersign_core::desk::{Desk as Tables, NONE, View};
use countersign_core::holder::Holders;
use countersign_core::report::Quoted;
use countersign_core::time::Second;
use countersign_core::trace::index::{Delta, Index};
use countersign_core::verdict::{Coverage, Input};
use countersign_import::{
    self as import, Changes, Described, Directory, ImportError, Keep, Mapping, Options, Placed,
    Progress, Sources,
};
use countersign_store::index::{IndexError, MappedIndex, Spill, build};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::config;
use crate::demo::MadeUpDesk;
use crate::judge::LogSaid;
use crate::names::Names;
use crate::views::Came;

use self::live::Live;
pub(crate) use self::live::Met;

/// A desk whose log can be asked.
#[derive(Debug)]
pub(crate) struct Desk {
    /// Its tables; the reports are those of the case that is judged.
    pub(crate) tables: Tables,
    pub(crate) holders: Holders,
    index: MappedIndex,
    delta: Delta,
    live: Live,
    /// Persons that the tables and the files of the log had; newcomers follow.
    pub(crate) persons: usize,
    unresolved: u64,
    pub(crate) coverage: Coverage,
    pub(crate) inputs: Vec<Input>,
    /// How they are read, as the configuration says it; empty where it says nothing.
    pub(crate) reading: String,
    pub(crate) changes_only: bool,
    pub(crate) logs: Vec<LogSaid>,
    pub(crate) names: Names,
    pub(crate) register: Arc<dyn Register>,
}

/// What views that came change of what is known of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Added {
    /// First and last second; none: there were none.
    pub(crate) extent: Option<(Second, Second)>,
    /// Whether there are new persons, a ticket that was known has another customer, or a copy holds
    /// more.
    pub(crate) is_other_desk: bool,
    /// Row of the first new ticket.
    pub(crate) tickets_from: usize,
}

/// Finds the customer and the ticket that somebody names.
pub trait Register: Send + Sync + core::fmt::Debug {
    /// Whose a report is, and which ticket was quoted.
    fn place(&self, described: &Described<'_>) -> Placed;

    /// The customer of exactly this id.
    fn customer(&self, id: &str) -> Option<u32> {
        let described = Described {
            customer: Some(id),
            ..Described::default()
        };
        self.place(&described).customer
    }

    /// The ticket of exactly this id.
    fn ticket(&self, id: &str) -> Option<u32> {
        let described = Described {
            number: Some(id),
            ..Described::default()
        };
        match self.place(&described).quoted {
            Quoted::Ticket(ticket) => Some(ticket),
            Quoted::Nothing | Quoted::NeverIssued => None,
        }
    }
}

impl Register for Directory {
    fn place(&self, described: &Described<'_>) -> Placed {
        self.place(described)
    }

    fn customer(&self, id: &str) -> Option<u32> {
        self.customer(id)
    }

    fn ticket(&self, id: &str) -> Option<u32> {
        self.ticket(id)
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
    /// Reads the desk's files, and takes in what came before. The index lies in `folder`, without a
    /// name.
    ///
    /// # Errors
    /// What can't be read.
    pub(crate) fn read(
        config: &config::Desk,
        folder: &Path,
        now: Second,
        hides: Zeroizing<[u8; 32]>,
        came: &Came,
        progress: &dyn Progress,
    ) -> Result<Option<Self>, DeskError> {
        let sources = Sources {
            events: config.events.clone(),
            accounts: config.accounts.clone(),
            customers: config.customers.clone(),
            tickets: config.tickets.clone(),
            exports: config.exports.clone(),
            ..Sources::default()
        };
        let mut options = options(config, now)?;
        options.keep = Keep::Directory;
        let never = AtomicBool::new(false);
        let mut open = import::open(&sources, &options, progress, &never)?;
        let mut spill = Spill::new(folder, open.desk())?;
        if !config.events.is_empty() {
            open.views(&mut |views| spill.add(views))?;
        }
        let mut imported = open.finish()?;
        let Some(directory) = imported.directory.clone() else {
            // It was asked for above.
            return Ok(None);
        };
        let mut coverage = imported.covered();
        let mut unresolved = imported.coverage.unresolved;
        let mut holders = Holders::of(&imported.desk);
        let mut names = Names::take(&mut imported.desk, &mut holders, &hides);
        let persons = holders.persons.len();
        let mut live = Live::new(&imported.desk, hides);
        let took = live.take(&mut imported.desk, directory.as_ref(), came);
        coverage.accounts += took.newcomers.len() as u64;
        cover(&mut coverage, &mut unresolved, &imported.desk, &took.views);
        spill.add(&took.views)?;
        if !took.newcomers.is_empty() {
            names.join(took.newcomers);
            holders = Holders::of(&imported.desk);
        }
        let index = build(folder, spill, &imported.desk, &holders, &|_| {})?;
        Ok(Some(Self {
            coverage,
            delta: Delta::new(&index.index(), &imported.desk),
            live,
            persons,
            unresolved,
            inputs: imported.inputs(),
            reading: reading(config)?,
            changes_only: imported.changes_only,
            logs: logs(&imported),
            tables: imported.desk,
            holders,
            index,
            names,
            register: directory,
        }))
    }

    /// A desk that was made up, with what came to it since.
    pub(crate) fn made_up(made: MadeUpDesk, hides: Zeroizing<[u8; 32]>, came: &Came) -> Self {
        let MadeUpDesk {
            mut tables,
            mut holders,
            index,
            coverage,
            inputs,
            last,
            register,
        } = made;
        let log = LogSaid {
            name: "made up".to_owned(),
            kind: "a table of views".to_owned(),
            last: Some(last),
            views: coverage.rows,
        };
        // Names are taken out, made up as they are.
        let names = Names::take(&mut tables, &mut holders, &hides);
        let mut desk = Self {
            delta: Delta::new(&index.index(), &tables),
            live: Live::new(&tables, hides),
            persons: holders.persons.len(),
            unresolved: 0,
            tables,
            holders,
            index,
            coverage,
            inputs,
            reading: String::new(),
            changes_only: false,
            logs: vec![log],
            names,
            register,
        };
        desk.take(came);
        desk
    }

    /// The index with what came since it was built.
    pub(crate) fn index(&self) -> Index<'_> {
        self.index.index().with(&self.delta)
    }

    /// Takes in what came while the server runs; says what that changes.
    pub(crate) fn take(&mut self, came: &Came) -> Added {
        let tickets_from = self.tables.tickets.customer.len();
        let took = self
            .live
            .take(&mut self.tables, self.register.as_ref(), came);
        self.coverage.accounts += took.newcomers.len() as u64;
        let is_other_desk = !took.newcomers.is_empty() || !took.learned.is_empty();
        if !took.newcomers.is_empty() {
            self.names.join(took.newcomers);
            self.holders = Holders::of(&self.tables);
        }
        let (index, views) = (self.index.index(), &took.views);
        let held = self.delta.held();
        self.delta
            .add(&index, &self.tables, &self.holders, views, &took.learned);
        let is_other_desk = is_other_desk || self.delta.held() != held;
        let (coverage, unresolved) = (&mut self.coverage, &mut self.unresolved);
        cover(coverage, unresolved, &self.tables, views);
        let times = || views.iter().map(|view| view.second);
        Added {
            extent: times().min().zip(times().max()),
            is_other_desk,
            tickets_from,
        }
    }

    /// Customers and tickets that came up in views alone.
    pub(crate) fn met(&self) -> Met {
        self.live.met.clone()
    }

    /// Views that came while the server ran, in all its runs.
    pub(crate) fn came(&self) -> u64 {
        self.live.rows
    }

    /// A sum of what came and is about the time before a second's minute is over.
    pub(crate) fn came_before(&self, second: Second) -> u128 {
        self.live.past.before(second)
    }
}

/// Adds views to what the log covers.
fn cover(coverage: &mut Coverage, unresolved: &mut u64, tables: &Tables, views: &[View]) {
    if views.is_empty() {
        return;
    }
    let of_nobody = views.iter().filter(|view| view.account == NONE).count();
    *unresolved += of_nobody as u64;
    coverage.rows += views.len() as u64;
    coverage.unresolved = *unresolved as f64 / coverage.rows.max(1) as f64;
    let times = || views.iter().map(|view| view.second);
    // They are written so that a later one is a greater text.
    let first = times().min().map(|second| second.to_string());
    let last = times().max().map(|second| second.to_string());
    coverage.from = coverage.from.take().into_iter().chain(first).min();
    coverage.to = coverage.to.take().into_iter().chain(last).max();
    coverage.customers = tables.customers.count.into();
    coverage.tickets = tables.tickets.customer.len() as u64;
}

/// How the desk's files are read, and lines that come later.
pub(crate) fn options(config: &config::Desk, now: Second) -> Result<Options, DeskError> {
    let mut options = Options::new(now);
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
    Ok(options)
}

/// How files are read, in a few lines: whoever reads the same files in another way counts other
/// things, and so begins another version of each case.
fn reading(config: &config::Desk) -> Result<String, DeskError> {
    let mut said = String::new();
    let texts = [
        ("time_format", &config.time_format),
        ("timezone", &config.timezone),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            said += &format!("{name} {value:?}\n");
        }
    }
    for value in &config.missing {
        said += &format!("missing {value:?}\n");
    }
    if config.changes_as_views {
        said += "changes_as_views\n";
    }
    if let Some(path) = &config.map_file {
        let held = std::fs::read_to_string(path);
        let held =
            held.map_err(|error| DeskError::File(path.display().to_string(), error.to_string()))?;
        said += &format!("map_file {held:?}\n");
    }
    Ok(said)
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

//! Turns the files of a help desk into the dense columns of [`countersign_core::desk`].
//!
//! [`open`] reads the small tables, [`Open::views`] streams the log, [`Open::finish`] resolves
//! reports. Files are CSV, JSON Lines or Parquet, plain or packed, or a product's own log
//! ([`sources`]); rows that can't be used are
//! left out, counted and kept with their line and the reason.
//!
//! [`Open::told`] hands the rows on in the log's own ids, and [`write_ocsf`] writes one of them for
//! a SIEM.
//!
//! It does not store anything, look at the clock or print, and it forgets matching keys (e-mail,
//! phone, external id) when it ends. `cli` uses it.

mod accounts;
mod adapters;
mod attribute;
mod block;
mod changed;
mod columnar;
mod contact;
mod conversations;
mod coverage;
mod csv;
mod customers;
mod dictionary;
mod directory;
mod drafts;
mod drive;
mod error;
mod events;
mod exports;
mod file;
mod forms;
mod header;
mod household;
mod imported;
mod jsonl;
mod lines;
mod live;
mod mapping;
mod matched;
pub mod measure;
mod moment;
mod ocsf;
mod open;
mod options;
mod parquet_file;
mod piece;
mod progress;
mod reading;
mod reason;
mod rejected;
mod reports;
mod rows;
mod said;
mod signed;
mod table;
mod tickets;
mod told;
mod told_reports;

pub use adapters::{Did, NoView, NoViews, names as sources};
pub use block::LONGEST_LINE;
pub use conversations::names as reported_in;
pub use coverage::{Coverage, Gap, LogFile};
pub use directory::{Described, Directory, Placed};
pub use drafts::{Doubt, Draft, Drafting, Drafts, Pattern, drafts};
pub use error::ImportError;
pub use events::Sink;
pub use forms::names as forms;
pub use imported::{FileRead, IgnoredColumns, Imported};
pub use live::{Line, Lines, LinesNow};
pub use mapping::Mapping;
pub use ocsf::write_ocsf;
pub use open::{Open, open};
pub use options::{Changes, Keep, Options, RepeatedTickets, Sources, Unmarked, UnmatchedRules};
pub use progress::{Progress, Silent};
pub use reason::Reason;
pub use rejected::{MOST_KEPT, Rejected};
pub use table::Table;
pub use told::{Listener, Told};
pub use told_reports::{ToldReport, ToldReports, told_reports};

//! A demonstration: a made-up company, people anybody may be, and a story whose days go by.
//!
//! Reports of the story go the way of real ones, through the ledger. The clock of the story moves
//! the story alone: sessions, limits and the ledger go by the real one. A folder of a demo is one
//! from its first start on (`store` holds to that), and `serve` refuses it.

mod clock;
mod kept;
mod people;
mod story;

use std::sync::Arc;

use countersign_core::desk::Desk as Tables;
use countersign_core::holder::Holders;
use countersign_core::respond::statement::Statement;
use countersign_core::time::Second;
use countersign_core::verdict::{Coverage, Input};
use countersign_store::index::MappedIndex;

use crate::desk::Register;

pub(crate) use people::{made_up, own_key, settle};
pub(crate) use story::{Story, run};

/// What a demo shows.
#[derive(Debug)]
pub struct Demo {
    /// The desk, read already.
    pub desk: MadeUpDesk,
    /// What customers report, in the order in which it comes in.
    pub reports: Vec<MadeUpReport>,
    /// Days of the story in a second at its usual pace.
    pub days_a_second: u32,
    /// An address of somebody whose data was sold and who reports nothing in the story.
    pub address: Option<String>,
}

/// A made-up desk whose log can be asked.
#[derive(Debug)]
pub struct MadeUpDesk {
    /// Its tables.
    pub tables: Tables,
    /// Who could have had the data.
    pub holders: Holders,
    /// Its log.
    pub index: MappedIndex,
    /// What the log covers.
    pub coverage: Coverage,
    /// What the log is known by.
    pub inputs: Vec<Input>,
    /// Its last view.
    pub last: Second,
    /// Who is who.
    pub register: Arc<dyn Register>,
}

/// A report of the story.
#[derive(Clone, Debug)]
pub struct MadeUpReport {
    /// When it comes in, by the story's clock.
    pub received: Second,
    /// What is said.
    pub statement: Statement,
    /// Whether the customer shows that it is theirs.
    pub verified: bool,
}

//! The made-up company of the live demo: its views go straight into the index, which is kept with
//! its digest for the next start; its tables follow from the seed and are made at each.
//!
//! Nobody's row is ever written: ids and addresses follow from row numbers, and lead back to them.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use countersign_core::desk::Desk;
use countersign_core::holder::Holders;
use countersign_core::report::{Channel, Quoted, Report};
use countersign_core::respond::statement::{Knew, Pretext, Statement};
use countersign_core::time::Second;
use countersign_core::verdict::{Coverage, Input};
use countersign_import::{Described, Placed};
use countersign_ledger::encoding::hex;
use countersign_server::Register;
use countersign_server::demo::{Demo, MadeUpDesk, MadeUpReport};
use countersign_sim::incident::{Incident, Live};
use countersign_store::index::{MappedIndex, Spill, build_kept, open_kept};
use serde::{Deserialize, Serialize};

use crate::commands::simulate::Watching;
use crate::progress::{Unit, bar};
use crate::whole;

/// What is kept of a company beside its index.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// The settings that it was made from.
    settings: serde_json::Value,
    /// The digest of its index.
    index: String,
    views: u64,
    first: Second,
    last: Second,
    reports: Vec<Told>,
    address: Option<String>,
}

/// A report as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Told {
    received: Second,
    verified: bool,
    statement: Statement,
}

/// The company of a folder, made if it is not there, and whether it was.
pub(in crate::commands) fn company(
    folder: &Path,
    incident: &Incident,
    days_a_second: u32,
    cancel: &AtomicBool,
) -> Result<Demo> {
    let live = Live::found(incident)?;
    let desk = live.desk();
    let (kept, index) = match known(folder, incident)? {
        Some(known) => known,
        None => make(folder, incident, &live, &desk, cancel)?,
    };
    let holders = Holders::of(&desk);
    let register = Rows {
        customers: desk.customers.count,
        tickets: u32::try_from(desk.tickets.customer.len()).unwrap_or(u32::MAX),
    };
    Ok(Demo {
        desk: MadeUpDesk {
            coverage: coverage(&kept, &desk),
            inputs: vec![Input {
                table: "events".to_owned(),
                path: "made up".to_owned(),
                sha256: kept.index,
                rows: kept.views,
                rejected: 0,
                log: None,
            }],
            last: kept.last,
            tables: desk,
            holders,
            index,
            register: Arc::new(register),
        },
        reports: kept.reports.into_iter().map(MadeUpReport::from).collect(),
        days_a_second,
        address: kept.address,
    })
}

/// Whether the company of a folder was made.
pub(super) fn is_there(folder: &Path) -> bool {
    folder.join(STORY).exists() && folder.join(INDEX).exists()
}

/// What is kept of this company, if it is whole.
fn known(folder: &Path, incident: &Incident) -> Result<Option<(Kept, MappedIndex)>> {
    let Ok(text) = fs::read_to_string(folder.join(STORY)) else {
        return Ok(None);
    };
    let Ok(kept) = serde_json::from_str::<Kept>(&text) else {
        return Ok(None);
    };
    if kept.settings != serde_json::to_value(incident)? {
        return Ok(None);
    }
    let index = open_kept(&folder.join(INDEX))?;
    let index = index.filter(|(_, digest)| hex(digest) == kept.index);
    Ok(index.map(|(index, _)| (kept, index)))
}

fn make(
    folder: &Path,
    incident: &Incident,
    live: &Live,
    desk: &Desk,
    cancel: &AtomicBool,
) -> Result<(Kept, MappedIndex)> {
    fs::create_dir_all(folder).with_context(|| format!("making `{}`", folder.display()))?;
    let watch = Watching::new(cancel);
    let mut spill = Spill::new(folder, desk).context("making a temporary file")?;
    let lived = live.year(&mut |views| spill.add(views), &watch)?;
    watch.bar.finish_and_clear();
    let (views, first, last) = spill.extent();
    let sorting = bar("sorting views", views, Unit::Things);
    let holders = Holders::of(desk);
    let (index, digest) = build_kept(&folder.join(INDEX), spill, desk, &holders, &|views| {
        sorting.inc(views)
    })?;
    sorting.finish_and_clear();
    let told = |report: &Report| Told {
        received: report.received,
        verified: report.verified,
        statement: statement(live, report),
    };
    let kept = Kept {
        settings: serde_json::to_value(incident)?,
        index: hex(&digest),
        views,
        first: Second(first),
        last: Second(last),
        reports: lived.reports.iter().map(told).collect(),
        address: lived.silent.map(address),
    };
    whole::write(&folder.join("truth.json"), lived.truth.as_bytes(), 0o644)?;
    // Last: what it speaks of is there.
    whole::write(&folder.join(STORY), &serde_json::to_vec(&kept)?, 0o644)?;
    Ok((kept, index))
}

/// What a customer of the story says.
fn statement(live: &Live, report: &Report) -> Statement {
    let customer = report.customer.unwrap_or_default();
    let pretext = Pretext::ALL.into_iter();
    let mut pretext = pretext.filter(|one| Some(one.word()) == report.pretext.as_deref());
    Statement {
        email: Some(address(customer)),
        called: report.called,
        channel: report.channel,
        knew: match report.quoted {
            Quoted::Nothing => Vec::new(),
            Quoted::Ticket(_) | Quoted::NeverIssued => vec![Knew::Name, Knew::Product, Knew::Case],
        },
        number: live.quoted(report),
        pretext: pretext.next(),
        words: Some(words(report)),
        language: "en".to_owned(),
        ..Statement::default()
    }
}

/// The customer's own words, by the story that was told.
fn words(report: &Report) -> String {
    let how = match report.channel {
        Channel::Robocall => "A recording called me.",
        Channel::Email => "I got a mail that looked like yours.",
        Channel::Portal => "They sent me to a page that looked like yours.",
        _ => "A man called me and said that he was from your support.",
    };
    let what = match report.pretext.as_deref() {
        Some("auto-renewal") => "My plan had renewed itself for $299.99, and I should confirm.",
        Some("refund") => "You owed me a refund, and I should give my bank account.",
        _ => "Your servers were infected, and I should open the fix.",
    };
    let knew = match report.quoted {
        Quoted::Nothing => "",
        Quoted::Ticket(_) | Quoted::NeverIssued => " They had my name and a ticket number.",
    };
    format!("{how} {what}{knew}")
}

fn coverage(kept: &Kept, desk: &Desk) -> Coverage {
    Coverage {
        rows: kept.views,
        unresolved: 0.0,
        from: Some(kept.first.to_string()),
        to: Some(kept.last.to_string()),
        accounts: desk.accounts.len() as u64,
        customers: desk.customers.count.into(),
        tickets: desk.tickets.customer.len() as u64,
        gaps: Vec::new(),
    }
}

/// The address on file of a customer.
pub(in crate::commands) fn address(row: u32) -> String {
    format!("{}@{HOST}", Live::customer_id(row).to_lowercase())
}

/// Leads an id, an address or a ticket's number back to its row.
#[derive(Debug)]
struct Rows {
    customers: u32,
    tickets: u32,
}

impl Register for Rows {
    fn place(&self, described: &Described<'_>) -> Placed {
        let by_address = |address: &str| {
            let address = address.trim().to_lowercase();
            let (id, host) = address.split_once('@')?;
            (host == HOST).then(|| Live::customer(id, self.customers))?
        };
        let by_id = |id: &str| Live::customer(id, self.customers);
        let customer = described.customer.and_then(by_id);
        let ticket = described
            .number
            .and_then(|number| Live::ticket(number, self.tickets));
        Placed {
            customer: customer.or_else(|| described.email.and_then(by_address)),
            household: None,
            quoted: ticket.map_or(Quoted::Nothing, Quoted::Ticket),
        }
    }
}

impl From<Told> for MadeUpReport {
    fn from(told: Told) -> Self {
        Self {
            received: told.received,
            statement: told.statement,
            verified: told.verified,
        }
    }
}

const INDEX: &str = "index";
const STORY: &str = "story.json";
/// A name that no mail ever goes to (RFC 2606).
const HOST: &str = "customers.example";

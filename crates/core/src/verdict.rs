//! The verdict as a document: `verdict.json`, from which the page is drawn and which a stranger
//! recomputes.
//!
//! The claims are made in [`crate::trace`], where a lead, a strong lead and a naming are different
//! types. Here holders are already pseudonyms (or input ids, when the caller asked for them), and
//! every figure that the page shows is a field. The format is specified in `docs/spec/verdict.md`
//! and by the JSON Schema beside it.

mod log;

use serde::{Deserialize, Serialize, Serializer};

pub use log::{Log, NoneOf};

use crate::desk::{AccountKind, RefusedColumn};
use crate::report::Channel;

/// `format` of the documents that this version writes.
pub const FORMAT: &str = "countersign/verdict/1";

/// How far the evidence goes; each word claims less than the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No report moved anything.
    Nothing,
    /// Somebody is first so far. No claim.
    Lead,
    /// Look at these accounts first, if colleagues sold at random.
    StrongLead,
    /// The list leaked through one of these accounts.
    SetNamed,
    /// The list leaked through this account, or a source with the same rows.
    Named,
}

/// Whether the log knows who looked, or only who changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// Every look is a row.
    Views,
    /// Who looked without changing anything is not in this log.
    ChangesOnly,
}

/// A kind of holder, with its own share of alpha and its own threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelKind {
    /// One person (all accounts of that person).
    Person,
    /// Two persons together.
    Pair,
    /// Three persons together.
    Triple,
    /// Accounts that saw nearly the same records.
    NearIdentical,
    /// A team.
    Team,
    /// A site.
    Site,
    /// A vendor, or a copy that left the desk.
    Copy,
}

/// One level's share of alpha, how many holders share it, and the threshold that follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Which kind of holder.
    pub level: LevelKind,
    /// Its share of alpha.
    pub share: f64,
    /// How many holders of this kind there can be, reserve included.
    pub holders: u64,
    /// Natural logarithm of the evidence that a naming needs.
    #[serde(serialize_with = "six")]
    pub threshold: f64,
}

/// Until when a view counts for naming: the campaign's own views must not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// The earliest call that a believed report tells of (t₀).
    pub first_call: String,
    /// `freeze_days` before it: views from here on do not count for the next report.
    pub at: String,
    /// The latest cut of a used report: no view from here on has counted for naming.
    ///
    /// Later than `at` where an earlier call became known after reports had been counted.
    pub latest: String,
}

/// Groups under five people, by kind: neither tested nor shown, but counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HiddenGroups {
    /// Teams.
    pub teams: u64,
    /// Sites.
    pub sites: u64,
    /// Vendors.
    pub vendors: u64,
}

/// How alike the compared records are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strata {
    /// Attributes that split the strata, as `customer.region` or `ticket.queue`.
    pub attributes: Vec<String>,
    /// Attributes that could not, and why.
    pub refused: Vec<RefusedColumn>,
    /// Cells with at least one record, over all cuts of the reports.
    pub cells: u64,
    /// Median number of records compared with a reported one.
    pub median_items: u64,
    /// Smallest number of records compared with a reported one.
    pub smallest_items: u64,
    /// How many thin cells were merged, by what they were split on.
    pub merged: Vec<Merged>,
}

/// Thin cells merged along one split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merged {
    /// The split that was given up for them: `first_seen`, `last_seen`.
    pub by: String,
    /// How many cells went into others.
    pub cells: u64,
}

/// What became of the reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// Rows of the reports table.
    pub read: u64,
    /// Reports that could move the evidence.
    pub used: u64,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Not verified with the customer: never used.
    pub unverified: u64,
    /// Investigators called first: never used.
    pub solicited: u64,
    /// Same customer, household or company as an earlier one: never used.
    pub repeated: u64,
    /// No customer of this desk.
    pub unmatched: u64,
    /// Told without the time of the call: the time of receipt was used.
    pub without_call_time: u64,
    /// Quoted a number that this desk never issued.
    pub never_issued: u64,
    /// Nobody had seen the record before the frozen cut: says nothing about anyone.
    pub unseen: u64,
    /// Left out by a person.
    pub excluded: Vec<Exclusion>,
}

/// A report that a person left out; it stays shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The report.
    pub report: String,
    /// The reason given.
    pub reason: String,
}

/// A holder that saw over a fifth of all records: such data can never exclude it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniversalViewer {
    /// Who.
    pub holder: String,
    /// Share of all seen records, 0 to 1 (customers or tickets, whichever is larger).
    #[serde(serialize_with = "six")]
    pub share: f64,
    /// Person, program, shared login; `None` for a copy.
    pub kind: Option<AccountKind>,
}

/// A claim: the list leaked through this holder, or a source with the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// One pseudonym, or the members of a set, team, site or vendor.
    pub holders: Vec<String>,
    /// Name of the team, site, vendor or copy, where the level has one.
    pub group: Option<String>,
    /// Level at which the bound was passed.
    pub level: LevelKind,
    /// Reports in order, 1-based, including those not used, when the bound was first passed.
    pub after_reports: u64,
    /// When that report was received.
    pub on: String,
    /// The promise holds if at most this many other accounts leaked as well.
    pub colluders: u8,
    /// Largest unfairness of the comparison (odds) at which it is still named.
    #[serde(serialize_with = "six")]
    pub gamma: f64,
    /// `gamma` is under 2.
    pub fragile: bool,
    /// How many of the strongest factors were struck first.
    pub struck: u32,
    /// How many forged or mistaken reports could produce this naming.
    pub forgeries_that_would_suffice: u32,
    /// Natural logarithm of the evidence that this claim needs: its level's threshold.
    #[serde(serialize_with = "six")]
    pub threshold: f64,
    /// The claim's own evidence after each used report, by the rule that it was made by.
    ///
    /// Smallest over nobody and every set of at most [`Verdict::colluders`] others; with two, a
    /// proven lower end at some reports, on the same side of the threshold as the evidence itself.
    #[serde(serialize_with = "six_list")]
    pub path: Vec<f64>,
}

/// Look here first: passed the bound if colleagues sold at random. Innocents can be among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrongLead {
    /// Who.
    pub holder: String,
    /// See [`Named::after_reports`].
    pub after_reports: u64,
    /// When that report was received.
    pub on: String,
}

/// The outside guard's evidence: only records that no colleague in the set could have sold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// Against no colleague.
    #[serde(serialize_with = "six")]
    pub k0: f64,
    /// Smallest over every one colleague.
    #[serde(serialize_with = "six_option")]
    pub k1: Option<f64>,
    /// Smallest over every two colleagues; a proven lower end where `k2_exact` is false.
    #[serde(serialize_with = "six_option")]
    pub k2: Option<f64>,
    /// `k2` is the minimum itself.
    pub k2_exact: bool,
    /// The colleague (for k1) that explains most, and the pair for k2.
    pub against: Vec<String>,
}

/// One row of "who could have known".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Top {
    /// Who.
    pub holder: String,
    /// Person, program or shared login.
    pub kind: AccountKind,
    /// Team, when it has five people or more.
    pub team: Option<String>,
    /// Reported records that this holder had seen before the call.
    pub saw: u64,
    /// Reported records that could have been seen.
    pub of: u64,
    /// How many it would have seen by chance.
    #[serde(serialize_with = "six")]
    pub expected: f64,
    /// What it had worked on of those; `None` without logs of changes.
    pub worked_on: Option<WorkedOn>,
    /// Evidence without guard, exposure as of the call (what the lead is ordered by).
    #[serde(serialize_with = "six")]
    pub log_e: f64,
    /// Evidence of the naming rule: frozen, struck, with the required gamma.
    pub outside: Outside,
    /// Conditional guard (strong leads), smallest over every one colleague.
    #[serde(serialize_with = "six")]
    pub conditional: f64,
    /// Universal inference against single others.
    #[serde(serialize_with = "six")]
    pub single: f64,
    /// Universal inference against all mixtures of others.
    #[serde(serialize_with = "six")]
    pub ring: f64,
    /// Evidence after each used report: `log_e` as it grew.
    #[serde(serialize_with = "six_list")]
    pub lead_path: Vec<f64>,
    /// Evidence after each used report under the naming rule with one colleague guarded.
    #[serde(serialize_with = "six_list")]
    pub named_path: Vec<f64>,
}

/// Work of a holder on the records that it had seen: an explanation, never evidence.
///
/// No other field of a verdict depends on the logs of changes that this comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkedOn {
    /// Reported records that it had seen before the call: [`Top::saw`].
    pub seen: u64,
    /// Those of them that it had also changed before the call: replied, assigned, edited.
    pub changed: u64,
    /// Any change at all in these logs is by this holder.
    ///
    /// Where not, the logs may call it by another id, and `changed` says nothing.
    pub in_logs: bool,
}

/// One report's factors for the holders of the top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// The report.
    pub report: String,
    /// `ticket` or `customer`.
    pub item: String,
    /// Cut of the lead (the call) and of the naming (frozen).
    pub asked_at: String,
    /// See `asked_at`.
    pub frozen_at: String,
    /// Records in the stratum at the call.
    pub stratum_items: u64,
    /// Records in the stratum at the frozen cut.
    pub frozen_items: u64,
    /// One row a holder of the top.
    pub holders: Vec<HolderFactor>,
}

/// What one report says about one holder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderFactor {
    /// Who.
    pub holder: String,
    /// Had seen the record before the call.
    pub saw: bool,
    /// Share of the stratum's records that it had seen.
    #[serde(serialize_with = "six")]
    pub q: f64,
    /// Change of `log_e` with this report.
    #[serde(serialize_with = "six")]
    pub log_e: f64,
    /// The same as of the frozen cut, without guard.
    pub frozen_saw: bool,
    /// See `frozen_saw`.
    #[serde(serialize_with = "six")]
    pub frozen_q: f64,
}

/// One report on the timeline, used or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineEntry {
    /// The report.
    pub report: String,
    /// When the company heard of it.
    pub received_at: String,
    /// When the call was, if said.
    pub called_at: Option<String>,
    /// How.
    pub channel: Channel,
    /// The story told.
    pub pretext: Option<String>,
    /// A ticket number was quoted.
    pub quoted_ticket: bool,
    /// It could move the evidence.
    pub used: bool,
    /// Why not, in plain words.
    pub why_not: Option<String>,
}

/// Weight of one week as the day on which the list was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleWeek {
    /// Monday of the week.
    pub week: String,
    /// Share of the evidence, all weeks sum to 1.
    #[serde(serialize_with = "six")]
    pub weight: f64,
}

/// What the log covers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Views read.
    pub rows: u64,
    /// Share of views whose actor is unknown ("anyone may have seen it").
    #[serde(serialize_with = "six")]
    pub unresolved: f64,
    /// First and last view.
    pub from: Option<String>,
    /// See `from`.
    pub to: Option<String>,
    /// Accounts that appear in the log.
    pub accounts: u64,
    /// Customers that appear in the log or the table.
    pub customers: u64,
    /// Tickets that appear in the log or the table.
    pub tickets: u64,
    /// Stretches without any view of over an hour in hours that are usually busy.
    pub gaps: Vec<Gap>,
}

/// A stretch without any view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Last view before it.
    pub from: String,
    /// First view after it.
    pub to: String,
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which table: `events`, `customers`, …
    pub table: String,
    /// Its name, without the folder it lay in.
    pub path: String,
    /// SHA-256 of its bytes as they lie on the disk.
    pub sha256: String,
    /// Rows read.
    pub rows: u64,
    /// Rows that could not be read.
    pub rejected: u64,
    /// What a file of the log holds; `None` for every other table.
    pub log: Option<Log>,
}

/// Another story that looks the same from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherExplanation {
    /// What.
    pub what: String,
    /// What would tell it apart.
    pub how_to_tell: String,
    /// Result of the check, when somebody made it.
    pub checked: Option<String>,
}

/// Everything a run found, with everything needed to find it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// [`FORMAT`].
    pub format: String,
    /// Name and number of the method, `countersign-trace/1`.
    pub method: String,
    /// Number of this run of the case.
    pub run: u32,
    /// Number of this version of the computation; version j has alpha / 2^j.
    pub version: u32,
    /// How far the evidence goes.
    pub state: State,
    /// Views or changes.
    pub views: Views,
    /// Only leads are made: alpha was over 0.01.
    pub exploratory: bool,
    /// The promise: chance that anyone innocent is ever named, over all versions.
    pub alpha: f64,
    /// How many colleagues the naming rule guards against.
    pub colluders: u8,
    /// Unfairness of the comparison (odds) that a naming must survive.
    pub gamma_required: f64,
    /// How many of the strongest factors are struck before a naming.
    pub strike: u32,
    /// Days before the campaign's first call at which exposure is frozen for naming.
    pub freeze_days: u32,
    /// The dates that follow from it; `None` while no report is used.
    pub freeze: Option<Freeze>,
    /// Person-level holders known when the case opened.
    pub accounts: u64,
    /// Room for newcomers.
    pub reserve: u64,
    /// The levels.
    pub levels: Vec<Level>,
    /// The strata.
    pub strata: Strata,
    /// The reports.
    pub reports: Reports,
    /// Holders that can't be excluded by such data.
    pub universal_viewers: Vec<UniversalViewer>,
    /// Service and shared logins.
    pub service_accounts: Vec<String>,
    /// Groups that are too small to be tested or shown.
    pub hidden_groups: HiddenGroups,
    /// Claims about one holder: person, team, site, vendor, copy.
    pub named: Vec<Named>,
    /// Claims about a set: "one of these".
    pub set_named: Vec<Named>,
    /// Look here first.
    pub strong_leads: Vec<StrongLead>,
    /// First rows of the ranking.
    pub top: Vec<Top>,
    /// Who was first after each report; `None` = nobody was.
    pub lead: Vec<Option<String>>,
    /// The top's factors, a row a report used.
    pub factors: Vec<Factor>,
    /// All reports in order.
    pub timeline: Vec<TimelineEntry>,
    /// When the list was made, if it is the first holder's.
    pub sale_date: Vec<SaleWeek>,
    /// The log.
    pub coverage: Coverage,
    /// The files.
    pub inputs: Vec<Input>,
    /// The checklist.
    pub other_explanations: Vec<OtherExplanation>,
    /// The command line that recomputes this verdict.
    pub recompute: String,
}

impl Verdict {
    /// The bytes of `verdict.json`, whose digest the page prints.
    ///
    /// # Errors
    ///
    /// Where JSON cannot be written, which no verdict brings about.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        Ok(json)
    }
}

/// Six decimals: what a stranger's machine is asked to reproduce.
fn round(value: f64) -> f64 {
    let rounded = libm::round(value * 1e6) / 1e6;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn six<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(round(*value))
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn six_option<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(round).serialize(serializer)
}

fn six_list<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    values
        .iter()
        .copied()
        .map(round)
        .collect::<Vec<_>>()
        .serialize(serializer)
}

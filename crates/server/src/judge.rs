//! Judges the reports of cases, one case after the other, on the one desk.
//!
//! Reports count in the order in which they were verified: what is appended later never changes
//! what was bet before, so that a case that grows stays in its version (decision 22).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use countersign_core::holder::SealKey;
use countersign_core::record::Case;
use countersign_core::reference::Reference;
use countersign_core::report::Report;
use countersign_core::respond::statement::Statement;
use countersign_core::time::Second;
use countersign_core::trace::document::{Context, document};
use countersign_core::trace::index::Sweep;
use countersign_core::trace::{Answers, Depth, Gathered, Naming, Settings, judge};
use countersign_core::verdict::{Input, LevelKind, Verdict, Views};
use countersign_import::{Described, Placed};
use countersign_ledger::encoding::hex;
use countersign_ledger::quorum::{PrivateKey, PublicKey, QuorumError};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::app::Chance;
use crate::desk::{Added, Desk, Met, Register};
use crate::names::Openable;
use crate::views::Came;

/// A case as it is to be judged.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) case: Case,
    pub(crate) seal: SealKey,
    /// In the order in which they were verified.
    pub(crate) reports: Vec<Report>,
    /// The last run: its number, its version, how many reports it judged and their digest.
    pub(crate) last: Option<Last>,
    /// Whether it is shown: then it is judged anew only if something that counts has changed.
    pub(crate) is_shown: bool,
}

/// The last run of a case.
#[derive(Clone, Debug)]
pub(crate) struct Last {
    pub(crate) run: u32,
    pub(crate) version: u32,
    pub(crate) reports: u64,
    pub(crate) digest: String,
    /// SHA-256 of the verdict's document.
    pub(crate) verdict: String,
}

/// A case, judged.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    /// SHA-256 of the verdict's document.
    pub(crate) digest: String,
    /// Digest of all that was judged.
    pub(crate) judged: String,
    pub(crate) reports: u64,
    /// Customers whose verified report counts.
    pub(crate) customers: u64,
    /// Whether the last run had judged the same.
    pub(crate) known: bool,
    /// What is claimed; none where an earlier start's judging is shown.
    pub(crate) namings: Vec<Naming>,
    /// Pseudonyms of all holders, in their order.
    pub(crate) pseudonyms: Vec<String>,
}

impl Judged {
    /// The claim that names a pseudonym, if one does.
    pub(crate) fn openable(&self, holder: &str) -> Option<Openable> {
        Openable::of(&self.namings, &self.pseudonyms, holder)
    }

    /// Pseudonyms of all persons whom the verdict names.
    pub(crate) fn persons(&self) -> Vec<String> {
        let named = self.verdict.named.iter();
        let persons = named.filter(|named| named.level == LevelKind::Person);
        let mut all: Vec<String> = persons.flat_map(|named| named.holders.clone()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// A case that could not be judged.
#[derive(Clone, Debug, Error)]
pub(crate) enum JudgeError {
    #[error("the desk has no log of views: set `desk.events`")]
    NoDesk,
    #[error("the verdict could not be written: {0}")]
    Document(String),
    #[error("the thread that judges has ended")]
    Gone,
    #[error("the name does not open: {0}")]
    Closed(#[from] QuorumError),
}

/// Asks the thread that has the desk.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    ask: Option<mpsc::Sender<Asked>>,
    register: Option<Arc<dyn Register>>,
    met: Met,
    persons: Arc<AtomicU64>,
    /// Views that came and that the thread has not taken in yet.
    behind: Arc<AtomicU64>,
    /// Whether views came since somebody asked.
    news: Arc<AtomicBool>,
    logs: Arc<Vec<LogSaid>>,
}

/// A file of the log, for who looks after it.
#[derive(Clone, Debug)]
pub(crate) struct LogSaid {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) last: Option<Second>,
    pub(crate) views: u64,
}

/// None: what is shown still holds.
type Answer = Result<Option<Judged>, JudgeError>;

/// What the thread is asked.
enum Asked {
    Judge(Box<Question>, oneshot::Sender<Answer>),
    Views(Came),
    Seal(PublicKey, Chance, oneshot::Sender<()>),
    Open(
        Openable,
        PrivateKey,
        oneshot::Sender<Result<Zeroizing<String>, QuorumError>>,
    ),
}

impl Judge {
    /// Takes the desk over; without one nothing is judged.
    pub(crate) fn new(desk: Option<Desk>) -> Self {
        let Some(mut desk) = desk else {
            return Self {
                ask: None,
                register: None,
                met: Met::default(),
                persons: Arc::default(),
                behind: Arc::default(),
                news: Arc::default(),
                logs: Arc::default(),
            };
        };
        let register = Some(Arc::clone(&desk.register));
        let met = desk.met();
        let persons = Arc::new(AtomicU64::new(desk.holders.persons.len() as u64));
        let behind: Arc<AtomicU64> = Arc::default();
        let (present, rows) = (Arc::clone(&persons), Arc::clone(&behind));
        let logs = Arc::new(core::mem::take(&mut desk.logs));
        let (ask, asked) = mpsc::channel::<Asked>();
        thread::spawn(move || {
            yields();
            let pool = pool();
            let mut known = Known::default();
            // Newcomers' names are sealed to the same key.
            let mut sealing = None;
            for asked in asked {
                // Who asked may have gone.
                match asked {
                    Asked::Judge(question, answer) => {
                        let mut judged = || judged(&mut desk, &mut known, &question);
                        let _ = answer.send(match &pool {
                            Some(pool) => pool.install(judged),
                            None => judged(),
                        });
                    }
                    Asked::Views(came) => {
                        let added = desk.take(&came);
                        sealed(&mut desk, sealing.as_ref());
                        known.go_on(&desk, &added);
                        present.store(desk.holders.persons.len() as u64, Ordering::Release);
                        rows.fetch_sub(came.rows.len() as u64, Ordering::AcqRel);
                    }
                    Asked::Seal(public, chance, answer) => {
                        sealing = Some((public, chance));
                        sealed(&mut desk, sealing.as_ref());
                        let _ = answer.send(());
                    }
                    Asked::Open(whom, key, answer) => {
                        let _ = answer.send(desk.names.open(&whom, &key));
                    }
                }
            }
        });
        Self {
            ask: Some(ask),
            register,
            met,
            persons,
            behind,
            news: Arc::default(),
            logs,
        }
    }

    /// Whose a report is, and which ticket was quoted.
    pub(crate) fn place(&self, described: &Described<'_>) -> Placed {
        let register = self.register.as_ref();
        let placed = register.map_or_else(Placed::default, |known| known.place(described));
        self.met.place(described, placed)
    }

    /// Whose a statement is, and which ticket it quotes.
    pub(crate) fn place_said(&self, statement: &Statement) -> Placed {
        self.place(&Described {
            customer: statement.customer.as_deref(),
            email: statement.email.as_deref(),
            phone: statement.phone.as_deref(),
            number: statement.number.as_deref(),
        })
    }

    /// The files of the log.
    pub(crate) fn logs(&self) -> &[LogSaid] {
        &self.logs
    }

    /// Persons at the desk; none without a desk.
    pub(crate) fn persons(&self) -> Option<u64> {
        let persons = self.persons.load(Ordering::Acquire);
        self.ask.as_ref().map(|_| persons).filter(|&all| all > 0)
    }

    /// Judges a case.
    pub(crate) async fn judge(&self, question: Question) -> Answer {
        let ask = self.ask.as_ref().ok_or(JudgeError::NoDesk)?;
        let (answer, answered) = oneshot::channel();
        ask.send(Asked::Judge(Box::new(question), answer))
            .map_err(|_gone| JudgeError::Gone)?;
        answered.await.map_err(|_gone| JudgeError::Gone)?
    }

    /// Tells the desk of views that are on record.
    pub(crate) fn came(&self, came: Came) {
        let rows = came.rows.len() as u64;
        if let Some(ask) = &self.ask {
            self.behind.fetch_add(rows, Ordering::AcqRel);
            self.news.store(true, Ordering::Release);
            // A thread that has ended is said when a case is to be judged.
            let _ = ask.send(Asked::Views(came));
        }
    }

    /// Whether views came since this was asked.
    pub(crate) fn takes_news(&self) -> bool {
        self.news.swap(false, Ordering::AcqRel)
    }

    /// Whether so many views wait to be taken in that no more should come.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Acquire) > MOST_BEHIND
    }

    /// Seals the names of those who work at the desk, if they are not.
    pub(crate) async fn seal(&self, public: PublicKey, chance: Chance) {
        let Some(ask) = &self.ask else {
            return;
        };
        let (answer, answered) = oneshot::channel();
        if ask.send(Asked::Seal(public, chance, answer)).is_ok() {
            let _ = answered.await;
        }
    }

    /// Opens the name of somebody whom a claim names.
    pub(crate) async fn open(
        &self,
        whom: Openable,
        key: PrivateKey,
    ) -> Result<Zeroizing<String>, JudgeError> {
        let ask = self.ask.as_ref().ok_or(JudgeError::NoDesk)?;
        let (answer, answered) = oneshot::channel();
        ask.send(Asked::Open(whom, key, answer))
            .map_err(|_gone| JudgeError::Gone)?;
        Ok(answered.await.map_err(|_gone| JudgeError::Gone)??)
    }
}

/// What was asked of the log before, so that one new report costs one pass over it. Views that are
/// added change what is about the time behind them.
#[derive(Debug, Default)]
struct Known {
    answers: Answers,
    /// Who counts as a copy's viewer in them.
    credited: Vec<Option<u32>>,
    /// Of the cases that were judged last.
    gathered: VecDeque<(Reference, Gathered)>,
}

impl Known {
    /// What still holds after views were added.
    fn go_on(&mut self, desk: &Desk, added: &Added) {
        let sweep = Sweep::new(desk.index(), &desk.tables);
        if added.is_other_desk || sweep.credited() != self.credited {
            *self = Self {
                credited: sweep.credited().to_vec(),
                ..Self::default()
            };
            return;
        }
        let Some(extent) = added.extent else {
            return;
        };
        let owners = desk.tables.tickets.customer.get(added.tickets_from..);
        let first = u32::try_from(added.tickets_from).unwrap_or(u32::MAX);
        let tickets = (first..).zip(owners.unwrap_or_default().iter().copied());
        self.answers.go_on(extent, tickets);
        for (_, gathered) in &mut self.gathered {
            *gathered = core::mem::take(gathered).until(extent.0);
        }
    }

    /// What was gathered of a case.
    fn take(&mut self, case: Reference) -> Gathered {
        let place = self.gathered.iter().position(|(known, _)| *known == case);
        let known = place.and_then(|place| self.gathered.remove(place));
        known.map_or_else(Gathered::default, |(_, gathered)| gathered)
    }

    fn keep(&mut self, case: Reference, gathered: Gathered) {
        self.gathered.push_back((case, gathered));
        if self.gathered.len() > MOST_CASES {
            self.gathered.pop_front();
        }
    }
}

/// Far below others, and not the last.
#[cfg(target_os = "linux")]
const PRIORITY: i32 = 10;

/// Views that may wait until a case is judged.
const MOST_BEHIND: u64 = 4_000_000;

/// Cases whose facts are kept; those of others are gathered from what the log's answers are known.
const MOST_CASES: usize = 8;

fn judged(desk: &mut Desk, before: &mut Known, question: &Question) -> Answer {
    let case = &question.case;
    let all = digest(desk, &question.reports);
    let number = question.reports.len() as u64;
    let continues = |last: &Last| {
        let before = usize::try_from(last.reports).ok();
        let before = before.and_then(|before| question.reports.get(..before));
        before.is_some_and(|before| digest(desk, before) == last.digest)
    };
    let last = question.last.as_ref();
    let known = last.is_some_and(|last| last.digest == all && last.reports == number);
    if known && question.is_shown {
        return Ok(None);
    }
    let version = last.map_or(1, |last| last.version + u32::from(!continues(last)));
    let run = last.map_or(1, |last| last.run + u32::from(!known));
    let settings = Settings {
        alpha: case.alpha,
        version,
        colluders: case.colluders,
        gamma: case.gamma,
        strike: case.strike,
        freeze_days: case.freeze_days,
        persons: Some((case.persons, case.reserve)),
        ..Settings::default()
    };
    desk.tables.reports.clone_from(&question.reports);
    let ids: Vec<&str> = desk
        .holders
        .persons
        .iter()
        .map(|person| person.id.as_str())
        .collect();
    let (tabled, newcomers) = ids.split_at(desk.persons.min(ids.len()));
    let mut names = question.seal.pseudonyms_beside(tabled, newcomers);
    names.extend(desk.holders.copies.iter().cloned());
    let gathered = before.take(case.reference);
    let sweep = Sweep::new(desk.index(), &desk.tables);
    let log = before.answers.of(&sweep);
    let gathered = gathered.go_on(&desk.tables, &log, settings.freeze_days);
    let outcome = judge(&desk.holders, &log, &gathered, &settings, Depth::Full);
    let context = Context {
        desk: &desk.tables,
        holders: &desk.holders,
        names: &names,
        run,
        views: if desk.changes_only {
            Views::ChangesOnly
        } else {
            Views::Views
        },
        exploratory: false,
        rejected_reports: 0,
        coverage: desk.coverage.clone(),
        inputs: inputs(desk),
        work: None,
        recompute: String::new(),
    };
    let mut verdict = document(&context, &log, &gathered, &outcome, &settings);
    let customers = gathered.used.len() as u64;
    before.keep(case.reference, gathered);
    desk.tables.reports = Vec::new();
    let mut sum = digest_of(&verdict)?;
    let known = known && last.is_some_and(|last| last.verdict == sum);
    if let Some(last) = last.filter(|last| !known && verdict.run == last.run) {
        // The same was bet, and the log goes further: what is shown is another document.
        verdict.run = last.run + 1;
        sum = digest_of(&verdict)?;
    }
    Ok(Some(Judged {
        digest: sum,
        verdict,
        judged: all,
        reports: number,
        customers,
        known,
        namings: outcome.namings,
        pseudonyms: names,
    }))
}

/// Threads that judge; they give way to those that answer.
fn pool() -> Option<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| yields());
    pool.build().ok()
}

/// Lets threads that answer somebody go before this one, where the system can do that for a thread.
fn yields() {
    #[cfg(target_os = "linux")]
    // Without it answers only come later.
    let _ = rustix::process::setpriority_process(None, PRIORITY);
}

fn sealed(desk: &mut Desk, with: Option<&(PublicKey, Chance)>) {
    if let Some((public, chance)) = with
        && let Err(error) = desk.names.seal(public, chance)
    {
        tracing::error!(%error, "names could not be sealed");
    }
}

/// The desk's files, and what came while the server ran.
fn inputs(desk: &Desk) -> Vec<Input> {
    let mut inputs = desk.inputs.clone();
    if desk.came() > 0 {
        let sum = desk.came_before(Second(u32::MAX)).to_be_bytes();
        inputs.push(Input {
            table: "events".to_owned(),
            path: "views taken while the server ran".to_owned(),
            sha256: hex(&Sha256::digest(sum)),
            rows: desk.came(),
            rejected: 0,
            log: None,
        });
    }
    inputs
}

/// SHA-256 of a verdict's document.
fn digest_of(verdict: &Verdict) -> Result<String, JudgeError> {
    let json = verdict
        .to_json()
        .map_err(|error| JudgeError::Document(error.to_string()))?;
    Ok(hex(&Sha256::digest(json.as_bytes())))
}

/// Digest over the desk's files, how they are read, and reports as they were understood, and over the views that came
/// and are about the time before the last of the calls: none later was ever bet on.
fn digest(desk: &Desk, reports: &[Report]) -> String {
    let mut hash = Sha256::new();
    for input in &desk.inputs {
        hash.update(format!("{} {}\n", input.table, input.sha256));
    }
    hash.update(&desk.reading);
    for report in reports {
        hash.update(format!(
            "{} {} {:?} {:?} {:?} {:?} {:?} {:?} {} {} {:?}\n",
            report.id,
            report.received,
            report.called,
            report.customer,
            report.quoted,
            report.channel,
            report.pretext,
            report.household,
            report.verified,
            report.solicited,
            report.excluded,
        ));
    }
    let last = reports.iter().map(Report::call).max();
    match desk.came_before(last.unwrap_or_default()) {
        0 => {}
        sum => hash.update(format!("views {sum:032x}\n")),
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests;

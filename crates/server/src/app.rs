//! What all handlers share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_core::reference::Reference;
use countersign_core::respond::burst::Burst;
use countersign_core::time::Second;
use countersign_import::Lines;
use countersign_ledger::leaf::Token;
use countersign_store::{Event, Store, StoreError};
use tokio::sync::watch;

use crate::company::Company;
use crate::config::Config;
use crate::demo::Story;
use crate::error::PageError;
use crate::judge::{Judge, Judged};
use crate::limits::{Limits, Of};
use crate::mail::Mailer;
use crate::passkeys::Passkeys;
use crate::program::Programs;
use crate::reads::Reads;
use crate::views::{Intake, Sources};

/// Milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;
/// Fills bytes that nobody can guess.
pub type Chance = Arc<dyn Fn(&mut [u8]) -> std::io::Result<()> + Send + Sync>;

/// The server, as its handlers see it.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    /// Name and version, and SHA-256 of its file.
    program: (String, String),
    config: Config,
    folder: PathBuf,
    store: Store,
    judge: Judge,
    /// Where views are handed in, and who has handed in what.
    views: Intake,
    sources: Sources,
    lines: Lines,
    passkeys: Passkeys,
    company: Option<Company>,
    mailer: Option<Mailer>,
    /// Of a demo.
    story: Option<Arc<Story>>,
    limits: Limits,
    /// Apart from those of addresses, of which somebody can have so many that counts are forgotten.
    letters: Limits,
    clock: Clock,
    chance: Chance,
    /// What was last shown of each case.
    shown: Mutex<HashMap<Token, Arc<Shown>>>,
    /// Reports that are handed in under a name, one at a time of those that could be the same.
    handing_in: [tokio::sync::Mutex<()>; 16],
    /// One judging of a case at a time.
    judging: tokio::sync::Mutex<()>,
    /// Whether all cases are to be judged, and nobody has begun.
    wanted: AtomicBool,
    /// What is on record of who read what.
    reads: Reads,
    /// Programs that asked just now.
    programs: Programs,
    /// Counts what moved, for pages that wait.
    moved: watch::Sender<u64>,
}

/// What was last shown of a case.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) judged: Judged,
    /// When.
    pub(crate) at: Second,
    /// The last time that its reports came much faster than before.
    pub(crate) burst: Option<Burst>,
}

/// What an app is put together from.
pub(crate) struct Parts {
    pub(crate) program: (String, String),
    pub(crate) config: Config,
    pub(crate) folder: PathBuf,
    pub(crate) views: Intake,
    pub(crate) sources: Sources,
    pub(crate) lines: Lines,
    pub(crate) store: Store,
    pub(crate) judge: Judge,
    pub(crate) passkeys: Passkeys,
    pub(crate) company: Option<Company>,
    pub(crate) mailer: Option<Mailer>,
    pub(crate) story: Option<Story>,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            program: parts.program,
            config: parts.config,
            folder: parts.folder,
            views: parts.views,
            sources: parts.sources,
            lines: parts.lines,
            store: parts.store,
            judge: parts.judge,
            passkeys: parts.passkeys,
            company: parts.company,
            mailer: parts.mailer,
            story: parts.story.map(Arc::new),
            limits: Limits::default(),
            letters: Limits::default(),
            clock: parts.clock,
            chance: parts.chance,
            shown: Mutex::default(),
            handing_in: Default::default(),
            judging: tokio::sync::Mutex::default(),
            wanted: AtomicBool::new(false),
            reads: Reads::default(),
            programs: Programs::default(),
            moved: watch::Sender::default(),
        }))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn judge(&self) -> &Judge {
        &self.0.judge
    }

    /// Where everything lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Where views are handed in.
    pub(crate) fn views(&self) -> &Intake {
        &self.0.views
    }

    /// What each source of views has said.
    pub(crate) fn sources(&self) -> &Sources {
        &self.0.sources
    }

    /// Name and version of the program, and SHA-256 of its file.
    pub(crate) fn program(&self) -> (&str, &str) {
        (&self.0.program.0, &self.0.program.1)
    }

    /// Reads what programs tell of views.
    pub(crate) fn lines(&self) -> &Lines {
        &self.0.lines
    }

    pub(crate) fn passkeys(&self) -> &Passkeys {
        &self.0.passkeys
    }

    /// The company's own sign-in, where there is one.
    pub(crate) fn company(&self) -> Option<&Company> {
        self.0.company.as_ref()
    }

    pub(crate) fn mailer(&self) -> Option<&Mailer> {
        self.0.mailer.as_ref()
    }

    /// The story, in a demo.
    pub(crate) fn story(&self) -> Option<Arc<Story>> {
        self.0.story.clone()
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        (self.0.clock)()
    }

    /// Now, in whole seconds.
    pub(crate) fn second(&self) -> Second {
        second_of(self.now())
    }

    /// Puts events on record. What is durable is on record, also where its rows are still being
    /// made: to ask for it again would put it there twice.
    pub(crate) async fn append(&self, events: Vec<Event>) -> Result<(), PageError> {
        Ok(self.put(events).await?)
    }

    /// The same, for whoever looks at why it was not taken.
    pub(crate) async fn put(&self, events: Vec<Event>) -> Result<(), StoreError> {
        match self.store().append(events).await {
            Ok(_) | Err(StoreError::BeingWritten(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// When an entry of the ledger was written.
    pub(crate) async fn time_of(&self, seq: u64) -> Result<Second, PageError> {
        let entries = self.store().entries(seq.checked_sub(1), 1).await?;
        Ok(entries
            .first()
            .map(|entry| second_of(entry.at))
            .unwrap_or_default())
    }

    /// Bytes that nobody can guess.
    pub(crate) fn chance<const N: usize>(&self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        (self.0.chance)(&mut bytes)?;
        Ok(bytes)
    }

    /// Programs that asked just now.
    pub(crate) fn programs(&self) -> &Programs {
        &self.0.programs
    }

    /// What is on record of who read what.
    pub(crate) fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// Where chance comes from.
    pub(crate) fn source(&self) -> Chance {
        Arc::clone(&self.0.chance)
    }

    fn takes(&self, of: Of, from: IpAddr, most: u32) -> Result<(), PageError> {
        let taken = self.0.limits.take(of, from, most, self.now());
        taken.then_some(()).ok_or(PageError::TooMany)
    }

    /// A reference that nobody can guess.
    pub(crate) fn reference(&self) -> std::io::Result<Reference> {
        Ok(Reference::new(u64::from_be_bytes(self.chance()?)))
    }

    /// Counts a report of an address, if one more is taken.
    pub(crate) fn takes_report(&self, from: IpAddr) -> Result<(), PageError> {
        let most = self.config().intake.reports_an_hour;
        self.takes(Of::Reports, from, most)
    }

    /// Counts an answer to one question of the form, if one more is taken: each is kept for a day.
    pub(crate) fn takes_step(&self, from: IpAddr) -> Result<(), PageError> {
        let most = self.config().intake.reports_an_hour.saturating_mul(STEPS);
        self.takes(Of::Steps, from, most)
    }

    /// Counts a question of an address, if one more is taken.
    pub(crate) fn takes_question(&self, from: IpAddr) -> Result<(), PageError> {
        let most = self.config().intake.questions_an_hour;
        self.takes(Of::Questions, from, most)
    }

    /// Counts a letter to a customer, if one more is sent.
    pub(crate) fn takes_letter(&self, to: u32) -> bool {
        let most = self.config().intake.letters_an_hour;
        self.0.letters.take_letter(to, most, self.now())
    }

    /// What was last shown of a case.
    pub(crate) fn shown(&self, case: &Token) -> Option<Arc<Shown>> {
        let shown = self.0.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.get(case).cloned()
    }

    /// Shows something of a case, and tells the pages that wait.
    pub(crate) fn show(&self, case: Token, now: Shown) -> Arc<Shown> {
        let now = Arc::new(now);
        let mut shown = self.0.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.insert(case, Arc::clone(&now));
        drop(shown);
        self.moves();
        now
    }

    /// Tells the pages that wait that something of a case moved.
    pub(crate) fn moves(&self) {
        self.0
            .moved
            .send_modify(|count| *count = count.saturating_add(1));
    }

    /// Counts a report of a program, if one more is taken.
    pub(crate) fn takes_from(&self, program: &Token) -> Result<(), PageError> {
        let taken = self.0.limits.take_of(program, OF_PROGRAM, self.now());
        taken.then_some(()).ok_or(PageError::TooMany)
    }

    /// Waits until nobody hands in what could be the same.
    pub(crate) async fn handing_in(&self, name: &Token) -> tokio::sync::MutexGuard<'_, ()> {
        let [first, ..] = *name;
        let all = &self.0.handing_in;
        let place = usize::from(first) % all.len();
        // The place is one of them.
        let one = all.get(place).unwrap_or(&all[0]);
        one.lock().await
    }

    /// Asks for all cases to be judged; whether that was asked for already and is still to begin.
    pub(crate) fn wants_judging(&self) -> bool {
        self.0.wanted.swap(true, Ordering::AcqRel)
    }

    /// What is wanted begins: reports that come from here on are wanted anew.
    pub(crate) fn begins_judging(&self) {
        self.0.wanted.store(false, Ordering::Release);
    }

    /// Waits for one at a time.
    pub(crate) async fn judging(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.judging.lock().await
    }

    /// What pages that wait are told last.
    pub(crate) const STOPS: u64 = u64::MAX;

    /// Ends the pages that wait.
    pub(crate) fn stops(&self) {
        self.0.moved.send_replace(Self::STOPS);
    }

    /// Closes what is kept, if nobody uses it any more; a start reads more of the journal otherwise.
    pub(crate) async fn close(self) {
        let holders = Arc::strong_count(&self.0);
        match Arc::into_inner(self.0) {
            Some(inner) => inner.store.close().await,
            None => tracing::warn!(holders, "something still runs, so nothing was closed"),
        }
    }

    /// Tells when something moved.
    pub(crate) fn moved(&self) -> watch::Receiver<u64> {
        self.0.moved.subscribe()
    }
}

/// Milliseconds since 1970, in whole seconds.
pub(crate) fn second_of(milliseconds: u64) -> Second {
    let unix = i64::try_from(milliseconds / 1000).unwrap_or(i64::MAX);
    Second::from_unix(unix).unwrap_or_default()
}

/// Answers to questions that a report takes, with some that are changed.
const STEPS: u32 = 40;
/// Reports an hour that one program may hand in: a robot that has gone wrong is slowed.
const OF_PROGRAM: u32 = 10_000;

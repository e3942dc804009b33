//! The story of a demo: when the clock passes a report, the report comes in.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use countersign_core::record::{Proof, Record, Report, Verified, Way};
use countersign_core::reference::Reference;
use countersign_core::time::Second;
use countersign_store::Event;
use countersign_ui::pages::staff::{Pace, Story as Shown, Turn};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::MadeUpReport;
use super::clock::Clock;
use super::kept::Kept;
use crate::app::App;
use crate::cases;
use crate::error::PageError;

/// A story on its way.
#[derive(Debug)]
pub(crate) struct Story {
    reports: Vec<MadeUpReport>,
    address: Option<String>,
    /// Where what was shown is kept.
    folder: PathBuf,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    clock: Clock,
    /// Reports that came in.
    told: usize,
    /// Whether anybody has looked since the start: the story waits for its first visitor.
    begun: bool,
}

impl Story {
    /// The story of a demo whose server has this folder.
    pub(crate) fn new(
        reports: Vec<MadeUpReport>,
        days_a_second: u32,
        address: Option<String>,
        folder: &Path,
    ) -> Self {
        let at = |report: Option<&MadeUpReport>| report.map_or(Second(0), |told| told.received);
        let begin = at(reports.first()).minus_days(1);
        let end = Second(at(reports.last()).0.saturating_add(1));
        Self {
            now: Mutex::new(Now {
                clock: Clock::new(begin, end, days_a_second),
                told: 0,
                begun: false,
            }),
            reports,
            address,
            folder: folder.to_owned(),
        }
    }

    /// When the first call was.
    pub(crate) fn first_call(&self) -> Second {
        let calls = self.reports.iter();
        let calls = calls.map(|told| told.statement.called.unwrap_or(told.received));
        calls.min().unwrap_or_default()
    }

    /// Begins to run with the first sign-in.
    pub(crate) fn begin(&self, real: u64) {
        self.change(|now| {
            if !now.begun {
                now.begun = true;
                now.clock.turn(Turn::To(Pace::Usual), real);
            }
        });
    }

    /// Turns the clock.
    pub(crate) fn turn(&self, turn: Turn, real: u64) {
        self.change(|now| now.clock.turn(turn, real));
    }

    /// What a page shows of it.
    pub(crate) fn shown(&self, real: u64, here: &str) -> Shown {
        self.change(|now| Shown {
            now: now.clock.at(real),
            pace: now.clock.pace(),
            told: now.told as u64,
            of: self.reports.len() as u64,
            address: self.address.clone(),
            here: here.to_owned(),
        })
    }

    /// The time in the story.
    pub(crate) fn at(&self, real: u64) -> Second {
        self.change(|now| now.clock.at(real))
    }

    /// Goes on from what the ledger has of it.
    async fn catch_up(&self, app: &App) -> Result<(), PageError> {
        let mut told = 0;
        while told < self.reports.len()
            && app.store().report(&reference(app, told)).await?.is_some()
        {
            told += 1;
        }
        self.change(|now| {
            now.told = told;
            if let Some(last) = told.checked_sub(1).and_then(|last| self.reports.get(last)) {
                now.clock.stand_at(last.received);
            }
        });
        Ok(())
    }

    /// Puts the reports on record that are due; whether there were any.
    async fn tell(&self, app: &App) -> Result<bool, PageError> {
        let real = app.now();
        let (told, at) = self.change(|now| (now.told, now.clock.at(real)));
        let due = self.reports.iter().skip(told);
        let due = due.take_while(|report| report.received <= at).count();
        let due = told..told + due;
        if due.is_empty() {
            return Ok(false);
        }
        let mut events = Vec::new();
        for (number, report) in due.clone().zip(&self.reports[due.clone()]) {
            let subject = app.chance().map_err(PageError::internal)?;
            let event = |record| Event::new(record, subject, None);
            events.push(event(Record::Report(Report {
                reference: reference(app, number),
                received: report.received,
                way: Way::Form,
                statement: report.statement.clone(),
            })));
            if report.verified {
                let how = Proof::MadeUp;
                events.push(event(Record::Verified(Verified { how })));
            }
        }
        app.append(events).await?;
        self.change(|now| now.told = due.end);
        Ok(true)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        // What is in it fits together at all times.
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The reference of a report of the story, always the same in a folder: so a start sees which are
/// on record.
fn reference(app: &App, number: usize) -> Reference {
    let secret = app.store().secret("reports of the story");
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&*secret).expect("any length is taken");
    mac.update(&(number as u64).to_be_bytes());
    let tag: [u8; 32] = mac.finalize().into_bytes().into();
    let mut first = [0; 8];
    first.copy_from_slice(&tag[..8]);
    Reference::new(u64::from_be_bytes(first))
}

/// Lets the story go on until it is ended.
pub(crate) async fn run(app: App) {
    let Some(story) = app.story() else { return };
    let mut kept = Kept::new(&story.folder);
    let begun = async {
        story.catch_up(&app).await?;
        kept.show(&app).await
    };
    if let Err(error) = begun.await {
        tracing::error!(?error, "how far the story is could not be read");
        return;
    }
    let mut moved = app.moved();
    cases::judge_soon(&app);
    loop {
        match story.tell(&app).await {
            Ok(true) => cases::judge_soon(&app),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(?error, "a report of the story was not taken");
                tokio::time::sleep(PATIENCE).await;
            }
        }
        if moved.has_changed().unwrap_or(false) {
            moved.mark_unchanged();
            if let Err(error) = kept.keep(&app).await {
                tracing::warn!(?error, "what is shown could not be kept for the next start");
            }
        }
        tokio::time::sleep(TICK).await;
    }
}

/// After what went wrong.
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(100);

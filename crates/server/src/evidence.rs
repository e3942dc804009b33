//! The evidence of a case as one file that a stranger checks.

use std::sync::Arc;

use countersign_core::record::{Bundle, Record};
use countersign_evidence::{Evidence, EvidenceError, Source};
use countersign_ledger::note::Verifier;
use countersign_store::{CaseRow, Event, Proved};
use countersign_ui::pages::staff::{Also, LEAST_REPORTS, PackedRow};

use crate::access::Staff;
use crate::app::{App, Shown, second_of};
use crate::cases;
use crate::error::PageError;
use crate::timeline::Names;

/// What would be packed: as on its page, no account is in it before enough customers.
async fn ripe(app: &App, case: &CaseRow) -> Result<Option<Arc<Shown>>, PageError> {
    let shown = cases::shown(app, case).await?;
    Ok(shown.filter(|shown| shown.judged.customers >= LEAST_REPORTS))
}

/// The run that would be packed.
pub(crate) async fn ready(app: &App, case: &CaseRow) -> Result<Option<u32>, PageError> {
    let shown = ripe(app, case).await?;
    Ok(shown.map(|shown| shown.judged.verdict.run))
}

/// What was packed, newest first.
pub(crate) async fn packed(app: &App, case: &CaseRow) -> Result<Vec<PackedRow>, PageError> {
    let mut names = Names::default();
    let mut rows = Vec::new();
    for entry in app.store().told(&case.token).await?.into_iter().rev() {
        let Some(Record::Bundle(bundle)) = entry.record else {
            continue;
        };
        rows.push(PackedRow {
            at: second_of(entry.at),
            by: names.of(app, entry.by).await?,
            manifest: bundle.manifest,
        });
    }
    Ok(rows)
}

/// Packs what is on record about a case with what was last shown of it. That it was packed is on
/// record when this returns.
pub(crate) async fn pack(
    app: &App,
    staff: &Staff,
    case: &CaseRow,
    also: &[Also],
) -> Result<Vec<u8>, PageError> {
    let store = app.store();
    let key = store.log_key()?;
    let now = app.second().to_string();
    let day = now.split('T').next().unwrap_or_default().to_owned();
    let mut tries = 0;
    let evidence = loop {
        let shown = ripe(app, case).await?.ok_or_else(|| {
            PageError::Conflict("There is nothing to hand out of this case yet.".to_owned())
        })?;
        // A report may have come in between: what is shown is not of the last run then.
        let runs = store.runs(&case.token).await?;
        let last = runs.last().and_then(|row| row.run.as_ref());
        if last.is_some_and(|run| run.verdict == shown.judged.digest) {
            let proved = store.proved(case, |record| may_say(record, also)).await?;
            match collect(app, key.clone(), day.clone(), proved, shown).await? {
                Err(EvidenceError::NotShown { .. }) => {}
                collected => break collected.map_err(PageError::internal)?,
            }
        }
        tries += 1;
        if tries > TRIES {
            return Err(PageError::Conflict(
                "Reports come in so fast that the case changes while it is packed: try again."
                    .to_owned(),
            ));
        }
        tokio::time::sleep(PAUSE).await;
    };
    let info = evidence.info();
    let entries = evidence.size;
    let (bytes, digest) = store.pack(evidence.data, info).await?;
    let record = Record::Bundle(Bundle {
        at: now,
        manifest: digest.to_hex(),
        entries,
    });
    let event = Event::new(record, case.token, Some(staff.person));
    app.append(vec![event]).await?;
    Ok(bytes)
}

/// Puts the files together, where it holds up nobody.
async fn collect(
    app: &App,
    key: Verifier,
    day: String,
    proved: Proved,
    shown: Arc<Shown>,
) -> Result<Result<Evidence, EvidenceError>, PageError> {
    let verdict = shown
        .judged
        .verdict
        .to_json()
        .map_err(PageError::internal)?;
    let app = app.clone();
    let collected = tokio::task::spawn_blocking(move || {
        countersign_evidence::collect(Source {
            entries: &proved.entries,
            withheld: &proved.withheld,
            key: &key,
            witnesses: Vec::new(),
            checkpoint: &proved.checkpoint,
            size: proved.size,
            verdict: verdict.into_bytes(),
            report: None,
            day: &day,
            program: app.program(),
            made_up: app.story().is_some(),
        })
    });
    collected.await.map_err(PageError::internal)
}

/// Whether what an entry says is shown to whoever gets the bundle.
fn may_say(record: &Record, also: &[Also]) -> bool {
    match record {
        Record::Case(_)
        | Record::Run(_)
        | Record::Ask(_)
        | Record::Reply(_)
        | Record::Bundle(_) => true,
        // A share of the key that opens names is nobody's but its holder's.
        Record::Answer(answer) => answer.passed.is_empty(),
        Record::Opened(_) => also.contains(&Also::Names),
        Record::Note(_) | Record::File(_) => also.contains(&Also::Notes),
        // Colleagues' tokens, and what is about no case.
        Record::Assigned(_)
        | Record::Read(_)
        | Record::Start(_)
        | Record::Person(_)
        | Record::Grant(_)
        | Record::Report(_)
        | Record::Verified(_)
        | Record::Deal(_)
        | Record::OpeningKey(_)
        | Record::Program(_)
        | Record::ProgramEnded(_)
        | Record::Views(_)
        | Record::Met(_)
        | Record::Table(_)
        | Record::TableTaken(_)
        | Record::TableRefused(_) => false,
    }
}

const TRIES: u32 = 20;
const PAUSE: core::time::Duration = core::time::Duration::from_millis(250);

//! The evidence of a case as one file that a stranger checks.

use countersign_core::ledger::Kind;
use countersign_core::record::{Bundle, Record};
use countersign_evidence::{EvidenceError, Source};
use countersign_store::{CaseRow, Event, StoreError};
use countersign_ui::pages::staff::{Also, LEAST_REPORTS, PackedRow};

use crate::access::Staff;
use crate::app::{App, Shown, second_of};
use crate::cases;
use crate::error::PageError;
use crate::timeline::Names;

/// The run that would be packed: as on its page, no account is in it before enough customers.
pub(crate) async fn ready(app: &App, case: &CaseRow) -> Result<Option<u32>, PageError> {
    let shown = cases::shown(app, case).await?;
    Ok(shown
        .filter(|shown| shown.judged.customers >= LEAST_REPORTS)
        .map(|shown| shown.judged.verdict.run))
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
    let mut tries = 0;
    let evidence = loop {
        let shown = cases::shown(app, case).await?;
        let enough = |shown: &std::sync::Arc<Shown>| shown.judged.customers >= LEAST_REPORTS;
        let shown = shown.filter(enough).ok_or_else(|| {
            PageError::Conflict("There is nothing to hand out of this case yet.".to_owned())
        })?;
        let says = |kind| may_say(kind, also);
        let proved = store.proved(case, says).await?;
        let verdict = &shown.judged.verdict;
        let source = Source {
            entries: &proved.entries,
            withheld: &proved.withheld,
            key: &key,
            witnesses: Vec::new(),
            checkpoint: &proved.checkpoint,
            size: proved.size,
            verdict: verdict.to_json().map_err(PageError::internal)?.into_bytes(),
            report: None,
            day: now.split('T').next().unwrap_or_default(),
            program: app.program(),
        };
        match countersign_evidence::collect(source) {
            // A report came in between: the run of what is shown is not the last one any more.
            Err(EvidenceError::NotShown { .. }) if tries < TRIES => tries += 1,
            collected => break collected.map_err(PageError::internal)?,
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
    match store.append(vec![event]).await {
        Ok(_) | Err(StoreError::BeingWritten(_)) => Ok(bytes),
        Err(error) => Err(error.into()),
    }
}

/// Whether what entries of a kind say is shown to whoever gets the bundle.
fn may_say(kind: Kind, also: &[Also]) -> bool {
    match kind {
        Kind::Opened => also.contains(&Also::Names),
        Kind::Note | Kind::File => also.contains(&Also::Notes),
        // A colleague's token.
        Kind::Assigned => false,
        _ => true,
    }
}

const TRIES: u32 = 20;
const PAUSE: core::time::Duration = core::time::Duration::from_millis(250);

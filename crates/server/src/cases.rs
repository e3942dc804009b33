//! Cases: their reports, and what was last shown of them. A run is durable before it is shown.

use core::convert::Infallible;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::sse::Event as Sent;
use countersign_core::holder::SealKey;
use countersign_core::record::{Case, Record, Run};
use countersign_core::reference::Reference;
use countersign_core::report::Report;
use countersign_core::respond::burst;
use countersign_core::staff::Role;
use countersign_core::verdict::{State, Verdict};
use countersign_store::{Between, CaseRow, Event, ReportRow};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt as _};

use crate::access::Staff;
use crate::app::{App, Shown, second_of};
use crate::error::PageError;
use crate::inbox::{self, Opened};
use crate::judge::{Last, Question};
use crate::second;

/// Whether somebody may see a case: whoever works on it, and supervisors.
pub(crate) fn may_see(staff: &Staff, case: &CaseRow) -> bool {
    case.worker() == Some(staff.person) || staff.roles.contains(&Role::Supervisor)
}

/// What was last shown of a case; it is judged if that was never.
pub(crate) async fn shown(app: &App, case: &CaseRow) -> Result<Option<Arc<Shown>>, PageError> {
    if let Some(shown) = app.shown(&case.token) {
        return Ok(Some(shown));
    }
    let _one = app.judging().await;
    // Whoever judged in the meantime showed it.
    match app.shown(&case.token) {
        Some(shown) => Ok(Some(shown)),
        None => judge_alone(app, case).await,
    }
}

/// What was last shown of a case, with its claims: what an earlier start judged comes without.
pub(crate) async fn claimed(app: &App, case: &CaseRow) -> Result<Option<Arc<Shown>>, PageError> {
    let shown = shown(app, case).await?;
    let lacks_claims =
        |shown: &Arc<Shown>| shown.judged.namings.is_empty() && !shown.judged.persons().is_empty();
    if !shown.as_ref().is_some_and(lacks_claims) {
        return Ok(shown);
    }
    let _one = app.judging().await;
    judge_alone(app, case).await
}

/// Judges all cases anew, each if something of it changed.
pub(crate) async fn judge_all(app: &App) -> Result<(), PageError> {
    let _one = app.judging().await;
    // What comes in while this one waited is judged with it.
    app.begins_judging();
    for case in app.store().cases().await? {
        judge_alone(app, &case).await?;
    }
    Ok(())
}

/// Judges all cases anew when views came, not oftener than it takes to look at one: each batch by
/// itself would cost a pass over the whole log.
pub(crate) async fn follow_views(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(BETWEEN) => {}
        }
        if app.judge().takes_news()
            && let Err(error) = judge_all(&app).await
        {
            tracing::error!(?error, "cases were not judged after views came");
        }
    }
}

/// Judges all cases soon, with what comes in until that begins; nobody waits for it.
pub(crate) fn judge_soon(app: &App) {
    if app.wants_judging() {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = judge_all(&app).await {
            tracing::error!(?error, "a case could not be judged");
        }
    });
}

/// What is to be shown of a case, for whoever judges alone at this time; it is judged if its reports
/// changed.
async fn judge_alone(app: &App, case: &CaseRow) -> Result<Option<Arc<Shown>>, PageError> {
    if app.judge().persons().is_none() {
        return Ok(None);
    }
    let Some(content) = case.case.clone() else {
        return Ok(None);
    };
    let reports = inbox::verified(app, period(&content)).await?;
    let excluded = second::told(app, &case.token).await?.excluded();
    let counted: Vec<Report> = reports
        .iter()
        .filter_map(|report| counted(app, report, &excluded))
        .collect();
    let burst = burst::last(&app.store().verified_at(period(&content)).await?);
    let runs = app.store().runs(&case.token).await?;
    let last = runs.last().and_then(|row| {
        let run = row.run.as_ref()?;
        Some(Last {
            run: run.run,
            version: run.version,
            reports: run.reports,
            digest: run.digest.clone(),
            verdict: run.verdict.clone(),
        })
    });
    let question = Question {
        seal: seal(app, &content.reference),
        case: content,
        reports: counted,
        last,
        // What an earlier start judged is shown without its claims.
        is_shown: app.shown(&case.token).is_some_and(|shown| {
            !shown.judged.namings.is_empty() || shown.judged.verdict.named.is_empty()
        }),
    };
    let judged = app
        .judge()
        .judge(question)
        .await
        .map_err(PageError::internal)?;
    let Some(judged) = judged else {
        return Ok(app.shown(&case.token));
    };
    if judged.known {
        let at = match runs.last() {
            Some(run) => second_of(run.at),
            None => app.second(),
        };
        let same = app.shown(&case.token).filter(|shown| {
            let claims = shown.judged.namings.len() == judged.namings.len();
            shown.judged.digest == judged.digest && claims
        });
        return Ok(Some(same.unwrap_or_else(|| {
            app.show(case.token, Shown { judged, at, burst })
        })));
    }
    let verdict = &judged.verdict;
    let run = Run {
        run: verdict.run,
        version: verdict.version,
        reports: judged.reports,
        digest: judged.judged.clone(),
        state: verdict.state,
        lead: lead(verdict),
        named: named(verdict),
        verdict: judged.digest.clone(),
    };
    let event = Event::new(Record::Run(run), case.token, None);
    app.append(vec![event]).await?;
    let at = app.second();
    Ok(Some(app.show(case.token, Shown { judged, at, burst })))
}

/// The calls that a case is about.
fn period(case: &Case) -> Between {
    Between {
        from: Some(case.from),
        until: case.until,
    }
}

/// A verified report as the desk reads it; none if it was erased.
fn counted(app: &App, report: &Opened, excluded: &BTreeMap<Reference, String>) -> Option<Report> {
    let said = report.said.as_ref()?;
    let statement = &said.statement;
    let placed = app.judge().place_said(statement);
    Some(Report {
        id: said.reference.plain(),
        received: said.received,
        called: statement.called,
        customer: placed.customer,
        quoted: placed.quoted,
        channel: statement.channel,
        pretext: statement.pretext.map(|pretext| pretext.word().to_owned()),
        verified: true,
        solicited: false,
        household: placed.household,
        excluded: excluded.get(&said.reference).cloned(),
    })
}

/// Whether a report is of a case's period.
pub(crate) fn is_of(case: &CaseRow, report: &ReportRow) -> bool {
    let Some(case) = &case.case else {
        return false;
    };
    let called = report.called.or(report.received);
    called
        .is_some_and(|called| called >= case.from && case.until.is_none_or(|until| called < until))
}

/// Reports of a case's period that nobody has verified.
pub(crate) async fn unverified(app: &App, case: &CaseRow) -> Result<u64, PageError> {
    let Some(content) = &case.case else {
        return Ok(0);
    };
    let count = app.store().count(period(content), Between::default());
    let count = count.await?;
    Ok(count.all.saturating_sub(count.verified))
}

/// Tells a page that waits when something of its case moved.
pub(crate) fn moves(app: &App) -> impl Stream<Item = Result<Sent, Infallible>> + use<> {
    // Once at its beginning: what moved after the page was made and before it asked is no news else.
    let moved = WatchStream::new(app.moved());
    // A stream that goes on would keep the server from ending.
    moved.map_while(|count| {
        (count != App::STOPS).then(|| Ok(Sent::default().data(count.to_string())))
    })
}

/// The key of a case's pseudonyms: the same account has another one in another case.
fn seal(app: &App, case: &Reference) -> SealKey {
    SealKey::new(
        *app.store()
            .secret(&format!("pseudonyms of case {}", case.plain())),
    )
}

/// The lead, where the verdict has one.
fn lead(verdict: &Verdict) -> Option<String> {
    let last = verdict.lead.last().cloned().flatten();
    last.filter(|_| verdict.state != State::Nothing)
}

fn named(verdict: &Verdict) -> Vec<String> {
    verdict
        .named
        .iter()
        .flat_map(|named| named.holders.clone())
        .collect()
}

/// Between two looks at whether views came.
const BETWEEN: Duration = Duration::from_secs(10);

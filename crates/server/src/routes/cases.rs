//! Cases: the list, opening one, and its page.

use core::convert::Infallible;

use axum::extract::{Path, State};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_core::record::{Assigned, Case, ReadPage, Record};
use countersign_core::reference::Reference;
use countersign_core::staff::Role;
use countersign_core::trace::Settings;
use countersign_ledger::encoding::hex;
use countersign_store::{CaseRow as Kept, Event};
use countersign_ui::pages::staff::{
    CaseForm, CasePage, CaseRow, Cases, Colleague, FormError, OpenCase, OpenCaseSure, Room, RunRow,
};
use tokio_stream::Stream;

use super::asks;
use crate::access::{self, Staff};
use crate::app::{App, second_of};
use crate::cases;
use crate::error::PageError;
use crate::form::Fields;
use crate::timeline::Names;
use crate::{keeps, people, quorum, reads};

/// `GET /cases`
pub(super) async fn list(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    let mut rows = Vec::new();
    let mut names = Names::default();
    for case in app.store().cases().await? {
        if !cases::may_see(&staff, &case) {
            continue;
        }
        let runs = app.store().runs(&case.token).await?;
        let last = runs.last().and_then(|row| row.run.as_ref());
        // What was erased has no page.
        let Some(content) = &case.case else {
            continue;
        };
        rows.push(CaseRow {
            reference: content.reference,
            title: content.title.clone(),
            worker: names.of(&app, case.worker()).await?,
            opened: app.time_of(case.opened).await?,
            reports: last.map_or(0, |run| run.reports),
            run: last.map(|run| run.run),
            state: last.map(|run| run.state),
        });
    }
    rows.reverse();
    let page = Cases {
        shell: staff.shell(Room::Cases),
        rows,
    };
    Ok(Html(page.render()?))
}

/// `GET /cases/open`
pub(super) async fn form(staff: Staff) -> Result<Html<String>, PageError> {
    let page = OpenCase {
        shell: staff.shell(Room::Cases),
        form: CaseForm::default(),
        errors: Vec::new(),
    };
    Ok(Html(page.render()?))
}

/// `POST /cases/open`
pub(super) async fn check(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Html<String>, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let form = typed(&fields);
    let shell = staff.shell(Room::Cases);
    let page = match form.checked(app.second()) {
        Ok(wish) => OpenCaseSure { shell, form, wish }.render()?,
        Err(errors) => OpenCase {
            shell,
            form,
            errors,
        }
        .render()?,
    };
    Ok(Html(page))
}

/// `POST /cases/open/sure`
pub(super) async fn open(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let form = typed(&fields);
    let shell = staff.shell(Room::Cases);
    let again = |form, errors| {
        let page = OpenCase {
            shell,
            form,
            errors,
        };
        Ok::<_, PageError>(Html(page.render()?).into_response())
    };
    let wish = match form.checked(app.second()) {
        Ok(wish) => wish,
        Err(errors) => return again(form, errors),
    };
    let Some(persons) = app.judge().persons() else {
        let error = FormError {
            field: "title",
            message: "The desk has no log of views, so nothing could be judged: the operator sets \
                      desk.events."
                .to_owned(),
        };
        return again(form, vec![error]);
    };
    if quorum::dealt(&app).await?.is_none() {
        let error = FormError {
            field: "title",
            message: "The key that opens names was not dealt yet: two key holders make their keys \
                      and deal it, under Keys."
                .to_owned(),
        };
        return again(form, vec![error]);
    }
    let reference = app.reference().map_err(PageError::internal)?;
    // As `countersign trace` has them.
    let fixed = Settings::default();
    let record = Record::Case(Case {
        reference,
        title: wish.title,
        from: wish.from,
        until: wish.until,
        alpha: wish.alpha,
        colluders: wish.colluders,
        gamma: fixed.gamma,
        strike: fixed.strike,
        freeze_days: wish.freeze_days,
        persons,
        reserve: persons.div_ceil(10),
    });
    let subject = app.chance().map_err(PageError::internal)?;
    let event = Event::new(record, subject, Some(staff.person));
    app.append(vec![event]).await?;
    Ok(Redirect::to(&format!("/cases/{}", reference.plain())).into_response())
}

/// `GET /cases/{reference}`
pub(super) async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
) -> Result<Html<String>, PageError> {
    let case = find(&app, &staff, &reference).await?;
    reads::read(&app, &staff, ReadPage::Case, case.token).await?;
    let content = case.case.clone().ok_or(PageError::NotFound)?;
    let shown = cases::shown(&app, &case).await?;
    let runs = app.store().runs(&case.token).await?;
    let mut history = Vec::new();
    for row in runs.iter().rev() {
        let Some(run) = &row.run else {
            continue;
        };
        history.push(RunRow {
            run: run.run,
            version: run.version,
            at: second_of(row.at),
            reports: run.reports,
            state: run.state,
        });
    }
    let page = CasePage {
        shell: staff.shell(Room::Cases),
        reference: content.reference,
        title: content.title,
        worker: Names::default().of(&app, case.worker()).await?,
        colleagues: if staff.roles.contains(&Role::Supervisor) {
            colleagues(&app, &case).await?
        } else {
            Vec::new()
        },
        now: app.second(),
        moved: shown.as_ref().map(|shown| shown.at),
        customers: shown.as_ref().map_or(0, |shown| shown.judged.customers),
        unverified: cases::unverified(&app, &case).await?,
        second: asks::of_case(&app, &case).await?,
        burst: shown.as_ref().and_then(|shown| shown.burst),
        keeps: keeps::of(&app, &case).await?,
        verdict: shown.map(|shown| Box::new(shown.judged.verdict.clone())),
        runs: history,
    };
    Ok(Html(page.render()?))
}

/// `POST /cases/{reference}/assign`
pub(super) async fn assign(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let case = find(&app, &staff, &reference).await?;
    let reference = case.reference.ok_or(PageError::NotFound)?;
    let colleagues = colleagues(&app, &case).await?;
    let person = fields.one("person");
    let chosen = colleagues.into_iter().find(|one| one.person == person);
    let chosen = chosen.ok_or(PageError::Bad(
        "the case can only be given to an investigator",
    ))?;
    if !chosen.works {
        let record = Record::Assigned(Assigned {
            person: chosen.person,
        });
        let event = Event::new(record, case.token, Some(staff.person));
        app.append(vec![event]).await?;
    }
    Ok(Redirect::to(&format!("/cases/{}", reference.plain())).into_response())
}

/// Whom a case may be given to.
async fn colleagues(app: &App, case: &Kept) -> Result<Vec<Colleague>, PageError> {
    let mut colleagues = Vec::new();
    for row in app.store().people().await? {
        let Some(name) = row.name else {
            continue;
        };
        if people::roles(app, &row.token)
            .await?
            .contains(&Role::Investigator)
        {
            colleagues.push(Colleague {
                person: hex(&row.token),
                name,
                works: case.worker() == Some(row.token),
            });
        }
    }
    Ok(colleagues)
}

/// `GET /cases/{reference}/events`
pub(super) async fn events(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, PageError> {
    find(&app, &staff, &reference).await?;
    Ok(Sse::new(cases::moves(&app)).keep_alive(KeepAlive::default()))
}

/// A case, if this person may see it.
pub(super) async fn find(app: &App, staff: &Staff, reference: &str) -> Result<Kept, PageError> {
    let reference: Reference = reference.parse().map_err(|_error| PageError::NotFound)?;
    let case = app.store().case(&reference).await?;
    // Whose case it is not learns not even that there is one.
    let case = case.filter(|case| cases::may_see(staff, case));
    case.ok_or(PageError::NotFound)
}

fn typed(fields: &Fields) -> CaseForm {
    let one = |name| fields.one(name).to_owned();
    CaseForm {
        title: one("title"),
        from: one("from"),
        until: one("until"),
        alpha: one("alpha"),
        colluders: one("colluders"),
        freeze_days: one("freeze_days"),
    }
}

//! Programs that may speak to the server: the list, letting one, and ending one.

use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_core::program::May;
use countersign_core::time::Second;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ui::pages::staff::{NewProgram, ProgramRow, Programs, Room};

use crate::access::{self, Staff};
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::program;

/// `GET /programs`
pub(super) async fn list(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    Ok(Html(page(&app, &staff).await?.render()?))
}

/// `POST /programs`
pub(super) async fn make(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Html<String>, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let wish = NewProgram {
        name: fields.one("name").trim().to_owned(),
        may: fields.all("may").filter_map(May::of).collect(),
    };
    let (secret, errors) = match wish.checked(&staff.roles) {
        Ok(()) => {
            let secret = program::make(&app, &staff, wish.name.clone(), wish.may.clone()).await?;
            (Some(secret), Vec::new())
        }
        Err(errors) => (None, errors),
    };
    let mut page = page(&app, &staff).await?;
    if secret.is_none() {
        page.wish = wish;
    }
    page.secret = secret;
    page.errors = errors;
    Ok(Html(page.render()?))
}

/// `POST /programs/end`
pub(super) async fn end(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let token = from_hex(fields.one("program")).and_then(|token| token.try_into().ok());
    let token = token.ok_or(PageError::NotFound)?;
    let program = app.store().program(&token).await?;
    let program = program.ok_or(PageError::NotFound)?;
    // Whoever may not give all that it may, may not take it away.
    if !program.may.iter().all(|may| may.is_given_by(&staff.roles)) {
        return Err(PageError::NotFound);
    }
    program::end(&app, &staff, &program).await?;
    Ok(Redirect::to("/programs").into_response())
}

async fn page(app: &App, staff: &Staff) -> Result<Programs, PageError> {
    let mut rows = Vec::new();
    for program in app.store().programs().await? {
        let by = match program.by {
            Some(by) => app.store().person(&by).await?.and_then(|by| by.name),
            None => None,
        };
        let ended = match program.ended {
            Some(seq) => Some(app.time_of(seq).await?),
            None => None,
        };
        let used = program
            .used
            .and_then(|used| i64::try_from(used / 1000).ok());
        rows.push(ProgramRow {
            id: hex(&program.token),
            since: app.time_of(program.seq).await?,
            by,
            used: used.and_then(Second::from_unix),
            ended,
            may: program.may,
            name: program.name.unwrap_or_else(|| "(erased)".to_owned()),
        });
    }
    rows.reverse();
    Ok(Programs {
        shell: staff.shell(Room::Programs),
        rows,
        wish: NewProgram::default(),
        errors: Vec::new(),
        secret: None,
    })
}

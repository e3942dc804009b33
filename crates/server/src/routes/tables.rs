//! Tables of reports: the list, handing one in, its preview, and the second person's answer.

use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_core::staff::Role;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_store::TableRow as Kept;
use countersign_ui::pages::staff::{
    Claimed, FormError, HandsIn, Known, OneTable, Preview, PreviewRow, Room, TableRow, TableState,
    Tables, Viewer,
};

use crate::access::{self, Staff};
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::tables::{self, Confirmed, LARGEST, Read, Row};
use crate::timeline::Names;
use crate::upload::{self, Content};

/// `GET /reports/table`
pub(super) async fn list(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    page(&app, &staff, Vec::new()).await
}

/// `POST /reports/table`
pub(super) async fn hand_in(
    State(app): State<App>,
    staff: Staff,
    request: Request,
) -> Result<Response, PageError> {
    let upload = upload::read(request, LARGEST).await?;
    access::check(&staff.csrf, &upload.csrf)?;
    let message = match upload.content {
        Content::Bytes(content) => {
            match tables::hand_in(&app, &staff, upload.name, content).await? {
                Ok(table) => {
                    let place = format!("/reports/table/{}", hex(&table));
                    return Ok(Redirect::to(&place).into_response());
                }
                Err(message) => format!("It was not taken: {message}."),
            }
        }
        Content::None => "Choose a table that is not empty.".to_owned(),
        Content::TooMany => "It is larger than 2 MB: cut it into several.".to_owned(),
    };
    let field = "file";
    Ok(page(&app, &staff, vec![FormError { field, message }])
        .await?
        .into_response())
}

/// `GET /reports/table/{table}`
pub(super) async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(table): Path<String>,
) -> Result<Html<String>, PageError> {
    let table = find(&app, &staff, &table).await?;
    shown(&app, &staff, &table, Vec::new()).await
}

/// `POST /reports/table/{table}/take`
pub(super) async fn take(
    State(app): State<App>,
    staff: Staff,
    Path(table): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let table = find(&app, &staff, &table).await?;
    let confirmed = match fields.one("verified") {
        "confirmed" => Confirmed::Verified,
        _ => Confirmed::Nothing,
    };
    tables::take(&app, &staff, &table, confirmed).await?;
    Ok(back(&table))
}

/// `POST /reports/table/{table}/refuse`
pub(super) async fn refuse(
    State(app): State<App>,
    staff: Staff,
    Path(table): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let table = find(&app, &staff, &table).await?;
    let why = fields.one("why").trim();
    let fits = (1..=400).contains(&why.chars().count()) && !why.chars().any(char::is_control);
    if !fits {
        let error = FormError {
            field: "why",
            message: "Say why, in 1 to 400 letters on one line.".to_owned(),
        };
        return Ok(shown(&app, &staff, &table, vec![error])
            .await?
            .into_response());
    }
    tables::refuse(&app, &staff, &table, why.to_owned()).await?;
    Ok(back(&table))
}

fn back(table: &Kept) -> Response {
    Redirect::to(&format!("/reports/table/{}", hex(&table.token))).into_response()
}

/// A table, if this person may see it.
async fn find(app: &App, staff: &Staff, table: &str) -> Result<Kept, PageError> {
    let token = from_hex(table).and_then(|token| token.try_into().ok());
    let table = app
        .store()
        .table(&token.ok_or(PageError::NotFound)?)
        .await?;
    let table = table.filter(|table| tables::may_see(staff, table));
    table.ok_or(PageError::NotFound)
}

async fn page(app: &App, staff: &Staff, errors: Vec<FormError>) -> Result<Html<String>, PageError> {
    let mut rows = Vec::new();
    for table in app.store().tables().await? {
        if tables::may_see(staff, &table) {
            rows.push(row(app, &table).await?);
        }
    }
    rows.reverse();
    let hands_in = |role: &Role| matches!(role, Role::Investigator | Role::Agent);
    let page = Tables {
        shell: staff.shell(Room::Tables),
        hands_in: if staff.roles.iter().any(hands_in) {
            HandsIn::Yes
        } else {
            HandsIn::No
        },
        rows,
        errors,
    };
    Ok(Html(page.render()?))
}

async fn shown(
    app: &App,
    staff: &Staff,
    table: &Kept,
    errors: Vec<FormError>,
) -> Result<Html<String>, PageError> {
    let row = row(app, table).await?;
    let held = match row.state {
        TableState::Waits => tables::held(app, table).await?,
        TableState::Late | TableState::Taken | TableState::Refused => None,
    };
    let said = table.said.as_ref();
    let page = OneTable {
        shell: staff.shell(Room::Tables),
        sha256: said.map(|said| said.sha256.clone()).unwrap_or_default(),
        preview: held.map(|read| preview(app, &read)),
        viewer: if table.by == Some(staff.person) {
            Viewer::Own
        } else {
            Viewer::Second
        },
        table: row,
        errors,
    };
    Ok(Html(page.render()?))
}

async fn row(app: &App, table: &Kept) -> Result<TableRow, PageError> {
    let at = app.time_of(table.seq).await?;
    let said = table.said.as_ref();
    Ok(TableRow {
        id: hex(&table.token),
        name: said.map_or_else(|| "(erased)".to_owned(), |said| said.name.clone()),
        at,
        by: Names::default().of(app, table.by).await?,
        rows: said.map_or(0, |said| said.rows),
        state: tables::state(app, table, at),
    })
}

fn preview(app: &App, read: &Read) -> Preview {
    let row = |row: &Row| {
        let said = &row.statement;
        let whom = [&said.customer, &said.email, &said.phone];
        let whom: Vec<&str> = whom.into_iter().flatten().map(String::as_str).collect();
        PreviewRow {
            line: row.line,
            when: said.called.unwrap_or(row.received),
            channel: said.channel,
            customer: whom.join(", "),
            known: if tables::is_known(app, row) {
                Known::Yes
            } else {
                Known::No
            },
            quoted: said.number.clone().unwrap_or_default(),
            verified: if row.verified {
                Claimed::Verified
            } else {
                Claimed::Nothing
            },
        }
    };
    Preview {
        rows: read.rows.iter().take(SHOWN).map(row).collect(),
        count: read.rows.len() as u64,
        verified: read.verified(),
        known: read.known(app),
        wrong: read.wrong.iter().take(SHOWN_WRONG).cloned().collect(),
        wrong_count: read.wrong.len() as u64,
        undecided: read.undecided,
        ignored: read.ignored.clone(),
    }
}

/// Rows of a preview.
const SHOWN: usize = 20;
const SHOWN_WRONG: usize = 100;

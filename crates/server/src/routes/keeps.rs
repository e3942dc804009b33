//! Notes, files and the timeline of a case.

use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_core::record::ReadPage;
use countersign_core::reference::Reference;
use countersign_ui::pages::staff::{FormError, KeepAgain, Kept, Room, Timeline};

use super::cases::find;
use crate::access::{self, Staff};
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::keeps::{self, LARGEST_FILE, LONGEST_NOTE};
use crate::reads;
use crate::timeline;
use crate::upload::{self, Content};

/// `POST /cases/{reference}/notes`
pub(super) async fn note(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let case = find(&app, &staff, &reference).await?;
    let reference = case.reference.ok_or(PageError::NotFound)?;
    let text = fields.one("text").replace("\r\n", "\n");
    let text = text.trim();
    let unseen = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    let message = if text.is_empty() {
        "It is empty: say what was done or decided.".to_owned()
    } else if text.chars().count() > LONGEST_NOTE {
        format!("It is longer than {LONGEST_NOTE} letters: shorten it, or put it in as a file.")
    } else if text.contains(unseen) {
        "It has letters that can’t be shown: take them out.".to_owned()
    } else {
        keeps::note(&app, &staff, &case, text.to_owned()).await?;
        return Ok(back(&reference));
    };
    again(&staff, reference, Kept::Note(text.to_owned()), message)
}

/// `POST /cases/{reference}/files`
pub(super) async fn file(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let case = find(&app, &staff, &reference).await?;
    let reference = case.reference.ok_or(PageError::NotFound)?;
    let upload = upload::read(request, LARGEST_FILE).await?;
    access::check(&staff.csrf, &upload.csrf)?;
    let message = match upload.content {
        Content::Bytes(content) => {
            keeps::file(&app, &staff, &case, upload.name, content).await?;
            return Ok(back(&reference));
        }
        Content::None => "Choose a file that is not empty.",
        Content::TooMany => "It is larger than 25 MB: pack it, or put it in in pieces.",
    };
    again(&staff, reference, Kept::File, message.to_owned())
}

/// `GET /cases/{reference}/files/{file}`
pub(super) async fn fetch(
    State(app): State<App>,
    staff: Staff,
    Path((reference, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let case = find(&app, &staff, &reference).await?;
    reads::read(&app, &staff, ReadPage::File, case.token).await?;
    let found = keeps::found(&app, &case, &file).await?;
    let (file, content) = found.ok_or(PageError::NotFound)?;
    let headers = [
        // Whatever it is, no browser shows it as a page of this place.
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, upload::attachment(&file.name)),
        (CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
    ];
    Ok((headers, content).into_response())
}

/// `GET /cases/{reference}/timeline`
pub(super) async fn timeline(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
) -> Result<Html<String>, PageError> {
    let case = find(&app, &staff, &reference).await?;
    reads::read(&app, &staff, ReadPage::Timeline, case.token).await?;
    let content = case.case.as_ref().ok_or(PageError::NotFound)?;
    let page = Timeline {
        shell: staff.shell(Room::Cases),
        reference: content.reference,
        title: content.title.clone(),
        rows: timeline::of(&app, &case).await?,
    };
    Ok(Html(page.render()?))
}

/// `GET /cases/{reference}/timeline.csv`
pub(super) async fn table(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let case = find(&app, &staff, &reference).await?;
    reads::read(&app, &staff, ReadPage::Timeline, case.token).await?;
    let reference = case.reference.ok_or(PageError::NotFound)?;
    let name = format!("timeline-{}.csv", reference.plain());
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, upload::attachment(&name)),
    ];
    let csv = timeline::csv(&timeline::of(&app, &case).await?);
    Ok((headers, csv).into_response())
}

fn back(reference: &Reference) -> Response {
    let place = format!("/cases/{}#keeps", reference.plain());
    Redirect::to(&place).into_response()
}

fn again(
    staff: &Staff,
    reference: Reference,
    what: Kept,
    message: String,
) -> Result<Response, PageError> {
    let field = match what {
        Kept::Note(_) => "text",
        Kept::File => "file",
    };
    let page = KeepAgain {
        shell: staff.shell(Room::Cases),
        reference,
        what,
        errors: vec![FormError { field, message }],
    };
    Ok(Html(page.render()?).into_response())
}

const SANDBOX: &str = "default-src 'none'; sandbox";

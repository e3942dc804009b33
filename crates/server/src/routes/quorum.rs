//! The keys of those who open names.

use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_ui::pages::staff::{KeyRow, Quorum, Room};

use crate::access::{self, Staff};
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::quorum;

/// `GET /quorum`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    Ok(Html(page(&app, &staff).await?.render()?))
}

/// `POST /quorum/key`: makes one's own key, and shows it this once.
pub(super) async fn make_key(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Html<String>, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let key = quorum::make_key(&app, staff.person).await?;
    let mut page = page(&app, &staff).await?;
    page.key = Some(key.written().to_string());
    Ok(Html(page.render()?))
}

/// `POST /quorum/deal`
pub(super) async fn deal(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    quorum::deal(&app, staff.person).await?;
    Ok(Redirect::to("/quorum").into_response())
}

async fn page(app: &App, staff: &Staff) -> Result<Quorum, PageError> {
    let holders = quorum::holders(app).await?;
    let mine = holders.iter().find(|holder| holder.person == staff.person);
    Ok(Quorum {
        shell: staff.shell(Room::Quorum),
        has_key: mine.is_some_and(|mine| mine.public.is_some()),
        holders: holders
            .iter()
            .map(|holder| KeyRow {
                name: holder.name.clone(),
                has_key: holder.public.is_some(),
            })
            .collect(),
        dealt: quorum::dealt(app).await?.map(|dealing| dealing.at),
        key: None,
    })
}

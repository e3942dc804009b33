//! Who works here, and who is invited.

use axum::extract::State;
use axum::response::Html;
use countersign_core::staff::Role;
use countersign_ui::pages::staff::{Invitation, People, PersonRow, Room};

use crate::access::{self, Staff};
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::people;

/// `GET /people`
pub(super) async fn list(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    Ok(Html(page(&app, &staff).await?.render()?))
}

/// `POST /people`
pub(super) async fn invite(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Html<String>, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let mut page = page(&app, &staff).await?;
    page.invitation = Invitation {
        roles: fields.all("roles").filter_map(Role::of).collect(),
    };
    match page.invitation.checked() {
        Err(errors) => page.errors = errors,
        Ok(roles) => {
            people::check(&app, roles).await?;
            let roles = roles.to_vec();
            page.link = Some(people::invite(&app, roles, Some(staff.person)).await?);
            page.invitation = Invitation::default();
        }
    }
    Ok(Html(page.render()?))
}

async fn page(app: &App, staff: &Staff) -> Result<People, PageError> {
    let mut rows = Vec::new();
    for person in app.store().people().await? {
        rows.push(PersonRow {
            roles: people::roles(app, &person.token).await?,
            since: app.time_of(person.seq).await?,
            name: person.name.unwrap_or_else(|| "(erased)".to_owned()),
        });
    }
    Ok(People {
        shell: staff.shell(Room::People),
        rows,
        invitation: Invitation::default(),
        errors: Vec::new(),
        link: None,
    })
}

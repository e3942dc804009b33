//! What a customer says on the phone: an agent writes it down, and tells the customer a reference.

use axum::extract::State;
use axum::response::Html;
use countersign_core::record::Way;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ui::pages::staff::{Call, CodeSent, Enter, Entered, Room};

use crate::access::{self, Staff};
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::intake::{self, Code, Coming, Once};

/// `GET /reports/enter`
pub(super) async fn form(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    let once = app.chance::<16>().map_err(PageError::internal)?;
    let page = Enter {
        shell: staff.shell(Room::Enter),
        call: Call::default(),
        errors: Vec::new(),
        once: hex(&once),
    };
    Ok(Html(page.render()?))
}

/// `POST /reports/enter`
pub(super) async fn take(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Html<String>, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let once = from_hex(fields.one("once")).filter(|once| once.len() == 16);
    let once = once.ok_or(PageError::Bad("the form is not whole: open the page again"))?;
    let call = Call::read(fields.pairs());
    let shell = staff.shell(Room::Enter);
    let statement = match call.statement(app.second()) {
        Ok(statement) => statement,
        Err(errors) => {
            let page = Enter {
                shell,
                call,
                errors,
                once: hex(&once),
            };
            return Ok(Html(page.render()?));
        }
    };
    let (code, sent) = if call.wants_code() {
        (Code::Mailed(call.language()), CodeSent::IfOnFile)
    } else {
        (Code::NotMailed, CodeSent::No)
    };
    let coming = Coming {
        statement,
        way: Way::Agent,
        by: Some(staff.person),
        code,
    };
    let reference = match intake::once(&app, &once, coming).await? {
        Once::Taken(reference) | Once::Again(reference) => reference,
        Once::Another | Once::Erased => {
            return Err(PageError::Conflict(
                "This form was sent before, with other answers. Open an empty one for another call."
                    .to_owned(),
            ));
        }
    };
    let page = Entered {
        shell,
        reference,
        code: sent,
    };
    Ok(Html(page.render()?))
}

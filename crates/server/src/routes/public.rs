//! Public pages beside the form: the front, asking after a report, and its code.

use axum::extract::{Query, State};
use axum::response::Html;
use countersign_core::reference::Reference;
use countersign_ui::pages::public::{AskState, EnterCode, Entered, Found, Front, Help};
use serde::Deserialize;

use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::inbox;
use crate::intake::{self, Typed};
use crate::visitor::Visitor;

type Page = Result<Html<String>, PageError>;

/// `GET /`
pub(super) async fn front(visitor: Visitor) -> Page {
    Ok(Html(
        Front {
            language: visitor.language,
        }
        .render()?,
    ))
}

/// `GET /help`
pub(super) async fn help(visitor: Visitor) -> Page {
    let page = Help {
        language: visitor.language,
        phone: None,
        email: None,
    };
    Ok(Html(page.render()?))
}

/// `GET /report/state`
pub(super) async fn ask_state(visitor: Visitor) -> Page {
    let page = AskState {
        language: visitor.language,
        reference: String::new(),
        found: Found::NotAsked,
        csrf: String::new(),
    };
    Ok(Html(page.render()?))
}

/// `POST /report/state`
pub(super) async fn state(State(app): State<App>, visitor: Visitor, fields: Fields) -> Page {
    app.takes_question(visitor.from)?;
    let typed = fields.one("reference");
    let report = match typed.parse::<Reference>() {
        Ok(reference) => app.store().report(&reference).await?,
        Err(_) => None,
    };
    let found = match report {
        Some(row) => {
            let report = inbox::one(&app, row).await?;
            match (report.row.reference, report.row.received) {
                (Some(reference), Some(received)) => Found::Report {
                    reference,
                    received,
                    standing: report.standing(),
                },
                _ => Found::Nothing,
            }
        }
        None => Found::Nothing,
    };
    let page = AskState {
        language: visitor.language,
        reference: typed.to_owned(),
        found,
        csrf: String::new(),
    };
    Ok(Html(page.render()?))
}

/// The report that a code is for.
#[derive(Deserialize)]
pub(super) struct ForReport {
    #[serde(default)]
    reference: String,
}

/// `GET /report/code`
pub(super) async fn ask_code(visitor: Visitor, Query(query): Query<ForReport>) -> Page {
    let page = EnterCode {
        language: visitor.language,
        reference: query.reference,
        code: String::new(),
        entered: Entered::NotYet,
        errors: Vec::new(),
        csrf: String::new(),
    };
    Ok(Html(page.render()?))
}

/// `POST /report/code`
pub(super) async fn code(State(app): State<App>, visitor: Visitor, fields: Fields) -> Page {
    app.takes_question(visitor.from)?;
    let (reference, code) = (fields.one("reference"), fields.one("code"));
    let typed = intake::enter_code(&app, reference, code).await?;
    let errors = match typed {
        Typed::Right => Vec::new(),
        Typed::Missing => vec![EnterCode::MISSING],
        Typed::Wrong => vec![EnterCode::WRONG],
        Typed::Expired => vec![EnterCode::EXPIRED],
    };
    let page = EnterCode {
        language: visitor.language,
        reference: reference.to_owned(),
        code: if errors.is_empty() {
            String::new()
        } else {
            code.to_owned()
        },
        entered: if errors.is_empty() {
            Entered::Right
        } else {
            Entered::NotYet
        },
        errors,
        csrf: String::new(),
    };
    Ok(Html(page.render()?))
}

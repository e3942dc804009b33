//! Where views come from, and how the server is.

use axum::extract::State;
use axum::response::Html;
use countersign_core::record::Source as Said;
use countersign_store::ProgramRow;
use countersign_ui::pages::staff::{Health, Room, Source, SourceState, Sources};

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;

/// `GET /sources`
pub(super) async fn list(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    let mut sources = Vec::new();
    let mut troubles = Vec::new();
    for log in app.judge().logs() {
        sources.push(Source {
            name: log.name.clone(),
            kind: log.kind.clone(),
            state: SourceState::Speaks,
            last: log.last,
            views: log.views,
        });
    }
    let now = app.second();
    let hours = app.config().desk.silent_hours.0;
    for (source, said) in app.sources().all() {
        let Some(name) = name(&app, &source).await? else {
            continue;
        };
        let kind = match &source {
            Said::File(_) => "a log that is followed",
            Said::Program(_) => "a program",
        };
        let state = match &said.trouble {
            Some(_) => SourceState::Broken,
            None if said.is_silent(now, hours) => SourceState::Silent,
            None => SourceState::Speaks,
        };
        if let Some(what) = &said.trouble {
            troubles.push(Health::Trouble {
                part: name.clone(),
                said: what.clone(),
            });
        }
        if said.refused > 0 {
            troubles.push(Health::Trouble {
                part: name.clone(),
                said: format!(
                    "{} lines since the start told no view and were left out",
                    said.refused
                ),
            });
        }
        sources.push(Source {
            name,
            kind: kind.to_owned(),
            state,
            last: said.last,
            views: said.views,
        });
    }
    let part = |part: &str, said: String| Health::Sound {
        part: part.to_owned(),
        said,
    };
    let mut health = vec![part("Ledger", format!("{} entries", app.store().size()))];
    if app.story().is_some() {
        health.push(part("Mail", "none is sent: this is a demo".to_owned()));
    } else if app.mailer().is_none() {
        health.push(Health::Trouble {
            part: "Mail".to_owned(),
            said: "no mail server is set, so no customer can confirm a report: set `mail.server`"
                .to_owned(),
        });
    }
    if app.judge().persons().is_none() {
        health.push(Health::Trouble {
            part: "Desk".to_owned(),
            said: "there is no log of views, so no case can be judged: set `desk.events`"
                .to_owned(),
        });
    }
    if app.store().was_restored() {
        health.push(Health::Trouble {
            part: "Database".to_owned(),
            said: "it was put back from a copy: sessions and passkeys are those of the copy"
                .to_owned(),
        });
    }
    health.extend(troubles);
    let page = Sources {
        shell: staff.shell(Room::Sources),
        sources,
        health,
    };
    Ok(Html(page.render()?))
}

/// What a source is called; none for a program that may no longer speak.
pub(super) async fn name(app: &App, source: &Said) -> Result<Option<String>, PageError> {
    match source {
        Said::File(path) => {
            let name = std::path::Path::new(path).file_name();
            Ok(name.map(|name| name.to_string_lossy().into_owned()))
        }
        Said::Program(token) => {
            let programs = app.store().programs().await?;
            let of = programs.into_iter().find(|program| program.token == *token);
            Ok(of
                .filter(ProgramRow::speaks)
                .and_then(|program| program.name))
        }
    }
}

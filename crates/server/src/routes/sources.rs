//! Where views come from, and how the server is.

use axum::extract::State;
use axum::response::Html;
use countersign_ui::pages::staff::{Health, Room, Source, SourceState, Sources};

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;

/// `GET /sources`
pub(super) async fn list(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    let mut sources = Vec::new();
    for log in app.judge().logs() {
        sources.push(Source {
            name: log.name.clone(),
            kind: log.kind.clone(),
            state: SourceState::Speaks,
            last: log.last,
            views: log.views,
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
    let page = Sources {
        shell: staff.shell(Room::Sources),
        sources,
        health,
    };
    Ok(Html(page.render()?))
}

//! What waits.

use axum::extract::State;
use axum::response::Html;
use countersign_core::respond::burst::Burst;
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_store::{Between, Counted};
use countersign_ui::pages::staff::{Moved, NewHolder, Numbers, Overview, Room, Silent, Sudden};

use super::sources;
use crate::access::Staff;
use crate::app::App;
use crate::cases;
use crate::error::PageError;
use crate::second;

/// `GET /overview`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    let now = app.second();
    // Reports of a story come in by its own clock.
    let today = app.story().map_or(now, |story| story.at(app.now()));
    let all = Between::default();
    let day = Between {
        from: Some(today.minus_days(1)),
        until: None,
    };
    let Counted {
        all: reports,
        verified,
    } = app.store().count(all, all).await?;
    let all_cases = app.store().cases().await?;
    let shell = staff.shell(Room::Overview);
    let (mut moved, mut bursts) = (Vec::new(), Vec::new());
    // Whoever may not open cases does not learn which there are.
    if shell.may(Room::Cases) {
        for case in all_cases.iter().filter(|case| cases::may_see(&staff, case)) {
            if let (Some(shown), Some(content)) = (app.shown(&case.token), &case.case) {
                let title = content.title.clone();
                let is_recent = |burst: &Burst| burst.at >= now.minus_days(TOLD);
                if let Some(burst) = shown.burst.filter(is_recent) {
                    let (reference, title) = (content.reference, title.clone());
                    bursts.push(Sudden {
                        reference,
                        title,
                        burst,
                    });
                }
                moved.push(Moved {
                    reference: content.reference,
                    title,
                    at: shown.at,
                });
            }
        }
    }
    let hours = app.config().desk.silent_hours.0;
    let mut silent = Vec::new();
    for (source, said) in app.sources().all() {
        // A program that was ended is silent on purpose.
        if said.is_silent(now, hours)
            && let Some(name) = sources::name(&app, &source).await?
        {
            silent.push(Silent {
                name,
                since: said.last,
            });
        }
    }
    let page = Overview {
        shell,
        now,
        moved,
        holders: new_holders(&app, now).await?,
        asks: second::waiting(&app, &staff).await?,
        bursts,
        silent,
        numbers: Numbers {
            reports,
            verified,
            waiting: reports.saturating_sub(verified),
            today: app.store().count(all, day).await?.all,
            cases: all_cases.len() as u64,
        },
    };
    Ok(Html(page.render()?))
}

/// Days for which a burst stands on the first page; the case's own page keeps it.
const TOLD: u32 = 7;

/// Who became a key holder within the last 30 days.
async fn new_holders(app: &App, now: Second) -> Result<Vec<NewHolder>, PageError> {
    let mut new = Vec::new();
    for person in app.store().people().await? {
        let roles = app.store().roles(&person.token).await?;
        let held = roles
            .iter()
            .find(|held| held.role == Role::KeyHolder && held.ended.is_none());
        let (Some(name), Some(held)) = (person.name, held) else {
            continue;
        };
        let since = app.time_of(held.given).await?;
        if since >= now.minus_days(30) {
            new.push(NewHolder { name, since });
        }
    }
    Ok(new)
}

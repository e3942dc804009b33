//! The pages of staff with made-up contents.

mod cases;
mod reports;
mod rooms;

use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::{Join, MadeUpPerson, Pace, Room, Shell, SignIn, SignInNotice, Story};
use crate::ReportError;

/// Every sample with its name, drawn.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails.
pub fn samples() -> Result<Vec<(String, String)>, ReportError> {
    let mut all = door()?;
    all.extend(rooms::rooms()?);
    all.extend(reports::reports()?);
    all.extend(cases::cases()?);
    for (name, customers, verdict) in [
        ("case_too_few", 2, Some("lead")),
        ("case_not_run", 3, None),
        ("case_lead", 5, Some("lead")),
        ("case_strong_lead", 9, Some("strong_lead")),
        ("case_named", 30, Some("named")),
        ("case_hostile", 30, Some("hostile")),
    ] {
        all.push((name.to_owned(), cases::case(customers, verdict).render()?));
    }
    Ok(all)
}

fn door() -> Result<Vec<(String, String)>, ReportError> {
    let mut all = Vec::new();
    for (name, notice, company) in [
        ("sign_in", SignInNotice::None, Some("/sign-in/company")),
        ("sign_in_out", SignInNotice::SignedOut, None),
        ("sign_in_expired", SignInNotice::Expired, None),
        ("sign_in_refused", SignInNotice::Refused, None),
    ] {
        let page = SignIn {
            notice,
            company: company.map(ToOwned::to_owned),
            made_up: Vec::new(),
            csrf: "c5rf".to_owned(),
        };
        all.push((name.to_owned(), page.render()?));
    }
    let demo = SignIn {
        notice: SignInNotice::None,
        company: None,
        made_up: vec![MadeUpPerson {
            token: "0123abcd".to_owned(),
            name: "Ines Tigator".to_owned(),
            roles: vec![Role::Investigator],
        }],
        csrf: "c5rf".to_owned(),
    };
    all.push(("sign_in_demo".to_owned(), demo.render()?));
    for (name, inviter) in [
        ("join", Some("Ann\u{202e} <b>Ito</b>")),
        ("join_first", None),
    ] {
        let page = Join {
            token: "0123abcd".to_owned(),
            inviter: inviter.map(ToOwned::to_owned),
            roles: vec![Role::Investigator, Role::Supervisor],
            csrf: "c5rf".to_owned(),
        };
        all.push((name.to_owned(), page.render()?));
    }
    Ok(all)
}

fn shell(roles: &[Role], here: Room) -> Shell {
    Shell {
        name: "Ann Ito".to_owned(),
        roles: roles.to_vec(),
        here,
        csrf: "c5rf".to_owned(),
        story: None,
    }
}

/// The same in a demo.
fn demo(shell: Shell, pace: Pace, told: u64) -> Shell {
    let story = Story {
        now: NOW,
        pace,
        told,
        of: 160,
        address: Some("c-7q3km0wx@customers.example".to_owned()),
        here: "/overview".to_owned(),
    };
    Shell {
        story: Some(Box::new(story)),
        ..shell
    }
}

/// 2026-11-27T20:00:00Z.
const NOW: Second = Second(849_124_800);

//! The pages of staff with made-up contents.

mod cases;
mod keeps;
mod reports;
mod rooms;
mod second;

use countersign_core::respond::burst::{Burst, Within};
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::{Join, MadeUpPerson, Onward, Pace, Room, Shell, SignIn, SignInNotice, Story};
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
    all.extend(second::second()?);
    all.extend(keeps::pages()?);
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
        ("sign_in", SignInNotice::None, Some("Example <ID>")),
        ("sign_in_out", SignInNotice::SignedOut, None),
        ("sign_in_expired", SignInNotice::Expired, None),
        ("sign_in_refused", SignInNotice::Refused, None),
        ("sign_in_unknown", SignInNotice::Unknown, Some("Example ID")),
        ("sign_in_device", SignInNotice::Device, Some("Example ID")),
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
        csrf: String::new(),
    };
    all.push(("sign_in_demo".to_owned(), demo.render()?));
    let two = [Role::Investigator, Role::Supervisor];
    for (name, inviter, company, roles) in [
        ("join", Some("Ann\u{202e} <b>Ito</b>"), None, &two[..]),
        ("join_first", None, Some("Example ID"), &[Role::KeyHolder]),
        ("join_company", Some("Ann Ito"), Some("Example <ID>"), &two),
    ] {
        let page = Join {
            token: "0123abcd".to_owned(),
            inviter: inviter.map(ToOwned::to_owned),
            company: company.map(ToOwned::to_owned),
            roles: roles.to_vec(),
            csrf: "c5rf".to_owned(),
        };
        all.push((name.to_owned(), page.render()?));
    }
    let onward = Onward {
        company: "Example <ID>".to_owned(),
        to: "https://id.example/authorize?client_id=us&state=0123".to_owned(),
    };
    all.push(("onward".to_owned(), onward.render()?));
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

/// Reports that came all at once.
const BURST: Burst = Burst {
    at: Second(NOW.0 - 7_200),
    within: Within::Hour,
    reports: 41,
    before: 9,
    hours: 290,
};

/// 2026-11-27T20:00:00Z.
const NOW: Second = Second(849_124_800);

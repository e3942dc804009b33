//! The pages of staff with made-up contents.

use countersign_core::ledger::Kind;
use countersign_core::record::Way;
use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::respond::statement::{Given, Knew, Pretext, Statement};
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_core::verdict::State;

use super::{
    Audit, CaseForm, CasePage, CaseRow, Cases, Cursors, Entry, Filter, Health, Inbox, Invitation,
    Join, Moved, Numbers, OneReport, OpenCase, OpenCaseSure, Overview, People, PersonRow,
    ReportRow, Room, RunRow, Shell, SignIn, SignInNotice, Silent, Source, SourceState, Sources,
    StaffTrouble, StaffWrong,
};
use crate::ReportError;
use crate::pages::public::Standing;

/// Every sample with its name, drawn.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails.
pub fn samples() -> Result<Vec<(String, String)>, ReportError> {
    let mut all = door()?;
    all.extend(rooms()?);
    all.extend(reports()?);
    all.extend(cases()?);
    for (name, customers, verdict) in [
        ("case_too_few", 2, Some("lead")),
        ("case_not_run", 3, None),
        ("case_lead", 5, Some("lead")),
        ("case_strong_lead", 9, Some("strong_lead")),
        ("case_named", 30, Some("named")),
        ("case_hostile", 30, Some("hostile")),
    ] {
        all.push((name.to_owned(), case(customers, verdict).render()?));
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
            csrf: "c5rf".to_owned(),
        };
        all.push((name.to_owned(), page.render()?));
    }
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

fn rooms() -> Result<Vec<(String, String)>, ReportError> {
    let overview = Overview {
        shell: shell(&[Role::Investigator, Role::Supervisor], Room::Overview),
        now: NOW,
        moved: vec![Moved {
            reference: Reference::new(77),
            title: "Calls in autumn".to_owned(),
            at: Second(NOW.0 - 40),
        }],
        silent: vec![
            Silent {
                name: "desk-audit".to_owned(),
                since: Some(Second(NOW.0 - 9_000)),
            },
            Silent {
                name: "crm".to_owned(),
                since: None,
            },
        ],
        numbers: Numbers {
            reports: 1_204,
            verified: 873,
            waiting: 112,
            today: 17,
            cases: 2,
        },
    };
    let quiet = Overview {
        shell: shell(&[Role::Operator], Room::Overview),
        moved: Vec::new(),
        silent: Vec::new(),
        numbers: Numbers::default(),
        ..overview.clone()
    };
    let people = People {
        shell: shell(&[Role::Supervisor], Room::People),
        rows: vec![
            PersonRow {
                name: "Ann Ito".to_owned(),
                roles: vec![Role::Investigator, Role::Supervisor],
                since: Second(NOW.0 - 40 * Second::DAY),
            },
            PersonRow {
                name: "<script>\u{2066}Bo".to_owned(),
                roles: Vec::new(),
                since: NOW,
            },
        ],
        invitation: Invitation::default(),
        errors: Vec::new(),
        link: None,
    };
    let made = People {
        link: Some("https://desk.example.org/join/0123abcd4567ef890123abcd4567ef89".to_owned()),
        ..people.clone()
    };
    let invitation = Invitation {
        roles: vec![Role::Investigator, Role::KeyHolder],
    };
    let refused = People {
        errors: invitation.checked().err().unwrap_or_default(),
        invitation,
        ..people.clone()
    };
    let audit = Audit {
        shell: shell(&[Role::Auditor], Room::Audit),
        rows: (0_u32..)
            .zip(Kind::ALL)
            .map(|(place, kind)| Entry {
                seq: 1_204 - u64::from(place),
                at: Second(NOW.0 - 977 * place),
                kind,
                subject: "9f31c07ae2d4b588aa01".to_owned(),
            })
            .collect(),
        cursors: Cursors {
            older: Some("1187".to_owned()),
            newer: Some("1205&x=\"".to_owned()),
        },
    };
    let empty = Audit {
        rows: Vec::new(),
        cursors: Cursors::default(),
        ..audit.clone()
    };
    let source = |name: &str, state, last, views| Source {
        name: name.to_owned(),
        kind: "a web server’s access log".to_owned(),
        state,
        last,
        views,
    };
    let sources = Sources {
        shell: shell(&[Role::Operator], Room::Sources),
        sources: vec![
            source("desk", SourceState::Speaks, Some(NOW), 2_430_282),
            source(
                "desk-audit",
                SourceState::Silent,
                Some(Second(NOW.0 - 9_000)),
                1_333,
            ),
            source("crm", SourceState::Broken, None, 0),
        ],
        health: vec![
            Health::Sound {
                part: "Database".to_owned(),
                said: "answers in 2 ms".to_owned(),
            },
            Health::Trouble {
                part: "Disk".to_owned(),
                said: "93 % full: make room, or move the data folder".to_owned(),
            },
        ],
    };
    let bare = Sources {
        sources: Vec::new(),
        health: Vec::new(),
        ..sources.clone()
    };
    let mut all = vec![
        ("overview".to_owned(), overview.render()?),
        ("overview_quiet".to_owned(), quiet.render()?),
        ("people".to_owned(), people.render()?),
        ("people_invited".to_owned(), made.render()?),
        ("people_refused".to_owned(), refused.render()?),
        ("audit".to_owned(), audit.render()?),
        ("audit_empty".to_owned(), empty.render()?),
        ("sources".to_owned(), sources.render()?),
        ("sources_empty".to_owned(), bare.render()?),
    ];
    for (name, wrong) in [
        (
            "wrong_403",
            StaffWrong::Forbidden(Room::Cases.roles().to_vec()),
        ),
        ("wrong_404", StaffWrong::NotFound),
        (
            "wrong_409",
            StaffWrong::Conflict("This invitation was used already.".to_owned()),
        ),
        ("wrong_500", StaffWrong::Internal("7f3a-01".to_owned())),
    ] {
        let shell = shell(&[Role::Agent], Room::Overview);
        all.push((name.to_owned(), StaffTrouble { shell, wrong }.render()?));
    }
    Ok(all)
}

fn reports() -> Result<Vec<(String, String)>, ReportError> {
    let rows = CHANNELS.into_iter().zip(0_u32..);
    let row = |(channel, place): (Channel, u32)| ReportRow {
        reference: Reference::new(u64::from(place) * 0x3_7f31_99d1),
        received: Second(NOW.0 - 5_000 * place),
        channel,
        pretext: Pretext::ALL.into_iter().nth(place as usize),
        standing: Standing::ALL[place as usize % 4],
    };
    let inbox = Inbox {
        shell: shell(&[Role::Investigator], Room::Reports),
        rows: rows.map(row).collect(),
        filter: Filter::default(),
        cursors: Cursors {
            older: Some("849000000-7".to_owned()),
            newer: None,
        },
    };
    let filtered = Inbox {
        rows: Vec::new(),
        filter: Filter {
            channel: Some(Channel::Sms),
            pretext: Some(Pretext::Refund),
            standing: Some(Standing::Counts),
        },
        cursors: Cursors::default(),
        ..inbox.clone()
    };
    let empty = Inbox {
        filter: Filter::default(),
        ..filtered.clone()
    };
    let one = OneReport {
        shell: shell(&[Role::Investigator], Room::Reports),
        reference: Reference::new(0x3_7f31_99d1),
        received: NOW,
        way: Way::Form,
        standing: Standing::Counts,
        statement: Some(Statement {
            email: Some("ann@example.org".to_owned()),
            phone: None,
            customer: None,
            called: Some(Second(NOW.0 - 7_200)),
            channel: Channel::Phone,
            knew: vec![Knew::Name, Knew::Case],
            number: Some("INC 47 something 1".to_owned()),
            shown: Some("+1 555 0100".to_owned()),
            answer: None,
            pretext: Some(Pretext::Refund),
            given: vec![Given::Codes],
            words: Some("He said \"refund\".\r\n<script>alert(1)</script> \u{202e}evil".to_owned()),
            language: "en".to_owned(),
            call_back: true,
        }),
        entry: 1_187,
    };
    let erased = OneReport {
        statement: None,
        standing: Standing::Closed,
        ..one.clone()
    };
    Ok(vec![
        ("inbox".to_owned(), inbox.render()?),
        ("inbox_filtered".to_owned(), filtered.render()?),
        ("inbox_empty".to_owned(), empty.render()?),
        ("report".to_owned(), one.render()?),
        ("report_erased".to_owned(), erased.render()?),
    ])
}

fn cases() -> Result<Vec<(String, String)>, ReportError> {
    let states = [
        None,
        Some(State::Nothing),
        Some(State::Lead),
        Some(State::StrongLead),
        Some(State::SetNamed),
        Some(State::Named),
    ];
    let row = |(place, state): (u32, Option<State>)| CaseRow {
        reference: Reference::new(77 + u64::from(place)),
        title: if place == 5 {
            "<b>Refunds\u{202e}</b>".to_owned()
        } else {
            format!("Calls, part {place}")
        },
        opened: Second(NOW.0 - 90_000 * place),
        reports: 7 * u64::from(place),
        run: state.map(|_| place),
        state,
    };
    let cases = Cases {
        shell: shell(&[Role::Investigator], Room::Cases),
        rows: (0_u32..).zip(states).map(row).collect(),
    };
    let empty = Cases {
        rows: Vec::new(),
        ..cases.clone()
    };
    let form = CaseForm {
        title: "Calls in autumn".to_owned(),
        from: "2026-09-01".to_owned(),
        ..CaseForm::default()
    };
    let open = OpenCase {
        shell: shell(&[Role::Investigator], Room::Cases),
        form: CaseForm::default(),
        errors: Vec::new(),
    };
    let broken = CaseForm {
        title: String::new(),
        from: "1.9.26\"><b>".to_owned(),
        alpha: "0.05".to_owned(),
        colluders: String::new(),
        ..CaseForm::default()
    };
    let refused = OpenCase {
        errors: broken.checked(NOW).err().unwrap_or_default(),
        form: broken,
        ..open.clone()
    };
    let mut all = vec![
        ("cases".to_owned(), cases.render()?),
        ("cases_empty".to_owned(), empty.render()?),
        ("open_case".to_owned(), open.render()?),
        ("open_case_refused".to_owned(), refused.render()?),
    ];
    if let Ok(wish) = form.checked(NOW) {
        let sure = OpenCaseSure {
            shell: shell(&[Role::Investigator], Room::Cases),
            form,
            wish,
        };
        all.push(("open_case_sure".to_owned(), sure.render()?));
    }
    Ok(all)
}

fn case(customers: u64, verdict: Option<&str>) -> CasePage {
    let mut verdicts = crate::samples().into_iter();
    let verdict = verdict.and_then(|name| verdicts.find(|(one, _)| *one == name));
    let state = verdict.as_ref().map(|(_, verdict)| verdict.state);
    let runs = state
        .into_iter()
        .flat_map(|state| [(2, state), (1, State::Nothing)]);
    CasePage {
        shell: shell(&[Role::Investigator, Role::Supervisor], Room::Cases),
        reference: Reference::new(77),
        title: "Calls in <autumn>".to_owned(),
        now: NOW,
        moved: state.map(|_| Second(NOW.0 - 40)),
        customers,
        unverified: 12,
        excluded: 1,
        runs: runs
            .map(|(run, state)| RunRow {
                run,
                version: 1,
                at: Second(NOW.0 - 90_000 / run),
                reports: u64::from(run) * customers,
                state,
            })
            .collect(),
        verdict: verdict.map(|(_, verdict)| Box::new(verdict)),
    }
}

fn shell(roles: &[Role], here: Room) -> Shell {
    Shell {
        name: "Ann Ito".to_owned(),
        roles: roles.to_vec(),
        here,
        csrf: "c5rf".to_owned(),
    }
}

/// 2026-11-27T20:00:00Z.
const NOW: Second = Second(849_124_800);

const CHANNELS: [Channel; 6] = [
    Channel::Phone,
    Channel::Robocall,
    Channel::Email,
    Channel::Sms,
    Channel::Portal,
    Channel::Forum,
];

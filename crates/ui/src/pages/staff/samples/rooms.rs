//! Overview, people, ledger, sources, and what goes wrong.

use countersign_core::ledger::Kind;
use countersign_core::program::May;
use countersign_core::reference::Reference;
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::super::{
    Audit, Cursors, Entry, Health, Invitation, Moved, NewHolder, NewProgram, Numbers, Overview,
    Pace, People, PersonRow, ProgramRow, Programs, Room, SettingRow, Settings, Silent, Source,
    SourceState, Sources, StaffTrouble, StaffWrong, Sudden,
};
use super::{BURST, NOW, shell};
use crate::ReportError;

pub(super) fn rooms() -> Result<Vec<(String, String)>, ReportError> {
    let overview = Overview {
        shell: shell(&[Role::Investigator, Role::Supervisor], Room::Overview),
        now: NOW,
        moved: vec![Moved {
            reference: Reference::new(77),
            title: "Calls in autumn".to_owned(),
            at: Second(NOW.0 - 40),
        }],
        asks: 1,
        holders: vec![NewHolder {
            name: "Lee\u{202e} <b>Holder</b>".to_owned(),
            since: Second(NOW.0 - 9_000),
        }],
        bursts: vec![Sudden {
            reference: Reference::new(77),
            title: "Calls in <autumn>".to_owned(),
            burst: BURST,
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
        bursts: Vec::new(),
        silent: Vec::new(),
        numbers: Numbers::default(),
        ..overview.clone()
    };
    let demo = |pace, told| Overview {
        shell: super::demo(overview.shell.clone(), pace, told),
        ..overview.clone()
    };
    let (playing, over) = (demo(Pace::Usual, 12), demo(Pace::Paused, 160));
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
            .zip(Kind::ALL.iter().copied())
            .map(|(place, kind)| Entry {
                seq: 1_204 - u64::from(place),
                at: Second(NOW.0 - 977 * place),
                kind,
                by: (place % 2 == 0).then(|| "Ann\u{202e} <b>Ito</b>".to_owned()),
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
    let setting = |name: &str, value: Option<&str>| SettingRow {
        name: name.to_owned(),
        value: value.map(ToOwned::to_owned),
        is_own: value.is_some_and(|value| value.contains("desk")),
        effect: "address under which people reach the server".to_owned(),
        breaks: "passkeys that were made under one address do not work under another".to_owned(),
    };
    let settings = Settings {
        shell: shell(&[Role::Operator], Room::Settings),
        rows: vec![
            setting("address", Some("\"https://desk.example.org/<b>\u{202e}\"")),
            setting("database_file", None),
            setting("intake.reports_an_hour", Some("20")),
        ],
    };
    let program = |name: &str, may: &[May], used, ended| ProgramRow {
        id: "00ff".to_owned(),
        name: name.to_owned(),
        may: may.to_vec(),
        since: Second(NOW.0 - 40 * Second::DAY),
        by: Some("Ann Ito".to_owned()),
        used,
        ended,
    };
    let programs = Programs {
        shell: shell(&[Role::Supervisor], Room::Programs),
        rows: vec![
            program("hotline’s CRM", &[May::Reports], Some(NOW), None),
            program("<b>desk</b>\u{202e}", &May::ALL, None, None),
            program("old robot", &[May::Reports], None, Some(NOW)),
        ],
        wish: NewProgram::default(),
        errors: Vec::new(),
        secret: None,
    };
    let let_in = Programs {
        secret: Some(format!("countersign_{}", "0123abcd".repeat(8))),
        ..programs.clone()
    };
    let wrong = NewProgram::default();
    let not_let = Programs {
        shell: shell(&[Role::Operator], Room::Programs),
        rows: Vec::new(),
        errors: wrong.checked(&[Role::Operator]).err().unwrap_or_default(),
        wish: wrong,
        ..programs.clone()
    };
    let mut all = vec![
        ("overview".to_owned(), overview.render()?),
        ("overview_quiet".to_owned(), quiet.render()?),
        ("overview_demo".to_owned(), playing.render()?),
        ("overview_demo_over".to_owned(), over.render()?),
        ("people".to_owned(), people.render()?),
        ("people_invited".to_owned(), made.render()?),
        ("people_refused".to_owned(), refused.render()?),
        ("audit".to_owned(), audit.render()?),
        ("audit_empty".to_owned(), empty.render()?),
        ("sources".to_owned(), sources.render()?),
        ("settings".to_owned(), settings.render()?),
        ("sources_empty".to_owned(), bare.render()?),
        ("programs".to_owned(), programs.render()?),
        ("programs_made".to_owned(), let_in.render()?),
        ("programs_refused".to_owned(), not_let.render()?),
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

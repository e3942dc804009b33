//! The list of cases, the form that opens one, and one case.

use countersign_core::reference::Reference;
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_core::verdict::State;

use super::super::{
    CaseForm, CasePage, CaseRow, CaseSecond, Cases, Colleague, Keeps, OpenCase, OpenCaseSure, Room,
    RunRow,
};
use super::{BURST, NOW, shell};
use crate::ReportError;

pub(super) fn cases() -> Result<Vec<(String, String)>, ReportError> {
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
        worker: (place != 3).then(|| "Ann <i>Ito".to_owned()),
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

pub(super) fn case(customers: u64, verdict: Option<&str>) -> CasePage {
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
        worker: (customers != 5).then(|| "Bo <i>\u{202e}Li".to_owned()),
        colleagues: if customers == 9 {
            Vec::new()
        } else {
            vec![
                colleague("00ff", "Ann Ito", false),
                colleague("ff00", "Bo <i>\u{202e}Li", true),
            ]
        },
        now: NOW,
        moved: state.map(|_| Second(NOW.0 - 40)),
        customers,
        unverified: 12,
        second: match state {
            Some(State::Named) => super::second::of_case(),
            _ => CaseSecond::default(),
        },
        burst: (customers == 9).then_some(BURST),
        keeps: if customers > 2 {
            super::keeps::keeps()
        } else {
            Keeps::default()
        },
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

fn colleague(person: &str, name: &str, works: bool) -> Colleague {
    Colleague {
        person: person.repeat(8),
        name: name.to_owned(),
        works,
    }
}

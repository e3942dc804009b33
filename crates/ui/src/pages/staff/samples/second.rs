//! What needs a second person.

use countersign_core::reference::Reference;
use countersign_core::second::{Ask, Checked, Explanation, Wish};
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::super::{
    AnswerForm, Answered, AskFields, AskRow, AskState, Asks, CaseSecond, KeyRow, Left, NewAsk,
    NewReply, OneAsk, OpenedName, Quorum, Replied, Room, WishKind,
};
use super::{NOW, shell};
use crate::ReportError;

pub(super) fn second() -> Result<Vec<(String, String)>, ReportError> {
    let mut all = asks()?;
    all.extend(forms()?);
    all.extend(keys()?);
    Ok(all)
}

/// What a named case says.
pub(super) fn of_case() -> CaseSecond {
    CaseSecond {
        asks: rows(),
        left: vec![Left {
            what: Reference::new(7).to_string(),
            reason: "The customer withdrew it on the phone: <b>it was a survey</b>.".to_owned(),
        }],
        opened: vec![OpenedName {
            holder: "Heron-41".to_owned(),
            name: "agent.17@desk.example".to_owned(),
            at: Second(NOW.0 - 4_000),
            ask: "00ff".to_owned(),
        }],
        retracted: vec![Left {
            what: "Egret-77".to_owned(),
            reason: "The reports were copied from a list that a vendor had.".to_owned(),
        }],
        replies: vec![Replied {
            holder: "Heron-41".to_owned(),
            text: "My password stood on a note at the screen.\nOthers used it, too.".to_owned(),
            at: Second(NOW.0 - 300),
        }],
        openable: vec!["Heron-41".to_owned()],
    }
}

fn row(wish: Wish, state: AskState) -> AskRow {
    AskRow {
        name: "00ff".to_owned(),
        case: Reference::new(77),
        wish,
        by: "Ann\u{202e} Ito".to_owned(),
        at: Second(NOW.0 - 7_000),
        state,
    }
}

fn rows() -> Vec<AskRow> {
    let report = Reference::new(7);
    let half = AskState::Waits {
        agreed: 1,
        needed: 2,
    };
    vec![
        row(opening(), half),
        row(Wish::Exclude { report }, AskState::Agreed),
        row(Wish::Verify { report }, AskState::Refused),
        row(Wish::Include { report }, AskState::Late),
    ]
}

fn opening() -> Wish {
    Wish::Open {
        holder: "Heron-41".to_owned(),
        run: 3,
        checked: Explanation::ALL
            .map(|explanation| Checked {
                explanation,
                stands: explanation == Explanation::Screen,
                found: "The computer was looked at: <i>nothing</i> was found.".to_owned(),
            })
            .to_vec(),
    }
}

fn asks() -> Result<Vec<(String, String)>, ReportError> {
    let list = Asks {
        shell: shell(&[Role::KeyHolder], Room::Asks),
        now: NOW,
        waiting: rows().into_iter().take(1).collect(),
        others: rows(),
    };
    let empty = Asks {
        waiting: Vec::new(),
        others: Vec::new(),
        ..list.clone()
    };
    let one = OneAsk {
        shell: shell(&[Role::KeyHolder], Room::Asks),
        name: "00ff".to_owned(),
        case: Reference::new(77),
        title: "Calls in <autumn>".to_owned(),
        sees_case: false,
        ask: Ask {
            wish: opening(),
            reason: "The works council agreed that we speak with the person.".to_owned(),
        },
        by: "Ann Ito".to_owned(),
        at: Second(NOW.0 - 7_000),
        state: AskState::Waits {
            agreed: 1,
            needed: 2,
        },
        answers: vec![Answered {
            by: "Kim".to_owned(),
            at: Second(NOW.0 - 600),
            agreed: true,
            reason: "I spoke with Ann in person.".to_owned(),
        }],
        needed: 2,
        form: Some(AnswerForm::default()),
        opened: None,
        made_up_key: None,
    };
    let wrong_key = OneAsk {
        form: Some(AnswerForm::default().wrong_key()),
        ..one.clone()
    };
    let opened = OneAsk {
        state: AskState::Agreed,
        form: None,
        opened: Some("agent.17@desk.example".to_owned()),
        ..one.clone()
    };
    Ok(vec![
        ("asks".to_owned(), list.render()?),
        ("asks_empty".to_owned(), empty.render()?),
        ("one_ask".to_owned(), one.render()?),
        ("one_ask_wrong_key".to_owned(), wrong_key.render()?),
        ("one_ask_opened".to_owned(), opened.render()?),
    ])
}

fn forms() -> Result<Vec<(String, String)>, ReportError> {
    let mut all = Vec::new();
    for kind in WishKind::ALL {
        let fields = AskFields {
            holder: "Heron-41".to_owned(),
            ..AskFields::default()
        };
        let errors = fields.checked(kind, 3).err().unwrap_or_default();
        let page = NewAsk {
            shell: shell(&[Role::Investigator], Room::Cases),
            case: Reference::new(77),
            title: "Calls in autumn".to_owned(),
            kind,
            run: 3,
            fields,
            errors: if kind == WishKind::Open {
                errors
            } else {
                Vec::new()
            },
        };
        all.push((format!("ask_{}", kind.word()), page.render()?));
    }
    let reply = NewReply {
        shell: shell(&[Role::Investigator], Room::Cases),
        case: Reference::new(77),
        title: "Calls in autumn".to_owned(),
        holder: "Heron-41".to_owned(),
        text: String::new(),
        errors: NewReply::checked("Heron-41", "").err().unwrap_or_default(),
    };
    all.push(("reply".to_owned(), reply.render()?));
    Ok(all)
}

fn keys() -> Result<Vec<(String, String)>, ReportError> {
    let row = |name: &str, has_key| KeyRow {
        name: name.to_owned(),
        has_key,
    };
    let first = Quorum {
        shell: shell(&[Role::KeyHolder], Room::Quorum),
        holders: vec![row("Ann Ito", false), row("Kim", true)],
        has_key: false,
        dealt: None,
        key: None,
    };
    let made = Quorum {
        holders: vec![row("Ann Ito", true), row("Kim", true)],
        has_key: true,
        key: Some(["0123abcd"; 9].join("-")),
        ..first.clone()
    };
    let dealt = Quorum {
        dealt: Some(NOW),
        key: None,
        ..made.clone()
    };
    Ok(vec![
        ("quorum".to_owned(), first.render()?),
        ("quorum_made".to_owned(), made.render()?),
        ("quorum_dealt".to_owned(), dealt.render()?),
    ])
}

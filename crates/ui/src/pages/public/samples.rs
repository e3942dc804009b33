//! The public pages with made-up contents.

use countersign_core::reference::Reference;
use countersign_core::respond::statement::Given;
use countersign_core::time::Second;

use super::{
    AskState, EnterCode, Entered, Found, Front, Help, Next, Sent, ShownCode, Standing, Trouble,
    Wrong,
};
use crate::{Language, ReportError};

/// Every sample with its name, drawn.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails.
pub fn samples(language: Language) -> Result<Vec<(String, String)>, ReportError> {
    let reference = Reference::new(0x1_9a3f_77c2_05d1);
    let csrf = || "c5rf".to_owned();
    let help = Help {
        language,
        phone: Some("+1 555 0100".to_owned()),
        email: Some("help@example.org".to_owned()),
    };
    let mut all = vec![
        ("front".to_owned(), Front { language }.render()?),
        ("help".to_owned(), help.render()?),
    ];
    let nobody = Help {
        language,
        phone: None,
        email: None,
    };
    all.push(("help_nobody".to_owned(), nobody.render()?));
    let code = ShownCode::Code("0412 7786".to_owned());
    for (name, next, given, code) in [
        ("sent", Next::Code, Vec::new(), ShownCode::Never),
        (
            "sent_given",
            Next::NoAddress,
            Given::ALL.to_vec(),
            ShownCode::Never,
        ),
        ("sent_demo", Next::Code, Vec::new(), code),
        (
            "sent_demo_unknown",
            Next::Code,
            Vec::new(),
            ShownCode::Unknown,
        ),
    ] {
        let page = Sent {
            language,
            reference,
            next,
            given,
            code,
        };
        all.push((name.to_owned(), page.render()?));
    }
    let found = |standing| Found::Report {
        reference,
        received: Second(849_105_000),
        standing,
    };
    for (name, typed, found) in [
        ("state", "", Found::NotAsked),
        ("state_nothing", "7H3KM<b>", Found::Nothing),
        ("state_received", "", found(Standing::Received)),
        ("state_waiting", "", found(Standing::Waiting)),
        ("state_counts", "", found(Standing::Counts)),
        ("state_closed", "", found(Standing::Closed)),
    ] {
        let page = AskState {
            language,
            reference: typed.to_owned(),
            found,
            csrf: csrf(),
        };
        all.push((name.to_owned(), page.render()?));
    }
    for (name, code, entered, errors) in [
        ("code", "", Entered::NotYet, Vec::new()),
        (
            "code_missing",
            "",
            Entered::NotYet,
            vec![EnterCode::MISSING],
        ),
        (
            "code_wrong",
            "\"><b>1",
            Entered::NotYet,
            vec![EnterCode::WRONG],
        ),
        (
            "code_expired",
            "123456",
            Entered::NotYet,
            vec![EnterCode::EXPIRED],
        ),
        ("code_right", "", Entered::Right, Vec::new()),
    ] {
        let page = EnterCode {
            language,
            reference: reference.to_string(),
            code: code.to_owned(),
            entered,
            errors,
            csrf: csrf(),
        };
        all.push((name.to_owned(), page.render()?));
    }
    for (name, wrong) in [
        ("wrong_404", Wrong::NotFound),
        ("wrong_400", Wrong::BadRequest),
        ("wrong_429", Wrong::TooMany),
        ("wrong_500", Wrong::Internal),
    ] {
        all.push((name.to_owned(), Trouble { language, wrong }.render()?));
    }
    Ok(all)
}

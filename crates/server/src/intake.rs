//! A report on its way in: into the ledger, and to the customer a code that shows whose it is.

use core::time::Duration;

use countersign_core::record::{Proof, Record, Report, Verified, Way};
use countersign_core::reference::Reference;
use countersign_core::respond::statement::Statement;
use countersign_import::Described;
use countersign_ledger::leaf::Token;
use countersign_store::{Event, StoreError, Tried};
use countersign_ui::Language;
use countersign_ui::pages::public::ShownCode;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::app::App;
use crate::error::PageError;
use crate::{cases, letters};

/// A report on its way in.
#[derive(Debug)]
pub(crate) struct Coming {
    pub(crate) statement: Statement,
    pub(crate) way: Way,
    /// Who hands it in, where that is not the customer.
    pub(crate) by: Option<Token>,
    pub(crate) code: Code,
}

/// Whether the customer is mailed a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// In this language, if the address is on file.
    Mailed(Language),
    NotMailed,
}

/// What became of a report that is handed in under a name of its sender's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Once {
    /// It is on record now.
    Taken(Reference),
    /// It was on record: this was handed in before.
    Again(Reference),
    /// Another report was handed in under that name.
    Another,
    /// What was handed in under that name was erased.
    Erased,
}

/// Takes a report; gives its reference, and its code where that is shown.
pub(crate) async fn report(app: &App, coming: Coming) -> Result<(Reference, ShownCode), PageError> {
    let reference = app.reference().map_err(PageError::internal)?;
    let subject = app.chance().map_err(PageError::internal)?;
    put(app, &coming, reference, subject).await?;
    let code = told(app, &coming, reference, subject).await?;
    Ok((reference, code))
}

/// Takes a report once, however often it is handed in under this name.
///
/// Token and reference grow from the name under a key of the folder, so that the ledger itself
/// knows what was handed in, for as long as there is a ledger.
pub(crate) async fn once(app: &App, name: &[u8], coming: Coming) -> Result<Once, PageError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&*app.store().secret("reports handed in once"))
        .map_err(PageError::internal)?;
    mac.update(coming.by.as_ref().map_or(&[], |by| by.as_slice()));
    mac.update(name);
    let grown: [u8; 32] = mac.finalize().into_bytes().into();
    let [subject @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = grown;
    let [
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        chance @ ..,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
    ] = grown;
    // Who hands the same in twice at once waits.
    let _alone = app.handing_in(&subject).await;
    let reference = Reference::new(u64::from_be_bytes(chance));
    // Most are new; the store looks for the name anyhow.
    match put(app, &coming, reference, subject).await {
        Ok(()) => {
            told(app, &coming, reference, subject).await?;
            return Ok(Once::Taken(reference));
        }
        Err(StoreError::Taken | StoreError::Erased) => {}
        Err(error) => return Err(error.into()),
    }
    let Some(row) = app.store().report_of(&subject).await? else {
        // A reference that another report has, of some 2^53: the next try has the same.
        return Err(StoreError::Taken.into());
    };
    let before = app.store().said(&row).await?;
    Ok(match (row.reference, before) {
        _ if row.erased => Once::Erased,
        (Some(reference), Some(before)) if is_same(&before.statement, &coming) => {
            Once::Again(reference)
        }
        _ => Once::Another,
    })
}

/// Whether this is what was handed in before. "Just now" is a later second when it is sent again.
fn is_same(before: &Statement, coming: &Coming) -> bool {
    let mut before = before.clone();
    if coming.way == Way::Agent {
        before.called = coming.statement.called;
    }
    before == coming.statement
}

/// Puts a report on record.
async fn put(
    app: &App,
    coming: &Coming,
    reference: Reference,
    subject: Token,
) -> Result<(), StoreError> {
    let record = Record::Report(Report {
        reference,
        received: app.second(),
        way: coming.way,
        statement: coming.statement.clone(),
    });
    let event = Event::new(record, subject, coming.by);
    app.put(vec![event]).await
}

/// Tells the customer of a report that is on record its code, if the address is on file.
async fn told(
    app: &App,
    coming: &Coming,
    reference: Reference,
    subject: Token,
) -> Result<ShownCode, PageError> {
    let email = coming.statement.email.clone();
    if app.story().is_some() {
        return shown(app, &subject, email.as_deref()).await;
    }
    // The answer is the same whether the address is on file or not, and does not wait for mail.
    if let (Some(email), Code::Mailed(language)) = (email, coming.code) {
        let app = app.clone();
        tokio::spawn(async move {
            let report = (subject, reference);
            if let Err(error) = send_code(&app, report, &email, language).await {
                tracing::error!(?error, "a code could not be sent");
            }
        });
    }
    Ok(ShownCode::Never)
}

/// The code that a demo shows: it sends no mail, and its customers are made up.
async fn shown(app: &App, report: &Token, email: Option<&str>) -> Result<ShownCode, PageError> {
    let code = match email {
        Some(email) => make_code(app, report, email).await?,
        None => return Ok(ShownCode::Never),
    };
    Ok(code.map_or(ShownCode::Unknown, ShownCode::Code))
}

/// Sends a code to an address that is on file.
async fn send_code(
    app: &App,
    (report, reference): (Token, Reference),
    email: &str,
    language: Language,
) -> Result<(), PageError> {
    let Some(mailer) = app.mailer() else {
        return Ok(());
    };
    let Some(code) = make_code(app, &report, email).await? else {
        return Ok(());
    };
    let letter = letters::code(&app.config().organisation, language, &reference, &code);
    mailer
        .send(email, &letter.subject, letter.text)
        .await
        .map_err(PageError::internal)
}

/// Makes the code of a report, if the address is on file.
async fn make_code(app: &App, report: &Token, email: &str) -> Result<Option<String>, PageError> {
    let described = Described {
        email: Some(email),
        ..Described::default()
    };
    let Some(customer) = app.judge().place(&described).customer else {
        return Ok(None);
    };
    // Whoever fills in the form with somebody's address must not flood them with our mail.
    if !app.takes_letter(customer) {
        tracing::warn!("a customer gets no more codes this hour: see `intake.letters_an_hour`");
        return Ok(None);
    }
    let chance = app.chance::<8>().map_err(PageError::internal)?;
    let code = format!("{:08}", u64::from_be_bytes(chance) % 100_000_000);
    let mut tries = 0;
    loop {
        let set = app.store().set_code(report, &code, TRIES, CODE_HOLDS).await;
        tries += 1;
        match set {
            Ok(()) => return Ok(Some(code)),
            // The report is on record; a database that is away for a moment loses no code.
            Err(_) if tries < PATIENCE => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What became of a code that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Right,
    Missing,
    /// Not the code of this report, or no such report.
    Wrong,
    /// Too old, or tried too often.
    Expired,
}

/// Takes the code that was mailed; the report counts from then on.
pub(crate) async fn enter_code(app: &App, reference: &str, code: &str) -> Result<Typed, PageError> {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    if code.is_empty() {
        return Ok(Typed::Missing);
    }
    let Ok(reference) = reference.parse::<Reference>() else {
        return Ok(Typed::Wrong);
    };
    let Some(report) = app.store().report(&reference).await? else {
        return Ok(Typed::Wrong);
    };
    if report.verified.is_some() {
        return Ok(Typed::Right);
    }
    match app.store().try_code(&report.token, &code).await? {
        Tried::Right => {}
        Tried::Wrong { .. } => return Ok(Typed::Wrong),
        Tried::Over => return Ok(Typed::Expired),
    }
    let record = Record::Verified(Verified { how: Proof::Mail });
    let event = Event::new(record, report.token, None);
    app.append(vec![event]).await?;
    // Reports that come together are judged together; the customer does not wait for it.
    cases::judge_soon(app);
    Ok(Typed::Right)
}

/// Milliseconds.
const CODE_HOLDS: u64 = 7 * 24 * 60 * 60 * 1000;
const TRIES: u32 = 5;
/// Seconds for which a database may be away.
const PATIENCE: u32 = 60;

//! What is mailed.

use countersign_core::reference::Reference;
use countersign_store::CaseRow;
use countersign_ui::Language;

use crate::app::App;

/// A mail.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// The code by which a customer shows that an address is theirs. It has no link: whoever gets such
/// mails must not learn to follow one.
pub(crate) fn code(
    organisation: &str,
    language: Language,
    reference: &Reference,
    code: &str,
) -> Letter {
    let code = format!("{} {}", &code[..4], &code[4..]);
    let (subject, text) = match language {
        Language::English => (
            format!("Your code for report {reference}"),
            format!(
                "You told {organisation} about a scam call or message.\n\n\
                 Your reference: {reference}\nYour code:      {code}\n\n\
                 Enter the code on the page where you reported it, under \"Enter a code\". Then we \
                 know that the report is yours, and it counts. The code holds for seven days.\n\n\
                 We never ask for this code on the phone. If you did not report anything, do \
                 nothing: without the code the report does not count.\n"
            ),
        ),
        Language::German => (
            format!("Ihr Code zur Meldung {reference}"),
            format!(
                "Sie haben {organisation} einen Betrugsversuch gemeldet.\n\n\
                 Ihre Vorgangsnummer: {reference}\nIhr Code:            {code}\n\n\
                 Geben Sie den Code auf der Seite ein, auf der Sie gemeldet haben. Dann wissen wir, \
                 dass die Meldung von Ihnen ist, und sie zählt. Der Code gilt sieben Tage.\n\n\
                 Wir fragen nie am Telefon nach diesem Code. Wenn Sie nichts gemeldet haben, tun Sie \
                 nichts: Ohne den Code zählt die Meldung nicht.\n"
            ),
        ),
        Language::French => (
            format!("Votre code pour le signalement {reference}"),
            format!(
                "Vous avez signalé à {organisation} une tentative d'escroquerie.\n\n\
                 Votre référence : {reference}\nVotre code :      {code}\n\n\
                 Saisissez le code sur la page où vous avez fait le signalement. Nous saurons alors \
                 qu'il vient de vous, et il comptera. Le code est valable sept jours.\n\n\
                 Nous ne demandons jamais ce code par téléphone. Si vous n'avez rien signalé, ne \
                 faites rien : sans le code, le signalement ne compte pas.\n"
            ),
        ),
        Language::Spanish => (
            format!("Su código para el aviso {reference}"),
            format!(
                "Usted avisó a {organisation} de un intento de estafa.\n\n\
                 Su referencia: {reference}\nSu código:     {code}\n\n\
                 Introduzca el código en la página donde dio el aviso. Así sabremos que es suyo, y \
                 contará. El código vale siete días.\n\n\
                 Nunca pedimos este código por teléfono. Si usted no ha avisado de nada, no haga \
                 nada: sin el código, el aviso no cuenta.\n"
            ),
        ),
    };
    Letter { subject, text }
}

/// Tells the staff's representative that a name was opened: which case and pseudonym, never whose.
pub(crate) fn tell_representative(app: &App, case: &CaseRow, holder: &str) {
    let Some(to) = app.config().people.representative.clone() else {
        return;
    };
    let Some(case) = &case.case else {
        return;
    };
    let letter = Letter {
        subject: format!("A name was opened in case {}", case.reference),
        text: format!(
            "In case {} of {}, key holders together opened the name behind the pseudonym {holder}.\n\n\
             A naming says that the list leaked through this account, or a source with the same \
             records. It does not say that the person did it. What they say to it has a place in \
             the case and in the evidence that is handed out.\n\n\
             What was asked and why, which other explanations were looked at, and that it was \
             agreed to is on record. Ask for the evidence of the case: a file that has all of it, \
             and that you can check yourself. Who they are stands in the case's timeline.\n",
            case.reference,
            app.config().organisation,
        ),
    };
    let app = app.clone();
    tokio::spawn(async move {
        let Some(mailer) = app.mailer() else {
            tracing::warn!("the staff's representative was not told: no mail server is configured");
            return;
        };
        if let Err(error) = mailer.send(&to, &letter.subject, letter.text).await {
            tracing::error!(?error, "the staff's representative could not be told");
        }
    });
}

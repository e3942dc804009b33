//! What is typed into the report form and not sent yet: kept for a day, under the secret of the
//! visitor's cookie, so that the database alone opens nothing.

use countersign_core::reference::Reference;
use countersign_core::respond::statement::Given;
use countersign_ui::pages::public::ShownCode;
use countersign_ui::pages::report::Answers;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::PageError;

/// What one visitor typed or sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) answers: Answers,
    /// What was sent; then nothing that was typed is kept.
    pub(crate) sent: Option<Sent>,
}

/// A report that was sent, for the page that says so.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) reference: Reference,
    pub(crate) given: Vec<Given>,
    /// Whether an address was given.
    pub(crate) has_address: bool,
    /// The code, where a demo shows it; empty where the address is not on file.
    #[serde(default)]
    code: Option<String>,
}

impl Sent {
    pub(crate) fn new(
        reference: Reference,
        given: Vec<Given>,
        has_address: bool,
        code: ShownCode,
    ) -> Self {
        Self {
            reference,
            given,
            has_address,
            code: match code {
                ShownCode::Never => None,
                ShownCode::Code(code) => Some(code),
                ShownCode::Unknown => Some(String::new()),
            },
        }
    }

    /// What is said of its code.
    pub(crate) fn code(&self) -> ShownCode {
        match self.code.as_deref() {
            None => ShownCode::Never,
            Some("") => ShownCode::Unknown,
            Some(code) => ShownCode::Code(code.to_owned()),
        }
    }
}

/// As it is kept.
#[derive(Default, Serialize, Deserialize)]
struct Written {
    typed: Vec<(String, String)>,
    sent: Option<Sent>,
}

/// The draft of a secret; an empty one where there is none, or one of an older version.
pub(crate) async fn read(app: &App, secret: &[u8; 32]) -> Result<Draft, PageError> {
    let kept = app.store().draft(secret).await?;
    let written = kept.and_then(|kept| serde_json::from_slice::<Written>(&kept).ok());
    let written = written.unwrap_or_default();
    let typed = written
        .typed
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(Draft {
        answers: Answers::read(typed),
        sent: written.sent,
    })
}

/// Keeps the draft of a secret for a day.
pub(crate) async fn write(app: &App, secret: &[u8; 32], draft: &Draft) -> Result<(), PageError> {
    let typed = draft.answers.pairs().into_iter();
    let written = Written {
        typed: typed
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        sent: draft.sent.clone(),
    };
    let written = serde_json::to_vec(&written).map_err(PageError::internal)?;
    Ok(app.store().keep_draft(secret, &written, DAY).await?)
}

/// Milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

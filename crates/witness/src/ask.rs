//! How a log asks a witness to sign its state.

use std::io::Read as _;
use std::time::Duration;

use countersign_ledger::encoding::from_decimal;
use countersign_ledger::hash::Hash;
use countersign_ledger::note::{Note, NoteError, Verifier};
use thiserror::Error;

/// Why a witness did not sign.
#[derive(Debug, Error)]
pub enum AskError {
    /// It remembers the log with another size: the proof must begin there.
    #[error("the witness remembers {0} entries")]
    Remembers(u64),
    /// It refused, in its words.
    #[error("the witness answered {status}: {said}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The beginning of what it said.
        said: String,
    },
    /// Its signature does not fit.
    #[error("the witness' signature: {0}")]
    Signature(#[from] NoteError),
    /// It could not be reached.
    #[error("asking the witness: {0}")]
    Http(#[from] ureq::Error),
}

/// Asks the witness under this address (its submission prefix) to sign, and adds its signature.
///
/// `old` is the size that it remembers, and `proof` that the log goes on from there.
///
/// # Errors
/// It did not sign, or can't be reached.
pub fn ask(
    address: &str,
    witness: &Verifier,
    old: u64,
    proof: &[Hash],
    checkpoint: &mut Note,
) -> Result<(), AskError> {
    let mut body = format!("old {old}\n");
    for hash in proof {
        body.push_str(&hash.to_base64());
        body.push('\n');
    }
    body.push_str(&format!("\n{checkpoint}"));
    let address = format!("{}/add-checkpoint", address.trim_end_matches('/'));
    let (status, said) = said(agent().post(&address).send(body.as_bytes())?);
    match status {
        200 => Ok(checkpoint.take(&said, witness)?),
        409 if let Some(size) = said.strip_suffix('\n').and_then(from_decimal) => {
            Err(AskError::Remembers(size))
        }
        status => Err(refused(status, &said)),
    }
}

/// The last state of a log that the witness under this address signed.
///
/// # Errors
/// It has none, can't be reached, or what it has is no note.
pub fn latest(address: &str, log: &Verifier) -> Result<Note, AskError> {
    let origin = Hash::of_bytes(log.name().as_bytes()).to_hex();
    let address = format!("{}/{origin}/checkpoint", address.trim_end_matches('/'));
    let (status, said) = said(agent().get(&address).call()?);
    match status {
        200 => Ok(Note::parse(said.as_bytes())?),
        status => Err(refused(status, &said)),
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .build()
        .new_agent()
}

/// Status and text of an answer. What is no text, or too long, is no signature either.
fn said(mut answer: ureq::http::Response<ureq::Body>) -> (u16, String) {
    let mut said = String::new();
    let reader = answer.body_mut().as_reader();
    let _ = reader.take(LONGEST_ANSWER).read_to_string(&mut said);
    (answer.status().as_u16(), said)
}

fn refused(status: u16, said: &str) -> AskError {
    AskError::Refused {
        status,
        said: said.chars().filter(|c| !c.is_control()).take(200).collect(),
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: u64 = 64 << 10;

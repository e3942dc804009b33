//! Time stamps of a case's ledger: asked for, kept as they were received, and packed.

use std::fs;
use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use countersign_ledger::bundle::stamps::{
    FOLDER as PACKED, checkpoint_name, consistency_name, read_checkpoint, token_name,
    write_consistency,
};
use countersign_ledger::bundle::token::{Token, question};
use countersign_ledger::bundle::zip::Files;
use countersign_ledger::encoding::from_decimal;
use countersign_ledger::hash::Hash;
use countersign_ledger::tree;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use super::folder::Case;
use crate::keys::chance;
use crate::wrong::Wrong;

/// A stamp that was just kept.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Entries of the state that was stamped.
    pub(crate) size: u64,
    /// When, by the authority's clock.
    pub(crate) time: String,
    /// Its file in the case folder.
    pub(crate) file: String,
}

/// The folder within the case folder.
const FOLDER: &str = "stamps";

/// Asks the time stamping authority at this address to stamp the signed state of the ledger, and
/// keeps its answer if it is one.
///
/// # Errors
/// No answer, a refusal, or a stamp of something else; nothing is kept then.
pub(crate) fn ask(case: &Case, address: &str) -> Result<Kept> {
    let log = case.ledger()?.log();
    let state = log.checkpoint().to_string();
    let imprint = Hash::of_bytes(state.as_bytes());
    let nonce = u64::from_be_bytes(chance()?);
    let answer = post(address, &question(&imprint, nonce))?;
    let read = Token::parse(&answer).and_then(|token| {
        token.answers(&imprint, nonce)?;
        Ok(token)
    });
    let token = read.context(
        "the time stamping authority's answer is refused, and nothing was kept; ask again, or ask \
         another authority",
    )?;
    let size = log.size();
    let folder = case.folder().join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("making `{}`", folder.display()))?;
    let name = format!("{FOLDER}/{}", checkpoint_name(size));
    match case.read(&name)? {
        None => case.write(&name, state.as_bytes())?,
        Some(known) if known == state => {}
        Some(_) => bail!(
            "`{name}` is another state of {size} entries: the case folder was put back from a copy; \
             keep both, and find out which"
        ),
    }
    let free = (1..).map(|number| format!("{FOLDER}/{}", token_name(size, number)));
    let file = free
        .into_iter()
        .find(|name| !case.folder().join(name).exists());
    let file = file.context("no number is left for another time stamp")?;
    case.write(&file, &answer)?;
    let time = token.time;
    Ok(Kept { size, time, file })
}

/// Sends a question and gives the answer's bytes.
fn post(address: &str, question: &[u8]) -> Result<Vec<u8>> {
    if !address.starts_with("https://") && !address.starts_with("http://") {
        return Err(Wrong::usage(
            "`--stamp` is not the address of a time stamping authority",
            "it begins with https:// or http://; the authority's documents have it",
        ));
    }
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .tls_config(tls.build())
        .build()
        .into();
    let asking = "asking the time stamping authority; nothing was kept, try again later or check \
                  the address of `--stamp`";
    let answer = agent
        .post(address)
        .header("Content-Type", "application/timestamp-query")
        .header("Accept", "application/timestamp-reply")
        .send(question);
    let mut answer = answer.context(asking)?;
    let status = answer.status().as_u16();
    if status != 200 {
        bail!("{asking}: it answered {status}");
    }
    let mut bytes = Vec::new();
    let reader = answer.body_mut().as_reader().take(LONGEST_ANSWER + 1);
    { reader }.read_to_end(&mut bytes).context(asking)?;
    if bytes.len() as u64 > LONGEST_ANSWER {
        bail!("{asking}: its answer is longer than {LONGEST_ANSWER} bytes");
    }
    Ok(bytes)
}

/// The time stamps of a case as files of a bundle, each proved to be of a state that the ledger
/// went on from.
///
/// # Errors
/// A file that was changed, or a state that the ledger does not continue.
pub(crate) fn packed(case: &Case) -> Result<Files> {
    let log = case.ledger()?.log();
    let mut files = Files::new();
    for size in sizes(case)? {
        let read = |name: &str| {
            let path = case.folder().join(FOLDER).join(name);
            fs::read(&path).with_context(|| format!("reading `{FOLDER}/{name}`"))
        };
        let name = checkpoint_name(size);
        let state = read(&name)?;
        let imprint = Hash::of_bytes(&state);
        let fits = read_checkpoint(&state, size, &log.verifier());
        let stamped = fits.map_err(|what| anyhow::anyhow!("`{FOLDER}/{name}`: {what}"))?;
        let ours = size <= log.size()
            && tree::root_of(log.served(), 0, size).context("reading the ledger")? == stamped.root;
        if !ours {
            bail!(
                "`{FOLDER}/{name}` is a state that the ledger does not continue: it was cut or put \
                 back from a copy; keep the folder as it is, and find out which"
            );
        }
        let tokens = (1..).map(|number| token_name(size, number));
        let there = |name: &String| case.folder().join(FOLDER).join(name).exists();
        let tokens: Vec<String> = tokens.take_while(there).collect();
        for token in &tokens {
            let bytes = read(token)?;
            Token::parse(&bytes)
                .and_then(|token| token.stamps(&imprint))
                .with_context(|| format!("`{FOLDER}/{token}`"))?;
            files.insert(format!("{PACKED}{token}"), bytes);
        }
        // A crash may have come between the state and its first stamp.
        if tokens.is_empty() {
            continue;
        }
        files.insert(format!("{PACKED}{name}"), state);
        if size < log.size() {
            let proof = tree::consistency(log.served(), size, log.size());
            let proof = write_consistency(&proof.context("reading the ledger")?);
            let name = consistency_name(size);
            files.insert(format!("{PACKED}{name}"), proof.into_bytes());
        }
    }
    Ok(files)
}

/// The sizes of the states that were stamped.
fn sizes(case: &Case) -> Result<Vec<u64>> {
    let folder = match fs::read_dir(case.folder().join(FOLDER)) {
        Ok(folder) => folder,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("reading `{FOLDER}`")),
    };
    let mut sizes = Vec::new();
    for entry in folder {
        let name = entry
            .with_context(|| format!("reading `{FOLDER}`"))?
            .file_name();
        let size = name
            .to_str()
            .and_then(|name| name.strip_suffix(".checkpoint"));
        sizes.extend(size.and_then(from_decimal));
    }
    Ok(sizes)
}

const PATIENCE: Duration = Duration::from_secs(30);
/// With the certificates of the authority and of those above it, a stamp has some thousand bytes.
const LONGEST_ANSWER: u64 = 256 << 10;

//! The ledger of a case: what was asked of it and what was shown, as entries that can't be
//! rewritten unseen.
//!
//! An entry is durable before what it tells of is shown. `runs.jsonl`, `case.toml` and
//! `opened.jsonl` follow from it. What an entry says is sealed under the case's key; the leaf
//! itself tells a stranger nothing but the kind and the time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use countersign_core::ledger::Kind;
use countersign_ledger::bundle::entries::{self, Shown};
use countersign_ledger::disk::Folder;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::journal::{self, Entry};
use countersign_ledger::leaf::{Leaf, Token, event_id};
use countersign_ledger::log::{Append, Log, Settings};
use countersign_ledger::note::{Kind as KeyKind, Signer};
use countersign_ledger::seal::SubjectKey;
use countersign_ledger::transcript::Transcript;
use serde::Serialize;

use super::anchor::CaseAnchor;
use super::erasure;
use crate::keys::{self, chance};
use crate::{PROGRAM, clock, whole};

/// The ledger of one case, open.
#[derive(Debug)]
pub(crate) struct CaseLedger {
    folder: PathBuf,
    log: Log,
    /// None when the case was erased.
    key: Option<SubjectKey>,
    anchor: Option<CaseAnchor>,
    entries: Vec<Shown>,
}

/// What the first entry says.
#[derive(Serialize)]
struct Opening<'a> {
    at: String,
    /// Name of the log.
    log: &'a str,
    /// Runs that were made before the case had a ledger.
    runs_before: usize,
    program: &'static str,
}

/// The folder within the case folder.
const FOLDER: &str = "ledger";
/// The key that signs the log.
const LOG_KEY: &str = "log.key";
/// What nothing can be added to any more.
const ERASED: &str = "the case was erased";
/// The key that opens what the entries say.
const RECORD_KEY: &str = "record.key";

/// A case has tens of entries; a segment that is full is followed by another.
const SETTINGS: Settings = Settings {
    segment_length: 64 << 10,
    remembered: 48 * 60 * 60 * 1000,
    // It is read as a whole anyway, to be shown.
    marks: None,
};

impl CaseLedger {
    /// Opens the ledger of a case folder, if it has begun.
    ///
    /// `shown` is the last entry that the case's other files know of.
    pub(crate) fn open(folder: &Path, shown: Option<u64>) -> Result<Option<Self>> {
        if folder.join(LOG_KEY).exists() {
            // A crash may have come between the keys and the first entry.
            let ledger = Self::read(folder, shown)?;
            return Ok((ledger.log.size() > 0).then_some(ledger));
        }
        if shown.is_some() || folder.join(FOLDER).join("checkpoint").exists() {
            bail!(
                "`{}` is missing: the ledger can't be continued without its key",
                folder.join(LOG_KEY).display()
            );
        }
        Ok(None)
    }

    /// Begins the ledger of a case folder in which there were so many runs.
    pub(crate) fn begin(folder: &Path, runs: usize) -> Result<Self> {
        if !folder.join(LOG_KEY).exists() {
            make_keys(folder)?;
        }
        let mut ledger = Self::read(folder, None)?;
        let name = ledger.log.verifier().name().to_owned();
        let opening = Opening {
            at: clock::now().to_string(),
            log: &name,
            runs_before: runs,
            program: PROGRAM,
        };
        ledger.append(&[(Kind::Opening, serde_json::to_string(&opening)?)])?;
        Ok(ledger)
    }

    fn read(folder: &Path, shown: Option<u64>) -> Result<Self> {
        let place = folder.join(FOLDER);
        let signer = keys::signer(&folder.join(LOG_KEY))?;
        let key = read_key(folder)?;
        let anchor = CaseAnchor::of(folder, signer.verifier().name())?;
        let disk = Folder::open(&place, &[journal::FOLDER])
            .with_context(|| format!("opening `{}`", place.display()))?;
        let mut entries = Vec::new();
        let log = Log::open_with(Arc::new(disk), signer, SETTINGS, |entry| {
            entries.push(disclose(key.as_ref(), entry));
        })
        .with_context(|| {
            format!(
                "the ledger `{}` is refused; keep the folder as it is, and compare it with a copy",
                place.display()
            )
        })?;
        let mut ledger = Self {
            folder: place,
            log,
            key,
            anchor,
            entries: entries.into_iter().collect::<Result<_>>()?,
        };
        if ledger.key.is_none() && !ledger.is_erased() {
            bail!(
                "`{}` is missing: what the entries of the ledger say can't be read",
                folder.join(RECORD_KEY).display()
            );
        }
        if let Some(anchor) = &mut ledger.anchor {
            anchor.holds(&ledger.log)?;
        }
        if shown.is_some_and(|seq| seq >= ledger.log.size()) {
            bail!(
                "the ledger `{}` has {} entries, but `runs.jsonl` tells of entry {}: it was cut or \
                 put back from a copy",
                ledger.folder.display(),
                ledger.log.size(),
                shown.unwrap_or_default()
            );
        }
        Ok(ledger)
    }

    /// Appends what happened, all of it or nothing; it is durable on return. Gives the place of the
    /// first.
    pub(crate) fn append(&mut self, events: &[(Kind, String)]) -> Result<u64> {
        let now = clock::milliseconds();
        let key = self.key.as_ref().context(ERASED)?;
        let mut appends = Vec::new();
        for (kind, payload) in events {
            let id = event_id(now, chance()?);
            let (part, commitment) = key.seal(&id, 0, payload.as_bytes())?;
            let leaf = Leaf::new(id, kind.code(), Some(key.subject), vec![commitment]);
            appends.push(Append::new(leaf, vec![part]));
        }
        self.take_in(appends, now)
    }

    /// Appends that what the entries say is made unreadable.
    pub(crate) fn append_erasure(&mut self) -> Result<u64> {
        let now = clock::milliseconds();
        let subject = self.key.as_ref().context(ERASED)?.subject;
        let id = event_id(now, chance()?);
        let leaf = Leaf::new(id, Kind::Erasure.code(), Some(subject), Vec::new());
        self.take_in(vec![Append::new(leaf, Vec::new())], now)
    }

    /// Appends what all subjects' last entries are, and gives all entries about the case with the
    /// proof that none is left out.
    pub(crate) fn transcript(&mut self) -> Result<Transcript> {
        let now = clock::milliseconds();
        let subject = self.key.as_ref().context(ERASED)?.subject;
        let reading = "reading the ledger";
        let (all, places) = self.log.heads(&subject).context(reading)?;
        let event = Append::of_heads(&all, event_id(now, chance()?));
        let last = self.take_in(vec![event], now)?;
        let about = |entry: &&Shown| entry.leaf.subject == subject || entry.leaf.seq == last;
        let entries: Vec<Shown> = self.entries.iter().filter(about).cloned().collect();
        let shown = entries.iter().map(|entry| entry.leaf.seq);
        let withheld = entries::withheld(self.log.served(), shown, self.log.size());
        Ok(Transcript {
            subject,
            places,
            withheld: withheld.context(reading)?,
            entries,
            checkpoint: self.log.checkpoint().to_string(),
        })
    }

    fn take_in(&mut self, appends: Vec<Append>, now: u64) -> Result<u64> {
        let answer = self.log.append(std::slice::from_ref(&appends), now).pop();
        let places = answer
            .context("the ledger gave no answer")?
            .with_context(|| format!("writing to the ledger `{}`", self.folder.display()))?;
        for (append, place) in appends.into_iter().zip(&places) {
            let leaf = self.log.served().entry(*place)?;
            let entry = Entry {
                id: append.leaf.id,
                leaf,
                parts: append.parts,
                rules: append.rules,
            };
            self.entries.push(disclose(self.key.as_ref(), &entry)?);
        }
        if let Some(anchor) = &mut self.anchor {
            anchor.follow(&self.log)?;
        }
        places.first().copied().context("nothing to append")
    }

    /// Keeps the signed states in a folder elsewhere from now on.
    pub(crate) fn anchor(&mut self, case: &Path, place: &Path) -> Result<()> {
        self.anchor = Some(CaseAnchor::begin(case, place, &self.log)?);
        Ok(())
    }

    /// Whether the case was erased.
    pub(crate) fn is_erased(&self) -> bool {
        erasure::is_erased(&self.entries)
    }

    /// The entries with what they say.
    pub(crate) fn entries(&self) -> &[Shown] {
        &self.entries
    }

    /// The log alone.
    pub(crate) fn into_log(self) -> Log {
        self.log
    }

    /// The log.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }
}

/// An entry with what its parts say.
fn disclose(key: Option<&SubjectKey>, entry: &Entry) -> Result<Shown> {
    let leaf = Leaf::decode(&entry.leaf)?;
    let parts = leaf.parts.iter().zip(&entry.parts).zip(0_u8..);
    let parts = parts.map(|((commitment, part), place)| {
        // A part of somebody who was erased stays closed.
        let key = key.filter(|key| part.subject == key.subject);
        key.map(|key| key.open(&entry.id, place, commitment, part))
            .transpose()
    });
    let parts = parts
        .collect::<Result<_, _>>()
        .with_context(|| format!("entry {} does not open with `{RECORD_KEY}`", leaf.seq))?;
    Ok(Shown { leaf, parts })
}

/// Makes both keys; the log's is the last, so that it stands for both.
fn make_keys(folder: &Path) -> Result<()> {
    let token: Token = chance()?;
    let record = format!("{}\n{}\n", hex(&token), hex(&chance::<32>()?));
    whole::write(&folder.join(RECORD_KEY), record.as_bytes(), 0o600)?;
    let name = format!("countersign/case/{}", hex(&token));
    let signer = Signer::new(&name, KeyKind::Log, &chance()?)?;
    whole::write(&folder.join(LOG_KEY), signer.secret().as_bytes(), 0o600)
}

/// The key of what entries say; none if it is not there.
fn read_key(folder: &Path) -> Result<Option<SubjectKey>> {
    let path = folder.join(RECORD_KEY);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.with_context(|| format!("reading `{}`", path.display()))?,
    };
    let read = (|| {
        let (token, key) = text.strip_suffix('\n')?.split_once('\n')?;
        let token = from_hex(token)?.try_into().ok()?;
        Some(SubjectKey::new(token, from_hex(key)?.try_into().ok()?))
    })();
    read.map(Some)
        .with_context(|| format!("`{}` is not a key that this program wrote", path.display()))
}

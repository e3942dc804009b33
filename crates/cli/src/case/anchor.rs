//! Where a case's signed states are kept besides its folder.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use countersign_ledger::anchor::{Anchor as _, FolderAnchor};
use countersign_ledger::log::Log;

use crate::whole;

/// The anchor of one case's ledger.
#[derive(Debug)]
pub(crate) struct CaseAnchor {
    place: FolderAnchor,
    /// How the place is spoken of.
    who: String,
    /// What stands there, as far as this program knows.
    known: Option<Vec<u8>>,
}

/// The file of the case that names the place.
const FILE: &str = "anchor";

impl CaseAnchor {
    /// The anchor that a case names, if it names one.
    pub(crate) fn of(case: &Path, log: &str) -> Result<Option<Self>> {
        let folder = match fs::read_to_string(case.join(FILE)) {
            Ok(text) => text.trim_end_matches('\n').to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context("reading `anchor`"),
        };
        Ok(Some(Self::at(Path::new(&folder), log)))
    }

    fn at(folder: &Path, log: &str) -> Self {
        Self {
            place: FolderAnchor::new(folder, log),
            who: format!("the anchor in `{}`", folder.display()),
            known: None,
        }
    }

    /// Checks that a ledger continues what stands there, and brings it up to the ledger.
    pub(crate) fn holds(&mut self, log: &Log) -> Result<()> {
        let known = self.place.read().with_context(|| {
            format!(
                "{} can't be read, so nobody can tell whether this ledger was put back from a \
                 copy: make it reachable again",
                self.who
            )
        })?;
        let Some(known) = known else {
            bail!(
                "{} is empty: it was taken away, or is not the one that this case had; put it back",
                self.who
            );
        };
        log.holds(&known, &self.who)
            .context("keep the folder as it is, and compare it with a copy")?;
        self.known = Some(known);
        self.follow(log)
    }

    /// Brings what stands there up to the ledger.
    pub(crate) fn follow(&mut self, log: &Log) -> Result<()> {
        let now = log.checkpoint().to_string().into_bytes();
        if self.known.as_ref() == Some(&now) {
            return Ok(());
        }
        let swapped = self.place.swap(self.known.as_deref(), &now);
        let swapped = swapped.with_context(|| {
            format!(
                "{} can't be written to: what was done is in the ledger, and is shown when the \
                 anchor can be reached again",
                self.who
            )
        })?;
        if !swapped {
            bail!(
                "{} was moved on by another copy of this case: keep both, and find out which",
                self.who
            );
        }
        self.known = Some(now);
        Ok(())
    }

    /// Begins to keep a case's states in a folder, and names it in the case.
    pub(crate) fn begin(case: &Path, folder: &Path, log: &Log) -> Result<Self> {
        let folder = folder.canonicalize().with_context(|| {
            format!(
                "`{}` is not there: an anchor is a folder on another disk or machine, made by its \
                 owner",
                folder.display()
            )
        })?;
        let plain = folder.to_str().filter(|path| !path.contains('\n'));
        if plain.is_none() {
            bail!("an anchor's path is text without a line end");
        }
        let mut anchor = Self::at(&folder, log.verifier().name());
        let known = anchor.place.read();
        anchor.known = known.with_context(|| format!("reading {}", anchor.who))?;
        if let Some(known) = &anchor.known {
            log.holds(known, &anchor.who)?;
        }
        anchor.follow(log)?;
        let line = format!("{}\n", folder.display());
        whole::write(&case.join(FILE), line.as_bytes(), 0o640)?;
        Ok(anchor)
    }
}

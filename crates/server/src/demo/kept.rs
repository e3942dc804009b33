//! What was last shown of a demo's cases, for the next start: a visitor who comes back does not wait
//! until all is judged again. It is plain, for it is made up; a server for work keeps no such file.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use countersign_core::time::Second;
use countersign_core::verdict::Verdict;
use countersign_ledger::encoding::hex;
use countersign_ledger::leaf::Token;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::app::{App, Shown};
use crate::error::PageError;
use crate::judge::Judged;

/// The files, and what is in them.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    written: HashMap<Token, String>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    at: Second,
    customers: u64,
    verdict: Verdict,
}

impl Kept {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            written: HashMap::new(),
        }
    }

    /// Shows what fits the last run on record.
    pub(super) async fn show(&mut self, app: &App) -> Result<(), PageError> {
        for case in app.store().cases().await? {
            let runs = app.store().runs(&case.token).await?;
            let Some(run) = runs.last().and_then(|row| row.run.clone()) else {
                continue;
            };
            let Some(written) = read(&self.path(&case.token)) else {
                continue;
            };
            let json = written.verdict.to_json().unwrap_or_default();
            if hex(&Sha256::digest(json.as_bytes())) != run.verdict {
                continue;
            }
            self.written.insert(case.token, run.verdict.clone());
            let judged = Judged {
                verdict: written.verdict,
                digest: run.verdict,
                judged: run.digest,
                reports: run.reports,
                customers: written.customers,
                known: true,
                // Claims are made by the judge alone: it judges again before a name is opened.
                namings: Vec::new(),
                pseudonyms: Vec::new(),
            };
            let at = written.at;
            let shown = Shown {
                judged,
                at,
                burst: None,
            };
            app.show(case.token, shown);
        }
        Ok(())
    }

    /// Writes down what is shown now.
    pub(super) async fn keep(&mut self, app: &App) -> Result<(), PageError> {
        for case in app.store().cases().await? {
            let Some(shown) = app.shown(&case.token) else {
                continue;
            };
            if self.written.get(&case.token) == Some(&shown.judged.digest) {
                continue;
            }
            let written = Written {
                at: shown.at,
                customers: shown.judged.customers,
                verdict: shown.judged.verdict.clone(),
            };
            let text = serde_json::to_vec(&written).map_err(PageError::internal)?;
            let path = self.path(&case.token);
            let new = path.with_extension("new");
            let done = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
            done.map_err(PageError::internal)?;
            self.written.insert(case.token, shown.judged.digest.clone());
        }
        Ok(())
    }

    fn path(&self, case: &Token) -> PathBuf {
        self.folder.join(format!("shown-{}.json", hex(case)))
    }
}

fn read(path: &Path) -> Option<Written> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

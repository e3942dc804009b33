//! Entries about a case with the proof that none is left out, for a bundle of evidence.

use std::collections::HashMap;
use std::sync::Arc;

use countersign_core::record::Record;
use countersign_ledger::bundle::entries::{self, Shown, Withheld};
use countersign_ledger::bundle::{pack, zip::Files};
use countersign_ledger::hash::Hash;
use countersign_ledger::leaf::Leaf;
use countersign_ledger::note::Verifier;
use countersign_ledger::seal::{Disclosed, SubjectKey};
use countersign_ledger::served::Served;

use super::CaseRow;
use crate::db::{Val, int};
use crate::error::{StoreError, at};
use crate::open::blocking;
use crate::store::Store;

/// All entries about a case, and what proves their places.
#[derive(Clone, Debug)]
pub struct Proved {
    /// The entries, ascending, each with what it says as far as that was asked for.
    pub entries: Vec<Shown>,
    /// The hashes over all other entries.
    pub withheld: Vec<Withheld>,
    /// The signed checkpoint.
    pub checkpoint: Arc<str>,
    /// Entries under it.
    pub size: u64,
}

impl Store {
    /// All entries about a case, as far as the log is signed. What an entry says is shown with it
    /// where `says` allows that; who read the case is never.
    ///
    /// # Errors
    /// What the database, the vault or the disk says.
    pub async fn proved(
        &self,
        case: &CaseRow,
        says: impl Fn(&Record) -> bool,
    ) -> Result<Proved, StoreError> {
        let signed = self.signed.borrow().clone();
        let size = signed.size;
        self.rows_through(size).await?;
        let seqs = self
            .db
            .all(ABOUT, &[Val::from(&case.token), int(size)?])
            .await?
            .iter()
            .map(|row| row.count("seq"))
            .collect::<Result<Vec<_>, _>>()?;
        let records = self.records(case).await?;
        let disk = Arc::clone(&self.disk);
        let place = self.settings.folder.join("ledger");
        let (leaves, withheld) = blocking(move || {
            let read = || {
                let served = Served::open(&disk, size)?;
                let leaves = seqs.iter().map(|seq| served.entry(*seq));
                let leaves = leaves.collect::<Result<Vec<_>, _>>()?;
                let withheld = entries::withheld(&served, seqs.iter().copied(), size)?;
                Ok((leaves, withheld))
            };
            read().map_err(at(&place))
        })
        .await?;
        let keys = self.vault.keys_of([case.token]).await?;
        let key = keys.get(&case.token);
        let mut shown = Vec::new();
        for leaf in leaves {
            let no_leaf = |_error| StoreError::Unreadable("an entry that is no leaf");
            let leaf = Leaf::decode(&leaf).map_err(no_leaf)?;
            let record = records.get(&leaf.seq).filter(|record| says(record));
            let part = record
                .zip(key)
                .and_then(|(record, key)| said(&leaf, record, key));
            let mut parts = vec![None; leaf.parts.len()];
            if let Some(first) = parts.first_mut() {
                *first = part;
            }
            shown.push(Shown { leaf, parts });
        }
        Ok(Proved {
            entries: shown,
            withheld,
            checkpoint: signed.checkpoint,
            size,
        })
    }

    /// Packs a bundle and signs it with the log's key; gives the digest of its manifest, too.
    ///
    /// # Errors
    /// What can't be packed.
    pub async fn pack(&self, data: Files, info: String) -> Result<(Vec<u8>, Hash), StoreError> {
        let signer = self.keys.signer()?;
        blocking(move || pack(&data, &info, &signer).map_err(StoreError::Unreadable)).await
    }

    /// The key that signs the log, for whoever checks it.
    ///
    /// # Errors
    /// A key file that does not read.
    pub fn log_key(&self) -> Result<Verifier, StoreError> {
        Ok(self.keys.signer()?.verifier())
    }

    /// What the entries about a case say, by their places; without those that have no rows.
    async fn records(&self, case: &CaseRow) -> Result<HashMap<u64, Record>, StoreError> {
        let mut records = HashMap::new();
        if let Some(content) = &case.case {
            records.insert(case.opened, Record::Case(content.clone()));
        }
        for row in self.runs(&case.token).await? {
            records.extend(row.run.map(|run| (row.seq, Record::Run(run))));
        }
        for row in self.told(&case.token).await? {
            records.extend(row.record.map(|record| (row.seq, record)));
        }
        Ok(records)
    }
}

/// What an entry says, with the salt of its commitment: the row of a run does not have the sealed
/// part, but what is written anew is sealed as it was.
fn said(leaf: &Leaf, record: &Record, key: &SubjectKey) -> Option<Disclosed> {
    let (part, commitment) = key.seal(&leaf.id, 0, &record.write().ok()?).ok()?;
    let disclosed = key.open(&leaf.id, 0, &commitment, &part).ok()?;
    (leaf.parts.first() == Some(&commitment)).then_some(disclosed)
}

const ABOUT: &str = "SELECT seq FROM entry WHERE subject = $1 AND seq < $2 ORDER BY seq";

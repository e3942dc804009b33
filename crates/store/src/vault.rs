//! Subjects' keys, each wrapped under the key of an epoch, in a file of their own.
//!
//! Who is erased loses their row here. Deleting a row does not reach backups, so the key that the
//! rows are wrapped under is itself destroyed after its epoch: survivors are wrapped anew, and a
//! backup of before opens nothing from then on.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use aes_gcm_siv::aead::{Aead as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce};
use countersign_ledger::encoding::hex;
use countersign_ledger::leaf::Token;
use countersign_ledger::seal::SubjectKey;
use tokio::sync::{Mutex, RwLock};
use zeroize::Zeroizing;

use crate::db::{Db, DbError, Tx, Val};
use crate::error::{StoreError, at};
use crate::keys::{self, Chance, Keys, Secret};
use crate::many::Many;
use crate::migrations;

/// The open vault.
pub(crate) struct Vault {
    folder: PathBuf,
    db: Db,
    keys: Arc<Keys>,
    chance: Chance,
    /// The key of each epoch that rows are under; the last one is the present epoch's.
    epochs: RwLock<BTreeMap<u32, Secret>>,
    /// One turn at a time.
    turning: Mutex<()>,
    /// Keys that were made or asked for last: what is put on record becomes rows at once.
    recent: std::sync::Mutex<Recent>,
}

/// Some keys, the oldest of which go first.
#[derive(Default)]
struct Recent {
    keys: HashMap<Token, Secret>,
    order: VecDeque<Token>,
    /// Times that keys were destroyed: what was read before one is not kept after it.
    forgotten: u64,
}

impl Recent {
    fn add(&mut self, subject: Token, key: Secret) {
        if self.keys.insert(subject, key).is_none() {
            self.order.push_back(subject);
        }
        while self.order.len() > MOST_RECENT {
            if let Some(oldest) = self.order.pop_front() {
                self.keys.remove(&oldest);
            }
        }
    }
}

impl Vault {
    /// Opens the vault of a folder, or begins it with its first epoch at `now`; ends a turn of the
    /// epoch that was broken off.
    pub(crate) async fn open(
        folder: &Path,
        keys: Arc<Keys>,
        now: u64,
        chance: Chance,
    ) -> Result<Self, StoreError> {
        let place = folder.join("vault");
        keys::make_folder(&place)?;
        let db = Db::vault(&place.join(FILE)).await?;
        migrations::run(&db, migrations::VAULT).await?;
        let mut epochs = BTreeMap::new();
        let mut unread = Vec::new();
        for epoch in epochs_of(&place)? {
            match read_epoch(&place, &keys, epoch) {
                Ok(key) => _ = epochs.insert(epoch, key),
                Err(StoreError::NoKey(path)) => unread.push((epoch, path)),
                Err(other) => return Err(other),
            }
        }
        let vault = Self {
            folder: place,
            db,
            keys,
            chance,
            epochs: RwLock::new(epochs),
            turning: Mutex::new(()),
            recent: std::sync::Mutex::default(),
        };
        let known: BTreeSet<u32> = vault.epochs.read().await.keys().copied().collect();
        for row in vault.db.all(EPOCHS, &[]).await? {
            let epoch = u32::try_from(row.count("epoch")?).map_err(|_error| DbError::Large)?;
            if !known.contains(&epoch) {
                return Err(StoreError::KeyMissing(path_of(&vault.folder, epoch)));
            }
        }
        for (epoch, path) in unread {
            // A crash came while it was destroyed; no row is under it.
            if known.last().is_none_or(|last| *last < epoch) {
                return Err(StoreError::NoKey(path));
            }
            keys::destroy(&path)?;
        }
        if known.is_empty() {
            vault.begin_epoch(1, now).await?;
        }
        vault.end_turn().await?;
        Ok(vault)
    }

    /// The keys of those subjects that have one.
    pub(crate) async fn keys_of(
        &self,
        subjects: impl IntoIterator<Item = Token>,
    ) -> Result<HashMap<Token, SubjectKey>, StoreError> {
        let epochs = self.epochs.read().await;
        let (mut found, unknown) = self.recent(subjects.into_iter().collect());
        let forgotten = self.forgotten();
        for subject in unknown {
            let Some(row) = self.db.one(KEY, &[Val::from(&subject)]).await? else {
                continue;
            };
            let epoch = u32::try_from(row.count("epoch")?).map_err(|_error| DbError::Large)?;
            let key = unwrap(&epochs, epoch, &subject, &row.bytes("wrapped")?)?;
            found.insert(subject, SubjectKey::new(subject, *key));
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            if recent.forgotten == forgotten {
                recent.add(subject, key);
            }
        }
        Ok(found)
    }

    fn forgotten(&self) -> u64 {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.forgotten
    }

    /// The keys of all subjects: for who reads much, one pass instead of a question for each.
    pub(crate) async fn all_keys(&self) -> Result<HashMap<Token, SubjectKey>, StoreError> {
        let epochs = self.epochs.read().await;
        let mut found = HashMap::new();
        let mut after = Val::B(None);
        loop {
            let rows = self.db.all(ALL, &[after]).await?;
            let Some(last) = rows.last() else {
                return Ok(found);
            };
            after = Val::from(&last.array::<16>("subject")?);
            for row in &rows {
                let subject = row.array("subject")?;
                let epoch = u32::try_from(row.count("epoch")?).map_err(|_error| DbError::Large)?;
                let key = unwrap(&epochs, epoch, &subject, &row.bytes("wrapped")?)?;
                found.insert(subject, SubjectKey::new(subject, *key));
            }
        }
    }

    /// The keys of these subjects, made where there is none; they are durable on return.
    pub(crate) async fn make(
        &self,
        subjects: impl IntoIterator<Item = Token>,
    ) -> Result<HashMap<Token, SubjectKey>, StoreError> {
        // Held to the end: an epoch does not turn between a key's wrapping and its row.
        let epochs = self.epochs.read().await;
        let (mut found, unknown) = self.recent(subjects.into_iter().collect());
        if unknown.is_empty() {
            return Ok(found);
        }
        let (epoch, wrapping) = epochs.last_key_value().ok_or(NO_EPOCH)?;
        let mut made = HashMap::new();
        let mut rows = Vec::with_capacity(unknown.len());
        for subject in &unknown {
            let key = keys::random(&self.chance)?;
            let wrapped = wrap(wrapping, *epoch, subject, &key)?;
            rows.push([
                Val::from(subject),
                Val::from(*epoch),
                Val::from(wrapped.as_slice()),
            ]);
            made.insert(*subject, key);
        }
        let mut tx = self.db.begin().await?;
        if tx.insert(&ADD, &rows).await? < rows.len() as u64 {
            // Some have a key already, or are gone.
            for (subject, key) in &mut made {
                let name = [Val::from(subject)];
                let row = tx.one(KEY, &name).await?.ok_or(StoreError::Erased)?;
                let of = u32::try_from(row.count("epoch")?).map_err(|_error| DbError::Large)?;
                *key = unwrap(&epochs, of, subject, &row.bytes("wrapped")?)?;
            }
        }
        tx.commit().await?;
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        for (subject, key) in made {
            found.insert(subject, SubjectKey::new(subject, *key));
            recent.add(subject, key);
        }
        Ok(found)
    }

    /// Those of these keys that are at hand, and the others' subjects.
    fn recent(&self, subjects: BTreeSet<Token>) -> (HashMap<Token, SubjectKey>, Vec<Token>) {
        // A key is put in whole or not at all.
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut found, mut unknown) = (HashMap::new(), Vec::new());
        for subject in subjects {
            match recent.keys.get(&subject) {
                Some(key) => _ = found.insert(subject, SubjectKey::new(subject, **key)),
                None => unknown.push(subject),
            }
        }
        (found, unknown)
    }

    /// Destroys the keys of these subjects here; none is ever made for them again.
    pub(crate) async fn forget(&self, subjects: &[Token]) -> Result<(), StoreError> {
        if subjects.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        for subject in subjects {
            tx.exec(FORGET, &[Val::from(subject)]).await?;
            tx.exec(IS_GONE, &[Val::from(subject)]).await?;
        }
        tx.commit().await?;
        // Whoever makes keys holds back whoever erases, and what was read before is not kept.
        {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.forgotten += 1;
            for subject in subjects {
                recent.keys.remove(subject);
            }
        }
        self.truncate().await
    }

    /// Begins the next epoch, wraps all keys anew under it, and destroys the keys of those before.
    pub(crate) async fn turn(&self, now: u64) -> Result<(), StoreError> {
        let _turning = self.turning.lock().await;
        let last = self.epochs.read().await.keys().next_back().copied();
        let next = last.and_then(|last| last.checked_add(1)).ok_or(NO_EPOCH)?;
        self.begin_epoch(next, now).await?;
        self.end_turn().await
    }

    /// When the present epoch began, in milliseconds since 1970.
    pub(crate) async fn epoch_began(&self) -> Result<u64, StoreError> {
        let last = self.epochs.read().await.keys().next_back().copied();
        let path = path_of(&self.folder, last.ok_or(NO_EPOCH)?);
        let text = keys::read_text(&path)?;
        let began = text
            .as_ref()
            .and_then(|text| text.split_once('\n')?.0.parse().ok());
        began.ok_or(StoreError::NoKey(path))
    }

    pub(crate) async fn close(&self) {
        self.db.close().await;
    }

    async fn begin_epoch(&self, epoch: u32, now: u64) -> Result<(), StoreError> {
        // Whoever wraps a key under the epoch before has committed it when this lock is given.
        let mut epochs = self.epochs.write().await;
        let bytes = keys::random(&self.chance)?;
        let text = Zeroizing::new(format!("{now}\n{}\n", *Zeroizing::new(hex(&*bytes))));
        keys::write_new(&path_of(&self.folder, epoch), text.as_bytes())?;
        epochs.insert(epoch, self.keys.of_epoch(epoch, &bytes));
        Ok(())
    }

    /// Wraps what is under earlier epochs anew, and destroys their keys.
    async fn end_turn(&self) -> Result<(), StoreError> {
        let epochs = self.epochs.read().await.clone();
        let Some((&present, wrapping)) = epochs.last_key_value() else {
            return Err(NO_EPOCH);
        };
        if epochs.len() == 1 {
            return Ok(());
        }
        loop {
            let mut tx = self.db.begin().await?;
            let done = rewrap(&mut tx, &epochs, present, wrapping).await?;
            tx.commit().await?;
            if done == 0 {
                break;
            }
        }
        // The journal of the file still has rows that the keys to be destroyed open.
        self.truncate().await?;
        for epoch in epochs.into_keys().filter(|epoch| *epoch != present) {
            self.epochs.write().await.remove(&epoch);
            keys::destroy(&path_of(&self.folder, epoch))?;
        }
        Ok(())
    }

    /// Empties the file's journal, in which deleted rows still stand.
    async fn truncate(&self) -> Result<(), StoreError> {
        let rows = self.db.all("PRAGMA wal_checkpoint(TRUNCATE)", &[]).await?;
        match rows.first().map(|row| row.i("busy")).transpose()?.flatten() {
            Some(0) => Ok(()),
            _ => Err(StoreError::Unreadable("the keys' journal can't be emptied")),
        }
    }
}

impl core::fmt::Debug for Vault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Vault")
    }
}

/// Wraps some keys of earlier epochs under the present one, and gives how many.
async fn rewrap(
    tx: &mut Tx,
    epochs: &BTreeMap<u32, Secret>,
    present: u32,
    wrapping: &Secret,
) -> Result<usize, StoreError> {
    let rows = tx.all(EARLIER, &[Val::from(present)]).await?;
    for row in &rows {
        let subject: Token = row.array("subject")?;
        let epoch = u32::try_from(row.count("epoch")?).map_err(|_error| DbError::Large)?;
        let key = unwrap(epochs, epoch, &subject, &row.bytes("wrapped")?)?;
        let wrapped = wrap(wrapping, present, &subject, &key)?;
        let values = [
            Val::from(&subject),
            Val::from(present),
            Val::from(wrapped.as_slice()),
        ];
        tx.exec(REWRAP, &values).await?;
    }
    Ok(rows.len())
}

/// A key of an epoch wraps each subject's key once, and each with other associated data, so that
/// the nonce need not differ.
fn wrap(
    wrapping: &Secret,
    epoch: u32,
    subject: &Token,
    key: &Secret,
) -> Result<Vec<u8>, StoreError> {
    let payload = Payload {
        msg: key.as_slice(),
        aad: &bound_to(subject, epoch),
    };
    let cipher = Aes256GcmSiv::new(&(**wrapping).into());
    let wrapped = cipher.encrypt(&Nonce::from([0; 12]), payload);
    wrapped.map_err(|_error| StoreError::Unreadable("a key can't be wrapped"))
}

fn unwrap(
    epochs: &BTreeMap<u32, Secret>,
    epoch: u32,
    subject: &Token,
    wrapped: &[u8],
) -> Result<Secret, StoreError> {
    const WRONG: StoreError = StoreError::Unreadable("a subject's key does not open");
    let payload = Payload {
        msg: wrapped,
        aad: &bound_to(subject, epoch),
    };
    let wrapping = epochs.get(&epoch).ok_or(WRONG)?;
    let cipher = Aes256GcmSiv::new(&(**wrapping).into());
    let key = cipher.decrypt(&Nonce::from([0; 12]), payload);
    let key = Zeroizing::new(key.map_err(|_error| WRONG)?);
    let key: [u8; 32] = key.as_slice().try_into().map_err(|_error| WRONG)?;
    Ok(Zeroizing::new(key))
}

fn bound_to(subject: &Token, epoch: u32) -> Vec<u8> {
    [subject.as_slice(), &epoch.to_be_bytes()].concat()
}

fn path_of(folder: &Path, epoch: u32) -> PathBuf {
    folder.join(format!("epoch-{epoch}.key"))
}

/// The epochs whose keys are there.
fn epochs_of(folder: &Path) -> Result<Vec<u32>, StoreError> {
    let mut epochs = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let name = entry.map_err(at(folder))?.file_name();
        let number = name.to_str().and_then(|name| {
            let number = name.strip_prefix("epoch-")?.strip_suffix(".key")?;
            number.parse::<u32>().ok()
        });
        epochs.extend(number);
    }
    Ok(epochs)
}

fn read_epoch(folder: &Path, keys: &Keys, epoch: u32) -> Result<Secret, StoreError> {
    let path = path_of(folder, epoch);
    let text = keys::read_text(&path)?;
    let bytes = text.as_ref().and_then(|text| {
        let (_, bytes) = text.split_once('\n')?;
        keys::secret_of(bytes)
    });
    let bytes = bytes.ok_or(StoreError::NoKey(path))?;
    Ok(keys.of_epoch(epoch, &bytes))
}

/// Keys at hand.
const MOST_RECENT: usize = 50_000;
const FILE: &str = "keys.db";
const NO_EPOCH: StoreError = StoreError::Unreadable("the vault has no epoch");
const EPOCHS: &str = "SELECT DISTINCT epoch FROM subject_key";
const KEY: &str = "SELECT epoch, wrapped FROM subject_key WHERE subject = $1";
/// None for whoever has one, and for whoever is gone.
const ADD: Many = Many {
    begin: "INSERT INTO subject_key (subject, epoch, wrapped) \
        SELECT column1, column2, column3 FROM (VALUES ",
    width: 3,
    end: ") WHERE NOT EXISTS (SELECT 1 FROM gone WHERE gone.subject = column1) \
        ON CONFLICT (subject) DO NOTHING",
};
const FORGET: &str = "DELETE FROM subject_key WHERE subject = $1";
const IS_GONE: &str = "INSERT INTO gone (subject) VALUES ($1) ON CONFLICT (subject) DO NOTHING";
const ALL: &str = "SELECT subject, epoch, wrapped FROM subject_key \
    WHERE ($1 IS NULL OR subject > $1) ORDER BY subject LIMIT 10000";
const EARLIER: &str = "SELECT subject, epoch, wrapped FROM subject_key WHERE epoch <> $1 ORDER BY subject LIMIT 10000";
const REWRAP: &str = "UPDATE subject_key SET epoch = $2, wrapped = $3 WHERE subject = $1";

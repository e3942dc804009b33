//! What the persons of a case are called: by its key, or by a list that was made with the key.
//!
//! The list is for whoever recomputes a run elsewhere: it opens nobody but the persons whose ids
//! stand in the files that go with it (decision 21).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use countersign_core::holder::SealKey;

use crate::keys::chance;
use crate::whole;

/// Where the pseudonyms of a case come from.
#[derive(Debug)]
pub(crate) enum Pseudonyms {
    /// The case's key.
    Keyed(SealKey),
    /// A list of ids and pseudonyms.
    Listed(Listed),
}

/// Pseudonyms by id.
pub(crate) struct Listed(BTreeMap<String, String>);

impl core::fmt::Debug for Listed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Listed(***)")
    }
}

/// The file that only a case folder has, from its beginning.
pub(crate) const KEY: &str = "seal.key";
/// The list, in a folder that was made to recompute a run.
pub(crate) const LIST: &str = "pseudonyms.json";

impl Pseudonyms {
    /// Reads the key or the list of a case folder, or makes a key; that only while nothing has
    /// been shown under another.
    pub(crate) fn open(folder: &Path, may_make: bool) -> Result<Self> {
        let path = folder.join(KEY);
        match fs::read(&path) {
            Ok(bytes) => {
                let bytes: [u8; 32] = bytes
                    .try_into()
                    .ok()
                    .with_context(|| format!("`{}` is not 32 bytes long", path.display()))?;
                return Ok(Self::Keyed(SealKey::new(bytes)));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("reading `{}`", path.display()));
            }
        }
        let list = folder.join(LIST);
        if list.exists() {
            let text = fs::read_to_string(&list);
            let text = text.with_context(|| format!("reading `{}`", list.display()))?;
            // The words of a parser could repeat an id.
            let names = serde_json::from_str(&text).ok();
            let names =
                names.with_context(|| format!("`{}` is no list of pseudonyms", list.display()))?;
            return Ok(Self::Listed(Listed(names)));
        }
        if !may_make {
            bail!(
                "`{}` is missing: the pseudonyms of earlier runs can't be made again",
                path.display()
            );
        }
        let bytes = chance()?;
        whole::write(&path, &bytes, 0o600)?;
        Ok(Self::Keyed(SealKey::new(bytes)))
    }

    /// What these persons, who are all there are, are called.
    pub(crate) fn of(&self, ids: &[&str]) -> Result<Vec<String>> {
        match self {
            Self::Keyed(key) => Ok(key.pseudonyms(ids)),
            Self::Listed(Listed(names)) => {
                let name = |id: &&str| names.get(*id).cloned();
                let names: Option<Vec<String>> = ids.iter().map(name).collect();
                names.with_context(|| {
                    format!("`{LIST}` was made for other files: it lacks one of their persons")
                })
            }
        }
    }

    /// The list for these persons, who are all there are.
    pub(crate) fn list(&self, ids: &[&str]) -> Result<String> {
        let names = self.of(ids)?;
        let list: BTreeMap<&str, String> = ids.iter().copied().zip(names).collect();
        let text = serde_json::to_string_pretty(&list).context("writing the pseudonyms")?;
        Ok(text + "\n")
    }
}

//! What a folder is for: work, or a demonstration in which everything is made up. It is one of both
//! from its first start on; neither program takes the other's folder.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::{StoreError, at};

/// What a folder is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Real people and reports.
    #[default]
    Work,
    /// Everything in it is made up, and anybody may sign in as anybody.
    Demo,
}

impl Purpose {
    /// Marks a folder that is new, and refuses one that is for something else. The starts on record
    /// say it, too: a mark that is taken away changes nothing.
    pub(crate) fn mark(self, folder: &Path, begun: bool) -> Result<(), StoreError> {
        let path = folder.join(MARK);
        let is_marked = path.try_exists().map_err(at(&path))?;
        match self {
            Self::Work if is_marked => Err(self.refusal(folder)),
            Self::Demo if !is_marked && (begun || !is_new(folder)?) => Err(self.refusal(folder)),
            Self::Demo if !is_marked => fs::write(&path, SAID).map_err(at(&path)),
            Self::Work | Self::Demo => Ok(()),
        }
    }

    /// Why a folder is not taken for this.
    pub(crate) fn refusal(self, folder: &Path) -> StoreError {
        match self {
            Self::Work => StoreError::OfDemo(folder.to_owned()),
            Self::Demo => StoreError::NoDemo(folder.to_owned()),
        }
    }
}

/// Whether nothing but the lock is in a folder.
fn is_new(folder: &Path) -> Result<bool, StoreError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(at(folder))?;
    Ok(entries.iter().all(|entry| entry.file_name() == "lock"))
}

const MARK: &str = "made-up";
const SAID: &str = "Everything in this folder is made up by `countersign demo`: the people, the \
customers, the reports. `countersign serve` refuses it.\n";

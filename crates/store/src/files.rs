//! Files of subjects: sealed with the subject's key, in the folder, one file each.
//!
//! `files/<subject>/<id>` holds commitment (32 bytes), nonce (12) and ciphertext. Neither name is
//! chosen by anybody: both are hexadecimal digits of tokens. When the subject is erased, the key is
//! destroyed, and the files are removed besides.

use std::fs;
use std::io;
use std::path::PathBuf;

use countersign_ledger::encoding::hex;
use countersign_ledger::hash::Hash;
use countersign_ledger::leaf::Token;
use countersign_ledger::seal::Part;

use crate::error::{StoreError, at};
use crate::keys::{make_folder, write_new};
use crate::open::blocking;
use crate::store::Store;

impl Store {
    /// Keeps a file of a subject; it is durable on return, and there until the subject is erased.
    ///
    /// # Errors
    /// [`StoreError::Erased`] if the subject was; or what the disk says.
    pub async fn keep_file(
        &self,
        subject: &Token,
        id: &Token,
        content: Vec<u8>,
    ) -> Result<(), StoreError> {
        let _sealing = self.sealing().read().await;
        let keys = self.vault.make([*subject]).await?;
        let key = keys.into_values().next().ok_or(StoreError::Erased)?;
        let (folder, path) = self.place(subject, Some(id));
        let id = *id;
        blocking(move || {
            let sealed = key.seal(&id, PLACE, &content);
            let (part, commitment) =
                sealed.map_err(|_error| StoreError::Unreadable("a file can't be sealed"))?;
            let bytes = [&commitment.0[..], &part.nonce, &part.sealed].concat();
            if let Some(above) = folder.parent() {
                make_folder(above)?;
            }
            make_folder(&folder)?;
            write_new(&path, &bytes)
        })
        .await
    }

    /// What a file of a subject holds; none if the subject was erased, or there is no such file.
    ///
    /// # Errors
    /// A file that is not as it was kept, or what the disk says.
    pub async fn file(&self, subject: &Token, id: &Token) -> Result<Option<Vec<u8>>, StoreError> {
        const WRONG: StoreError = StoreError::Unreadable("a file is not as it was kept");
        let keys = self.vault.keys_of([*subject]).await?;
        let Some(key) = keys.into_values().next() else {
            return Ok(None);
        };
        let (_, path) = self.place(subject, Some(id));
        let (subject, id) = (*subject, *id);
        blocking(move || {
            let bytes = match fs::read(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                read => read.map_err(at(&path))?,
            };
            let (commitment, rest) = bytes.split_first_chunk().ok_or(WRONG)?;
            let (nonce, sealed) = rest.split_first_chunk().ok_or(WRONG)?;
            let part = Part {
                subject,
                nonce: *nonce,
                sealed: sealed.to_vec(),
            };
            let opened = key.open(&id, PLACE, &Hash(*commitment), &part);
            Ok(Some(opened.map_err(|_error| WRONG)?.payload))
        })
        .await
    }

    fn place(&self, subject: &Token, id: Option<&Token>) -> (PathBuf, PathBuf) {
        let folder = folder_of(&self.settings.folder, subject);
        let file = folder.join(id.map_or_else(String::new, |id| hex(id)));
        (folder, file)
    }
}

/// Removes the files of subjects that were erased.
pub(crate) fn remove(folder: &std::path::Path, subjects: &[Token]) -> Result<(), StoreError> {
    for subject in subjects {
        let path = folder_of(folder, subject);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done.map_err(at(&path))?,
        }
    }
    Ok(())
}

fn folder_of(folder: &std::path::Path, subject: &Token) -> PathBuf {
    folder.join("files").join(hex(subject))
}

/// Beyond the places of parts, which an event has few of.
const PLACE: u8 = 255;

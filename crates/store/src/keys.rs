//! The folder's own keys, and how a file of keys is written and destroyed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::leaf::Token;
use countersign_ledger::note::{Kind, Signer};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{StoreError, at};

/// Where random bytes come from.
pub type Chance = Arc<dyn Fn(&mut [u8]) -> io::Result<()> + Send + Sync>;

/// 32 bytes that nobody else knows.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// The keys of a folder.
pub(crate) struct Keys {
    root: Secret,
    /// The key of the log, as its file has it.
    log: Zeroizing<String>,
    /// The subject of what the server says of itself; it stands in the log's name.
    pub(crate) server: Token,
}

impl Keys {
    /// Reads the keys of a folder, or makes them; not where something is there that they made.
    pub(crate) fn open(folder: &Path, begun: bool, chance: &Chance) -> Result<Self, StoreError> {
        let place = folder.join("keys");
        make_folder(&place)?;
        let root_path = place.join("root.key");
        let root = match read_text(&root_path)? {
            Some(text) => secret_of(&text).ok_or(StoreError::NoKey(root_path))?,
            None if begun => return Err(StoreError::KeyMissing(root_path)),
            None => {
                let root = random(chance)?;
                let text = Zeroizing::new(hex(&*root) + "\n");
                write_new(&root_path, text.as_bytes())?;
                root
            }
        };
        let log_path = place.join("log.key");
        let no_key = || StoreError::NoKey(log_path.clone());
        let signer = match read_text(&log_path)? {
            Some(text) => Signer::from_secret(&text).map_err(|_error| no_key())?,
            None if begun => return Err(StoreError::KeyMissing(log_path)),
            None => {
                let [token @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *random(chance)?;
                let token: Token = token;
                let name = format!("{NAME}{}", hex(&token));
                let signer = Signer::new(&name, Kind::Log, &*random(chance)?);
                let signer = signer.map_err(|_error| no_key())?;
                write_new(&log_path, signer.secret().as_bytes())?;
                signer
            }
        };
        let verifier = signer.verifier();
        let server = verifier.name().strip_prefix(NAME).and_then(from_hex);
        let server = server.and_then(|token| token.try_into().ok());
        Ok(Self {
            root,
            server: server.ok_or_else(no_key)?,
            log: signer.secret(),
        })
    }

    /// The key that signs the log.
    pub(crate) fn signer(&self) -> Result<Signer, StoreError> {
        let no_key = |_error| StoreError::NoKey("log.key".into());
        Signer::from_secret(&self.log).map_err(no_key)
    }

    /// A key for one purpose, always the same.
    pub(crate) fn secret(&self, purpose: &str) -> Secret {
        derive(&*self.root, &[], &["countersign/server/1/", purpose])
    }

    /// The key of an epoch, which needs the epoch's own bytes and the root.
    pub(crate) fn of_epoch(&self, epoch: u32, bytes: &[u8; 32]) -> Secret {
        let epoch = epoch.to_string();
        derive(bytes, &*self.root, &["countersign/epoch/1/", &epoch])
    }
}

impl core::fmt::Debug for Keys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Keys")
    }
}

/// 32 bytes from a key, for one use (HKDF-SHA256, RFC 5869).
pub(crate) fn derive(key: &[u8], salt: &[u8], info: &[&str]) -> Secret {
    let mut bytes = Zeroizing::new([0; 32]);
    let info: Vec<&[u8]> = info.iter().map(|text| text.as_bytes()).collect();
    // 32 bytes are never too many for HKDF-SHA256, whose limit is 8,160.
    let grown = Hkdf::<Sha256>::new(Some(salt), key).expand_multi_info(&info, &mut *bytes);
    debug_assert!(grown.is_ok(), "{grown:?}");
    bytes
}

/// 32 random bytes.
pub(crate) fn random(chance: &Chance) -> Result<Secret, StoreError> {
    let mut bytes = Zeroizing::new([0; 32]);
    chance(&mut *bytes).map_err(StoreError::Chance)?;
    Ok(bytes)
}

/// The bytes of a line of hexadecimal digits.
pub(crate) fn secret_of(text: &str) -> Option<Secret> {
    let bytes = Zeroizing::new(from_hex(text.strip_suffix('\n')?)?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

/// What a file says; none if it is not there.
pub(crate) fn read_text(path: &Path) -> Result<Option<Zeroizing<String>>, StoreError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => Ok(Some(Zeroizing::new(other.map_err(at(path))?))),
    }
}

/// A folder that only its owner reads.
pub(crate) fn make_folder(path: &Path) -> Result<(), StoreError> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(at(path))?;
    // A folder that a power cut takes away takes the files in it along.
    match path.canonicalize().map_err(at(path))?.parent() {
        Some(above) => sync_names(above),
        None => Ok(()),
    }
}

/// Writes a file that only its owner reads: it has its name when it is whole and durable.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let aside = path.with_extension("new");
    let written = || -> io::Result<()> {
        let mut options = File::options();
        options.create(true).truncate(true).write(true).mode(0o600);
        let mut file = options.open(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    written().map_err(at(path))?;
    path.parent().map_or(Ok(()), sync_names)
}

/// Overwrites a file and removes it.
pub(crate) fn destroy(path: &Path) -> Result<(), StoreError> {
    let gone = || -> io::Result<()> {
        let length = usize::try_from(fs::metadata(path)?.len()).map_err(io::Error::other)?;
        let mut file = File::options().write(true).open(path)?;
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        fs::remove_file(path)
    };
    gone().map_err(at(path))?;
    path.parent().map_or(Ok(()), sync_names)
}

fn sync_names(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(at(folder))
}

/// What the name of a server's log begins with.
const NAME: &str = "countersign/server/";

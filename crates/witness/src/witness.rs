//! What a witness remembers of each log, and when it signs.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::disk::{self, Folder};
use countersign_ledger::encoding::from_decimal;
use countersign_ledger::equivocation::Equivocation;
use countersign_ledger::hash::Hash;
use countersign_ledger::note::{Kind, NoteError, Signer, Verifier};
use countersign_ledger::tree;

/// A witness of some logs.
#[derive(Debug)]
pub struct Witness {
    signer: Signer,
    logs: Vec<Verifier>,
    /// One caller at a time: between reading a log's last state and writing the next, another
    /// request could sign a state that it rolls back.
    folder: Mutex<Folder>,
}

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}

impl Answer {
    fn said(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            content_type: TEXT,
            body: body.into(),
        }
    }
}

impl Witness {
    /// A witness with this key, of these logs, that remembers them in this folder.
    ///
    /// # Errors
    /// A folder that can't be written to or that another program has; a key of the wrong kind
    /// ([`io::ErrorKind::InvalidInput`]).
    pub fn open(signer: Signer, logs: Vec<Verifier>, folder: &Path) -> io::Result<Self> {
        let kinds = logs.iter().all(|log| log.kind() == Kind::Log);
        if !kinds || signer.verifier().kind() != Kind::Cosignature {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(Self {
            signer,
            logs,
            folder: Mutex::new(Folder::open(folder, &[])?),
        })
    }

    /// The key that others check with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        self.signer.verifier()
    }

    /// Answers `add-checkpoint`. `now` is seconds since 1970.
    #[must_use]
    pub fn add(&self, body: &[u8], now: u64) -> Answer {
        let Some((old, proof, checkpoint)) = request(body) else {
            return Answer::said(400, "not a request of tlog-witness' add-checkpoint\n");
        };
        let origin = checkpoint.split('\n').next().unwrap_or_default();
        let Some(log) = self.logs.iter().find(|log| log.name() == origin) else {
            return Answer::said(404, "this witness does not know the log\n");
        };
        let (new, mut note) = match Checkpoint::open(checkpoint.as_bytes(), log) {
            Ok(opened) => opened,
            Err(NoteError::Form(what)) => return Answer::said(400, format!("{what}\n")),
            Err(error) => return Answer::said(403, format!("{error}\n")),
        };
        if old > new.size {
            return Answer::said(400, "the old size is larger than the new one\n");
        }
        let Ok(folder) = self.folder.lock() else {
            return Answer::said(500, "an earlier request failed\n");
        };
        let known = match self.known(&folder, log) {
            Ok(known) => known,
            Err(what) => return Answer::said(500, what),
        };
        let (size, root) = known
            .as_ref()
            .map_or((0, Hash::of_nothing()), |(known, _)| {
                (known.size, known.root)
            });
        if old != size {
            return Answer {
                status: 409,
                content_type: "text/x.tlog.size",
                body: format!("{size}\n"),
            };
        }
        if !tree::continues(&proof, (size, &root), (new.size, &new.root)) {
            // Both are signed by the log. Where the proof tells which root the new tree had then,
            // the contradiction can be shown to others: it is kept.
            let (other, proof) = if new.size == size {
                (Some(new.root), Vec::new())
            } else {
                (tree::older(&proof, size, (new.size, &new.root)), proof)
            };
            if let (Some((_, first)), Some(other)) = (known, other) {
                let shown = Equivocation {
                    first,
                    second: checkpoint,
                    root: other,
                    proof,
                };
                let name = format!("{}-equivocation", place(log));
                let kept = disk::replace(&*folder, &name, shown.to_string().as_bytes(), true);
                if kept.is_err() {
                    return Answer::said(500, "the disk did not keep a contradiction\n");
                }
                return Answer::said(422, "the log signed another past of these entries before\n");
            }
            return Answer::said(422, "the proof does not show that the log goes on\n");
        }
        note.cosign(&self.signer, now);
        let lines = note.lines_of(&self.signer.verifier());
        // What is remembered has the log's line and ours, and no others.
        note.keep(&[log, &self.signer.verifier()]);
        let bytes = note.to_string();
        if disk::replace(&*folder, &place(log), bytes.as_bytes(), true).is_err() {
            return Answer::said(500, "the disk did not keep it, so nothing is signed\n");
        }
        Answer::said(200, lines)
    }

    /// The last state that was signed of the log whose name has this hash, as hexadecimal digits.
    ///
    /// # Errors
    /// What the disk says.
    pub fn latest(&self, origin: &str) -> io::Result<Option<String>> {
        if !self.logs.iter().any(|log| place(log) == origin) {
            return Ok(None);
        }
        let folder = self.folder.lock().map_err(|_error| io::ErrorKind::Other)?;
        let bytes = disk::read(&*folder, origin)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// What this witness signed last of a log; what it can't read it must not pass over.
    fn known(
        &self,
        folder: &Folder,
        log: &Verifier,
    ) -> Result<Option<(Checkpoint, String)>, &'static str> {
        const BAD: &str = "what this witness remembers of the log can't be read\n";
        let bytes = disk::read(folder, &place(log)).map_err(|_error| BAD)?;
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let (checkpoint, note) = Checkpoint::open(&bytes, log).map_err(|_error| BAD)?;
        note.verify(&self.signer.verifier()).map_err(|_error| BAD)?;
        Ok(Some((checkpoint, note.to_string())))
    }
}

/// The file of a log's last state.
fn place(log: &Verifier) -> String {
    Hash::of_bytes(log.name().as_bytes()).to_hex()
}

/// Old size, proof, checkpoint.
fn request(body: &[u8]) -> Option<(u64, Vec<Hash>, String)> {
    let (head, checkpoint) = core::str::from_utf8(body).ok()?.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let old = from_decimal(lines.next()?.strip_prefix("old ")?)?;
    let proof: Vec<Hash> = lines.map(Hash::from_base64).collect::<Option<_>>()?;
    (proof.len() <= LONGEST_PROOF).then(|| (old, proof, checkpoint.to_owned()))
}

/// The content type of a note.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
const LONGEST_PROOF: usize = 63;

//! Signed notes (C2SP signed-note): a text, and lines that sign it.
//!
//! Two kinds of signatures are known: a log's over the text, and a witness' `cosignature/v1` over
//! the text and a time (C2SP tlog-cosignature).

use core::fmt;

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::encoding::{base64, from_base64, from_hex, hex};

/// What is wrong with a note or a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// The bytes are no signed note.
    #[error("not a signed note: {0}")]
    Form(&'static str),
    /// A key's text is none.
    #[error("not a verifier key: {0}")]
    Key(&'static str),
    /// A key that is known signed something else.
    #[error("the signature of `{0}` does not fit the text")]
    Wrong(String),
    /// No key that is known signed.
    #[error("no signature by `{0}`")]
    Missing(String),
}

/// A text with its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Line>,
}

/// A signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: String,
    id: [u8; 4],
    signature: Vec<u8>,
}

/// What a key signs, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A log's Ed25519 signature over the text.
    Log,
    /// A witness' Ed25519 signature over a time and the text.
    Cosignature,
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A public key with the name that it signs under.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    key: VerifyingKey,
}

/// A private key with the name that it signs under.
pub struct Signer {
    name: String,
    kind: Kind,
    key: ed25519_dalek::SigningKey,
}

impl Note {
    /// An unsigned text, which must end with a line end and hold no other control character.
    ///
    /// # Errors
    /// A text that can't be signed.
    pub fn new(text: String) -> Result<Self, NoteError> {
        if !text.ends_with('\n') {
            return Err(NoteError::Form("the text does not end with a line end"));
        }
        if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::Form("a control character in it"));
        }
        Ok(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// What is no note, or one that is written in another way than the one there is.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > LONGEST {
            return Err(NoteError::Form("longer than a mebibyte"));
        }
        let all = core::str::from_utf8(bytes)
            .ok()
            .ok_or(NoteError::Form("not UTF-8"))?;
        let end = all
            .rfind("\n\n")
            .ok_or(NoteError::Form("no empty line before the signatures"))?;
        let (text, lines) = all.split_at(end + 1);
        let mut note = Self::new(text.to_owned())?;
        let lines = lines
            .strip_prefix('\n')
            .and_then(|lines| lines.strip_suffix('\n'))
            .ok_or(NoteError::Form("the last line does not end"))?;
        for line in lines.split('\n') {
            if note.signatures.len() == MOST_SIGNATURES {
                return Err(NoteError::Form("more than 64 signatures"));
            }
            note.signatures
                .push(Line::parse(line).ok_or(NoteError::Form("a line that is no signature"))?);
        }
        Ok(note)
    }

    /// The text that is signed, with its last line end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many signature lines there are.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// Signs as a log does.
    pub fn sign(&mut self, signer: &Signer) {
        let signature = signer.key.sign(self.text.as_bytes());
        self.push(signer, signature.to_bytes().to_vec());
    }

    /// Signs as a witness does, at this time, in seconds since 1970.
    pub fn cosign(&mut self, signer: &Signer, time: u64) {
        let signature = signer.key.sign(cosigned(time, &self.text).as_bytes());
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend_from_slice(&signature.to_bytes());
        self.push(signer, bytes);
    }

    fn push(&mut self, signer: &Signer, signature: Vec<u8>) {
        let line = Line {
            name: signer.name.clone(),
            id: signer.verifier().id(),
            signature,
        };
        if !self.signatures.contains(&line) {
            self.signatures.push(line);
        }
    }

    /// Takes over what a witness answered: signature lines, of which only those of its key are
    /// kept.
    ///
    /// # Errors
    /// Lines that are none, or none by this key that fits.
    pub fn take(&mut self, lines: &str, witness: &Verifier) -> Result<(), NoteError> {
        let answered = Self::parse(format!("{}\n{lines}", self.text).as_bytes())?;
        answered.verify(witness)?;
        self.signatures.retain(|line| !line.is_by(witness));
        let lines = answered.signatures.into_iter();
        self.signatures
            .extend(lines.filter(|line| line.is_by(witness)));
        Ok(())
    }

    /// Leaves out the signature lines of all keys but these.
    pub fn keep(&mut self, keys: &[&Verifier]) {
        self.signatures
            .retain(|line| keys.iter().any(|key| line.is_by(key)));
    }

    /// The signature lines of a key.
    #[must_use]
    pub fn lines_of(&self, key: &Verifier) -> String {
        let lines = self.signatures.iter();
        lines
            .filter(|line| line.is_by(key))
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// Checks that this key signed the text: the time of signing, for a witness' key.
    ///
    /// # Errors
    /// No signature by the key, or one that does not fit: then the whole note is to be refused.
    pub fn verify(&self, verifier: &Verifier) -> Result<Option<u64>, NoteError> {
        let wrong = || NoteError::Wrong(verifier.name.clone());
        let mut found = None;
        for line in &self.signatures {
            if !line.is_by(verifier) {
                continue;
            }
            let (time, signature) = match verifier.kind {
                Kind::Log => (None, line.signature.as_slice()),
                Kind::Cosignature => {
                    let (time, signature) = line.signature.split_first_chunk().ok_or_else(wrong)?;
                    (Some(u64::from_be_bytes(*time)), signature)
                }
            };
            let text = match time {
                None => self.text.clone(),
                Some(time) => cosigned(time, &self.text),
            };
            let signature = Signature::from_slice(signature).map_err(|_error| wrong())?;
            verifier
                .key
                .verify_strict(text.as_bytes(), &signature)
                .map_err(|_error| wrong())?;
            found = Some(time);
        }
        found.ok_or_else(|| NoteError::Missing(verifier.name.clone()))
    }

    /// For each signature, in order, which of these keys it names; `None`: none of them.
    #[must_use]
    pub fn signers(&self, known: &[Verifier]) -> Vec<Option<usize>> {
        self.signatures
            .iter()
            .map(|line| known.iter().position(|key| line.is_by(key)))
            .collect()
    }

    /// Names and ids of signatures by keys that are not among these.
    #[must_use]
    pub fn unknown(&self, known: &[Verifier]) -> Vec<String> {
        self.signatures
            .iter()
            .filter(|line| !known.iter().any(|key| line.is_by(key)))
            .map(|line| format!("{}+{}", line.name, hex(&line.id)))
            .collect()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_slice(), &self.signature].concat();
        write!(f, "\u{2014} {} {}", self.name, base64(&bytes))
    }
}

impl Line {
    /// Whether it says that it is this key's.
    fn is_by(&self, key: &Verifier) -> bool {
        self.name == key.name && self.id == key.id()
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = from_base64(signature)?;
        let (id, signature) = bytes.split_first_chunk()?;
        (is_name(name) && !signature.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: *id,
            signature: signature.to_vec(),
        })
    }
}

impl Verifier {
    /// Reads a key as it is written: `name+id+base64`.
    ///
    /// # Errors
    /// What is no key, or one of a kind that is not known.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it has not three parts with `+` between"));
        };
        if !is_name(name) {
            return Err(NoteError::Key("its name is empty or has a space in it"));
        }
        let key = from_base64(key).ok_or(NoteError::Key("its last part is no base64"))?;
        let (kind, key) = match key.split_first() {
            Some((0x01, key)) => (Kind::Log, key),
            Some((0x04, key)) => (Kind::Cosignature, key),
            _ => return Err(NoteError::Key("its kind is not known")),
        };
        let key: &[u8; 32] = key
            .try_into()
            .ok()
            .ok_or(NoteError::Key("it is not 32 bytes long"))?;
        let key = VerifyingKey::from_bytes(key)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or(NoteError::Key("its bytes are no key"))?;
        let found = Self {
            name: name.to_owned(),
            kind,
            key,
        };
        if from_hex(id).as_deref() != Some(&found.id()) {
            return Err(NoteError::Key("its id does not fit its bytes"));
        }
        Ok(found)
    }

    /// The name that it signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// The short id by which signature lines name the key.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new_with_prefix(self.name.as_bytes())
            .chain_update([b'\n', self.kind.byte()])
            .chain_update(self.key.as_bytes())
            .finalize();
        let [a, b, c, d, ..] = hash.0;
        [a, b, c, d]
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), base64(&key))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Signer {
    /// The key that grows from these 32 bytes of chance.
    ///
    /// # Errors
    /// A name that no key may have.
    pub fn new(name: &str, kind: Kind, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Key("its name is empty or has a space in it"));
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            key: ed25519_dalek::SigningKey::from_bytes(seed),
        })
    }

    /// The key that others check with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier {
            name: self.name.clone(),
            kind: self.kind,
            key: self.key.verifying_key(),
        }
    }

    /// The key as a text that only its owner may read.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.key.to_bytes());
        let start = match self.kind {
            Kind::Log => LOG_KEY,
            Kind::Cosignature => WITNESS_KEY,
        };
        Zeroizing::new(format!("{start}{}+{}\n", self.name, base64(&*seed)))
    }

    /// Reads what [`Self::secret`] wrote.
    ///
    /// # Errors
    /// Anything else; the message holds none of it.
    pub fn from_secret(text: &str) -> Result<Self, NoteError> {
        const WRONG: NoteError = NoteError::Key("not a private key that this program wrote");
        let (kind, rest) = match (text.strip_prefix(LOG_KEY), text.strip_prefix(WITNESS_KEY)) {
            (Some(rest), _) => (Kind::Log, rest),
            (None, Some(rest)) => (Kind::Cosignature, rest),
            (None, None) => return Err(WRONG),
        };
        let (name, seed) = rest
            .strip_suffix('\n')
            .and_then(|rest| rest.split_once('+'))
            .ok_or(WRONG)?;
        let seed = Zeroizing::new(from_base64(seed).ok_or(WRONG)?);
        let seed: &[u8; 32] = seed.as_slice().try_into().ok().ok_or(WRONG)?;
        Self::new(name, kind, seed)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

fn is_name(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c == '+' || c.is_control();
    !name.is_empty() && !name.contains(bad)
}

const LOG_KEY: &str = "countersign-log-key+";
const WITNESS_KEY: &str = "countersign-witness-key+";
/// tlog-witness wants at least 16; each is a hash and a check.
const MOST_SIGNATURES: usize = 64;
const LONGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_example_of_the_specification_verifies() {
        let key = Verifier::parse(KEY).unwrap();
        assert_eq!(key.to_string(), KEY);
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(note.to_string(), NOTE);
        assert_eq!(note.verify(&key), Ok(None));
        let other = Note::parse(NOTE.replace("an ex", "no ex").as_bytes()).unwrap();
        assert!(matches!(other.verify(&key), Err(NoteError::Wrong(_))));
    }

    #[test]
    fn a_witness_signs_its_time_with_the_text() {
        let witness = Signer::new("witness.example/w", Kind::Cosignature, &[7; 32]).unwrap();
        let mut note = Note::parse(NOTE.as_bytes()).unwrap();
        note.cosign(&witness, 1_679_315_147);
        note.cosign(&witness, 1_679_315_147);
        assert_eq!(note.signatures(), 2);
        let again = Note::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(again.verify(&witness.verifier()), Ok(Some(1_679_315_147)));
        assert!(again.unknown(&[witness.verifier()])[0].starts_with("example.com/foo+"));
        let log = Signer::new("witness.example/w", Kind::Log, &[7; 32]).unwrap();
        let missing = again.verify(&log.verifier());
        assert!(matches!(missing, Err(NoteError::Missing(_))), "{missing:?}");
    }

    #[test]
    fn a_key_is_kept_and_read_again() {
        // Seeds whose base64 has each of its digits, `+` and `/` among them.
        for seed in (0..=u8::MAX).map(|byte| [byte; 32]) {
            for kind in [Kind::Log, Kind::Cosignature] {
                let key = Signer::new("a/b", kind, &seed).unwrap();
                let again = Signer::from_secret(&key.secret()).unwrap();
                assert_eq!(again.verifier(), key.verifier());
            }
        }
        assert!(Signer::from_secret("countersign-log-key+a+AAAA\n").is_err());
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let line = NOTE.split("\n\n").nth(1).unwrap();
        for bad in [
            String::new(),
            "text\n".to_owned(),
            "text\n\n".to_owned(),
            NOTE.trim_end().to_owned(),
            NOTE.replace("message", "mes\tsage"),
            NOTE.replace("aQM=", "aQN="),
            NOTE.replace("\u{2014}", "-"),
            format!("{NOTE}\n{line}x"),
        ] {
            assert!(Note::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        // Two empty lines: the text ends with the first.
        let note = Note::parse(format!("a\n\nb\n\n{line}").as_bytes()).unwrap();
        assert_eq!(note.text(), "a\n\nb\n");
    }
}

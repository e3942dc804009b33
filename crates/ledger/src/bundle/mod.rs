//! Evidence as one file that a stranger checks: a bag (`BagIt`, RFC 8493) in a zip file.
//!
//! `docs/spec/bundle.md` has the format. Everything in it is written in one way only, so that the
//! check can rebuild and compare: a tool that takes capital digits or stray bits for the same
//! value can't be used to change a bundle unseen.

pub mod entries;
pub mod stamps;
pub mod token;
pub mod verify;
pub mod zip;

use std::fmt::Write as _;

use crate::encoding::base64;
use crate::hash::Hash;
use crate::note::{Note, NoteError, Signer, Verifier};
use zip::Files;

/// The folder that everything in a bundle is in.
pub const FOLDER: &str = "countersign-bundle/";
/// What makes a folder a bag.
pub const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// Names of files that are not evidence themselves, and that the second manifest lists.
pub const TAGS: [&str; 3] = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"];
/// The manifest of the tag files.
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// The signature over the manifest of the tag files, and so over everything.
pub const NOTE: &str = "bundle.note";

/// Packs a bundle: `data` without the folder `data/`, and the lines of `bag-info.txt`.
///
/// Gives the zip file and the digest of the manifest, for the log.
///
/// # Errors
/// What can't be packed.
pub fn pack(data: &Files, info: &str, signer: &Signer) -> Result<(Vec<u8>, Hash), &'static str> {
    let mut bag: Files = data
        .iter()
        .map(|(name, bytes)| (format!("data/{name}"), bytes.clone()))
        .collect();
    let evidence = manifest(
        bag.iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
    );
    bag.insert("manifest-sha256.txt".to_owned(), evidence.into_bytes());
    bag.insert("bagit.txt".to_owned(), BAGIT.into());
    bag.insert("bag-info.txt".to_owned(), info.into());
    let tags = TAGS
        .iter()
        .filter_map(|name| Some((*name, bag.get(*name)?.as_slice())));
    let tags = manifest(tags);
    let digest = Hash::of_bytes(tags.as_bytes());
    let note = sign(&digest, signer).map_err(|_error| "the log's key can't sign")?;
    bag.insert(TAG_MANIFEST.to_owned(), tags.into_bytes());
    bag.insert(NOTE.to_owned(), note.to_string().into_bytes());
    let bag = bag
        .into_iter()
        .map(|(name, bytes)| (format!("{FOLDER}{name}"), bytes));
    Ok((zip::write(&bag.collect())?, digest))
}

/// A log's key as openssl reads it: an Ed25519 key in RFC 8410's envelope.
#[must_use]
pub fn pem(key: &Verifier) -> String {
    const ENVELOPE: [u8; 12] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0,
    ];
    let body = base64(&[&ENVELOPE[..], &key.bytes()].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
}

/// A manifest as `sha256sum` writes it.
fn manifest<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    files.fold(String::new(), |mut text, (name, bytes)| {
        let _ = writeln!(text, "{}  {name}", Hash::of_bytes(bytes).to_hex());
        text
    })
}

/// What the log's key signs of a bundle: which log, and the digest of the manifest.
fn signed_text(origin: &str, digest: &Hash) -> String {
    format!("countersign/bundle/1\n{origin}\n{}\n", digest.to_hex())
}

fn sign(digest: &Hash, signer: &Signer) -> Result<Note, NoteError> {
    let mut note = Note::new(signed_text(signer.verifier().name(), digest))?;
    note.sign(signer);
    Ok(note)
}

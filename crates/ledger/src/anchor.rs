//! The last signed state, kept where whoever puts the log back from a copy does not put it back too.
//!
//! A log alone can't see that it was cut and goes on from an older state. An anchor is another
//! disk, machine or store. It takes a new state only in the place of the one that its caller knows,
//! so two logs that go on from one past can't both go on.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::disk::{self, Folder};
use crate::hash::Hash;

/// A place of the last signed state.
pub trait Anchor: Debug + Send {
    /// The state that stands there; none if none ever did.
    ///
    /// # Errors
    /// The place can't be reached. That is not the same as an empty one.
    fn read(&self) -> io::Result<Option<Vec<u8>>>;

    /// Puts a state in the place of the one that stood there, durably, and says whether it did:
    /// not if another stands there.
    ///
    /// # Errors
    /// The place can't be reached or written to; it may have the new state or the old one then.
    fn swap(&self, from: Option<&[u8]>, to: &[u8]) -> io::Result<bool>;
}

/// An anchor in a folder, one file for each log.
#[derive(Clone, Debug)]
pub struct FolderAnchor {
    folder: PathBuf,
    file: String,
}

impl FolderAnchor {
    /// The anchor of the log with this name, in a folder that is there.
    #[must_use]
    pub fn new(folder: &Path, log: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            file: format!("{}.checkpoint", Hash::of_bytes(log.as_bytes()).to_hex()),
        }
    }

    /// The folder, for this program alone; made only by its owner, since a disk that is not mounted
    /// looks like a folder that is not there.
    fn open(&self) -> io::Result<Folder> {
        if !self.folder.is_dir() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut tries = 0;
        loop {
            match Folder::open(&self.folder, &[]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && tries < TRIES => {
                    tries += 1;
                    thread::sleep(PAUSE);
                }
                other => return other,
            }
        }
    }
}

impl Anchor for FolderAnchor {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        disk::read(&self.open()?, &self.file)
    }

    fn swap(&self, from: Option<&[u8]>, to: &[u8]) -> io::Result<bool> {
        let folder = self.open()?;
        if disk::read(&folder, &self.file)?.as_deref() != from {
            return Ok(false);
        }
        disk::replace(&folder, &self.file, to, true)?;
        Ok(true)
    }
}

/// Another log's turn takes milliseconds.
const PAUSE: Duration = Duration::from_millis(10);
const TRIES: u32 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_what_stands_there_goes_on_from_it() {
        let place = tempfile::tempdir().unwrap();
        let one = FolderAnchor::new(place.path(), "one");
        let other = FolderAnchor::new(place.path(), "other");
        assert_eq!(one.read().unwrap(), None);
        assert!(!one.swap(Some(b"0"), b"1").unwrap());
        assert!(one.swap(None, b"1").unwrap());
        assert!(!one.swap(None, b"2").unwrap());
        assert!(one.swap(Some(b"1"), b"2").unwrap());
        assert!(!one.swap(Some(b"1"), b"3").unwrap());
        assert_eq!(one.read().unwrap().as_deref(), Some(&b"2"[..]));
        assert_eq!(other.read().unwrap(), None);
        let gone = FolderAnchor::new(&place.path().join("gone"), "one");
        assert_eq!(gone.read().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(gone.swap(None, b"1").is_err());
    }

    #[test]
    fn of_many_who_go_on_from_the_same_state_one_does() {
        let place = tempfile::tempdir().unwrap();
        let anchor = FolderAnchor::new(place.path(), "one");
        for round in 0..20_u8 {
            let from = anchor.read().unwrap();
            let swapped: usize = thread::scope(|scope| {
                let race = |number: u8| {
                    let (anchor, from) = (&anchor, from.as_deref());
                    scope.spawn(move || anchor.swap(from, &[round, number]).unwrap())
                };
                let racers: Vec<_> = (0..8).map(race).collect();
                let racers = racers.into_iter();
                racers.map(|racer| usize::from(racer.join().unwrap())).sum()
            });
            assert_eq!(swapped, 1);
        }
    }
}

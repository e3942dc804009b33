//! The case folder: settings fixed at the first run with reports, every run counted, pseudonyms.

pub(crate) mod anchor;
pub(crate) mod erasure;
pub(crate) mod folder;
pub(crate) mod index;
pub(crate) mod ledger;
pub(crate) mod pseudonyms;
pub(crate) mod spill;
pub(crate) mod stamps;
pub(crate) mod witnesses;

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// A file without a name in this folder: whatever happens, nothing of it is left.
fn nameless(folder: &Path) -> io::Result<File> {
    let path = folder.join(format!(".index-{}", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// Maps a file that nobody else can reach.
#[expect(
    unsafe_code,
    reason = "mapping is the one thing that std cannot do; see docs/adr/0004"
)]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the file has no name and this process has the only handle to it, so that nobody can
    // change or cut it while it is mapped.
    unsafe { Mmap::map(file) }
}

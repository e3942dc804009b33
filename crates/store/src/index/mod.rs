//! The exposure index on disk: views sorted by region on their way in, columns mapped at the end.

mod kept;
mod mapped;
mod spill;

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

pub use kept::{build_kept, open_kept};
pub use mapped::{IndexError, MappedIndex, build};
pub use spill::Spill;

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

/// Maps a file that nobody else changes.
#[expect(
    unsafe_code,
    reason = "mapping is the one thing that std cannot do; see docs/adr/0004"
)]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: either the file has no name and this process has the only handle to it; or it is one
    // of `kept`: nobody but its owner may write into it, no program of ours opens it for writing once
    // it has its name, and the folder it is in is locked. Nobody changes or cuts it while it is mapped.
    unsafe { Mmap::map(file) }
}

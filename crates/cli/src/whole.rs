//! Files that take their name when they are whole, and are gone if they never are.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A file under another name, which it loses by [`Self::keep`] or altogether.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: BufWriter<File>,
    path: PathBuf,
    target: PathBuf,
}

impl Unfinished {
    /// Begins the file that is to stand at `target`, readable as `mode` says.
    ///
    /// # Errors
    /// A folder that can't be written to.
    pub(crate) fn new(target: &Path, mode: u32) -> Result<Self> {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let path = target.with_file_name(name);
        let file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(mode)
            .open(&path)
            .with_context(|| format!("writing `{}`", target.display()))?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 20, file),
            path,
            target: target.to_owned(),
        })
    }

    /// Syncs the file and gives it its name.
    ///
    /// # Errors
    /// A disk that is full or fails; what stood at the target is still there.
    pub(crate) fn keep(mut self) -> Result<()> {
        let mut kept = || -> io::Result<()> {
            self.file.flush()?;
            self.file.get_ref().sync_all()?;
            fs::rename(&self.path, &self.target)
        };
        kept().with_context(|| format!("writing `{}`", self.target.display()))
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Once it is kept there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes a whole file at once.
///
/// # Errors
/// Those of [`Unfinished`].
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let mut file = Unfinished::new(path, mode)?;
    file.write_all(bytes)
        .with_context(|| format!("writing `{}`", path.display()))?;
    file.keep()
}

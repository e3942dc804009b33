//! The storage under the log, so that a test can put one there that fails.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A folder of files. Names may have one `/` in them.
pub trait Disk: Debug + Send + Sync {
    /// Opens a file that is there, to read and write.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`], or what the system says.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Makes a file, or empties the one that is there.
    ///
    /// # Errors
    /// What the system says.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name, in the place of a file that had it.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Names of the files in a folder, in order, without the folder's name.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Makes names durable: files that were made, renamed or removed in this folder.
    ///
    /// # Errors
    /// What the system says.
    fn sync_names(&self, folder: &str) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Its length.
    ///
    /// # Errors
    /// What the system says.
    fn len(&self) -> io::Result<u64>;

    /// Fills the buffer from this offset on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] behind the end, or what the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all bytes from this offset on.
    ///
    /// # Errors
    /// What the system says; some of the bytes may be written then.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes durable what was written.
    ///
    /// # Errors
    /// What the system says. Nothing is known of what was written since the last call then.
    fn sync(&self) -> io::Result<()>;

    /// Whether the file is empty.
    ///
    /// # Errors
    /// What the system says.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// A real folder, locked against a second program.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens the folder, or makes it with these folders in it.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] while another program has it, or what the system says.
    pub fn open(path: &Path, folders: &[&str]) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        for folder in folders {
            fs::create_dir_all(path.join(folder))?;
        }
        // A folder that a power cut takes away takes the files in it along.
        File::open(path)?.sync_all()?;
        if let Some(above) = path.canonicalize()?.parent() {
            File::open(above)?.sync_all()?;
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(MODE)
            .open(path.join(".lock"))?;
        lock.try_lock().map_err(io::Error::from)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }
}

impl Disk for Folder {
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut options = File::options();
        let file = options.read(true).write(true).open(self.path.join(name))?;
        Ok(Box::new(Real(file)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(MODE)
            .open(self.path.join(name))?;
        Ok(Box::new(Real(file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let names = fs::read_dir(self.path.join(folder))?;
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name());
        let mut names: Vec<_> = names.map(name).collect::<io::Result<_>>()?;
        names.sort();
        Ok(names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .collect())
    }

    fn sync_names(&self, folder: &str) -> io::Result<()> {
        File::open(self.path.join(folder))?.sync_all()
    }
}

#[derive(Debug)]
struct Real(File);

impl DiskFile for Real {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Writes a whole file under a name, in the place of one that has it; durably if asked.
///
/// # Errors
/// What the disk says.
pub fn replace(disk: &dyn Disk, name: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
    let unfinished = format!("{name}.new");
    let file = disk.create(&unfinished)?;
    file.write_at(bytes, 0)?;
    if durable {
        file.sync()?;
    }
    disk.rename(&unfinished, name)?;
    if durable {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        disk.sync_names(folder)?;
    }
    Ok(())
}

/// Reads a whole file; none if it is not there.
///
/// # Errors
/// What the disk says.
pub fn read(disk: &dyn Disk, name: &str) -> io::Result<Option<Vec<u8>>> {
    let file = match disk.open(name) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_at(&mut bytes, 0)?;
    Ok(Some(bytes))
}

/// Readable by the owner's group, as the rest of a case.
const MODE: u32 = 0o640;

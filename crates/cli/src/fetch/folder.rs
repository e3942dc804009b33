//! What was fetched, page by page: a crash loses the page that was under way and nothing else.
//!
//! `fetch.json` says how many bytes of each file are complete and where to go on. Rows are written
//! and synced first, the state after them; what stands behind the stated length is cut at the next
//! start.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::whole;
use crate::wrong::Wrong;

/// From which desk, what is fetched, and how far it is; `fetch.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    format: String,
    from: Origin,
    files: Vec<Progress>,
}

/// From which desk, and what of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Origin {
    /// The product.
    pub(crate) product: String,
    /// Its address.
    pub(crate) url: String,
    /// The tag or queue whose tickets are fetched with their words.
    pub(crate) tagged: Option<String>,
}

/// How far a file is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    file: String,
    rows: u64,
    bytes: u64,
    /// Where the next page begins, in the product's own words.
    cursor: Option<String>,
    done: bool,
}

/// A folder of what was fetched, locked against a second program.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    state: State,
    _lock: File,
}

impl Folder {
    /// Opens the folder, or makes it; one of another desk is refused.
    ///
    /// # Errors
    /// A folder that can't be written to, or that holds something else.
    pub(crate) fn open(path: &Path, from: &Origin) -> Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("making the folder `{}`", path.display()))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(".lock"))
            .with_context(|| format!("`{}` can't be written to", path.display()))?;
        if lock.try_lock().is_err() {
            bail!(
                "`{}` is in use by another run of countersign",
                path.display()
            );
        }
        let file = path.join(STATE);
        let state = match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("reading `{}`", file.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => State {
                format: FORMAT.to_owned(),
                from: from.clone(),
                files: Vec::new(),
            },
            Err(error) => {
                return Err(error).with_context(|| format!("reading `{}`", file.display()));
            }
        };
        if state.format != FORMAT || state.from != *from {
            return Err(Wrong::usage(
                &format!(
                    "`{}` holds what was fetched from {} ({}){}",
                    path.display(),
                    state.from.url,
                    state.from.product,
                    state
                        .from
                        .tagged
                        .map_or_else(String::new, |tagged| format!(", tagged `{tagged}`")),
                ),
                "name another folder with `--out`, or the same desk and tag",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            state,
            _lock: lock,
        })
    }

    /// Whether a file is complete, and still as long as it was then.
    pub(crate) fn is_done(&self, file: &str) -> bool {
        self.progress(file).is_some_and(|progress| {
            let length = fs::metadata(self.at(file)).map(|data| data.len());
            progress.done && length.is_ok_and(|length| length == progress.bytes)
        })
    }

    /// Rows of a file so far.
    pub(crate) fn rows(&self, file: &str) -> u64 {
        self.progress(file).map_or(0, |progress| progress.rows)
    }

    /// Where a file is.
    pub(crate) fn at(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// Goes on with a file where the last complete page ended.
    ///
    /// # Errors
    /// A file that can't be written to, or that lost something since.
    pub(crate) fn go_on(&mut self, file: &str) -> Result<Pages<'_>> {
        let path = self.path.join(file);
        let writing = || format!("`{}` can't be written to", path.display());
        let known = self.state.files.iter().position(|known| known.file == file);
        let place = match known {
            Some(place) => place,
            None => {
                self.state.files.push(Progress {
                    file: file.to_owned(),
                    ..Progress::default()
                });
                self.state.files.len() - 1
            }
        };
        let bytes = self.state.files.get(place).map_or(0, |known| known.bytes);
        let mut open = File::options();
        open.read(true).write(true).mode(0o600);
        // A file that is not known here is somebody else's, perhaps the log that was copied first.
        let rows = if bytes == 0 && known.is_none() {
            open.create_new(true).open(&path)
        } else {
            open.open(&path)
        };
        let mut rows = match rows {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(Wrong::usage(
                    &format!(
                        "`{}` is there already, and not from `fetch`",
                        path.display()
                    ),
                    "name another folder with `--out`",
                ));
            }
            rows => rows.with_context(writing)?,
        };
        rows.set_permissions(fs::Permissions::from_mode(0o600))
            .with_context(writing)?;
        let length = rows.metadata()?.len();
        if length < bytes {
            bail!(
                "`{}` is shorter than `{STATE}` says; fetch again into another folder",
                path.display()
            );
        }
        rows.set_len(bytes)?;
        rows.seek(SeekFrom::End(0))?;
        // Known from here on: a file without a page yet is ours at the next start as well.
        self.save()?;
        Ok(Pages {
            folder: self,
            place,
            rows,
        })
    }

    fn progress(&self, file: &str) -> Option<&Progress> {
        self.state.files.iter().find(|known| known.file == file)
    }

    /// Writes the state under another name and renames it.
    fn save(&self) -> Result<()> {
        let file = self.path.join(STATE);
        let mut text = serde_json::to_vec_pretty(&self.state)?;
        text.push(b'\n');
        whole::write(&file, &text, 0o600)?;
        let saving = || format!("writing `{}`", file.display());
        File::open(&self.path)?.sync_all().with_context(saving)
    }
}

/// A file of the folder that grows by pages.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    folder: &'a mut Folder,
    place: usize,
    rows: File,
}

impl Pages<'_> {
    /// Where the next page begins.
    pub(crate) fn cursor(&self) -> Option<String> {
        self.folder.state.files.get(self.place)?.cursor.clone()
    }

    /// Adds a page; `next` is where the one after it begins, `None` = it was the last.
    ///
    /// # Errors
    /// A file that can't be written to; the page is then fetched again.
    pub(crate) fn add(&mut self, page: &[Value], next: Option<String>) -> Result<()> {
        let writing = "writing what was fetched";
        let mut bytes = 0;
        let mut out = BufWriter::new(&mut self.rows);
        for row in page {
            let mut line = serde_json::to_vec(row)?;
            line.push(b'\n');
            bytes += line.len() as u64;
            out.write_all(&line).context(writing)?;
        }
        out.flush().context(writing)?;
        drop(out);
        self.rows.sync_data().context(writing)?;
        if let Some(progress) = self.folder.state.files.get_mut(self.place) {
            progress.rows += page.len() as u64;
            progress.bytes += bytes;
            progress.done = next.is_none();
            progress.cursor = next;
        }
        self.folder.save()
    }
}

const STATE: &str = "fetch.json";
const FORMAT: &str = "countersign/fetch/1";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn origin() -> Origin {
        Origin {
            product: "rt".to_owned(),
            url: "https://desk.example".to_owned(),
            tagged: None,
        }
    }

    #[test]
    fn what_was_half_written_is_fetched_again() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(place.path(), &origin()).unwrap();
        let mut pages = folder.go_on("tickets.jsonl").unwrap();
        pages
            .add(&[json!({"id": 1})], Some("2".to_owned()))
            .unwrap();
        drop(folder);
        let path = place.path().join("tickets.jsonl");
        let mut torn = fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"id\":2}\n{\"id\"");
        fs::write(&path, torn).unwrap();
        let mut folder = Folder::open(place.path(), &origin()).unwrap();
        let mut pages = folder.go_on("tickets.jsonl").unwrap();
        assert_eq!(pages.cursor().as_deref(), Some("2"));
        pages.add(&[json!({"id": 2})], None).unwrap();
        assert!(folder.is_done("tickets.jsonl"));
        assert_eq!(folder.rows("tickets.jsonl"), 2);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"id\":1}\n{\"id\":2}\n"
        );
    }

    #[test]
    fn two_desks_do_not_share_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(place.path(), &origin()).unwrap();
        let mut pages = folder.go_on("a").unwrap();
        pages.add(&[], Some("next".to_owned())).unwrap();
        assert!(Folder::open(place.path(), &origin()).is_err(), "locked");
        drop(folder);
        let other = Origin {
            url: "https://other.example".to_owned(),
            ..origin()
        };
        assert!(Folder::open(place.path(), &other).is_err());
        assert!(Folder::open(place.path(), &origin()).is_ok());
    }
}

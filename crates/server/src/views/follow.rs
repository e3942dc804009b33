//! Logs that are followed: lines are taken as they are written, each once, and how far a file was
//! read is on record with them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use countersign_core::record::{Source, Through};
use countersign_import::{self as import, Did, ImportError, Line, Options, Silent};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::{Batch, ViewsError};
use crate::app::App;
use crate::desk;

/// A log that is followed.
#[derive(Debug)]
struct Followed {
    path: PathBuf,
    source: Source,
    /// Where lines are put for the import, which reads files.
    scratch: PathBuf,
    open: Option<File>,
    through: Through,
}

/// Lines that were read, and how far that is.
struct Piece {
    lines: Vec<Line>,
    refused: u64,
    through: Through,
    /// Whether there may be more at once.
    more: bool,
}

/// Follows one log until it is told to stop.
pub(crate) async fn follow(app: App, number: usize, mut stop: watch::Receiver<bool>) {
    let Some(path) = app.config().desk.follow.get(number).cloned() else {
        return;
    };
    let source = Source::File(path.display().to_string());
    let kind = path
        .extension()
        .map_or("log".into(), |kind| kind.to_owned());
    let mut scratch = app.folder().join(format!(".follow-{number}"));
    scratch.set_extension(kind);
    let through = app.sources().of(&source).through.unwrap_or_default();
    let mut followed = Some(Followed {
        path,
        source,
        scratch,
        open: None,
        through,
    });
    while let Some(this) = followed.take() {
        let (this, pause) = step(&app, this).await;
        followed = this;
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Reads on, and puts what was read on record. Gives nothing back if the thread was lost.
async fn step(app: &App, mut followed: Followed) -> (Option<Followed>, Duration) {
    let source = followed.source.clone();
    let options = desk::options(&app.config().desk, app.second());
    let read = tokio::task::spawn_blocking(move || {
        let read = match options {
            Ok(options) => followed.read(&options),
            Err(error) => Err(error.to_string()),
        };
        (followed, read)
    });
    let Ok((mut followed, read)) = read.await else {
        app.sources()
            .trouble(&source, Some("reading it broke off".to_owned()));
        return (None, PAUSE);
    };
    let piece = match read {
        Ok(piece) => piece,
        Err(what) => {
            if app.sources().trouble(&source, Some(what.clone())) {
                tracing::error!(what, "a log can't be followed; it is tried again");
            }
            return (Some(followed), PAUSE);
        }
    };
    app.sources().trouble(&source, None);
    let Some(piece) = piece else {
        return (Some(followed), PAUSE);
    };
    if app.judge().is_behind() {
        return (Some(followed), PAUSE);
    }
    let took = app.views().take(Batch {
        source: source.clone(),
        through: Some(piece.through),
        by: None,
        lines: piece.lines,
    });
    match took.await {
        Ok(_) => {
            app.sources().refused(&source, piece.refused);
            followed.through = piece.through;
            let pause = if piece.more { Duration::ZERO } else { PAUSE };
            (Some(followed), pause)
        }
        Err(ViewsError::Behind) => (Some(followed), PAUSE),
        Err(error) => {
            app.sources().trouble(&source, Some(error.to_string()));
            (Some(followed), PAUSE)
        }
    }
}

impl Followed {
    /// Whole lines behind those that were read; none if there are none yet.
    fn read(&mut self, options: &Options) -> Result<Option<Piece>, String> {
        let wrong = |error: io::Error| format!("{}: {error}", self.path.display());
        if matches!(self.path.extension(), Some(kind) if kind == "gz" || kind == "zst" || kind == "parquet")
        {
            return Err("a packed file can’t be followed: follow the log itself".to_owned());
        }
        let now = File::open(&self.path).map_err(wrong)?;
        let number = now.metadata().map_err(wrong)?.ino();
        if self.open.is_none() && self.through.number != 0 && self.through.number != number {
            // It was given another name while nobody looked: the rest of it comes first.
            self.open = named_anew(&self.path, self.through.number);
        }
        if let Some(open) = &self.open
            && open.metadata().map_err(wrong)?.ino() != number
        {
            if let Some(piece) = self.piece(open, options)? {
                return Ok(Some(piece));
            }
            self.through = Through::default();
        }
        let piece = self.piece(&now, options);
        self.open = Some(now);
        piece
    }

    /// The next piece of a file.
    fn piece(&self, file: &File, options: &Options) -> Result<Option<Piece>, String> {
        let wrong = |error: io::Error| format!("{}: {error}", self.path.display());
        let metadata = file.metadata().map_err(wrong)?;
        let before = &self.through;
        let is_same = before.number == metadata.ino()
            && metadata.len() >= before.offset
            && head(file, before.head).map_err(wrong)? == before.digest;
        // One that was emptied begins anew; what comes twice is known.
        let from = if is_same { before.offset } else { 0 };
        let left = metadata.len().saturating_sub(from).min(MOST);
        let mut bytes = vec![0; usize::try_from(left).unwrap_or(0)];
        file.read_exact_at(&mut bytes, from).map_err(wrong)?;
        let is_full = left == MOST;
        let whole = match memchr::memrchr(b'\n', &bytes) {
            Some(last) => last + 1,
            // A line as long as this is none.
            None if is_full => bytes.len(),
            None => return Ok(None),
        };
        bytes.truncate(whole);
        let end = from + whole as u64;
        let length = u32::try_from(end.min(HEAD)).unwrap_or(0);
        let through = Through {
            offset: end,
            number: metadata.ino(),
            head: length,
            digest: head(file, length).map_err(wrong)?,
        };
        let mut heading = Vec::new();
        if from > 0 && self.path.extension().is_some_and(|kind| kind == "csv") {
            heading = first_line(file).map_err(wrong)?;
        }
        let (lines, refused) = self.lines(&heading, &bytes, options)?;
        Ok(Some(Piece {
            lines,
            refused,
            through,
            more: end < metadata.len(),
        }))
    }

    /// What the lines tell, as the import reads them.
    fn lines(
        &self,
        heading: &[u8],
        bytes: &[u8],
        options: &Options,
    ) -> Result<(Vec<Line>, u64), String> {
        let wrong = |error: io::Error| format!("{}: {error}", self.scratch.display());
        let mut options = options.clone();
        // Bad rows are counted; a mapping may be for other files.
        options.allow_rejects = 1.0;
        options.unmatched_rules = import::UnmatchedRules::Allow;
        put(&self.scratch, heading, bytes).map_err(wrong)?;
        let told = told(&self.scratch, &options);
        fs::remove_file(&self.scratch).map_err(wrong)?;
        told.map_err(|error| {
            // The operator knows the log, and not the piece of it.
            let here = self.scratch.display().to_string();
            error
                .to_string()
                .replace(&here, &self.path.display().to_string())
        })
    }
}

fn told(scratch: &Path, options: &Options) -> Result<(Vec<Line>, u64), ImportError> {
    let sources = import::Sources {
        events: vec![scratch.to_owned()],
        ..import::Sources::default()
    };
    let changes = options.changes == import::Changes::AcceptAsViews;
    let never = AtomicBool::new(false);
    let mut open = import::open(&sources, options, &Silent, &never)?;
    let mut lines = Vec::new();
    let told = open.told(&mut |told| {
        if told.did != Did::Change || changes {
            lines.push(Line {
                second: told.second,
                account: told.actor.to_owned(),
                customer: told.customer.to_owned(),
                ticket: told.ticket.to_owned(),
                did: told.did,
                id: None,
            });
        }
        Ok(())
    });
    let refused = open.rejected().len() as u64;
    match told {
        // Lines that show no record to anybody, and changes, are no views.
        Ok(()) | Err(ImportError::NoEvents | ImportError::ChangesOnly) => Ok((lines, refused)),
        Err(error) => Err(error),
    }
}

fn put(path: &Path, heading: &[u8], bytes: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(heading)?;
    file.write_all(bytes)
}

/// The first eight bytes of the SHA-256 of a file's beginning.
fn head(file: &File, length: u32) -> io::Result<u64> {
    let mut bytes = vec![0; length as usize];
    match file.read_exact_at(&mut bytes, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
        other => other?,
    }
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(&bytes).into();
    Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

fn first_line(file: &File) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len().min(1 << 16);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact_at(&mut bytes, 0)?;
    let end = memchr::memchr(b'\n', &bytes).map_or(0, |end| end + 1);
    bytes.truncate(end);
    Ok(bytes)
}

/// The file of this number beside a log, whatever it is called now.
fn named_anew(path: &Path, number: u64) -> Option<File> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let mut same = entries.flatten().filter(|entry| {
        let metadata = entry.metadata();
        metadata.is_ok_and(|metadata| metadata.is_file() && metadata.ino() == number)
    });
    File::open(same.next()?.path()).ok()
}

/// Between two looks at a log that said nothing more.
const PAUSE: Duration = Duration::from_millis(500);
/// Bytes that are read at once.
const MOST: u64 = 1 << 20;
/// Bytes that tell one file from another.
const HEAD: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::time::Second;

    fn followed(folder: &Path, name: &str) -> Followed {
        Followed {
            path: folder.join(name),
            source: Source::File(name.to_owned()),
            scratch: folder.join(format!(".follow-0.{}", name.rsplit('.').next().unwrap())),
            open: None,
            through: Through::default(),
        }
    }

    /// Reads all there is; gives the tickets.
    fn tickets(followed: &mut Followed) -> Vec<String> {
        let options = Options::new(Second::from_unix(1_900_000_000).unwrap());
        let mut tickets = Vec::new();
        while let Some(piece) = followed.read(&options).unwrap() {
            tickets.extend(piece.lines.into_iter().map(|line| line.ticket));
            followed.through = piece.through;
        }
        tickets
    }

    fn append(path: &Path, text: &str) {
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn csv(ticket: u32) -> String {
        format!("2026-03-01T09:{:02}:00Z,ann,T-{ticket}\n", ticket % 60)
    }

    #[test]
    fn lines_are_told_once_through_renaming_emptying_and_new_starts() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = followed(folder.path(), "views.csv");
        let path = log.path.clone();
        append(
            &path,
            &format!("time,actor,ticket\n{}{}", csv(1), &csv(2)[..9]),
        );
        assert_eq!(tickets(&mut log), ["T-1"]);
        // The rest of a line, and a bad one.
        append(&path, &csv(2)[9..]);
        append(&path, "rubbish\n");
        assert_eq!(tickets(&mut log), ["T-2"]);
        // Renamed, with a line that came before nobody wrote to it any more.
        append(&path, &csv(3));
        fs::rename(&path, folder.path().join("views.csv.1")).unwrap();
        append(&path, &format!("time,actor,ticket\n{}", csv(4)));
        assert_eq!(tickets(&mut log), ["T-3", "T-4"]);
        // The same while no server ran.
        append(&path, &csv(5));
        fs::rename(&path, folder.path().join("views.csv.2")).unwrap();
        append(&path, &format!("time,actor,ticket\n{}", csv(6)));
        let through = log.through;
        let mut log = followed(folder.path(), "views.csv");
        log.through = through;
        assert_eq!(tickets(&mut log), ["T-5", "T-6"]);
        // Emptied and filled beyond where it was read to.
        let text: String = (10..90).map(csv).collect();
        fs::write(
            &path,
            format!("time,actor,ticket,more\n{}", text.replace('\n', ",\n")),
        )
        .unwrap();
        assert_eq!(tickets(&mut log).len(), 80);
        assert_eq!(tickets(&mut log).len(), 0);
        assert!(!log.scratch.exists());
    }

    #[test]
    fn a_web_servers_log_is_followed_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = followed(folder.path(), "access.log");
        let line = |ticket: u32| {
            format!(
                "10.0.0.7 - ann [10/Oct/2019:13:55:36 +0000] \"GET /Ticket/Display.html?id={ticket} HTTP/1.1\" 200 2326 \"-\" \"Mozilla\"\n"
            )
        };
        append(&log.path, &line(4711));
        assert_eq!(tickets(&mut log), ["4711"]);
        append(
            &log.path,
            &line(4712).replace("/Ticket/Display.html?id=4712", "/static/x.png"),
        );
        assert_eq!(tickets(&mut log), [""; 0]);
        append(&log.path, &line(4713));
        assert_eq!(tickets(&mut log), ["4713"]);
    }
}

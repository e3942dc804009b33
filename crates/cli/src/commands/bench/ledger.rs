//! `countersign bench ledger`: how fast the ledger takes entries, starts, proves and is checked.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use countersign_core::ledger;
use countersign_ledger::audit::audit;
use countersign_ledger::bundle::entries::{self, Shown};
use countersign_ledger::bundle::zip::Files;
use countersign_ledger::bundle::{self, pack, verify};
use countersign_ledger::disk::Folder;
use countersign_ledger::hash::Hash;
use countersign_ledger::journal;
use countersign_ledger::leaf::{EventId, Leaf, NOBODY, Token, event_id, old_event_id};
use countersign_ledger::log::{Append, Log, Settings};
use countersign_ledger::mark;
use countersign_ledger::note::{Kind, Signer};
use countersign_ledger::policy::Policy;
use countersign_ledger::seal::SubjectKey;
use countersign_ledger::sequencer::Sequencer;

use super::figures::{Figures, Shape, gigabytes, millions};
use super::machine::{peak_memory, timed};
use crate::clock;

const CLIENTS: u64 = 64;
/// Events of one import's batch.
const BATCH: u16 = 4096;
/// Entries of a large bundle: the customers of the incident.
const SHOWN: u64 = 68_000;
const SETTINGS: Settings = Settings {
    segment_length: 256 << 20,
    remembered: 48 * 60 * 60 * 1000,
    marks: Some(100_000),
};
/// What an event says, about as long as a view of a record is.
const PAYLOAD: &str =
    r#"{"at":"2026-01-01T00:00:00Z","ticket":"T-100000","action":"view","source":"desk"}"#;

/// Measures a ledger of so many entries in a folder of its own.
///
/// # Errors
/// A folder that can't be written to, or that holds a ledger already.
pub(super) fn run(count: u64, dir: &Path, shape: Shape, cancel: &AtomicBool) -> Result<()> {
    if dir.exists() {
        bail!(
            "`{}` is there already: remove it, or name another folder",
            dir.display()
        );
    }
    let about =
        format!("`countersign bench ledger --entries {count}`: leaf and one sealed part each");
    let mut figures = Figures::new(&about, shape);
    let done = measure(count, dir, &mut figures, cancel);
    fs::remove_dir_all(dir).with_context(|| format!("removing `{}`", dir.display()))?;
    done?;
    figures.print()
}

fn measure(count: u64, dir: &Path, figures: &mut Figures, cancel: &AtomicBool) -> Result<()> {
    live(
        &dir.join("live"),
        (count / 5).clamp(CLIENTS, 200_000),
        figures,
    )?;
    let place = dir.join("import");
    import(open(&place)?, count, figures, cancel)?;
    let (log, took) = timed(|| open(&place));
    let entries = format!("{} entries", millions(count as f64));
    figures.add(
        "start, from the last mark",
        Some(took),
        &entries,
        "≤ 1 s at 100 M",
    );
    let log = log?;
    audited(&log, figures)?;
    let mut log = started_anew(&place, log, figures)?;
    large_bundle(&mut log, dir, figures)?;
    let peak = peak_memory().map_or_else(|| "unknown".to_owned(), gigabytes);
    figures.add("most memory in use", None, &peak, "");
    Ok(())
}

fn open(place: &Path) -> Result<Log> {
    let signer = Signer::new("bench.example/log", Kind::Log, &[1; 32])?;
    let disk = Folder::open(place, &[journal::FOLDER])?;
    Ok(Log::open(Arc::new(disk), signer, SETTINGS)?)
}

/// The whole log read again, as a stranger would.
fn audited(log: &Log, figures: &mut Figures) -> Result<()> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (found, took) = timed(|| audit(log.served(), log.size(), threads, |_| Ok(())));
    let found = found?;
    let signed = log.holds(log.checkpoint().to_string().as_bytes(), "its checkpoint")?;
    if found.root != signed.root {
        bail!("the audit found another root than the signed one");
    }
    let rate = log.size() as f64 / took.wall;
    figures.add(
        "every leaf hashed again, and the order of each subject's",
        Some(took),
        &format!("{} entries/s", millions(rate)),
        "100 M in ≤ 120 s: 0.83 M/s",
    );
    let (all, took) = timed(|| log.heads(&token(0)));
    figures.add(
        "root over all subjects, and the proof of one",
        Some(took),
        &format!("{} subjects", millions(all?.0.count as f64)),
        "",
    );
    Ok(())
}

/// A start behind whose last mark almost as many entries came as there are between two, and one
/// that has no mark.
fn started_anew(place: &Path, mut log: Log, figures: &mut Figures) -> Result<Log> {
    let now = clock::milliseconds();
    let first = 1 << 62;
    let tail = SETTINGS.marks.unwrap_or_default() - 1;
    for start in (first..first + tail).step_by(usize::from(BATCH)) {
        let numbers = start..(start + u64::from(BATCH)).min(first + tail);
        let events = numbers.map(|number| event(number, now));
        let events = events.collect::<Result<_>>()?;
        log.append(&[events], now).pop().context("no answer")??;
    }
    let size = log.size();
    drop(log);
    let (log, took) = timed(|| open(place));
    let behind = format!("{tail} entries behind the mark");
    figures.add("start after a kill", Some(took), &behind, "≤ 1 s at 100 M");
    drop(log?);
    fs::remove_file(place.join(mark::FILE)).context("removing the mark")?;
    let (log, took) = timed(|| open(place));
    figures.add(
        "start without a mark: the whole journal read and checked",
        Some(took),
        &format!("{} entries/s", millions(size as f64 / took.wall)),
        "",
    );
    log
}

/// The name of one of many subjects, which looks like chance.
fn token(number: u64) -> Token {
    let digest = Hash::of_bytes(&(number % SUBJECTS).to_be_bytes());
    let [token, _] = digest.0.as_chunks::<16>().0 else {
        return NOBODY;
    };
    *token
}

/// A view by somebody just now.
fn event(number: u64, now: u64) -> Result<Append> {
    told(event_id(now, chance(number)), number, VIEW, PAYLOAD)
}

/// A view that an old log tells of.
fn old_event(number: u64, now: u64) -> Result<Append> {
    told(old_event_id(now, chance(number)), number, VIEW, PAYLOAD)
}

fn chance(number: u64) -> [u8; 10] {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&number.to_be_bytes());
    // The first two bits of what follows are the version's.
    chance[1] = u8::try_from(number % 251).unwrap_or_default();
    chance
}

fn told(id: EventId, number: u64, kind: u16, payload: &str) -> Result<Append> {
    let subject = token(number);
    let key = SubjectKey::new(subject, [7; 32]);
    let (part, commitment) = key.seal(&id, 0, payload.as_bytes())?;
    let leaf = Leaf::new(id, kind, Some(subject), vec![commitment]);
    Ok(Append::new(leaf, vec![part]))
}

/// Many clients at once, each waiting for its event to be durable before the next.
fn live(place: &Path, count: u64, figures: &mut Figures) -> Result<()> {
    let sequencer = Sequencer::new(open(place)?, clock::milliseconds);
    let (answers, took) = timed(|| {
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let caller = sequencer.caller();
                    scope.spawn(move || -> Result<Vec<f64>> {
                        let caller = caller.context("the sequencer has ended")?;
                        let mut waits = Vec::new();
                        for number in 0..count / CLIENTS {
                            let events = vec![event(client << 40 | number, clock::milliseconds())?];
                            let begin = Instant::now();
                            caller.append(events)?;
                            waits.push(begin.elapsed().as_secs_f64());
                        }
                        Ok(waits)
                    })
                })
                .collect();
            let joined = clients.into_iter().map(|client| match client.join() {
                Ok(waits) => waits,
                Err(_) => bail!("a client stopped"),
            });
            joined.collect::<Result<Vec<_>>>()
        })
    });
    let mut waits = answers?.concat();
    waits.sort_by(f64::total_cmp);
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100] * 1e3;
    figures.add(
        "durable append, 64 clients, sealing included",
        Some(took),
        &format!(
            "{:.0}/s, median {:.1} ms, p99 {:.1} ms",
            waits.len() as f64 / took.wall,
            at(50),
            at(99)
        ),
        "≥ 20,000/s, p99 ≤ 15 ms",
    );
    let log = sequencer.close().context("the sequencer stopped")?;
    provable(log, figures)
}

/// From an event to a proof of it under a signed root.
fn provable(mut log: Log, figures: &mut Figures) -> Result<()> {
    let policy = Policy::of_all(log.verifier(), Vec::new());
    let mut waits = Vec::new();
    for number in 0..500_u64 {
        let now = clock::milliseconds();
        let event = event(1 << 60 | number, now)?;
        let begin = Instant::now();
        let answer = log.append(&[vec![event]], now).pop();
        let places = answer.context("no answer")??;
        let place = places.first().copied().unwrap_or_default();
        let proof = log.prove(place)?;
        proof.verify(&log.served().entry(place)?, &policy)?;
        waits.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    waits.sort_by(f64::total_cmp);
    figures.add(
        "from append to a proof that was checked, one client",
        None,
        &format!("median {:.1} ms, p99 {:.1} ms", waits[250], waits[495]),
        "≤ 1 s",
    );
    Ok(())
}

/// An old log, in large batches: sealed on the side, appended in order, marks beside it.
fn import(log: Log, count: u64, figures: &mut Figures, cancel: &AtomicBool) -> Result<()> {
    let sequencer = Sequencer::new(log, clock::milliseconds);
    let caller = sequencer.caller().context("the sequencer has ended")?;
    let (done, took) = timed(|| {
        let (sealed, batches) = std::sync::mpsc::sync_channel(4);
        thread::scope(|scope| -> Result<()> {
            scope.spawn(move || {
                for start in (0..count).step_by(usize::from(BATCH)) {
                    let now = clock::milliseconds();
                    let numbers = start..(start + u64::from(BATCH)).min(count);
                    let events: Result<Vec<Append>> = numbers.map(|n| old_event(n, now)).collect();
                    if sealed.send(events).is_err() {
                        return;
                    }
                }
            });
            for events in batches {
                if cancel.load(Ordering::Relaxed) {
                    bail!("stopped on request");
                }
                caller.append(events?)?;
            }
            Ok(())
        })
    });
    done?;
    drop(caller);
    let (log, closed) = timed(|| sequencer.close());
    log.context("the sequencer stopped")?;
    figures.add("the mark at its end", Some(closed), "", "");
    figures.add(
        "import of an old log, sealing included",
        Some(took),
        &format!("{:.0}/s", count as f64 / took.wall),
        "≥ 150,000/s",
    );
    Ok(())
}

/// A bundle that shows some entries of a large log, and its check in Rust and in Python.
fn large_bundle(log: &mut Log, dir: &Path, figures: &mut Figures) -> Result<()> {
    let shown = SHOWN.min(log.size());
    let mut places: Vec<u64> = (0..shown)
        .map(|number| number * log.size() / shown)
        .collect();
    let digest = Hash::of_bytes(VERDICT).to_hex();
    let run = format!(r#"{{"run":1,"shown":{{"verdict":"{digest}","report":"{digest}"}}}}"#);
    let now = clock::milliseconds();
    let id = event_id(now, chance(1 << 61));
    let event = told(id, 0, ledger::Kind::Run.code(), &run)?;
    places.extend(
        log.append(&[vec![event]], now)
            .pop()
            .context("no answer")??,
    );
    let size = log.size();
    let (packed, took) = timed(|| -> Result<Vec<u8>> {
        let mut all = Vec::new();
        for place in &places {
            let leaf = Leaf::decode(&log.served().entry(*place)?)?;
            // The journal has the sealed part; what it says is known here.
            let key = SubjectKey::new(leaf.subject, [7; 32]);
            let payload = if leaf.kind == VIEW { PAYLOAD } else { &run };
            let (part, commitment) = key.seal(&leaf.id, 0, payload.as_bytes())?;
            let opened = key.open(&leaf.id, 0, &commitment, &part)?;
            let parts = vec![Some(opened)];
            all.push(Shown { leaf, parts });
        }
        let withheld = entries::withheld(log.served(), places.iter().copied(), size)?;
        let text = entries::write_entries(&all).map_err(anyhow::Error::msg)?;
        let data: Files = [
            ("entries.txt", text.into_bytes()),
            ("log/checkpoint", log.checkpoint().to_string().into_bytes()),
            ("log/key.pem", bundle::pem(&log.verifier()).into_bytes()),
            (
                "log/policy",
                Policy::of_all(log.verifier(), Vec::new())
                    .text()
                    .into_bytes(),
            ),
            ("trace/report.html", VERDICT.to_vec()),
            ("trace/verdict.json", VERDICT.to_vec()),
            (
                "verifier.py",
                countersign_evidence::VERIFIER.as_bytes().to_vec(),
            ),
            (
                "withheld.csv",
                entries::write_withheld(&withheld).into_bytes(),
            ),
        ]
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .into();
        let signer = Signer::new("bench.example/log", Kind::Log, &[1; 32])?;
        let (bytes, _) = pack(&data, "", &signer).map_err(anyhow::Error::msg)?;
        Ok(bytes)
    });
    let packed = packed?;
    let what = format!("a bundle that shows {shown} of the entries");
    let size = format!("{:.1} MB", packed.len() as f64 / 1e6);
    figures.add(&what, Some(took), &size, "≤ 60 MB");
    let (verified, took) = timed(|| verify::verify(&packed, None));
    verified.map_err(anyhow::Error::from)?;
    figures.add("its check in Rust", Some(took), "holds", "");
    let path = dir.join("bundle.zip");
    let script = dir.join("verifier.py");
    fs::write(&path, &packed)?;
    fs::write(&script, countersign_evidence::VERIFIER)?;
    let (python, took) = timed(|| Command::new("python3").arg(&script).arg(&path).output());
    match python {
        Ok(output) if output.status.success() => {
            figures.add("its check by verifier.py", Some(took), "holds", "≤ 60 s");
        }
        Ok(output) => bail!("verifier.py: {}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => figures.add(
            "its check by verifier.py",
            None,
            &format!("not run: {error}"),
            "≤ 60 s",
        ),
    }
    Ok(())
}

/// A kind that no case has.
const VIEW: u16 = 100;
/// What stands for a verdict and a page.
const VERDICT: &[u8] = b"{}";
/// Customers whom the events are about.
const SUBJECTS: u64 = 1_000_000;

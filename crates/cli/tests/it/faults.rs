//! The ledger of a case under what happens to real programs: killed at any moment, a disk that is
//! full, a sync that fails, a clock that jumps. The simulated disk of `crates/ledger` does what
//! none of these can: it loses what was not synced.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::note::{Note, Verifier};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;

use crate::program::{Place, Ran, full, ran, skipped, there};

/// A run on the small desk.
const TRACE: [&str; 5] = [
    "trace",
    "--events",
    "events.csv",
    "--reports",
    "reports.csv",
];

/// What `countersign log` says, checked: the numbers of the runs, and the signed state.
#[derive(Debug)]
struct Told {
    runs: Vec<u64>,
    state: Checkpoint,
}

fn told(place: &Place) -> Told {
    let text = place.run(&["log", "case"]).well().out;
    let (entries, signed) = text.split_once("\nThe log's key").unwrap();
    let mut runs = Vec::new();
    for (number, line) in entries.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], number.to_string(), "{line}");
        if words[2] == "run" {
            let json: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
            runs.push(json["run"].as_u64().unwrap());
        }
    }
    let mut lines = signed.lines().skip(1).map(|line| line.strip_prefix("  "));
    let key = Verifier::parse(lines.next().flatten().unwrap()).unwrap();
    let note: Vec<String> = lines
        .skip(1)
        .map(|line| format!("{}\n", line.unwrap_or("")))
        .collect();
    let note = Note::parse(note.concat().as_bytes()).unwrap();
    note.verify(&key).unwrap();
    let state = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(state.size, entries.lines().count() as u64);
    Told { runs, state }
}

/// The run that the program told of, and that must never be lost from then on.
fn acknowledged(out: &str) -> Option<u64> {
    let rest = &out[out.find("Run ")? + 4..];
    let (number, rest) = rest.split_once(' ')?;
    rest.starts_with("of this case")
        .then(|| number.parse().unwrap())
}

#[test]
fn a_program_that_is_killed_at_any_moment_loses_no_run_that_it_told_of() {
    let place = Place::with_small_desk();
    let mut chance = Pcg64Mcg::seed_from_u64(2019);
    // How long a run takes here only says when it is worth killing one; nothing is held to it.
    let begin = Instant::now();
    place.run(&TRACE).well();
    let usual = begin.elapsed();
    let kills = if full() { 1000 } else { 60 };
    let (mut last, mut cut_short, mut roots) = (1, 0, BTreeMap::new());
    for _ in 0..kills {
        let mut program = place.program(&TRACE);
        program.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = program.spawn().unwrap();
        thread::sleep(usual.mul_f64(chance.random_range(0.0..1.3)));
        child.kill().unwrap();
        let mut out = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        child.wait().unwrap();
        match acknowledged(&out) {
            Some(run) => last = run,
            None => cut_short += 1,
        }
        let told = told(&place);
        let wanted: Vec<u64> = (1..=told.runs.len() as u64).collect();
        assert_eq!(told.runs, wanted, "each run once, in order");
        assert!(
            told.runs.len() as u64 >= last,
            "run {last} was told of and is lost"
        );
        let root = *roots.entry(told.state.size).or_insert(told.state.root);
        assert_eq!(
            root, told.state.root,
            "two roots of {} entries",
            told.state.size
        );
    }
    println!("{kills} kills, {cut_short} before the run was told of, {last} runs told of");
    assert!(
        cut_short > kills / 10,
        "hardly a kill came in time: {cut_short}"
    );
    let next = place.run(&TRACE).well();
    let runs = place.read("case/runs.jsonl");
    assert_eq!(acknowledged(&next.out), Some(runs.lines().count() as u64));
    place.run(&["bundle", "case", "--out", "case.zip"]).well();
    place.run(&["verify", "case.zip"]).well();
}

/// A folder on a file system of its own, as small as a test needs.
struct Small(std::path::PathBuf);

impl Small {
    fn mounted(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder);
        let done = mount.stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success())
            .then(|| Self(folder.to_owned()))
    }

    fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        let done = Command::new("mount")
            .args(["-o", &options])
            .arg(&self.0)
            .status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_an_error_and_the_case_goes_on_when_there_is_room() {
    let place = Place::with_small_desk();
    let Some(small) = Small::mounted(&place.path().join("case"), "4m") else {
        return skipped("a file system of one's own can't be mounted here");
    };
    place.trace(&[]).well();
    // A file takes nearly all that is left, then less and less of it.
    let mut refused = 0;
    for spare in (0..40).map(|step| step * 8192) {
        let free = 4_000_000 - fs::read_dir(&small.0).unwrap().count() * 4096;
        let filler = place.path().join("case/filler");
        let _ = fs::write(&filler, vec![0; free]);
        let length = fs::metadata(&filler).unwrap().len();
        let file = fs::File::options().write(true).open(&filler).unwrap();
        file.set_len(length.saturating_sub(spare)).unwrap();
        let before = told_runs(&place);
        let ran = place.trace(&[]);
        fs::remove_file(&filler).unwrap();
        if ran.status == 0 {
            assert_eq!(told(&place).runs.len() as u64, before + 1);
        } else {
            refused += 1;
            assert!(!ran.err.contains("panicked"), "{ran:#?}");
            assert!(acknowledged(&ran.out).is_none(), "{ran:#?}");
        }
    }
    assert!(refused > 0, "the disk was never full");
    small.resize("8m");
    let before = told(&place).runs.len() as u64;
    let ran = place.trace(&[]).well();
    assert_eq!(acknowledged(&ran.out), Some(before + 1));
}

/// Runs on record while the disk may be too full to open the ledger.
fn told_runs(place: &Place) -> u64 {
    place.read("case/runs.jsonl").lines().count() as u64
}

/// `trace` on the small desk, run by another program.
fn under(tool: &[&str], place: &Place, more: &[&str]) -> Ran {
    let mut program = Command::new(tool[0]);
    program
        .current_dir(place.path())
        .args(&tool[1..])
        .arg(env!("CARGO_BIN_EXE_countersign"))
        .args(TRACE)
        .args(more)
        .stdin(Stdio::null());
    ran(&mut program)
}

#[test]
fn a_sync_that_fails_stops_the_run_and_the_next_one_reads_what_the_disk_has() {
    if !there("strace", "-V") {
        return skipped("strace is not there to make a sync fail");
    }
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let mut refused = 0;
    for when in 1..=6 {
        let runs = told(&place).runs.len();
        let fault = format!("inject=fdatasync,fsync:error=EIO:when={when}");
        let tool = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &fault];
        let Ran { status, out, err } = under(&tool, &place, &[]);
        let now = told(&place).runs.len();
        if status != 0 {
            refused += 1;
            assert!(acknowledged(&out).is_none(), "{when}: {out}");
            assert!(
                err.contains("os error 5") || err.contains("Input/output"),
                "{when}: {err}"
            );
        }
        assert!(
            now == runs || now == runs + 1,
            "{when}: {runs} runs, then {now}"
        );
    }
    assert!(refused >= 3, "only {refused} syncs failed");
    place.trace(&[]).well();
}

#[test]
fn a_clock_that_jumps_leaves_the_order_of_the_entries() {
    if !there("faketime", "--version") {
        return skipped("faketime is not there to set a clock");
    }
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    for (step, jump) in ["-1d", "+1d", "-400d", "+0"].iter().enumerate() {
        let ran = under(&["faketime", "-f", jump], &place, &["--exploratory"]);
        // A log of views that lie in the future of such a clock is refused, as it should be.
        let future = ran.status == 2 && ran.err.contains("future");
        assert!(ran.status == 0 || future, "{step} {jump}: {ran:#?}");
        told(&place);
    }
    place.trace(&[]).well();
    let wanted: Vec<u64> = (1..=told_runs(&place)).collect();
    assert_eq!(told(&place).runs, wanted);
}

//! Runs the built program in a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A folder with input files, in which the program runs.
#[derive(Debug)]
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Exit status.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Fails unless the program was content.
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.status, 0, "{self:#?}");
        self
    }

    /// The verdict that `--json` printed.
    pub(crate) fn verdict(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|wrong| panic!("{wrong}: {self:#?}"))
    }
}

impl Place {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A small desk: twelve accounts, 120 customers, and a handful of reports.
    pub(crate) fn with_small_desk() -> Self {
        let place = Self::new();
        place.write("events.csv", events(120));
        place.write("reports.csv", reports(6));
        place
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Reads a file as text.
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path().join(name);
        fs::read_to_string(&path).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
    }

    /// The program in this folder, not started yet.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_countersign"));
        program
            .current_dir(self.path())
            .args(words)
            .stdin(Stdio::null());
        program
    }

    /// The same with a clock that is so far from the machine's, as faketime says it.
    pub(crate) fn at(&self, clock: &str, words: &[&str]) -> Command {
        let mut program = self.program(words);
        // Not by `faketime` itself, which stays between the test and the program.
        program.env("LD_PRELOAD", CLOCK).env("FAKETIME", clock);
        program.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        program
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        ran(&mut self.program(words))
    }

    /// `trace` on the small desk, with these words behind it.
    pub(crate) fn trace(&self, more: &[&str]) -> Ran {
        let mut words = vec!["trace", "--events", "events.csv"];
        if !more.contains(&"--reports") {
            words.extend(["--reports", "reports.csv"]);
        }
        words.extend(more);
        self.run(&words)
    }

    /// Every file of the case folder, and of folders in it, with its bytes.
    pub(crate) fn case(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![String::new()];
        while let Some(inside) = folders.pop() {
            let Ok(folder) = fs::read_dir(self.path().join("case").join(&inside)) else {
                continue;
            };
            for entry in folder.map(Result::unwrap) {
                let name = format!("{inside}{}", entry.file_name().into_string().unwrap());
                if entry.file_type().unwrap().is_dir() {
                    folders.push(format!("{name}/"));
                } else {
                    files.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
        files
    }
}

/// The library that sets a program's clock, of Debian's `faketime`.
pub(crate) const CLOCK: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// Whether a program is there that a test needs beside this one.
pub(crate) fn there(program: &str, word: &str) -> bool {
    let output = Command::new(program).arg(word).output();
    output.is_ok_and(|output| output.status.success())
}

/// Says why something was left out, past the test runner, which keeps to itself what passing tests
/// print: `./check` counts these lines.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Whether the counts of the documents are asked for, rather than small ones.
pub(crate) fn full() -> bool {
    std::env::var_os("COUNTERSIGN_FULL").is_some()
}

/// Runs a program to its end.
pub(crate) fn ran(program: &mut Command) -> Ran {
    let output = program.output().unwrap();
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A log in which each of `customers` customers is seen by one or two of twelve accounts.
pub(crate) fn events(customers: u32) -> String {
    let mut text = String::from("time,actor,customer\n");
    for customer in 0..customers {
        for (hour, actor) in [(9, customer % 12), (10, (customer / 12) % 12)] {
            let (day, minute) = (1 + customer / 60, customer % 60);
            text.push_str(&format!(
                "2019-01-{day:02}T{hour:02}:{minute:02}:00Z,desk-{actor},customer-{customer}\n"
            ));
        }
    }
    text
}

/// Reports of customers that `desk-0` saw.
pub(crate) fn reports(count: u32) -> String {
    let mut text = String::from("report,received_at,called_at,customer,verified\n");
    for report in 0..count {
        let day = 1 + report;
        text.push_str(&format!(
            "r{report:02},2019-08-{day:02}T12:00:00Z,2019-08-{day:02}T09:00:00Z,customer-{},true\n",
            report * 12
        ));
    }
    text
}

/// A file of the tree's test data.
pub(crate) fn testdata(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(name);
    path.canonicalize()
        .unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
}

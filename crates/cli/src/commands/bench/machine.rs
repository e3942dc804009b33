//! What a figure is worth nothing without: machine, date, commit, load, and a clock of both kinds.

use std::fs;
use std::process::Command;
use std::time::Instant;

use serde::Serialize;

use crate::clock;

/// Where and when something was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    cpu: String,
    cores: usize,
    memory_gb: f64,
    date: String,
    commit: Option<String>,
    /// Load of the last minute as the run begins; above 0 somebody else is at work.
    load: Option<f64>,
}

impl Machine {
    /// The present one.
    pub(super) fn now() -> Self {
        let first = |path: &str, name: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
        };
        let kilobytes = first("/proc/meminfo", "MemTotal").unwrap_or_default();
        let kilobytes = kilobytes.trim_end_matches(" kB").parse().unwrap_or(0.0);
        Self {
            cpu: first("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gb: (kilobytes / 104_857.6_f64).round() / 10.0,
            date: clock::now().to_string(),
            commit: commit(),
            load: load(),
        }
    }

    /// One line for above a table.
    pub(super) fn sentence(&self) -> String {
        let load = self.load.map_or_else(
            || "load unknown".to_owned(),
            |load| format!("load {load:.1} as it began"),
        );
        format!(
            "{} cores of {}, {:.1} GB, {}, commit {}, {load}.",
            self.cores,
            self.cpu,
            self.memory_gb,
            self.date,
            self.commit.as_deref().unwrap_or("unknown"),
        )
    }
}

fn commit() -> Option<String> {
    let out = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    let commit = String::from_utf8(out.stdout).ok()?.trim().to_owned();
    (out.status.success() && !commit.is_empty()).then_some(commit)
}

/// Processes that wanted a core over the last minute.
pub(super) fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// Seconds by the clock and seconds of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Took {
    pub(super) wall: f64,
    pub(super) cpu: f64,
}

/// Runs something and says how long it took, with all its threads.
pub(super) fn timed<T>(run: impl FnOnce() -> T) -> (T, Took) {
    let (wall, cpu) = (Instant::now(), worked());
    let done = run();
    let took = Took {
        wall: wall.elapsed().as_secs_f64(),
        cpu: worked() - cpu,
    };
    (done, took)
}

/// Runs something several times; the answer of the last run, and the median of each clock.
///
/// # Errors
/// What a run returns.
pub(super) fn median<T>(
    times: usize,
    mut run: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<(T, Took)> {
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    loop {
        let (done, took) = timed(&mut run);
        let done = done?;
        walls.push(took.wall);
        cpus.push(took.cpu);
        if walls.len() >= times {
            walls.sort_by(f64::total_cmp);
            cpus.sort_by(f64::total_cmp);
            let took = Took {
                wall: walls[walls.len() / 2],
                cpu: cpus[cpus.len() / 2],
            };
            return Ok((done, took));
        }
    }
}

/// Seconds that all threads of this process have worked, in the program and in the kernel.
fn worked() -> f64 {
    // Linux counts in hundredths of a second here, whatever the kernel's own tick.
    const TICKS: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold blanks; user and system time are the 12th and 13th behind it.
    let behind = text.rsplit_once(") ").map_or("", |(_, behind)| behind);
    let ticks = behind.split(' ').skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS
}

/// Most memory that was ever in use, in bytes; the mapped index counts as far as it was touched.
pub(super) fn peak_memory() -> Option<u64> {
    status("VmHWM:")
}

/// Memory in use now that belongs to no file.
pub(super) fn own_memory() -> Option<u64> {
    status("RssAnon:")
}

fn status(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes that this process has made the disk read.
pub(super) fn read_from_disk() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/io").ok()?;
    let line = text.lines().find(|line| line.starts_with("read_bytes:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

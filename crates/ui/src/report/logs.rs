//! What the logs hold, file by file: what was read, what was not, and where a file is silent.

use askama::Template;
use countersign_core::verdict::{Input, Log, Verdict};

use crate::moment::Moment;
use crate::numbers;
use crate::plain;

/// The files of the log; empty where the verdict tells of none.
#[derive(Debug, Template)]
#[template(path = "report/logs.html")]
pub(crate) struct Logs {
    files: Vec<File>,
    /// Why records tell of nothing: file, reason, how many.
    none: Vec<(String, String, String)>,
    /// Files whose times were read in a zone that was named, with what is said of it.
    zones: Vec<(String, String)>,
    /// Gaps by file, where there are several files: with one the log's own gaps are the same.
    gaps: Vec<(String, Moment, Moment)>,
    programs: bool,
}

#[derive(Debug)]
struct File {
    path: String,
    title: String,
    records: String,
    views: String,
    changes: String,
    neither: String,
    rejected: String,
    accounts: String,
    unresolved: String,
    ambiguous: String,
    programs: String,
    from: Option<Moment>,
    to: Option<Moment>,
    gaps: String,
}

impl From<&Verdict> for Logs {
    fn from(verdict: &Verdict) -> Self {
        let inputs = verdict.inputs.iter();
        let logs: Vec<(&Input, &Log)> = inputs
            .filter_map(|input| Some((input, input.log.as_ref()?)))
            .collect();
        let several = logs.len() > 1;
        let mut page = Self {
            files: Vec::new(),
            none: Vec::new(),
            zones: Vec::new(),
            gaps: Vec::new(),
            programs: logs.iter().any(|(_, log)| log.programs > 0),
        };
        for (input, log) in logs {
            let path = plain::shown(&input.path);
            for none in &log.none {
                let count = numbers::thousands(none.records);
                page.none
                    .push((path.clone(), plain::shown(&none.why), count));
            }
            if log.zone_assumed {
                let said = format!(
                    "{}; {} {}",
                    Log::ZONE_ASSUMED,
                    numbers::thousands(log.clock_changes),
                    Log::CLOCK_CHANGES
                );
                page.zones.push((path.clone(), said));
            }
            for gap in log.gaps.iter().filter(|_| several) {
                let (from, to) = (Moment::new(&gap.from), Moment::new(&gap.to));
                page.gaps.push((path.clone(), from, to));
            }
            page.files.push(File::new(path, log));
        }
        page
    }
}

impl File {
    fn new(path: String, log: &Log) -> Self {
        Self {
            path,
            title: plain::shown(&log.title),
            records: numbers::thousands(log.records),
            views: numbers::thousands(log.views),
            changes: numbers::thousands(log.changes),
            neither: numbers::thousands(log.neither()),
            rejected: numbers::thousands(log.rejected),
            accounts: numbers::thousands(log.accounts),
            unresolved: numbers::percent(log.unresolved_share()),
            ambiguous: numbers::percent(log.ambiguous_share()),
            programs: numbers::thousands(log.programs),
            from: log.from.as_deref().map(Moment::new),
            to: log.to.as_deref().map(Moment::new),
            gaps: numbers::thousands(log.gaps.len() as u64),
        }
    }
}

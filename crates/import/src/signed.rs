//! Reads the logs of sign-ins, and the access log once beforehand, to tell whose a session is.

use std::path::Path;

use countersign_core::time::Second;

use crate::adapters::{self, Seen, SignIn, SignIns};
use crate::block::Text;
use crate::error::ImportError;
use crate::file::{self, go_on};
use crate::moment::{Cache, Problem};
use crate::options::Sources;
use crate::reading::{Context, Findings};
use crate::reason::Reason;
use crate::rejected::Rejects;
use crate::rows::{Bad, raw};
use crate::table::Table;

/// Whose the sessions and addresses of the log are.
pub(crate) fn read(
    sources: &Sources,
    context: Context<'_>,
    findings: &mut Findings,
) -> Result<SignIns, ImportError> {
    let mut sign_ins = Vec::new();
    for path in &sources.sign_ins {
        one_log(path, context, findings, &mut sign_ins)?;
    }
    sign_ins.sort();
    sign_ins.dedup();
    let mut seen = Seen::default();
    let mut cache = Cache::default();
    for path in &sources.events {
        let mut text = start(path, context)?;
        text.by_line();
        each_line(&mut text, context, |text, _| {
            if let Ok(line) = adapters::line(text)
                && let Ok(at) = context.clock.read(&line.time, &mut cache)
            {
                seen.add(at, &line);
            }
            Ok(())
        })?;
    }
    let hours = seen.hours_before(&sign_ins);
    if hours > 0 {
        findings.warnings.push(format!(
            "the first sign-in is {hours} hours after the access log begins; no address tells whose a request before it was: hand in a log of sign-ins that begins earlier"
        ));
    }
    Ok(SignIns::new(&sign_ins, &seen))
}

/// Reads a log of sign-ins.
///
/// One that can't be read is counted as a bad row is: whoever it was may share an address that
/// then looks like one person's.
fn one_log(
    path: &Path,
    context: Context<'_>,
    findings: &mut Findings,
    sign_ins: &mut Vec<SignIn>,
) -> Result<(), ImportError> {
    let file = file::shown(path);
    let mut text = start(path, context)?;
    let log = text.sign_ins()?;
    let mut cache = Cache::default();
    let mut time = |text: &[u8]| -> Result<Second, Reason> {
        let read = context.clock.read(text, &mut cache);
        read.map_err(|problem| match problem {
            Problem::Bad(reason) => reason,
            Problem::NoOffset => Reason::TimeUnreadable,
        })
    };
    let before = sign_ins.len();
    let mut rejects = Rejects::new(
        Table::Events,
        file.clone(),
        context.options.allow_rejects,
        &mut findings.rejected,
    );
    each_line(&mut text, context, |line, number| {
        let read = match (log.read)(line) {
            Ok(None) => return Ok(()),
            Ok(Some(said)) => time(&said.time).map(|at| SignIn {
                at,
                user: (*said.user).into(),
                source: (*said.source).into(),
                by: log.by,
            }),
            Err(reason) => Err(reason),
        };
        let bad = match read {
            Ok(sign_in) => {
                sign_ins.push(sign_in);
                Vec::new()
            }
            Err(reason) => vec![Bad {
                line: number,
                reason,
                raw: raw(line),
            }],
        };
        rejects.add(1, bad)
    })?;
    if sign_ins.len() == before {
        return Err(ImportError::NoSignIns { file });
    }
    rejects.check()?;
    if rejects.rejected() > 0 {
        findings.warnings.push(format!(
            "{file}: sign-ins that can't be read: {} of {}; an address that only they show to be shared counts as one person's",
            rejects.rejected(),
            rejects.rows()
        ));
    }
    Ok(())
}

fn start(path: &Path, context: Context<'_>) -> Result<Text, ImportError> {
    Text::start(path, file::open(path, context.digests)?)
}

/// Hands on each line that is not empty, with its number.
fn each_line(
    text: &mut Text,
    context: Context<'_>,
    mut take: impl FnMut(&[u8], u64) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    while let Some(block) = text.next()? {
        go_on(context.cancel)?;
        let lines = block.bytes.split(|byte| *byte == b'\n');
        for (number, line) in (block.first_line..).zip(lines) {
            let line = line.trim_ascii_end();
            if !line.is_empty() {
                take(line, number)?;
            }
        }
    }
    Ok(())
}

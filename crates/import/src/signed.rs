//! Reads the logs of sign-ins, and the access log once beforehand, to tell whose a session is.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use countersign_core::time::Second;

use crate::adapters::{self, Seen, SignIn, SignIns};
use crate::block::Text;
use crate::error::ImportError;
use crate::file::{self, Digests, go_on};
use crate::moment::{Cache, Clock};
use crate::options::Sources;

/// Whose the sessions and addresses of the log are.
pub(crate) fn read(
    sources: &Sources,
    clock: &Clock,
    cancel: &AtomicBool,
) -> Result<SignIns, ImportError> {
    let mut cache = Cache::default();
    let mut at = |time: &[u8]| -> Option<Second> { clock.read(time, &mut cache).ok() };
    let mut sign_ins = Vec::new();
    for path in &sources.sign_ins {
        let before = sign_ins.len();
        each_line(path, cancel, |line| {
            if let Some((time, user, source)) = adapters::request_tracker(line)
                && let Some(at) = at(&time)
            {
                sign_ins.push(SignIn {
                    at,
                    user: user.into(),
                    source: source.into(),
                });
            }
        })?;
        if sign_ins.len() == before {
            return Err(ImportError::NoSignIns {
                file: file::shown(path),
            });
        }
    }
    sign_ins.sort();
    sign_ins.dedup();
    let mut seen = Seen::default();
    for path in &sources.events {
        each_line(path, cancel, |text| {
            if let Ok(line) = adapters::line(text)
                && let Some(at) = at(&line.time)
            {
                seen.add(at, &line);
            }
        })?;
    }
    Ok(SignIns::new(&sign_ins, &seen))
}

fn each_line(
    path: &Path,
    cancel: &AtomicBool,
    mut take: impl FnMut(&[u8]),
) -> Result<(), ImportError> {
    let mut text = Text::start(path, file::open(path, Digests::Left)?)?;
    text.by_line();
    while let Some(block) = text.next()? {
        go_on(cancel)?;
        for line in block.bytes.split(|byte| *byte == b'\n') {
            take(line.trim_ascii_end());
        }
    }
    Ok(())
}

//! Reads files as the program does.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use countersign_core::desk::View;
use countersign_import::{ImportError, Imported, Options, Progress, Silent, Sources, open};

/// What the files tell, and the views of the log one by one.
pub(crate) fn read(
    sources: &Sources,
    options: &Options,
) -> Result<(Imported, Vec<View>), ImportError> {
    read_with(sources, options, &Silent, &AtomicBool::new(false))
}

/// The same, watched and stopped by others.
pub(crate) fn read_with(
    sources: &Sources,
    options: &Options,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<(Imported, Vec<View>), ImportError> {
    let mut open = open(sources, options, progress, cancel)?;
    let mut views = Vec::new();
    open.views(&mut |batch: &[View]| {
        views.extend_from_slice(batch);
        Ok(())
    })?;
    Ok((open.finish()?, views))
}

/// A log of one file, and nothing else.
pub(crate) fn log(path: impl Into<PathBuf>) -> Sources {
    Sources {
        events: vec![path.into()],
        ..Sources::default()
    }
}

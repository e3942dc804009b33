//! Bars with rows, rate and time left on a terminal; nothing in a pipe.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_import::{Progress, Table};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far an import is.
#[derive(Debug, Default)]
pub struct Bars {
    bar: Mutex<Option<ProgressBar>>,
    rows: AtomicU64,
}

impl Progress for Bars {
    fn started(&self, _: Table, path: &Path, bytes: Option<u64>) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bar = bar(&format!("reading {name}"), bytes.unwrap_or(0), Unit::Bytes);
        self.rows.store(0, Ordering::Relaxed);
        if let Ok(mut current) = self.bar.lock() {
            *current = Some(bar);
        }
    }

    fn advanced(&self, bytes: u64, rows: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        if let Ok(current) = self.bar.lock()
            && let Some(bar) = current.as_ref()
        {
            bar.inc(bytes);
            bar.set_message(format!("{} rows", HumanCount(rows)));
        }
    }

    fn finished(&self, _: Table, _: &Path) {
        if let Ok(mut current) = self.bar.lock()
            && let Some(bar) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// What a bar counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of a file.
    Bytes,
    /// Anything else.
    Things,
}

/// A bar with its name, on a terminal only.
#[must_use]
pub fn bar(name: &str, length: u64, unit: Unit) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8));
    let template = match unit {
        Unit::Bytes => "{prefix:28!} {wide_bar} {bytes}/{total_bytes} {msg} {eta} left",
        Unit::Things => "{prefix:28!} {wide_bar} {human_pos}/{human_len} {msg} {eta} left",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(name.to_owned());
    bar
}

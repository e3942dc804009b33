//! `countersign demo`, which is also what `countersign` alone does: the incident of 2019, made up
//! at its real size and replayed day by day, live on a server or as a report.

#[cfg(feature = "serve")]
mod company;
#[cfg(feature = "serve")]
mod live;
mod report;

#[cfg(feature = "serve")]
pub(super) use company::{address, company};
#[cfg(feature = "serve")]
pub(super) use live::free;

use std::ffi::OsStr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use countersign_sim::incident::Incident;

use crate::args::Demo;

/// Makes the incident, if it is not there, and replays it.
///
/// # Errors
/// When the folder can't be written to, the disk is full, or the address is taken.
pub fn run(args: &Demo, cancel: &Arc<AtomicBool>) -> Result<()> {
    #[cfg(feature = "serve")]
    if !args.report {
        return live::run(args, cancel);
    }
    report::run(args, cancel)
}

/// The incident that was asked for.
fn incident(args: &Demo) -> Incident {
    if args.small {
        return Incident::small();
    }
    args.customers.map_or_else(Incident::real, |customers| {
        Incident::new(customers, 2_000, 365, Incident::real().seed)
    })
}

/// Opens a page when there is a screen.
fn show(page: &OsStr) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let has_screen = cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
    if has_screen {
        // The page's place was printed: a missing opener loses nothing.
        let _ = Command::new(program).arg(page).spawn();
    }
}

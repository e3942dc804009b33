//! The program `countersign`.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser as _;
use countersign_cli::args::{Cli, Command, Demo};
use countersign_cli::wrong::{Blame, help, said};
use countersign_cli::{commands, out};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let cancel = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&cancel);
    let handler = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            // Asked twice: whatever is written is written under another name and renamed.
            std::process::abort();
        }
    });
    if let Err(error) = handler {
        out::note(&format!("countersign: Ctrl-C can't be caught: {error}"));
    }
    let done = match cli.command {
        None => commands::demo::run(&Demo::default(), &cancel),
        Some(Command::Demo(args)) => commands::demo::run(&args, &cancel),
        Some(Command::Trace(args)) => commands::trace::run(&args, &cancel),
        Some(Command::Import(args)) => commands::import::run(&args, &cancel),
        Some(Command::Fetch(args)) => commands::fetch::run(&args, &cancel),
        Some(Command::Reports(args)) => commands::reports::run(&args, &cancel),
        Some(Command::Simulate(args)) => commands::simulate::run(&args, &cancel),
        Some(Command::Open(args)) => commands::open::run(&args, &cancel),
        Some(Command::Log(args)) => commands::log::run(&args, &cancel),
        Some(Command::Hold(args)) => commands::hold::run(&args),
        Some(Command::Erase(args)) => commands::erase::run(&args),
        Some(Command::Bundle(args)) => commands::bundle::run(&args, &cancel),
        Some(Command::Verify(args)) => commands::verify::run(&args),
        Some(Command::Witness(args)) => commands::witness::run(&args, &cancel),
        #[cfg(feature = "serve")]
        Some(Command::Serve(args)) => commands::serve::run(&args, &cancel),
        #[cfg(feature = "serve")]
        Some(Command::Rebuild(args)) => commands::serve::rebuild(&args),
        #[cfg(feature = "serve")]
        Some(Command::Config(args)) => commands::config::run(&args),
        Some(Command::Bench(args)) => commands::bench::run(&args, &cancel),
        Some(Command::Completions { shell }) => {
            commands::manual::completions(shell);
            Ok(())
        }
        Some(Command::Manual { folder }) => commands::manual::pages(&folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::note(&format!("countersign: {}", said(&error)));
            match help(&error) {
                Some((help, blame)) => {
                    out::note(&format!("help: {help}"));
                    if blame == Blame::Input {
                        ExitCode::from(2)
                    } else {
                        ExitCode::FAILURE
                    }
                }
                None => ExitCode::FAILURE,
            }
        }
    }
}

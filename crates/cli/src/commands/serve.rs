//! `countersign serve`: takes reports, and serves the console.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use countersign_server::config::Config;
use countersign_server::{Start, start};
use countersign_store::{Purpose, Settings};
use tracing_subscriber::EnvFilter;

use crate::args::{Rebuild, Serve};
use crate::progress::Bars;
use crate::summary::thousands;
use crate::wrong::Wrong;
use crate::{PROGRAM, clock, out};

/// Serves until it is told to stop.
///
/// # Errors
/// A configuration, a folder, a database or a desk that can't be used.
pub fn run(args: &Serve, cancel: &Arc<AtomicBool>) -> Result<()> {
    let mut config = match &args.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    if let Some(listen) = args.listen {
        config.listen = listen.to_string();
    }
    let database = database(args.database.as_ref(), &config)?;
    log_to_terminal();
    let runtime = runtime()?;
    let address = config.address.clone();
    let progress = Bars::default();
    runtime.block_on(async {
        let server = start(Start {
            folder: args.data.clone(),
            config,
            database,
            program: PROGRAM.to_owned(),
            digest: crate::evidence::program()?,
            clock: Arc::new(clock::milliseconds),
            chance: Arc::new(chance),
            progress: &progress,
            demo: None,
        })
        .await?;
        out::note(&format!(
            "countersign listens on {} and is reached at {address}",
            server.address()?
        ));
        if let Some(link) = &server.first {
            out::note(&format!(
                "Nobody works here yet. The first key holder opens this link once, within a day, \
                 on an own device:\n  {link}"
            ));
        }
        out::note("Stop it with Ctrl-C.");
        server.run(told(cancel)).await.context("serving")
    })
}

/// Makes the rows anew that follow from the ledger of a folder.
///
/// # Errors
/// A folder that is in use, or whose keys and ledger don't fit each other.
pub fn rebuild(args: &Rebuild) -> Result<()> {
    let config = match &args.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    if !args.data.join("ledger").exists() {
        return Err(Wrong::usage(
            &format!("`{}` is no folder of a server", args.data.display()),
            "name the folder that `serve` was given as `--data`",
        ));
    }
    let database = database(args.database.as_ref(), &config)?;
    if database.is_none() && !args.data.join("store.db").exists() {
        return Err(Wrong::usage(
            &format!("`{}` has no database of its own", args.data.display()),
            "name the PostgreSQL database as for `serve` (`--config` or `--database`); one that was \
             lost is made again by the next start of `serve` itself",
        ));
    }
    let settings = Settings {
        folder: args.data.clone(),
        database,
        program: PROGRAM.to_owned(),
        purpose: if args.demo {
            Purpose::Demo
        } else {
            Purpose::Work
        },
        clock: Arc::new(clock::milliseconds),
        chance: Arc::new(chance),
    };
    let entries = runtime()?.block_on(countersign_store::rebuild(&settings))?;
    out::result(&format!(
        "{}: the rows were made anew from {} entries of the ledger",
        args.data.display(),
        thousands(entries)
    ));
    Ok(())
}

/// The address of the database; none: a file of the folder.
fn database(given: Option<&String>, config: &Config) -> Result<Option<String>> {
    match (given, &config.database_file) {
        (Some(url), _) => Ok(Some(url.clone())),
        (None, Some(path)) => secret(path).map(Some),
        (None, None) => Ok(None),
    }
}

/// What a server runs on.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.context("starting the runtime")
}

/// What the server logs, as lines beside the result.
pub(super) fn log_to_terminal() {
    let filter = EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::WARN.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter.from_env_lossy())
        .with_writer(std::io::stderr)
        .with_ansi(out::is_terminal())
        .init();
}

/// Ends when Ctrl-C was pressed.
pub(super) fn told(cancel: &Arc<AtomicBool>) -> impl Future<Output = ()> + Send + 'static {
    let stop = Arc::clone(cancel);
    async move {
        while !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Bytes that nobody can guess.
pub(super) fn chance(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
}

/// The one line of a secret's file.
fn secret(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("reading `{}`", path.display()))?;
    Ok(text.trim().to_owned())
}

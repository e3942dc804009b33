//! `countersign witness`: remembers the state of other people's logs and signs it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use countersign_ledger::note::{Kind, Signer};
use countersign_witness::serve;
use countersign_witness::witness::Witness;

use crate::args::WitnessArgs;
use crate::wrong::Wrong;
use crate::{clock, keys, out, whole};

/// The witness' key, in its folder.
const KEY: &str = "witness.key";
/// What it remembers, in a folder of its own.
const LOGS: &str = "logs";

/// Serves as a witness until it is told to stop.
///
/// # Errors
/// A wrong key, a folder that can't be written to, or an address that is taken.
pub fn run(args: &WitnessArgs, cancel: &Arc<AtomicBool>) -> Result<()> {
    let printed = "`countersign log CASE` prints it";
    let log = |key: &String| keys::verifier("--log", key, Kind::Log, printed);
    let logs = args.logs.iter().map(log);
    let logs = logs.collect::<Result<Vec<_>>>()?;
    fs::create_dir_all(&args.dir)
        .with_context(|| format!("making the folder `{}`", args.dir.display()))?;
    let signer = key(&args.dir, args.name.as_deref())?;
    let witness = Witness::open(signer, logs, &args.dir.join(LOGS))
        .with_context(|| format!("opening `{}`", args.dir.display()))?;
    let key = witness.verifier();
    let routes = serve::witness(Arc::new(witness), || clock::milliseconds() / 1000);
    let ready = |address| {
        out::note(&format!(
            "the witness listens at http://{address}\nits key, for the logs that ask it:\n  {key}"
        ));
    };
    let stop = Arc::clone(cancel);
    serve::run(args.listen, routes, ready, move || {
        stop.load(Ordering::Relaxed)
    })
    .with_context(|| format!("listening at {}", args.listen))
}

/// The witness' key; made once, under a name that stays.
fn key(folder: &Path, name: Option<&str>) -> Result<Signer> {
    let path = folder.join(KEY);
    if path.exists() {
        let signer = keys::signer(&path)?;
        if name.is_some_and(|name| name != signer.verifier().name()) {
            return Err(Wrong::usage(
                &format!("the witness in `{}` has another name", folder.display()),
                "leave `--name` out, or take another folder: a name goes with its key",
            ));
        }
        return Ok(signer);
    }
    let Some(name) = name else {
        return Err(Wrong::usage(
            "a new witness needs a `--name`",
            "an address without `https://` that is yours is best: `witness.example.org/desk`",
        ));
    };
    let signer = Signer::new(name, Kind::Cosignature, &keys::chance()?)
        .map_err(|error| Wrong::usage(&format!("`--name`: {error}"), "no spaces and no `+`"))?;
    whole::write(&path, signer.secret().as_bytes(), 0o600)?;
    Ok(signer)
}

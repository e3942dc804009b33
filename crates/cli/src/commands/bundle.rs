//! `countersign bundle`: the evidence of a case as one file.

use std::sync::atomic::AtomicBool;

use anyhow::Result;
use countersign_core::ledger::Kind;
use countersign_core::record;
use countersign_ledger::bundle;

use super::trace::is_case;
use crate::args::Bundle;
use crate::case::folder::Case;
use crate::evidence::Inputs;
use crate::{clock, evidence, out, whole};

/// Packs the evidence and writes it; that it was packed is an entry of the ledger.
///
/// # Errors
/// When the folder is no case, has no run, or its files are not what the last run showed.
pub fn run(args: &Bundle, cancel: &AtomicBool) -> Result<()> {
    is_case(&args.case)?;
    let mut case = Case::open(&args.case)?;
    let (inputs, mode) = if args.with_inputs {
        (Inputs::Packed(cancel), 0o600)
    } else {
        (Inputs::Left, 0o640)
    };
    let evidence = evidence::collect(&case, &inputs)?;
    let log = case.ledger()?.log();
    let packed = bundle::pack(&evidence.data, &evidence.info(), log.signer());
    let (bytes, digest) = packed.map_err(anyhow::Error::msg)?;
    let key = log.verifier();
    let told = record::Bundle {
        at: clock::now().to_string(),
        manifest: digest.to_hex(),
        entries: log.size(),
    };
    case.tell(&[(Kind::Bundle, serde_json::to_string(&told)?)])?;
    whole::write(&args.out, &bytes, mode)?;
    out::result(&format!(
        "{}: {} bytes, {} entries of the ledger, manifest {}\nThe log's key, to be told to whoever \
         gets it by another way than the bundle:\n  {}\n{}",
        args.out.display(),
        bytes.len(),
        told.entries,
        told.manifest,
        key,
        held(&inputs, case.runs.iter().any(|run| run.revealed_ids))
    ));
    Ok(())
}

/// What whoever hands it on has to know.
fn held(inputs: &Inputs<'_>, revealed: bool) -> &'static str {
    match inputs {
        Inputs::Left if revealed => {
            "WARNING: a run of this case was made with `--reveal-ids`, so it holds ids of accounts as \
             the log has them. No access log."
        }
        Inputs::Left => {
            "It holds pseudonyms, ids of reports and names of files; no access log, no name."
        }
        Inputs::Packed(_) => {
            "WARNING: it holds the access log and the reports as they are, which is personal data of \
             customers and staff, and whose each pseudonym is. Encrypt it on its way, and give it to \
             nobody who may not read the log itself. The case's keys are not in it."
        }
    }
}

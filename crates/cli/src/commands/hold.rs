//! `countersign hold`: nothing of a case is erased while a court or an authority may ask for it.

use anyhow::Result;
use countersign_core::ledger::Kind;

use super::open::is_reason;
use super::trace::is_case;
use crate::args::Hold;
use crate::case::erasure;
use crate::case::folder::Case;
use crate::out;
use crate::wrong::Wrong;

/// Puts a case on hold, or ends that.
///
/// # Errors
/// When the folder is no case, or a hold is ended that is not in force.
pub fn run(args: &Hold) -> Result<()> {
    is_case(&args.case)?;
    let mut case = Case::open(&args.case)?;
    let held = erasure::holds(case.ledger()?.entries())?;
    if !args.release {
        is_reason(&args.reason, "the case is held")?;
        erasure::tell(&mut case, Kind::Hold, &args.reason)?;
        out::result("held: `countersign erase` is refused until `countersign hold --release`");
        return Ok(());
    }
    is_reason(&args.reason, "the hold ends")?;
    if held.is_empty() {
        return Err(Wrong::usage(
            "the case is not held",
            "there is nothing to release; `countersign log` shows what was held when",
        ));
    }
    erasure::tell(&mut case, Kind::Release, &args.reason)?;
    out::result(&match held.len() - 1 {
        0 => "released: the case may be erased".to_owned(),
        left => format!("released the oldest hold; {left} more in force"),
    });
    Ok(())
}

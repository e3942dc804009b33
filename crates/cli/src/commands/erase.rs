//! `countersign erase`: the end of a case.

use anyhow::Result;

use super::open::is_reason;
use super::trace::is_case;
use crate::args::Erase;
use crate::case::erasure;
use crate::case::folder::Case;
use crate::out;
use crate::wrong::Wrong;

/// Erases a case, unless it is held.
///
/// # Errors
/// When the folder is no case, is held, or `--for-good` is not given.
pub fn run(args: &Erase) -> Result<()> {
    is_case(&args.case)?;
    is_reason(&args.reason, "the case is erased")?;
    let case = Case::open(&args.case)?;
    let size = case.ledger()?.log().size();
    if !args.for_good {
        return Err(Wrong::usage(
            &format!(
                "nothing is erased yet: the keys of `{}`, its settings, runs, page and verdict, and \
                 what its {size} entries say",
                args.case.display()
            ),
            "this can't be undone; hand out a bundle first if somebody may need it, and give \
             `--for-good`",
        ));
    }
    erasure::erase(case, &args.reason)?;
    out::result(
        "erased: the ledger shows when something was entered and that it was erased, and nobody can \
         read what it said.\nNot erased: copies and backups of this folder, bundles that were handed \
         out, and what a disk keeps of files that were removed.",
    );
    Ok(())
}

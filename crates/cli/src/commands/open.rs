//! `countersign open`: from the pseudonym of a named holder to the name.

use std::fs;

use anyhow::{Context as _, Result};

use super::trace::is_case;
use crate::args::Open;
use crate::out;

/// Says that the name is in the files, and how to get it honestly.
///
/// # Errors
/// When the folder is no case, or nobody is named in it.
pub fn run(args: &Open) -> Result<()> {
    is_case(&args.case)?;
    let verdict =
        fs::read_to_string(args.case.join("verdict.json")).context("reading the verdict")?;
    out::result(&verdict);
    Ok(())
}

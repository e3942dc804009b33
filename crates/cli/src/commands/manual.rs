//! Completions and man pages, from the definitions of the command line itself.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::args::Cli;
use crate::out;

/// Prints the completions of a shell.
pub fn completions(shell: clap_complete::Shell) {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "countersign", &mut bytes);
    out::bytes(&bytes);
}

/// Writes a man page for the program and each command.
///
/// # Errors
/// When the folder can't be written to.
pub fn pages(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making `{}`", folder.display()))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .with_context(|| format!("writing man pages to `{}`", folder.display()))
}

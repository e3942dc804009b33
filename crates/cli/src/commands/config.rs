//! `countersign config`: the configuration of `serve`, checked and printed.

use anyhow::Result;
use countersign_server::config::Config;

use crate::args::{ConfigArgs, ConfigWhat};
use crate::out;

/// Checks or prints.
///
/// # Errors
/// What is wrong with the file.
pub fn run(args: &ConfigArgs) -> Result<()> {
    match &args.what {
        ConfigWhat::Check { file } => {
            Config::read(file)?;
            out::result("the configuration can be used");
        }
        ConfigWhat::Print => out::result(Config::print().trim_end()),
        ConfigWhat::Schema => out::result(&serde_json::to_string_pretty(&Config::schema())?),
    }
    Ok(())
}

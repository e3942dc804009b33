//! One file a command.

pub mod bench;
pub mod bundle;
#[cfg(feature = "serve")]
pub mod config;
pub mod demo;
pub mod erase;
pub mod fetch;
pub mod hold;
pub mod import;
pub mod log;
pub mod manual;
pub mod open;
pub mod reports;
#[cfg(feature = "serve")]
pub mod serve;
pub mod simulate;
pub mod trace;
pub mod verify;
pub mod witness;

//! One file a command.

pub mod bench;
pub mod demo;
pub mod import;
pub mod manual;
pub mod open;
pub mod simulate;
pub mod trace;

//! The command line of Countersign, and the runs that its documents are made from.
//!
//! `main` parses words ([`args`]) and calls one command; the clock, chance, the terminal and the
//! case folder are in this crate (`import` reads tables, `sim` writes them), nothing of the method is.

mod accounts;
mod analysis;
pub mod args;
mod case;
pub mod clock;
pub mod commands;
mod conclude;
mod evidence;
mod fetch;
mod keys;
pub mod out;
mod planting;
mod power;
pub mod progress;
mod reading;
mod shell;
mod siem;
pub mod statistics;
mod summary;
mod whole;
pub mod wrong;

/// This program, as what it writes names it.
const PROGRAM: &str = concat!("countersign ", env!("CARGO_PKG_VERSION"));

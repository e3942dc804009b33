//! The command line of Countersign, and the runs that its documents are made from.

mod case;
pub mod clock;
pub mod out;
pub mod progress;
pub mod statistics;

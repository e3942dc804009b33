//! The command line of Countersign, and the runs that its documents are made from.

pub mod statistics;

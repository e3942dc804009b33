//! The made-up company: its customers, its help desk, a seller and the callers, from one seed.
//!
//! [`world`] builds small worlds in memory: one for every kind of seller, every innocent
//! explanation, every colleague at risk and every forgery that the trace must get right. The
//! calibration runs them by the thousand. [`incident`] makes the company of 2019 at its real
//! size, and [`tables`] writes either as the tables that `trace` reads.
//!
//! It does not decide who leaked: the truth of a world is written down when the world is made,
//! beside the tables and never in them. Chance comes from a seed only, and results do not depend
//! on the number of threads, the machine or the clock. The trace's tests and the command
//! `countersign simulate` use it.
#![expect(
    clippy::cast_possible_truncation,
    reason = "row numbers and seconds of a made-up world fit u32 by construction"
)]

mod chance;
mod error;
pub mod incident;
mod names;
pub mod tables;
pub mod world;

pub use error::SimError;

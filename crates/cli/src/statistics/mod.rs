//! Does the promise hold? Thousands of made-up worlds, and a real desk's log with a planted seller.

mod calibration;
mod interval;
mod others;

pub use calibration::{Calibration, Row, calibrate, table};

//! Does the promise hold? Thousands of made-up worlds, and a real desk's log with a planted seller.

mod calibration;
mod interval;
mod others;
mod real_log;

pub use calibration::{Calibration, Row, calibrate, table};
pub use real_log::{RealRow, real_log, real_table};

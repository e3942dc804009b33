//! Does the promise hold? Thousands of made-up worlds, and a real desk's log with a planted seller.

mod calibration;
mod framing;
mod interval;
mod others;
mod power;
mod real_log;

pub use calibration::{Calibration, Holds, Row, calibrate, table};
pub use framing::{Forger, Framed, Framing, FramingRow, Pace, framing, framing_table};
pub use power::{KINDS, Power, PowerRow, power, power_table};
pub use real_log::{RealRow, real_log, real_table};

//! The report in a real browser; see `browser/report.rs`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at what it did not expect"
)]

#[path = "../browser/report.rs"]
mod report;
#[path = "../browser/webdriver.rs"]
mod webdriver;

//! What the pages say and how they are built, for every sample.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at what it did not expect"
)]

mod browser;
mod case;
mod languages;
mod pages;
mod report;
#[path = "../../../cli/tests/it/webdriver.rs"]
#[expect(dead_code, reason = "the report's own test uses the rest")]
mod webdriver;
mod wellformed;

//! What customers say about scam calls, and what becomes of it.

pub mod burst;
pub mod statement;

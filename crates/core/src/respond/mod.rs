//! What customers say about scam calls, and what becomes of it.

pub mod statement;

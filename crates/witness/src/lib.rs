//! The ledger over HTTP: its resources served, and the witness that signs what it saw.
//!
//! A witness is another organisation that remembers the last state of a log. It signs a new one
//! only if it continues that state (C2SP tlog-witness), so that the log can't show two pasts. This
//! crate builds alone, on a partner's machine that has nothing else of Countersign.
//!
//! - [`witness`]: what it remembers and signs, without HTTP.
//! - [`serve`]: both as routes, for the program here and for a console to mount.
//! - [`ask`]: how a log asks its witness.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod ask;
pub mod serve;
pub mod witness;

//! The log that a stranger can check.
//!
//! Entries go into a journal, one after the other; a Merkle tree (RFC 6962) stands over them, and
//! its root is signed. Who has a signed root can be shown that an entry is in the log, and that a
//! later root only added to it. The log is served as tlog-tiles, and leaves as an evidence bundle.
//! This crate knows bytes, not tickets: what an entry says is its caller's business.
//!
//! - [`hash`], [`tree`], [`tile`]: the tree, proofs in it, and the files that it is served as.
//! - [`note`], [`checkpoint`], [`policy`], [`proof`], [`equivocation`]: the texts that are signed and handed out.
//! - [`leaf`], [`seal`]: what an entry is made of, so that what is erased is unreadable and every
//!   proof stays valid.
//! - [`disk`], [`journal`], [`log`], [`sequencer`], [`served`]: how entries become durable, in order,
//!   each once.
//! - [`anchor`]: what a log that was put back from a copy is told from.
//! - [`gate`]: rules that an entry is taken under.
//! - [`heads`], [`mark`]: what spares a start to read the whole journal.
//! - [`bundle`]: evidence as one file, and the check of it.
//! - [`audit`]: the whole log read again.
//! - [`transcript`]: all entries about one subject, and the proof that none is left out.
//!
//! Formats: `docs/spec/ledger.md`, `docs/spec/bundle.md`. Nothing here reads a clock, makes chance
//! or speaks to a network.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod anchor;
pub mod audit;
pub mod bundle;
pub mod checkpoint;
pub mod disk;
pub mod encoding;
pub mod equivocation;
pub mod gate;
pub mod hash;
pub mod heads;
pub mod journal;
pub mod leaf;
pub mod log;
pub mod mark;
pub mod note;
pub mod policy;
pub mod proof;
pub mod quorum;
pub mod seal;
pub mod sequencer;
pub mod served;
pub mod tile;
pub mod transcript;
pub mod tree;

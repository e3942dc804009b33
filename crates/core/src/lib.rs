//! The rooms of Countersign as pure logic, and the nouns that they share.
//!
//! Two rooms stand: [`trace`] (from an access log and scam reports to the account that a list
//! leaked through, under a bound whose proof is `docs/spec/proof.md`) and [`respond`] (what
//! customers say, checked). Around them are the nouns: [`mod@reference`], [`staff`], [`time`], [`desk`] (the help desk's tables as dense columns), [`report`], [`holder`],
//! [`work`] (who changed what: it explains, and is never evidence) and [`verdict`].
//!
//! It does not read files, look at the clock, draw random numbers or print: time, chance and
//! input are arguments, so that the same inputs give the same bytes on any machine. `import` and
//! `sim` fill a [`desk::Desk`]; `cli` runs the trace; `ui` shows the [`verdict::Verdict`].

pub mod desk;
pub mod holder;
pub mod ledger;
pub mod program;
pub mod record;
pub mod reference;
pub mod report;
pub mod respond;
pub mod second;
pub mod staff;
pub mod time;
pub mod trace;
pub mod verdict;
pub mod work;

/// A length or index as the 32 bits that rows are numbered with.
///
/// Tables have under 2^32 rows: `import` refuses larger ones, so that this can't be reached.
pub(crate) fn index_u32(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A small number (a class, a code) as the 16 bits that it is kept in.
pub(crate) fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// A row number as an index.
pub(crate) const fn at(row: u32) -> usize {
    row as usize
}

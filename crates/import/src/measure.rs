//! Parts of the import on their own, for `countersign bench`.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use countersign_core::desk::View;

use crate::adapters::Beside;
use crate::drive::{Taker, drive};
use crate::error::ImportError;
use crate::file::{self, Digests};
use crate::moment::Clock;
use crate::open::{begin_log, open};
use crate::options::{Options, Sources};
use crate::piece::{EventSlots, Piece};
use crate::progress::Silent;
use crate::reading::Context;
use crate::table::Table;

/// What parsing alone found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Rows of the right shape.
    pub rows: u64,
    /// Depends on every second and on the length of every id, so that nothing is left out.
    pub checksum: u64,
}

/// What parsing and numbering found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbered {
    /// Views.
    pub rows: u64,
    /// Different accounts.
    pub accounts: u64,
    /// Different customers.
    pub customers: u64,
    /// Different tickets.
    pub tickets: u64,
}

/// Reads a file of the log up to its columns: times as seconds, ids as they stand.
///
/// Its digest is left, so that parsing is all that is timed.
///
/// # Errors
/// Those of [`crate::Open::views`].
pub fn parse(log: &Path, options: &Options) -> Result<Parsed, ImportError> {
    let clock = Clock::new(options)?;
    let cancel = AtomicBool::new(false);
    let beside = Beside::new(options)?;
    let context = Context {
        options,
        clock: &clock,
        progress: &Silent,
        cancel: &cancel,
        digests: Digests::Left,
        beside: &beside,
    };
    let mut begun = begin_log(context, log, Table::Events)?;
    let mut count = Count {
        slots: EventSlots::new(&begun.layout),
        parsed: Parsed::default(),
    };
    drive(begun.pieces.as_mut(), &mut count)?;
    Ok(count.parsed)
}

/// Reads a file of the log up to its views: parse + dictionary.
///
/// # Errors
/// Those of [`crate::Open::views`].
pub fn parse_and_number(log: &Path, options: &Options) -> Result<Numbered, ImportError> {
    let sources = Sources {
        events: vec![log.to_owned()],
        ..Sources::default()
    };
    let cancel = AtomicBool::new(false);
    let mut open = open(&sources, options, &Silent, &cancel)?;
    let mut rows = 0;
    open.views(&mut |views: &[View]| {
        rows += views.len() as u64;
        Ok(())
    })?;
    let done = open.finish()?;
    Ok(Numbered {
        rows,
        accounts: done.desk.accounts.len() as u64,
        customers: u64::from(done.desk.customers.count),
        tickets: done.desk.tickets.customer.len() as u64,
    })
}

/// Reads a file and takes its SHA-256, as every import does beside its work: (bytes, digest).
///
/// # Errors
/// [`ImportError::Open`] and [`ImportError::Read`].
pub fn digest(path: &Path) -> Result<(u64, String), ImportError> {
    let source = std::fs::File::open(path).map_err(|source| ImportError::Open {
        file: file::shown(path),
        source,
    })?;
    let tally = file::Tally::default();
    let mut tap = file::Tap {
        inner: source,
        tally: tally.clone(),
    };
    let mut block = vec![0; 1 << 20];
    loop {
        let count = tap.read(&mut block).map_err(|source| ImportError::Read {
            file: file::shown(path),
            source,
        })?;
        if count == 0 {
            return Ok((tally.bytes(), tally.digest()));
        }
    }
}

struct Count {
    slots: EventSlots,
    parsed: Parsed,
}

impl Taker<Piece> for Count {
    type Shared = EventSlots;
    type Prepared = u64;

    fn shared(&self) -> &EventSlots {
        &self.slots
    }

    fn prepare(slots: &EventSlots, piece: &Piece) -> u64 {
        let seconds: u64 = piece
            .times
            .seconds
            .iter()
            .map(|second| u64::from(second.0))
            .sum();
        let ids = [Some(slots.actor), slots.customer, slots.ticket];
        let lengths: u64 = ids
            .into_iter()
            .flatten()
            .map(|slot| piece.weight(slot))
            .fold(0, u64::wrapping_add);
        seconds.wrapping_add(lengths)
    }

    fn take(&mut self, piece: &Piece, prepared: u64) -> Result<(), ImportError> {
        self.parsed.rows += piece.len() as u64;
        self.parsed.checksum = self.parsed.checksum.wrapping_add(prepared);
        Ok(())
    }
}

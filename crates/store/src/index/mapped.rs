//! The exposure index as a mapped file.
//!
//! Layout in `docs/spec/index.md`: columns of 32-bit words one after the other, no header. The
//! file is derived from the log and has no name: it is gone when the program ends, however it ends.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::path::Path;

use countersign_core::desk::Desk;
use countersign_core::holder::Holders;
use countersign_core::time::Second;
use countersign_core::trace::index::{
    Built, Copy, Index, Layout, Numbering, TotalsByDay, Units, build_part,
};
use memmap2::{Mmap, MmapMut};
use rayon::prelude::*;
use thiserror::Error;

use super::spill::{REGION, Spill};

/// A finished index, mapped.
#[derive(Debug)]
pub struct MappedIndex {
    map: Mmap,
    file: File,
    sections: [(usize, usize); SECTIONS],
    anonymous_from: u32,
    /// First and last second.
    extent: [u32; 2],
    persons: u32,
    customers_seen: TotalsByDay,
    tickets_seen: TotalsByDay,
    overflow: Vec<[u32; 2]>,
    copies: Vec<Copy>,
    bytes: u64,
}

/// Why there is no index.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// More than the index has numbers for.
    #[error("over a million accounts: the index numbers them with 20 bits")]
    Accounts,
    /// More than a file has numbers for.
    #[error("over four billion views: split the log by year")]
    Views,
    /// What the disk says.
    #[error("{doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl From<io::Error> for IndexError {
    fn from(source: io::Error) -> Self {
        at("writing the index file")(source)
    }
}

fn at(doing: &'static str) -> impl FnOnce(io::Error) -> IndexError {
    move |source| IndexError::Io { doing, source }
}

const SECTIONS: usize = 9;
const POSITION: usize = 0;
const CELL_START: usize = 1;
const SLOT: usize = 2;
const TICKET_START: usize = 3;
const TICKET_CELL: usize = 4;
const OFFSETS: usize = 5;
const SECONDS: usize = 6;
const PACKED: usize = 7;
const LIVES: usize = 8;

/// Builds the index of the views that were taken in.
///
/// `built` is told how many views have been sorted.
///
/// # Errors
/// More accounts or views than it has numbers for, or what the disk says.
pub fn build(
    folder: &Path,
    spill: Spill,
    desk: &Desk,
    holders: &Holders,
    built: &(dyn Fn(u64) + Sync),
) -> Result<MappedIndex, IndexError> {
    let file = super::nameless(folder).map_err(at("making the index file"))?;
    build_in(file, spill, desk, holders, built)
}

/// Builds the index in an empty file.
pub(super) fn build_in(
    file: File,
    mut spill: Spill,
    desk: &Desk,
    holders: &Holders,
    built: &(dyn Fn(u64) + Sync),
) -> Result<MappedIndex, IndexError> {
    if holders.persons.len() >= 0xF_FFFF {
        return Err(IndexError::Accounts);
    }
    let layout = Layout::of(desk);
    spill.settle(&layout, desk).map_err(at("sorting views"))?;
    let (views, first, last) = spill.extent();
    let views = u32::try_from(views).map_err(|_error| IndexError::Views)? as usize;
    let positions = layout.numbering().positions();
    let columns: [&[u32]; OFFSETS] = [
        &layout.position,
        &layout.cell_start,
        &layout.slot,
        &layout.ticket_start,
        &layout.ticket_cell,
    ];
    let mut sections = [(0, 0); SECTIONS];
    let mut next = 0;
    let lengths = [positions as usize + 1, views, views, layout.slot.len()];
    for (section, length) in sections
        .iter_mut()
        .zip(columns.iter().map(|column| column.len()).chain(lengths))
    {
        *section = (next, length);
        // Every column begins on a page.
        next = (next + length * 4).next_multiple_of(4096);
    }
    file.set_len(next.max(4096) as u64)?;
    for (column, (offset, _)) in columns.iter().zip(sections) {
        file.write_all_at(bytemuck::cast_slice(column), offset as u64)?;
    }

    let regions = positions.div_ceil(REGION) as usize;
    let units = Units::new(Second(first), Second(last));
    let empty = TotalsByDay::new(Second(first), Second(last), holders.persons.len());
    let mut view_offset = Vec::with_capacity(regions);
    let mut sum = 0;
    for region in 0..regions {
        view_offset.push(sum);
        sum += spill.len(region);
    }
    let parts: Vec<Part> = (0..regions)
        .into_par_iter()
        .fold(
            || Ok(Part::new(&empty)),
            |part: io::Result<Part>, region| {
                let mut part = part?;
                let from = u32::try_from(region).map_err(io::Error::other)? * REGION;
                let to = (from + REGION).min(positions);
                let records = spill.region(region)?;
                let rows = build_part(
                    &layout,
                    holders,
                    &records,
                    from..to,
                    units,
                    &mut part.customers_seen,
                    &mut part.tickets_seen,
                );
                let slot = layout.ticket_start[from as usize];
                part.write(
                    &file,
                    &sections,
                    [view_offset[region], from as usize, slot as usize],
                    rows,
                )?;
                built(records.len() as u64);
                Ok(part)
            },
        )
        .collect::<io::Result<Vec<Part>>>()?;
    file.write_all_at(&0_u32.to_le_bytes(), sections[OFFSETS].0 as u64)?;

    let mut customers_seen = empty.clone();
    let mut tickets_seen = empty;
    let mut overflow = Vec::new();
    for part in parts {
        customers_seen.add(&part.customers_seen);
        tickets_seen.add(&part.tickets_seen);
        overflow.extend(part.overflow);
    }
    customers_seen.cumulate();
    tickets_seen.cumulate();
    overflow.sort_unstable();
    let copies = desk
        .exports
        .iter()
        .map(|export| Copy::of(export, desk, holders, &layout))
        .collect();
    (&file).flush()?;
    let bytes = file.metadata()?.len();
    Ok(MappedIndex {
        map: super::map(&file).map_err(at("mapping the index file"))?,
        file,
        sections,
        anonymous_from: layout.anonymous_from,
        extent: [first, last],
        persons: u32::try_from(holders.persons.len()).map_err(|_error| IndexError::Accounts)?,
        customers_seen,
        tickets_seen,
        overflow,
        copies,
        bytes,
    })
}

/// What one thread has built.
struct Part {
    customers_seen: TotalsByDay,
    tickets_seen: TotalsByDay,
    overflow: Vec<[u32; 2]>,
}

impl Part {
    fn new(empty: &TotalsByDay) -> Self {
        Self {
            customers_seen: empty.clone(),
            tickets_seen: empty.clone(),
            overflow: Vec::new(),
        }
    }

    fn write(
        &mut self,
        file: &File,
        sections: &[(usize, usize); SECTIONS],
        [view, position, slot]: [usize; 3],
        mut rows: Built,
    ) -> io::Result<()> {
        let first = u32::try_from(view).map_err(io::Error::other)?;
        for end in &mut rows.ends {
            *end += first;
        }
        self.overflow.extend(
            rows.overflow
                .iter()
                .map(|&[view, ordinal]| [first + view, ordinal]),
        );
        let place = |section: usize, word: usize| (sections[section].0 + word * 4) as u64;
        file.write_all_at(bytemuck::cast_slice(&rows.seconds), place(SECONDS, view))?;
        file.write_all_at(bytemuck::cast_slice(&rows.packed), place(PACKED, view))?;
        // Offsets are one ahead: position p ends where p + 1 begins.
        file.write_all_at(
            bytemuck::cast_slice(&rows.ends),
            place(OFFSETS, position + 1),
        )?;
        file.write_all_at(bytemuck::cast_slice(&rows.lives), place(LIVES, slot))
    }
}

impl MappedIndex {
    /// The index, borrowed from the map.
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        Index {
            layout: Numbering {
                position: self.column(POSITION),
                cell_start: self.column(CELL_START),
                anonymous_from: self.anonymous_from,
                slot: self.column(SLOT),
                ticket_start: self.column(TICKET_START),
                ticket_cell: self.column(TICKET_CELL),
            },
            seconds: self.column(SECONDS),
            packed: self.column(PACKED),
            lives: self.column(LIVES),
            units: Units::new(Second(self.extent[0]), Second(self.extent[1])),
            offsets: self.column(OFFSETS),
            overflow: &self.overflow,
            customers_seen: &self.customers_seen,
            tickets_seen: &self.tickets_seen,
            copies: &self.copies,
            persons: self.persons,
            delta: None,
        }
    }

    /// Drops the file from the system's page cache and maps it again, to measure what cold is.
    ///
    /// # Errors
    /// What the disk says.
    pub fn forget(mut self) -> Result<Self, IndexError> {
        // Pages that are mapped or not yet written stay in the cache.
        self.file.sync_data()?;
        self.map = MmapMut::map_anon(1)?.make_read_only()?;
        rustix::fs::fadvise(&self.file, 0, None, rustix::fs::Advice::DontNeed)
            .map_err(|error| at("dropping the index file from the cache")(error.into()))?;
        self.map = super::map(&self.file).map_err(at("mapping the index file"))?;
        Ok(self)
    }

    /// Reads every page.
    #[must_use]
    pub fn touch(&self) -> u32 {
        let pages = self.map.chunks(4096);
        pages.fold(0, |sum, page| sum + u32::from(page[0]))
    }

    /// Size of the file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn bytes_mapped(&self) -> &[u8] {
        &self.map
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// What is not in the columns, as words for a file.
    pub(super) fn words(&self) -> Vec<u32> {
        let mut words = Vec::new();
        let long = |words: &mut Vec<u32>, number: usize| {
            let [low, high] = bytemuck::cast::<u64, [u32; 2]>((number as u64).to_le());
            words.extend([low, high]);
        };
        for (offset, length) in self.sections {
            long(&mut words, offset);
            long(&mut words, length);
        }
        words.extend([
            self.anonymous_from,
            self.extent[0],
            self.extent[1],
            self.persons,
        ]);
        words.extend(self.customers_seen.words());
        words.extend(self.tickets_seen.words());
        long(&mut words, self.overflow.len());
        words.extend(self.overflow.iter().flatten());
        long(&mut words, self.copies.len());
        for copy in &self.copies {
            words.extend([copy.second.0, copy.maker.unwrap_or(u32::MAX)]);
            long(&mut words, copy.customers.len());
            long(&mut words, copy.tickets.len());
            words.extend(&copy.customers);
            words.extend(&copy.tickets);
        }
        words
    }

    /// The index of a file, whose words say what is not in its columns; none if they don't fit it.
    pub(super) fn of_words(file: File, map: Mmap, words: &[u32]) -> Option<Self> {
        let mut words = Words(words);
        let mut sections = [(0, 0); SECTIONS];
        for section in &mut sections {
            *section = (words.long()?, words.long()?);
            let end = section.1.checked_mul(4)?.checked_add(section.0)?;
            if end > map.len() || section.0 % 4096 != 0 {
                return None;
            }
        }
        let &[anonymous_from, first, last, persons] = words.take(4)?.first_chunk()?;
        let customers_seen = words.totals()?;
        let tickets_seen = words.totals()?;
        let many = words.long()?;
        let overflow = words.take(many.checked_mul(2)?)?;
        let overflow = overflow.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
        let overflow = overflow.collect();
        let mut copies = Vec::new();
        for _ in 0..words.long()? {
            let &[second, maker] = words.take(2)?.first_chunk()?;
            let (customers, tickets) = (words.long()?, words.long()?);
            copies.push(Copy {
                second: Second(second),
                maker: Some(maker).filter(|&maker| maker != u32::MAX),
                customers: words.take(customers)?.to_vec(),
                tickets: words.take(tickets)?.to_vec(),
            });
        }
        Some(Self {
            bytes: map.len() as u64,
            map,
            file,
            sections,
            anonymous_from,
            extent: [first, last],
            persons,
            customers_seen,
            tickets_seen,
            overflow,
            copies,
        })
    }

    fn column(&self, section: usize) -> &[u32] {
        let (offset, length) = self.sections[section];
        bytemuck::cast_slice(&self.map[offset..offset + length * 4])
    }
}

/// Words that are read one after the other.
struct Words<'a>(&'a [u32]);

impl<'a> Words<'a> {
    fn take(&mut self, many: usize) -> Option<&'a [u32]> {
        let (these, rest) = self.0.split_at_checked(many)?;
        self.0 = rest;
        Some(these)
    }

    fn long(&mut self) -> Option<usize> {
        let &pair = self.take(2)?.first_chunk::<2>()?;
        usize::try_from(u64::from_le(bytemuck::cast(pair))).ok()
    }

    fn totals(&mut self) -> Option<TotalsByDay> {
        let (totals, rest) = TotalsByDay::of_words(self.0)?;
        self.0 = rest;
        Some(totals)
    }
}

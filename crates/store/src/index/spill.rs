//! Views on their way into the index, sorted by region of the index into blocks on disk.
//!
//! A log of 150 million views does not fit beside the dictionaries of its ids. Each view goes to
//! the region that its customer lies in; a region is then sorted in the processor's cache.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use countersign_core::desk::{Desk, NONE, View};
use countersign_core::trace::index::{Layout, Record};

/// Positions in one region: their views (15 a customer: 1.5 MB in rows) fit in a core's cache.
pub(crate) const REGION: u32 = 1 << 13;

/// Records in one block; a block of each region is in memory (1,500 x 16 KB at 12 M customers).
const BLOCK: usize = 1024;

/// Views whose places are looked up at once.
const AHEAD: usize = 256;

/// Views by region, on disk but for the last block of each.
pub struct Spill {
    file: File,
    blocks: u64,
    regions: Vec<Blocks>,
    /// Views whose ticket has no known customer yet.
    unplaced: Blocks,
    position: Vec<u32>,
    ticket_customer: Vec<u32>,
    views: u64,
    first: u32,
    last: u32,
}

#[derive(Default)]
struct Blocks {
    on_disk: Vec<u64>,
    open: Vec<Record>,
}

impl core::fmt::Debug for Spill {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Spill")
            .field("views", &self.views)
            .finish_non_exhaustive()
    }
}

impl Spill {
    /// Makes the file in this folder; it has no name, so that nothing is left of it.
    ///
    /// `desk` is the desk as far as its tables were read.
    ///
    /// # Errors
    /// What the disk says.
    pub fn new(folder: &Path, desk: &Desk) -> io::Result<Self> {
        Ok(Self {
            file: super::nameless(folder)?,
            blocks: 0,
            regions: Vec::new(),
            unplaced: Blocks::default(),
            position: Layout::of_customers(&desk.customers).position,
            ticket_customer: desk.tickets.customer.clone(),
            views: 0,
            first: u32::MAX,
            last: 0,
        })
    }

    /// Takes views in.
    ///
    /// # Errors
    /// What the disk says.
    pub fn add(&mut self, views: &[View]) -> io::Result<()> {
        let mut places = [NONE; AHEAD];
        for views in views.chunks(AHEAD) {
            // Places lie all over two large tables: looked up ahead, they wait for each other less.
            for (place, view) in places.iter_mut().zip(views) {
                let customer = if view.ticket == NONE {
                    view.customer
                } else {
                    self.ticket_customer
                        .get(view.ticket as usize)
                        .copied()
                        .unwrap_or(NONE)
                };
                // Customers first met in the log lie behind those of the table, in their order.
                *place = self
                    .position
                    .get(customer as usize)
                    .copied()
                    .unwrap_or(customer);
            }
            for (&position, view) in places.iter().zip(views) {
                if view.ticket == NONE && position == NONE {
                    continue;
                }
                self.first = self.first.min(view.second.0);
                self.last = self.last.max(view.second.0);
                self.views += 1;
                let record = Record {
                    position,
                    second: view.second.0,
                    account: view.account,
                    ticket: view.ticket,
                };
                if position == NONE {
                    Self::push(&self.file, &mut self.blocks, &mut self.unplaced, record)?;
                } else {
                    self.place(record)?;
                }
            }
        }
        Ok(())
    }

    fn place(&mut self, record: Record) -> io::Result<()> {
        let region = (record.position / REGION) as usize;
        if region >= self.regions.len() {
            self.regions.resize_with(region + 1, Blocks::default);
        }
        Self::push(
            &self.file,
            &mut self.blocks,
            &mut self.regions[region],
            record,
        )
    }

    fn push(file: &File, blocks: &mut u64, of: &mut Blocks, record: Record) -> io::Result<()> {
        of.open.push(record);
        if of.open.len() == BLOCK {
            let bytes: &[u8] = bytemuck::cast_slice(&of.open);
            file.write_all_at(bytes, *blocks * bytes.len() as u64)?;
            of.on_disk.push(*blocks);
            *blocks += 1;
            of.open.clear();
        }
        Ok(())
    }

    /// Gives the views whose tickets were unknown their places, now that the log is read.
    pub(crate) fn settle(&mut self, layout: &Layout, desk: &Desk) -> io::Result<()> {
        let of_ticket = layout.of_tickets(&desk.tickets);
        let unplaced = std::mem::take(&mut self.unplaced);
        let mut records = vec![Record::default(); BLOCK];
        for &block in &unplaced.on_disk {
            self.block(block, &mut records)?;
            for mut record in records.iter().copied() {
                record.position = of_ticket[record.ticket as usize];
                self.place(record)?;
            }
        }
        for mut record in unplaced.open {
            record.position = of_ticket[record.ticket as usize];
            self.place(record)?;
        }
        self.position = Vec::new();
        self.ticket_customer = Vec::new();
        Ok(())
    }

    /// How many views were taken in, and first and last second.
    #[must_use]
    pub fn extent(&self) -> (u64, u32, u32) {
        if self.views == 0 {
            (0, 0, 0)
        } else {
            (self.views, self.first, self.last)
        }
    }

    /// Number of views in a region.
    pub(crate) fn len(&self, region: usize) -> usize {
        self.regions
            .get(region)
            .map_or(0, |blocks| blocks.on_disk.len() * BLOCK + blocks.open.len())
    }

    /// The views of a region, in the order in which they came.
    pub(crate) fn region(&self, region: usize) -> io::Result<Vec<Record>> {
        let Some(blocks) = self.regions.get(region) else {
            return Ok(Vec::new());
        };
        let mut records = vec![Record::default(); self.len(region)];
        let (on_disk, open) = records.split_at_mut(blocks.on_disk.len() * BLOCK);
        for (&block, records) in blocks.on_disk.iter().zip(on_disk.chunks_exact_mut(BLOCK)) {
            self.block(block, records)?;
        }
        open.copy_from_slice(&blocks.open);
        Ok(records)
    }

    fn block(&self, number: u64, records: &mut [Record]) -> io::Result<()> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(records);
        let length = bytes.len() as u64;
        self.file.read_exact_at(bytes, number * length)
    }
}

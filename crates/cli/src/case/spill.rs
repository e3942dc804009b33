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

/// Positions in one region: their views (12 a customer: 12 MB) fit in the cache.
pub(crate) const REGION: u32 = 1 << 16;

/// Records in one block.
const BLOCK: usize = 4096;

/// Views by region, on disk but for the last block of each.
pub(crate) struct Spill {
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

impl Spill {
    /// Makes the file in this folder; it has no name, so that nothing is left of it.
    ///
    /// `desk` is the desk as far as its tables were read.
    pub(crate) fn new(folder: &Path, desk: &Desk) -> io::Result<Self> {
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
    pub(crate) fn add(&mut self, views: &[View]) -> io::Result<()> {
        for view in views {
            let customer = if view.ticket == NONE {
                view.customer
            } else {
                self.ticket_customer
                    .get(view.ticket as usize)
                    .copied()
                    .unwrap_or(NONE)
            };
            if view.ticket == NONE && customer == NONE {
                continue;
            }
            self.first = self.first.min(view.second.0);
            self.last = self.last.max(view.second.0);
            self.views += 1;
            let mut record = Record {
                position: NONE,
                second: view.second.0,
                account: view.account,
                ticket: view.ticket,
            };
            if customer == NONE {
                Self::push(&self.file, &mut self.blocks, &mut self.unplaced, record)?;
            } else {
                // Customers first met in the log lie behind those of the table, in their order.
                record.position = self
                    .position
                    .get(customer as usize)
                    .copied()
                    .unwrap_or(customer);
                self.place(record)?;
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
            let words = words(&of.open);
            let bytes: &[u8] = bytemuck::cast_slice(&words);
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
        for &block in &unplaced.on_disk {
            for mut record in self.block(block)? {
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
    pub(crate) fn extent(&self) -> (u64, u32, u32) {
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
        let mut records = Vec::with_capacity(self.len(region));
        for &block in &blocks.on_disk {
            records.extend(self.block(block)?);
        }
        records.extend_from_slice(&blocks.open);
        Ok(records)
    }

    fn block(&self, number: u64) -> io::Result<Vec<Record>> {
        let mut words = vec![0_u32; BLOCK * 4];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        let length = bytes.len() as u64;
        self.file.read_exact_at(bytes, number * length)?;
        Ok(words.chunks_exact(4).map(record).collect())
    }
}

fn record(words: &[u32]) -> Record {
    Record {
        position: words[0],
        second: words[1],
        account: words[2],
        ticket: words[3],
    }
}

/// The four words of each record.
fn words(records: &[Record]) -> Vec<u32> {
    records
        .iter()
        .flat_map(|record| {
            [
                record.position,
                record.second,
                record.account,
                record.ticket,
            ]
        })
        .collect()
}

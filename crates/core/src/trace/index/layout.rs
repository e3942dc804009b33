//! Where each customer and ticket lies in the index.

use crate::desk::{Column, Customers, Desk, NONE, Tickets};
use crate::{at, index_u32};

/// Numbering of the rows: customers of one cell lie together, their tickets inside them.
///
/// Positions: cells with any attribute known, in order of their codes; then customers of which
/// nothing is known (the zero cell: rows of the table, then those first met in the log); then one
/// anonymous row for each ticket without a known customer. Rows added later never move earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Position of each customer row of the table.
    pub position: Vec<u32>,
    /// First position of each cell, and behind the last one the number of customers.
    pub cell_start: Vec<u32>,
    /// Positions from here on are anonymous: tickets of unknown customers, not customers.
    pub anonymous_from: u32,
    /// Slot of each ticket row: tickets in order of (position, row).
    pub slot: Vec<u32>,
    /// First slot of each position, and behind the last one the number of tickets.
    pub ticket_start: Vec<u32>,
    /// Cell of each slot among the tickets' own attributes.
    pub ticket_cell: Vec<u32>,
}

/// The numbering, borrowed from memory or from a mapped file.
#[derive(Clone, Copy, Debug)]
pub struct Numbering<'a> {
    /// See [`Layout::position`].
    pub position: &'a [u32],
    /// See [`Layout::cell_start`].
    pub cell_start: &'a [u32],
    /// See [`Layout::anonymous_from`].
    pub anonymous_from: u32,
    /// See [`Layout::slot`].
    pub slot: &'a [u32],
    /// See [`Layout::ticket_start`].
    pub ticket_start: &'a [u32],
    /// See [`Layout::ticket_cell`].
    pub ticket_cell: &'a [u32],
}

impl Numbering<'_> {
    /// Customers and anonymous rows together.
    #[must_use]
    pub fn positions(&self) -> u32 {
        index_u32(self.ticket_start.len().saturating_sub(1))
    }
}

impl Layout {
    /// The numbering, borrowed.
    #[must_use]
    pub fn numbering(&self) -> Numbering<'_> {
        Numbering {
            position: &self.position,
            cell_start: &self.cell_start,
            anonymous_from: self.anonymous_from,
            slot: &self.slot,
            ticket_start: &self.ticket_start,
            ticket_cell: &self.ticket_cell,
        }
    }

    /// Position of each ticket row: its customer's, or an anonymous one of its own.
    #[must_use]
    pub fn of_tickets(&self, tickets: &Tickets) -> Vec<u32> {
        let mut anonymous = self.anonymous_from;
        tickets
            .customer
            .iter()
            .map(|&customer| {
                if customer == NONE {
                    anonymous += 1;
                    anonymous - 1
                } else {
                    self.position[at(customer)]
                }
            })
            .collect()
    }

    /// Numbers the customers alone, before the log is read: rows first met in it come later.
    #[must_use]
    pub fn of_customers(customers: &Customers) -> Self {
        let cells = cells(&customers.columns, customers.count);
        let zero = cells.zero;
        let mut count = vec![0_u32; at(cells.count) + 1];
        for &cell in &cells.of_row {
            count[at(cell) + 1] += 1;
        }
        for cell in 1..count.len() {
            count[cell] += count[cell - 1];
        }
        let cell_start = count.clone();
        debug_assert!(zero + 1 == cells.count, "the zero cell is last");
        let mut position = Vec::with_capacity(cells.of_row.len());
        for &cell in &cells.of_row {
            position.push(count[at(cell)]);
            count[at(cell)] += 1;
        }
        Self {
            position,
            cell_start,
            anonymous_from: customers.count,
            ..Self::default()
        }
    }

    /// Numbers everything, once all customers and tickets are known.
    #[must_use]
    pub fn of(desk: &Desk) -> Self {
        let mut layout = Self::of_customers(&desk.customers);
        let tickets: &Tickets = &desk.tickets;
        let positions = layout.of_tickets(tickets);
        let anonymous = tickets
            .customer
            .iter()
            .filter(|&&customer| customer == NONE)
            .count();
        let rows = layout.anonymous_from + index_u32(anonymous);
        let mut start = vec![0_u32; at(rows) + 1];
        for &position in &positions {
            start[at(position) + 1] += 1;
        }
        for position in 1..start.len() {
            start[position] += start[position - 1];
        }
        let cells = cells(&tickets.columns, index_u32(positions.len()));
        layout.slot = Vec::with_capacity(positions.len());
        layout.ticket_cell = vec![0; positions.len()];
        let mut next = start.clone();
        for (&position, &cell) in positions.iter().zip(&cells.of_row) {
            let slot = next[at(position)];
            next[at(position)] += 1;
            layout.slot.push(slot);
            layout.ticket_cell[at(slot)] = cell;
        }
        layout.ticket_start = start;
        layout
    }
}

/// The cell of tickets of which nothing is known.
pub(super) fn unknown_ticket(tickets: &Tickets) -> u32 {
    cells(&tickets.columns, index_u32(tickets.customer.len())).zero
}

/// Rows told apart by all their codes together.
struct Cells {
    of_row: Vec<u32>,
    count: u32,
    /// The cell of rows of which nothing is known; always there and always last.
    zero: u32,
}

/// Numbers the combinations of codes that occur, the last column's code counting most.
///
/// A column at a time: each pass numbers the pairs of (cell so far, code) anew, so that the work
/// grows with the rows alone and a row costs four bytes.
fn cells(columns: &[Column], rows: u32) -> Cells {
    let mut of_row = vec![0_u32; at(rows)];
    // Code 0 of every column: the first of all combinations, counted even where no row has it.
    let mut count: u32 = 1;
    for column in columns.iter().rev() {
        let labels = column.labels.len().max(1);
        let codes = &column.codes[..column.codes.len().min(of_row.len())];
        let highest = codes.iter().copied().max().map_or(0, usize::from);
        let width = labels.max(highest + 1);
        let key = |cell: u32, code: u16| at(cell) * width + usize::from(code);
        let unlisted = codes.len()..of_row.len();
        let pairs = at(count) * width;
        if pairs <= MOST_PAIRS {
            let mut number = vec![0_u32; pairs];
            number[0] = 1;
            for (&cell, &code) in of_row.iter().zip(codes) {
                number[key(cell, code)] = 1;
            }
            for &cell in &of_row[unlisted.clone()] {
                number[key(cell, 0)] = 1;
            }
            count = 0;
            for number in &mut number {
                let is_met = *number == 1;
                *number = count;
                count += u32::from(is_met);
            }
            for (cell, &code) in of_row.iter_mut().zip(codes) {
                *cell = number[key(*cell, code)];
            }
            for cell in &mut of_row[unlisted] {
                *cell = number[key(*cell, 0)];
            }
        } else {
            let mut met: Vec<usize> = of_row
                .iter()
                .zip(codes)
                .map(|(&cell, &code)| key(cell, code))
                .chain(of_row[unlisted].iter().map(|&cell| key(cell, 0)))
                .collect();
            let keys = met.clone();
            met.push(0);
            met.sort_unstable();
            met.dedup();
            count = index_u32(met.len());
            for (cell, key) in of_row.iter_mut().zip(keys) {
                *cell = index_u32(met.partition_point(|&known| known < key));
            }
        }
    }
    // The zero cell goes behind all others.
    let zero = count - 1;
    for cell in &mut of_row {
        *cell = cell.checked_sub(1).unwrap_or(zero);
    }
    Cells {
        of_row,
        count,
        zero,
    }
}

/// Pairs of (cell, code) that are numbered in a table; real desks have some thousand.
const MOST_PAIRS: usize = 1 << 22;

#[cfg(test)]
mod tests {
    use super::*;

    fn column(codes: &[u16]) -> Column {
        let labels = (0..4).map(|n| n.to_string()).collect();
        Column {
            name: "c".to_owned(),
            labels,
            codes: codes.to_vec(),
        }
    }

    #[test]
    fn cells_are_the_combinations_in_order_of_their_codes_from_the_last_column_on() {
        // Many labels, so that the pairs do not fit in the table.
        let wide = |codes: Vec<u16>| Column {
            name: "c".to_owned(),
            labels: (0..u16::MAX).map(|n| n.to_string()).collect(),
            codes,
        };
        for wide_codes in [3_u32, 50_000] {
            let rows = 2_000_u32;
            let code = |row: u32, by: u32, of: u32| (row.wrapping_mul(by) % 7919 % of) as u16;
            let columns = [
                wide((0..rows).map(|row| code(row, 31, wide_codes)).collect()),
                column(
                    &(0..rows - 10)
                        .map(|row| code(row, 17, 4))
                        .collect::<Vec<_>>(),
                ),
                wide((0..rows).map(|row| code(row, 101, wide_codes)).collect()),
            ];
            let codes = |row: u32| {
                let of = |column: &Column| column.codes.get(at(row)).copied().unwrap_or(0);
                [of(&columns[2]), of(&columns[1]), of(&columns[0])]
            };
            let mut known: Vec<[u16; 3]> = (0..rows).map(codes).collect();
            known.sort_unstable();
            known.dedup();
            known.retain(|codes| *codes != [0; 3]);
            let cells = cells(&columns, rows);
            assert_eq!(at(cells.count), known.len() + 1);
            assert_eq!(at(cells.zero), known.len());
            for row in 0..rows {
                let cell = known.binary_search(&codes(row)).unwrap_or(known.len());
                assert_eq!(at(cells.of_row[at(row)]), cell, "row {row}");
            }
        }
    }

    #[test]
    fn customers_of_a_cell_lie_together_and_unknown_ones_last() {
        let customers = Customers {
            count: 5,
            columns: vec![column(&[2, 0, 1, 2])],
            refused: Vec::new(),
        };
        let layout = Layout::of_customers(&customers);
        assert_eq!(layout.position, [1, 3, 0, 2, 4]);
        assert_eq!(layout.cell_start, [0, 1, 3, 5]);
        assert_eq!(
            Layout::of_customers(&Customers {
                count: 4,
                ..customers
            })
            .position,
            [1, 3, 0, 2]
        );
    }

    #[test]
    fn tickets_lie_in_their_customers_and_unknown_ones_in_rows_of_their_own() {
        let desk = Desk {
            customers: Customers {
                count: 2,
                ..Customers::default()
            },
            tickets: Tickets {
                customer: vec![1, NONE, 0, 1, NONE],
                columns: vec![column(&[1, 1, 2, 0, 3])],
                refused: Vec::new(),
            },
            ..Desk::default()
        };
        let layout = Layout::of(&desk);
        assert_eq!(layout.anonymous_from, 2);
        assert_eq!(layout.ticket_start, [0, 1, 3, 4, 5]);
        assert_eq!(layout.slot, [1, 3, 0, 2, 4]);
        assert_eq!(
            layout.ticket_cell,
            [1, 0, 3, 0, 2],
            "codes 1, 2, 3 are cells 0, 1, 2; 0 is last"
        );
    }
}

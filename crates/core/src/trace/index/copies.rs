//! Which rows of the index a copy of the data holds.

use super::layout::Layout;
use super::rows::Copy;
use crate::at;
use crate::desk::{Desk, Export, ExportRows, NONE};
use crate::holder::Holders;

impl Copy {
    /// The rows of an export as positions and slots.
    #[must_use]
    pub fn of(export: &Export, desk: &Desk, holders: &Holders, layout: &Layout) -> Self {
        let of_customers = |keep: &dyn Fn(usize) -> bool| -> (Vec<u32>, Vec<u32>) {
            let customers = (0..at(desk.customers.count))
                .filter(|&row| keep(row))
                .map(|row| layout.position[row])
                .collect();
            let tickets = desk
                .tickets
                .customer
                .iter()
                .zip(&layout.slot)
                .filter(|&(&customer, _)| {
                    // A ticket of nobody known is in a copy of everything.
                    if customer == NONE {
                        export.rows == ExportRows::All
                    } else {
                        keep(at(customer))
                    }
                })
                .map(|(_, &slot)| slot)
                .collect();
            (customers, tickets)
        };
        let (mut customers, mut tickets): (Vec<u32>, Vec<u32>) = match &export.rows {
            ExportRows::All => of_customers(&|_| true),
            ExportRows::Where { column, code } => {
                let codes = &desk.customers.columns[*column].codes;
                of_customers(&|row| codes.get(row).copied().unwrap_or(0) == *code)
            }
            ExportRows::Listed { customers, tickets } => (
                customers
                    .iter()
                    .map(|&row| layout.position[at(row)])
                    .collect(),
                tickets.iter().map(|&row| layout.slot[at(row)]).collect(),
            ),
        };
        customers.sort_unstable();
        customers.dedup();
        tickets.sort_unstable();
        tickets.dedup();
        let maker = export
            .account
            .map(|account| holders.of_account[at(account)]);
        Self {
            second: export.second,
            maker,
            customers,
            tickets,
        }
    }
}

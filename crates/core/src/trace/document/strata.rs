//! What was compared with what: the strata's part of the verdict.

use std::collections::BTreeMap;

use super::Page;
use crate::desk::RefusedColumn;
use crate::trace::exposure::{Cell, Cut, Kind};
use crate::trace::strata::Merging;
use crate::verdict::Strata;

impl Page<'_> {
    pub(super) fn strata(&self) -> Strata {
        // A lead and a naming can ask about the same cell at the same cuts: it counts once.
        let mut mergings: BTreeMap<(Kind, Cut, Cell), &Merging> = BTreeMap::new();
        for facts in self.gathered.lead.iter().chain(&self.gathered.frozen) {
            if let Some(compared) = &facts.compared {
                let key = (facts.item.kind(), facts.cut, compared.cell);
                mergings.insert(key, &compared.stratum.merging);
            }
        }
        let mut merged = [0; 3];
        for merging in mergings.values() {
            for (sum, cells) in merged.iter_mut().zip(merging.merged) {
                *sum += cells;
            }
        }
        let frozen = &self.gathered.frozen;
        let compared = frozen.iter().filter_map(|facts| facts.compared.as_ref());
        let mut items: Vec<u32> = compared.map(|compared| compared.items).collect();
        items.sort_unstable();
        let desk = self.context.desk;
        let customers = desk
            .customers
            .columns
            .iter()
            .map(|column| ("customer", &column.name));
        let tickets = desk
            .tickets
            .columns
            .iter()
            .map(|column| ("ticket", &column.name));
        let refused = |table: &str, columns: &[RefusedColumn]| -> Vec<RefusedColumn> {
            columns
                .iter()
                .map(|column| RefusedColumn {
                    name: format!("{table}.{}", column.name),
                    reason: column.reason.clone(),
                })
                .collect()
        };
        Strata {
            attributes: customers
                .chain(tickets)
                .map(|(table, name)| format!("{table}.{name}"))
                .collect(),
            refused: [
                refused("customer", &desk.customers.refused),
                refused("ticket", &desk.tickets.refused),
            ]
            .concat(),
            cells: mergings.values().map(|merging| merging.groups).sum(),
            median_items: items.get(items.len() / 2).copied().unwrap_or(0).into(),
            smallest_items: items.first().copied().unwrap_or(0).into(),
            merged: Merging::names(merged),
        }
    }
}

//! The incident without files: the desk's tables in memory, its views as they are made.

use std::io;

use countersign_core::desk::{Desk, Export, View};
use countersign_core::report::{Quoted, Report};

use super::year::{Sink, Year, exports};
use super::{Company, Incident, Watch};
use crate::error::SimError;
use crate::names::{customer_id, row_of_customer, row_of_ticket, ticket_id};
use crate::tables::truth::TruthFile;

/// A made-up company whose year has not begun.
#[derive(Debug)]
pub struct Live {
    company: Company,
}

/// What is known when its year is over.
#[derive(Clone, Debug)]
pub struct Lived {
    /// What customers reported, in the order in which it came in.
    pub reports: Vec<Report>,
    /// Copies that left.
    pub exports: Vec<Export>,
    /// A customer on the list that was sold who does not report.
    pub silent: Option<u32>,
    /// How many views there were.
    pub views: u64,
    /// `truth.json`.
    pub truth: String,
}

impl Live {
    /// Founds the company.
    ///
    /// # Errors
    /// [`SimError::Setting`] when a setting is out of range.
    pub fn found(settings: &Incident) -> Result<Self, SimError> {
        settings.check()?;
        Ok(Self {
            company: Company::found(settings),
        })
    }

    /// The desk's tables, without copies and reports.
    #[must_use]
    pub fn desk(&self) -> Desk {
        self.company.desk()
    }

    /// Lets the company work for a year; `take` gets the views in order.
    ///
    /// # Errors
    /// What `take` says, or `watch` asked to stop.
    pub fn year(
        &self,
        take: &mut dyn FnMut(&[View]) -> io::Result<()>,
        watch: &dyn Watch,
    ) -> Result<Lived, SimError> {
        let year = Year::run(&self.company, &mut Taken(take), watch)?;
        let reported = |customer: &u32| {
            let by = |report: &Report| report.customer == Some(*customer);
            year.reports.iter().any(by)
        };
        let mut list = year.story.customers.iter().copied();
        Ok(Lived {
            silent: list.find(|customer| !reported(customer)),
            truth: TruthFile::of_incident(&self.company, &year).to_json(),
            exports: exports(&year.story).into_iter().collect(),
            reports: year.reports,
            views: year.views,
        })
    }

    /// What a customer is called.
    #[must_use]
    pub fn customer_id(row: u32) -> String {
        text(row, customer_id)
    }

    /// What a ticket is called.
    #[must_use]
    pub fn ticket_id(row: u32) -> String {
        text(row, ticket_id)
    }

    /// The number that was quoted, also where no ticket has it.
    #[must_use]
    pub fn quoted(&self, report: &Report) -> Option<String> {
        match report.quoted {
            Quoted::Nothing => None,
            Quoted::Ticket(row) => Some(text(row, ticket_id)),
            Quoted::NeverIssued => Some(text(self.company.calendar.tickets(), ticket_id)),
        }
    }

    /// Whose id this is.
    #[must_use]
    pub fn customer(id: &str, customers: u32) -> Option<u32> {
        row_of_customer(id).filter(|&row| row < customers)
    }

    /// Which ticket has this number.
    #[must_use]
    pub fn ticket(number: &str, tickets: u32) -> Option<u32> {
        row_of_ticket(number).filter(|&row| row < tickets)
    }
}

fn text(row: u32, write: fn(u32, &mut Vec<u8>)) -> String {
    let mut id = Vec::new();
    write(row, &mut id);
    String::from_utf8(id).unwrap_or_default()
}

struct Taken<'a>(&'a mut dyn FnMut(&[View]) -> io::Result<()>);

impl Sink for Taken<'_> {
    fn views(&mut self, _: &str, days: &[Vec<View>]) -> Result<(), SimError> {
        for day in days {
            (self.0)(day).map_err(|source| SimError::Write {
                path: "index".into(),
                source,
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::incident_world;

    #[test]
    fn what_is_lived_is_the_world_in_memory() {
        let settings = Incident::new(2_000, 60, 365, 3);
        let world = incident_world(&settings).unwrap();
        let live = Live::found(&settings).unwrap();
        let mut views = Vec::new();
        let take = &mut |day: &[View]| {
            views.extend_from_slice(day);
            Ok(())
        };
        let lived = live.year(take, &()).unwrap();
        assert_eq!(views, world.views);
        let desk = Desk {
            reports: lived.reports.clone(),
            exports: lived.exports,
            ..live.desk()
        };
        assert!(desk == world.desk);
        let silent = lived.silent.unwrap();
        assert!(world.truth.customers.contains(&silent));
        for report in &lived.reports {
            assert_ne!(report.customer, Some(silent));
            let id = Live::customer_id(report.customer.unwrap());
            assert_eq!(Live::customer(&id, 2_000), report.customer);
            let tickets = u32::try_from(desk.tickets.customer.len()).unwrap();
            let quoted = live
                .quoted(report)
                .and_then(|id| Live::ticket(&id, tickets));
            match report.quoted {
                Quoted::Ticket(row) => assert_eq!(quoted, Some(row)),
                Quoted::Nothing | Quoted::NeverIssued => assert_eq!(quoted, None),
            }
        }
        assert_eq!(Live::customer(&Live::customer_id(2_000), 2_000), None);
    }
}

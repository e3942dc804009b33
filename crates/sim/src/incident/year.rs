//! The year, day by day: all views in order, with the list, the sale and the calls in it.

use std::collections::HashSet;
use std::ops::Range;

use countersign_core::desk::{Column, Customers, Desk, Export, ExportRows, Tickets, View};
use countersign_core::report::Report;
use countersign_core::time::Second;
use rayon::prelude::*;

use super::customer::{PLANS, PRODUCTS, REGIONS};
use super::seller::order;
use super::ticket::{CATEGORIES, Company, LONGEST_DAYS};
use super::{Incident, Progress, Story, Taking, Watch};
use crate::error::SimError;
use crate::world::{Origin, Truth, World};

/// Where the views of the year go.
pub(crate) trait Sink {
    /// Takes some days of a month, in order; each day is sorted.
    fn views(&mut self, month: &str, days: &[Vec<View>]) -> Result<(), SimError>;
}

/// What is known when the year is over.
#[derive(Debug)]
pub(crate) struct Year {
    pub(crate) story: Story,
    pub(crate) reports: Vec<Report>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) views: u64,
}

impl Year {
    /// Lets the company work for a year.
    pub(crate) fn run(
        company: &Company,
        sink: &mut dyn Sink,
        watch: &dyn Watch,
    ) -> Result<Self, SimError> {
        let calendar = &company.calendar;
        let browsed = company.browsing();
        let mut work = Work {
            company,
            days: vec![Vec::new(); calendar.days() as usize],
        };
        work.add(&browsed);
        let mut year = Self {
            story: company.story(&browsed),
            reports: Vec::new(),
            origins: Vec::new(),
            views: 0,
        };
        let mut known = HashSet::new();
        for (month, days) in waves(company) {
            work.make(days.clone(), watch, year.views)?;
            let done = work.finish(&days);
            if company.settings.taking == Taking::OwnQueue && days.end <= calendar.sale() {
                year.take(&done, &mut known, company.settings.list as usize);
            }
            if days.end == calendar.sale() {
                year.story.sort();
                let (reports, origins, views) = company.calls(&year.story);
                (year.reports, year.origins) = (reports, origins);
                work.add(&views);
            }
            year.views += done.iter().map(|day| day.len() as u64).sum::<u64>();
            sink.views(&month, &done)?;
        }
        Ok(year)
    }

    /// The list grows by what the seller saw in its own work, until it is long enough.
    fn take(&mut self, days: &[Vec<View>], known: &mut HashSet<u32>, most: usize) {
        let seller = self.story.seller;
        for view in days.iter().flatten().filter(|view| view.account == seller) {
            if known.contains(&view.customer) || known.len() < most {
                known.insert(view.customer);
                self.story.add(std::slice::from_ref(view));
            }
        }
    }
}

/// The months, cut at the sale: the list is complete before the first call is made.
fn waves(company: &Company) -> Vec<(String, Range<u32>)> {
    let sale = company.calendar.sale();
    let mut waves = Vec::new();
    for (month, days) in company.calendar.months() {
        if days.start < sale && sale < days.end {
            waves.push((month.clone(), days.start..sale));
            waves.push((month, sale..days.end));
        } else {
            waves.push((month, days));
        }
    }
    waves
}

/// Views that are made but whose day is not over: a ticket lives for up to 30 days.
struct Work<'a> {
    company: &'a Company,
    /// By day of the log.
    days: Vec<Vec<View>>,
}

impl Work<'_> {
    /// Makes everything that begins on these days, some days at a time on all cores.
    fn make(&mut self, days: Range<u32>, watch: &dyn Watch, done: u64) -> Result<(), SimError> {
        // 15 views a customer and year, near enough for a progress bar.
        let total = u64::from(self.company.settings.customers) * 15;
        let mut made = done;
        let batch = 8;
        for first in days.clone().step_by(batch) {
            if watch.stopped() {
                return Err(SimError::Stopped);
            }
            let last = (first + batch as u32).min(days.end);
            let begun: Vec<Vec<Vec<View>>> = (first..last)
                .into_par_iter()
                .map(|day| self.begin(day))
                .collect();
            for (day, by_age) in (first..last).zip(begun) {
                for (age, views) in by_age.into_iter().enumerate() {
                    // What would happen after the end of the log is not recorded.
                    if let Some(today) = self.days.get_mut(day as usize + age) {
                        made += views.len() as u64;
                        today.extend_from_slice(&views);
                    }
                }
            }
            watch.progress(Progress {
                stage: "events",
                done: made.min(total),
                total,
            });
        }
        Ok(())
    }

    /// All views of what begins on this day, by how many days later they are.
    fn begin(&self, day: u32) -> Vec<Vec<View>> {
        let midnight = self.company.calendar.midnight(day).0;
        let mut by_age = vec![Vec::new(); LONGEST_DAYS as usize];
        let mut see = |view: View| {
            by_age[((view.second.0 - midnight) / Second::DAY) as usize].push(view);
        };
        self.company.tickets_on(day, &mut see);
        self.company.records_on(day, &mut see);
        by_age
    }

    fn add(&mut self, views: &[View]) {
        let start = self.company.calendar.midnight(0).0;
        for view in views {
            let day = (view.second.0 - start) / Second::DAY;
            if let Some(today) = self.days.get_mut(day as usize) {
                today.push(*view);
            }
        }
    }

    /// These days, sorted: nothing can be added to them any more.
    fn finish(&mut self, days: &Range<u32>) -> Vec<Vec<View>> {
        let mut done: Vec<Vec<View>> = self.days[days.start as usize..days.end as usize]
            .iter_mut()
            .map(std::mem::take)
            .collect();
        done.par_iter_mut()
            .for_each(|day| day.sort_unstable_by_key(order));
        done
    }
}

/// The incident as a world in memory; for small settings (about 20 bytes a view).
///
/// # Errors
/// [`SimError::Setting`] when a setting is out of range.
pub fn incident_world(settings: &Incident) -> Result<World, SimError> {
    struct Memory(Vec<View>);
    impl Sink for Memory {
        fn views(&mut self, _: &str, days: &[Vec<View>]) -> Result<(), SimError> {
            self.0.extend(days.iter().flatten());
            Ok(())
        }
    }
    settings.check()?;
    let company = Company::found(settings);
    let mut memory = Memory(Vec::new());
    let year = Year::run(&company, &mut memory, &())?;
    let truth = Truth {
        sellers: if year.story.copy.is_none() {
            vec![year.story.seller]
        } else {
            Vec::new()
        },
        copy: year.story.copy.clone(),
        sale: Some(year.story.sale),
        customers: year.story.customers.clone(),
        tickets: year.story.tickets.clone(),
        suspects: Vec::new(),
        origins: year.origins,
    };
    let desk = Desk {
        exports: exports(&year.story).into_iter().collect(),
        reports: year.reports,
        ..company.desk()
    };
    Ok(World {
        name: "incident",
        desk,
        views: memory.0,
        truth,
    })
}

/// The export by which the list left, if it did.
pub(crate) fn exports(story: &Story) -> Option<Export> {
    story.copy.clone().map(|name| Export {
        name,
        second: story.sale,
        account: Some(story.seller),
        rows: ExportRows::Listed {
            customers: story.customers.clone(),
            tickets: story.tickets.clone(),
        },
    })
}

impl Company {
    /// The desk's tables in memory.
    pub(super) fn desk(&self) -> Desk {
        let customers: Vec<_> = (0..self.settings.customers)
            .into_par_iter()
            .map(|row| self.profile(row))
            .collect();
        let tickets: Vec<_> = (0..self.calendar.tickets())
            .into_par_iter()
            .map(|row| {
                let ticket = self.ticket_row(row);
                (ticket.customer, ticket.queue, ticket.category)
            })
            .collect();
        let queues: Vec<String> = self.queues();
        let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
        Desk {
            accounts: self.staff.accounts().to_vec(),
            customers: Customers {
                count: self.settings.customers,
                columns: vec![
                    column(
                        "region",
                        &REGIONS,
                        customers.iter().map(|c| c.region.into()),
                    ),
                    column(
                        "product",
                        &PRODUCTS,
                        customers.iter().map(|c| c.product.into()),
                    ),
                    column("plan", &PLANS, customers.iter().map(|c| c.plan.into())),
                ],
                refused: Vec::new(),
            },
            tickets: Tickets {
                customer: tickets.iter().map(|&(customer, ..)| customer).collect(),
                columns: vec![
                    column("queue", &queues, tickets.iter().map(|&(_, queue, _)| queue)),
                    column(
                        "category",
                        &CATEGORIES,
                        tickets.iter().map(|&(.., category)| category.into()),
                    ),
                ],
                refused: Vec::new(),
            },
            ..Desk::default()
        }
    }
}

/// A column in memory: code 0 is "missing", the labels follow.
fn column(name: &str, labels: &[&str], codes: impl Iterator<Item = u16>) -> Column {
    Column {
        name: name.to_owned(),
        labels: std::iter::once("")
            .chain(labels.iter().copied())
            .map(str::to_owned)
            .collect(),
        codes: codes.map(|code| code + 1).collect(),
    }
}

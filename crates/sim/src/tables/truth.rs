//! `truth.json`: what really happened, with the ids that the tables have.

use countersign_core::desk::Account;
use countersign_core::report::Report;
use countersign_core::time::Second;
use serde::Serialize;

use crate::incident::{Company, Year};
use crate::world::Origin;

#[derive(Debug, Serialize)]
pub(crate) struct TruthFile<'a> {
    pub(crate) world: &'a str,
    pub(crate) sentence: &'a str,
    /// Accounts through which a list leaked.
    pub(crate) sellers: Vec<&'a str>,
    /// The export that leaked.
    pub(crate) copy: Option<&'a str>,
    /// Innocent accounts on which the world throws suspicion.
    pub(crate) suspects: Vec<&'a str>,
    pub(crate) sale: Option<String>,
    pub(crate) list_customers: usize,
    pub(crate) list_tickets: usize,
    pub(crate) reports: Vec<ReportTruth<'a>>,
    /// The settings from which the world can be made again.
    pub(crate) settings: serde_json::Value,
}

#[derive(Debug, Serialize)]
pub(crate) struct ReportTruth<'a> {
    report: &'a str,
    origin: Origin,
}

impl<'a> TruthFile<'a> {
    /// What happened in the incident.
    pub(crate) fn of_incident(company: &'a Company, year: &'a Year) -> Self {
        Self {
            world: "incident",
            sentence: "A list of customers is taken over months, sold at the end of June, and used \
                       by callers from August on.",
            sellers: logins(company.staff.accounts(), &[year.story.seller]),
            copy: year.story.copy.as_deref(),
            suspects: Vec::new(),
            sale: Some(time(year.story.sale)),
            list_customers: year.story.customers.len(),
            list_tickets: year.story.tickets.len(),
            reports: origins(&year.reports, &year.origins),
            settings: serde_json::to_value(&company.settings).unwrap_or_default(),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        // Strings and numbers only: nothing here can fail to be written.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        json + "\n"
    }
}

pub(crate) fn logins<'a>(accounts: &'a [Account], rows: &[u32]) -> Vec<&'a str> {
    rows.iter()
        .filter_map(|row| accounts.get(*row as usize))
        .map(|account| account.id.as_str())
        .collect()
}

pub(crate) fn origins<'a>(reports: &'a [Report], origins: &[Origin]) -> Vec<ReportTruth<'a>> {
    reports
        .iter()
        .zip(origins)
        .map(|(report, origin)| ReportTruth {
            report: &report.id,
            origin: *origin,
        })
        .collect()
}

pub(crate) fn time(second: Second) -> String {
    second.to_string()
}

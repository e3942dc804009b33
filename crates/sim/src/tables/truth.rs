//! `truth.json`: what really happened, with the ids that the tables have.

use countersign_core::desk::Account;
use countersign_core::report::Report;
use countersign_core::time::Second;
use serde::Serialize;

use crate::world::Origin;

#[derive(Debug, Serialize)]
pub(super) struct TruthFile<'a> {
    pub(super) world: &'a str,
    pub(super) sentence: &'a str,
    /// Accounts through which a list leaked.
    pub(super) sellers: Vec<&'a str>,
    /// The export that leaked.
    pub(super) copy: Option<&'a str>,
    /// Innocent accounts on which the world throws suspicion.
    pub(super) suspects: Vec<&'a str>,
    pub(super) sale: Option<String>,
    pub(super) list_customers: usize,
    pub(super) list_tickets: usize,
    pub(super) reports: Vec<ReportTruth<'a>>,
    /// The settings from which the world can be made again.
    pub(super) settings: serde_json::Value,
}

#[derive(Debug, Serialize)]
pub(super) struct ReportTruth<'a> {
    report: &'a str,
    origin: Origin,
}

impl TruthFile<'_> {
    pub(super) fn to_json(&self) -> String {
        // Strings and numbers only: nothing here can fail to be written.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        json + "\n"
    }
}

pub(super) fn logins<'a>(accounts: &'a [Account], rows: &[u32]) -> Vec<&'a str> {
    rows.iter()
        .filter_map(|row| accounts.get(*row as usize))
        .map(|account| account.id.as_str())
        .collect()
}

pub(super) fn origins<'a>(reports: &'a [Report], origins: &[Origin]) -> Vec<ReportTruth<'a>> {
    reports
        .iter()
        .zip(origins)
        .map(|(report, origin)| ReportTruth {
            report: &report.id,
            origin: *origin,
        })
        .collect()
}

pub(super) fn time(second: Second) -> String {
    second.to_string()
}

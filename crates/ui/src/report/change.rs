//! 5. What would change this: margins, forgeries, reports that did not count, what logs lack.

use askama::Template;
use countersign_core::verdict::{Factor, State, Verdict};

use super::logs::Logs;
use super::{claims, names};
use crate::numbers::{self, Weight};
use crate::plain;

/// How many of the weightiest reports are listed.
const HEAVIEST: usize = 5;

/// What the finding leans on.
#[derive(Debug, Template)]
#[template(path = "report/change.html")]
pub(crate) struct Change {
    margins: Vec<Margin>,
    read: String,
    used: String,
    /// What became of the other reports: why, how many, in words.
    unused: Vec<Unused>,
    excluded: Vec<(String, String)>,
    rejected_rows: Vec<(String, String)>,
    logs: Logs,
    heaviest: Vec<Heavy>,
    first: Option<String>,
    claimed: bool,
    gamma_required: String,
}

/// What one claim stands against.
#[derive(Debug)]
struct Margin {
    names: Vec<String>,
    gamma: String,
    fragile: bool,
    struck: String,
    forgeries: String,
    colluders: String,
}

#[derive(Debug)]
struct Unused {
    what: &'static str,
    count: String,
    why: &'static str,
}

/// One report that weighs much for the first holder.
#[derive(Debug)]
struct Heavy {
    report: String,
    item: &'static str,
    stratum: String,
    share: String,
    times: Weight,
}

impl From<&Verdict> for Change {
    fn from(verdict: &Verdict) -> Self {
        let claimed = matches!(verdict.state, State::Named | State::SetNamed);
        let first = verdict.top.first().map(|top| top.holder.as_str());
        Self {
            margins: margins(verdict),
            read: numbers::thousands(verdict.reports.read),
            used: numbers::thousands(verdict.reports.used),
            unused: unused(verdict),
            excluded: verdict
                .reports
                .excluded
                .iter()
                .map(|one| (plain::shown(&one.report), plain::shown(&one.reason)))
                .collect(),
            rejected_rows: verdict
                .inputs
                .iter()
                .filter(|input| input.rejected > 0)
                .map(|input| {
                    (
                        plain::shown(&input.path),
                        numbers::thousands(input.rejected),
                    )
                })
                .collect(),
            logs: Logs::from(verdict),
            heaviest: first.map_or_else(Vec::new, |holder| heaviest(&verdict.factors, holder)),
            first: first.map(plain::shown),
            claimed,
            gamma_required: numbers::decimal(verdict.gamma_required, 1),
        }
    }
}

fn margins(verdict: &Verdict) -> Vec<Margin> {
    claims(verdict)
        .map(|named| Margin {
            names: names(named),
            gamma: numbers::decimal(named.gamma, 1),
            fragile: named.fragile,
            struck: numbers::thousands(u64::from(named.struck)),
            forgeries: numbers::thousands(u64::from(named.forgeries_that_would_suffice)),
            colluders: numbers::thousands(u64::from(named.colluders)),
        })
        .collect()
}

fn unused(verdict: &Verdict) -> Vec<Unused> {
    let reports = &verdict.reports;
    let excluded = reports.excluded.len() as u64;
    [
        ("Not verified with the customer", reports.unverified, "Never used: anybody could have sent them."),
        ("Investigators had called first", reports.solicited, "Never used: whom to call was already a choice."),
        ("Same customer, household or company", reports.repeated, "Never used: each counts once."),
        ("No customer of this desk", reports.unmatched, "Never used: look at the matching keys."),
        ("Quoted a number that this desk never issued", reports.never_issued, "The customer’s record was used, if there is one. The number is a finding of its own: it came from elsewhere or was made up."),
        ("Nobody had seen the record in time", reports.unseen, "Says nothing about anyone, unless the log has a gap there."),
        ("Told without the time of the call", reports.without_call_time, "The time of receipt was used in its place: ask the customer."),
        ("Rows that could not be read", reports.rejected, "Not used: see rejected.csv."),
        ("Left out by a person", excluded, "Not used: the reasons stand below."),
    ]
    .into_iter()
    .map(|(what, count, why)| Unused { what, count: numbers::thousands(count), why })
    .collect()
}

fn heaviest(factors: &[Factor], holder: &str) -> Vec<Heavy> {
    let mut found: Vec<_> = factors
        .iter()
        .filter_map(|factor| {
            let one = factor.holders.iter().find(|one| one.holder == holder)?;
            (one.saw && one.log_e > 0.0).then_some((factor, one))
        })
        .collect();
    // A stable sort: reports of equal weight stay in their order.
    found.sort_by(|a, b| b.1.log_e.total_cmp(&a.1.log_e));
    found
        .into_iter()
        .take(HEAVIEST)
        .map(|(factor, one)| Heavy {
            report: plain::shown(&factor.report),
            item: if factor.item == "ticket" {
                "Ticket"
            } else {
                "Customer"
            },
            stratum: numbers::thousands(factor.stratum_items),
            share: numbers::percent(one.q),
            times: Weight::new(one.log_e),
        })
        .collect()
}

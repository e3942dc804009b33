//! 3. Who could have known: the first rows of the ranking, under every rule.

use askama::Template;
use countersign_core::verdict::{HiddenGroups, Top, Verdict};

use super::{Tag, kind, standing};
use crate::numbers::{self, Weight};
use crate::plain;

/// The ranking.
#[derive(Debug, Template)]
#[template(path = "report/holders.html")]
pub(crate) struct Holders {
    rows: Vec<Row>,
    accounts: String,
    used: String,
    k2_searched: bool,
    /// The logs of changes, where there are any.
    changes: Vec<String>,
    /// Groups too small to be shown, by kind; empty where there is none.
    hidden: Vec<String>,
}

/// One holder.
#[derive(Debug)]
struct Row {
    holder: String,
    tag: Tag,
    kind: &'static str,
    team: Option<String>,
    saw: String,
    of: String,
    worked: Option<Worked>,
    expected: String,
    evidence: Weight,
    alone: Weight,
    one: Option<Weight>,
    two: Option<Two>,
    against: Vec<String>,
    conditional: Weight,
    single: Weight,
    ring: Weight,
}

/// What the holder had worked on of what it had seen.
#[derive(Debug)]
enum Worked {
    /// So many of so many records.
    Changed(String, String),
    /// Nothing in the logs of changes is by this holder.
    NotInLogs,
}

/// What is left with two colleagues set aside.
#[derive(Debug)]
enum Two {
    Exact(Weight),
    AtLeast(Weight),
    /// A proven lower end that says no more than chance.
    NothingProven,
}

impl From<&Verdict> for Holders {
    fn from(verdict: &Verdict) -> Self {
        Self {
            rows: verdict.top.iter().map(|top| row(verdict, top)).collect(),
            accounts: numbers::counted(verdict.accounts, "account", "accounts"),
            used: numbers::counted(verdict.reports.used, "report", "reports"),
            hidden: hidden(verdict.hidden_groups),
            changes: verdict
                .inputs
                .iter()
                .filter(|input| input.table == "changes")
                .map(|input| plain::shown(&input.path))
                .collect(),
            k2_searched: verdict.top.iter().any(|top| top.outside.k2.is_some()),
        }
    }
}

fn hidden(groups: HiddenGroups) -> Vec<String> {
    [
        (groups.teams, "team", "teams"),
        (groups.sites, "site", "sites"),
        (groups.vendors, "vendor", "vendors"),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, one, many)| numbers::counted(count, one, many))
    .collect()
}

fn row(verdict: &Verdict, top: &Top) -> Row {
    Row {
        holder: plain::shown(&top.holder),
        tag: standing(verdict, &top.holder),
        kind: kind(top.kind),
        team: top.team.as_deref().map(plain::shown),
        saw: numbers::thousands(top.saw),
        of: numbers::thousands(top.of),
        worked: top.worked_on.map(|worked| {
            if worked.in_logs {
                let [changed, seen] = [worked.changed, worked.seen].map(numbers::thousands);
                Worked::Changed(changed, seen)
            } else {
                Worked::NotInLogs
            }
        }),
        expected: numbers::decimal(top.expected, 1),
        evidence: Weight::new(top.log_e),
        alone: Weight::new(top.outside.k0),
        one: top.outside.k1.map(Weight::new),
        two: top
            .outside
            .k2
            .map(|log_e| match (top.outside.k2_exact, log_e >= 0.0) {
                (true, _) => Two::Exact(Weight::new(log_e)),
                (false, true) => Two::AtLeast(Weight::new(log_e)),
                (false, false) => Two::NothingProven,
            }),
        against: top
            .outside
            .against
            .iter()
            .map(|holder| plain::shown(holder))
            .collect(),
        conditional: Weight::new(top.conditional),
        single: Weight::new(top.single),
        ring: Weight::new(top.ring),
    }
}

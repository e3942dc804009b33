//! 2. The evidence race: how the evidence grew, report by report, under both rules.

use askama::Template;
use countersign_core::verdict::{Level, LevelKind, Named, Top, Verdict};

use super::{Tag, last_lead, standing};
use crate::charts::{Accent, Line, Race, Svg};
use crate::numbers::{self, Weight};
use crate::plain;

/// How many lines one chart holds: each is named at its end, and its table fits on paper.
const LINES: usize = 8;

/// Both races.
#[derive(Debug, Template)]
#[template(path = "report/growth.html")]
pub(crate) struct Growth {
    races: Vec<RaceView>,
    colluders: &'static str,
    left_out: String,
    any_left_out: bool,
}

/// One chart with its table.
#[derive(Debug)]
struct RaceView {
    id: &'static str,
    heading: &'static str,
    intro: String,
    chart: Svg,
    caption: String,
    holders: Vec<String>,
    rows: Vec<Row>,
    /// The bound with its words, where the chart has one.
    bound: Option<(Weight, String)>,
    leads: bool,
}

/// The evidence after one report.
#[derive(Debug)]
struct Row {
    number: String,
    report: String,
    weights: Vec<Weight>,
    first: Option<String>,
}

impl From<&Verdict> for Growth {
    fn from(verdict: &Verdict) -> Self {
        let shown = picked(verdict);
        let left_out = verdict.top.len().saturating_sub(shown.len());
        Self {
            races: if shown
                .iter()
                .all(|top| top.named_path.is_empty() && top.lead_path.is_empty())
            {
                Vec::new()
            } else {
                vec![naming(verdict, &shown), leading(verdict, &shown)]
            },
            colluders: if verdict.colluders > 1 {
                " A naming here also needs the same with two colleagues set aside."
            } else {
                ""
            },
            left_out: numbers::counted(left_out as u64, "row", "rows"),
            any_left_out: left_out > 0,
        }
    }
}

/// The first rows of the top, and whoever is claimed further down.
fn picked(verdict: &Verdict) -> Vec<&Top> {
    let mut shown: Vec<&Top> = verdict.top.iter().take(LINES).collect();
    let claimed = |top: &&Top| matches!(standing(verdict, &top.holder), Tag::NAMED | Tag::ONE_OF);
    for top in verdict.top.iter().skip(LINES).filter(claimed) {
        let Some(place) = shown.iter().rposition(|one| !claimed(one)) else {
            break;
        };
        shown.remove(place);
        shown.push(top);
    }
    shown
}

fn naming(verdict: &Verdict, shown: &[&Top]) -> RaceView {
    let level = verdict
        .levels
        .iter()
        .find(|level| level.level == LevelKind::Person);
    let bound = level.map(|level| level.threshold);
    let weight = bound.map(Weight::threshold);
    let finding = passed(verdict, shown, bound);
    view(
        verdict,
        shown,
        &Which {
            id: "naming",
            heading: "Under the naming rule",
            intro: format!(
                "Only this evidence can name anyone. It counts what an account had seen {} before \
                 the first known call, sets aside everything that any one colleague could have \
                 sold, strikes {}, and allows for an unfair comparison up to odds of {}.",
                numbers::counted(u64::from(verdict.freeze_days), "day", "days"),
                match verdict.strike {
                    0 => "no report".to_owned(),
                    1 => "the strongest report".to_owned(),
                    n => format!("the {n} strongest reports"),
                },
                numbers::decimal(verdict.gamma_required, 1)
            ),
            title: "Evidence for each account under the naming rule, after each report",
            finding,
            bound,
            weight,
            bound_words: level.map(|level| bound_words(verdict, level)),
        },
        |top| &top.named_path,
    )
}

/// Whose line ends above the bound; a line alone is not a naming, and the words keep them apart.
fn passed(verdict: &Verdict, shown: &[&Top], bound: Option<f64>) -> String {
    let above = |top: &&&Top| {
        bound
            .zip(top.named_path.last())
            .is_some_and(|(bound, end)| *end >= bound)
    };
    let (named, open): (Vec<&Top>, Vec<&Top>) = shown
        .iter()
        .filter(above)
        .partition(|top| standing(verdict, &top.holder) == Tag::NAMED);
    let list = |tops: &[&Top]| {
        let names: Vec<String> = tops
            .iter()
            .map(|top| plain::label(&top.holder, 24))
            .collect();
        format!(
            "{} {}",
            plain::list(&names, "and"),
            if names.len() == 1 { "ends" } else { "end" }
        )
    };
    match (named.is_empty(), open.is_empty()) {
        (true, true) => "No line ends at the bound for one person.".to_owned(),
        (false, true) => format!("{} above the bound for one person.", list(&named)),
        (true, false) => {
            format!(
                "{} above the line, but not every condition of a naming holds.",
                list(&open)
            )
        }
        (false, false) => format!(
            "{} above the bound for one person. {} above the line as well, but not every \
             condition of a naming holds there.",
            list(&named),
            list(&open)
        ),
    }
}

/// Where a holder that is named by itself passed the bound.
fn mark(verdict: &Verdict, holder: &str) -> Option<usize> {
    let alone = |named: &&Named| named.holders.len() == 1 && named.holders[0] == holder;
    let named = verdict
        .named
        .iter()
        .find(alone)
        .filter(|_| standing(verdict, holder) == Tag::NAMED)?;
    usize::try_from(named.after_reports).ok()
}

fn leading(verdict: &Verdict, shown: &[&Top]) -> RaceView {
    let finding = last_lead(verdict).map_or_else(
        || "Nobody is first after the last report.".to_owned(),
        |holder| {
            format!(
                "{} is first after the last report.",
                plain::label(holder, 24)
            )
        },
    );
    view(
        verdict,
        shown,
        &Which {
            id: "leading",
            heading: "As a lead",
            intro: "This evidence orders the leads and claims nothing: it has no bound, it sets \
                    nothing aside, and close colleagues rise together with whoever leaked."
                .to_owned(),
            title: "Evidence that orders the leads, after each report",
            finding,
            bound: None,
            weight: None,
            bound_words: None,
        },
        |top| &top.lead_path,
    )
}

/// How the bound comes about: so many holders share so much of the chance.
fn bound_words(verdict: &Verdict, level: &Level) -> String {
    format!(
        "{} divided by {} of the chance of {}",
        numbers::counted(
            level.holders,
            "person",
            "persons, room for newcomers included,"
        ),
        numbers::percent(level.share),
        numbers::one_in(verdict.alpha)
    )
}

/// What differs between the two races.
struct Which {
    id: &'static str,
    heading: &'static str,
    intro: String,
    title: &'static str,
    finding: String,
    bound: Option<f64>,
    weight: Option<Weight>,
    bound_words: Option<String>,
}

fn view(
    verdict: &Verdict,
    shown: &[&Top],
    which: &Which,
    path: impl Fn(&Top) -> &[f64],
) -> RaceView {
    let lines = shown
        .iter()
        .map(|top| Line {
            label: plain::label(&top.holder, 13),
            accent: match standing(verdict, &top.holder) {
                Tag::NAMED | Tag::ONE_OF => Accent::Named,
                _ if last_lead(verdict) == Some(&top.holder) => Accent::First,
                _ => Accent::Other,
            },
            path: path(top).to_vec(),
            mark: which.bound.and_then(|_| mark(verdict, &top.holder)),
        })
        .collect::<Vec<_>>();
    // One accent a chart: beside a claim, being first is nothing.
    let claimed = lines.iter().any(|line| line.accent == Accent::Named);
    let lines = lines
        .into_iter()
        .map(|line| match line.accent {
            Accent::First if claimed => Line {
                accent: Accent::Other,
                ..line
            },
            _ => line,
        })
        .collect();
    let race = Race {
        id: which.id,
        title: which.title.to_owned(),
        desc: format!("{} The table below has every value.", which.finding),
        lines,
        bound: which
            .bound
            .zip(which.weight.as_ref())
            .map(|(bound, weight)| (bound, format!("Bound: {}", weight.number))),
    };
    let reports = shown.iter().map(|top| path(top).len()).max().unwrap_or(0);
    RaceView {
        id: which.id,
        heading: which.heading,
        intro: which.intro.clone(),
        chart: race.draw(),
        caption: which.finding.clone(),
        holders: shown.iter().map(|top| plain::shown(&top.holder)).collect(),
        rows: (0..reports)
            .map(|index| Row {
                number: numbers::thousands(index as u64 + 1),
                report: verdict
                    .timeline
                    .get(index)
                    .map_or_else(String::new, |entry| plain::shown(&entry.report)),
                weights: shown
                    .iter()
                    .map(|top| Weight::new(path(top).get(index).copied().unwrap_or(f64::NAN)))
                    .collect(),
                first: verdict
                    .lead
                    .get(index)
                    .cloned()
                    .flatten()
                    .map(|holder| plain::shown(&holder)),
            })
            .collect(),
        bound: which.weight.clone().zip(which.bound_words.clone()),
        leads: which.bound.is_none(),
    }
}

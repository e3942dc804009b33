//! 2. The evidence race: how the evidence grew, report by report, under both rules.

use askama::Template;
use countersign_core::verdict::{Level, LevelKind, Named, Top, Verdict};

use super::claims::{Row as ClaimRow, Stands, has_own_path, short};
use super::{Tag, claims, last_lead, names, spread, standing};
use crate::charts::{Accent, Line, Race, Svg};
use crate::moment::Moment;
use crate::numbers::{self, Weight};
use crate::plain;

/// How many lines one chart holds: each is named at its end, and its table fits on paper.
const LINES: usize = 8;
/// Claims that get a chart of their own; every one has its row in the table.
const OWN_CHARTS: [&str; 4] = ["claim-1", "claim-2", "claim-3", "claim-4"];

/// All races, and the claims in a table.
#[derive(Debug, Template)]
#[template(path = "report/growth.html")]
pub(crate) struct Growth {
    freeze: Option<Freeze>,
    claims: Vec<ClaimRow>,
    fallen: bool,
    races: Vec<RaceView>,
    left_out: String,
    any_left_out: bool,
}

/// From when on views do not count for naming.
#[derive(Debug)]
struct Freeze {
    first_call: Moment,
    at: Moment,
    days: String,
    /// Where an earlier call became known late: until when views had counted before.
    before: Option<Moment>,
}

/// One chart with its table.
#[derive(Debug)]
struct RaceView {
    id: &'static str,
    heading: String,
    intro: String,
    chart: Svg,
    caption: String,
    /// The table's caption.
    table: &'static str,
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
        let moved = shown
            .iter()
            .any(|top| !top.named_path.is_empty() || !top.lead_path.is_empty());
        let races = if moved {
            let own = claims(verdict).filter(|claim| has_own_path(verdict, claim));
            let own = own
                .zip(OWN_CHARTS)
                .map(|(claim, id)| own_race(verdict, claim, id));
            let mut races = vec![naming(verdict, &shown)];
            races.extend(own);
            races.push(leading(verdict, &shown));
            races
        } else {
            Vec::new()
        };
        let claims: Vec<ClaimRow> = claims(verdict)
            .map(|claim| ClaimRow::new(verdict, claim))
            .collect();
        Self {
            freeze: verdict.freeze.as_ref().map(|freeze| Freeze {
                first_call: Moment::new(&freeze.first_call),
                at: Moment::new(&freeze.at),
                days: numbers::counted(u64::from(verdict.freeze_days), "day", "days"),
                before: (freeze.latest > freeze.at).then(|| Moment::new(&freeze.latest)),
            }),
            fallen: claims
                .iter()
                .any(|row| row.reading.stands == Stands::Fallen),
            claims,
            races,
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

/// What the naming rule asks, in words.
fn rule(verdict: &Verdict, colleagues: &str) -> String {
    format!(
        "sets aside everything that {colleagues} could have sold, strikes {}, and allows for an \
         unfair comparison up to odds of {}",
        match verdict.strike {
            0 => "no report".to_owned(),
            1 => "the strongest report".to_owned(),
            n => format!("the {n} strongest reports"),
        },
        numbers::decimal(verdict.gamma_required, 1)
    )
}

fn naming(verdict: &Verdict, shown: &[&Top]) -> RaceView {
    let level = level_of(verdict, LevelKind::Person);
    let bound = level.map(|level| level.threshold);
    let also = if verdict.colluders > 1 {
        " A naming here also needs the same with two colleagues set aside."
    } else {
        ""
    };
    view(
        verdict,
        runners(verdict, shown, bound, |top| &top.named_path),
        Which {
            id: "naming",
            heading: "Each account under the naming rule".to_owned(),
            intro: format!(
                "Only this evidence can name anyone. It counts what an account had seen before \
                 the freeze, {}.{also}",
                rule(verdict, "any one colleague")
            ),
            title: "Evidence for each account under the naming rule, after each report".to_owned(),
            finding: finding(verdict, shown, bound),
            table: "Evidence after each report, under the naming rule (e-values)",
            bound: bound.zip(level.map(|level| bound_words(verdict, level))),
            leads: false,
        },
    )
}

/// The race of one claim against its own bound.
fn own_race(verdict: &Verdict, claim: &Named, id: &'static str) -> RaceView {
    let colleagues = if verdict.colluders > 1 {
        "any two accounts outside it"
    } else {
        "any one account outside it"
    };
    let kind = match claim.level {
        LevelKind::Team => "the team ",
        LevelKind::Site => "the site ",
        LevelKind::Copy if claim.group.is_some() => "the vendor ",
        LevelKind::Copy => "the copy ",
        LevelKind::Person | LevelKind::Pair | LevelKind::Triple | LevelKind::NearIdentical => "",
    };
    let said = plain::list(&names(claim), "or");
    let name = plain::label(&short(claim), 13);
    let path = spread(verdict, &claim.path);
    let stands = path.last().is_some_and(|now| *now >= claim.threshold);
    view(
        verdict,
        vec![Runner {
            label: name.clone(),
            holder: if claim.holders.len() == 1 {
                said.clone()
            } else {
                name.clone()
            },
            accent: Accent::Named,
            path,
            mark: usize::try_from(claim.after_reports).ok(),
        }],
        Which {
            id,
            heading: format!("The claim about {kind}{said}"),
            intro: format!(
                "This claim has a bound of its own. Its evidence takes {} as one holder, {}.",
                match claim.level {
                    LevelKind::Person => "the account",
                    LevelKind::Copy if claim.group.is_none() => "the copy",
                    _ => "what any of its accounts had seen",
                },
                rule(verdict, colleagues)
            ),
            title: "Evidence for this claim under the naming rule, after each report".to_owned(),
            finding: format!(
                "Named at report {}; the line ends {} this claim’s own bound.",
                numbers::thousands(claim.after_reports),
                if stands { "above" } else { "below" }
            ),
            table: "Evidence for this claim after each report (e-values)",
            bound: Some((
                claim.threshold,
                level_of(verdict, claim.level)
                    .map_or_else(String::new, |level| bound_words(verdict, level)),
            )),
            leads: false,
        },
    )
}

/// Whose line ends above the bound; a line alone is not a naming, and the words keep them apart.
fn finding(verdict: &Verdict, shown: &[&Top], bound: Option<f64>) -> String {
    let above = |top: &&&Top| {
        bound
            .zip(top.named_path.last())
            .is_some_and(|(bound, end)| *end >= bound)
    };
    let is_named = |top: &&&Top| standing(verdict, &top.holder) == Tag::NAMED;
    let list = |tops: &[&&Top]| {
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
    let (over, under): (Vec<&&Top>, Vec<&&Top>) = shown.iter().partition(above);
    let (named, open): (Vec<&&Top>, Vec<&&Top>) = over.into_iter().partition(is_named);
    let fallen: Vec<&&Top> = under.into_iter().filter(is_named).collect();
    let mut said = Vec::new();
    if !named.is_empty() {
        said.push(format!("{} above the bound for one person.", list(&named)));
    }
    if !fallen.is_empty() {
        said.push(format!(
            "{} below the bound for one person that was passed before.",
            list(&fallen)
        ));
    }
    if !open.is_empty() {
        said.push(format!(
            "{} above the line, but not every condition of a naming holds there.",
            list(&open)
        ));
    }
    if said.is_empty() {
        said.push("No line ends at the bound for one person.".to_owned());
    }
    said.join(" ")
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
        runners(verdict, shown, None, |top| &top.lead_path),
        Which {
            id: "leading",
            heading: "As a lead".to_owned(),
            intro: "This evidence orders the leads and claims nothing: it has no bound, it sets \
                    nothing aside, and close colleagues rise together with whoever leaked."
                .to_owned(),
            title: "Evidence that orders the leads, after each report".to_owned(),
            finding,
            table: "Evidence after each report, as a lead (e-values)",
            bound: None,
            leads: true,
        },
    )
}

fn level_of(verdict: &Verdict, kind: LevelKind) -> Option<&Level> {
    verdict.levels.iter().find(|level| level.level == kind)
}

/// How the bound comes about: so many holders share so much of the chance.
fn bound_words(verdict: &Verdict, level: &Level) -> String {
    let whose = match level.level {
        LevelKind::Person => ("person", "persons"),
        LevelKind::Pair | LevelKind::Triple | LevelKind::NearIdentical => ("set", "sets"),
        LevelKind::Team => ("team", "teams"),
        LevelKind::Site => ("site", "sites"),
        LevelKind::Copy => ("copy or vendor", "copies and vendors"),
    };
    format!(
        "{}, room for newcomers included, divided by {} of the chance of {} that version {} has \
         of the {}",
        numbers::counted(level.holders, whose.0, whose.1),
        numbers::percent(level.share),
        numbers::one_in(verdict.alpha / libm::exp2(f64::from(verdict.version))),
        verdict.version,
        numbers::one_in(verdict.alpha),
    )
}

/// What differs between the races.
struct Which {
    id: &'static str,
    heading: String,
    intro: String,
    title: String,
    finding: String,
    table: &'static str,
    bound: Option<(f64, String)>,
    leads: bool,
}

/// One line with what the table calls it.
struct Runner {
    label: String,
    holder: String,
    accent: Accent,
    path: Vec<f64>,
    mark: Option<usize>,
}

/// A line an account; only who is named by itself is red, and beside it being first is nothing.
fn runners(
    verdict: &Verdict,
    shown: &[&Top],
    bound: Option<f64>,
    path: impl Fn(&Top) -> &[f64],
) -> Vec<Runner> {
    let is_named = |top: &Top| standing(verdict, &top.holder) == Tag::NAMED;
    let any_named = shown.iter().any(|top| is_named(top));
    shown
        .iter()
        .map(|top| Runner {
            label: plain::label(&top.holder, 13),
            holder: plain::shown(&top.holder),
            accent: if is_named(top) {
                Accent::Named
            } else if !any_named && last_lead(verdict) == Some(&top.holder) {
                Accent::First
            } else {
                Accent::Other
            },
            path: spread(verdict, path(top)),
            mark: bound.and_then(|_| mark(verdict, &top.holder)),
        })
        .collect()
}

/// Where a holder that is named by itself passed the bound.
fn mark(verdict: &Verdict, holder: &str) -> Option<usize> {
    let named = claims(verdict).find(|named| named.holders == [holder])?;
    // With two colleagues set aside it passes later, on a line of its own.
    if has_own_path(verdict, named) {
        return None;
    }
    usize::try_from(named.after_reports).ok()
}

fn view(verdict: &Verdict, runners: Vec<Runner>, which: Which) -> RaceView {
    let bound = which
        .bound
        .map(|(bound, words)| (bound, Weight::threshold(bound), words));
    let reports = verdict.timeline.len();
    let rows = (0..reports)
        .map(|index| Row {
            number: numbers::thousands(index as u64 + 1),
            report: verdict
                .timeline
                .get(index)
                .map_or_else(String::new, |entry| plain::shown(&entry.report)),
            weights: runners
                .iter()
                .map(|runner| Weight::new(runner.path.get(index).copied().unwrap_or(f64::NAN)))
                .collect(),
            first: verdict
                .lead
                .get(index)
                .cloned()
                .flatten()
                .map(|holder| plain::shown(&holder)),
        })
        .collect();
    let holders = runners.iter().map(|one| one.holder.clone()).collect();
    let race = Race {
        id: which.id,
        title: which.title,
        desc: format!("{} The table below has every value.", which.finding),
        lines: runners
            .into_iter()
            .map(|runner| Line {
                label: runner.label,
                accent: runner.accent,
                path: runner.path,
                mark: runner.mark,
            })
            .collect(),
        bound: bound
            .as_ref()
            .map(|(bound, weight, _)| (*bound, format!("Bound: {}", weight.number))),
    };
    RaceView {
        id: which.id,
        heading: which.heading,
        intro: which.intro,
        chart: race.draw(),
        caption: which.finding,
        table: which.table,
        holders,
        rows,
        bound: bound.map(|(_, weight, words)| (weight, words)),
        leads: which.leads,
    }
}

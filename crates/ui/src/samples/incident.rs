//! The incident that the samples share: a desk, its reports, and how the evidence grew.

use countersign_core::desk::{AccountKind, RefusedColumn};
use countersign_core::report::Channel;
use countersign_core::time::Second;
use countersign_core::verdict::{
    Coverage, FORMAT, Factor, Freeze, HiddenGroups, HolderFactor, Level, LevelKind, Merged,
    OtherExplanation, Outside, Reports, SaleWeek, State, Strata, TimelineEntry, Top,
    UniversalViewer, Verdict, Views,
};

use super::inputs;

/// The promise of the first version: half of alpha = 1 / 1,000.
const ALPHA: f64 = 0.000_5;
/// Days before the first call at which exposure is frozen.
const FREEZE_DAYS: u32 = 30;

/// Pseudonyms, the first of which leaks.
const BIRDS: [&str; 20] = [
    "Heron-41",
    "Wren-08",
    "Finch-77",
    "Sandpiper-12",
    "Robin-30",
    "Teal-59",
    "Osprey-23",
    "Dunlin-64",
    "Kestrel-02",
    "Siskin-91",
    "Curlew-17",
    "Plover-85",
    "Avocet-36",
    "Linnet-48",
    "Swift-70",
    "Grebe-05",
    "Nuthatch-29",
    "Bittern-63",
    "Fieldfare-14",
    "Ruff-96",
];

/// Small whole numbers that look arbitrary and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let roll = self.roll(all.len() as u64);
        all[usize::try_from(roll).unwrap_or(0)]
    }

    /// 0 to 1 in thousandths.
    fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.roll(1_000)).unwrap_or(0)) / 1_000.0
    }
}

/// How strongly the first row's evidence grows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// Nothing fits anybody.
    Still,
    /// A list that leaked through the first row.
    Leak,
}

/// A desk with that many reports and rows in its ranking, nobody claimed yet.
pub(super) fn incident(reports: usize, rows: usize, pace: Pace) -> Verdict {
    let mut dice = Dice(2019);
    let timeline = timeline(reports, &mut dice);
    let used: Vec<bool> = timeline.iter().map(|entry| entry.used).collect();
    let mut top: Vec<Top> = BIRDS
        .iter()
        .take(rows)
        .enumerate()
        .map(|(row, bird)| row_of(row, bird, &used, pace, &mut dice))
        .collect();
    top.sort_by(|a, b| b.log_e.total_cmp(&a.log_e));
    let lead = leaders(&top, &used);
    let freeze = freeze(&timeline);
    let count = |what: fn(&TimelineEntry) -> bool| {
        timeline.iter().filter(|entry| what(entry)).count() as u64
    };
    Verdict {
        format: FORMAT.to_owned(),
        method: "countersign-trace/1".to_owned(),
        run: 7,
        version: 1,
        state: State::Lead,
        views: Views::Views,
        exploratory: false,
        alpha: 0.001,
        colluders: 1,
        gamma_required: 1.5,
        strike: 2,
        freeze_days: FREEZE_DAYS,
        freeze: freeze.clone(),
        accounts: 300,
        reserve: 30,
        levels: levels(),
        strata: Strata {
            attributes: vec!["customer.region".to_owned(), "ticket.queue".to_owned()],
            refused: vec![RefusedColumn {
                name: "postcode".to_owned(),
                reason: "over 200 values".to_owned(),
            }],
            cells: 2_112,
            median_items: 366,
            smallest_items: 41,
            merged: vec![
                Merged {
                    by: "first_seen".to_owned(),
                    cells: 118,
                },
                Merged {
                    by: "last_seen".to_owned(),
                    cells: 27,
                },
            ],
        },
        reports: Reports {
            read: reports as u64,
            used: count(|entry| entry.used),
            unverified: count(|entry| entry.why_not.as_deref() == Some(UNVERIFIED)),
            repeated: count(|entry| entry.why_not.as_deref() == Some(REPEATED)),
            without_call_time: count(|entry| entry.called_at.is_none()),
            never_issued: u64::from(reports > 12),
            ..Reports::default()
        },
        universal_viewers: vec![UniversalViewer {
            holder: "Magpie-50".to_owned(),
            share: 0.991,
            kind: Some(AccountKind::Service),
        }],
        service_accounts: vec!["Magpie-50".to_owned(), "Jackdaw-81".to_owned()],
        hidden_groups: HiddenGroups {
            teams: 4,
            sites: 1,
            vendors: 0,
        },
        named: Vec::new(),
        set_named: Vec::new(),
        strong_leads: Vec::new(),
        factors: factors(&top, &timeline, freeze.as_ref(), &mut dice),
        sale_date: sale_date(),
        top,
        lead,
        timeline,
        coverage: Coverage {
            rows: 2_430_282,
            unresolved: 0.0021,
            from: Some("2018-09-01T06:00:12Z".to_owned()),
            to: Some("2019-11-04T17:59:48Z".to_owned()),
            accounts: 302,
            customers: 200_000,
            tickets: 512_874,
            gaps: vec![inputs::gap()],
        },
        inputs: inputs::tables(reports),
        other_explanations: other_explanations(),
        recompute:
            "countersign trace --case case --events events.parquet --customers customers.parquet \
                    --tickets tickets.parquet --accounts accounts.csv --reports calls.csv \
                    --alpha 0.001 --colluders 1 --gamma 1.5 --strike 2 --freeze-days 30"
                .to_owned(),
    }
}

/// The report (1-based) at which a path first passes the threshold, and when that came in.
pub(super) fn passed(verdict: &Verdict, path: &[f64], threshold: f64) -> (u64, String) {
    let place = path.iter().position(|value| *value >= threshold);
    let used = verdict
        .timeline
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.used)
        .map(|(index, _)| index);
    let index = used.clone().nth(place.unwrap_or(0)).unwrap_or(0);
    (index as u64 + 1, received(verdict, index))
}

/// What a level needs.
pub(super) fn threshold(verdict: &Verdict, kind: LevelKind) -> f64 {
    let level = verdict.levels.iter().find(|level| level.level == kind);
    level.map_or(0.0, |level| level.threshold)
}

/// When the report with this index came in.
pub(super) fn received(verdict: &Verdict, index: usize) -> String {
    verdict
        .timeline
        .get(index)
        .map_or_else(String::new, |entry| entry.received_at.clone())
}

const UNVERIFIED: &str = "not verified with the customer";
const REPEATED: &str = "same household as an earlier report";

fn timeline(reports: usize, dice: &mut Dice) -> Vec<TimelineEntry> {
    const CHANNELS: [Channel; 10] = [
        Channel::Phone,
        Channel::Phone,
        Channel::Phone,
        Channel::Robocall,
        Channel::Phone,
        Channel::Email,
        Channel::Phone,
        Channel::Portal,
        Channel::Phone,
        Channel::Forum,
    ];
    const PRETEXTS: [&str; 4] = ["auto-renewal", "refund", "infected servers", "e-mailed fix"];
    // 5 August 2019; one report a day or two at first, more as word gets round.
    let mut second = 617_880_600_u32;
    (0..reports)
        .map(|index| {
            let hours = 2 + dice.roll(2_200 / (12 + index as u64).min(60));
            second += u32::try_from(hours).unwrap_or(1) * 2_400 + 61;
            let why_not = match index % 17 {
                9 => Some(UNVERIFIED),
                13 => Some(REPEATED),
                _ => None,
            };
            let called = Second(second - 3_600 * (1 + u32::try_from(dice.roll(40)).unwrap_or(0)));
            TimelineEntry {
                report: format!("R-{:04}", index + 1),
                received_at: Second(second).to_string(),
                called_at: (index % 11 != 5).then(|| called.to_string()),
                channel: dice.one_of(&CHANNELS),
                pretext: (index % 7 != 6).then(|| dice.one_of(&PRETEXTS).to_owned()),
                quoted_ticket: dice.roll(3) > 0,
                used: why_not.is_none(),
                why_not: why_not.map(ToOwned::to_owned),
            }
        })
        .collect()
}

/// The first believed call, less the freeze.
fn freeze(timeline: &[TimelineEntry]) -> Option<Freeze> {
    let call = |entry: &TimelineEntry| {
        let call = entry.called_at.as_ref().unwrap_or(&entry.received_at);
        call.parse::<jiff::Timestamp>().ok()
    };
    let believed = timeline
        .iter()
        .filter(|entry| entry.why_not.as_deref() != Some(UNVERIFIED));
    let first = Second::from_unix(believed.filter_map(call).min()?.as_second())?;
    let at = first.minus_days(FREEZE_DAYS).to_string();
    Some(Freeze {
        first_call: first.to_string(),
        latest: at.clone(),
        at,
    })
}

fn row_of(row: usize, bird: &str, used: &[bool], pace: Pace, dice: &mut Dice) -> Top {
    let (mut lead, mut named, mut struck) = (0.0_f64, 0.0_f64, 2);
    let (mut lead_path, mut named_path) = (Vec::new(), Vec::new());
    let (mut saw, mut of) = (0, 0);
    // How often a reported record was seen: the leaker mostly, colleagues less and less.
    let chance = match (pace, row) {
        (Pace::Leak, 0) => 720,
        (Pace::Leak, 1) => 330,
        (Pace::Leak, _) => 150,
        (Pace::Still, _) => 60,
    };
    for _ in used.iter().filter(|used| **used) {
        of += 1;
        if dice.roll(1_000) < chance {
            saw += 1;
            lead += 0.9 + dice.share();
            if struck > 0 {
                struck -= 1;
            } else if row == 0 {
                named += 0.6 + 0.5 * dice.share();
            } else {
                named += 0.25 * dice.share() - 0.1;
            }
        } else {
            lead -= 0.18 + 0.1 * dice.share();
            named -= 0.08 * dice.share();
        }
        lead_path.push(lead);
        named_path.push(named.max(-4.0));
    }
    let end = named_path.last().copied().unwrap_or(0.0);
    Top {
        holder: bird.to_owned(),
        kind: AccountKind::Human,
        team: (row != 4)
            .then(|| ["Mac, Manila", "Retail, Cork", "Night shift, Osaka"][row % 3].to_owned()),
        saw,
        of,
        worked_on: None,
        expected: 0.06 * f64::from(u32::try_from(of).unwrap_or(0)) + 0.1 * dice.share(),
        log_e: lead,
        outside: Outside {
            k0: end + 3.1,
            k1: Some(end),
            k2: (row < 2).then_some(end - 1.4),
            k2_exact: row == 0,
            against: BIRDS
                .iter()
                .skip(usize::from(row == 0))
                .take(1)
                .map(|&bird| bird.to_owned())
                .collect(),
        },
        conditional: 0.8 * lead,
        single: 0.85 * lead,
        ring: 0.5 * lead,
        lead_path,
        named_path,
    }
}

/// Who is first after each report, used or not.
fn leaders(top: &[Top], used: &[bool]) -> Vec<Option<String>> {
    let mut place = 0;
    used.iter()
        .map(|used| {
            place += usize::from(*used);
            let last = place.checked_sub(1)?;
            top.iter()
                .filter(|top| top.lead_path[last] > 0.0)
                .max_by(|a, b| a.lead_path[last].total_cmp(&b.lead_path[last]))
                .map(|top| top.holder.clone())
        })
        .collect()
}

fn factors(
    top: &[Top],
    timeline: &[TimelineEntry],
    freeze: Option<&Freeze>,
    dice: &mut Dice,
) -> Vec<Factor> {
    timeline
        .iter()
        .filter(|entry| entry.used)
        .enumerate()
        .map(|(index, entry)| Factor {
            report: entry.report.clone(),
            item: if entry.quoted_ticket {
                "ticket"
            } else {
                "customer"
            }
            .to_owned(),
            asked_at: entry
                .called_at
                .clone()
                .unwrap_or_else(|| entry.received_at.clone()),
            frozen_at: freeze.map(|freeze| freeze.at.clone()).unwrap_or_default(),
            stratum_items: 120 + dice.roll(500),
            frozen_items: 100 + dice.roll(400),
            holders: top
                .iter()
                .map(|top| {
                    let before = index
                        .checked_sub(1)
                        .map_or(0.0, |index| top.lead_path[index]);
                    let log_e = top.lead_path[index] - before;
                    HolderFactor {
                        holder: top.holder.clone(),
                        saw: log_e > 0.0,
                        q: 0.01 + 0.2 * dice.share(),
                        log_e,
                        frozen_saw: log_e > 0.0,
                        frozen_q: 0.01 + 0.2 * dice.share(),
                    }
                })
                .collect(),
        })
        .collect()
}

/// As the trace shares alpha out: 300 persons and a tenth for newcomers.
fn levels() -> Vec<Level> {
    [
        (LevelKind::Person, 0.5, 330_u32),
        (LevelKind::Pair, 0.1, 54_285),
        (LevelKind::Triple, 0.1, 5_935_160),
        (LevelKind::NearIdentical, 0.1, 330),
        (LevelKind::Team, 0.1, 14),
        (LevelKind::Site, 0.05, 4),
        (LevelKind::Copy, 0.05, 4),
    ]
    .into_iter()
    .map(|(level, share, holders)| Level {
        level,
        share,
        holders: holders.into(),
        threshold: libm::log(f64::from(holders) / (ALPHA * share)),
    })
    .collect()
}

fn sale_date() -> Vec<SaleWeek> {
    // Mondays from 6 May 2019.
    let first = Second::from_unix(1_557_100_800).unwrap_or_default();
    let parts = [1_u32, 1, 2, 3, 2, 5, 9, 41, 88, 37, 12, 6, 3, 2, 1, 1];
    let sum = f64::from(parts.iter().sum::<u32>());
    (0_u32..)
        .zip(parts)
        .map(|(week, part)| SaleWeek {
            week: Second(first.0 + week * 7 * Second::DAY).date(),
            weight: f64::from(part) / sum,
        })
        .collect()
}

fn other_explanations() -> Vec<OtherExplanation> {
    [
        (
            "Malware on the account's machine",
            "Image the machine; look for remote access at the hours of the views",
            None,
        ),
        (
            "A borrowed or stolen password",
            "Sign-ins from other addresses or devices, resets, two sessions at once",
            Some("No second session in the log; no reset since March"),
        ),
        (
            "A screen that others could read",
            "Seating plan, screen sharing, remote support sessions",
            None,
        ),
        (
            "A source with the same rows",
            "Exports, reports by mail, a vendor's copy, a shared mailbox",
            None,
        ),
        (
            "A difference between customers that is in no table",
            "Ask the callers what they have in common: product, shop, event",
            None,
        ),
    ]
    .into_iter()
    .map(|(what, how_to_tell, checked)| OtherExplanation {
        what: what.to_owned(),
        how_to_tell: how_to_tell.to_owned(),
        checked: checked.map(ToOwned::to_owned),
    })
    .collect()
}

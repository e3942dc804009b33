//! What is claimed of the incident, one function a sample.

use countersign_core::desk::AccountKind;
use countersign_core::report::Channel;
use countersign_core::verdict::{
    Coverage, Exclusion, Gap, LevelKind, Log, Named, NoneOf, Outside, Reports, State, StrongLead,
    UniversalViewer, Verdict, Views, WorkedOn,
};

use super::incident::{Pace, incident, passed, received, threshold};
use super::inputs;

const FIRST: &str = "Heron-41";

pub(super) fn nothing() -> Verdict {
    let mut verdict = incident(0, 0, Pace::Still);
    verdict.state = State::Nothing;
    verdict.sale_date.clear();
    verdict.coverage.gaps.clear();
    for log in verdict
        .inputs
        .iter_mut()
        .filter_map(|input| input.log.as_mut())
    {
        log.gaps.clear();
    }
    verdict.universal_viewers.clear();
    verdict.service_accounts.clear();
    verdict.reports = Reports::default();
    verdict
}

pub(super) fn lead() -> Verdict {
    incident(6, 8, Pace::Leak)
}

/// Three who sit together: each passes the bound if colleagues sold at random.
pub(super) fn strong_lead() -> Verdict {
    let mut verdict = incident(26, 8, Pace::Leak);
    verdict.state = State::StrongLead;
    let needed = threshold(&verdict, LevelKind::Person);
    let first = verdict.top.iter().find(|top| top.holder == FIRST).cloned();
    let Some(first) = first else { return verdict };
    for (holder, less) in [(FIRST, 0.0), ("Wren-08", 0.06), ("Finch-77", 0.1)] {
        let path: Vec<f64> = (0_u32..)
            .zip(&first.lead_path)
            .map(|(used, log)| log - less * f64::from(used))
            .collect();
        let end = path.last().copied().unwrap_or(0.0);
        // The conditional guard leaves four fifths.
        let guarded: Vec<f64> = path.iter().map(|log| 0.8 * log).collect();
        let (after_reports, on) = passed(&verdict, &guarded, needed);
        if let Some(top) = verdict.top.iter_mut().find(|top| top.holder == holder) {
            (top.saw, top.of) = (first.saw, first.of);
            (top.log_e, top.conditional) = (end, 0.8 * end);
            (top.single, top.ring) = (0.3 * end, 0.2 * end);
            top.lead_path = path;
        }
        verdict.strong_leads.push(StrongLead {
            holder: holder.to_owned(),
            after_reports,
            on,
        });
    }
    verdict.top.sort_by(|a, b| b.log_e.total_cmp(&a.log_e));
    verdict
}

/// Twins: two accounts that saw nearly the same records.
pub(super) fn set_named() -> Verdict {
    let mut verdict = incident(41, 8, Pace::Leak);
    verdict.state = State::SetNamed;
    let twin = verdict.top.first().cloned();
    let twin_path: Vec<f64> = grown(&verdict, 1.05);
    if let (Some(twin), Some(second)) = (twin, verdict.top.get_mut(1)) {
        second.lead_path = twin.lead_path.iter().map(|value| value - 0.3).collect();
        second.log_e = twin.log_e - 0.3;
        (second.saw, second.of) = (twin.saw, twin.of);
    }
    // Neither is left with evidence once the other is set aside.
    for top in verdict.top.iter_mut().take(2) {
        top.named_path = top
            .named_path
            .iter()
            .enumerate()
            .map(|(at, _)| -0.03 * at as f64)
            .collect();
        top.outside.k1 = top.named_path.last().copied();
        top.outside.k2 = None;
    }
    let holders = verdict
        .top
        .iter()
        .take(2)
        .map(|top| top.holder.clone())
        .collect();
    verdict.set_named = vec![claimed(
        &verdict,
        LevelKind::NearIdentical,
        holders,
        None,
        twin_path,
    )];
    verdict
}

pub(super) fn named() -> Verdict {
    claim(incident(58, 8, Pace::Leak), 2.5)
}

pub(super) fn named_fragile() -> Verdict {
    claim(incident(58, 8, Pace::Leak), 1.5)
}

/// Named at some report; since then the reports have spoken against it.
pub(super) fn named_fallen() -> Verdict {
    let mut verdict = incident(58, 8, Pace::Leak);
    let needed = threshold(&verdict, LevelKind::Person);
    if let Some(top) = verdict.top.first_mut() {
        let passed = top.named_path.iter().position(|value| *value >= needed);
        let passed = passed.unwrap_or(0);
        let (kept, after) = top.named_path.split_at_mut(passed + 1);
        let height = kept.last().copied().unwrap_or(needed);
        for (value, reports) in after.iter_mut().zip(1_u32..) {
            *value = height - 0.31 * f64::from(reports);
        }
        let end = top.named_path.last().copied();
        top.outside.k1 = end;
        top.outside.k0 = end.unwrap_or(0.0) + 2.0;
        top.outside.k2 = None;
    }
    let mut verdict = claim(verdict, 1.5);
    verdict.freeze = verdict
        .freeze
        .map(|freeze| countersign_core::verdict::Freeze {
            latest: "2019-07-09T15:20:00Z".to_owned(),
            ..freeze
        });
    verdict
}

pub(super) fn changes_only() -> Verdict {
    let mut verdict = named();
    verdict.views = Views::ChangesOnly;
    verdict.recompute.push_str(" --changes-as-views");
    verdict
}

pub(super) fn exploratory() -> Verdict {
    let mut verdict = incident(16, 8, Pace::Leak);
    verdict.exploratory = true;
    verdict.alpha = 0.05;
    verdict
}

pub(super) fn team_named() -> Verdict {
    let mut verdict = incident(41, 8, Pace::Leak);
    verdict.state = State::Named;
    let holders = [FIRST, "Sandpiper-12", "Osprey-23", "Siskin-91", "Avocet-36"];
    let holders = holders.map(ToOwned::to_owned).into();
    // Nobody is named alone: what speaks for the team is spread over its members.
    if let Some(first) = verdict.top.first_mut() {
        for value in &mut first.named_path {
            *value *= 0.6;
        }
        first.outside.k1 = first.named_path.last().copied();
        first.outside.k2 = None;
    }
    let path = grown(&verdict, 1.6);
    let team = Some("Mac, Manila".to_owned());
    verdict.named = vec![claimed(&verdict, LevelKind::Team, holders, team, path)];
    verdict
}

/// A copy that left the desk: it has a name of its own, and no row in the ranking.
pub(super) fn copy_named() -> Verdict {
    let mut verdict = incident(41, 8, Pace::Leak);
    verdict.state = State::Named;
    let path = grown(&verdict, 1.1);
    for top in &mut verdict.top {
        for value in &mut top.named_path {
            *value *= 0.3;
        }
        top.outside.k1 = top.named_path.last().copied();
        top.outside.k2 = None;
    }
    let holders = vec!["dialler-list-june".to_owned()];
    verdict.named = vec![claimed(&verdict, LevelKind::Copy, holders, None, path)];
    verdict
}

pub(super) fn many() -> Verdict {
    let mut verdict = incident(120, 20, Pace::Leak);
    verdict.colluders = 2;
    let mut verdict = claim(verdict, 3.0);
    verdict.inputs = inputs::products(120);
    verdict.inputs.push(inputs::transactions());
    // The first looked nearly without working, the others mostly worked; one is not in the log.
    for (row, top) in verdict.top.iter_mut().enumerate() {
        let changed = match row {
            0 => top.saw / 20,
            1 => 0,
            _ => top.saw - top.saw / 4,
        };
        top.worked_on = Some(WorkedOn {
            seen: top.saw,
            changed,
            in_logs: row != 1,
        });
    }
    verdict.reports.excluded = vec![Exclusion {
        report: "R-0031".to_owned(),
        reason: "the customer withdrew it on 3 September".to_owned(),
    }];
    verdict
}

/// Text that tries to run, to break out, to read backwards and to push the page apart.
pub(super) fn hostile() -> Verdict {
    let mut verdict = claim(incident(24, 8, Pace::Leak), f64::NAN);
    let script = "</title></style></svg><script>alert('1')</script>\"'`&amp;<!--";
    let backwards = "\u{202e}14-noreH \u{2066}שלום עולם\u{2069}\u{0}\u{8}";
    let long = "W".repeat(10_000);
    rename(&mut verdict, FIRST, script);
    rename(&mut verdict, "Wren-08", backwards);
    rename(&mut verdict, "Finch-77", &long);
    verdict.service_accounts = vec![script.to_owned(), long.clone()];
    verdict.universal_viewers = vec![UniversalViewer {
        holder: backwards.to_owned(),
        share: f64::INFINITY,
        kind: None,
    }];
    verdict.method = script.to_owned();
    verdict.format = long.clone();
    verdict.recompute =
        format!("countersign trace --case '{script}'\n  --events {long}{backwards}");
    verdict.strata.attributes = vec![long.clone(), script.to_owned()];
    for refused in &mut verdict.strata.refused {
        refused.name = script.to_owned();
        refused.reason = long.clone();
    }
    for merged in &mut verdict.strata.merged {
        merged.by = script.to_owned();
    }
    verdict.reports.excluded = vec![Exclusion {
        report: script.to_owned(),
        reason: long.clone(),
    }];
    for (index, entry) in verdict.timeline.iter_mut().enumerate() {
        entry.pretext = Some(if index % 2 == 0 {
            script.to_owned()
        } else {
            long.clone()
        });
        entry.why_not = (!entry.used).then(|| script.to_owned());
        match index {
            0 => entry.received_at = script.to_owned(),
            1 => entry.received_at = "9999-12-31T23:59:59Z".to_owned(),
            2 => entry.called_at = Some("-009999-01-01T00:00:00Z".to_owned()),
            3 => entry.report = long.clone(),
            _ => entry.channel = Channel::Decoy,
        }
    }
    for week in verdict.sale_date.iter_mut().take(1) {
        week.week = script.to_owned();
        week.weight = f64::NAN;
    }
    for input in &mut verdict.inputs {
        input.path = format!("{script}/{long}");
        input.sha256 = script.to_owned();
        input.table = backwards.to_owned();
        input.rejected = u64::MAX;
        input.log = Some(Log {
            title: script.to_owned(),
            records: u64::MAX,
            views: u64::MAX,
            changes: u64::MAX,
            none: [script, &long]
                .map(|why| NoneOf {
                    why: why.to_owned(),
                    records: u64::MAX,
                })
                .into(),
            unresolved: u64::MAX,
            programs: 1,
            from: Some(backwards.to_owned()),
            gaps: vec![Gap {
                from: script.to_owned(),
                to: long.clone(),
            }],
            zone_assumed: true,
            clock_changes: u64::MAX,
            ..Log::default()
        });
    }
    for one in &mut verdict.other_explanations {
        one.what = script.to_owned();
        one.checked = Some(long.clone());
    }
    if let Some(top) = verdict.top.get_mut(3) {
        top.team = Some(script.to_owned());
        top.kind = AccountKind::Shared;
        top.lead_path = vec![f64::NAN; 24];
        top.named_path = vec![f64::INFINITY; 3];
        top.log_e = f64::NEG_INFINITY;
        top.outside = Outside {
            k0: f64::MAX,
            against: vec![long.clone()],
            ..Outside::default()
        };
    }
    verdict.coverage = Coverage {
        rows: u64::MAX,
        unresolved: f64::NAN,
        from: Some(script.to_owned()),
        to: Some(long),
        ..Coverage::default()
    };
    verdict
}

/// Names the first account at the report at which its path passes the threshold.
fn claim(mut verdict: Verdict, gamma: f64) -> Verdict {
    // A second colleague takes a little more away.
    let less = if verdict.colluders > 1 { 1.4 } else { 0.0 };
    let path: Vec<f64> = grown(&verdict, 1.0).iter().map(|log| log - less).collect();
    let first = vec![FIRST.to_owned()];
    let claim = claimed(&verdict, LevelKind::Person, first, None, path);
    verdict.state = State::Named;
    verdict.strong_leads = vec![
        StrongLead {
            holder: FIRST.to_owned(),
            after_reports: 9,
            on: received(&verdict, 8),
        },
        StrongLead {
            holder: "Wren-08".to_owned(),
            after_reports: 19,
            on: received(&verdict, 18),
        },
    ];
    verdict.named = vec![Named {
        gamma,
        fragile: gamma < 2.0,
        forgeries_that_would_suffice: 5,
        ..claim
    }];
    verdict
}

/// The first row's path under the naming rule, so many times as steep.
fn grown(verdict: &Verdict, times: f64) -> Vec<f64> {
    let path = verdict.top.first().map(|top| top.named_path.as_slice());
    path.unwrap_or_default()
        .iter()
        .map(|log| log * times)
        .collect()
}

/// A claim at the report at which its own path passes its level's threshold.
fn claimed(
    verdict: &Verdict,
    level: LevelKind,
    holders: Vec<String>,
    group: Option<String>,
    path: Vec<f64>,
) -> Named {
    let needed = threshold(verdict, level);
    let (after_reports, on) = passed(verdict, &path, needed);
    Named {
        holders,
        group,
        level,
        after_reports,
        on,
        colluders: verdict.colluders,
        gamma: 2.5,
        fragile: false,
        struck: 2,
        forgeries_that_would_suffice: 4,
        threshold: needed,
        path,
    }
}

fn rename(verdict: &mut Verdict, old: &str, new: &str) {
    let change = |name: &mut String| {
        if name == old {
            new.clone_into(name);
        }
    };
    for top in &mut verdict.top {
        change(&mut top.holder);
        top.outside.against.iter_mut().for_each(change);
    }
    verdict.lead.iter_mut().flatten().for_each(change);
    verdict
        .named
        .iter_mut()
        .flat_map(|named| named.holders.iter_mut())
        .for_each(change);
    verdict
        .strong_leads
        .iter_mut()
        .map(|lead| &mut lead.holder)
        .for_each(change);
    for factor in &mut verdict.factors {
        factor
            .holders
            .iter_mut()
            .map(|one| &mut one.holder)
            .for_each(change);
    }
}

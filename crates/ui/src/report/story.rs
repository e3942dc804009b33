//! 8. The reports on a timeline: all of them, used or not, and why not.

use askama::Template;
use countersign_core::report::Channel;
use countersign_core::verdict::{State, Verdict};

use super::channel;
use crate::charts::{Dot, Lane, Mark, Svg, Timeline};
use crate::moment::Moment;
use crate::numbers;
use crate::plain;

/// The timeline with its table.
#[derive(Debug, Template)]
#[template(path = "report/story.html")]
pub(crate) struct Story {
    chart: Svg,
    rows: Vec<Row>,
    used: String,
    quoted: String,
}

#[derive(Debug)]
struct Row {
    report: String,
    received: Moment,
    called: Option<Moment>,
    channel: &'static str,
    pretext: Option<String>,
    quoted: bool,
    used: bool,
    why_not: Option<String>,
}

const CHANNELS: [Channel; 7] = [
    Channel::Phone,
    Channel::Robocall,
    Channel::Email,
    Channel::Sms,
    Channel::Portal,
    Channel::Forum,
    Channel::Decoy,
];

impl From<&Verdict> for Story {
    fn from(verdict: &Verdict) -> Self {
        let timeline = &verdict.timeline;
        let used = timeline.iter().filter(|entry| entry.used).count();
        let quoted = timeline.iter().filter(|entry| entry.quoted_ticket).count();
        let lanes: Vec<Lane> = CHANNELS
            .into_iter()
            .filter_map(|channel| lane(verdict, channel))
            .collect();
        let chart = Timeline {
            id: "story",
            title: "Reports by the day on which they were received".to_owned(),
            desc: format!(
                "{} of {} could move the evidence. The table below has every report.",
                numbers::thousands(used as u64),
                numbers::counted(timeline.len() as u64, "report", "reports")
            ),
            lanes,
            marks: marks(verdict),
        };
        Self {
            chart: if chart.lanes.is_empty() {
                Svg::default()
            } else {
                chart.draw()
            },
            rows: timeline
                .iter()
                .map(|entry| Row {
                    report: plain::shown(&entry.report),
                    received: Moment::new(&entry.received_at),
                    called: entry.called_at.as_deref().map(Moment::new),
                    channel: channel(entry.channel),
                    pretext: entry.pretext.as_deref().map(plain::shown),
                    quoted: entry.quoted_ticket,
                    used: entry.used,
                    why_not: entry.why_not.as_deref().map(plain::shown),
                })
                .collect(),
            used: numbers::thousands(used as u64),
            quoted: numbers::thousands(quoted as u64),
        }
    }
}

fn lane(verdict: &Verdict, which: Channel) -> Option<Lane> {
    let dots: Vec<Dot> = verdict
        .timeline
        .iter()
        .filter(|entry| entry.channel == which)
        .filter_map(|entry| {
            Some(Dot {
                day: Moment::new(&entry.received_at).day?,
                used: entry.used,
            })
        })
        .collect();
    let used = dots.iter().filter(|dot| dot.used).count();
    (!dots.is_empty()).then(|| Lane {
        label: format!(
            "{}: {} of {} used",
            channel(which),
            numbers::thousands(used as u64),
            numbers::thousands(dots.len() as u64)
        ),
        dots,
    })
}

/// When somebody was first a strong lead, and each naming; at most three lines.
fn marks(verdict: &Verdict) -> Vec<Mark> {
    let lead = verdict
        .strong_leads
        .iter()
        .min_by_key(|lead| lead.after_reports);
    let strong = lead.and_then(|lead| {
        Some(Mark {
            day: Moment::new(&lead.on).day?,
            label: format!("strong lead: {}", plain::label(&lead.holder, 13)),
            named: false,
        })
    });
    let claimed = matches!(verdict.state, State::Named | State::SetNamed);
    let named = verdict
        .named
        .iter()
        .chain(&verdict.set_named)
        .filter(|_| claimed);
    strong
        .into_iter()
        .chain(named.filter_map(|named| {
            let names: Vec<String> = match &named.group {
                Some(group) => vec![plain::label(group, 13)],
                None => named
                    .holders
                    .iter()
                    .take(2)
                    .map(|one| plain::label(one, 13))
                    .collect(),
            };
            Some(Mark {
                day: Moment::new(&named.on).day?,
                label: format!("named: {}", plain::list(&names, "or")),
                named: true,
            })
        }))
        .take(3)
        .collect()
}

//! 7. Since when: the weeks in which the list was probably made.

use askama::Template;
use countersign_core::verdict::Verdict;

use crate::charts::{Svg, Week, Weeks};
use crate::moment::Moment;
use crate::numbers;
use crate::plain;

/// Weights of the weeks.
#[derive(Debug, Template)]
#[template(path = "report/since.html")]
pub(crate) struct SinceWhen {
    holder: Option<String>,
    peak: Option<(Moment, String)>,
    chart: Svg,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    week: Moment,
    value: String,
    share: String,
}

impl From<&Verdict> for SinceWhen {
    fn from(verdict: &Verdict) -> Self {
        let weeks = &verdict.sale_date;
        let peak = weeks
            .iter()
            .rev()
            .max_by(|a, b| a.weight.total_cmp(&b.weight))
            .map(|week| (Moment::new(&week.week), numbers::percent(week.weight)));
        let desc = peak.as_ref().map_or_else(String::new, |(week, share)| {
            format!(
                "The weightiest week begins on {}, with {share}. The table below has every week.",
                week.date
            )
        });
        let chart = Weeks {
            id: "weeks",
            title: "Share of the evidence by the week in which the list was made".to_owned(),
            desc,
            weeks: weeks
                .iter()
                .filter_map(|week| {
                    let monday = Moment::new(&week.week);
                    Some(Week {
                        day: monday.day?,
                        share: week.weight,
                        label: format!(
                            "week of {}: {}",
                            monday.date,
                            numbers::percent(week.weight)
                        ),
                    })
                })
                .collect(),
        };
        Self {
            holder: verdict.top.first().map(|top| plain::shown(&top.holder)),
            chart: if chart.weeks.is_empty() {
                Svg::default()
            } else {
                chart.draw()
            },
            peak,
            rows: weeks
                .iter()
                .map(|week| Row {
                    week: Moment::new(&week.week),
                    value: format!("{:.6}", week.weight),
                    share: numbers::percent(week.weight),
                })
                .collect(),
        }
    }
}

//! Since when: one bar a week, the weightiest named.

use super::canvas::{Anchor, Canvas};
use super::{Layout, Svg, both, real};
use crate::{moment, numbers};

/// One week's share.
#[derive(Clone, Debug)]
pub(crate) struct Week {
    /// Days since 1970-01-01 of its Monday.
    pub(crate) day: f64,
    /// 0 to 1.
    pub(crate) share: f64,
    /// `week of 1 Jul 2019: 41 %`.
    pub(crate) label: String,
}

/// Shares of weeks that sum to 1.
#[derive(Clone, Debug)]
pub(crate) struct Weeks {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) desc: String,
    pub(crate) weeks: Vec<Week>,
}

impl Weeks {
    pub(crate) fn draw(&self) -> Svg {
        both(|layout| self.layout(layout))
    }

    fn layout(&self, layout: Layout) -> String {
        let (width, height) = layout.pick((720.0, 220.0), (300.0, 220.0));
        let (left, right, top, bottom) = (46.0, width - 8.0, 30.0, height - 30.0);
        let mut canvas = Canvas::new(self.id, layout, (width, height), (&self.title, &self.desc));
        let first = self
            .weeks
            .iter()
            .map(|week| week.day)
            .fold(f64::INFINITY, f64::min);
        let last = self
            .weeks
            .iter()
            .map(|week| week.day)
            .fold(f64::NEG_INFINITY, f64::max);
        let days = last - first + 7.0;
        let peak = self
            .weeks
            .iter()
            .max_by(|a, b| a.share.total_cmp(&b.share).then(b.day.total_cmp(&a.day)));
        let highest = peak.map_or(0.0, |week| week.share).clamp(0.01, 1.0);
        let x = |day: f64| left + (right - left) * (day - first) / days;
        let y = |share: f64| bottom - (bottom - top) * (share / highest).clamp(0.0, 1.0);
        for share in ticks(highest) {
            let class = if share == 0.0 { "base" } else { "grid" };
            canvas.line(class, (left, y(share)), (right, y(share)));
            let shown = numbers::percent(share);
            canvas.text("tick", (left - 6.0, y(share) + 4.0), Anchor::End, &shown);
        }
        let wide = ((right - left) * 7.0 / days).max(1.5);
        for week in &self.weeks {
            let class = if peak.is_some_and(|peak| peak.day == week.day) {
                "bar first"
            } else {
                "bar"
            };
            let height = bottom - y(week.share);
            canvas.bar(
                class,
                (x(week.day) + 0.1 * wide, y(week.share)),
                (0.8 * wide, height),
            );
        }
        self.months(&mut canvas, layout, (first, last), &|day| (x(day), bottom));
        if let Some(peak) = peak {
            let at = x(peak.day) + wide / 2.0;
            let middle = f64::midpoint(left, right);
            // The words stay inside whichever end the bar stands at.
            let (at, anchor) = if at > middle {
                (at + wide / 2.0, Anchor::End)
            } else {
                (at - wide / 2.0, Anchor::Start)
            };
            canvas.text("end first", (at, top - 10.0), anchor, &peak.label);
        }
        canvas.close()
    }

    fn months(
        &self,
        canvas: &mut Canvas,
        layout: Layout,
        (first, last): (f64, f64),
        place: &dyn Fn(f64) -> (f64, f64),
    ) {
        let months = moment::months(first - 1.0, last + 6.0);
        let every = months.len().div_ceil(layout.pick(8, 3)).max(1);
        for (day, name) in months.iter().step_by(every) {
            let (x, bottom) = place(*day);
            canvas.line("base", (x, bottom), (x, bottom + 5.0));
            let far = place(last + 7.0).0 - x < 3.6 * real(name.chars().count());
            let anchor = if far { Anchor::End } else { Anchor::Middle };
            canvas.text("tick", (x, bottom + 19.0), anchor, name);
        }
    }
}

/// Round shares from 0 up to the highest bar, at most five.
fn ticks(highest: f64) -> Vec<f64> {
    let steps = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
    let step = steps
        .into_iter()
        .find(|step| highest / step < 5.0)
        .unwrap_or(0.25);
    (0..5)
        .map(|place| step * real(place))
        .filter(|share| *share <= highest)
        .collect()
}

//! Reports on a timeline: a lane a channel, a dot a report, full when it was used.

use super::canvas::{Anchor, Canvas};
use super::{Layout, Svg, both, real};
use crate::moment;

/// One report.
#[derive(Clone, Debug)]
pub(crate) struct Dot {
    /// Days since 1970-01-01.
    pub(crate) day: f64,
    /// Full or hollow.
    pub(crate) used: bool,
}

/// The reports that came one way.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// `Phone: 84 of 97 used`.
    pub(crate) label: String,
    pub(crate) dots: Vec<Dot>,
}

/// A day on which something was found.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) day: f64,
    pub(crate) label: String,
    /// A claim under the bound.
    pub(crate) named: bool,
}

/// All reports by the day on which the company heard of them.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) desc: String,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) marks: Vec<Mark>,
}

const LANE: f64 = 50.0;
const RADIUS: f64 = 3.0;
/// Dots of one day are stacked this many high, then they share places.
const STACK: usize = 5;

impl Timeline {
    pub(crate) fn draw(&self) -> Svg {
        both(|layout| self.layout(layout))
    }

    fn layout(&self, layout: Layout) -> String {
        let width = layout.pick(720.0, 300.0);
        let top = 12.0 + 18.0 * real(self.marks.len());
        let bottom = top + LANE * real(self.lanes.len());
        let size = (width, bottom + 28.0);
        let mut canvas = Canvas::new(self.id, layout, size, (&self.title, &self.desc));
        let (from, to) = self.span();
        let (left, right) = (8.0, width - 8.0);
        let x = |day: f64| left + (right - left) * (day - from) / (to - from);
        self.draw_marks(&mut canvas, bottom, f64::midpoint(left, right), &x);
        for (row, lane) in self.lanes.iter().enumerate() {
            let floor = top + LANE * real(row + 1);
            canvas.line("base", (left, floor), (right, floor));
            canvas.text(
                "halo",
                (left, floor - LANE + 16.0),
                Anchor::Start,
                &lane.label,
            );
            draw_dots(&mut canvas, lane, floor, &x);
        }
        self.months(&mut canvas, layout, (from, to), bottom, &x);
        canvas.close()
    }

    /// First and last day shown, a little room at both ends, never empty.
    fn span(&self) -> (f64, f64) {
        let dots = self
            .lanes
            .iter()
            .flat_map(|lane| lane.dots.iter().map(|dot| dot.day));
        let days = || dots.clone().chain(self.marks.iter().map(|mark| mark.day));
        let from = days().fold(f64::INFINITY, f64::min);
        let to = days().fold(f64::NEG_INFINITY, f64::max);
        if from.is_finite() && to.is_finite() {
            (from - 1.0, to + 1.0)
        } else {
            (0.0, 1.0)
        }
    }

    fn months(
        &self,
        canvas: &mut Canvas,
        layout: Layout,
        (from, to): (f64, f64),
        bottom: f64,
        x: &dyn Fn(f64) -> f64,
    ) {
        // The first and the last day are always told; months stand where there is room between.
        let (first, last) = (moment::date_shown(from + 1.0), moment::date_shown(to - 1.0));
        canvas.text("tick", (x(from), bottom + 19.0), Anchor::Start, &first);
        if last != first {
            canvas.text("tick", (x(to), bottom + 19.0), Anchor::End, &last);
        }
        let room = layout.pick(120.0, 112.0);
        let months: Vec<_> = moment::months(from, to)
            .into_iter()
            .filter(|(day, _)| x(*day) - x(from) > room && x(to) - x(*day) > room)
            .collect();
        let every = months.len().div_ceil(layout.pick(6, 1)).max(1);
        for (day, name) in months.iter().step_by(every) {
            canvas.line("base", (x(*day), bottom), (x(*day), bottom + 5.0));
            canvas.text("tick", (x(*day), bottom + 19.0), Anchor::Middle, name);
        }
    }

    fn draw_marks(&self, canvas: &mut Canvas, bottom: f64, middle: f64, x: &dyn Fn(f64) -> f64) {
        for (row, mark) in self.marks.iter().enumerate() {
            let at = x(mark.day);
            let y = 14.0 + 18.0 * real(row);
            let (line, text) = if mark.named {
                ("mark named", "end named")
            } else {
                ("mark", "end")
            };
            canvas.line(line, (at, y - 10.0), (at, bottom));
            let (label, anchor) = if at > middle {
                (at - 6.0, Anchor::End)
            } else {
                (at + 6.0, Anchor::Start)
            };
            canvas.text(text, (label, y), anchor, &mark.label);
        }
    }
}

fn draw_dots(canvas: &mut Canvas, lane: &Lane, floor: f64, x: &dyn Fn(f64) -> f64) {
    let mut dots: Vec<&Dot> = lane.dots.iter().collect();
    dots.sort_by(|a, b| a.day.total_cmp(&b.day).then(b.used.cmp(&a.used)));
    let mut taken = [f64::NEG_INFINITY; STACK];
    for dot in dots {
        let at = x(dot.day);
        let free = taken
            .iter()
            .position(|last| at - last >= 2.0 * RADIUS + 0.5);
        let level = free.unwrap_or(0);
        taken[level] = at;
        let y = floor - 6.0 - real(level) * (2.0 * RADIUS + 0.8);
        canvas.dot(if dot.used { "dot used" } else { "dot" }, (at, y), RADIUS);
    }
}

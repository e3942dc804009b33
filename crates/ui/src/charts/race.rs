//! The evidence race: one line a holder, a step a report, the bound above them.

use core::f64::consts::LN_10;

use super::canvas::{Anchor, Canvas};
use super::{Layout, Svg, apart, both, real};
use crate::numbers;

/// How a line is drawn; at most one kind of accent stands in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accent {
    /// A claim under the bound: the one red line.
    Named,
    /// The first so far, no claim.
    First,
    /// Everybody else.
    Other,
}

/// One holder's evidence after each report, natural logarithms.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) accent: Accent,
    pub(crate) path: Vec<f64>,
    /// The report (1-based) at which the claim was made.
    pub(crate) mark: Option<usize>,
}

/// The evidence of several holders as it grew.
#[derive(Clone, Debug)]
pub(crate) struct Race {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) desc: String,
    pub(crate) lines: Vec<Line>,
    /// Natural logarithm of the evidence that a naming needs, and what it is called.
    pub(crate) bound: Option<(f64, String)>,
}

/// Lines are cut one hundredth below 1: how much speaks against a holder is not the question.
const LOWEST: f64 = -2.0;

impl Race {
    pub(crate) fn draw(&self) -> Svg {
        both(|layout| self.layout(layout))
    }

    fn layout(&self, layout: Layout) -> String {
        let frame = Frame::new(self, layout);
        let size = (frame.width, frame.height);
        let mut canvas = Canvas::new(self.id, layout, size, (&self.title, &self.desc));
        let bound = self.bound.as_ref().map(|(bound, _)| *bound);
        frame.axes(&mut canvas, layout, bound);
        for accent in [Accent::Other, Accent::First, Accent::Named] {
            for line in self.lines.iter().filter(|line| line.accent == accent) {
                canvas.steps(class(accent), &frame.points(&line.path));
            }
        }
        if let Some((bound, name)) = &self.bound {
            let y = frame.y(*bound);
            canvas.line("bound", (frame.left, y), (frame.right, y));
            // The words of a phone's scale stand at the left, so the bound's stand at the right,
            // and below the line where a claim's words stand above it.
            let under = frame.has_words_above(self);
            let (at, anchor) = layout.pick(
                ((frame.left + 6.0, y - 7.0), Anchor::Start),
                (
                    (frame.right, if under { y + 15.0 } else { y - 5.0 }),
                    Anchor::End,
                ),
            );
            canvas.text("halo", at, anchor, name);
        }
        for line in &self.lines {
            if let Some(report) = line.mark
                && let Some(value) = report.checked_sub(1).and_then(|index| line.path.get(index))
            {
                let words = layout.pick("named at report", "named at");
                let words = format!("{words} {}", numbers::thousands(report as u64));
                frame.mark(&mut canvas, (frame.x(report), frame.y(*value)), &words);
            }
        }
        self.labels(&mut canvas, &frame);
        canvas.close()
    }

    fn labels(&self, canvas: &mut Canvas, frame: &Frame) {
        let ends: Vec<f64> = self
            .lines
            .iter()
            .map(|line| frame.y(line.path.last().copied().unwrap_or(0.0)))
            .collect();
        let placed = apart(&ends, 15.0, frame.top, frame.bottom);
        for ((line, end), y) in self.lines.iter().zip(&ends).zip(&placed) {
            canvas.line("leader", (frame.right + 1.0, *end), (frame.right + 9.0, *y));
            let name = match line.accent {
                Accent::Named => "end named",
                Accent::First => "end first",
                Accent::Other => "end",
            };
            canvas.text(
                name,
                (frame.right + 12.0, *y + 4.0),
                Anchor::Start,
                &line.label,
            );
        }
    }
}

fn class(accent: Accent) -> &'static str {
    match accent {
        Accent::Named => "race named",
        Accent::First => "race first",
        Accent::Other => "race",
    }
}

/// Where the data lies on the drawing.
struct Frame {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    reports: usize,
    lowest: f64,
    highest: f64,
}

impl Frame {
    fn new(race: &Race, layout: Layout) -> Self {
        let (width, height) = layout.pick((720.0, 400.0), (300.0, 360.0));
        // An accent's name is bold, and so wider.
        let longest = race.lines.iter().map(|line| {
            let letter = match line.accent {
                Accent::Named | Accent::First => 8.4,
                Accent::Other => 7.4,
            };
            letter * real(line.label.chars().count())
        });
        let room = 16.0 + longest.fold(0.0, f64::max);
        let values = || race.lines.iter().flat_map(|line| line.path.iter()).copied();
        let tens = |value: f64| {
            if value.is_finite() {
                value / LN_10
            } else {
                0.0
            }
        };
        let bound = race.bound.as_ref().map_or(1.0, |(bound, _)| tens(*bound));
        let highest = values().map(tens).fold(bound.max(1.0), f64::max);
        let lowest = values().map(tens).fold(0.0, f64::min).max(LOWEST);
        Self {
            width,
            height,
            left: layout.pick(92.0, 2.0),
            right: width - room,
            top: 34.0,
            bottom: height - 44.0,
            reports: race
                .lines
                .iter()
                .map(|line| line.path.len())
                .max()
                .unwrap_or(0),
            lowest: libm::floor(lowest),
            highest: libm::ceil(highest + 0.15),
        }
    }

    fn x(&self, report: usize) -> f64 {
        self.left + (self.right - self.left) * real(report) / real(self.reports.max(1))
    }

    fn y(&self, log_e: f64) -> f64 {
        let tens = if log_e.is_nan() { 0.0 } else { log_e / LN_10 };
        let share =
            (tens.clamp(self.lowest, self.highest) - self.lowest) / (self.highest - self.lowest);
        self.bottom - (self.bottom - self.top) * share
    }

    /// Evidence starts at 1 (logarithm 0) before the first report.
    fn points(&self, path: &[f64]) -> Vec<(f64, f64)> {
        core::iter::once(0.0)
            .chain(path.iter().copied())
            .enumerate()
            .map(|(report, value)| (self.x(report), self.y(value)))
            .collect()
    }

    /// A point on a line with words where the line is not: right below, or left above.
    fn mark(&self, canvas: &mut Canvas, (x, y): (f64, f64), words: &str) {
        canvas.dot("point", (x, y), 4.5);
        let (at, anchor) = if self.fits(x, words) {
            ((x + 9.0, y + 17.0), Anchor::Start)
        } else {
            ((x - 9.0, y - 8.0), Anchor::End)
        };
        canvas.text("halo named", at, anchor, words);
    }

    /// Whether a point's words have room at its right.
    fn fits(&self, x: f64, words: &str) -> bool {
        x + 9.0 + 7.5 * real(words.chars().count()) < self.right
    }

    /// Whether a phone's words about a claim stand left above its point, and so above the bound.
    fn has_words_above(&self, race: &Race) -> bool {
        let mut marks = race.lines.iter().filter_map(|line| line.mark);
        marks.any(|report| {
            let words = format!("named at {}", numbers::thousands(report as u64));
            !self.fits(self.x(report), &words)
        })
    }

    fn axes(&self, canvas: &mut Canvas, layout: Layout, bound: Option<f64>) {
        canvas.text("axis", (0.0, 16.0), Anchor::Start, "Evidence (1 = none)");
        for tens in ticks(self.lowest, self.highest) {
            let y = self.y(tens * LN_10);
            canvas.line(
                if tens == 0.0 { "base" } else { "grid" },
                (self.left, y),
                (self.right, y),
            );
            // On a phone the words stand on their line: a gutter would take a third of the width.
            let (at, anchor) = layout.pick(
                ((self.left - 8.0, y + 4.0), Anchor::End),
                ((self.left, y - 3.0), Anchor::Start),
            );
            // On a phone they give way to the bound's line, which would strike them out.
            let is_struck = |bound: f64| {
                let over = y - self.y(bound);
                layout == Layout::Narrow && (-2.0..16.0).contains(&over)
            };
            if !bound.is_some_and(is_struck) {
                canvas.text("tick up", at, anchor, &tick_words(tens));
            }
        }
        for report in report_ticks(self.reports, layout.pick(8, 4)) {
            let x = self.x(report);
            canvas.line("grid", (x, self.bottom), (x, self.bottom + 5.0));
            let shown = numbers::thousands(report as u64);
            canvas.text("tick", (x, self.bottom + 19.0), Anchor::Middle, &shown);
        }
        let middle = f64::midpoint(self.left, self.right);
        canvas.text(
            "axis",
            (middle, self.height - 6.0),
            Anchor::Middle,
            "Reports received",
        );
    }
}

/// Powers of ten to label: at most eight, always 1 among them.
fn ticks(lowest: f64, highest: f64) -> Vec<f64> {
    let mut step = 1.0;
    for wider in [2.0, 3.0, 6.0, 12.0, 24.0, 48.0, 96.0, 240.0, 480.0, 960.0] {
        if (highest - lowest) / step <= 7.0 {
            break;
        }
        step = wider;
    }
    let mut out = Vec::new();
    let mut tens = libm::ceil(lowest / step) * step;
    while tens <= highest && out.len() < 16 {
        out.push(if tens == 0.0 { 0.0 } else { tens });
        tens += step;
    }
    out
}

/// A power of ten as one says it: `1,000`, `10 million`, then `10¹⁵`.
fn tick_words(tens: f64) -> String {
    const SMALL: [&str; 6] = ["1", "10", "100", "1,000", "10,000", "100,000"];
    const LARGE: [&str; 3] = ["million", "billion", "trillion"];
    if tens < -1.5 {
        return "0.01".to_owned();
    }
    if tens < -0.5 {
        return "0.1".to_owned();
    }
    for (index, words) in SMALL.iter().enumerate() {
        if tens < real(index) + 0.5 {
            return (*words).to_owned();
        }
    }
    for (index, unit) in LARGE.iter().enumerate() {
        for (place, figure) in SMALL.iter().take(3).enumerate() {
            if tens < real(6 + 3 * index + place) + 0.5 {
                return format!("{figure}{}{unit}", numbers::NARROW);
            }
        }
    }
    numbers::power_of_ten(tens)
}

/// Counts of reports to label: round ones, and the last.
fn report_ticks(reports: usize, most: usize) -> Vec<usize> {
    let mut step = 1;
    for wider in [
        2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000,
    ] {
        if reports / step <= most {
            break;
        }
        step = wider;
    }
    let mut out: Vec<usize> = (0..=reports).step_by(step).collect();
    if let Some(last) = out.last_mut()
        && *last != reports
    {
        // The last report is always told; a round one beside it would run into it.
        if *last > 0 && reports - *last < step.div_ceil(2) {
            *last = reports;
        } else {
            out.push(reports);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_said_in_words_and_few() {
        assert_eq!(ticks(-2.0, 4.0), [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
        assert!(ticks(-2.0, 66.0).len() <= 8);
        assert!(ticks(0.0, 66.0).contains(&0.0));
        let said: Vec<_> = [0.0, 3.0, 7.0, 12.0, 15.0].map(tick_words).into();
        assert_eq!(
            said,
            ["1", "1,000", "10\u{a0}million", "1\u{a0}trillion", "10¹⁵"]
        );
    }

    #[test]
    fn the_last_report_is_always_labelled() {
        assert_eq!(report_ticks(0, 8), [0]);
        assert_eq!(report_ticks(7, 8), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(report_ticks(120, 8).last(), Some(&120));
        assert_eq!(report_ticks(41, 8), [0, 5, 10, 15, 20, 25, 30, 35, 41]);
    }
}

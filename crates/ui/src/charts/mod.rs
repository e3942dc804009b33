//! Charts as functions from data to SVG text, each drawn twice: for wide and for narrow pages.
//!
//! Scaling one drawing down to a phone makes its words unreadable; so both layouts stand in the
//! page and the stylesheet shows one. Colours are classes, never values: dark mode and print
//! follow the stylesheet. A chart has a title and a description that state the finding, and the
//! page puts a table with the same figures beside it.

mod canvas;
mod race;
mod timeline;
mod weeks;

use core::fmt;

pub(crate) use race::{Accent, Line, Race};
pub(crate) use timeline::{Dot, Lane, Mark, Timeline};
pub(crate) use weeks::{Week, Weeks};

/// A finished drawing: every text in it is escaped, so templates print it as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Svg {}

/// Which of the two drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// For pages from 40 rem.
    Wide,
    /// For phones: fewer words, the same size of letters.
    Narrow,
}

impl Layout {
    const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    /// This or that, by layout.
    fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

/// Draws both layouts, one after the other.
fn both(draw: impl Fn(Layout) -> String) -> Svg {
    Svg(Layout::BOTH.into_iter().map(draw).collect())
}

/// A count as a coordinate.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of reports, lanes and weeks are small"
)]
fn real(count: usize) -> f64 {
    count as f64
}

/// Moves wishes apart until none is nearer than `gap`, within `from..=to`, order kept.
///
/// Labels at a line's end stay beside their line as far as the others let them.
fn apart(wishes: &[f64], gap: f64, from: f64, to: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by(|a, b| wishes[*a].total_cmp(&wishes[*b]).then(a.cmp(b)));
    let gap = gap.min((to - from) / real(wishes.len().max(2) - 1));
    let mut placed = wishes.to_vec();
    let mut least = from;
    for index in &order {
        placed[*index] = placed[*index].max(least);
        least = placed[*index] + gap;
    }
    let mut most = to;
    for index in order.iter().rev() {
        placed[*index] = placed[*index].min(most);
        most = placed[*index] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn labels_never_stand_nearer_than_the_gap() {
        let placed = apart(&[50.0, 50.0, 52.0, 300.0, -9.0], 15.0, 0.0, 100.0);
        let mut sorted = placed.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= 15.0));
        assert!(sorted.iter().all(|y| (0.0..=100.0).contains(y)));
        assert!(placed[3] > placed[2], "order is kept");
    }

    #[test]
    fn too_many_labels_share_the_room_evenly() {
        let placed = apart(&[10.0; 11], 15.0, 0.0, 100.0);
        assert_eq!(placed.first(), Some(&0.0));
        assert_eq!(placed.last(), Some(&100.0));
    }
}

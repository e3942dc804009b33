//! What was measured, and how it is said.

use super::load::{A_PIECE, Rates};
use crate::commands::bench::figures::Figures;
use crate::commands::bench::machine::Took;

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) rates: Option<Rates>,
    pub(super) took: Took,
    pub(super) seconds: f64,
    pub(super) reports: Waits,
    pub(super) forms: Waits,
    pub(super) codes: Waits,
    pub(super) pieces: Waits,
    pub(super) views: u64,
    pub(super) refused: u64,
    pub(super) pages: Waits,
    pub(super) evidence: Waits,
    /// Verified reports that no page had shown when the measurement gave up.
    pub(super) unseen: u64,
}

/// Milliseconds that something took.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits(pub(super) Vec<f64>);

impl Waits {
    fn said(&self) -> String {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else {
            return "none".to_owned();
        };
        let at = |percent: usize| sorted[last * percent / 100];
        format!(
            "{}: median {:.1} ms, p99 {:.1} ms, most {:.1} ms",
            sorted.len(),
            at(50),
            at(99),
            sorted[last]
        )
    }
}

impl Measured {
    pub(super) fn tell(&self, figures: &mut Figures) {
        let Some(rates) = self.rates else { return };
        let each = |waits: &Waits| {
            format!(
                "{:.0}/s, {}",
                waits.0.len() as f64 / self.seconds,
                waits.said()
            )
        };
        figures.add("all of the load together", Some(self.took), "", "");
        figures.add(
            "unverified reports, by programs",
            None,
            &each(&self.reports),
            &format!("{}/s, p99 ≤ 50 ms", rates.unverified),
        );
        figures.add(
            "each step of the form, by customers",
            None,
            &self.forms.said(),
            "p99 ≤ 50 ms",
        );
        figures.add(
            "codes typed: verified reports",
            None,
            &each(&self.codes),
            &format!("{}/s, p99 ≤ 50 ms", rates.verified),
        );
        figures.add(
            "views, until they are durable",
            None,
            &format!(
                "{:.0}/s, {} requests asked to come again, pieces of {A_PIECE}: {}",
                self.views as f64 / self.seconds,
                self.refused,
                self.pieces.said()
            ),
            &format!("{}/s", rates.views),
        );
        figures.add("the case's page", None, &self.pages.said(), "p99 ≤ 100 ms");
        figures.add(
            "from a code to the evidence on the open page",
            None,
            &format!("{}, {} never", self.evidence.said(), self.unseen),
            "≤ 1 s",
        );
    }
}

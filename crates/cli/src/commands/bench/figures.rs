//! Figures as a table for people and as JSON for programs.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::machine::{Machine, Took};
use crate::out;

/// How figures are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A table.
    Markdown,
    /// JSON.
    Json,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// What was measured.
    what: String,
    #[serde(flatten)]
    took: Option<Took>,
    /// The result in its unit, with what it is held against.
    result: String,
    wanted: Option<String>,
}

/// Everything that one run measured.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    machine: Machine,
    about: String,
    figures: Vec<Figure>,
    #[serde(skip)]
    shape: Shape,
}

impl Figures {
    /// Nothing measured yet.
    pub(super) fn new(about: &str, shape: Shape) -> Self {
        Self {
            machine: Machine::now(),
            about: about.to_owned(),
            figures: Vec::new(),
            shape,
        }
    }

    /// Adds a figure, and tells the person who waits.
    pub(super) fn add(&mut self, what: &str, took: Option<Took>, result: &str, wanted: &str) {
        let figure = Figure {
            what: what.to_owned(),
            took,
            result: result.to_owned(),
            wanted: (!wanted.is_empty()).then(|| wanted.to_owned()),
        };
        out::note(&figure.row());
        self.figures.push(figure);
    }

    /// Prints all of it.
    ///
    /// # Errors
    /// None that can happen with these types.
    pub(super) fn print(&self) -> Result<()> {
        match self.shape {
            Shape::Json => {
                out::result(&serde_json::to_string_pretty(self).context("writing figures as JSON")?)
            }
            Shape::Markdown => {
                let mut lines = vec![
                    self.machine.sentence(),
                    String::new(),
                    self.about.clone(),
                    String::new(),
                    "| what | wall s | CPU s | result | wanted |".to_owned(),
                    "|---|---:|---:|---:|---:|".to_owned(),
                ];
                lines.extend(self.figures.iter().map(Figure::row));
                out::result(&lines.join("\n"));
            }
        }
        Ok(())
    }
}

impl Figure {
    fn row(&self) -> String {
        let seconds = |seconds: f64| {
            if seconds < 1.0 {
                format!("{seconds:.3}")
            } else {
                format!("{seconds:.1}")
            }
        };
        let (wall, cpu) = self.took.map_or((String::new(), String::new()), |took| {
            (seconds(took.wall), seconds(took.cpu))
        });
        format!(
            "| {} | {wall} | {cpu} | {} | {} |",
            self.what,
            self.result,
            self.wanted.as_deref().unwrap_or("")
        )
    }
}

/// Millions with one digit behind the point.
pub(super) fn millions(count: f64) -> String {
    format!("{:.1} M", count / 1e6)
}

/// Gigabytes (10⁹) with two digits behind the point.
pub(super) fn gigabytes(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}

//! `countersign bench import`: rows a second of every format.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use countersign_import::{Options, measure};

use super::figures::{Figures, Shape, millions};
use super::logs::{Format, Ids, write};
use super::machine::median;
use super::products::{self, Product};
use crate::{clock, out};

/// Runs of which the median counts.
const RUNS: usize = 5;

/// Writes the logs and measures how fast they are read.
///
/// # Errors
/// The folder can't be written to.
pub(super) fn run(rows: u64, dir: &Path, shape: Shape) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("making `{}`", dir.display()))?;
    let mut figures = Figures::new(
        &format!(
            "`countersign bench import --rows {rows} --dir {}`: median of {RUNS} runs",
            dir.display()
        ),
        shape,
    );
    let options = Options::new(clock::now());
    for format in Format::ALL {
        for ids in Ids::ALL {
            out::note(&format!("{}, {} ids", format.name(), ids.name()));
            let log = write(dir, rows, format, ids)?;
            let floor = match (format, ids) {
                (Format::Csv, _) => "≥ 2 M/s",
                (Format::JsonLines, _) => "",
                (Format::Parquet, Ids::Integer) => "≥ 10 M/s",
                (Format::Parquet, Ids::Text) => "≥ 4 M/s",
            };
            let what = format!("{}, {} ids", format.name(), ids.name());
            let (parsed, took) = median(RUNS, || Ok(measure::parse(&log, &options)?))?;
            ensure!(
                parsed.rows == rows,
                "{} rows of {rows} were read",
                parsed.rows
            );
            let rate = |wall: f64| format!("{}/s", millions(rows as f64 / wall));
            figures.add(
                &format!("{what}: parse"),
                Some(took),
                &rate(took.wall),
                floor,
            );
            let (numbered, took) = median(RUNS, || Ok(measure::parse_and_number(&log, &options)?))?;
            ensure!(
                numbered.rows == rows,
                "{} rows of {rows} were numbered",
                numbered.rows
            );
            figures.add(
                &format!("{what}: parse + dictionary"),
                Some(took),
                &rate(took.wall),
                floor,
            );
        }
    }
    for product in Product::ALL {
        out::note(product.name());
        let log = products::write(dir, rows, product)?;
        let (numbered, took) = median(RUNS, || Ok(measure::parse_and_number(&log, &options)?))?;
        let views = product.views(rows);
        ensure!(
            numbered.rows == views,
            "{} views of {views} were read",
            numbered.rows
        );
        figures.add(
            &format!("{}: records, parse + dictionary", product.name()),
            Some(took),
            &format!("{}/s", millions(rows as f64 / took.wall)),
            product.floor(),
        );
    }
    figures.print()
}

//! Reads a log as the arguments say and prints what was found; for trying real files.

use std::sync::atomic::AtomicBool;

use countersign_core::time::Second;
use countersign_import::{Changes, Mapping, Options, Silent, Sources, measure, open};

#[expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example")]
fn main() {
    let mut options = Options::new(Second(u32::MAX - 86_400));
    let mut sources = Sources::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap();
        match argument.as_str() {
            "--parse" => {
                let begin = std::time::Instant::now();
                let parsed = measure::parse(value().as_ref(), &options).unwrap();
                println!("{parsed:?} in {:?}", begin.elapsed());
                return;
            }
            "--digest" => {
                let begin = std::time::Instant::now();
                let digest = measure::digest(value().as_ref()).unwrap();
                println!("{digest:?} in {:?}", begin.elapsed());
                return;
            }
            "--map" => options.mapping = Mapping::parse(&value()).unwrap(),
            "--time-format" => options.time_format = Some(value()),
            "--timezone" => options.timezone = Some(value()),
            "--missing" => options.missing.push(value()),
            "--changes-as-views" => options.changes = Changes::AcceptAsViews,
            "--tickets" => sources.tickets = Some(value().into()),
            "--customers" => sources.customers = Some(value().into()),
            "--reports" => sources.reports = Some(value().into()),
            _ => sources.events.push(argument.into()),
        }
    }
    let cancel = AtomicBool::new(false);
    let begin = std::time::Instant::now();
    let mut open = open(&sources, &options, &Silent, &cancel).unwrap();
    let tables = begin.elapsed();
    let mut rows = 0_u64;
    let mut sum = 0_u64;
    let views = open.views(&mut |views| {
        rows += views.len() as u64;
        for view in views {
            sum = sum
                .rotate_left(5)
                .wrapping_add(u64::from(view.customer ^ view.account))
                .wrapping_mul(31)
                .wrapping_add(u64::from(view.ticket ^ view.second.0));
        }
        Ok(())
    });
    if let Err(error) = views {
        println!("{error}\nhelp: {}", error.help());
        return;
    }
    let log = begin.elapsed() - tables;
    let done = open.finish().unwrap();
    println!(
        "{rows} views in {:.3} s ({:.2} M rows/s), tables {:.3} s, checksum {sum:016x}",
        log.as_secs_f64(),
        rows as f64 / log.as_secs_f64() / 1e6,
        tables.as_secs_f64()
    );
    println!(
        "{} customers, {} tickets, {} accounts, {} rejected, changes only: {}",
        done.desk.customers.count,
        done.desk.tickets.customer.len(),
        done.desk.accounts.len(),
        done.rejected.len(),
        done.changes_only
    );
    println!(
        "{:?} to {:?}, {} gaps, {} unresolved",
        done.coverage.first.map(|s| s.to_string()),
        done.coverage.last.map(|s| s.to_string()),
        done.coverage.gaps.len(),
        done.coverage.unresolved
    );
    for column in done
        .desk
        .tickets
        .columns
        .iter()
        .chain(&done.desk.customers.columns)
    {
        println!("{}: {} labels", column.name, column.labels.len());
    }
    for refused in done
        .desk
        .tickets
        .refused
        .iter()
        .chain(&done.desk.customers.refused)
    {
        println!("{}: refused, {}", refused.name, refused.reason);
    }
    for rejected in done.rejected.iter().take(5) {
        println!(
            "{} line {}: {}",
            rejected.file, rejected.line, rejected.reason
        );
    }
    for warning in &done.warnings {
        println!("{warning}");
    }
    for file in &done.files {
        println!("{} {} {} rows", file.sha256, file.name(), file.rows);
    }
}

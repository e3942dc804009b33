//! `countersign reports`: from customers' own words to reports that a person confirms.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use countersign_import::{Draft, Drafting, Pattern, drafts};
use countersign_ui::{Statement, review};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};

use crate::args::Reports;
use crate::summary::thousands;
use crate::wrong::Wrong;
use crate::{clock, out, whole};

/// Reads the words and writes the review: a table and a page.
///
/// # Errors
/// Files that can't be read, a review that is there already, or a folder that can't be written to.
pub fn run(args: &Reports, cancel: &AtomicBool) -> Result<()> {
    let table = args.out.join(TABLE);
    if table.exists() {
        return Err(Wrong::usage(
            &format!(
                "`{}` is there already, perhaps with decisions",
                table.display()
            ),
            "name another folder with `--out`; what is decided can be copied from row to row, the ids stay the same",
        ));
    }
    if args.tagged.is_some() && !["zendesk", "csv"].contains(&args.from.as_str()) {
        return Err(Wrong::usage(
            &format!(
                "`--tagged` chooses among tags, which `{}` does not have",
                args.from
            ),
            "with `fetch`, `--tagged` has chosen already; of a mailbox export the folder",
        ));
    }
    let number = match &args.number {
        Some(expression) => Pattern::new(expression)?,
        None => Pattern::default(),
    };
    let mut read = drafts(
        &Drafting {
            from: &args.from,
            files: &args.files,
            tagged: args.tagged.as_deref(),
            number,
            zone: Some(&args.timezone),
            now: clock::now(),
        },
        cancel,
    )?;
    for left in &read.rejected {
        out::note(&format!(
            "note: {}: record {} left out: {}",
            left.file, left.line, left.reason
        ));
    }
    if read.drafts.is_empty() {
        return Err(Wrong::usage(
            &format!(
                "no report in these files: {} records left out, {} without the tag",
                read.rejected.len(),
                read.untagged
            ),
            "are they of the source that `--from` says, and tagged as `--tagged` says?",
        ));
    }
    // A person compares times with words: they are written as that person's clocks show them.
    let zone = DateTimeParser::new()
        .parse_time_zone(&args.timezone)
        .with_context(|| format!("the zone `{}`", args.timezone))?;
    for draft in &mut read.drafts {
        for time in [&mut draft.received_at, &mut draft.called_at] {
            *time = local(time, &zone);
        }
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&args.out)
        .with_context(|| format!("making the folder `{}`", args.out.display()))?;
    let page = review(&read.drafts.iter().map(statement).collect::<Vec<_>>())?;
    whole::write(&args.out.join(PAGE), page.as_bytes(), MODE)?;
    whole::write(&table, csv(&read.drafts).as_bytes(), MODE)?;
    let open = read
        .drafts
        .iter()
        .filter(|draft| !draft.doubts.is_empty())
        .count() as u64;
    out::result(&format!(
        "{} reports read, {} of them with an open question{}{}\n\
         none counts before a person decides: open {}, or fill the column `confirmed` of {}\n\
         next: countersign trace … --reports {}",
        thousands(read.drafts.len() as u64),
        thousands(open),
        if read.double > 0 {
            format!("; {} came twice", thousands(read.double))
        } else {
            String::new()
        },
        if read.untagged > 0 {
            format!("; {} without the tag", thousands(read.untagged))
        } else {
            String::new()
        },
        args.out.join(PAGE).display(),
        table.display(),
        table.display(),
    ));
    Ok(())
}

/// The same time with the offset that the zone has then; UTC stays as it is.
fn local(time: &str, zone: &TimeZone) -> String {
    let Ok(at) = time.parse::<Timestamp>() else {
        return time.to_owned();
    };
    let offset = zone.to_offset(at);
    if offset == Offset::UTC {
        return time.to_owned();
    }
    at.display_with_offset(offset).to_string()
}

fn statement(draft: &Draft) -> Statement {
    Statement {
        report: draft.report.clone(),
        received_at: draft.received_at.clone(),
        called_at: draft.called_at.clone(),
        customer: draft.customer.clone(),
        email: draft.email.clone(),
        phone: draft.phone.clone(),
        quoted_ticket: draft.quoted_ticket.clone(),
        doubts: draft
            .doubts
            .iter()
            .map(|doubt| doubt.what().to_owned())
            .collect(),
        subject: draft.subject.clone(),
        words: draft.words.clone(),
        marks: draft.marks.clone(),
    }
}

/// The review as a table: what `trace` reads, and behind it what a person decides by.
fn csv(drafts: &[Draft]) -> String {
    let mut text = String::from(
        "report,received_at,called_at,customer,email,phone,quoted_ticket,confirmed,note,numbers,subject,words\n",
    );
    for draft in drafts {
        let doubts: Vec<&str> = draft.doubts.iter().map(|doubt| doubt.what()).collect();
        let cells = [
            draft.report.as_str(),
            &draft.received_at,
            &draft.called_at,
            &draft.customer,
            &draft.email,
            &draft.phone,
            &draft.quoted_ticket,
            "",
            &doubts.join("; "),
            &draft.numbers.join(" "),
            &draft.subject,
            &draft.words,
        ];
        let cells: Vec<String> = cells.into_iter().map(cell).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// What customers wrote is for its owner only.
const MODE: u32 = 0o600;
const TABLE: &str = "review.csv";
const PAGE: &str = "review.html";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("+49 30 1"), "'+49 30 1");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(cell("plain"), "plain");
    }
}

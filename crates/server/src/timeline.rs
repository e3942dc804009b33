//! Everything that is on record about a case, as one list.
//!
//! A kind of entry that comes to be is told by one more arm of [`told`], where it is sealed for the
//! case (`Store::told` has it then), or by one more source in [`of`].

use std::collections::HashMap;

use countersign_core::ledger::Kind;
use countersign_core::record::{Record, Run};
use countersign_core::verdict::State;
use countersign_ledger::encoding::from_hex;
use countersign_ledger::leaf::Token;
use countersign_store::{CaseRow, ToldRow};
use countersign_ui::pages::staff::{Moment, wish_said};

use crate::app::{App, second_of};
use crate::error::PageError;

/// What is on record about a case, oldest first.
pub(crate) async fn of(app: &App, case: &CaseRow) -> Result<Vec<Moment>, PageError> {
    let mut names = Names::default();
    let mut moments = Vec::new();
    if let Some(content) = &case.case {
        moments.push(Moment {
            entry: case.opened,
            at: app.time_of(case.opened).await?,
            by: names.of(app, case.by).await?,
            what: "The case was opened".to_owned(),
            said: content.title.clone(),
        });
    }
    let mut before: Option<Run> = None;
    for row in app.store().runs(&case.token).await? {
        let Some(run) = row.run else {
            continue;
        };
        let same = |last: &Run| shows(last) == shows(&run);
        if !before.as_ref().is_some_and(same) {
            moments.push(Moment {
                entry: row.seq,
                at: second_of(row.at),
                by: None,
                what: format!("Run {} of {} reports", run.run, run.reports),
                said: shown(&run),
            });
        }
        before = Some(run);
    }
    for entry in app.store().told(&case.token).await? {
        let (what, mut said) = told(&entry);
        if let Some(Record::Assigned(to)) = &entry.record {
            let person = from_hex(&to.person).and_then(|person| person.try_into().ok());
            said = names.of(app, person).await?.unwrap_or_default();
        }
        moments.push(Moment {
            entry: entry.seq,
            at: second_of(entry.at),
            by: names.of(app, entry.by).await?,
            what,
            said,
        });
    }
    moments.sort_by_key(|moment| moment.entry);
    Ok(moments)
}

/// What an entry says, in words.
fn told(entry: &ToldRow) -> (String, String) {
    let (what, said) = match &entry.record {
        Some(Record::Note(note)) => ("A note was written", note.text.clone()),
        Some(Record::File(file)) => (
            "A file was put in",
            format!(
                "{}, {} bytes, SHA-256 {}",
                file.name, file.size, file.sha256
            ),
        ),
        Some(Record::Ask(ask)) => {
            let what = format!("It was asked to {}", wish_said(&ask.wish));
            return (what, ask.reason.clone());
        }
        Some(Record::Answer(answer)) if answer.agreed => {
            ("Another person agreed", answer.reason.clone())
        }
        Some(Record::Answer(answer)) => ("Another person refused", answer.reason.clone()),
        Some(Record::Opened(opened)) => (
            "A quorum opened a name",
            format!("{} is {}", opened.holder, opened.name),
        ),
        Some(Record::Assigned(_)) => ("The case was given to somebody", String::new()),
        Some(Record::Bundle(bundle)) => (
            "Evidence was packed to be handed out",
            format!("SHA-256 of its manifest {}", bundle.manifest),
        ),
        Some(Record::Reply(reply)) => (
            "What a named person says was put on record",
            format!("{}: {}", reply.holder, reply.text),
        ),
        Some(_) => (entry.kind.word(), String::new()),
        None => match entry.kind {
            Kind::Note => ("A note was written, and erased", String::new()),
            Kind::File => ("A file was put in, and erased", String::new()),
            kind => (kind.word(), String::new()),
        },
    };
    (what.to_owned(), said)
}

/// What a run showed, as far as a reader sees it.
fn shows(run: &Run) -> (State, Option<&String>, &[String], u32) {
    (run.state, run.lead.as_ref(), &run.named, run.version)
}

fn shown(run: &Run) -> String {
    let state = match run.state {
        State::Nothing => "It showed nobody",
        State::Lead => "It showed a lead, and named nobody",
        State::StrongLead => "It showed strong leads, and named nobody",
        State::SetNamed => "It named a set",
        State::Named => "It named",
    };
    let names: Vec<&str> = run.named.iter().map(String::as_str).collect();
    match (&names[..], &run.lead) {
        ([], Some(lead)) => format!("{state}: {lead}"),
        ([], None) => state.to_owned(),
        (names, _) => format!("{state}: {}", names.join(", ")),
    }
}

/// The names of those who did something, each asked for once.
#[derive(Default)]
pub(crate) struct Names(HashMap<Token, Option<String>>);

impl Names {
    /// The name of a person, if there is one and they were not erased.
    pub(crate) async fn of(
        &mut self,
        app: &App,
        person: Option<Token>,
    ) -> Result<Option<String>, PageError> {
        let Some(token) = person else {
            return Ok(None);
        };
        if let Some(known) = self.0.get(&token) {
            return Ok(known.clone());
        }
        let name = app.store().person(&token).await?.and_then(|it| it.name);
        self.0.insert(token, name.clone());
        Ok(name)
    }
}

/// The list as CSV (RFC 4180), for a spreadsheet: no cell begins as a formula does.
pub(crate) fn csv(moments: &[Moment]) -> String {
    let mut text = "entry,at,by,what,said\r\n".to_owned();
    for moment in moments {
        let cells = [
            moment.entry.to_string(),
            moment.at.to_string(),
            moment.by.clone().unwrap_or_default(),
            moment.what.clone(),
            moment.said.clone(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| guarded(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell that a spreadsheet takes as text, in quotes.
fn guarded(cell: &str) -> String {
    let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guard = if begins { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use countersign_core::time::Second;

    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_leaves_its_quotes() {
        for begins in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            let cell = format!("{begins}HYPERLINK(\"http://x\")");
            let written = guarded(&cell);
            assert!(written.starts_with("\"'"), "{written}");
            assert!(written.ends_with("(\"\"http://x\"\")\""), "{written}");
        }
        assert_eq!(guarded("a,b\n\"c\""), "\"a,b\n\"\"c\"\"\"");
        let moment = Moment {
            entry: 7,
            at: Second(0),
            by: Some("=Ann".to_owned()),
            what: "A note was written".to_owned(),
            said: "-1+1".to_owned(),
        };
        let csv = csv(&[moment]);
        assert!(csv.ends_with(
            "\"7\",\"2000-01-01T00:00:00Z\",\"'=Ann\",\"A note was written\",\"'-1+1\"\r\n"
        ));
    }
}

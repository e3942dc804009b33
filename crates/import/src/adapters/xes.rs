//! Process logs in XES (IEEE 1849), as process-mining tools and workflow systems write them.
//!
//! A trace is a ticket, an event of it an activity that somebody carried out. Most of these logs
//! hold what was done and not who looked; one whose activities say so is a log of views.

mod events;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::emit::{Did, Emit, Event};
use super::{Adapter, Beside, Keeps, Record, Shape};
use crate::reason::Reason;
pub(crate) use events::{Broken, Events};

pub(super) const PROCESS_LOG: Adapter = Adapter {
    name: "xes",
    title: "a process log (XES)",
    shape: Shape::Xes,
    keeps: Keeps::ViewsIf(
        "export the activities in which a ticket is only looked at too (View, Read, Display), or take the desk's own access log",
    ),
    detect: |head| events::begins(head.bytes),
    read,
};

/// An event with its trace's name, as one line between [`Events`] and [`read`].
#[derive(Debug, Default, Deserialize, Serialize)]
struct Told<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    ticket: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    time: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    actor: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    activity: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    transition: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
}

/// Why an event can't be used, although the document can be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    /// A value has an entity that only a DTD can explain.
    Entity,
    /// A key has two values.
    Twice,
    TooLong,
}

fn read(record: &Record<'_>, _: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let told: Told<'_> = serde_json::from_slice(record.line)
        .map_err(|_error| Reason::NotThisLog("no event of a process log"))?;
    match told.fault {
        None => {}
        Some(Fault::Entity) => {
            return Err(Reason::NotThisLog(
                "a value has an entity that XML does not know",
            ));
        }
        Some(Fault::Twice) => return Err(Reason::NotThisLog("a key has two values")),
        Some(Fault::TooLong) => return Err(Reason::TooLong("value")),
    }
    let transition = told.transition.unwrap_or_default();
    if UNDONE
        .iter()
        .any(|word| transition.eq_ignore_ascii_case(word))
    {
        return Ok(());
    }
    let time = told.time.ok_or(Reason::Missing("time:timestamp"))?;
    let ticket = told.ticket.unwrap_or_default();
    if ticket.is_empty() {
        return Err(Reason::Missing("concept:name of the trace"));
    }
    let activity = told.activity.unwrap_or_default();
    emit.event(&Event {
        time: time.as_bytes(),
        actor: told.actor.unwrap_or_default().as_bytes(),
        ticket: ticket.as_bytes(),
        action: if only_looks(&activity) {
            Did::View
        } else {
            Did::Change
        },
        ..Event::default()
    });
    Ok(())
}

/// Whether the name of an activity says that a ticket was looked at and nothing else.
///
/// Its first word does, or its last one in the form of what happened to the ticket. "Open" is not
/// among them: in the logs of most desks it is the creation of a ticket, or its state. Nor does a
/// word in the middle count, as in "mark as read". A second thing that is done makes it a change:
/// a sign or word that joins two, or one of [`CHANGES`].
fn only_looks(activity: &str) -> bool {
    if activity.contains(['&', '+', '/', ',', ';']) {
        return false;
    }
    let words = words(activity);
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    let more = |word: &String| JOINS.contains(&word.as_str()) || CHANGES.contains(&word.as_str());
    if words.iter().any(more) {
        return false;
    }
    matches!(
        first.as_str(),
        "view" | "viewed" | "read" | "display" | "displayed"
    ) || matches!(last.as_str(), "viewed" | "displayed")
}

/// The words of a name in small letters: `ViewTicket`, `view_ticket` and `View ticket` have two.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_alphabetic() {
            let begins = !before.is_alphabetic() || before.is_lowercase() && letter.is_uppercase();
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        before = letter;
    }
    words
}

/// Transitions of an activity that its resource has not begun, or that nobody has to look for: it
/// was planned, given to somebody, left out, given up or put aside.
const UNDONE: [&str; 10] = [
    "schedule",
    "assign",
    "reassign",
    "autoskip",
    "manualskip",
    "withdraw",
    "pi_abort",
    "ate_abort",
    "suspend",
    "unknown",
];
/// Words that join two activities in one name.
const JOINS: [&str; 7] = ["and", "or", "then", "und", "oder", "et", "y"];
/// Verbs of what else is done to a ticket.
const CHANGES: [&str; 22] = [
    "add", "approve", "assign", "cancel", "change", "close", "correct", "create", "delete", "edit",
    "escalate", "forward", "modify", "move", "reject", "reopen", "reply", "resolve", "send", "set",
    "update", "write",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_is_a_view_if_its_name_says_nothing_else() {
        for view in [
            "View",
            "view ticket",
            "ViewTicket",
            "Read message",
            "DISPLAY_CASE",
            "Ticket viewed",
            "case-displayed",
            "Viewed by agent",
            "View closed ticket",
            "Read meter",
        ] {
            assert!(only_looks(view), "{view}");
        }
        for other in [
            "",
            "4",
            "Review",
            "Interview customer",
            "Mark as read",
            "Change view",
            "Open",
            "Reopen ticket",
            "Thread closed",
            "Readme sent",
            "Resolve ticket",
            "Read meter and change tariff",
            "View & reply",
            "View/edit ticket",
            "ViewThenClose",
            "read_update",
            "Resolve ticket viewed",
        ] {
            assert!(!only_looks(other), "{other}");
        }
    }
}

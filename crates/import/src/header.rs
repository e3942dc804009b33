//! Finds the columns of a table among the names in a file.

use crate::error::{HIDDEN, ImportError};
use crate::mapping::{Mapping, Sought};
use crate::table::Table;

/// Which columns of a file are read, and what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Columns of the file.
    pub(crate) width: usize,
    /// Their names.
    pub(crate) headings: Vec<String>,
    /// Columns that are read, in the order in which rows hold them.
    pub(crate) slots: Vec<Slot>,
    /// Columns that nobody reads.
    pub(crate) ignored: Vec<String>,
    /// What the desk added itself, of a form: those that the first rows have.
    pub(crate) own: Vec<String>,
    /// Whether an id may stand in several rows: an interface gives what changed meanwhile again.
    pub(crate) repeats: bool,
    /// Columns of a log that were taken for what their name says in other words: (what, name).
    pub(crate) understood: Vec<(String, String)>,
}

/// A column that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// What it is: a name of [`Table::columns`], an attribute, or `ticket.` and an attribute.
    pub(crate) name: String,
    /// Its place in the file.
    pub(crate) column: usize,
    /// Its name in the file.
    pub(crate) heading: String,
}

impl Layout {
    /// The slot of a column, if the file has it.
    pub(crate) fn slot(&self, name: &str) -> Option<usize> {
        self.slots.iter().position(|slot| slot.name == name)
    }
}

/// What a reader asks of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// Which table.
    pub(crate) table: Table,
    /// Columns that it reads if they are there.
    pub(crate) reads: &'a [&'a str],
    /// Columns that must be there; each entry lists names of which one is enough.
    pub(crate) needs: &'a [&'a [&'a str]],
    /// Attributes that are wanted; `None` = all.
    pub(crate) strata: Option<&'a [String]>,
}

/// Finds the columns.
pub(crate) fn resolve(
    file: &str,
    headings: &[String],
    mapping: &Mapping,
    request: Request<'_>,
) -> Result<Layout, ImportError> {
    let find = |heading: &str| -> Result<Option<usize>, ImportError> {
        let exact: Vec<usize> = places(headings, |name| name == heading);
        let found = if exact.is_empty() {
            places(headings, |name| name.eq_ignore_ascii_case(heading))
        } else {
            exact
        };
        match found.as_slice() {
            [] => Ok(None),
            [place] => Ok(Some(*place)),
            _ => Err(ImportError::TwoColumns {
                file: file.to_owned(),
                column: heading.to_owned(),
            }),
        }
    };
    let missing = |column: &str| ImportError::MissingColumn {
        table: request.table,
        column: column.to_owned(),
        file: file.to_owned(),
        seen: shown(headings),
        nearest: nearest(
            column,
            headings
                .iter()
                .filter(|name| headings.len() > 1 && !looks_like_data(name)),
        ),
    };
    let mut layout = Layout {
        width: headings.len(),
        headings: headings.to_vec(),
        ..Layout::default()
    };
    let mut taken = vec![false; headings.len()];
    let mut take = |layout: &mut Layout, name: String, column: usize| {
        if let Some(taken) = taken.get_mut(column) {
            *taken = true;
        }
        layout.slots.push(Slot {
            name,
            column,
            heading: headings.get(column).cloned().unwrap_or_default(),
        });
    };
    for name in request.reads {
        let place = match mapping.sought(request.table, name) {
            Sought::Exactly(heading) => Some(find(heading)?.ok_or_else(|| missing(heading))?),
            Sought::Perhaps(heading) => match find(heading)? {
                Some(place) => Some(place),
                None => find(name)?,
            },
            Sought::Own => match find(name)? {
                None if matches!(request.table, Table::Events | Table::Changes) => {
                    let other = by_other_names(headings, name);
                    if let Some(heading) = other.and_then(|column| headings.get(column)) {
                        layout
                            .understood
                            .push(((*name).to_owned(), heading.clone()));
                    }
                    other
                }
                place => place,
            },
        };
        if let Some(column) = place {
            take(&mut layout, (*name).to_owned(), column);
        }
    }
    for names in request.needs {
        if !names.iter().any(|name| layout.slot(name).is_some()) {
            let column = match names {
                [name] => match mapping.sought(request.table, name) {
                    Sought::Exactly(heading) | Sought::Perhaps(heading) => heading.to_owned(),
                    Sought::Own => (*name).to_owned(),
                },
                names => names.join("` or `"),
            };
            return Err(missing(&column));
        }
    }
    if request.table == Table::Events {
        for (name, heading) in mapping.attributes() {
            let column = find(heading)?.ok_or_else(|| missing(heading))?;
            take(&mut layout, format!("ticket.{name}"), column);
        }
    }
    for (name, heading) in mapping.renamed(request.table) {
        let column = find(heading)?.ok_or_else(|| missing(heading))?;
        take(&mut layout, name.to_owned(), column);
    }
    if request.table.takes_attributes() {
        let known = request.table.columns();
        for (column, heading) in headings.iter().enumerate() {
            let free = !taken.get(column).copied().unwrap_or(true);
            let attribute =
                !heading.is_empty() && !known.iter().any(|name| name.eq_ignore_ascii_case(heading));
            let wanted = request
                .strata
                .is_none_or(|strata| strata.iter().any(|name| name == heading));
            if free && attribute && wanted && layout.slot(heading).is_none() {
                if let Some(taken) = taken.get_mut(column) {
                    *taken = true;
                }
                layout.slots.push(Slot {
                    name: heading.clone(),
                    column,
                    heading: heading.clone(),
                });
            }
        }
    }
    layout.ignored = headings
        .iter()
        .zip(&taken)
        .filter(|(heading, taken)| {
            !**taken
                && !looks_like_data(heading)
                && !request.table.columns().contains(&heading.as_str())
        })
        .map(|(heading, _)| heading.clone())
        .collect();
    Ok(layout)
}

/// The only column of a log whose name says the same in other words.
fn by_other_names(headings: &[String], name: &str) -> Option<usize> {
    let words = match name {
        "time" => TIME,
        "actor" => ACTOR,
        "ticket" => TICKET,
        "customer" => CUSTOMER,
        _ => return None,
    };
    // The order is that of certainty: `ticket_id` before `number`.
    words.iter().find_map(|word| {
        let found = places(headings, |heading| {
            heading.trim().to_ascii_lowercase().replace([' ', '-'], "_") == *word
        });
        match found.as_slice() {
            [place] => Some(*place),
            _ => None,
        }
    })
}

/// The most similar name, if one is similar at all.
pub(crate) fn nearest<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a String>,
) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let ask: Vec<char> = wanted.chars().take(64).collect();
    names
        .into_iter()
        .map(|name| {
            let lower = name.to_lowercase();
            let have: Vec<char> = lower.chars().take(64).collect();
            let far = distance(&ask, &have);
            let inside = lower.contains(&wanted) || (have.len() > 2 && wanted.contains(&lower));
            (if inside { far.min(1) } else { far }, name)
        })
        .filter(|(far, name)| *far <= 1 + name.chars().count().min(ask.len()) / 3)
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name.clone())
}

/// Edit distance with swaps of neighbours.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut two_back: Vec<usize> = Vec::new();
    let mut back: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (back[j] + usize::from(a != b))
                .min(back[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(two_back[j - 1] + 1);
            }
            row.push(best);
        }
        two_back = core::mem::replace(&mut back, row);
    }
    back.last().copied().unwrap_or_default()
}

fn places(headings: &[String], test: impl Fn(&str) -> bool) -> Vec<usize> {
    headings
        .iter()
        .enumerate()
        .filter(|(_, name)| test(name))
        .map(|(place, _)| place)
        .collect()
}

/// The columns for a message; a file without a header would show a person's data here.
fn shown(headings: &[String]) -> String {
    const MOST: usize = 40;
    let mut names: Vec<String> = headings
        .iter()
        .take(MOST)
        .map(|name| {
            if looks_like_data(name) {
                HIDDEN.to_owned()
            } else {
                format!("`{name}`")
            }
        })
        .collect();
    if headings.len() > MOST {
        names.push("…".to_owned());
    }
    names.join(", ")
}

pub(crate) fn looks_like_data(heading: &str) -> bool {
    heading.len() > 64
        || heading.contains('@')
        || heading.chars().any(char::is_control)
        || heading.chars().filter(char::is_ascii_digit).count() >= 4
}

const TIME: &[&str] = &[
    "timestamp",
    "@timestamp",
    "viewed_at",
    "accessed_at",
    "event_time",
    "access_time",
    "occurred_at",
    "datetime",
    "date_time",
    "created_at",
    "date",
];
const ACTOR: &[&str] = &[
    "user",
    "user_name",
    "username",
    "user_id",
    "agent",
    "agent_name",
    "agent_id",
    "account",
    "account_id",
    "employee",
    "employee_id",
    "staff",
    "staff_id",
    "viewer",
    "viewed_by",
    "accessed_by",
    "operator",
    "login",
];
const TICKET: &[&str] = &[
    "ticket_id",
    "ticket_number",
    "ticket_no",
    "case",
    "case_id",
    "case_number",
    "issue",
    "issue_key",
    "issue_id",
    "incident",
    "incident_id",
    "incident_number",
    "request_id",
    "number",
];
const CUSTOMER: &[&str] = &[
    "customer_id",
    "customer_number",
    "client",
    "client_id",
    "contact",
    "contact_id",
    "requester",
    "requester_id",
    "caller",
    "caller_id",
    "end_user_id",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_with_other_words_is_understood_and_says_how() {
        let layout = resolve(
            "log.csv",
            &names(&["Timestamp", "Agent ID", "Case Number", "IP"]),
            &Mapping::default(),
            LOG,
        )
        .unwrap();
        let understood: Vec<(&str, &str)> = layout
            .understood
            .iter()
            .map(|(what, heading)| (what.as_str(), heading.as_str()))
            .collect();
        assert_eq!(
            understood,
            [
                ("time", "Timestamp"),
                ("actor", "Agent ID"),
                ("ticket", "Case Number")
            ]
        );
        // The column's own name wins, and two that fit equally well are none.
        let own = names(&["time", "timestamp", "user", "ticket"]);
        let layout = resolve("log.csv", &own, &Mapping::default(), LOG).unwrap();
        assert_eq!(layout.understood, [("actor".to_owned(), "user".to_owned())]);
        let two = names(&["time", "user", "User", "ticket"]);
        assert!(resolve("log.csv", &two, &Mapping::default(), LOG).is_err());
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    const LOG: Request<'static> = Request {
        table: Table::Events,
        reads: &["time", "actor", "customer", "ticket"],
        needs: &[&["time"], &["actor"], &["customer", "ticket"]],
        strata: None,
    };

    #[test]
    fn a_missing_column_is_named_with_the_columns_seen_and_the_nearest() {
        let error = resolve(
            "log.csv",
            &names(&["time", "acter", "ticket"]),
            &Mapping::default(),
            LOG,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the events table needs a column `actor`, but `log.csv` has: `time`, `acter`, `ticket` (is it `acter`?)"
        );
    }

    #[test]
    fn a_first_line_of_data_is_not_shown_as_columns() {
        let error = resolve(
            "log.csv",
            &names(&["2019-08-05T09:30:00Z", "ann@example.com", "hello"]),
            &Mapping::default(),
            LOG,
        )
        .unwrap_err()
        .to_string();
        assert!(
            !error.contains("ann@") && !error.contains("2019"),
            "{error}"
        );
    }

    #[test]
    fn attributes_are_the_columns_that_nothing_else_reads() {
        let layout = resolve(
            "c.csv",
            &names(&["Customer", "region", "email", "plan"]),
            &Mapping::default(),
            Request {
                table: Table::Customers,
                reads: &["customer", "email"],
                needs: &[&["customer"]],
                strata: None,
            },
        )
        .unwrap();
        let slots: Vec<_> = layout.slots.iter().map(|slot| slot.name.as_str()).collect();
        assert_eq!(slots, ["customer", "email", "region", "plan"]);
        assert!(layout.ignored.is_empty());
    }

    #[test]
    fn two_columns_of_the_same_name_are_an_error() {
        let error = resolve(
            "log.csv",
            &names(&["time", "actor", "ticket", "time"]),
            &Mapping::default(),
            LOG,
        );
        assert!(matches!(error, Err(ImportError::TwoColumns { .. })));
    }
}

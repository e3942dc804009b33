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
            Sought::Own => find(name)?,
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

#[cfg(test)]
mod tests {
    use super::*;

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

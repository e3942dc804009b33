//! Which column of a file stands for which column of a table.

use core::fmt;
use core::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::ImportError;
use crate::table::Table;

/// Renames columns: `time=sys_updated_at`, `events.actor=user`, `ticket.queue=assignment_group`.
///
/// A rule without a table holds for every table whose file has that column. `ticket.NAME=COLUMN`
/// takes an attribute of tickets from the log: the first value of each ticket counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    rules: Vec<Rule>,
    from_log: Vec<(String, String)>,
}

/// One renamed column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The table for which it holds; `None` = every one.
    pub(crate) table: Option<Table>,
    /// What the column is.
    pub(crate) name: String,
    /// What it is called in the file.
    pub(crate) column: String,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(table) = self.table {
            write!(f, "{table}.")?;
        }
        write!(f, "{}={}", self.name, self.column)
    }
}

/// Where a name of a table is to be found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sought<'a> {
    /// It must have this name.
    Exactly(&'a str),
    /// It has this name if the file has it, else its own.
    Perhaps(&'a str),
    /// Nobody renamed it.
    Own,
}

impl Mapping {
    /// Reads `NAME=COLUMN,NAME=COLUMN`, as on the command line.
    ///
    /// # Errors
    /// [`ImportError::Mapping`] names the rule that can't be used.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let mut mapping = Self::default();
        for rule in text.split(',').filter(|rule| !rule.trim().is_empty()) {
            let (name, column) = rule
                .split_once('=')
                .ok_or_else(|| refused(rule, "there is no `=`"))?;
            mapping.add(name.trim(), column.trim())?;
        }
        Ok(mapping)
    }

    /// Reads the same from TOML: `time = "sys_updated_at"`, or under `[events]`, `[ticket]`.
    ///
    /// A name with its table in quotes is one as well: `"ticket.queue" = "assignment_group"` can
    /// stand beside `ticket = "number"`. `file` is what messages call the text.
    ///
    /// # Errors
    /// [`ImportError::MapFile`] names the file, the line and what is wrong there.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, ImportError> {
        let wrong = |at: Option<Range<usize>>, reason: &str| ImportError::MapFile {
            file: file.to_owned(),
            line: at.map_or(1, |at| line_of(text, at.start)),
            reason: reason.to_owned(),
        };
        let table =
            DeTable::parse(text).map_err(|error| wrong(error.span(), plain(error.message())))?;
        let mut mapping = Self::default();
        let mut add = |name: &str, key: &Spanned<_>, value: &Spanned<DeValue<'_>>| {
            let at = Some(key.span());
            let Some(column) = value.get_ref().as_str() else {
                let reason = format!("`{name}` needs the name of a column in quotes");
                return Err(wrong(at, &reason));
            };
            mapping.add(name, column).map_err(|error| match error {
                ImportError::Mapping { rule, reason } => {
                    wrong(at, &format!("`{rule}` can't be used: {reason}"))
                }
                other => other,
            })
        };
        for (key, value) in table.get_ref() {
            let name = key.get_ref();
            match value.get_ref().as_table() {
                Some(inner) => {
                    for (key, value) in inner {
                        add(&format!("{name}.{}", key.get_ref()), key, value)?;
                    }
                }
                None => add(name, key, value)?,
            }
        }
        Ok(mapping)
    }

    /// Adds the rules of another mapping; they win over rules that are already there.
    pub fn extend(&mut self, other: Self) {
        for rule in other.rules {
            self.rules
                .retain(|old| (old.table, &old.name) != (rule.table, &rule.name));
            self.rules.push(rule);
        }
        for (name, column) in other.from_log {
            self.from_log.retain(|(old, _)| *old != name);
            self.from_log.push((name, column));
        }
    }

    /// Whether nothing is mapped in the log.
    pub(crate) fn leaves_events(&self) -> bool {
        self.from_log.is_empty() && self.leaves(Table::Events)
    }

    /// Whether a rule is for this table alone.
    pub(crate) fn is_for(&self, table: Table) -> bool {
        self.rules.iter().any(|rule| rule.table == Some(table))
    }

    /// Whether no column of a table is renamed: then its file may have a product's own form.
    pub(crate) fn leaves(&self, table: Table) -> bool {
        let names = table.columns();
        !self.rules.iter().any(|rule| {
            rule.table == Some(table) || rule.table.is_none() && names.contains(&rule.name.as_str())
        })
    }

    /// Attributes of tickets that the log gives: (attribute, column).
    pub(crate) fn attributes(&self) -> &[(String, String)] {
        &self.from_log
    }

    /// The rules that rename columns.
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What `name` of `table` is called.
    pub(crate) fn sought(&self, table: Table, name: &str) -> Sought<'_> {
        let of = |wanted: Option<Table>| {
            self.rules
                .iter()
                .find(|rule| rule.table == wanted && rule.name == name)
                .map(|rule| rule.column.as_str())
        };
        match (of(Some(table)), of(None)) {
            (Some(column), _) => Sought::Exactly(column),
            (None, Some(column)) => Sought::Perhaps(column),
            (None, None) => Sought::Own,
        }
    }

    /// Attributes of `table` that have another name in the file: (attribute, column).
    pub(crate) fn renamed(&self, table: Table) -> impl Iterator<Item = (&str, &str)> {
        self.rules
            .iter()
            .filter(move |rule| {
                rule.table == Some(table) && !table.columns().contains(&rule.name.as_str())
            })
            .map(|rule| (rule.name.as_str(), rule.column.as_str()))
    }

    fn add(&mut self, name: &str, column: &str) -> Result<(), ImportError> {
        let rule = format!("{name}={column}");
        if name.is_empty() || column.is_empty() {
            return Err(refused(&rule, "a name is empty"));
        }
        let (table, name) = match name.split_once('.') {
            Some(("ticket", attribute)) => {
                if self.from_log.iter().any(|(old, _)| old == attribute) {
                    return Err(refused(&rule, "the name is mapped twice"));
                }
                self.from_log
                    .push((attribute.to_owned(), column.to_owned()));
                return Ok(());
            }
            Some((table, name)) => {
                let table = Table::named(table).ok_or_else(|| {
                    refused(&rule, "there is no such table (events, customers, tickets, accounts, exports, reports, changes, or ticket for an attribute from the log)")
                })?;
                (Some(table), name)
            }
            None => (None, name),
        };
        let known = match table {
            Some(table) => table.takes_attributes() || table.columns().contains(&name),
            None => Table::ALL
                .iter()
                .any(|table| table.columns().contains(&name)),
        };
        if !known {
            return Err(refused(&rule, "no table has a column of that name"));
        }
        if self
            .rules
            .iter()
            .any(|old| old.table == table && old.name == name)
        {
            return Err(refused(&rule, "the name is mapped twice"));
        }
        self.rules.push(Rule {
            table,
            name: name.to_owned(),
            column: column.to_owned(),
        });
        Ok(())
    }
}

fn refused(rule: &str, reason: &str) -> ImportError {
    ImportError::Mapping {
        rule: rule.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The line of a place in a text, from 1.
fn line_of(text: &str, at: usize) -> u64 {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count() as u64
}

/// What is wrong, where the parser's words don't say what it comes from.
fn plain(message: &str) -> &str {
    if message == "duplicate key" {
        "this name stands twice (`ticket = …` and a table `[ticket]` are the same name)"
    } else {
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_one_table_wins_over_a_rule_of_all() {
        let mapping = Mapping::parse("time=when, events.time=sys_updated_at").unwrap();
        assert_eq!(
            mapping.sought(Table::Events, "time"),
            Sought::Exactly("sys_updated_at")
        );
        assert_eq!(
            mapping.sought(Table::Exports, "time"),
            Sought::Perhaps("when")
        );
        assert_eq!(mapping.sought(Table::Events, "actor"), Sought::Own);
    }

    #[test]
    fn toml_and_the_command_line_say_the_same() {
        let line =
            Mapping::parse("time=t,events.actor=user,ticket.queue=assignment_group").unwrap();
        let file = Mapping::from_toml(
            "time = \"t\"\n[events]\nactor = \"user\"\n[ticket]\nqueue = \"assignment_group\"\n",
            "map.toml",
        )
        .unwrap();
        assert_eq!(line.attributes(), file.attributes());
        assert_eq!(
            line.sought(Table::Events, "actor"),
            file.sought(Table::Events, "actor")
        );
    }

    #[test]
    fn an_attribute_from_the_log_can_stand_beside_the_column_of_tickets() {
        let line = Mapping::parse("ticket=number,ticket.queue=assignment_group").unwrap();
        for text in [
            "ticket = \"number\"\n\"ticket.queue\" = \"assignment_group\"\n",
            "\"ticket.queue\" = \"assignment_group\"\nticket = \"number\"\n",
        ] {
            assert_eq!(Mapping::from_toml(text, "map.toml").unwrap(), line);
        }
    }

    #[test]
    fn a_mistake_in_a_file_is_named_with_the_file_and_its_line() {
        for (text, line, says) in [
            (
                "ticket = \"number\"\n\n[ticket]\nqueue = \"q\"\n",
                3,
                "stands twice",
            ),
            ("ticket = \"number\"\nticket.queue = \"q\"\n", 2, ""),
            ("time = \"t\"\ntime = \"u\"\n", 2, "stands twice"),
            ("# a word\ntime = when\n", 2, ""),
            (
                "[events]\ntime = \"t\"\nactr = \"u\"\n",
                3,
                "`events.actr=u`",
            ),
            ("[events]\ntime = 5\n", 2, "`events.time` needs"),
            ("time = \"t\"\n[event]\nactor = \"u\"\n", 3, "no such table"),
        ] {
            match Mapping::from_toml(text, "map.toml") {
                Err(ImportError::MapFile {
                    file,
                    line: at,
                    reason,
                }) => {
                    assert_eq!((file.as_str(), at), ("map.toml", line), "{text}{reason}");
                    assert!(reason.contains(says), "{text}{reason}");
                }
                other => panic!("{text}{other:?}"),
            }
        }
    }

    #[test]
    fn a_misspelt_name_in_a_mapping_is_an_error() {
        for text in [
            "tim=x",
            "event.time=x",
            "time",
            "=x",
            "time=a,time=b",
            "events.queue=x",
        ] {
            assert!(
                matches!(Mapping::parse(text), Err(ImportError::Mapping { .. })),
                "{text}"
            );
        }
    }
}

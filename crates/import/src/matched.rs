//! Which rules of a mapping found their column: a rule that finds none is a mistake, and said.

use crate::error::ImportError;
use crate::header::{looks_like_data, nearest};
use crate::mapping::{Mapping, Rule};
use crate::options::Sources;
use crate::table::Table;

/// The columns of every file whose header was read.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    files: Vec<(Table, String, Vec<String>)>,
}

impl Matched {
    /// Notes the columns of a file.
    pub(crate) fn file(&mut self, table: Table, file: String, headings: Vec<String>) {
        self.files.push((table, file, headings));
    }

    /// Fails if a rule names a table of which there is no file.
    ///
    /// Rules of reports may wait: the first run of a case has none yet.
    pub(crate) fn check_tables(mapping: &Mapping, sources: &Sources) -> Result<(), ImportError> {
        let unused = mapping.rules().iter().find(|rule| {
            rule.table
                .is_some_and(|table| table != Table::Reports && !sources.has(table))
        });
        match unused {
            Some(rule) => Err(refused(
                rule,
                format!(
                    "no {} file was given",
                    rule.table.map_or("", |table| table.name())
                ),
            )),
            None => Ok(()),
        }
    }

    /// Fails if a rule of all tables found its column in no file, once all headers are read.
    ///
    /// A rule of one table that finds nothing is an error already where the file is opened.
    pub(crate) fn check(&self, mapping: &Mapping, sources: &Sources) -> Result<(), ImportError> {
        let logs = self.files.iter().filter(|file| file.0 == Table::Events);
        if logs.count() < sources.events.len() {
            return Ok(());
        }
        for rule in mapping.rules() {
            let may_wait = !sources.has(Table::Reports) && has(Table::Reports, rule);
            if rule.table.is_some() || may_wait {
                continue;
            }
            let files: Vec<_> = self
                .files
                .iter()
                .filter(|(table, ..)| has(*table, rule))
                .collect();
            let headings = || files.iter().flat_map(|(_, _, headings)| headings);
            if headings().any(|name| name.eq_ignore_ascii_case(&rule.column)) {
                continue;
            }
            if files.is_empty() {
                return Err(refused(
                    rule,
                    format!("no file was given that can have `{}`", rule.name),
                ));
            }
            let names: Vec<String> = files
                .iter()
                .map(|(_, file, _)| format!("`{file}`"))
                .collect();
            let near = nearest(
                &rule.column,
                headings().filter(|name| !looks_like_data(name)),
            );
            return Err(refused(
                rule,
                format!(
                    "there is no column `{}` in {}{}",
                    rule.column,
                    names.join(", "),
                    near.map_or_else(String::new, |name| format!(" (is it `{name}`?)"))
                ),
            ));
        }
        Ok(())
    }
}

fn has(table: Table, rule: &Rule) -> bool {
    table.columns().contains(&rule.name.as_str())
}

fn refused(rule: &Rule, reason: String) -> ImportError {
    ImportError::UnmatchedRule {
        rule: rule.to_string(),
        reason,
    }
}

//! Why tables could not be read, with the file, the line and what to do.

use std::io;

use crate::table::Table;

/// Why an import stopped.
///
/// Messages name files, lines and columns, never the content of a row: that is personal data. What
/// the system said is the source of an error and not repeated in its message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file is missing or may not be read.
    #[error("`{file}` can't be opened")]
    Open {
        /// The file as the caller named it.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The path is that of a folder.
    #[error("`{file}` is a folder, not a file")]
    Folder {
        /// The folder as the caller named it.
        file: String,
    },
    /// Reading failed half-way.
    #[error("`{file}` can't be read")]
    Read {
        /// The file as the caller named it.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A compressed file ends before its stream does.
    #[error("`{file}` is cut off: its {kind} stream has no end")]
    CutOff {
        /// The file as the caller named it.
        file: String,
        /// `gzip` or `zstd`.
        kind: &'static str,
    },
    /// A compressed file does not unpack.
    #[error("`{file}` is not a whole {kind} file")]
    Unpack {
        /// The file as the caller named it.
        file: String,
        /// `gzip` or `zstd`.
        kind: &'static str,
        /// What the decoder said.
        source: io::Error,
    },
    /// The file grew, shrank or was replaced while it was read.
    #[error("`{file}` changed while it was read")]
    Changed {
        /// The file as the caller named it.
        file: String,
    },
    /// The content is no text although it should be CSV or JSON Lines.
    #[error("`{file}` is not a text table: it looks like {what}")]
    NotText {
        /// The file as the caller named it.
        file: String,
        /// What it looks like.
        what: &'static str,
    },
    /// The content is no Parquet file, or a damaged one.
    #[error("`{file}` can't be read as Parquet: {reason}")]
    Parquet {
        /// The file as the caller named it.
        file: String,
        /// What the decoder said.
        reason: String,
    },
    /// A Parquet column has a type that can't hold what is needed.
    #[error("column `{column}` of `{file}` has the type {found}, which can't be read here")]
    ColumnType {
        /// The file as the caller named it.
        file: String,
        /// The column's name in the file.
        column: String,
        /// Its type.
        found: String,
    },
    /// A required column is not in the file.
    #[error(
        "the {table} table needs a column `{column}`, but `{file}` has: {seen}{}",
        nearest_note(nearest.as_ref())
    )]
    MissingColumn {
        /// Which table.
        table: Table,
        /// The column that is missing (after `--map`).
        column: String,
        /// The file as the caller named it.
        file: String,
        /// Columns of the file, with those hidden that look like data.
        seen: String,
        /// The most similar name of the file.
        nearest: Option<String>,
    },
    /// Two columns of a file have the name that is needed.
    #[error("`{file}` has two columns `{column}`")]
    TwoColumns {
        /// The file as the caller named it.
        file: String,
        /// Their name.
        column: String,
    },
    /// There is nothing in the file.
    #[error("`{file}` is empty")]
    Empty {
        /// The file as the caller named it.
        file: String,
    },
    /// There is a header and nothing else.
    #[error("`{file}` has a header and no rows")]
    HeaderOnly {
        /// The file as the caller named it.
        file: String,
    },
    /// Two tables were put into one file.
    #[error("`{file}` line {line} is a second header, with the columns in another order")]
    SecondHeader {
        /// The file as the caller named it.
        file: String,
        /// Its line, from 1.
        line: u64,
    },
    /// Two files of the log are the same.
    #[error("`{file}` has the same content as `{other}`, so that its views would count twice")]
    SameFile {
        /// The file as the caller named it.
        file: String,
        /// The one that came before.
        other: String,
    },
    /// All events files together have no usable row.
    #[error("the log has no rows that could be used")]
    NoEvents,
    /// A line is longer than [`crate::LONGEST_LINE`].
    #[error("`{file}` line {line} is longer than 16 MiB")]
    LineTooLong {
        /// The file as the caller named it.
        file: String,
        /// Its line, from 1.
        line: u64,
    },
    /// A document of XML is broken, cut off, or has what is not read.
    #[error("`{file}` line {line}: the XML can't be read: {reason}")]
    Xml {
        /// The file as the caller named it.
        file: String,
        /// Its line, from 1; of what is packed in it, if it is packed.
        line: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A time has no offset and nobody said which zone it is in.
    #[error("`{file}` line {line}: the time has no offset from UTC")]
    NoOffset {
        /// The file as the caller named it.
        file: String,
        /// Its line (Parquet: row), from 1.
        line: u64,
    },
    /// Some times have an offset, others don't.
    #[error(
        "`{file}` mixes zones: line {with} has a time with an offset, line {without} one without"
    )]
    MixedZones {
        /// The file as the caller named it.
        file: String,
        /// A line whose time has an offset.
        with: u64,
        /// The first line whose time has none.
        without: u64,
    },
    /// More rows are bad than was allowed.
    #[error(
        "{rejected} of {rows} rows of `{file}` can't be used ({} % are allowed); the first: line {line}: {reason}",
        allowed * 100.0
    )]
    TooManyRejected {
        /// The file as the caller named it.
        file: String,
        /// Bad rows.
        rejected: u64,
        /// All rows.
        rows: u64,
        /// The share that was allowed.
        allowed: f64,
        /// Line of the first bad row.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// An id stands in two rows of a table whose ids are unique.
    #[error("`{file}` has the same {table} id in line {first} and line {second}")]
    Duplicate {
        /// The file as the caller named it.
        file: String,
        /// Which table.
        table: Table,
        /// Where it stood first.
        first: u64,
        /// Where it stands again.
        second: u64,
    },
    /// More rows than are taken at once.
    #[error("`{file}` has more than {most} rows")]
    TooManyRows {
        /// The file as the caller named it.
        file: String,
        /// Rows that are taken.
        most: u64,
    },
    /// The log has changes only, and nobody accepted them as views.
    #[error("the log records changes only: who looked without changing anything is not in it")]
    ChangesOnly,
    /// A product's log has changes only, and nobody accepted them as views.
    #[error(
        "`{file}` is {title}: it records changes only, so who looked without changing anything is not in it; {instead}"
    )]
    ChangesLog {
        /// The file as the caller named it.
        file: String,
        /// What it is.
        title: &'static str,
        /// What to export instead.
        instead: &'static str,
    },
    /// A log of changes has none.
    #[error("`{file}` tells of no change")]
    NoChanges {
        /// The file as the caller named it.
        file: String,
    },
    /// Nothing in the logs of changes belongs to what is known from elsewhere.
    #[error(
        "none of the {changes} changes is by an account and of a ticket or customer that the tables or the log know"
    )]
    UnknownChanges {
        /// Changes of all files.
        changes: u64,
    },
    /// There is no adapter of this name.
    #[error("there is no source `{name}`; there are: {known}")]
    UnknownSource {
        /// As given.
        name: String,
        /// All names.
        known: String,
    },
    /// A file does not look like the log that it was said to be.
    #[error("`{file}` does not look like {title}")]
    NotThatLog {
        /// The file as the caller named it.
        file: String,
        /// What it was said to be.
        title: &'static str,
    },
    /// A pattern of addresses can't be read.
    #[error("`{file}` line {line}: {reason}")]
    Pattern {
        /// The file as the caller named it.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A log of sign-ins has none.
    #[error("`{file}` has no sign-in that could be read")]
    NoSignIns {
        /// The file as the caller named it.
        file: String,
    },
    /// Sign-ins need a second look at the log, which a pipe does not give.
    #[error("with `--sign-ins` the log is read twice, and standard input can't be")]
    SignInsWithStdin,
    /// The form of ticket numbers can't be used.
    #[error("the form of ticket numbers can't be used: {reason}")]
    NumberPattern {
        /// What the expression lacks.
        reason: String,
    },
    /// No such zone.
    #[error("there is no time zone `{0}`")]
    UnknownTimezone(String),
    /// The time format can't be used.
    #[error("the time format `{format}` can't be used: {reason}")]
    TimeFormat {
        /// As given.
        format: String,
        /// Why.
        reason: String,
    },
    /// A rule of the mapping can't be read.
    #[error("the mapping `{rule}` can't be used: {reason}")]
    Mapping {
        /// As given.
        rule: String,
        /// Why.
        reason: String,
    },
    /// A file of a mapping can't be read.
    #[error("`{file}` line {line}: {reason}")]
    MapFile {
        /// The file as the caller named it.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A rule of the mapping finds its column in no file.
    #[error("the mapping `{rule}` matches nothing: {reason}")]
    UnmatchedRule {
        /// As given.
        rule: String,
        /// Where its column was looked for.
        reason: String,
    },
    /// A stratum was chosen that no table has.
    #[error("no table has an attribute `{name}`; there are: {seen}")]
    UnknownStratum {
        /// As given.
        name: String,
        /// Attributes of the tables.
        seen: String,
    },
    /// Two tables are to be read from standard input.
    #[error("only one table can come from standard input")]
    StdinTwice,
    /// No events file was named.
    #[error("no events file was named")]
    NoEventsFile,
    /// Rows of an export can't be found.
    #[error("`{file}` line {line}: {reason}")]
    Export {
        /// The file as the caller named it.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// More ids than the dictionary can number.
    #[error("there are too many different ids in the {0} column")]
    TooManyIds(Table),
    /// The receiver of the views failed.
    #[error("the views can't be stored")]
    Sink(#[source] io::Error),
    /// The caller asked to stop.
    #[error("stopped on request")]
    Cancelled,
}

impl ImportError {
    /// What the person at the keyboard can do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Open { .. } => "check the path and that you may read the file",
            Self::Read { .. } => "copy the file to a local disk and try again",
            Self::Folder { .. } => {
                "name a file in it; the files of a log one by one, each with its own --events"
            }
            Self::CutOff { .. } => {
                "copy or download the file again and compare its size with the original"
            }
            Self::Unpack { .. } => {
                "if the file is not packed, take .gz or .zst off its name; else copy or download it again and compare its size with the original"
            }
            Self::Changed { .. } => {
                "make a copy of the file while nothing writes to it and read the copy"
            }
            Self::NotText { .. } => {
                "export the table as CSV (UTF-8), JSON Lines or Parquet and name it .csv, .jsonl or .parquet (.gz and .zst may follow)"
            }
            Self::Parquet { .. } => "write the file again, or export the table as CSV",
            Self::ColumnType { .. } => {
                "write ids as text or integers and times as timestamps, or export as CSV"
            }
            // A single column, or names that are none: the first line was misread.
            Self::MissingColumn { seen, .. } if !seen.contains(", ") || seen.contains(HIDDEN) => {
                "begin the table with a line of column names, separated by comma, semicolon or tab; is it this table, and the right file?"
            }
            Self::MissingColumn { .. } => {
                "rename the column in the file, or say what it is called: --map NAME=COLUMN"
            }
            Self::TwoColumns { .. } => "rename one of the two columns in the file",
            Self::Empty { .. } | Self::HeaderOnly { .. } => {
                "export the table again and check the filter and the time span of the export"
            }
            Self::SecondHeader { .. } => {
                "hand the two tables in as files of their own, each with its own --events"
            }
            Self::SameFile { .. } => "leave one of the two out",
            Self::NoEvents => "check the time span of the export of the log",
            Self::LineTooLong { .. } => {
                "look at that line: a quote may be open, or the file is no text table"
            }
            Self::Xml { .. } => {
                "copy or export the log again and compare its size with the original; one file is one document"
            }
            Self::NoOffset { .. } => "say in which zone the times are: --timezone Europe/Vienna",
            Self::MixedZones { .. } => {
                "write all times with an offset, or say what those without mean: --timezone Europe/Vienna"
            }
            Self::TooManyRejected { .. } => {
                "correct the rows, the mapping (--map), the time format (--time-format, --timezone), or allow more: --allow-rejects 5"
            }
            Self::Duplicate { .. } => {
                "remove one of the two rows; if a log is used as the table of tickets, say that the first row of a ticket counts"
            }
            Self::TooManyRows { .. } => "cut the table into several, each with its header",
            Self::ChangesOnly => {
                "export the read events of the desk's audit log instead (who opened which record); --changes-as-views goes on with changes, and every page says so"
            }
            Self::ChangesLog { .. } => {
                "--changes-as-views goes on with changes, and every page says so"
            }
            Self::NoChanges { .. } => {
                "name a log of changes (docs/guide/desks/changes.md), or a table whose rows have `action` = `change`"
            }
            Self::UnknownChanges { .. } => {
                "write accounts, tickets and customers with the ids that the access log and the tables have; --map changes.actor=COLUMN names another column"
            }
            Self::UnknownSource { .. } => {
                "leave --from out and the first lines decide; docs/guide/desks/ has a page for each"
            }
            Self::NotThatLog { .. } => {
                "leave --from out and the first lines decide, or look at the sample row in docs/guide/desks/"
            }
            Self::Pattern { .. } => {
                "write `view GET /Ticket/Display.html?id={ticket}`; docs/guide/desks/combined.md says what else there is"
            }
            Self::NoSignIns { .. } => {
                "RT logs sign-ins at level info: `Set($LogToFile, 'info')`; the line is `Successful login for …`. Of Okta's System Log hand in the events `user.session.start` and `user.authentication.*` as JSON"
            }
            Self::SignInsWithStdin => "give the path of the log",
            Self::NumberPattern { .. } => {
                "write a regular expression that fits a number and nothing else, such as `DE-[0-9]{6}`; of several groups the first counts"
            }
            Self::UnknownTimezone(_) => "use a name such as Europe/Vienna, UTC, or +02:00",
            Self::TimeFormat { .. } => {
                "use strftime letters such as %d/%m/%Y %H:%M, or unix, unix-ms, unix-us, unix-ns"
            }
            Self::Mapping { .. } => {
                "write NAME=COLUMN, for example time=sys_updated_at,events.actor=user"
            }
            Self::MapFile { .. } => {
                "write NAME = \"COLUMN\", or the same under [events]; beside `ticket = …`, attributes from the log are written in quotes: \"ticket.queue\" = \"COLUMN\""
            }
            Self::UnmatchedRule { .. } => {
                "correct the rule (--map, --map-file), give the file that it is for, or leave it out"
            }
            Self::UnknownStratum { .. } => "choose among the attributes that the tables have",
            Self::StdinTwice => "name a file for all tables but one",
            Self::NoEventsFile => "name the access log: --events FILE",
            Self::Export { .. } => {
                "write one row a customer or ticket, or rows = all, or rows = COLUMN=VALUE with an attribute of the customers table"
            }
            Self::TooManyIds(_) => "check that the mapped column holds ids and not free text",
            Self::Sink(_) => "check the space on the disk",
            Self::Cancelled => "nothing was kept; start again when you like",
        }
    }
}

/// What stands for a column's name that looks like data.
pub(crate) const HIDDEN: &str = "(hidden: looks like data)";

fn nearest_note(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (is it `{name}`?)"))
}

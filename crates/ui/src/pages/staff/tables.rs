//! Tables of reports: handing one in, looking at it, and the second person who takes or refuses it.

use askama::Template;
use countersign_core::report::Channel;
use countersign_core::time::Second;

use super::shell::{problems, wrong};
use super::{FormError, Shell};
use crate::pages::parts::{Choice, Field, Group, Part, Problem, ProblemWords};
use crate::pages::show::{self, filters};

/// `GET /reports/table`; the form posts, as multipart/form-data, `csrf` and `file` to it.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/tables.html")]
pub struct Tables {
    /// Around the page.
    pub shell: Shell,
    /// Whether this person hands tables in.
    pub hands_in: HandsIn,
    /// Tables that this person may see, newest first.
    pub rows: Vec<TableRow>,
    /// What is wrong with the one that was handed in.
    pub errors: Vec<FormError>,
}

/// Whether somebody hands tables in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandsIn {
    /// They have a role that does.
    Yes,
    /// They only look at those of others.
    No,
}

/// A table as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Where it is: hexadecimal digits.
    pub id: String,
    /// What the file was called.
    pub name: String,
    /// When it was handed in.
    pub at: Second,
    /// Who handed it in.
    pub by: Option<String>,
    /// Rows that can be taken.
    pub rows: u64,
    /// What became of it.
    pub state: TableState,
}

/// What became of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableState {
    /// It waits for a second person.
    Waits,
    /// Nobody took it in time.
    Late,
    /// Its rows are reports.
    Taken,
    /// It was refused or taken back.
    Refused,
}

/// `GET /reports/table/<id>`; `POST …/take` takes `verified` and `csrf`, `POST …/refuse` takes
/// `why` and `csrf`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/table.html")]
pub struct OneTable {
    /// Around the page.
    pub shell: Shell,
    /// The table.
    pub table: TableRow,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What it holds; none when it was taken or refused.
    pub preview: Option<Preview>,
    /// Who looks at it.
    pub viewer: Viewer,
    /// What is wrong with what was posted.
    pub errors: Vec<FormError>,
}

/// Who looks at a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Who handed it in: they can take it back.
    Own,
    /// A second person: they can take or refuse it.
    Second,
}

/// What a table holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Its first rows.
    pub rows: Vec<PreviewRow>,
    /// Rows that can be taken.
    pub count: u64,
    /// Rows of them that the table says are verified.
    pub verified: u64,
    /// Rows of them whose customer the desk knows.
    pub known: u64,
    /// What is wrong, by line.
    pub wrong: Vec<(u64, String)>,
    /// How many rows are wrong; more than are listed, perhaps.
    pub wrong_count: u64,
    /// Rows of a review that nobody decided.
    pub undecided: u64,
    /// Columns that nobody reads.
    pub ignored: Vec<String>,
}

/// A row of a table, as it would be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRow {
    /// Its line.
    pub line: u64,
    /// When the contact was, or when it was heard of.
    pub when: Second,
    /// How they reached the customer.
    pub channel: Channel,
    /// Whom it is about, as the table says.
    pub customer: String,
    /// Whether the desk knows that customer.
    pub known: Known,
    /// The ticket number that was quoted.
    pub quoted: String,
    /// Whether the table says that it is verified.
    pub verified: Claimed,
}

/// Whether the desk knows a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is one customer.
    Yes,
    /// It is nobody's, or of several.
    No,
}

/// What a table says of one of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Somebody has checked it with the customer.
    Verified,
    /// Nothing of that kind.
    Nothing,
}

impl TableState {
    fn word(self) -> &'static str {
        match self {
            Self::Waits => "Waits for a second person",
            Self::Late => "Nobody took it in time",
            Self::Taken => "Taken",
            Self::Refused => "Refused",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Taken => "ok",
            Self::Waits => "warn",
            Self::Late | Self::Refused => "plain",
        }
    }
}

impl Tables {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self) -> Vec<Part> {
        let hint = "CSV with a header, at most 2 MB and 2,000 rows: report, received_at, and one of \
                    customer, email, phone; also called_at, quoted_ticket, caller_number, channel, \
                    pretext, verified, note.";
        let mut file = Field::new("file", "Table".to_owned(), hint.to_owned(), "");
        file.kind = "file";
        file.error = wrong(&self.errors, "file");
        vec![Part::Line(file)]
    }
}

impl OneTable {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn confirm(&self, verified: &u64) -> Vec<Part> {
        vec![Part::Checks(Group {
            id: "verified",
            legend: "What counts".to_owned(),
            hint: "Without this tick all rows are kept as unverified and move nothing.".to_owned(),
            error: wrong(&self.errors, "verified"),
            choices: vec![Choice {
                value: "confirmed",
                label: format!(
                    "I confirm that {} of this table were checked with their customers over a \
                     channel on file, as its column says: they count",
                    show::counted(verified, "row", "rows")
                ),
                hint: String::new(),
                chosen: false.into(),
            }],
        })]
    }

    fn why(&self) -> Vec<Part> {
        let label = match self.viewer {
            Viewer::Own => "Why it is taken back",
            Viewer::Second => "Why it is refused",
        };
        let mut field = Field::new("why", label.to_owned(), String::new(), "");
        field.error = wrong(&self.errors, "why");
        vec![Part::Line(field)]
    }
}

pages!(Tables, OneTable);

//! What a case keeps: notes and files, and the timeline of all that is on record about it.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::time::Second;

use super::shell::{problems, wrong};
use super::{FormError, Shell};
use crate::pages::parts::{Field, Part, Problem, ProblemWords};
use crate::pages::show::{self, filters};

/// Notes and files of a case, as a section of its page.
///
/// Its forms post `text` and `csrf` to `/cases/<reference>/notes`, and, as multipart/form-data,
/// `csrf` and `file` to `/cases/<reference>/files`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keeps {
    /// Notes, newest first.
    pub notes: Vec<NoteRow>,
    /// Files, newest first.
    pub files: Vec<FileRow>,
}

/// A note of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRow {
    /// When it was written.
    pub at: Second,
    /// Who wrote it; none: somebody who was erased.
    pub by: Option<String>,
    /// What it says.
    pub text: String,
}

/// A file of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// When it was put in.
    pub at: Second,
    /// Who put it in.
    pub by: Option<String>,
    /// Where it lies: hexadecimal digits.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: String,
}

/// A note or a file that was not taken: the form again, with what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/keep_again.html")]
pub struct KeepAgain {
    /// Around the page.
    pub shell: Shell,
    /// The case.
    pub reference: Reference,
    /// Which of the two, with what was typed.
    pub what: Kept,
    /// What is wrong.
    pub errors: Vec<FormError>,
}

/// What somebody wants a case to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A note, as it was typed.
    Note(String),
    /// A file, which the browser asks for again.
    File,
}

/// `GET /cases/<reference>/timeline`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/timeline.html")]
pub struct Timeline {
    /// Around the page.
    pub shell: Shell,
    /// How people speak of the case.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// What is on record about it, oldest first.
    pub rows: Vec<Moment>,
}

/// Something that is on record about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Number of its entry in the ledger.
    pub entry: u64,
    /// When.
    pub at: Second,
    /// Who; none: the server, or somebody who was erased.
    pub by: Option<String>,
    /// What happened, in a few words.
    pub what: String,
    /// What was said with it; may be empty.
    pub said: String,
}

impl Keeps {
    pub(crate) fn note_part(&self) -> Vec<Part> {
        vec![note("", &[])]
    }

    pub(crate) fn file_part(&self) -> Vec<Part> {
        vec![file(&[])]
    }
}

impl FileRow {
    pub(crate) fn size_said(&self) -> String {
        match self.size {
            size if size < 1_000 => show::counted(&size, "byte", "bytes"),
            size if size < 1_000_000 => format!("{} kB", show::count(&size.div_ceil(1_000))),
            size => format!("{} MB", show::count(&size.div_ceil(1_000_000))),
        }
    }
}

impl KeepAgain {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self) -> Vec<Part> {
        vec![match &self.what {
            Kept::Note(text) => note(text, &self.errors),
            Kept::File => file(&self.errors),
        }]
    }
}

fn note(text: &str, errors: &[FormError]) -> Part {
    let hint = "What was done or decided, and why. It goes on record and can’t be changed.";
    let mut field = Field::new("text", "Write a note".to_owned(), hint.to_owned(), text);
    field.error = wrong(errors, "text");
    Part::Lines(field)
}

fn file(errors: &[FormError]) -> Part {
    let hint =
        "At most 25 MB. Its name and SHA-256 go on record; it is sealed with the case’s key.";
    let mut field = Field::new("file", "Put a file in".to_owned(), hint.to_owned(), "");
    field.kind = "file";
    field.error = wrong(errors, "file");
    Part::Line(field)
}

pages!(KeepAgain, Timeline);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_in_the_unit_that_fits() {
        let said = |size| {
            let row = FileRow {
                at: Second(0),
                by: None,
                id: String::new(),
                name: String::new(),
                size,
                sha256: String::new(),
            };
            row.size_said()
        };
        assert_eq!(said(1), "1 byte");
        assert_eq!(said(999), "999 bytes");
        assert_eq!(said(1_001), "2 kB");
        assert_eq!(said(24_000_001), "25 MB");
    }
}

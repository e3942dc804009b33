//! What a case keeps: notes, and files under the case's key.

use countersign_core::record::{CaseFile, Note, Record};
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::leaf::Token;
use countersign_store::{CaseRow, Event};
use countersign_ui::pages::staff::{FileRow, Keeps, NoteRow};
use sha2::{Digest as _, Sha256};

use crate::access::Staff;
use crate::app::{App, second_of};
use crate::error::PageError;
use crate::timeline::Names;

/// Letters of a note.
pub(crate) const LONGEST_NOTE: usize = 4000;
/// Bytes of a file.
pub(crate) const LARGEST_FILE: usize = 25_000_000;

/// Notes and files of a case, newest first.
pub(crate) async fn of(app: &App, case: &CaseRow) -> Result<Keeps, PageError> {
    let mut names = Names::default();
    let mut keeps = Keeps::default();
    for entry in app.store().told(&case.token).await?.into_iter().rev() {
        let by = names.of(app, entry.by).await?;
        match entry.record {
            Some(Record::Note(note)) => keeps.notes.push(NoteRow {
                at: second_of(entry.at),
                by,
                text: note.text,
            }),
            Some(Record::File(file)) => keeps.files.push(FileRow {
                at: second_of(entry.at),
                by,
                id: file.id,
                name: file.name,
                size: file.size,
                sha256: file.sha256,
            }),
            _ => {}
        }
    }
    Ok(keeps)
}

/// Puts a note on record.
pub(crate) async fn note(
    app: &App,
    staff: &Staff,
    case: &CaseRow,
    text: String,
) -> Result<(), PageError> {
    append(app, staff, case, Record::Note(Note { text })).await
}

/// Keeps a file of a case: sealed in the folder first, then on record.
pub(crate) async fn file(
    app: &App,
    staff: &Staff,
    case: &CaseRow,
    name: String,
    content: Vec<u8>,
) -> Result<(), PageError> {
    let id: Token = app.chance().map_err(PageError::internal)?;
    let record = Record::File(CaseFile {
        id: hex(&id),
        name,
        size: content.len() as u64,
        sha256: hex(&Sha256::digest(&content)),
    });
    app.store().keep_file(&case.token, &id, content).await?;
    append(app, staff, case, record).await
}

/// A file of a case, and what it is called; none if it is not one of this case.
pub(crate) async fn found(
    app: &App,
    case: &CaseRow,
    id: &str,
) -> Result<Option<(CaseFile, Vec<u8>)>, PageError> {
    let entries = app.store().told(&case.token).await?;
    let mut files = entries.into_iter().filter_map(|entry| match entry.record {
        Some(Record::File(file)) => Some(file),
        _ => None,
    });
    let Some(file) = files.find(|file| file.id == id) else {
        return Ok(None);
    };
    let Some(token) = from_hex(&file.id).and_then(|id| id.try_into().ok()) else {
        return Ok(None);
    };
    let Some(content) = app.store().file(&case.token, &token).await? else {
        return Ok(None);
    };
    if hex(&Sha256::digest(&content)) != file.sha256 {
        let error = std::io::Error::other("a file is not the one that is on record");
        return Err(PageError::internal(error));
    }
    Ok(Some((file, content)))
}

async fn append(app: &App, staff: &Staff, case: &CaseRow, record: Record) -> Result<(), PageError> {
    let event = Event::new(record, case.token, Some(staff.person));
    app.append(vec![event]).await
}

//! What a case keeps, and tables of reports.

use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::super::{
    CaseEvidence, Claimed, FileRow, FormError, HandsIn, KeepAgain, Keeps, Kept, Known, Moment,
    NoteRow, OneTable, PackedRow, Preview, PreviewRow, Room, TableRow, TableState, Tables,
    Timeline, Viewer,
};
use super::{NOW, shell};
use crate::ReportError;

const HOSTILE: &str = "<script>alert(1)</script>\u{202e}=cmd|' /C calc'!A0";

pub(super) fn keeps() -> Keeps {
    Keeps {
        notes: vec![
            NoteRow {
                at: NOW,
                by: Some("Ann Ito".to_owned()),
                text: format!("The bank called back.\nThey ask for the list.\n{HOSTILE}"),
            },
            NoteRow {
                at: Second(NOW.0 - 9_000),
                by: None,
                text: "Opened after the third call.".to_owned(),
            },
        ],
        files: vec![FileRow {
            at: NOW,
            by: Some("Ann Ito".to_owned()),
            id: "00ff".repeat(8),
            name: format!("letter to the police {HOSTILE}.pdf"),
            size: 1_234_567,
            sha256: "0123abcd".repeat(8),
        }],
    }
}

pub(super) fn pages() -> Result<Vec<(String, String)>, ReportError> {
    let case = Reference::new(77);
    let again = |what| KeepAgain {
        shell: shell(&[Role::Investigator], Room::Cases),
        reference: case,
        errors: vec![FormError {
            field: match what {
                Kept::Note(_) => "text",
                Kept::File => "file",
            },
            message: "It is empty: say what was done.".to_owned(),
        }],
        what,
    };
    let moment = |entry: u64, by: Option<&str>, what: &str, said: &str| Moment {
        entry,
        at: Second(NOW.0 - 9_000),
        by: by.map(ToOwned::to_owned),
        what: what.to_owned(),
        said: said.to_owned(),
    };
    let timeline = Timeline {
        shell: shell(&[Role::Investigator], Room::Cases),
        reference: case,
        title: "Calls in autumn".to_owned(),
        rows: vec![
            moment(7, Some("Ann Ito"), "The case was opened", "Calls in autumn"),
            moment(1_204, None, "Run 1 showed: a lead, nobody is named", ""),
            moment(1_210, Some("<b>Bo"), "Somebody wrote a note", HOSTILE),
        ],
    };
    let mut all = vec![
        (
            "note_refused".to_owned(),
            again(Kept::Note("   ".to_owned())).render()?,
        ),
        ("file_refused".to_owned(), again(Kept::File).render()?),
        ("timeline".to_owned(), timeline.render()?),
    ];
    all.extend(evidence(case)?);
    all.extend(tables()?);
    Ok(all)
}

fn evidence(case: Reference) -> Result<Vec<(String, String)>, ReportError> {
    let row = |by: Option<&str>| PackedRow {
        at: NOW,
        by: by.map(ToOwned::to_owned),
        manifest: "0123abcd".repeat(8),
    };
    let page = CaseEvidence {
        shell: shell(&[Role::Investigator], Room::Cases),
        reference: case,
        title: "Calls in <autumn>".to_owned(),
        key: format!(
            "countersign/server/{}+0123abcd+{}",
            "00ff".repeat(8),
            "Ab+/".repeat(11)
        ),
        run: Some(12),
        packed: vec![row(Some("Ann <i>\u{202e}Ito")), row(None)],
    };
    let early = CaseEvidence {
        run: None,
        packed: Vec::new(),
        ..page.clone()
    };
    Ok(vec![
        ("evidence".to_owned(), page.render()?),
        ("evidence_early".to_owned(), early.render()?),
    ])
}

fn tables() -> Result<Vec<(String, String)>, ReportError> {
    let row = |state| TableRow {
        id: "00ff".repeat(8),
        name: format!("hotline {HOSTILE}.csv"),
        at: NOW,
        by: Some("Bo".to_owned()),
        rows: 1_204,
        state,
    };
    let states = [
        TableState::Waits,
        TableState::Late,
        TableState::Taken,
        TableState::Refused,
    ];
    let list = Tables {
        shell: shell(&[Role::Investigator], Room::Tables),
        hands_in: HandsIn::Yes,
        rows: states.into_iter().map(row).collect(),
        errors: Vec::new(),
    };
    let refused = Tables {
        rows: Vec::new(),
        errors: vec![FormError {
            field: "file",
            message: "It was not taken: the table has more than 2000 rows.".to_owned(),
        }],
        ..list.clone()
    };
    let looks = Tables {
        shell: shell(&[Role::Supervisor], Room::Tables),
        hands_in: HandsIn::No,
        rows: Vec::new(),
        errors: Vec::new(),
    };
    let preview_row = |line: u64, verified| PreviewRow {
        line,
        when: Second(NOW.0 - 9_000),
        channel: Channel::Phone,
        customer: HOSTILE.to_owned(),
        known: if line > 2 { Known::Yes } else { Known::No },
        quoted: if line > 2 { "INC 47" } else { "" }.to_owned(),
        verified,
    };
    let preview = Preview {
        rows: vec![
            preview_row(2, Claimed::Nothing),
            preview_row(3, Claimed::Verified),
        ],
        count: 1_204,
        verified: 17,
        known: 1_100,
        wrong: vec![(4, "the time can't be read".to_owned())],
        wrong_count: 1,
        undecided: 3,
        ignored: vec!["shoe size".to_owned()],
    };
    let second = OneTable {
        shell: shell(&[Role::Supervisor], Room::Tables),
        table: row(TableState::Waits),
        sha256: "0123abcd".repeat(8),
        preview: Some(preview),
        viewer: Viewer::Second,
        errors: Vec::new(),
    };
    let own = OneTable {
        shell: shell(&[Role::Agent], Room::Tables),
        viewer: Viewer::Own,
        errors: vec![FormError {
            field: "why",
            message: "Say why, in a few words.".to_owned(),
        }],
        ..second.clone()
    };
    let taken = OneTable {
        table: row(TableState::Taken),
        preview: None,
        ..second.clone()
    };
    Ok(vec![
        ("tables".to_owned(), list.render()?),
        ("tables_refused".to_owned(), refused.render()?),
        ("tables_second".to_owned(), looks.render()?),
        ("table_second".to_owned(), second.render()?),
        ("table_own".to_owned(), own.render()?),
        ("table_taken".to_owned(), taken.render()?),
    ])
}

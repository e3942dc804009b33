//! How a folder is opened, and what is refused then.

use std::fs;
use std::sync::Arc;

use countersign_core::ledger::Kind;
use countersign_core::program::May;
use countersign_core::record::{
    Assigned, Bundle, Case, Grant, HandedTable, Met, Note, Person, Program, ProgramEnded, Proof,
    Record, TableRefused, TableTaken, Verified, Views,
};
use countersign_core::reference::Reference;
use countersign_core::staff::Role;
use countersign_ledger::disk::Folder;
use countersign_ledger::journal::FOLDER;
use countersign_ledger::leaf::{Leaf, event_id};
use countersign_ledger::log::{Append, Log, Settings};
use countersign_ledger::note::Signer;
use countersign_ledger::seal::SubjectKey;
use countersign_store::{Purpose, Settings as Opening, Store, StoreError, rebuild};
use sqlx::Connection as _;

use crate::fixture::{DERIVED, Fixture, NOW, event, lite_connection, put, report};
use crate::records::{case, shown};

/// Something of each kind, with one reporter, one person and one case erased.
fn handed_table() -> HandedTable {
    HandedTable {
        name: "hotline.csv".to_owned(),
        rows: 7,
        verified: 5,
        wrong: 1,
        sha256: "00".to_owned(),
        content: "00".to_owned(),
    }
}

async fn fill(store: &Store) {
    let name = |name: &str| {
        let name = name.to_owned();
        Record::Person(Person { name })
    };
    let role = |role, held| Record::Grant(Grant { role, held });
    let verified = Record::Verified(Verified { how: Proof::Mail });
    for (number, subject) in (1..).zip([[1; 16], [2; 16], [3; 16]]) {
        put(store, subject, Record::Report(report(number))).await;
        put(store, subject, verified.clone()).await;
    }
    for subject in [[4; 16], [5; 16]] {
        put(store, subject, name("Ann")).await;
        put(store, subject, role(Role::Investigator, true)).await;
        put(store, subject, role(Role::Operator, true)).await;
        put(store, subject, role(Role::Operator, false)).await;
        put(store, subject, name("Ann of old")).await;
    }
    for (number, subject) in (1..).zip([[6; 16], [7; 16]]) {
        let opening = Case {
            until: Some(countersign_core::time::Second(9)),
            ..case(number)
        };
        let mut opening = event(subject, Record::Case(opening));
        opening.by = Some([4; 16]);
        store.append(vec![opening]).await.unwrap();
        put(store, subject, Record::Run(shown())).await;
    }
    for subject in [[8; 16], [9; 16]] {
        let program = Program {
            name: "hotline".to_owned(),
            may: vec![May::Reports],
        };
        put(store, subject, Record::Program(program)).await;
        put(store, subject, Record::ProgramEnded(ProgramEnded {})).await;
    }
    for case in [[6; 16], [7; 16]] {
        let text = "called again".to_owned();
        put(store, case, Record::Note(Note { text })).await;
        let person = "04".repeat(16);
        put(store, case, Record::Assigned(Assigned { person })).await;
        let packed = Bundle {
            at: "2026-11-27T12:00:00Z".to_owned(),
            manifest: "00".repeat(32),
            entries: 7,
        };
        put(store, case, Record::Bundle(packed)).await;
    }
    for (place, subject) in [[10; 16], [11; 16]].into_iter().enumerate() {
        let mut handed = event(subject, Record::Table(handed_table()));
        handed.by = Some([4; 16]);
        store.append(vec![handed]).await.unwrap();
        let ended = match place {
            0 => Record::TableTaken(TableTaken {
                rows: 7,
                verified: 0,
            }),
            _ => Record::TableRefused(TableRefused {
                why: "not ours".to_owned(),
            }),
        };
        put(store, subject, ended).await;
    }
    for subject in [[12; 16], [13; 16]] {
        let met = Met {
            customers: vec![(u32::from(subject[0]), "C-1".to_owned())],
            ..Met::default()
        };
        put(store, subject, Record::Met(met)).await;
    }
    put(store, store.server(), Record::Views(Views::default())).await;
    for subject in [[2; 16], [5; 16], [7; 16], [9; 16], [11; 16], [13; 16]] {
        store.erase(subject).await.unwrap();
    }
}

pub(crate) async fn a_folder_is_for_work_or_for_a_demo_and_its_starts_say_which(fixture: Fixture) {
    let demo = |fixture: &Fixture| Opening {
        purpose: Purpose::Demo,
        ..fixture.settings()
    };
    fixture.open().await.close().await;
    let refused = Store::open(demo(&fixture)).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoDemo(_)), "{refused}");
    // A mark that somebody put there makes nothing of it: its starts were for work.
    fs::write(fixture.file("made-up"), "").unwrap();
    let refused = fixture.refusal().await;
    assert!(matches!(refused, StoreError::OfDemo(_)), "{refused}");
    let refused = Store::open(demo(&fixture)).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoDemo(_)), "{refused}");
    fs::remove_file(fixture.file("made-up")).unwrap();
    fixture.open().await.close().await;

    let other = fixture.another().await;
    Store::open(demo(&other)).await.unwrap().close().await;
    Store::open(demo(&other)).await.unwrap().close().await;
    let refused = other.refusal().await;
    assert!(matches!(refused, StoreError::OfDemo(_)), "{refused}");
    fs::remove_file(other.file("made-up")).unwrap();
    let refused = other.refusal().await;
    assert!(matches!(refused, StoreError::OfDemo(_)), "{refused}");
    // Made anew, the rows say it, too.
    rebuild(&other.settings()).await.unwrap_err();
}

pub(crate) async fn a_second_store_on_a_folder_is_refused(fixture: Fixture) {
    let store = fixture.open().await;
    let refused = fixture.refusal().await;
    assert!(matches!(refused, StoreError::Locked(_)), "{refused}");
    store.close().await;
    let store = fixture.open().await;
    put(&store, [1; 16], Record::Report(report(1))).await;
    store.close().await;
}

pub(crate) async fn a_database_ahead_of_the_ledger_is_refused(fixture: Fixture) {
    fixture.open().await.close().await;
    fixture.sql("UPDATE cursor SET seq = 2").await;
    let refused = fixture.refusal().await;
    let ahead = matches!(
        refused,
        StoreError::Ahead {
            followed: 2,
            size: 1
        }
    );
    assert!(ahead, "{refused}");
    // Nothing was changed, and nothing is open.
    fixture.sql("UPDATE cursor SET seq = 1").await;
    fixture.open().await.close().await;
}

pub(crate) async fn a_database_of_another_ledger_is_refused(fixture: Fixture) {
    let other = fixture.another().await;
    for fixture in [&fixture, &other] {
        let store = fixture.open().await;
        put(&store, [1; 16], Record::Report(report(1))).await;
        store.close().await;
    }
    fixture.take_database_of(&other).await;
    let refused = fixture.refusal().await;
    assert!(matches!(refused, StoreError::OtherRoot(2)), "{refused}");
    // Its rows can be made anew from the ledger that is there.
    rebuild(&fixture.settings()).await.unwrap();
    let store = fixture.open().await;
    assert!(
        store.was_restored(),
        "what does not follow from the ledger is another's"
    );
    store.close().await;
}

pub(crate) async fn a_newer_database_is_refused(fixture: Fixture) {
    fixture.open().await.close().await;
    fixture
        .sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             SELECT 99991231235959, description, success, checksum, execution_time \
             FROM _sqlx_migrations ORDER BY version LIMIT 1",
        )
        .await;
    let refused = fixture.refusal().await;
    assert!(
        matches!(refused, StoreError::Newer(99991231235959)),
        "{refused}"
    );
    assert!(refused.help().unwrap().contains("newer version"));
}

pub(crate) async fn a_missing_key_is_refused(fixture: Fixture) {
    fixture.open().await.close().await;
    for name in ["keys/root.key", "keys/log.key", "vault/epoch-1.key"] {
        fixture.keep(name);
        fs::remove_file(fixture.file(name)).unwrap();
        let refused = fixture.refusal().await;
        let StoreError::KeyMissing(path) = &refused else {
            panic!("{refused}");
        };
        assert_eq!(path, &fixture.file(name));
        fixture.put_back(name);
    }
    fs::write(fixture.file("keys/root.key"), "not a key\n").unwrap();
    let refused = fixture.refusal().await;
    assert!(matches!(refused, StoreError::NoKey(_)), "{refused}");
    fixture.put_back("keys/root.key");
    fixture.open().await.close().await;
}

pub(crate) async fn what_only_the_ledger_has_becomes_rows(fixture: Fixture) {
    let store = fixture.open().await;
    put(&store, [1; 16], Record::Report(report(1))).await;
    store.close().await;
    {
        // As a program that crashed between the journal and the database.
        let ledger = Folder::open(&fixture.file("ledger"), &[FOLDER]).unwrap();
        let key = fs::read_to_string(fixture.file("keys/log.key")).unwrap();
        let settings = Settings {
            segment_length: 1 << 20,
            remembered: 48 * 60 * 60 * 1000,
            marks: Some(100_000),
        };
        let signer = Signer::from_secret(&key).unwrap();
        let mut log = Log::open(Arc::new(ledger), signer, settings).unwrap();
        let unknown = SubjectKey::new([2; 16], [0; 32]);
        for (place, kind, subject) in [
            (1, Kind::Verified, [1; 16]),
            (2, Kind::Report, [2; 16]),
            (3, Kind::Case, [3; 16]),
            (4, Kind::CaseRun, [3; 16]),
            (5, Kind::Person, [4; 16]),
            (6, Kind::Grant, [4; 16]),
            (7, Kind::Start, [5; 16]),
            (8, Kind::Hold, [0; 16]),
            (10, Kind::Program, [6; 16]),
        ] {
            let id = event_id(NOW, [place; 10]);
            let (part, commitment) = unknown.seal(&id, 0, b"{}").unwrap();
            let leaf = Leaf::new(id, kind.code(), Some(subject), vec![commitment]);
            let answer = log.append(&[vec![Append::new(leaf, vec![part])]], NOW);
            answer.into_iter().next().unwrap().unwrap();
        }
        // A kind of a later version, without a part.
        let leaf = Leaf::new(event_id(NOW, [9; 10]), 999, Some([9; 16]), Vec::new());
        let answer = log.append(&[vec![Append::new(leaf, Vec::new())]], NOW);
        answer.into_iter().next().unwrap().unwrap();
    }
    let store = fixture.open().await;
    let row = store.report_of(&[1; 16]).await.unwrap().unwrap();
    assert_eq!((row.verified, row.proof), (Some(2), None));
    assert_eq!(store.said(&row).await.unwrap(), Some(report(1)));
    // What does not open is there without what it says.
    let row = store.report_of(&[2; 16]).await.unwrap().unwrap();
    assert_eq!((row.seq, row.reference, row.received), (3, None, None));
    assert_eq!(store.said(&row).await.unwrap(), None);
    assert!(store.cases().await.unwrap()[0].case.is_none());
    assert!(store.runs(&[3; 16]).await.unwrap()[0].run.is_none());
    assert!(store.people().await.unwrap()[0].name.is_none());
    assert!(store.roles(&[4; 16]).await.unwrap().is_empty());
    assert!(store.programs().await.unwrap()[0].name.is_none());
    let entries = store.entries(Some(10), 9).await.unwrap();
    let of: Vec<_> = entries
        .iter()
        .map(|entry| (entry.kind, entry.subject))
        .collect();
    assert_eq!(of[0], (None, Some([9; 16])));
    assert_eq!(entries.len(), 2, "and the start");
    assert_eq!(put(&store, [8; 16], Record::Report(report(8))).await, 13);
    store.close().await;
}

pub(crate) async fn rows_that_are_made_anew_are_the_same(fixture: Fixture) {
    let store = fixture.open().await;
    fill(&store).await;
    let cookie = store
        .begin_session(&[4; 16], "a laptop", 1000)
        .await
        .unwrap();
    store.close().await;
    let before = fixture.dump(&DERIVED).await;
    assert!(before.len() >= 40, "{}", before.len());
    for table in DERIVED {
        assert!(
            before.iter().any(|row| row.starts_with(table)),
            "no row in {table}"
        );
    }
    // A wrong row is one that nothing but the ledger can set right.
    fixture
        .sql("UPDATE report SET verified_seq = 1, way = 'api'")
        .await;
    fixture.sql("DELETE FROM role").await;
    assert_ne!(fixture.dump(&DERIVED).await, before);
    rebuild(&fixture.settings()).await.unwrap();
    assert_eq!(fixture.dump(&DERIVED).await, before);
    let store = fixture.open().await;
    assert!(!store.was_restored());
    assert!(
        store.session(&cookie).await.unwrap().is_some(),
        "what is not derived stays"
    );
    store.close().await;
}

pub(crate) async fn a_database_that_was_put_back_is_told(fixture: Fixture) {
    let store = fixture.open().await;
    assert!(!store.was_restored());
    store.close().await;
    fixture.keep_copy().await;
    let store = fixture.open().await;
    assert!(!store.was_restored());
    put(&store, [1; 16], Record::Report(report(1))).await;
    store.close().await;
    fixture.put_back_copy().await;
    let store = fixture.open().await;
    assert!(store.was_restored());
    // What follows from the ledger is all there again.
    let row = store.report(&Reference::new(1)).await.unwrap().unwrap();
    assert_eq!(store.said(&row).await.unwrap(), Some(report(1)));
    store.close().await;
    let store = fixture.open().await;
    assert!(!store.was_restored());
    store.close().await;
}

pub(crate) async fn a_second_projector_stops_the_store(fixture: Fixture) {
    let store = fixture.open().await;
    put(&store, [1; 16], Record::Report(report(1))).await;
    fixture.sql("UPDATE cursor SET seq = seq + 1").await;
    for number in 2..4 {
        let subject = [u8::try_from(number).unwrap(); 16];
        let said = vec![event(subject, Record::Report(report(number)))];
        let refused = store.append(said).await.unwrap_err();
        assert!(matches!(refused, StoreError::Stopped(_)), "{refused}");
        assert!(refused.to_string().contains("another program"), "{refused}");
    }
    store.close().await;
    fixture.sql("UPDATE cursor SET seq = seq - 1").await;
    // Both are on record.
    let store = fixture.open().await;
    assert!(store.report_of(&[2; 16]).await.unwrap().is_some());
    assert!(store.report_of(&[3; 16]).await.unwrap().is_some());
    store.close().await;
}

pub(crate) async fn an_answer_does_not_wait_for_a_locked_database(fixture: Fixture) {
    let store = fixture.open().await;
    let said = vec![event([1; 16], Record::Report(report(1)))];
    // The lock is held until the answer is there, however long that takes.
    let answer = if let Some(mut pg) = fixture.pg_connection().await {
        let mut tx = pg.begin().await.unwrap();
        let lock = "LOCK TABLE cursor IN EXCLUSIVE MODE";
        sqlx::query(lock).execute(&mut *tx).await.unwrap();
        let answer = store.append(said).await;
        tx.rollback().await.unwrap();
        answer
    } else {
        let mut lite = lite_connection(&fixture.file("store.db")).await;
        let tx = lite.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let answer = store.append(said).await;
        tx.rollback().await.unwrap();
        answer
    };
    let refused = answer.unwrap_err();
    assert!(matches!(refused, StoreError::BeingWritten(1)), "{refused}");
    // The next answer comes when its rows are there, and these stand before them; or when the store
    // is closed.
    store.close().await;
    let rows = fixture.dump(&["report"]).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
}

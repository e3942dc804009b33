//! What a case keeps, files among it, and tables that wait for a second person.

use std::fs;

use countersign_core::ledger::Kind;
use countersign_core::record::{CaseFile, HandedTable, Note, Record, TableTaken};
use countersign_ledger::encoding::hex;
use countersign_ledger::gate::Rule;
use countersign_store::StoreError;

use crate::fixture::{Fixture, NOW, event, put};
use crate::records::case;

pub(crate) async fn a_file_opens_with_its_subjects_key_alone_and_goes_with_it(fixture: Fixture) {
    let store = fixture.open().await;
    let (one, two, id) = ([1; 16], [2; 16], [3; 16]);
    let content = b"a letter to the police, zwetschgenkuchen".to_vec();
    store.keep_file(&one, &id, content.clone()).await.unwrap();
    store.keep_file(&two, &id, b"other".to_vec()).await.unwrap();
    store.keep_file(&two, &[4; 16], Vec::new()).await.unwrap();
    assert_eq!(store.file(&one, &id).await.unwrap(), Some(content.clone()));
    assert_eq!(store.file(&two, &[4; 16]).await.unwrap(), Some(Vec::new()));
    assert_eq!(store.file(&one, &[4; 16]).await.unwrap(), None);
    assert_eq!(store.file(&[9; 16], &id).await.unwrap(), None);

    let path = |subject: [u8; 16]| {
        let name = format!("files/{}/{}", hex(&subject), hex(&id));
        fixture.file(&name)
    };
    let sealed = fs::read(path(one)).unwrap();
    let word = b"zwetschgenkuchen";
    assert!(!sealed.windows(word.len()).any(|it| it == word));
    // A file in another's place, or with another bit, does not open.
    fs::write(path(two), &sealed).unwrap();
    assert!(store.file(&two, &id).await.is_err());
    let mut changed = sealed.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(path(one), &changed).unwrap();
    assert!(store.file(&one, &id).await.is_err());
    fs::write(path(one), &sealed[..20]).unwrap();
    assert!(store.file(&one, &id).await.is_err());
    fs::write(path(one), &sealed).unwrap();

    store.erase(one).await.unwrap();
    assert_eq!(store.file(&one, &id).await.unwrap(), None);
    assert!(!path(one).exists());
    // What a backup brings back opens no more, and goes again at the next start.
    fs::create_dir_all(path(one).parent().unwrap()).unwrap();
    fs::write(path(one), &sealed).unwrap();
    assert_eq!(store.file(&one, &id).await.unwrap(), None);
    let refused = store.keep_file(&one, &id, content).await.unwrap_err();
    assert!(matches!(refused, StoreError::Erased), "{refused}");
    store.close().await;
    let store = fixture.open().await;
    assert!(!path(one).exists());
    assert_eq!(store.file(&two, &[4; 16]).await.unwrap(), Some(Vec::new()));
    store.close().await;
}

pub(crate) async fn a_case_keeps_notes_and_names_of_files_until_it_is_erased(fixture: Fixture) {
    let store = fixture.open().await;
    let (file, ann) = ([3; 16], [1; 16]);
    put(&store, file, Record::Case(case(6))).await;
    let note = Record::Note(Note {
        text: "the bank called, zwetschgenkuchen".to_owned(),
    });
    let mut written = event(file, note.clone());
    written.by = Some(ann);
    let seq = store.append(vec![written]).await.unwrap()[0];
    let letter = Record::File(CaseFile {
        id: hex(&[5; 16]),
        name: "letter.pdf".to_owned(),
        size: 7,
        sha256: "00".to_owned(),
    });
    put(&store, file, letter.clone()).await;
    put(&store, [4; 16], note.clone()).await;

    let entries = store.told(&file).await.unwrap();
    assert_eq!(entries.len(), 2);
    let first = &entries[0];
    assert_eq!((first.seq, first.at, first.by), (seq, NOW, Some(ann)));
    assert_eq!((first.kind, &first.record), (Kind::Note, &Some(note)));
    assert_eq!(entries[1].record, Some(letter));
    let rows = fixture.dump(&["told"]).await;
    assert!(rows.iter().all(|row| !row.contains("zwetschgenkuchen")));

    store.erase(file).await.unwrap();
    let entries = store.told(&file).await.unwrap();
    assert_eq!(entries.len(), 2, "that there was something stays");
    assert!(entries.iter().all(|entry| entry.record.is_none()));
    let others = store.told(&[4; 16]).await.unwrap();
    assert!(others[0].record.is_some());
    store.close().await;
}

pub(crate) async fn a_table_is_taken_by_somebody_else_than_who_handed_it_in(fixture: Fixture) {
    let store = fixture.open().await;
    let (table, ann, sue) = ([3; 16], [1; 16], [2; 16]);
    let said = HandedTable {
        name: "hotline.csv".to_owned(),
        rows: 7,
        verified: 5,
        wrong: 1,
        sha256: "00".to_owned(),
        content: hex(&[9; 16]),
    };
    let mut handed = event(table, Record::Table(said.clone()));
    handed.by = Some(ann);
    handed.rules = vec![Rule::Grants(NOW + 1000)];
    store.append(vec![handed]).await.unwrap();
    let row = store.table(&table).await.unwrap().unwrap();
    assert_eq!((row.by, row.said, row.ended), (Some(ann), Some(said), None));
    let take = |by| {
        let record = Record::TableTaken(TableTaken {
            rows: 7,
            verified: 0,
        });
        let mut taken = event(table, record);
        taken.by = Some(by);
        taken.rules = vec![
            Rule::Under(row.event),
            Rule::NotBy(row.event),
            Rule::Ends(row.event),
        ];
        taken
    };
    let refused = store.append(vec![take(ann)]).await.unwrap_err();
    assert!(refused.to_string().contains("second person"), "{refused}");
    assert_eq!(store.table(&table).await.unwrap().unwrap().ended, None);
    let seq = store.append(vec![take(sue)]).await.unwrap()[0];
    let ended = store.tables().await.unwrap()[0].ended.unwrap();
    assert_eq!((ended.seq, ended.by), (seq, Some(sue)));
    assert_eq!(ended.how, Kind::TableTaken);
    // Once.
    let refused = store.append(vec![take(sue)]).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused}");
    store.close().await;
}

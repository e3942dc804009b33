//! Views and the names in them: read at a start, and what an erasure leaves of them.

use std::sync::mpsc;

use countersign_core::record::{Met, Record, Seen, Source, Through, Views};
use countersign_core::time::Second;
use countersign_store::Store;

use crate::fixture::{DAY, Fixture, event, put};

fn batch(number: u32) -> Views {
    let row = |n: u32| Seen {
        second: Second(n),
        account: 0,
        customer: n,
        ticket: n + 1,
        ..Seen::default()
    };
    Views {
        source: Source::File("access.log".to_owned()),
        through: Some(Through {
            offset: number.into(),
            ..Through::default()
        }),
        rows: (0..number).map(row).collect(),
    }
}

async fn all(store: &Store) -> Vec<Views> {
    let (tell, told) = mpsc::channel();
    let read = store.views(move |views| tell.send(views).unwrap());
    read.await.unwrap();
    told.into_iter().collect()
}

pub(crate) async fn views_and_names_are_read_as_they_came_until_somebody_is_erased(
    fixture: Fixture,
) {
    let store = fixture.open().await;
    let met = |number: u32| Met {
        customers: vec![(number, format!("zwetschgen-{number}"))],
        tickets: vec![(number, format!("pflaumen-{number}"))],
        ..Met::default()
    };
    let server = store.server();
    for number in 0..3_u8 {
        // Names and rows that belong together are one write.
        let events = vec![
            event([number + 1; 16], Record::Met(met(number.into()))),
            event(server, Record::Views(batch(number.into()))),
        ];
        store.append(events).await.unwrap();
    }
    put(&store, [9; 16], Record::Met(met(9))).await;
    let batches: Vec<Views> = (0..3).map(batch).collect();
    assert_eq!(all(&store).await, batches);
    store.close().await;

    let store = fixture.open().await;
    assert_eq!(all(&store).await, batches);
    let rows = store.met().await.unwrap();
    let read: Vec<_> = rows
        .into_iter()
        .map(|row| (row.subject[0], row.met))
        .collect();
    assert_eq!(read, [(1, met(0)), (2, met(1)), (3, met(2)), (9, met(9))]);
    // Names have no entry of their own in the list; their views have.
    let entries = store.entries(None, 100).await.unwrap();
    assert_eq!(entries.len(), 2 + 3, "starts and views");
    assert_eq!(fixture.finds(b"zwetschgen-1").await, [""; 0]);

    store.erase([2; 16]).await.unwrap();
    let rows = store.met().await.unwrap();
    let read: Vec<_> = rows.into_iter().map(|row| row.subject[0]).collect();
    assert_eq!(read, [1, 3, 9]);
    // What was seen is still there, of somebody unknown.
    assert_eq!(all(&store).await, batches);
    store.close().await;
}

/// Rows in order, each with its source, and how far each source was read.
type Said = (Vec<(Source, Seen)>, Vec<(Source, u64)>);

fn said(batches: &[Views]) -> Said {
    let mut rows = Vec::new();
    let mut through = std::collections::BTreeMap::new();
    for batch in batches {
        let of = batch.rows.iter().map(|row| (batch.source.clone(), *row));
        rows.extend(of);
        if let Some(at) = batch.through {
            through.insert(batch.source.clone(), at.offset);
        }
    }
    (rows, through.into_iter().collect())
}

/// Files of views in the folder.
fn files(fixture: &Fixture) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(fixture.file("views")) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().unwrap() == "parquet");
    paths.sort();
    paths
}

pub(crate) async fn views_of_a_day_become_a_file_and_what_does_not_fit_is_made_anew(
    fixture: Fixture,
) {
    let store = fixture.open().await;
    assert_eq!(store.seal_views().await.unwrap(), 0, "nothing came yet");
    let server = store.server();
    let program = |rows| Views {
        source: Source::Program([7; 16]),
        through: None,
        ..batch(rows)
    };
    let come = async |views: Views| put(&store, server, Record::Views(views)).await;
    come(batch(5)).await;
    come(program(3)).await;
    assert_eq!(store.seal_views().await.unwrap(), 0, "the day is not over");
    fixture.pass(DAY);
    assert_eq!(store.seal_views().await.unwrap(), 8);
    assert_eq!(store.seal_views().await.unwrap(), 0, "sealed already");
    come(batch(7)).await;
    fixture.pass(DAY);
    assert_eq!(store.seal_views().await.unwrap(), 7);
    come(program(2)).await;
    let wanted = said(&[batch(5), program(3), batch(7), program(2)]);
    assert_eq!(said(&all(&store).await), wanted);
    assert_eq!(files(&fixture).len(), 2);
    store.close().await;

    let store = fixture.open().await;
    assert_eq!(said(&all(&store).await), wanted);
    // A byte of the first file, its digest, or all of it: the ledger says the same.
    let [first, second] = &files(&fixture)[..] else {
        panic!("two files were made");
    };
    let sound = std::fs::read(first).unwrap();
    for place in [4, sound.len() / 2, sound.len() - 9] {
        let mut changed = sound.clone();
        changed[place] ^= 1;
        std::fs::write(first, changed).unwrap();
        assert_eq!(said(&all(&store).await), wanted, "{place}");
    }
    std::fs::write(first, &sound).unwrap();
    let mac = first.with_extension("mac");
    for broken in [&b"\xff\xfe"[..], b"", b"00\n"] {
        std::fs::write(&mac, broken).unwrap();
        assert_eq!(said(&all(&store).await), wanted);
    }
    std::fs::remove_file(&mac).unwrap();
    assert_eq!(said(&all(&store).await), wanted);
    // What does not fit, and all behind it, is made anew as soon as it is time.
    store.close().await;
    let store = fixture.open().await;
    fixture.pass(DAY);
    assert_eq!(store.seal_views().await.unwrap(), 17);
    assert!(!second.exists(), "it began where the first one ended");
    assert_eq!(files(&fixture).len(), 1);
    assert_eq!(said(&all(&store).await), wanted);
    let file = files(&fixture).remove(0);
    store.close().await;

    // A file of another ledger under the same keys, as a copy of the folder makes one.
    let other = fixture.another().await;
    for folder in ["keys", "views"] {
        std::fs::create_dir_all(other.file(folder)).unwrap();
        for entry in std::fs::read_dir(fixture.file(folder)).unwrap() {
            let from = entry.unwrap().path();
            let to = other.file(folder).join(from.file_name().unwrap());
            std::fs::copy(from, to).unwrap();
        }
    }
    let store = other.open().await;
    let rows: Vec<u32> = (1..40).collect();
    for rows in &rows {
        put(&store, store.server(), Record::Views(batch(*rows))).await;
    }
    let own: Vec<Views> = rows.iter().map(|rows| batch(*rows)).collect();
    assert!(other.file("views").join(file.file_name().unwrap()).exists());
    assert_eq!(said(&all(&store).await), said(&own));
    store.close().await;
}

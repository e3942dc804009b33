//! Views and the names in them: read at a start, and what an erasure leaves of them.

use std::sync::mpsc;

use countersign_core::record::{Met, Record, Seen, Source, Through, Views};
use countersign_core::time::Second;
use countersign_store::Store;

use crate::fixture::{Fixture, event, put};

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
    let read = store.views(move |_, views| tell.send(views).unwrap());
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

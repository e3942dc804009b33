//! The turn of an epoch: survivors go on, and what was kept elsewhere opens nothing.

use countersign_core::record::Record;
use countersign_store::{Store, StoreError};

use crate::fixture::{DAY, Fixture, put, report};

async fn said(store: &Store, number: u64) -> bool {
    let row = store
        .report(&report(number).reference)
        .await
        .unwrap()
        .unwrap();
    store.said(&row).await.unwrap() == Some(report(number))
}

pub(crate) async fn an_epoch_turns_and_what_was_kept_before_opens_nothing(fixture: Fixture) {
    let store = fixture.open().await;
    put(&store, [1; 16], Record::Report(report(1))).await;
    let wrapped = fixture.wrapped(&[1; 16]).await.unwrap();
    fixture.pass(30 * DAY - 1);
    assert!(!store.is_epoch_over().await.unwrap());
    fixture.pass(1);
    assert!(store.is_epoch_over().await.unwrap());
    store.close().await;
    fixture.keep("vault/keys.db");
    let store = fixture.open().await;
    store.turn_epoch().await.unwrap();
    assert!(!store.is_epoch_over().await.unwrap());
    assert!(!fixture.file("vault/epoch-1.key").exists());
    assert!(said(&store, 1).await);
    assert_ne!(fixture.wrapped(&[1; 16]).await.unwrap(), wrapped);
    assert_eq!(fixture.finds(&wrapped).await, [""; 0]);
    put(&store, [2; 16], Record::Report(report(2))).await;
    assert!(said(&store, 2).await);
    store.close().await;
    let store = fixture.open().await;
    assert!(said(&store, 1).await && said(&store, 2).await);
    store.close().await;
    fixture.put_back("vault/keys.db");
    let refused = fixture.refusal().await;
    let StoreError::KeyMissing(path) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(path, &fixture.file("vault/epoch-1.key"));
}

pub(crate) async fn a_turn_that_broke_off_is_ended(fixture: Fixture) {
    let store = fixture.open().await;
    put(&store, [1; 16], Record::Report(report(1))).await;
    store.close().await;
    fixture.keep("vault/keys.db");
    fixture.keep("vault/epoch-1.key");
    let store = fixture.open().await;
    store.turn_epoch().await.unwrap();
    store.close().await;
    // Before any key was wrapped anew; before the old key was destroyed; while it was.
    for broken in ["rows", "key", "zeros"] {
        fixture.put_back("vault/epoch-1.key");
        match broken {
            "rows" => fixture.put_back("vault/keys.db"),
            "zeros" => std::fs::write(fixture.file("vault/epoch-1.key"), [0; 80]).unwrap(),
            _ => {}
        }
        let store = fixture.open().await;
        assert!(said(&store, 1).await, "{broken}");
        assert!(!fixture.file("vault/epoch-1.key").exists(), "{broken}");
        store.close().await;
    }
}

//! What is the same whichever the database is.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use countersign_core::record::Record;
use countersign_store::{Store, StoreError, Tried};

use crate::fixture::{Fixture, put, report, run};
use crate::postgres::Server;

#[test]
fn keys_are_read_by_their_owner_alone_and_stay_the_same() {
    run(async {
        let fixture = Fixture::lite();
        let store = fixture.open().await;
        let secret = store.secret("cookies");
        assert_ne!(*secret, *store.secret("codes"));
        store.close().await;
        let names = ["keys/root.key", "keys/log.key", "vault/epoch-1.key"];
        let read = || names.map(|name| fs::read(fixture.file(name)).unwrap());
        let before = read();
        for name in names {
            let mode = fs::metadata(fixture.file(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        for name in ["", "keys", "vault"] {
            let mode = fs::metadata(fixture.file(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o700, "{name}");
        }
        let store = fixture.open().await;
        assert_eq!(*store.secret("cookies"), *secret);
        store.close().await;
        assert_eq!(read(), before);
    });
}

#[test]
fn without_chance_nothing_begins() {
    run(async {
        let fixture = Fixture::lite();
        let mut settings = fixture.settings();
        settings.chance = Arc::new(|_| Err(io::ErrorKind::Unsupported.into()));
        let refused = Store::open(settings).await.unwrap_err();
        assert!(matches!(refused, StoreError::Chance(_)), "{refused}");
        fixture.open().await.close().await;
    });
}

#[test]
fn units_of_work_that_meet_are_done_anew() {
    let Some(server) = Server::get() else {
        return;
    };
    run(async {
        let fixture = Fixture::pg(server).await;
        fixture.open().await.close().await;
        // Of two transactions that touch one row, this setting has the later one fail.
        let name = fixture.database().unwrap();
        fixture
            .sql(&format!(
                "ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"
            ))
            .await;
        let store = Arc::new(fixture.open().await);
        store.set_code(&[1; 16], "123456", 9, 1000).await.unwrap();
        let mut tasks = Vec::new();
        for number in 0..16 {
            let store = Arc::clone(&store);
            tasks.push(tokio::spawn(async move {
                let code = format!("{number:06}");
                store.try_code(&[1; 16], &code).await.unwrap()
            }));
        }
        let mut over = 0;
        for task in tasks {
            over += u32::from(task.await.unwrap() == Tried::Over);
        }
        assert_eq!(over, 7);
        put(&store, [1; 16], Record::Report(report(1))).await;
        Arc::into_inner(store).unwrap().close().await;
    });
}

#[test]
fn an_erasure_ends_when_who_asked_for_it_has_gone() {
    run(async {
        let fixture = Fixture::lite();
        let store = Arc::new(fixture.open().await);
        put(&store, [1; 16], Record::Report(report(1))).await;
        put(&store, [2; 16], Record::Report(report(2))).await;
        let asked = Arc::clone(&store);
        // Polled once, and dropped.
        let mut erase = Box::pin(async move { asked.erase([1; 16]).await });
        let once = std::future::poll_fn(|context| {
            assert!(erase.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        });
        once.await;
        drop(erase);
        assert!(fixture.wrapped(&[2; 16]).await.is_some());
        // Closing waits for it.
        Arc::into_inner(store).unwrap().close().await;
        assert_eq!(fixture.wrapped(&[1; 16]).await, None);
        assert!(fixture.wrapped(&[2; 16]).await.is_some());
        let rows = fixture.dump(&["erasure"]).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
    });
}

#[test]
fn two_turns_at_once_are_one_after_the_other() {
    run(async {
        let fixture = Fixture::lite();
        let store = fixture.open().await;
        put(&store, [1; 16], Record::Report(report(1))).await;
        let store = Arc::new(store);
        let again = Arc::clone(&store);
        let other = tokio::spawn(async move { again.turn_epoch().await });
        store.turn_epoch().await.unwrap();
        other.await.unwrap().unwrap();
        Arc::into_inner(store).unwrap().close().await;
        let store = fixture.open().await;
        let row = store.report_of(&[1; 16]).await.unwrap().unwrap();
        assert_eq!(store.said(&row).await.unwrap(), Some(report(1)));
        assert!(fixture.file("vault/epoch-3.key").exists());
        store.close().await;
    });
}

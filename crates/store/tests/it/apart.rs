//! What is the same whichever the database is.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use countersign_store::{Store, StoreError};

use crate::fixture::{Fixture, run};

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

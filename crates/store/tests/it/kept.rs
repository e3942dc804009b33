//! What is kept and is no evidence.

use std::sync::Arc;

use countersign_core::program::May;
use countersign_core::record::{Program, ProgramEnded, Record};
use countersign_store::{Passkey, Session, StoreError, Tried};

use crate::fixture::{Fixture, NOW, put};

pub(crate) async fn a_link_is_taken_once(fixture: Fixture) {
    let store = Arc::new(fixture.open().await);
    for _ in 0..5 {
        let secret = store.make_link("{\"person\":\"00\"}", 1000).await.unwrap();
        let mut takers = Vec::new();
        for _ in 0..8 {
            let store = Arc::clone(&store);
            takers.push(tokio::spawn(async move {
                store.take_link(&secret).await.unwrap()
            }));
        }
        let mut took = Vec::new();
        for taker in takers {
            took.extend(taker.await.unwrap());
        }
        assert_eq!(took, ["{\"person\":\"00\"}"]);
        assert_eq!(store.link(&secret).await.unwrap(), None);
    }
    let late = store.make_link("late", 1000).await.unwrap();
    let stays = store.make_link("stays", 2000).await.unwrap();
    assert_eq!(store.link(&late).await.unwrap().as_deref(), Some("late"));
    fixture.pass(1000);
    assert_eq!(store.link(&late).await.unwrap(), None);
    assert_eq!(store.take_link(&late).await.unwrap(), None);
    store.sweep().await.unwrap();
    assert_eq!(fixture.dump(&["link"]).await.len(), 1);
    assert_eq!(
        store.take_link(&stays).await.unwrap().as_deref(),
        Some("stays")
    );
    Arc::into_inner(store).unwrap().close().await;
}

pub(crate) async fn tries_of_a_code_never_go_below_none(fixture: Fixture) {
    let store = Arc::new(fixture.open().await);
    let report = [1; 16];
    store.set_code(&report, "123456", 5, 1000).await.unwrap();
    let mut tries = Vec::new();
    for number in 0..20 {
        let store = Arc::clone(&store);
        let code = format!("{number:06}");
        tries.push(tokio::spawn(async move {
            store.try_code(&report, &code).await.unwrap()
        }));
    }
    let mut left = Vec::new();
    for tried in tries {
        match tried.await.unwrap() {
            Tried::Wrong { left: some } => left.push(some),
            Tried::Over => {}
            Tried::Right => panic!("it was wrong"),
        }
    }
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    assert_eq!(
        store.try_code(&report, "123456").await.unwrap(),
        Tried::Over
    );
    // Another code begins anew; that of another report is none of this one.
    store.set_code(&report, "234567", 1, 1000).await.unwrap();
    store.set_code(&[2; 16], "345678", 1, 1000).await.unwrap();
    assert_eq!(
        store.try_code(&report, "345678").await.unwrap(),
        Tried::Wrong { left: 0 }
    );
    assert_eq!(
        store.try_code(&[3; 16], "345678").await.unwrap(),
        Tried::Over
    );
    fixture.pass(1000);
    assert_eq!(
        store.try_code(&[2; 16], "345678").await.unwrap(),
        Tried::Over
    );
    Arc::into_inner(store).unwrap().close().await;
}

pub(crate) async fn a_right_code_works_once(fixture: Fixture) {
    let store = Arc::new(fixture.open().await);
    let report = [1; 16];
    store.set_code(&report, "123456", 20, 1000).await.unwrap();
    let wrong = store.try_code(&report, "000000").await.unwrap();
    assert_eq!(wrong, Tried::Wrong { left: 19 });
    let mut tries = Vec::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        tries.push(tokio::spawn(async move {
            store.try_code(&report, "123456").await.unwrap()
        }));
    }
    let mut right = 0;
    for tried in tries {
        match tried.await.unwrap() {
            Tried::Right => right += 1,
            tried => assert_eq!(tried, Tried::Over),
        }
    }
    assert_eq!(right, 1);
    Arc::into_inner(store).unwrap().close().await;
}

pub(crate) async fn sessions_end(fixture: Fixture) {
    let store = fixture.open().await;
    let (ann, ben) = ([1; 16], [2; 16]);
    let one = store.begin_session(&ann, "a laptop", 1000).await.unwrap();
    fixture.pass(10);
    let two = store.begin_session(&ann, "a phone", 1000).await.unwrap();
    let other = store.begin_session(&ben, "a phone", 5000).await.unwrap();
    let session = Session {
        person: ann,
        device: "a laptop".to_owned(),
        begun: NOW,
        seen: NOW,
        expires: NOW + 1000,
    };
    assert_eq!(store.session(&one).await.unwrap(), Some(session));
    assert_eq!(store.session(&[9; 32]).await.unwrap(), None);
    let rows = fixture.dump(&["session"]).await.concat().to_lowercase();
    let cookie = countersign_ledger::encoding::hex(&one);
    assert!(!rows.contains(&cookie), "a cookie stands in the database");
    let of: Vec<_> = store.sessions_of(&ann).await.unwrap();
    let devices: Vec<_> = of.iter().map(|session| session.device.as_str()).collect();
    assert_eq!(devices, ["a phone", "a laptop"]);
    fixture.pass(500);
    store.see_session(&one, 1000).await.unwrap();
    fixture.pass(500);
    assert_eq!(store.session(&two).await.unwrap(), None, "it is late");
    let seen = store.session(&one).await.unwrap().unwrap();
    assert_eq!((seen.seen, seen.expires), (NOW + 510, NOW + 1510));
    store.see_session(&two, 1000).await.unwrap();
    assert_eq!(
        store.session(&two).await.unwrap(),
        None,
        "and does not come back"
    );
    store.sweep().await.unwrap();
    assert_eq!(fixture.dump(&["session"]).await.len(), 2);
    store.end_session(&one).await.unwrap();
    assert_eq!(store.session(&one).await.unwrap(), None);
    store.end_sessions_of(&ann).await.unwrap();
    assert!(store.session(&other).await.unwrap().is_some());
    store.end_sessions_of(&ben).await.unwrap();
    assert_eq!(store.session(&other).await.unwrap(), None);
    store.close().await;
}

pub(crate) async fn a_draft_is_opened_by_its_secret_alone(fixture: Fixture) {
    let store = fixture.open().await;
    let said = b"half of a report, zwetschgenkuchen";
    let secret = store.begin_draft(said, 1000).await.unwrap();
    assert_eq!(
        store.draft(&secret).await.unwrap().unwrap().as_slice(),
        said
    );
    assert_eq!(store.draft(&[1; 32]).await.unwrap(), None);
    assert_eq!(fixture.finds(b"zwetschgenkuchen").await, [""; 0]);
    assert_eq!(fixture.finds(&secret).await, [""; 0]);
    store.keep_draft(&secret, b"more", 1000).await.unwrap();
    assert_eq!(
        store.draft(&secret).await.unwrap().unwrap().as_slice(),
        b"more"
    );
    store.close().await;
    let store = fixture.open().await;
    assert!(store.draft(&secret).await.unwrap().is_some());
    store.drop_draft(&secret).await.unwrap();
    assert_eq!(store.draft(&secret).await.unwrap(), None);
    let late = store.begin_draft(said, 1000).await.unwrap();
    fixture.pass(1000);
    assert_eq!(store.draft(&late).await.unwrap(), None);
    store.sweep().await.unwrap();
    assert!(fixture.dump(&["draft"]).await.is_empty());
    store.close().await;
}

pub(crate) async fn passkeys_are_kept(fixture: Fixture) {
    let store = fixture.open().await;
    let (ann, ben) = ([1; 16], [2; 16]);
    store
        .add_passkey(b"credential", &ann, b"key")
        .await
        .unwrap();
    let taken = store
        .add_passkey(b"credential", &ben, b"other")
        .await
        .unwrap_err();
    assert!(matches!(taken, StoreError::Taken), "{taken}");
    fixture.pass(7);
    store
        .use_passkey(b"credential", b"key, counted")
        .await
        .unwrap();
    let passkey = Passkey {
        id: b"credential".to_vec(),
        person: ann,
        data: b"key, counted".to_vec(),
        added: NOW,
        used: Some(NOW + 7),
    };
    assert_eq!(
        store.passkey(b"credential").await.unwrap(),
        Some(passkey.clone())
    );
    assert_eq!(store.passkeys_of(&ann).await.unwrap(), [passkey]);
    assert!(store.passkeys_of(&ben).await.unwrap().is_empty());
    store.remove_passkey(b"credential").await.unwrap();
    assert_eq!(store.passkey(b"credential").await.unwrap(), None);
    store.close().await;
}

pub(crate) async fn a_token_works_until_the_ledger_says_that_its_program_was_ended(
    fixture: Fixture,
) {
    let store = fixture.open().await;
    let program = [7; 16];
    let secret = store.make_token(&program).await.unwrap();
    // Nothing says yet what it may.
    assert!(store.program_of(&secret).await.unwrap().is_none());
    let said = Program {
        name: "hotline".to_owned(),
        may: vec![May::Views, May::Reports],
    };
    let seq = put(&store, program, Record::Program(said)).await;
    let found = store.program_of(&secret).await.unwrap().unwrap();
    assert_eq!((found.token, found.seq, found.used), (program, seq, None));
    assert_eq!(found.name.as_deref(), Some("hotline"));
    assert_eq!(found.may, [May::Views, May::Reports]);
    assert!(store.program_of(&[0; 32]).await.unwrap().is_none());
    store.see_token(&program).await.unwrap();
    fixture.pass(5);
    store.see_token(&program).await.unwrap();
    let used = store.program(&program).await.unwrap().unwrap().used;
    assert_eq!(used, Some(NOW + 5));
    // The secret lies nowhere, only its hash.
    let kept = fixture.dump(&["token"]).await;
    let secret_in_hex = countersign_ledger::encoding::hex(&secret);
    assert_eq!(kept.len(), 1);
    assert!(!kept[0].contains(&secret_in_hex), "{kept:?}");

    // A row of `token` that a copy brings back is no way in.
    put(&store, program, Record::ProgramEnded(ProgramEnded {})).await;
    assert!(store.program_of(&secret).await.unwrap().is_none());
    store.end_tokens_of(&program).await.unwrap();
    assert!(fixture.dump(&["token"]).await.is_empty());
    let ended = store.programs().await.unwrap();
    assert_eq!((ended.len(), ended[0].speaks()), (1, false));

    // A program whose name was erased speaks no longer either.
    let other = [8; 16];
    let secret = store.make_token(&other).await.unwrap();
    let said = Program {
        name: "desk".to_owned(),
        may: vec![May::Views],
    };
    put(&store, other, Record::Program(said)).await;
    assert!(store.program_of(&secret).await.unwrap().is_some());
    store.erase(other).await.unwrap();
    assert!(store.program_of(&secret).await.unwrap().is_none());
    store.close().await;
}

pub(crate) async fn an_account_at_the_company_is_one_persons(fixture: Fixture) {
    let store = fixture.open().await;
    let (ann, ben) = ([1; 16], [2; 16]);
    let (issuer, subject) = ("https://id.example/staff", "ann@example.org");
    store
        .add_company_account(issuer, subject, &ann)
        .await
        .unwrap();
    let taken = store.add_company_account(issuer, subject, &ben).await;
    assert!(matches!(taken.unwrap_err(), StoreError::Taken));
    let whose = async |issuer, subject| store.company_account(issuer, subject).await.unwrap();
    assert_eq!(whose(issuer, subject).await, Some(ann));
    // The same letters, cut elsewhere, are another account.
    assert_eq!(
        whose("https://id.example/staffann", "@example.org").await,
        None
    );
    assert_eq!(whose("https://id.example", subject).await, None);
    let used = async || fixture.dump(&["company_account"]).await;
    let before = used().await;
    fixture.pass(7);
    store.use_company_account(issuer, subject).await.unwrap();
    let after = used().await;
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after);
    store.close().await;
    assert_eq!(fixture.finds(subject.as_bytes()).await, [""; 0]);
}

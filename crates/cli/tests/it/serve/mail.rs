//! Codes on their way through a real mail server, and how many of them one customer gets.

use super::asked::address;
use super::postfix::Postfix;
use super::served::{Served, Wishes};

fn counts(served: &Served, reference: &str) -> String {
    let answer = served.post("/report/state", "", &[("reference", reference)]);
    answer.body.replace(reference, "")
}

#[test]
fn a_code_comes_through_a_real_mail_server_and_counts() {
    let Some(postfix) = Postfix::start() else {
        return;
    };
    let wishes = Wishes {
        mail: Some(postfix.port),
        ..Wishes::default()
    };
    let served = Served::with(Served::desk(), &wishes);
    let (first, second) = (
        served.report(12, "2019-08-02 09:00"),
        served.report(24, "2019-08-02 10:00"),
    );
    let waiting = counts(&served, &first);
    let mut codes = Vec::new();
    for _ in 0..2 {
        let mail = postfix.next();
        assert!(
            !mail.text.contains("http"),
            "a mail has no link: {}",
            mail.text
        );
        let headers = mail.text.split("\n\n").next().unwrap();
        for header in [
            "From: reports@example.org",
            "Subject: Your code for report ",
            "Date: ",
        ] {
            assert!(headers.contains(header), "{header}: {headers}");
        }
        let reference = if mail.to == address(12) {
            &first
        } else {
            &second
        };
        assert!(mail.text.contains(reference.as_str()), "{}", mail.text);
        codes.push((reference.clone(), mail.code()));
    }
    // Each code is its own report's.
    codes.sort_by_key(|(reference, _)| *reference != first);
    let enter = |reference: &str, code: &str| {
        served.post(
            "/report/code",
            "",
            &[("reference", reference), ("code", code)],
        );
    };
    if codes[0].1 != codes[1].1 {
        enter(&first, &codes[1].1);
        assert_eq!(counts(&served, &first), waiting);
    }
    enter(&first, &codes[0].1);
    assert_ne!(counts(&served, &first), waiting);
    let log = postfix.log();
    assert_eq!(log.matches("status=sent").count(), 2, "{log}");
}

#[test]
fn one_customer_gets_so_many_codes_an_hour_and_others_get_theirs() {
    let wishes = Wishes {
        letters_an_hour: Some(2),
        ..Wishes::default()
    };
    let served = Served::with(Served::desk(), &wishes);
    let mut receivers = Vec::new();
    for _ in 0..2 {
        served.report(12, "2019-08-02 09:00");
        receivers.push(served.mails.next().to);
    }
    // An hour can begin in between, and then two more are sent.
    for _ in 0..5 {
        served.report(12, "2019-08-02 09:00");
    }
    // The stranger's code comes after all that were asked for before.
    served.report(24, "2019-08-02 09:00");
    loop {
        let to = served.mails.next().to;
        if to == address(24) {
            break;
        }
        receivers.push(to);
    }
    assert!(receivers.iter().all(|to| *to == address(12)));
    assert!((2..=4).contains(&receivers.len()), "{receivers:?}");
}

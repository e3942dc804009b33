//! `reports`: what is read out of customers' words, and what `trace` makes of a person's answers.

use crate::program::{Place, testdata};
use crate::report::{AXE_RUN, browser, lines};
use crate::webdriver::axe;

/// A place with a review of this sample.
fn review(from: &str, sample: &str, more: &[&str]) -> (Place, String) {
    let place = Place::new();
    let file = testdata(sample).display().to_string();
    let mut words = vec!["reports", "--from", from, &file];
    words.extend(more);
    let ran = place.run(&words).well();
    (place, ran.out + &ran.err)
}

#[test]
fn a_mailbox_becomes_a_review() {
    let (place, said) = review("mbox", "words/in.mbox", &["--timezone", "Europe/Berlin"]);
    assert!(
        said.contains("2 reports read, 1 of them with an open question"),
        "{said}"
    );
    assert!(
        said.contains("record 3 left out: `Date` is empty"),
        "{said}"
    );
    let table = place.read("review/review.csv");
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("mail-"))
        .collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(
        rows[0].contains(
            ",2026-11-21T10:00:00+01:00,2026-11-20T15:20:00+01:00,,ann@example.org,,4711,,,4711,"
        ),
        "{table}"
    );
    // Two numbers: which of them was quoted, the person must ask.
    assert!(
        rows[1]
            .contains(",2026-11-21T11:00:00+01:00,2026-11-19T14:00:00+01:00,,bo@example.org,,,,"),
        "{table}"
    );
    assert!(rows[1].contains("4712 4713"), "{table}");
    assert!(
        !table.contains("1234"),
        "what a customer quotes is not theirs: {table}"
    );
    assert!(table.contains("Grüße"), "{table}");
}

#[test]
fn a_forums_posts_become_a_review_and_no_cell_is_a_formula() {
    let (place, said) = review(
        "csv",
        "words/in.csv",
        &["--tagged", "scam", "--timezone", "UTC"],
    );
    assert!(
        said.contains("2 reports read, 1 of them with an open question"),
        "{said}"
    );
    assert!(said.contains("1 without the tag"), "{said}");
    let table = place.read("review/review.csv");
    for row in [
        "post-17,2026-11-21T08:30:00Z,,9,,,4711,,a date that can be read in two ways",
        "post-18,2026-11-21T08:40:00Z,2026-11-21T08:15:00Z,,'=cmd@example.org,,4712,,",
    ] {
        assert!(table.contains(row), "{row}: {table}");
    }
    // A second run does not write over decisions.
    let file = testdata("words/in.csv").display().to_string();
    let again = place.run(&["reports", "--from", "csv", &file, "--timezone", "UTC"]);
    assert_eq!(again.status, 2, "{again:#?}");
}

#[test]
fn only_what_a_person_said_yes_to_counts() {
    let place = Place::with_small_desk();
    let mut table = String::from("report,received_at,called_at,customer,confirmed\n");
    for (number, answer) in ["yes", "no", "", "unverified", "yes"].iter().enumerate() {
        table.push_str(&format!(
            "r{number},2019-08-0{0}T12:00:00Z,2019-08-0{0}T09:00:00Z,customer-{1},{answer}\n",
            number + 1,
            number * 12
        ));
    }
    place.write("review.csv", &table);
    let ran = place.trace(&["--json", "--reports", "review.csv"]).well();
    assert!(
        ran.err.contains("1 rows wait for somebody to confirm them and do not count; 1 were found to be no reports"),
        "{ran:#?}"
    );
    let reports = &ran.verdict()["reports"];
    assert_eq!(reports["read"], 3, "{reports}");
    assert_eq!(reports["unverified"], 1, "{reports}");
    place.write("review.csv", table.replace("unverified", "perhaps"));
    let ran = place.run(&[
        "trace",
        "--events",
        "events.csv",
        "--reports",
        "review.csv",
        "--case",
        "other",
        "--allow-rejects",
        "50",
    ]);
    assert_eq!(ran.status, 0, "{ran:#?}");
    assert!(place.read("other/rejected.csv").contains("confirmed"));
}

#[test]
fn wrong_sources_and_forms_are_refused_with_help() {
    let place = Place::new();
    place.write("empty.mbox", "");
    place.write("other.json", "{\"id\":1}\n");
    place.write("posts.csv", "a,b\n1,2\n");
    for words in [
        ["--from", "mbox", "empty.mbox"],
        ["--from", "mbox", "other.json"],
        ["--from", "zendesk", "other.json"],
        ["--from", "csv", "posts.csv"],
        ["--from", "csv", "missing.csv"],
    ] {
        let mut all = vec!["reports", "--timezone", "UTC"];
        all.extend(words);
        let ran = place.run(&all);
        assert_eq!(ran.status, 2, "{words:?}: {ran:#?}");
        assert!(ran.err.contains("help: "), "{words:?}: {ran:#?}");
        assert!(!place.path().join("review").exists(), "{words:?}");
    }
    for number in ["(", "[0-9]*"] {
        let file = testdata("words/in.csv").display().to_string();
        let ran = place.run(&[
            "reports",
            "--from",
            "csv",
            &file,
            "--number",
            number,
            "--timezone",
            "UTC",
        ]);
        assert_eq!(ran.status, 2, "{ran:#?}");
    }
}

#[test]
fn a_review_is_filled_in_and_saved_in_a_browser() {
    let Some(browser) = browser() else { return };
    let (place, _) = review(
        "csv",
        "words/in.csv",
        &["--tagged", "scam", "--timezone", "UTC"],
    );
    let page = place.path().join("review/review.html");
    browser.resize(320, 1000).unwrap();
    for scheme in ["dark", "light"] {
        browser.prefer(scheme).unwrap();
        browser.open(&page).unwrap();
        // Where the checker is missing, the report's own test says so.
        if let Some(axe) = axe() {
            browser.run(&axe).unwrap();
            let found = lines(&browser.wait_for(AXE_RUN).unwrap());
            assert!(found.is_empty(), "{scheme}: {found:#?}");
        }
    }
    assert_eq!(browser.console().unwrap(), [""; 0]);
    let saved = browser
        .run(
            "let text = '';
             URL.createObjectURL = (blob) => { window.saved = blob; return 'about:blank'; };
             HTMLAnchorElement.prototype.click = () => {};
             const card = document.querySelectorAll('fieldset.card')[0];
             card.querySelector('[data-column=called_at]').value = '2026-04-03T10:00:00Z';
             card.querySelector('[value=yes]').click();
             document.querySelectorAll('fieldset.card')[1].querySelector('[value=no]').click();
             document.querySelector('button').click();
             return window.saved.text().then((text) =>
               text + '|' + document.getElementById('decided').textContent + '|'
               + (document.documentElement.scrollWidth <= document.documentElement.clientWidth));",
        )
        .unwrap();
    assert_eq!(
        saved.as_str().unwrap(),
        "report,received_at,called_at,customer,email,phone,quoted_ticket,confirmed\r\n\
         post-17,2026-11-21T08:30:00Z,2026-04-03T10:00:00Z,9,,,4711,yes\r\n\
         post-18,2026-11-21T08:40:00Z,2026-11-21T08:15:00Z,,'=cmd@example.org,,4712,no\r\n\
         |2 of 2 decided|true"
    );
}

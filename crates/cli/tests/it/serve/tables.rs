//! Tables of reports: handed in by one person, taken by another.

use std::fmt::Write as _;

use countersign_core::staff::Role;

use super::asked::address;
use super::journey::looked_at;
use super::keeps::{open_case, put_in};
use super::office::Office;
use super::routes::holds;
use super::served::Served;
use crate::webdriver::axe;

/// Thirty reports of customers whom one account served, and two rows that are wrong.
fn table() -> String {
    let mut table = "report,received_at,called_at,email,pretext,verified,note\n".to_owned();
    for row in 0..30_u32 {
        let day = row % 28 + 1;
        let _ = writeln!(
            table,
            "r{row},2019-08-{day:02}T12:00:00Z,2019-08-{day:02}T09:00:00Z,{},refund,yes,=1+1 <b>zwetschgenkuchen",
            address(row * 12)
        );
    }
    table + "r98,yesterday,,x@y.z,,,\nr99,2019-08-01T00:00:00Z,,no address,,,\n"
}

/// Hands a table in; gives its path.
fn hand_in(served: &Served, session: &str, table: &str) -> String {
    let csrf = served.get("/reports/table", session).csrf().unwrap();
    let answer = put_in(
        served,
        "/reports/table",
        session,
        &csrf,
        "\"../hotline.csv\"",
        table.as_bytes(),
    );
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("location").unwrap().to_owned()
}

#[test]
fn a_table_counts_when_a_second_person_confirms_what_it_says() {
    let Some(office) = Office::open() else { return };
    let Some(axe) = axe() else {
        return crate::program::skipped("axe-core is not installed");
    };
    let (browser, served) = (&office.browser, &office.served);
    let ann = office.member(Role::Investigator, "Ann");
    let ben = office.member(Role::Investigator, "Ben");
    let case = open_case(&office, &ann);
    let path = hand_in(served, &ann, &table());
    // Who handed it in sees it, and other investigators do not.
    let own = served.get(&path, &ann).body;
    assert!(own.contains("Take the table back"), "{own}");
    assert!(!own.contains(&format!("{path}/take")), "{own}");
    assert_eq!(served.get(&path, &ben).status, 404);
    let inbox = |served: &Served| served.get("/reports?pretext=refund", &ann).body;
    assert!(!inbox(served).contains("<tbody>"), "nothing is taken yet");

    let sue = office.member(Role::Supervisor, "Sue");
    browser.go(&served.url("/reports/table")).unwrap();
    looked_at(browser, &axe, "the list of tables");
    browser.go(&served.url(&path)).unwrap();
    looked_at(browser, &axe, "the preview of a table");
    let shown = browser
        .run("return document.querySelector('main').innerText;")
        .unwrap();
    let shown: Vec<&str> = shown.as_str().unwrap().split_whitespace().collect();
    let shown = shown.join(" ");
    for words in [
        "30 rows that can be taken",
        "30 of them name one customer",
        "30 of them are verified",
        "2 rows are wrong",
        "Line 32: the time can't be read",
        "Line 33: an e-mail address has an @",
        &address(12),
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    browser
        .run(
            "document.querySelector('input[name=verified]').click();
             document.querySelector('form[action$=\"/take\"]').requestSubmit();",
        )
        .unwrap();
    browser
        .until("document.querySelector('main').innerText.includes('gone with its key')")
        .unwrap();
    // The case moves by itself, on reports that came in a table.
    let mut page = String::new();
    for _ in 0..600 {
        page = served.get(&case, &ann).body;
        if !page.contains("No account is shown yet") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(!page.contains("No account is shown yet"), "{page}");
    let reports = inbox(served);
    let (_, rest) = reports.split_once("<tbody>").unwrap();
    let (_, rest) = rest.split_once("href=\"").unwrap();
    let report = served.get(rest.split('"').next().unwrap(), &ann).body;
    assert!(report.contains("in a table that was handed in"), "{report}");
    assert!(!report.contains("<b>zwetsch"), "{report}");

    // Once.
    let again = office.post("/reports/table", &format!("{path}/take"), &sue, &[]);
    assert_eq!(again.status, 409);
    let place = office.served.stop();
    assert!(!holds(&place, b"zwetschgenkuchen"));
    let served = Served::on(place);
    assert!(served.get(&path, &sue).body.contains("gone with its key"));
}

#[test]
fn nobody_takes_an_own_table_and_what_nobody_confirms_moves_nothing() {
    let Some(office) = Office::open() else { return };
    let served = &office.served;
    let ann = office.member(Role::Investigator, "Ann");
    let aga = office.member(Role::Agent, "Aga");
    let sue = office.member(Role::Supervisor, "Sue");
    let case = open_case(&office, &ann);
    let post = |path: &str, session: &str, fields: &[(&str, &str)]| {
        office.post("/reports/table", path, session, fields)
    };

    // Taken without the tick: kept, and unverified.
    let path = hand_in(served, &aga, &table());
    assert_eq!(served.get(&path, &ann).status, 404);
    assert_eq!(post(&format!("{path}/take"), &aga, &[]).status, 403);
    assert_eq!(post(&format!("{path}/take"), &sue, &[]).status, 303);
    let page = served.get(&case, &ann).body;
    assert!(page.contains("No account is shown yet"), "{page}");
    assert!(
        page.contains("<span class=\"figure\">30</span> not verified"),
        "{page}"
    );

    // A person with both roles can't be the second one.
    let both = office.both(&[Role::Investigator, Role::Supervisor], "Bo");
    let path = hand_in(served, &both, &table());
    let fields = [("verified", "confirmed")];
    let answer = post(&format!("{path}/take"), &both, &fields);
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert!(answer.body.contains("second person"), "{}", answer.body);
    let page = served.get(&case, &ann).body;
    assert!(page.contains("No account is shown yet"), "{page}");
    // They can take it back, with a reason.
    let answer = post(&format!("{path}/refuse"), &both, &[("why", " ")]);
    assert!(answer.body.contains("why-error"), "{}", answer.body);
    let answer = post(&format!("{path}/refuse"), &both, &[("why", "twice")]);
    assert_eq!(answer.status, 303);
    let answer = post(&format!("{path}/take"), &sue, &fields);
    assert_eq!(answer.status, 409);

    // What is no table is told at the field.
    let csrf = served.get("/reports/table", &ann).csrf().unwrap();
    let many = format!(
        "report,received_at,email\n{}",
        (0..2001)
            .map(|row| format!("r{row},2019-08-01T00:00:00Z,a@b.c\n"))
            .collect::<String>()
    );
    for (content, words) in [
        (&b"\x1f\x8b\x08\x00"[..], "packed"),
        (b"PAR1", "packed"),
        (b"a,b\n1,2\n", "report"),
        (b"report,received_at,email\nr1,soon,a@b.c\n", "line 2"),
        (b"\x00\xff\xfe", "not taken"),
        (many.as_bytes(), "2000 rows"),
        (&vec![b'x'; 2_000_001], "2 MB"),
    ] {
        let answer = put_in(served, "/reports/table", &ann, &csrf, "\"x\"", content);
        assert_eq!(answer.status, 200, "{words}");
        assert!(
            answer.body.contains("file-error"),
            "{words}: {}",
            answer.body
        );
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
        assert!(!answer.body.contains("/dev/fd"), "{}", answer.body);
    }
    let answer = put_in(served, "/reports/table", &ann, "", "\"x\"", b"x");
    assert_eq!(answer.status, 400);
}

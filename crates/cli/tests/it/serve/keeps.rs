//! What a case keeps, and who may see it.

use countersign_core::staff::Role;

use super::asked::{Answer, ask_with};
use super::journey::looked_at;
use super::office::Office;
use super::routes::holds;
use super::served::Served;
use crate::webdriver::axe;

/// Opens a case; gives its path.
pub(super) fn open_case(office: &Office, session: &str) -> String {
    let fields = [
        ("title", "Calls of August"),
        ("from", "2019-07-01"),
        ("until", ""),
        ("alpha", "0.001"),
        ("colluders", "1"),
        ("freeze_days", "30"),
    ];
    let opened = office.post("/cases/open", "/cases/open/sure", session, &fields);
    assert_eq!(opened.status, 303, "{}", opened.body);
    opened.header("location").unwrap().to_owned()
}

/// Posts a form with a file, as a browser does; `said` is what it calls the file, in quotes.
pub(super) fn put_in(
    served: &Served,
    path: &str,
    session: &str,
    csrf: &str,
    said: &str,
    content: &[u8],
) -> Answer {
    let mut body = format!(
        "--=x=\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n\
         --=x=\r\nContent-Disposition: form-data; name=\"file\"; filename={said}\r\n\
         Content-Type: text/html\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--=x=--\r\n");
    let kind = ("Content-Type", "multipart/form-data; boundary=\"=x=\"");
    let headers = [("Cookie", session), kind];
    ask_with(served.port, "POST", path, &headers, &body).unwrap()
}

#[test]
fn a_case_keeps_notes_and_files_and_a_timeline_tells_of_them() {
    let Some(office) = Office::open() else { return };
    let Some(axe) = axe() else {
        return crate::program::skipped("axe-core is not installed");
    };
    let (browser, served) = (&office.browser, &office.served);
    let ann = office.member(Role::Investigator, "=Ann");
    let case = open_case(&office, &ann);
    browser.go(&served.url(&case)).unwrap();
    let note = "=HYPERLINK(1)\n<script>alert(1)</script> the bank called, zwetschgenkuchen";
    let write = format!(
        "document.getElementById('text').value = {note:?};
         document.querySelector('form[action$=\"/notes\"]').requestSubmit();"
    );
    browser.run(&write).unwrap();
    browser.until("document.querySelector('.notes')").unwrap();
    // A file as a browser sends it.
    browser
        .run(
            "const put = new DataTransfer();
             put.items.add(new File(['<script>alert(2)</script>'], 'letter \"1\" ö.html'));
             document.getElementById('file').files = put.files;
             document.querySelector('form[action$=\"/files\"]').requestSubmit();",
        )
        .unwrap();
    browser
        .until("document.querySelector('a[href*=\"/files/\"]')")
        .unwrap();
    looked_at(browser, &axe, "a case with a note and a file");
    let link = browser
        .run("return document.querySelector('a[href*=\"/files/\"]').getAttribute('href');")
        .unwrap();
    let link = link.as_str().unwrap().to_owned();
    let file = served.get(&link, &ann);
    assert_eq!(file.body, "<script>alert(2)</script>");
    assert_eq!(
        file.header("content-type"),
        Some("application/octet-stream")
    );
    let saved = file.header("content-disposition").unwrap();
    assert!(
        saved.starts_with("attachment; filename=\"letter"),
        "{saved}"
    );
    assert!(saved.contains("%C3%B6.html"), "{saved}");
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    let policy = file.header("content-security-policy").unwrap();
    assert!(policy.contains("sandbox"), "{policy}");

    browser
        .go(&served.url(&format!("{case}/timeline")))
        .unwrap();
    looked_at(browser, &axe, "the timeline of a case");
    let shown = browser
        .run("return document.querySelector('tbody').innerText;")
        .unwrap();
    let shown = shown.as_str().unwrap();
    let place = |words: &str| {
        shown
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {shown}"))
    };
    assert!(place("The case was opened") < place("A note was written"));
    assert!(place("A note was written") < place("A file was put in"));
    let table = served.get(&format!("{case}/timeline.csv"), &ann);
    assert!(
        table
            .header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
    assert!(table.body.contains("\"'=HYPERLINK(1)\n"), "{}", table.body);
    assert!(table.body.contains("\"'=Ann\""), "{}", table.body);
    for line in table.body.lines().skip(1) {
        assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
    }

    // What can't be taken is said at its field.
    let refused = office.post(&case, &format!("{case}/notes"), &ann, &[("text", " \n ")]);
    assert!(refused.body.contains("text-error"), "{}", refused.body);
    let long = "x".repeat(4001);
    let refused = office.post(&case, &format!("{case}/notes"), &ann, &[("text", &long)]);
    assert!(refused.body.contains("4000"), "{}", refused.body);

    // All of it is there after a stop, and lies nowhere in clear.
    let place = office.served.stop();
    assert!(!holds(&place, b"zwetschgenkuchen"));
    assert!(!holds(&place, b"<script>alert(2)"));
    let served = Served::on(place);
    assert_eq!(served.get(&link, &ann).body, "<script>alert(2)</script>");
}

#[test]
fn notes_and_files_of_anothers_case_are_not_there() {
    let Some(office) = Office::open() else { return };
    let served = &office.served;
    let ann = office.member(Role::Investigator, "Ann");
    let ben = office.member(Role::Investigator, "Ben");
    let sue = office.member(Role::Supervisor, "Sue");
    let (of_ann, of_ben) = (open_case(&office, &ann), open_case(&office, &ben));
    let csrf = |session: &str| served.get("/cases", session).csrf().unwrap();
    let files = |case: &str| format!("{case}/files");
    let done = put_in(
        served,
        &files(&of_ann),
        &ann,
        &csrf(&ann),
        "\"a.txt\"",
        b"secret",
    );
    assert_eq!(done.status, 303, "{}", done.body);
    let page = served.get(&of_ann, &ann).body;
    let (_, rest) = page.split_once("/files/").unwrap();
    let id = rest.split('"').next().unwrap();
    let path = format!("{of_ann}/files/{id}");
    assert_eq!(served.get(&path, &ann).body, "secret");
    assert_eq!(served.get(&path, &sue).body, "secret");

    // Ben asks for it in Ann's case, and in his own.
    for path in [path.clone(), format!("{of_ben}/files/{id}")] {
        let answer = served.get(&path, &ben);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("secret"));
    }
    for path in [
        format!("{of_ann}/timeline"),
        format!("{of_ann}/timeline.csv"),
    ] {
        assert_eq!(served.get(&path, &ann).status, 200, "{path}");
        assert_eq!(served.get(&path, &ben).status, 404, "{path}");
    }
    let ben_csrf = csrf(&ben);
    let fields = [("text", "mine now"), ("csrf", ben_csrf.as_str())];
    let answer = served.post(&format!("{of_ann}/notes"), &ben, &fields);
    assert_eq!(answer.status, 404);
    let answer = put_in(served, &files(&of_ann), &ben, &ben_csrf, "\"b\"", b"mine");
    assert_eq!(answer.status, 404);
    let timeline = served.get(&format!("{of_ann}/timeline.csv"), &ann).body;
    assert!(!timeline.contains("mine"), "{timeline}");

    // A form without its token, or with another's, puts nothing in.
    for token in ["", ben_csrf.as_str()] {
        let answer = put_in(served, &files(&of_ann), &ann, token, "\"b\"", b"x");
        assert_eq!(answer.status, 400);
        let fields = [("text", "x"), ("csrf", token)];
        let answer = served.post(&format!("{of_ann}/notes"), &ann, &fields);
        assert_eq!(answer.status, 400);
    }

    hostile_names_and_bodies(served, &of_ann, &ann, &csrf(&ann));
}

#[test]
fn a_supervisor_gives_a_case_to_another_investigator_and_nobody_else_can() {
    let Some(office) = Office::open() else { return };
    let Some(axe) = axe() else {
        return crate::program::skipped("axe-core is not installed");
    };
    let (browser, served) = (&office.browser, &office.served);
    let ann = office.member(Role::Investigator, "Ann Ito");
    let case = open_case(&office, &ann);
    let ben = office.member(Role::Investigator, "Ben Li");
    let assign = format!("{case}/assign");
    let status = |session: &str| served.get(&case, session).status;
    assert_eq!((status(&ann), status(&ben)), (200, 404));
    // The form is there for supervisors alone, and so is what it does.
    assert!(!served.get(&case, &ann).body.contains("/assign"));
    let forged = |session: &str, person: &str| {
        let csrf = served.get("/cases", session).csrf().unwrap();
        let fields = [("person", person), ("csrf", csrf.as_str())];
        served.post(&assign, session, &fields).status
    };
    assert_eq!(forged(&ann, &"00".repeat(16)), 403);
    assert_eq!(forged(&ben, &"00".repeat(16)), 403);

    // In a browser, by the supervisor who joined last.
    let sue = office.member(Role::Supervisor, "Sue Visor");
    for (person, words) in [
        ("Ben Li", "Ben Li works on it"),
        ("Ben Li", "Ben Li works on it"),
    ] {
        browser.go(&served.url(&case)).unwrap();
        looked_at(browser, &axe, "a case that a supervisor may give away");
        let give = format!(
            "const all = [...document.querySelectorAll('#person option')];
             document.getElementById('person').value =
                 all.find(one => one.textContent === {person:?}).value;
             document.querySelector('form[action$=\"/assign\"]').requestSubmit();"
        );
        browser.run(&give).unwrap();
        let there = format!("document.querySelector('.casehead').innerText.includes({words:?})");
        browser.until(&there).unwrap();
    }
    assert_eq!((status(&ann), status(&ben), status(&sue)), (404, 200, 200));
    // Whoever had it hands nothing out of it any more.
    let evidence = format!("{case}/evidence");
    let csrf = served.get("/cases", &ann).csrf().unwrap();
    let fields = [("csrf", csrf.as_str())];
    assert_eq!(served.get(&evidence, &ann).status, 404);
    assert_eq!(served.post(&evidence, &ann, &fields).status, 404);
    assert_eq!(served.get(&evidence, &ben).status, 200);
    let lists = |session: &str| served.get("/cases", session).body.contains(&case);
    assert!(!lists(&ann) && lists(&ben) && lists(&sue));
    // Only an investigator works on a case.
    for nobody in ["", "00", &"00".repeat(16), "x"] {
        assert_eq!(forged(&sue, nobody), 400, "{nobody}");
    }
    let own = browser.run("return [...document.querySelectorAll('#person option')].length;");
    assert_eq!(own.unwrap(), 2, "key holders or supervisors are offered");
    // Giving it to whoever has it puts nothing on record.
    let timeline = served.get(&format!("{case}/timeline.csv"), &ben).body;
    let given = "\"Sue Visor\",\"The case was given to somebody\",\"Ben Li\"";
    assert_eq!(timeline.matches(given).count(), 1, "{timeline}");

    // It holds after the rows were made anew from the ledger, with all that the case keeps.
    let place = office.served.stop();
    let anew = place.run(&["rebuild", "--data", "data"]).well().out;
    assert!(anew.contains("the rows were made anew from "), "{anew}");
    let demo = place.run(&["rebuild", "--data", "data", "--demo"]);
    assert_ne!(demo.status, 0, "{demo:#?}");
    let nothing = place.run(&["rebuild", "--data", "nothing"]);
    assert_eq!(nothing.status, 2, "{nothing:#?}");
    assert!(!place.path().join("nothing").exists());
    let served = Served::on(place);
    assert_eq!(
        served.get(&format!("{case}/timeline.csv"), &ben).body,
        timeline
    );
    assert_eq!(served.get(&case, &ann).status, 404);
    assert_eq!(served.get(&case, &ben).status, 200);
}

/// Names that lead out of a folder or out of a header, and bodies that are none.
fn hostile_names_and_bodies(served: &Served, case: &str, session: &str, csrf: &str) {
    let path = format!("{case}/files");
    for name in [
        "\"../../../../etc/cron.d/x\"",
        "\"..\\\\..\\\\x\"",
        "\"/etc/passwd\"",
        "\"a%0d%0aSet-Cookie: stolen=1\"",
        "\"a\\\"; filename=\\\"b.exe\"",
        "\"\u{202e}fdp.exe\"",
        "\"\"",
        "\".\"",
    ] {
        let answer = put_in(served, &path, session, csrf, name, b"content");
        assert_eq!(answer.status, 303, "{name}: {}", answer.body);
        let page = served.get(case, session).body;
        let (_, rest) = page.split_once(&format!("{path}/")).unwrap();
        let id = rest.split('"').next().unwrap();
        let file = served.get(&format!("{path}/{id}"), session);
        assert_eq!(
            (file.status, file.body.as_str()),
            (200, "content"),
            "{name}"
        );
        assert_eq!(file.header("set-cookie"), None, "{name}");
        let saved = file.header("content-disposition").unwrap();
        assert!(saved.starts_with("attachment; filename=\""), "{saved}");
        assert_eq!(saved.matches("filename=\"").count(), 1, "{saved}");
        assert!(!saved.contains(".."), "{saved}");
    }
    // Files lie under digits alone.
    let folder = served.place.path().join("data").join("files");
    for folder in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let digits = |name: std::ffi::OsString| {
            let name = name.into_string().unwrap();
            assert!(
                name.len() == 32 && name.bytes().all(|it| it.is_ascii_hexdigit()),
                "{name}"
            );
        };
        digits(folder.file_name());
        for file in std::fs::read_dir(folder.path()).unwrap() {
            digits(file.unwrap().file_name());
        }
    }
    for path in [
        format!("{case}/files/..%2f..%2fkeys%2froot.key"),
        format!("{case}/files/%2e%2e"),
        format!("{case}/files/{}", "0".repeat(32)),
    ] {
        assert_eq!(served.get(&path, session).status, 404, "{path}");
    }
    let too_large = vec![b'x'; 26_000_000];
    let answer = put_in(served, &path, session, csrf, "\"large\"", &too_large);
    assert!(answer.body.contains("25 MB"), "{}", answer.head);
    let just = vec![b'x'; 25_000_000];
    let answer = put_in(served, &path, session, csrf, "\"just\"", &just);
    assert_eq!(answer.status, 303, "{}", answer.head);
    let answer = put_in(served, &path, session, csrf, "\"empty\"", b"");
    assert!(answer.body.contains("file-error"), "{}", answer.body);
    let kind = |kind| [("Cookie", session), ("Content-Type", kind)];
    for (headers, body) in [
        (kind("multipart/form-data"), "x"),
        (kind("multipart/form-data; boundary=x"), "--x\r\n\r\n"),
        (kind("multipart/form-data; boundary=x"), "--x"),
        (kind("text/plain"), "x"),
        (kind("application/x-www-form-urlencoded"), "csrf=x&file=y"),
    ] {
        let answer = served.ask("POST", &path, &headers, body);
        assert_eq!(answer.status, 400, "{headers:?} {body}");
    }
}

//! What one person alone can't do, tried: opening a name, dropping a report, counting one as
//! verified, reading another's case, asking and answering oneself.

use countersign_core::staff::Role;

use super::asked::{Answer, address};
use super::served::Served;
use super::team::{Team, verified};
use crate::report::browser;

/// Posts a form of a page with its token.
pub(super) fn send(
    served: &Served,
    page: &str,
    to: &str,
    session: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let csrf = served.get(page, session).csrf().unwrap();
    let mut all = fields.to_vec();
    all.push(("csrf", &csrf));
    served.post(to, session, &all)
}

/// Answers what was asked.
fn answer(served: &Served, ask: &str, session: &str, agreed: &str, key: &str) -> Answer {
    let fields = [
        ("agreed", agreed),
        ("reason", "I looked at all of it myself."),
        ("key", key),
    ];
    // Whoever may not answer sees no form; the list has a token of theirs.
    send(served, "/asks", ask, session, &fields)
}

/// Asks for something in a case; the address of what was asked.
fn ask(served: &Served, case: &str, session: &str, fields: &[(&str, &str)]) -> String {
    let mut all = vec![("reason", "It was decided in a meeting of three.")];
    all.extend(fields);
    let to = format!("{case}/ask");
    let page = format!("{to}?what={}", fields[0].1);
    let asked = send(served, &page, &to, session, &all);
    assert_eq!(asked.status, 303, "{}", asked.body);
    asked.header("location").unwrap().to_owned()
}

/// Every other explanation with a result.
const RULED_OUT: [(&str, &str); 10] = [
    ("stands-malware", "no"),
    ("found-malware", "The computer was looked at."),
    ("stands-password", "no"),
    ("found-password", "It was changed the week before."),
    ("stands-screen", "yes"),
    ("found-screen", "The desks stand close to each other."),
    ("stands-same-records", "no"),
    ("found-same-records", "No vendor has these records."),
    ("stands-forgery", "no"),
    ("found-forgery", "All customers entered their codes."),
];

/// The pseudonym that a case page offers to open.
fn openable(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("what=open&amp;holder=")?;
    Some(rest.split('"').next()?.to_owned())
}

/// A case that names somebody: its address, and the pseudonym.
pub(super) fn named(served: &Served, team: &Team) -> (String, String) {
    let case = team.open_case(served);
    for report in 0..40 {
        let when = format!("2019-08-{:02} 09:00", report % 28 + 1);
        verified(served, report * 12, &when);
    }
    let named = || openable(&served.get(&case, &team.ann).body);
    let begun = std::time::Instant::now();
    // Judging follows by itself; a minute is far more than it needs.
    while named().is_none() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(core::time::Duration::from_millis(200));
    }
    let holder = named().expect("nobody is named");
    (case, holder)
}

/// Two key holders open the name behind a pseudonym.
pub(super) fn open_name(served: &Served, team: &Team, case: &str, holder: &str) {
    let mut wishes = vec![("what", "open"), ("holder", holder)];
    wishes.extend(RULED_OUT);
    let opening = ask(served, case, &team.ann, &wishes);
    for (session, key) in [(&team.kim, &team.kims_key), (&team.lee, &team.lees_key)] {
        assert_eq!(answer(served, &opening, session, "yes", key).status, 303);
    }
}

#[test]
fn a_name_opens_for_two_key_holders_together_and_for_nobody_before() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let team = Team::gather(&browser, &served);
    let (case, holder) = named(&served, &team);
    assert!(holder.contains('-'), "{holder}");
    let page = served.get(&case, &team.ann).body;
    assert!(!page.contains("desk-0"), "a name before it was opened");

    // Only who is named, and only with a result for every other explanation.
    let mut fields = vec![("what", "open"), ("holder", "Nobody-00")];
    fields.extend(RULED_OUT);
    fields.push(("reason", "It was decided in a meeting of three."));
    let to = format!("{case}/ask");
    let form = format!("{to}?what=open");
    let other = send(&served, &form, &to, &team.ann, &fields);
    assert_eq!(other.status, 200);
    assert!(other.body.contains("A lead can"), "{}", other.body);
    fields[1].1 = &holder;
    let unchecked = send(&served, &form, &to, &team.ann, &fields[..2]);
    assert_eq!(unchecked.status, 200);

    let mut wishes = vec![("what", "open"), ("holder", holder.as_str())];
    wishes.extend(RULED_OUT);
    let opening = ask(&served, &case, &team.ann, &wishes);
    let waits = |session: &str| {
        let page = served.get("/overview", session).body;
        assert!(page.contains("Lee Holder"), "nobody told: {page}");
        page.contains("Somebody waits for your answer")
    };
    assert!(waits(&team.kim) && waits(&team.lee));
    assert!(!waits(&team.ann) && !waits(&team.sue));
    let again = send(&served, &form, &to, &team.ann, &fields);
    assert!(
        again.body.contains("waits for its answer"),
        "{}",
        again.body
    );

    // Neither who asked nor a supervisor can agree, and no key holder without the own key.
    assert_eq!(
        answer(&served, &opening, &team.ann, "yes", &team.kims_key).status,
        409
    );
    assert_eq!(
        answer(&served, &opening, &team.sue, "yes", &team.kims_key).status,
        409
    );
    for wrong in ["", "00", &team.lees_key] {
        let refused = answer(&served, &opening, &team.kim, "yes", wrong);
        assert_eq!(refused.status, 200);
        assert!(
            refused.body.contains("This is not your key"),
            "{}",
            refused.body
        );
        assert!(
            wrong.len() < 3 || !refused.body.contains(wrong),
            "the key is put back"
        );
    }
    assert_eq!(
        answer(&served, &opening, &team.kim, "yes", &team.kims_key).status,
        303
    );
    // Once is not twice, also with the other's key.
    for key in [&team.kims_key, &team.lees_key] {
        assert_eq!(answer(&served, &opening, &team.kim, "yes", key).status, 409);
    }
    for session in [&team.ann, &team.sue, &team.kim, &team.lee] {
        let page = served.get(&opening, session).body;
        assert!(page.contains("1 of 2 agreed"), "{page}");
        assert!(!page.contains("desk-0"), "a name before it was opened");
    }
    assert_eq!(
        answer(&served, &opening, &team.lee, "yes", &team.lees_key).status,
        303
    );
    for path in [&opening, &case] {
        let page = served.get(path, &team.ann).body;
        assert!(page.contains("desk-0"), "{page}");
    }
    assert_eq!(answer(&served, &opening, &team.lee, "no", "").status, 409);

    // What the person says stands beside it, and so does a retraction.
    let to = format!("{case}/reply");
    let words = "My password stood on a note at the screen.";
    let said = [("holder", holder.as_str()), ("text", words)];
    assert_eq!(send(&served, &to, &to, &team.ann, &said).status, 303);
    let nobody = [("holder", "Nobody-00"), ("text", words)];
    assert_eq!(send(&served, &to, &to, &team.ann, &nobody).status, 200);
    let wish = [("what", "retract"), ("holder", holder.as_str())];
    let back = ask(&served, &case, &team.ann, &wish);
    assert_eq!(
        answer(&served, &back, &team.kim, "yes", &team.kims_key).status,
        404
    );
    assert_eq!(answer(&served, &back, &team.sue, "yes", "").status, 303);
    let page = served.get(&case, &team.ann).body;
    assert!(page.contains(words), "{page}");
    assert!(page.contains("was taken back"), "{page}");

    // All of it is there after a start from what is durable; the name never in clear on disk.
    let served = Served::on(served.stop());
    let mut seen = 0;
    for entry in walk(served.place.path()) {
        if entry.ends_with("events.csv") {
            continue;
        }
        let bytes = std::fs::read(&entry).unwrap_or_default();
        let found = bytes.windows(6).any(|window| window == b"desk-0");
        assert!(!found, "the name stands in {}", entry.display());
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn a_link_for_a_key_holder_opens_nothing_once_there_is_a_case() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let team = Team::gather(&browser, &served);
    let link = super::team::invite(&served, &team.kim, &[Role::KeyHolder]);
    let (_, path) = link.split_once("/join/").unwrap();
    let path = format!("/join/{path}");
    assert_eq!(served.get(&path, "").status, 200);
    team.open_case(&served);
    assert_eq!(served.get(&path, "").status, 409);
    let auditor = super::team::invite(&served, &team.kim, &[Role::Auditor]);
    let (_, path) = auditor.split_once("/join/").unwrap();
    assert_eq!(served.get(&format!("/join/{path}"), "").status, 200);
}

#[test]
fn a_report_is_erased_by_two_and_who_read_it_stays_on_record() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let team = Team::gather(&browser, &served);
    let aud = team.add(&browser, &served, Role::Auditor, "Aud Itor");
    let case = team.open_case(&served);
    let report = served.report(96, "2019-08-03 09:00");
    served.mails.next();
    let page = format!("/reports/{}", report.replace('-', ""));
    let read = || {
        let audit = served.get("/audit", &aud).body;
        let rows = audit.split("<tr>").filter(|row| row.contains("read it"));
        rows.filter(|row| row.contains("Ann Ito")).count()
    };
    assert_eq!(read(), 0);
    let said = served.get(&page, &team.ann).body;
    assert!(said.contains(&address(96)), "{said}");
    assert_eq!(read(), 1, "nobody knows who read a report");
    // Once an hour is enough.
    served.get(&page, &team.ann);
    assert_eq!(read(), 1);
    served.get(&case, &team.ann);
    assert_eq!(read(), 2);
    assert_eq!(served.get("/audit", &team.ann).status, 403);

    let wish = [("what", "erase"), ("report", report.as_str())];
    let asked = ask(&served, &case, &team.ann, &wish);
    assert_eq!(answer(&served, &asked, &team.ann, "yes", "").status, 409);
    assert!(served.get(&page, &team.sue).body.contains(&address(96)));
    assert_eq!(answer(&served, &asked, &team.sue, "yes", "").status, 303);
    for session in [&team.ann, &team.sue] {
        let left = served.get(&page, session);
        assert!(!left.body.contains(&address(96)), "{}", left.body);
    }
    let place = served.stop();
    let served = Served::on(place);
    assert!(!served.get(&page, &team.sue).body.contains(&address(96)));
    let asked = served.get(&asked, &team.sue).body;
    assert!(asked.contains("agreed"), "{asked}");
}

/// All files under a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn a_report_is_left_out_or_taken_as_verified_by_two_and_stays_shown() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let team = Team::gather(&browser, &served);
    let ben = team.add(&browser, &served, Role::Investigator, "Ben");
    let case = team.open_case(&served);
    for report in 0..4 {
        verified(&served, report * 12, "2019-08-02 09:00");
    }
    let unverified = served.report(96, "2019-08-03 09:00");
    served.mails.next();
    let shows = |what: &str| {
        let begun = std::time::Instant::now();
        while begun.elapsed().as_secs() < 60 {
            if served.get(&case, &team.ann).body.contains(what) {
                return true;
            }
            std::thread::sleep(core::time::Duration::from_millis(200));
        }
        false
    };

    // An investigator alone counts nothing, drops nothing, and sees nothing of another's case.
    let wish = [("what", "verify"), ("report", unverified.as_str())];
    let asked = ask(&served, &case, &team.ann, &wish);
    assert_eq!(answer(&served, &asked, &team.ann, "yes", "").status, 409);
    assert_eq!(answer(&served, &asked, &ben, "yes", "").status, 404);
    assert_eq!(answer(&served, &asked, &team.kim, "yes", "").status, 404);
    assert_eq!(served.get(&asked, &ben).status, 404);
    assert_eq!(
        served.get(&format!("{case}/ask?what=exclude"), &ben).status,
        404
    );
    assert!(shows("<span class=\"figure\">1</span> not verified"));
    assert_eq!(answer(&served, &asked, &team.sue, "yes", "").status, 303);
    assert!(shows("<span class=\"figure\">0</span> not verified"));
    assert!(shows("5 reports") || shows("<td class=\"num\">5</td>"));

    let wish = [("what", "exclude"), ("report", unverified.as_str())];
    let asked = ask(&served, &case, &team.ann, &wish);
    assert_eq!(answer(&served, &asked, &team.sue, "no", "").status, 303);
    assert!(shows("<span class=\"figure\">0</span> left out"));
    let asked = ask(&served, &case, &team.ann, &wish);
    assert_eq!(answer(&served, &asked, &team.sue, "yes", "").status, 303);
    assert!(shows("<span class=\"figure\">1</span> left out"));
    assert!(shows("version 2"));
    // A supervisor's own wish needs another one.
    let back = [("what", "include"), ("report", unverified.as_str())];
    let asked = ask(&served, &case, &team.sue, &back);
    assert_eq!(answer(&served, &asked, &team.sue, "yes", "").status, 409);
    let other = team.add(&browser, &served, Role::Supervisor, "Sam");
    assert_eq!(answer(&served, &asked, &other, "yes", "").status, 303);
    assert!(shows("<span class=\"figure\">0</span> left out"));
    // What is not of this case can't be asked for in it.
    for (what, report) in [
        ("exclude", "00000-00000-0"),
        ("verify", unverified.as_str()),
    ] {
        let to = format!("{case}/ask");
        let fields = [
            ("what", what),
            ("report", report),
            ("reason", "It was decided in a meeting of three."),
        ];
        let page = format!("{to}?what={what}");
        assert_eq!(send(&served, &page, &to, &team.ann, &fields).status, 200);
    }
}

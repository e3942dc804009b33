//! What programs hand in and ask.

use countersign_core::program::May;
use countersign_core::staff::Role;
use serde_json::{Value, json};

use super::asked::{Answer, address, ask};
use super::journey::make_token;
use super::office::Office;
use super::routes::holds;
use super::served::Served;

/// A program with its token.
struct Robot {
    port: u16,
    shown: String,
}

impl Robot {
    fn hand_in(&self, name: &str, body: &str) -> Answer {
        let headers = [
            ("Authorization", self.shown.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", name),
        ];
        self.ask("POST", "/api/v1/reports", &headers, body)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(self.port, method, path, headers, body).unwrap()
    }

    fn get(&self, path: &str) -> Answer {
        let headers = [("Authorization", self.shown.as_str())];
        self.ask("GET", path, &headers, "")
    }
}

/// Holds an answer against the description of it.
fn keeps_to(document: &Value, path: &str, method: &str, answer: &Answer) -> Value {
    let about = &document["paths"][path][method]["responses"][answer.status.to_string()];
    assert!(about.is_object(), "{method} {path}: {}", answer.head);
    let kind = answer.header("content-type").unwrap();
    let schema = &about["content"][kind]["schema"];
    assert!(schema.is_object(), "{method} {path}: {kind}");
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    // References lead into the document.
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&said)
        .map(|it| it.to_string())
        .collect();
    assert!(faults.is_empty(), "{method} {path}: {faults:?} in {said}");
    said
}

#[test]
fn a_program_hands_in_reports_that_count_when_their_customer_has_proven_them() {
    let Some(office) = Office::open() else { return };
    let operator = office.member(Role::Operator, "Ope");
    let ann = office.member(Role::Investigator, "Ann");
    let served = &office.served;
    let token = make_token(served, &operator, May::Reports).unwrap();
    let robot = Robot {
        port: served.port,
        shown: format!("Bearer {token}"),
    };
    let document = served.get("/api/v1/openapi.json", "");
    let document: Value = serde_json::from_str(&document.body).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let keeps = |answer: &Answer| keeps_to(&document, "/api/v1/reports", "post", answer);

    let report = json!({
        "channel": "phone", "called": "2019-08-02T11:00:00+02:00", "email": address(12),
        "pretext": "refund", "words": "<b>they</b> knew my name", "language": "en",
    });
    // What is sent keeps to the description as well.
    let mut schema = json!({"$ref": "#/components/schemas/Report"});
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&report));

    let answer = robot.hand_in("first", &report.to_string());
    assert_eq!(answer.status, 201, "{}", answer.body);
    let said = keeps(&answer);
    assert_eq!(said["state"], "waiting");
    let reference = said["reference"].as_str().unwrap().to_owned();
    let mail = served.mails.next();
    assert_eq!(mail.to, address(12));

    // The same again is the same report; another under its name is refused.
    let again = robot.hand_in("first", &report.to_string());
    assert_eq!(again.status, 201);
    assert_eq!(keeps(&again)["reference"], reference.as_str());
    let mut other = report.clone();
    other["words"] = "another".into();
    let refused = robot.hand_in("first", &other.to_string());
    assert_eq!(refused.status, 422);
    keeps(&refused);
    assert!(served.mails.is_empty(), "a code was mailed twice");
    // Many at once are one.
    let references: Vec<String> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| robot.hand_in("at once", &other.to_string())))
            .collect();
        let answers = tasks.into_iter().map(|task| task.join().unwrap());
        answers
            .map(|answer| keeps(&answer)["reference"].as_str().unwrap().to_owned())
            .collect()
    });
    assert!(references.iter().all(|one| *one == references[0]));
    served.mails.next();
    assert!(served.mails.is_empty());

    // Where it stands, and nothing else.
    let place = answer.header("location").unwrap().to_owned();
    let standing = || {
        let answer = robot.get(&place);
        let said = keeps_to(&document, "/api/v1/reports/{reference}", "get", &answer);
        assert!(!answer.body.contains("knew my name"), "{}", answer.body);
        said["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(standing(), "waiting");
    let fields = [("reference", reference.as_str()), ("code", &mail.code())];
    assert_eq!(served.post("/report/code", "", &fields).status, 200);
    assert_eq!(standing(), "counts");
    let unknown = robot.get("/api/v1/reports/00000000000");
    assert_eq!(unknown.status, 404);
    keeps_to(&document, "/api/v1/reports/{reference}", "get", &unknown);

    // Staff see which way it came, and text as text.
    let plain = reference.replace('-', "");
    let page = served.get(&format!("/reports/{plain}"), &ann).body;
    assert!(page.contains("program"), "{page}");
    assert!(!page.contains("<b>they"), "{page}");

    wrong_requests_are_told_what_to_do(&robot, &document, &report);

    // A stop and a start later it is still the same report.
    let token = robot.shown.clone();
    let place = office.served.stop();
    assert!(!holds(
        &place,
        token.trim_start_matches("Bearer ").as_bytes()
    ));
    let served = Served::on(place);
    let robot = Robot {
        port: served.port,
        shown: token,
    };
    let again = robot.hand_in("first", &report.to_string());
    assert_eq!(keeps(&again)["reference"], reference.as_str());
    assert!(served.mails.is_empty());
}

fn wrong_requests_are_told_what_to_do(robot: &Robot, document: &Value, report: &Value) {
    let keeps = |answer: &Answer| keeps_to(document, "/api/v1/reports", "post", answer);
    let fields = |answer: &Answer| -> Vec<String> {
        let said = keeps(answer);
        let errors = said["errors"].as_array().cloned().unwrap_or_default();
        let field = |error: &Value| error["field"].as_str().unwrap().to_owned();
        errors.iter().map(field).collect()
    };
    let wrong = r#"{"channel":"pigeon","email":"ann-the-customer","called":1}"#;
    let answer = robot.hand_in("wrong", wrong);
    assert_eq!(answer.status, 422);
    assert_eq!(fields(&answer), ["channel", "called", "email"]);
    assert!(!answer.body.contains("ann-the-customer"), "{}", answer.body);
    for body in ["", "[", "null", "\u{0}", &"{\"a\":".repeat(10_000)] {
        let answer = robot.hand_in("hostile", body);
        assert_eq!(answer.status, 422, "{body:.20}: {}", answer.body);
        keeps(&answer);
    }
    let long = format!(
        "{{\"channel\":\"sms\",\"words\":\"{}\"}}",
        "x".repeat(70_000)
    );
    let answer = robot.hand_in("long", &long);
    assert_eq!(answer.status, 413);
    keeps(&answer);

    let ask = |headers: &[(&str, &str)]| {
        let shown = ("Authorization", robot.shown.as_str());
        let headers = [&[shown], headers].concat();
        let body = report.to_string();
        robot.ask("POST", "/api/v1/reports", &headers, &body)
    };
    let json = ("Content-Type", "application/json");
    for (headers, word) in [
        (vec![json], "Idempotency-Key"),
        (vec![("Idempotency-Key", "x")], "application/json"),
        (
            vec![("Content-Type", "text/plain"), ("Idempotency-Key", "x")],
            "application/json",
        ),
        (
            vec![json, ("Idempotency-Key", &"x".repeat(256))],
            "Idempotency-Key",
        ),
    ] {
        let answer = ask(&headers);
        assert_eq!(answer.status, 400, "{word}");
        let said = keeps(&answer);
        assert!(said["detail"].as_str().unwrap().contains(word), "{said}");
    }
    for shown in ["", "Bearer countersign_00", "Basic x", "Bearer"] {
        let headers = [("Authorization", shown), json, ("Idempotency-Key", "x")];
        let answer = robot.ask("POST", "/api/v1/reports", &headers, "{}");
        assert_eq!(answer.status, 401, "{shown}");
        keeps(&answer);
    }
    // Paths that there are not are told in the same form.
    let answer = robot.get("/api/v1/nothing");
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let shown = [("Authorization", robot.shown.as_str())];
    let answer = robot.ask("DELETE", "/api/v1/reports", &shown, "");
    assert_eq!(answer.status, 405);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn a_flood_of_handed_in_reports_that_nobody_has_proven_names_nobody() {
    let Some(office) = Office::open() else { return };
    let operator = office.member(Role::Operator, "Ope");
    let ann = office.member(Role::Investigator, "Ann");
    let served = &office.served;
    let fields = [
        ("title", "Calls of August"),
        ("from", "2019-07-01"),
        ("until", ""),
        ("alpha", "0.001"),
        ("colluders", "1"),
        ("freeze_days", "30"),
    ];
    let opened = office.post("/cases/open", "/cases/open/sure", &ann, &fields);
    let case = opened.header("location").unwrap().to_owned();
    let robot = Robot {
        port: served.port,
        shown: format!(
            "Bearer {}",
            make_token(served, &operator, May::Reports).unwrap()
        ),
    };
    // Every twelfth customer was served by one account.
    for number in 0..120_u32 {
        let report = json!({
            "channel": "phone", "called": "2019-08-02T09:00:00Z",
            "email": address(number % 50 * 12),
        });
        let answer = robot.hand_in(&format!("forged-{number}"), &report.to_string());
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let page = served.get(&case, &ann).body;
    assert!(
        page.contains("<span class=\"figure\">120</span> not verified"),
        "{page}"
    );
    assert!(page.contains("No account is shown yet"), "{page}");
}

#[test]
fn all_that_a_customer_said_is_erased_by_two_and_nobody_elses_is() {
    let Some(office) = Office::open() else { return };
    let operator = office.member(Role::Operator, "Ope");
    let ann = office.member(Role::Investigator, "Ann");
    let sue = office.member(Role::Supervisor, "Sue");
    let aud = office.member(Role::Auditor, "Aud Itor");
    let case = super::keeps::open_case(&office, &ann);
    let served = &office.served;
    // The customer is in no table: views brought them up.
    let view =
        "{\"time\":\"2019-08-01T09:00:00Z\",\"account\":\"login-1\",\"customer\":\"guest-77\"}\n";
    let views = make_token(served, &operator, May::Views).unwrap();
    let taken = super::views::hand_in(served.port, &views, view).unwrap();
    assert_eq!(super::views::said(&taken), [1, 0, 0]);
    let robot = Robot {
        port: served.port,
        shown: format!(
            "Bearer {}",
            make_token(served, &operator, May::Reports).unwrap()
        ),
    };
    let report = |name: &str, who: Value| {
        let mut report = json!({"channel": "phone", "called": "2019-08-02T11:00:00+02:00",
            "words": format!("they knew my name, {name} said")});
        let fields = report.as_object_mut().unwrap();
        fields.extend(who.as_object().unwrap().clone());
        let answer = robot.hand_in(name, &report.to_string());
        assert_eq!(answer.status, 201, "{}", answer.body);
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        said["reference"].as_str().unwrap().to_owned()
    };
    let guest = || json!({"customer": "guest-77"});
    let theirs = [
        report("first", guest()),
        report("second", guest()),
        report(
            "third",
            json!({"customer": "guest-77", "email": "Guest@Example.org"}),
        ),
    ];
    // The same person by the address alone: known by it once one of theirs has both.
    let by_address = report("fourth", json!({"email": "guest@example.org "}));
    let others = [
        report("fifth", json!({"customer": "guest-7"})),
        report("sixth", json!({"email": address(12)})),
        report("seventh", json!({})),
    ];
    let page = |reference: &str| {
        let path = format!("/reports/{}", reference.replace('-', ""));
        served.get(&path, &ann).body
    };
    let is_read = |reference: &String| page(reference).contains("they knew my name");
    assert!(theirs.iter().chain(&others).all(is_read));

    let ask = format!("{case}/ask");
    let fields = [
        ("what", "erase-customer"),
        ("report", theirs[2].as_str()),
        ("reason", "They wrote to us, and we called them back."),
    ];
    let asked = office.post(&format!("{ask}?what=erase-customer"), &ask, &ann, &fields);
    assert_eq!(asked.status, 303, "{}", asked.body);
    let asked = asked.header("location").unwrap().to_owned();
    let agree = [("agreed", "yes"), ("reason", "I called, too."), ("key", "")];
    assert_eq!(office.post("/asks", &asked, &ann, &agree).status, 409);
    assert!(theirs.iter().all(is_read), "one person alone");
    assert_eq!(office.post("/asks", &asked, &sue, &agree).status, 303);
    for reference in theirs.iter().chain([&by_address]) {
        assert!(!is_read(reference), "{reference}");
    }
    assert!(others.iter().all(is_read), "somebody else's report is gone");
    // Four reports, and the name that views had brought up.
    let audit = served.get("/audit", &aud).body;
    let gone = audit.matches("made unreadable").count();
    assert_eq!(gone, 5, "{audit}");

    // After a start the name is somebody new.
    let served = Served::on(office.served.stop());
    let again = super::views::hand_in(served.port, &views, view).unwrap();
    assert_eq!(
        super::views::said(&again),
        [1, 0, 0],
        "still known by the name"
    );
}

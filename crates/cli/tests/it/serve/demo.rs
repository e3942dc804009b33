//! The demo as a visitor meets it: one click, and the evidence moves until somebody is named.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Stdio};

use countersign_core::holder::{Holders, SealKey};
use countersign_sim::incident::{Incident, Live};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::asked::{ask, post, sent};
use super::journey::looked_at;
use super::served::Served;
use crate::program::Place;
use crate::report::browser;
use crate::webdriver::axe;

/// A demo that runs; it ends with this value.
struct Shown {
    place: Place,
    port: u16,
    child: Child,
}

impl Shown {
    /// The small company, so many days of the story a second.
    fn start(place: Place, days_a_second: &str) -> Self {
        let port = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            listener.local_addr().unwrap().port()
        };
        let listen = format!("127.0.0.1:{port}");
        let words = [&DEMO[..], &["--listen", &listen, "--days-a-second"]].concat();
        let mut child = place
            .program(&[&words[..], &[days_a_second]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut heard = said.by_ref().map_while(Result::ok);
        assert!(heard.any(|line| line.starts_with("Stop it with Ctrl-C")));
        std::thread::spawn(move || {
            said.map_while(Result::ok)
                .for_each(|line| eprintln!("demo: {line}"));
        });
        Self { place, port, child }
    }

    fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// Ends it as Ctrl-C does, and gives its folder back.
    fn stop(mut self) -> Place {
        let pid = self.child.id().to_string();
        let told = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(told.unwrap().success());
        assert!(self.child.wait().unwrap().success());
        core::mem::replace(&mut self.place, Place::new())
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DEMO: [&str; 3] = ["demo", "--small", "--no-open"];
const FOLDER: &str = "demo/20000/live";

/// Whether the page says something.
fn says(what: &str) -> String {
    format!("document.querySelector('body').innerText.includes({what:?})")
}

/// What the seller of `truth.json` is called in a case of this folder.
fn seller(place: &Place, case: &str) -> String {
    let root = place.read(&format!("{FOLDER}/data/keys/root.key"));
    let root = countersign_ledger::encoding::from_hex(root.trim()).unwrap();
    // HKDF-SHA256 with an empty salt, one block: docs/spec/store.md.
    let info = format!("countersign/server/1/pseudonyms of case {case}\u{1}");
    let key = hmac(&hmac(&[0; 32], &root), info.as_bytes());
    let truth: Value = serde_json::from_str(&place.read(&format!("{FOLDER}/truth.json"))).unwrap();
    let desk = Live::found(&Incident::small()).unwrap().desk();
    let holders = Holders::of(&desk);
    let persons = holders.persons.iter();
    let ids: Vec<&str> = persons.map(|person| person.id.as_str()).collect();
    let names = SealKey::new(key).pseudonyms(&ids);
    let seller = truth["sellers"][0].as_str().unwrap();
    let account = desk.accounts.iter().position(|it| it.id == seller).unwrap();
    names[holders.of_account[account] as usize].clone()
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let pad = |with: u8| -> Vec<u8> {
        let key = key.iter().copied().chain(core::iter::repeat(0)).take(64);
        key.map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::new_with_prefix(pad(0x36)).chain_update(message);
    let outer = Sha256::new_with_prefix(pad(0x5c)).chain_update(inner.finalize());
    outer.finalize().into()
}

#[test]
fn a_visitor_becomes_the_investigator_with_one_click_and_sees_the_seller_named() {
    let Some(browser) = browser() else { return };
    let Some(axe) = axe() else {
        return crate::program::skipped("axe-core is not installed");
    };
    let shown = Shown::start(Place::new(), "20");
    browser.go(&shown.url("/sign-in")).unwrap();
    looked_at(&browser, &axe, "the sign-in of a demo");
    browser
        .run(
            "[...document.querySelectorAll('form[action=\"/demo/sign-in\"] button')]
               .find(button => button.innerText.includes('Ines Tigator')).click();",
        )
        .unwrap();
    browser.until("location.pathname === '/overview'").unwrap();
    // Somebody reads this page for as long as they like.
    let click = |word: &str| {
        let press = format!("document.querySelector('button[value={word}]').click();");
        browser.run("window.old = true;").unwrap();
        browser.run(&press).unwrap();
        browser
            .until("!window.old && document.readyState === 'complete'")
            .unwrap();
    };
    click("pause");
    browser.until(&says("stands still")).unwrap();
    looked_at(&browser, &axe, "the overview of a demo");
    let day = "return document.querySelector('#told time').dateTime;";
    let paused = browser.run(day).unwrap();
    browser.go(&shown.url("/cases")).unwrap();
    assert_eq!(
        browser.run(day).unwrap(),
        paused,
        "a day went by in a pause"
    );
    browser
        .run("document.querySelector('main a[href^=\"/cases/\"]:not([href$=open])').click();")
        .unwrap();
    browser
        .until("/^\\/cases\\/[0-9A-Z]{11}$/.test(location.pathname)")
        .unwrap();
    let case = browser.run("return location.pathname.slice(7);").unwrap();
    let case = case.as_str().unwrap().to_owned();
    // It plays again, and this page follows by itself until somebody is named.
    click("play");
    let who = seller(&shown.place, &case);
    let named = format!("The list leaked through the account {who}");
    browser.until(&says(&named)).unwrap();
    click("end");
    browser.until(&says("160 of 160 reports")).unwrap();
    browser.until(&says("of 160, received")).unwrap();
    assert_eq!(
        browser.run(&format!("return {};", says(&named))).unwrap(),
        true
    );
    looked_at(&browser, &axe, "the case of a demo at its end");

    // Another start has it all, and tells nothing twice.
    let shown = Shown::start(shown.stop(), "20");
    browser.go(&shown.url("/sign-in")).unwrap();
    browser
        .run("document.querySelector('form[action=\"/demo/sign-in\"] button').click();")
        .unwrap();
    browser.until("location.pathname === '/overview'").unwrap();
    browser.go(&shown.url(&format!("/cases/{case}"))).unwrap();
    browser.until(&says(&named)).unwrap();
    browser.until(&says("160 of 160 reports")).unwrap();
}

#[test]
fn a_demo_shows_the_code_that_it_does_not_mail() {
    let shown = Shown::start(Place::new(), "1");
    let story = shown.place.read(&format!("{FOLDER}/story.json"));
    let story: Value = serde_json::from_str(&story).unwrap();
    let page = sent(
        shown.port,
        story["address"].as_str().unwrap(),
        "2019-08-02 09:00",
    )
    .unwrap();
    let reference = page.reference();
    let (_, code) = page.body.split_once("id=\"demo-code\">").expect(&page.body);
    let code = code.split('<').next().unwrap();
    let fields = [("reference", reference.as_str()), ("code", code)];
    let taken = post(shown.port, "/report/code", "", &fields).unwrap();
    assert!(!taken.body.contains("id=\"code\""), "{}", taken.body);
    // Nobody has this address, so nobody has a code.
    let page = sent(
        shown.port,
        "c-00000000@customers.example",
        "2019-08-02 09:00",
    )
    .unwrap();
    assert!(!page.body.contains("demo-code"), "{}", page.body);
    assert!(page.body.contains("Demo only"), "{}", page.body);
}

#[test]
fn nobody_signs_in_as_a_made_up_person_at_work_and_no_folder_is_both() {
    let served = Served::start();
    let person = [("person", "00000000000000000000000000000000")];
    assert_eq!(served.post("/demo/sign-in", "", &person).status, 404);
    assert!(!served.get("/sign-in", "").body.contains("/demo/"));
    let place = served.stop();
    // A folder for work is no demo's.
    std::fs::create_dir_all(place.path().join(FOLDER)).unwrap();
    let data = place.path().join(FOLDER).join("data");
    std::fs::rename(place.path().join("data"), &data).unwrap();
    let ran = place.run(&[&DEMO[..], &["--listen", "127.0.0.1:0"]].concat());
    assert_ne!(ran.status, 0);
    assert!(
        ran.err.contains("is not the folder of a demo"),
        "{}",
        ran.err
    );
    assert!(!data.join("made-up").exists());

    // And the other way round, also where the mark was taken away.
    let shown = Shown::start(Place::new(), "1");
    let unknown = post(shown.port, "/demo/sign-in", "", &person).unwrap();
    assert_eq!(unknown.status, 404);
    let page = ask(shown.port, "GET", "/sign-in", &[], "").unwrap().body;
    assert_eq!(page.matches("action=\"/demo/sign-in\"").count(), 4);
    let place = shown.stop();
    let data = format!("{FOLDER}/data");
    let serve = ["serve", "--data", &data, "--listen", "127.0.0.1:0"];
    for marked in [true, false] {
        let ran = place.run(&serve);
        assert_ne!(ran.status, 0);
        assert!(ran.err.contains("is the folder of a demo"), "{}", ran.err);
        assert!(ran.err.contains("help: "), "{}", ran.err);
        if marked {
            std::fs::remove_file(place.path().join(&data).join("made-up")).unwrap();
        }
    }
}

//! The server's pages in a real browser: read by an accessibility checker, and on a phone.
//!
//! Without chromedriver or axe-core these tests print that they are skipped; with
//! `COUNTERSIGN_BROWSER=required` in the environment they fail instead, with `never` no browser is
//! started.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use countersign_ui::pages::{ASSETS, samples};
use serde_json::Value;

use crate::webdriver::{Browser, axe};

/// Widths and colour schemes in which the original and the pages of staff are opened.
const VIEWS: [(u32, &str); 4] = [
    (1280, "light"),
    (1280, "dark"),
    (320, "light"),
    (320, "dark"),
];

const AXE_RUN: &str = "const done = arguments[arguments.length - 1];
axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })
  .then(found => done(found.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160)))))
  .catch(wrong => done(['axe failed: ' + wrong]));";

const WIDTHS: &str = "const e = document.documentElement; return [e.scrollWidth, e.clientWidth];";

/// Everything to press that is smaller than 24 by 24 px, one line each.
const SMALL_TARGETS: &str =
    "return [...document.querySelectorAll('a[href], summary, button, input, select, textarea, [tabindex=\"0\"]')]
  .map(e => [e, e.getClientRects()])
  .filter(([, r]) => r.length > 0)
  .filter(([, r]) => ![...r].every(b => b.width >= 24 && b.height >= 24))
  .map(([e, r]) => e.outerHTML.slice(0, 80) + ' ' + r[0].width + ' x ' + r[0].height);";

fn required() -> bool {
    std::env::var("COUNTERSIGN_BROWSER").is_ok_and(|value| value == "required")
}

/// Past the test runner, which keeps to itself what passing tests print: `./check` counts the lines.
fn skipped<T>(why: &str) -> Option<T> {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
    None
}

/// A browser, or `None` where none is installed and none is required.
fn browser() -> Option<Browser> {
    if std::env::var("COUNTERSIGN_BROWSER").is_ok_and(|value| value == "never") {
        return skipped("no browser is wanted");
    }
    match Browser::start() {
        Ok(Some(browser)) => Some(browser),
        Ok(None) if required() => {
            panic!("COUNTERSIGN_BROWSER=required, but there is no chromedriver")
        }
        Err(wrong) if required() => panic!("COUNTERSIGN_BROWSER=required, but {wrong}"),
        Ok(None) => skipped("there is no chromedriver"),
        Err(wrong) => skipped(&wrong),
    }
}

/// Every sample as a file that finds its stylesheet and scripts beside itself.
fn pages(folder: &Path) -> Vec<(String, PathBuf)> {
    fs::create_dir(folder.join("assets")).unwrap();
    for asset in ASSETS {
        let file = folder.join(asset.path.trim_start_matches('/'));
        fs::write(file, asset.body).unwrap();
    }
    let write = |(name, page): (String, String)| {
        let file = folder.join(&name).with_extension("html");
        fs::write(&file, page.replace("\"/assets/", "\"assets/")).unwrap();
        (name, file)
    };
    samples().unwrap().into_iter().map(write).collect()
}

fn lines(found: &Value) -> Vec<&str> {
    let found = found.as_array().unwrap().iter();
    found
        .map(|line| line.as_str().unwrap_or_default())
        .collect()
}

#[test]
fn the_checker_finds_nothing_and_no_page_is_too_wide_or_has_small_targets() {
    let Some(browser) = browser() else { return };
    let axe = axe();
    if axe.is_none() {
        assert!(
            !required(),
            "COUNTERSIGN_BROWSER=required, but axe-core is not installed"
        );
        skipped::<()>("axe-core is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut planted = false;
    for (name, file) in pages(folder.path()) {
        browser.open(&file).unwrap();
        if let Some(axe) = &axe {
            browser.run(axe).unwrap();
        }
        browser
            .run("document.querySelectorAll('details').forEach(d => { d.open = true; });")
            .unwrap();
        // Longer words make a page wider and change no colour: translations are narrow and light.
        let translated = !(name.starts_with("en_") || name.starts_with("staff_"));
        for (width, scheme) in if translated { &VIEWS[2..3] } else { &VIEWS[..] } {
            browser.resize(*width, 900).unwrap();
            browser.prefer(scheme).unwrap();
            let name = format!("{name} at {width} px, {scheme}");
            let widths = browser.run(WIDTHS).unwrap();
            assert_eq!(widths[0], widths[1], "{name} scrolls sideways");
            assert_eq!(widths[1].as_u64(), Some((*width).into()), "{name}");
            let small = browser.run(SMALL_TARGETS).unwrap();
            assert!(lines(&small).is_empty(), "{name}: {small:#}");
            if axe.is_none() {
                continue;
            }
            let found = browser.wait_for(AXE_RUN).unwrap();
            assert!(lines(&found).is_empty(), "{name}: {found:#}");
        }
        if !planted && axe.is_some() && name == "en_report_when" {
            // A checker that finds nothing in a broken page proves nothing about a sound one.
            browser
                .run(
                    "document.querySelector('label[for=date]').remove();
                     document.querySelector('#question').setAttribute('aria-hiden', 'x');
                     document.querySelector('.hint').setAttribute('style', 'color: #888; background: #999');",
                )
                .unwrap();
            let found = browser.wait_for(AXE_RUN).unwrap();
            for rule in ["label", "aria-valid-attr", "color-contrast"] {
                let found = lines(&found);
                assert!(
                    found.iter().any(|line| line.starts_with(rule)),
                    "{rule}: {found:#?}"
                );
            }
            planted = true;
        }
    }
    assert!(
        planted || axe.is_none(),
        "the checker was never tried on a broken page"
    );
}

#[test]
fn the_passkey_button_stands_in_for_the_words_about_scripts() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in pages(folder.path()) {
        if !name.starts_with("staff_sign_in") && !name.starts_with("staff_join") {
            continue;
        }
        browser.open(&file).unwrap();
        let shown = browser
            .run(
                "return ['passkey', 'without'].map(id => document.getElementById(id).checkVisibility());",
            )
            .unwrap();
        assert_eq!(shown, serde_json::json!([true, false]), "{name}");
    }
}

#[test]
fn a_case_that_moved_is_shown_anew_and_said_and_what_was_unfolded_stays_so() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pages = pages(folder.path());
    let (_, file) = pages
        .iter()
        .find(|(name, _)| name == "staff_case_lead")
        .unwrap();
    browser.open(file).unwrap();
    let found = browser
        .wait_for(
            "const done = arguments[arguments.length - 1];
             const before = document.documentElement.outerHTML;
             const main = () => document.querySelector('main').textContent;
             const said = () => document.getElementById('live').textContent;
             const served = (page) => { window.fetch = async () => new Response(page); };
             document.querySelectorAll('details')[1].open = true;
             (async () => {
               served(before.replace('40 seconds ago', '55 seconds ago'));
               await reload();
               const aged = said();
               served(before.replace('run 2, version 1', 'run 3, version 1'));
               await reload();
               const open = [...document.querySelectorAll('details')].map(one => one.open);
               done([aged, main().includes('run 3, version 1'), open.slice(0, 3), said()]);
             })();",
        )
        .unwrap();
    let said = "The evidence has moved. The page shows it.";
    let wanted = serde_json::json!(["", true, [false, true, false], said]);
    assert_eq!(found, wanted);
}

//! The report in a real browser: read by an accessibility checker, by keyboard, on a phone.
//!
//! Without chromedriver or axe-core these tests print that they are skipped; with
//! `COUNTERSIGN_BROWSER=required` in the environment they fail instead, with `never` no browser is
//! started.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::skipped;
use crate::webdriver::{Browser, TAB, axe};

/// Widths and colour schemes in which every page is opened.
const VIEWS: [(u32, &str); 4] = [
    (1280, "light"),
    (1280, "dark"),
    (320, "light"),
    (320, "dark"),
];

/// What runs axe on the page and hands back one line a violation.
pub(crate) const AXE_RUN: &str = "const done = arguments[arguments.length - 1];
axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })
  .then(found => done(found.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160)))))
  .catch(wrong => done(['axe failed: ' + wrong]));";

/// How wide the page is, and how wide the reader's window.
const WIDTHS: &str = "const e = document.documentElement; return [e.scrollWidth, e.clientWidth];";

/// Everything to press or to move to that is smaller than 24 by 24 px, one line each.
const SMALL_TARGETS: &str =
    "return [...document.querySelectorAll('a[href], summary, button, [tabindex=\"0\"]')]
  .map(e => [e, e.getClientRects()])
  .filter(([, r]) => r.length > 0)
  .filter(([, r]) => ![...r].every(b => b.width >= 24 && b.height >= 24))
  .map(([e, r]) => e.outerHTML.slice(0, 80) + ' ' + r[0].width + ' x ' + r[0].height);";

/// A browser, or `None` where none is installed and none is required.
pub(crate) fn browser() -> Option<Browser> {
    let wish = std::env::var("COUNTERSIGN_BROWSER").unwrap_or_default();
    if wish == "never" {
        return without("no browser is wanted");
    }
    let required = wish == "required";
    match Browser::start() {
        Ok(Some(browser)) => Some(browser),
        Ok(None) if required => {
            panic!("COUNTERSIGN_BROWSER=required, but there is no chromedriver")
        }
        Err(wrong) if required => panic!("COUNTERSIGN_BROWSER=required, but {wrong}"),
        Ok(None) => without("there is no chromedriver"),
        Err(wrong) => without(&wrong),
    }
}

fn without<T>(why: &str) -> Option<T> {
    skipped(why);
    None
}

/// Writes every sample and hands it to `check` in every view.
fn in_every_view(browser: &Browser, mut check: impl FnMut(&str, u32)) {
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in pages(folder.path()) {
        for (width, scheme) in VIEWS {
            browser.resize(width, 900).unwrap();
            browser.prefer(scheme).unwrap();
            browser.open(&file).unwrap();
            check(&format!("{name} at {width} px, {scheme}"), width);
        }
    }
}

fn pages(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    countersign_ui::samples()
        .into_iter()
        .map(|(name, verdict)| {
            let file = folder.join(name).with_extension("html");
            fs::write(&file, countersign_ui::report(&verdict).unwrap()).unwrap();
            (name, file)
        })
        .collect()
}

pub(crate) fn lines(found: &Value) -> Vec<String> {
    let found = found.as_array().unwrap();
    found
        .iter()
        .map(|line| line.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Opens all tables, so that what is folded away is checked as well.
fn unfold(browser: &Browser) {
    browser
        .run("document.querySelectorAll('details').forEach(d => { d.open = true; });")
        .unwrap();
}

#[test]
fn the_accessibility_checker_finds_nothing_in_any_page() {
    let Some(browser) = browser() else { return };
    let Some(axe) = axe() else {
        let required = std::env::var("COUNTERSIGN_BROWSER").is_ok_and(|value| value == "required");
        assert!(
            !required,
            "COUNTERSIGN_BROWSER=required, but axe-core is not installed"
        );
        skipped("axe-core is not installed");
        return;
    };
    let mut planted = false;
    in_every_view(&browser, |name, _| {
        browser.run(&axe).unwrap();
        // Folded tables are checked once a width; the colours of their cells stand elsewhere too.
        if name.ends_with("light") {
            unfold(&browser);
        }
        let found = lines(&browser.wait_for(AXE_RUN).unwrap());
        assert!(found.is_empty(), "{name}: {found:#?}");
        if !planted {
            // A checker that finds nothing in a broken page proves nothing about a sound one.
            browser
                .run(
                    "const image = document.createElement('img');
                     image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
                     document.querySelector('main').append(image);
                     document.querySelector('h1').setAttribute('aria-hiden', 'x');
                     document.querySelector('.scroll').removeAttribute('role');
                     document.querySelector('.scroll').setAttribute('role', 'buton');",
                )
                .unwrap();
            let found = lines(&browser.wait_for(AXE_RUN).unwrap());
            for rule in ["image-alt", "aria-valid-attr", "aria-roles"] {
                assert!(
                    found.iter().any(|line| line.starts_with(rule)),
                    "{rule}: {found:#?}"
                );
            }
            planted = true;
        }
    });
    assert!(planted, "the checker was never tried on a broken page");
}

#[test]
fn no_page_scrolls_sideways_and_every_target_is_large_enough() {
    let Some(browser) = browser() else { return };
    in_every_view(&browser, |name, width| {
        unfold(&browser);
        let widths = browser.run(WIDTHS).unwrap();
        assert_eq!(widths[0], widths[1], "{name} scrolls sideways");
        assert_eq!(widths[1].as_u64(), Some(width.into()), "{name}");
        let small = browser.run(SMALL_TARGETS).unwrap();
        assert!(lines(&small).is_empty(), "{name}: {small:#}");
        let tiny = browser
            .run(
                "return [...document.querySelectorAll('svg.chart')]
                   .filter(svg => svg.getBoundingClientRect().width > 0)
                   .map(svg => [svg, 13 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width])
                   .filter(([, size]) => size < 11)
                   .map(([svg, size]) => svg.getAttribute('class') + ' ' + size);",
            )
            .unwrap();
        assert!(
            lines(&tiny).is_empty(),
            "{name}: letters under 11 px: {tiny:#}"
        );
    });
}

#[test]
fn the_tab_key_reaches_everything_in_order_and_shows_where_it_is() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in pages(folder.path()) {
        browser.resize(320, 900).unwrap();
        browser.open(&file).unwrap();
        let all = browser
            .run(
                "const all = [...document.querySelectorAll('a[href], summary, button, [tabindex=\"0\"]')]
                   .filter(e => e.checkVisibility());
                 all.forEach((e, i) => { e.dataset.place = i; });
                 return all.length;",
            )
            .unwrap()
            .as_u64()
            .unwrap();
        assert!(all >= 10, "{name}: only {all} places to go");
        for place in 0..all {
            browser.press(TAB).unwrap();
            let seen = browser
                .run(
                    "const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
                     return [e.dataset.place ?? e.tagName, s.outlineStyle, parseFloat(s.outlineWidth), r.bottom > 0 && r.top < innerHeight];",
                )
                .unwrap();
            assert_eq!(seen[0].as_str(), Some(place.to_string().as_str()), "{name}");
            assert_eq!(
                seen[1], "solid",
                "{name}: place {place} does not show the focus"
            );
            assert!(seen[2].as_f64() >= Some(2.0), "{name}: place {place}");
            assert_eq!(seen[3], true, "{name}: place {place} is out of sight");
        }
    }
}

#[test]
fn every_page_is_silent_and_asks_nobody_for_anything() {
    let Some(browser) = browser() else { return };
    // The console is heard at all.
    browser.run("console.error('planted');").unwrap();
    assert!(
        browser
            .console()
            .unwrap()
            .iter()
            .any(|line| line.contains("planted"))
    );
    in_every_view(&browser, |name, _| {
        let asked = browser
            .run("return performance.getEntriesByType('resource').map(e => e.name);")
            .unwrap();
        assert!(lines(&asked).is_empty(), "{name} asked for {asked}");
        let styled = browser
            .run("return getComputedStyle(document.body).marginTop;")
            .unwrap();
        assert_eq!(
            styled, "0px",
            "{name}: the security policy refused the page's own style"
        );
        let said = browser.console().unwrap();
        assert!(said.is_empty(), "{name}: {said:?}");
    });
}

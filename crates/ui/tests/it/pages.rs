//! The pages of the server, for every sample in every language.

use std::collections::BTreeSet;

use countersign_core::staff::Role;
use countersign_ui::pages::staff::{Room, Shell};
use countersign_ui::pages::{ASSETS, samples};
use countersign_ui::{Language, pages};

use crate::wellformed::{Element, read};

/// Every sample with its name, read.
fn all() -> Vec<(String, Vec<Element>)> {
    let pages = samples().unwrap().into_iter();
    pages
        .map(|(name, page)| match read(&page) {
            Ok(elements) => (name, elements),
            Err(wrong) => panic!("{name}: {wrong}"),
        })
        .collect()
}

fn named<'a>(page: &'a [Element], name: &str) -> impl Iterator<Item = &'a Element> {
    page.iter().filter(move |element| element.name == name)
}

#[test]
fn every_page_has_one_heading_one_main_and_a_way_to_skip_to_it() {
    for (name, page) in all() {
        // Drawings have titles of their own.
        for one in ["h1", "main", "head", "header", "footer"] {
            assert_eq!(named(&page, one).count(), 1, "{name}: {one}");
        }
        let title = &named(&page, "title").next().unwrap().text;
        assert!(title.len() > 8, "{name}: {title}");
        let first = named(&page, "a").next().unwrap();
        assert!(first.has_class("skip"), "{name}");
        let tag = name.split('_').next().unwrap();
        let lang = named(&page, "html").next().unwrap().get("lang");
        assert_eq!(
            lang,
            Some(if tag == "staff" { "en" } else { tag }),
            "{name}"
        );
    }
}

#[test]
fn every_field_has_a_label_and_every_group_a_name() {
    let mut fields = 0;
    for (name, page) in all() {
        for element in &page {
            let hidden = element.get("type") == Some("hidden");
            if !["input", "select", "textarea"].contains(&element.name.as_str()) || hidden {
                continue;
            }
            fields += 1;
            let id = element
                .get("id")
                .unwrap_or_else(|| panic!("{name}: a field without id"));
            let label = named(&page, "label").find(|label| label.get("for") == Some(id));
            let label = label.unwrap_or_else(|| panic!("{name}: `{id}` has no label"));
            assert!(!label.text.trim().is_empty(), "{name}: {id}");
            assert!(element.get("name").is_some(), "{name}: {id}");
        }
        for element in &page {
            if matches!(element.get("role"), Some("group" | "radiogroup")) {
                assert!(element.get("aria-labelledby").is_some(), "{name}");
            }
            if element.name == "th" {
                assert!(element.get("scope").is_some(), "{name}: {}", element.text);
            }
        }
    }
    assert!(fields > 200, "only {fields} fields");
}

#[test]
fn what_is_wrong_is_said_at_the_top_and_at_its_field() {
    let mut found = 0;
    for (name, page) in all() {
        let wrong: Vec<_> = page
            .iter()
            .filter(|element| element.get("aria-invalid").is_some() || element.has_class("wrong"))
            .collect();
        let summary = page
            .iter()
            .find(|element| element.get("id") == Some("problems"));
        if summary.is_none() {
            assert!(wrong.is_empty(), "{name}");
            continue;
        }
        let title = &named(&page, "title").next().unwrap().text;
        assert!(
            title.starts_with("Err") || title.starts_with("Fehler"),
            "{name}: {title}"
        );
        let links = page.iter().filter(|element| {
            element.name == "a" && element.get("class").is_none() && {
                let mut place = element.parent;
                let mut inside = false;
                while let Some(up) = place {
                    inside |= page[up].has_class("problems");
                    place = page[up].parent;
                }
                inside
            }
        });
        for link in links {
            found += 1;
            let href = link.get("href").unwrap();
            let Some(id) = href.strip_prefix('#') else {
                assert!(href.starts_with("/report/"), "{name}: {href}");
                continue;
            };
            let error = format!("{id}-error");
            let error = page
                .iter()
                .find(|element| element.get("id") == Some(&error));
            let error = error.unwrap_or_else(|| panic!("{name}: nothing at `{id}`"));
            assert!(error.text.ends_with(&link.text), "{name}: {}", error.text);
        }
    }
    assert!(found > 40, "only {found} errors");
}

#[test]
fn every_page_holds_to_the_security_policy() {
    let assets: BTreeSet<&str> = ASSETS.iter().map(|asset| asset.path).collect();
    for (name, page) in all() {
        for element in &page {
            assert!(
                !["style", "iframe", "img", "object", "base"].contains(&element.name.as_str()),
                "{name}: {}",
                element.name
            );
            if element.name == "script" {
                assert!(element.text.is_empty(), "{name}: a script within the page");
                assert!(assets.contains(element.get("src").unwrap()), "{name}");
            }
            if element.get("rel") == Some("stylesheet") {
                assert!(assets.contains(element.get("href").unwrap()), "{name}");
            }
            for (key, value) in &element.attributes {
                assert!(!key.starts_with("on") && key != "style", "{name}: {key}");
                // The one page that leads elsewhere is there for it.
                let onward = name == "staff_onward" && element.get("id") == Some("onward");
                if ["href", "src", "action"].contains(&key.as_str()) && !onward {
                    assert!(
                        value.starts_with('#')
                            || value.starts_with("?lang=")
                            || (value.starts_with('/') && !value.starts_with("//")),
                        "{name}: {value}"
                    );
                }
            }
            let posts = element.name == "form" && element.get("method") == Some("post");
            if posts {
                let place = page.iter().position(|one| std::ptr::eq(one, element));
                let token = page.iter().any(|one| {
                    one.parent == place
                        && one.get("name") == Some("csrf")
                        && one.get("value") == Some("c5rf")
                });
                assert!(token, "{name}: a form without its token");
            }
        }
    }
}

#[test]
fn nothing_hostile_gets_out_of_its_place() {
    let mut planted = 0;
    for (name, page) in samples().unwrap() {
        for turning in ['\u{202e}', '\u{2066}', '\u{0}', '\u{1}', '\u{7}'] {
            assert!(!page.contains(turning), "{name}: {turning:?}");
        }
        let elements = read(&page).unwrap();
        assert_eq!(named(&elements, "b").count(), 0, "{name}");
        let scripts = named(&elements, "script").filter(|one| one.get("src").is_none());
        assert_eq!(scripts.count(), 0, "{name}");
        planted += usize::from(page.contains("&#60;script&#62;") || page.contains("&#60;b&#62;"));
    }
    assert!(planted > 20, "only {planted} pages were tried");
}

#[test]
fn every_public_page_offers_help_and_all_languages_at_the_same_place() {
    for (name, page) in all() {
        let Some(language) = name.split('_').next().and_then(Language::of) else {
            continue;
        };
        let links: Vec<_> = named(&page, "a")
            .filter_map(|link| link.get("href"))
            .collect();
        assert_eq!(
            links.get(1..7),
            Some(["/", "/help", "?lang=en", "?lang=de", "?lang=fr", "?lang=es"].as_slice()),
            "{name}"
        );
        let note = page
            .iter()
            .filter(|element| element.has_class("machine"))
            .count();
        assert_eq!(note, usize::from(!language.is_reviewed()), "{name}");
    }
}

#[test]
fn no_page_shows_a_key_instead_of_words() {
    let source = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("locales/en/public.ftl"),
    );
    let source = source.unwrap();
    let keys = source.lines().filter_map(|line| line.split_once(" = "));
    let keys: Vec<&str> = keys
        .map(|(key, _)| key)
        .filter(|key| key.contains('-'))
        .collect();
    for (name, page) in all() {
        let shown = page.iter().flat_map(|element| {
            let label = element.get("aria-label").unwrap_or_default();
            [element.text.as_str(), label]
        });
        for text in shown {
            for key in &keys {
                let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
                assert!(!words.any(|word| word == *key), "{name} shows `{key}`");
            }
            assert!(!text.contains("{ $"), "{name}: {text}");
        }
    }
}

#[test]
fn the_navigation_shows_what_the_roles_may_open() {
    for role in Role::ALL {
        let shell = Shell {
            name: "Ann".to_owned(),
            roles: vec![role],
            here: Room::Overview,
            csrf: "c5rf".to_owned(),
            story: None,
        };
        let page = pages::staff::StaffTrouble {
            shell,
            wrong: pages::staff::StaffWrong::NotFound,
        };
        let page = page.render().unwrap();
        for room in Room::ALL.iter().copied() {
            let link = format!("<li><a href=\"{}\"", room.address());
            assert_eq!(
                page.contains(&link),
                room.is_open_to(&[role]),
                "{role:?} {room:?}"
            );
        }
        assert!(Room::Overview.is_open_to(&[role]));
    }
    assert!(!Room::Cases.is_open_to(&[Role::Operator]));
    assert!(!Room::Cases.is_open_to(&[Role::KeyHolder]));
}

#[test]
fn every_page_looks_as_it_did() {
    // The other languages have their own file of words, and the sections their own snapshots.
    let judged = ["lead", "strong_lead", "named", "hostile"];
    for (name, page) in samples().unwrap() {
        let section = name
            .strip_prefix("staff_case_")
            .is_some_and(|rest| judged.contains(&rest));
        if !section && (name.starts_with("en_") || name.starts_with("staff_")) {
            let start = page.find("<body").unwrap();
            insta::assert_snapshot!(name.as_str(), &page[start..]);
        }
    }
}

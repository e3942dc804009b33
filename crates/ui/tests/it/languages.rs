//! The words of the public pages: the same keys in each language, all of them used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use countersign_ui::Language;
use fluent_bundle::FluentResource;

/// The messages of a language, each with its gaps.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let path = format!("locales/{}/public.ftl", language.tag());
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    if let Err((_, wrong)) = FluentResource::try_new(source.clone()) {
        panic!("{language:?}: {wrong:?}");
    }
    let mut messages = BTreeMap::new();
    for line in source.lines() {
        let Some((key, words)) = line.split_once(" = ") else {
            assert!(
                line.is_empty() || line.starts_with('#'),
                "{language:?}: {line}"
            );
            continue;
        };
        assert!(!words.trim().is_empty(), "{language:?}: {key} is empty");
        let gaps = words
            .split("{ $")
            .skip(1)
            .filter_map(|gap| gap.split(' ').next());
        let gaps = gaps.map(ToOwned::to_owned).collect();
        let before = messages.insert(key.to_owned(), gaps);
        assert!(before.is_none(), "{language:?}: {key} stands twice");
    }
    messages
}

/// Everything under a folder of the crate, as one text.
fn all_of(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&all_of(&path));
        } else {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    text
}

#[test]
fn every_language_says_the_same_things_with_the_same_gaps() {
    let original = messages(Language::English);
    for language in Language::ALL {
        assert_eq!(messages(language), original, "{language:?}");
    }
}

#[test]
fn every_message_is_used_and_every_used_one_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = all_of(&root.join("src")) + &all_of(&root.join("templates"));
    let original = messages(Language::English);
    for key in original.keys() {
        assert!(text.contains(&format!("\"{key}\"")), "{key} is never said");
    }
    let mut used = 0;
    for start in [
        "say(\"",
        "say_with(\"",
        "titled(\"",
        "message: \"",
        "\"error-",
        "\"zone-",
    ] {
        for rest in text.split(start).skip(1) {
            let key = rest.split('"').next().unwrap_or_default();
            let prefix = start.strip_prefix('"').unwrap_or_default();
            let key = format!("{prefix}{key}");
            let ours = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if ours && !key.is_empty() {
                assert!(original.contains_key(&key), "{key} has no words");
                used += 1;
            }
        }
    }
    assert!(used > 100, "only {used} found");
}

#[test]
fn a_language_is_found_by_its_tag() {
    assert_eq!(Language::of("de-AT"), Some(Language::German));
    assert_eq!(Language::of("FR"), Some(Language::French));
    assert_eq!(Language::of("es_MX"), Some(Language::Spanish));
    assert_eq!(Language::of("english"), None);
    assert_eq!(Language::of(""), None);
}

//! The shape of the tree, held against what the documents say about it.
//!
//! Standard library only, so that these rules depend on nothing that they judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which crates may use which. A new arrow is a reviewed line here and in ARCHITECTURE.md.
const ARROWS: [(&str, &[&str]); 10] = [
    ("core", &[]),
    ("ledger", &[]),
    ("witness", &["ledger"]),
    ("import", &["core"]),
    ("sim", &["core"]),
    ("ui", &["core"]),
    ("store", &["core", "ledger"]),
    ("evidence", &["core", "ledger", "ui"]),
    (
        "server",
        &["core", "evidence", "import", "ledger", "store", "ui"],
    ),
    (
        "cli",
        &[
            "core", "evidence", "import", "ledger", "server", "sim", "store", "ui", "witness",
        ],
    ),
];

/// File names that say nothing about what is in them.
const EMPTY_WORDS: [&str; 9] = [
    "utils", "util", "common", "helpers", "helper", "types", "manager", "misc", "shared",
];

/// The one file that prints, and the one that maps memory.
const PRINTS: &str = "crates/cli/src/out.rs";
const MAPS: &str = "crates/store/src/index/mod.rs";

/// Headings of a decision record, in order.
const HEADINGS: [&str; 5] = [
    "## Status",
    "## Context",
    "## Decision",
    "## Consequences",
    "## Alternatives",
];

/// What only one machine has. Split, so that this file does not hold what it looks for.
const MACHINES: [&str; 10] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("pypi", ".org/"),
    concat!("files.python", "hosted.org"),
    concat!("proxy.", "golang.org"),
    concat!("art", "ifactory"),
];

#[test]
fn crates_use_only_what_the_arrows_allow() {
    let folders: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let known: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, known, "crates/ and the arrow table");
    for (name, allowed) in ARROWS {
        let manifest = read(&format!("crates/{name}/Cargo.toml"));
        let used = sections(&manifest);
        let own = used.get("dependencies").cloned().unwrap_or_default();
        let wanted: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(own, wanted, "crates/{name}/Cargo.toml");
        for (section, used) in used {
            let over: Vec<_> = used.difference(&wanted).collect();
            assert!(
                over.is_empty(),
                "crates/{name}/Cargo.toml [{section}] uses {over:?}"
            );
        }
    }
}

#[test]
fn every_path_that_the_map_names_exists() {
    let map = read("ARCHITECTURE.md");
    let named: Vec<&str> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('/') && !word.contains([' ', '<', '\n', '*', ':']))
        .collect();
    assert!(named.len() >= 30, "only {} paths found", named.len());
    for path in named {
        assert!(
            root().join(path).exists(),
            "ARCHITECTURE.md names `{path}`, which is not there"
        );
    }
    for (name, allowed) in ARROWS {
        let row = map
            .lines()
            .find(|line| line.starts_with(&format!("| `crates/{name}/`")))
            .unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for crates/{name}"));
        let arrow = if allowed.is_empty() {
            "nothing of ours".to_owned()
        } else {
            allowed.join(", ")
        };
        assert!(
            row.ends_with(&format!("| {arrow} |")),
            "ARCHITECTURE.md: `{row}` should end with `{arrow}`"
        );
    }
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut links = 0;
    for file in files(&["md"]) {
        let text = fs::read_to_string(&file).unwrap();
        for target in text.split("](").skip(1) {
            let target = target.split(')').next().unwrap_or_default();
            if target.contains("://") || target.starts_with('#') {
                continue;
            }
            let path = target.split('#').next().unwrap_or_default();
            assert!(
                file.parent().unwrap().join(path).exists(),
                "{} links to `{target}`, which is not there",
                shown(&file)
            );
            links += 1;
        }
    }
    assert!(links >= 30, "only {links} links found");
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    for file in files(&[]) {
        for part in shown(&file).split('/') {
            let stem = part.split('.').next().unwrap_or_default();
            assert!(!EMPTY_WORDS.contains(&stem), "{}", shown(&file));
        }
    }
}

#[test]
fn only_one_file_prints() {
    let words = ["print!(", "println!(", "dbg!(", "stdout()", "stderr()"];
    let printing = sources(|line| words.iter().any(|word| line.contains(word)));
    assert_eq!(printing, BTreeSet::from([PRINTS.to_owned()]));
}

#[test]
fn only_one_file_is_unsafe() {
    let word = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == "unsafe")
    };
    assert_eq!(sources(word), BTreeSet::from([MAPS.to_owned()]));
}

#[test]
fn nothing_in_the_tree_belongs_to_one_machine() {
    for file in files(&[]) {
        // The lock file names the registry, by the name that every machine knows it by.
        let Ok(text) = fs::read_to_string(&file) else {
            continue; // A picture.
        };
        for word in MACHINES {
            assert!(!text.contains(word), "{} holds `{word}`", shown(&file));
        }
    }
}

#[test]
fn every_decision_has_its_five_headings_and_is_listed() {
    let list = read("docs/adr/README.md");
    let mut numbers = Vec::new();
    for file in files(&["md"]) {
        let name = shown(&file);
        let Some(name) = name.strip_prefix("docs/adr/") else {
            continue;
        };
        if name == "README.md" {
            continue;
        }
        let (number, _) = name.split_once('-').unwrap();
        numbers.push(number.parse::<usize>().unwrap());
        let text = fs::read_to_string(&file).unwrap();
        let headings: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(headings, HEADINGS, "docs/adr/{name}");
        assert!(
            list.contains(&format!("]({name})")),
            "docs/adr/README.md does not list {name}"
        );
        assert!(text.lines().count() <= 60, "docs/adr/{name} is over a page");
    }
    numbers.sort_unstable();
    let wanted: Vec<usize> = (1..=numbers.len()).collect();
    assert!(!numbers.is_empty());
    assert_eq!(numbers, wanted, "the numbers have a gap");
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|wrong| panic!("{path}: {wrong}"))
}

/// A file's path from the root, for messages.
fn shown(file: &Path) -> String {
    let path = file.strip_prefix(root()).unwrap_or(file);
    path.to_string_lossy().into_owned()
}

/// Our own crates that each dependency section of a manifest names.
fn sections(manifest: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some(name) = line.strip_prefix("countersign-") {
            let name = name.split(['.', ' ', '=']).next().unwrap_or_default();
            found
                .entry(section.clone())
                .or_default()
                .insert(name.to_owned());
        }
    }
    found
}

/// Rust files below `crates/*/src` in which a line of code, comments left out, passes.
fn sources(test: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let all = files(&["rs"]);
    let mut seen = 0;
    let mut found = BTreeSet::new();
    for file in all {
        let name = shown(&file);
        if !name.starts_with("crates/") || !name.contains("/src/") {
            continue;
        }
        seen += 1;
        let text = fs::read_to_string(&file).unwrap();
        if text
            .lines()
            .any(|line| test(line.split("//").next().unwrap_or_default()))
        {
            found.insert(name);
        }
    }
    assert!(seen >= 50, "only {seen} sources found");
    found
}

/// Every file of the tree with one of these endings (none = all), what git ignores left out.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let root = root();
    let ignored: Vec<PathBuf> = read(".gitignore")
        .lines()
        .filter_map(|line| line.strip_prefix('/'))
        .map(|line| root.join(line))
        .collect();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".git") || ignored.contains(&path) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if endings.is_empty()
                || path
                    .extension()
                    .is_some_and(|end| endings.iter().any(|ending| end == *ending))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

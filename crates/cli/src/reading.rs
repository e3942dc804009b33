//! How files are read, as a digest: whoever reads the same files in another way counts other things,
//! and so begins another version of a case.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use countersign_ledger::encoding::hex;
use sha2::{Digest as _, Sha256};

use crate::args::Reading;

/// SHA-256 over the options that say how files are read, with what their files hold; empty where
/// nothing is said. Strata are a setting of the case, and how many bad rows a file may have changes
/// nothing of those that are read.
///
/// # Errors
/// A file that can't be read.
pub(crate) fn digest(reading: &Reading) -> Result<String> {
    let mut said = Vec::new();
    let mut say = |name: &str, value: &[u8]| {
        said.push(format!("{name} {}\n", hex(&Sha256::digest(value))));
    };
    for (name, value) in [
        ("from", &reading.from),
        ("time-format", &reading.time_format),
        ("timezone", &reading.timezone),
    ] {
        if let Some(value) = value {
            say(name, value.as_bytes());
        }
    }
    let texts = [("map", &reading.map), ("missing", &reading.missing)];
    for (name, values) in texts {
        values.iter().for_each(|value| say(name, value.as_bytes()));
    }
    for (name, is_set) in [
        ("changes-as-views", reading.changes_as_views),
        ("first-ticket-row", reading.first_ticket_row),
    ] {
        if is_set {
            say(name, b"");
        }
    }
    let files = [
        ("map-file", reading.map_file.as_slice()),
        ("url-patterns", reading.url_patterns.as_slice()),
        ("sign-ins", &reading.sign_ins),
    ];
    for (name, paths) in files {
        for path in paths {
            say(name, &held(path)?);
        }
    }
    if said.is_empty() {
        return Ok(String::new());
    }
    Ok(hex(&Sha256::digest(said.concat())))
}

fn held(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_and_what_its_file_holds_tells() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = place.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (one, same, other) = (file("a", "x"), file("b", "x"), file("c", "y"));
        let plain = Reading::default;
        let text = |text: &str| Some(text.to_owned());
        let all = [
            plain(),
            Reading {
                timezone: text("UTC"),
                ..plain()
            },
            Reading {
                timezone: text("Asia/Tokyo"),
                ..plain()
            },
            Reading {
                time_format: text("UTC"),
                ..plain()
            },
            Reading {
                missing: vec!["-".to_owned()],
                ..plain()
            },
            Reading {
                map: vec!["-".to_owned()],
                ..plain()
            },
            Reading {
                changes_as_views: true,
                ..plain()
            },
            Reading {
                map_file: Some(one.clone()),
                ..plain()
            },
            Reading {
                map_file: Some(other),
                ..plain()
            },
            Reading {
                sign_ins: vec![one.clone()],
                ..plain()
            },
            Reading {
                sign_ins: vec![one, same.clone()],
                ..plain()
            },
        ];
        let digests: Vec<String> = all.iter().map(|one| digest(one).unwrap()).collect();
        assert_eq!(digests[0], "");
        let distinct: std::collections::BTreeSet<&String> = digests.iter().collect();
        assert_eq!(distinct.len(), all.len());
        // Where a file lies says nothing, and neither do strata.
        let moved = Reading {
            map_file: Some(same),
            ..plain()
        };
        assert_eq!(digest(&moved).unwrap(), digests[7]);
        let strata = Reading {
            strata: Some(Vec::new()),
            ..plain()
        };
        assert_eq!(digest(&strata).unwrap(), "");
    }
}

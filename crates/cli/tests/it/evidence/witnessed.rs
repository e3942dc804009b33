//! Bundles whose checkpoint others signed too: what a packer with the log's key could write in
//! another way, and what a policy that asks nobody leaves open.

use std::process::{Command, Stdio};

use countersign_ledger::bundle::zip::Files;
use countersign_ledger::bundle::{self, verify};
use countersign_ledger::encoding::{base64, from_hex, hex};
use countersign_ledger::note::{Kind, Note, Signer};
use countersign_ledger::policy::Policy;

use super::mutants::{refused_elsewhere, refused_here, signer, small};
use super::{SCRIPT, skipped, there};
use crate::program::ran;

fn witness(seed: u8) -> Signer {
    let name = format!("witness.example/{seed}");
    Signer::new(&name, Kind::Cosignature, &[seed; 32]).unwrap()
}

/// The bundle of this data with another policy and checkpoint, as the log's key packs it.
fn packed(data: &Files, policy: &str, checkpoint: &str) -> Vec<u8> {
    let mut data = data.clone();
    data.insert("log/policy".to_owned(), policy.into());
    data.insert("log/checkpoint".to_owned(), checkpoint.into());
    bundle::pack(&data, "", &signer()).unwrap().0
}

#[test]
fn signatures_of_witnesses_stand_in_one_order_each_once_and_are_enough() {
    let small = small();
    let note = Note::parse(&small.data["log/checkpoint"]).unwrap();
    let text = format!("{}\n", note.text());
    let log = note.lines_of(&signer().verifier());
    let line = |seed: u8, time: u64| {
        let mut note = note.clone();
        note.cosign(&witness(seed), time);
        note.lines_of(&witness(seed).verifier())
    };
    let (one, two, again, stranger) = (line(10, 5), line(11, 6), line(10, 7), line(12, 5));
    let keys = vec![witness(10).verifier(), witness(11).verifier()];
    let both = Policy::of_all(signer().verifier(), keys).text();
    let checkpoint = format!("{text}{log}{one}{two}");
    let sound = packed(&small.data, &both, &checkpoint);
    assert!(!refused_here(&sound));

    const GROUP: &str = "group witnesses 2 w1 w2\nquorum witnesses";
    assert!(both.contains(GROUP), "{both}");
    let nobody = both.replace(GROUP, "quorum none");
    let second = both.replace(GROUP, "quorum w2");
    let any = both.replace("witnesses 2", "witnesses 1");
    let mut mutants = Vec::new();
    for (what, policy, lines) in [
        ("exchanged", &both, format!("{log}{two}{one}")),
        ("the log later", &both, format!("{one}{log}{two}")),
        ("the log twice", &nobody, format!("{log}{log}")),
        ("one twice", &nobody, format!("{log}{one}{one}")),
        ("one at two times", &nobody, format!("{log}{one}{again}")),
        ("a stranger", &both, format!("{log}{one}{two}{stranger}")),
        ("no log", &both, format!("{one}{two}")),
        ("one of two", &both, format!("{log}{one}")),
        ("none of any", &any, log.clone()),
        ("the first, not the second", &second, format!("{log}{one}")),
    ] {
        let bytes = packed(&small.data, policy, &format!("{text}{lines}"));
        mutants.push((what.to_owned(), bytes));
    }
    for (from, to) in [
        ("quorum witnesses\n", ""),
        ("quorum witnesses\n", "quorum witnesses\nquorum w1\n"),
        ("quorum witnesses", "quorum none"),
        ("witnesses 2", "witnesses 3"),
        ("witnesses 2", "witnesses 0"),
        ("witnesses 2", "witnesses 02"),
        ("witnesses 2", "witnesses all"),
        ("w1 w2\n", "w2 w1\n"),
        ("quorum ", "quorum  "),
        ("witness w1 ", "witness w3 "),
        ("quorum ", "# quorum\nquorum "),
    ] {
        let policy = both.replacen(from, to, 1);
        assert_ne!(policy, both, "{from}");
        let bytes = packed(&small.data, &policy, &checkpoint);
        mutants.push((format!("{from:?} as {to:?}"), bytes));
    }
    if let Some(forged) = forged(note.text()) {
        let key = signer().verifier();
        let bytes = [&key.id()[..], &forged].concat();
        let line = format!("\u{2014} {} {}\n", key.name(), base64(&bytes));
        let bytes = packed(&small.data, &nobody, &format!("{text}{line}"));
        mutants.push(("a point of small order".to_owned(), bytes));
    }
    for (what, mutant) in &mutants {
        assert!(refused_here(mutant), "{what}");
    }
    refused_elsewhere(&sound, &mutants);

    // Whoever is named and not asked has not seen the log, and the check says so.
    let unasked = packed(&small.data, &nobody, &format!("{text}{log}"));
    let open = verify::verify(&unasked, None).unwrap().not_covered;
    let said = |what: &String| what.contains("no witness signed");
    assert!(open.iter().any(said), "{open:?}");
    refused_elsewhere(&unasked, &[]);
}

/// A signature by the log's key that plain checks take and strict ones refuse: its first half is a
/// point of small order, to which only the holder of the key can fit a second half.
fn forged(text: &str) -> Option<Vec<u8>> {
    if !there("python3", "-V") {
        skipped("python3 is not there to forge a signature with");
        return None;
    }
    let script = std::path::Path::new(SCRIPT);
    // `-B`: nothing is written beside the script.
    let mut python = Command::new("python3");
    python
        .args(["-B", "-c", FORGE])
        .arg(script.parent().unwrap())
        .arg(hex(&signer().verifier().bytes()))
        .arg(hex(text.as_bytes()))
        .stdin(Stdio::null());
    let made = ran(&mut python);
    assert_eq!(made.status, 0, "{made:#?}");
    Some(from_hex(made.out.trim_end()).unwrap())
}

/// Also checks that what it forged fits the equation that signatures are checked by.
const FORGE: &str = "
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from verifier import BASE, L, P, add, point, times
key, text = map(bytes.fromhex, sys.argv[2:])
secret = int.from_bytes(hashlib.sha512(bytes([3] * 32)).digest()[:32], 'little')
secret = secret & (1 << 254) - 8 | 1 << 254
nothing = bytes([1] + [0] * 31)
hashed = int.from_bytes(hashlib.sha512(nothing + key + text).digest(), 'little') % L
x, y, _, t = point(key)
x, y, z, _ = add(times(hashed * secret % L, BASE), times(hashed, (P - x, y, 1, P - t)))
assert x == 0 and y == z
print((nothing + (hashed * secret % L).to_bytes(32, 'little')).hex())
";

//! Time stamps of a real authority: a TSA by openssl, behind a few lines of HTTP, with an authority
//! for certificates of its own. And answers that none should give.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use countersign_ledger::bundle::zip::{self, Files};
use countersign_ledger::bundle::{self, verify};
use countersign_ledger::hash::Hash;
use countersign_ledger::note::Signer;

use super::commands_run;
use crate::program::{Place, ran, skipped, there};

/// What is done to a question before openssl sees it, or to an answer before the program does.
type Change = fn(Vec<u8>) -> Vec<u8>;

/// A time stamping authority on loopback.
struct Authority {
    url: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Makes the certificates of an authority in a folder.
fn certificates(folder: &Path) {
    std::fs::write(folder.join("tsa.cnf"), SETTINGS).unwrap();
    std::fs::write(folder.join("serial"), "01\n").unwrap();
    let done = ran(Command::new("sh")
        .current_dir(folder)
        .args(["-e", "-c", CERTIFICATES]));
    assert_eq!(done.status, 0, "{done:?}");
}

impl Authority {
    /// An authority with the certificates of this folder, between these changes.
    fn new(folder: &Path, asked: Change, answered: Change) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/tsa", listener.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, folder) = (Arc::clone(&stop), folder.to_owned());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                answer(stream, &folder, asked, answered);
            }
        });
        let thread = Some(thread);
        Self { url, stop, thread }
    }
}

/// Answers one question, or nothing if there is none.
fn answer(mut stream: TcpStream, folder: &PathBuf, asked: Change, answered: Change) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_exact(&mut byte).is_err() {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("post /tsa "), "{head}");
    assert!(head.contains("content-type: application/timestamp-query\r\n"));
    let length = head.split("content-length: ").nth(1).unwrap();
    let length = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut question = vec![0; length];
    stream.read_exact(&mut question).unwrap();
    std::fs::write(folder.join("asked.tsq"), asked(question)).unwrap();
    let made = ran(Command::new("openssl")
        .current_dir(folder)
        .args(["ts", "-reply", "-config", "tsa.cnf", "-section", "tsa"])
        .args(["-queryfile", "asked.tsq", "-out", "answer.tsr"]));
    assert_eq!(made.status, 0, "{made:?}");
    let body = answered(std::fs::read(folder.join("answer.tsr")).unwrap());
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    // A program that has read enough hangs up.
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let address = self.url.trim_start_matches("http://");
        let _ = TcpStream::connect(address.trim_end_matches("/tsa"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn tools_are_there() -> bool {
    let tools = [
        ("openssl", "version"),
        ("unzip", "-v"),
        ("python3", "-V"),
        ("bash", "--version"),
    ];
    let missing = tools.iter().find(|(tool, word)| !there(tool, word));
    if let Some((tool, _)) = missing {
        skipped(&format!(
            "{tool} is not there to stamp and check a bundle with"
        ));
    }
    missing.is_none()
}

/// A case that was stamped, traced again, stamped twice, and bundled as `case.zip`.
fn stamped() -> Place {
    let place = Place::with_small_desk();
    certificates(place.path());
    let authority = Authority::new(place.path(), |question| question, |answer| answer);
    let stamp = || {
        place
            .run(&["log", "case", "--stamp", &authority.url])
            .well()
            .out
    };
    place.trace(&[]).well();
    assert!(stamp().contains("case: stamps/3-1.tsr"));
    place.trace(&[]).well();
    assert!(stamp().contains("stamped: 4 entries, at 20"));
    assert!(stamp().contains("stamps/4-2.tsr"));
    let log = std::fs::read(place.path().join("case/ledger/checkpoint")).unwrap();
    assert_eq!(
        log,
        std::fs::read(place.path().join("case/stamps/4.checkpoint")).unwrap()
    );
    place.trace(&[]).well();
    place.run(&["bundle", "case"]).well();
    place
}

#[test]
fn stamps_of_earlier_states_are_checked_by_the_program_and_by_openssl() {
    if !tools_are_there() {
        return;
    }
    let place = stamped();
    let told = place.run(&["verify", "case.zip"]).well().out;
    for file in ["3-1", "4-1", "4-2"] {
        let line = format!(
            "ok           data/timestamps/{file}.tsr is of the state of {} entries",
            &file[..1]
        );
        let line = told.lines().find(|told| told.starts_with(&line));
        assert!(line.unwrap().ends_with(" (time not checked)"), "{told}");
    }
    let open =
        "not covered  the time stamping authority's signature (openssl ts -verify, VERIFY.md)";
    assert!(told.contains(open), "{told}");
    std::fs::rename(place.path().join("ca.crt"), place.path().join("tsa.pem")).unwrap();
    let said = commands_run(&place);
    assert_eq!(said.out.matches("Time stamp: ").count(), 3, "{said:#?}");
    assert_eq!(said.out.matches("Verification: OK").count(), 3, "{said:#?}");
    let python = said
        .out
        .lines()
        .find(|line| line.starts_with("not covered  what these files say"));
    assert!(
        python.unwrap().contains("data/timestamps/4-2.tsr"),
        "{said:#?}"
    );
    // What the program leaves to openssl, openssl sees.
    let file = place
        .path()
        .join("read/countersign-bundle/data/timestamps/3-1.tsr");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let data = file.with_file_name("3.checkpoint");
    let checked = ran(Command::new("openssl")
        .current_dir(place.path())
        .args(["ts", "-verify", "-CAfile", "tsa.pem", "-data"])
        .arg(&data)
        .arg("-in")
        .arg(&file));
    assert_ne!(checked.status, 0, "{checked:?}");
}

/// The files of the evidence without `data/`, the lines of `bag-info.txt`, and the log's key.
fn opened(place: &Place) -> (Files, Signer) {
    let bytes = std::fs::read(place.path().join("case.zip")).unwrap();
    let verified = verify::verify(&bytes, None).unwrap();
    let signer = Signer::from_secret(&place.read("case/log.key")).unwrap();
    (verified.data, signer)
}

#[test]
fn a_stamp_that_does_not_fit_the_log_is_refused_whoever_packed_it() {
    if !tools_are_there() {
        return;
    }
    let place = stamped();
    let (data, signer) = opened(&place);
    let refused = |data: &Files| {
        let (bytes, _) = bundle::pack(data, "", &signer).unwrap();
        verify::verify(&bytes, None)
            .map(drop)
            .map_err(|fault| fault.to_string())
    };
    refused(&data).unwrap();
    let file = |name: &str| format!("timestamps/{name}");
    let with = |name: &str, bytes: &[u8]| {
        let mut data = data.clone();
        data.insert(file(name), bytes.to_vec());
        refused(&data)
    };
    let held = |name: &str| data[&file(name)].clone();
    // Every bit of what the log signed, and of the proofs.
    for name in [
        "3.checkpoint",
        "3.consistency",
        "4.checkpoint",
        "4.consistency",
    ] {
        for bit in 0..held(name).len() * 8 {
            let mut bytes = held(name);
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(with(name, &bytes).is_err(), "{name} bit {bit}");
        }
    }
    // Every length of a stamp but its own; every bit of what it stamps; any byte, without a panic.
    let token = held("3-1.tsr");
    for end in 0..token.len() {
        assert!(with("3-1.tsr", &token[..end]).is_err(), "cut at {end}");
    }
    assert!(with("3-1.tsr", &[&token[..], b"\0"].concat()).is_err());
    let imprint = Hash::of_bytes(&held("3.checkpoint")).0;
    let at = token
        .windows(32)
        .position(|bytes| bytes == imprint)
        .unwrap();
    for place in 0..token.len() {
        let mut bytes = token.clone();
        bytes[place] ^= 0x55;
        let answer = with("3-1.tsr", &bytes);
        assert!(
            answer.is_err() || !(at..at + 32).contains(&place),
            "byte {place}"
        );
    }
    for (name, bytes) in [
        ("3-1.tsr", held("4-1.tsr")),
        ("3-2.tsr", token.clone()),
        ("3-3.tsr", held("4-1.tsr")),
        ("4-4.tsr", held("4-1.tsr")),
        ("4-02.tsr", held("4-1.tsr")),
        ("03.checkpoint", held("3.checkpoint")),
        ("2.checkpoint", held("3.checkpoint")),
        ("5.consistency", Vec::new()),
        ("3.consistency", held("4.consistency")),
        ("note.txt", Vec::new()),
        ("3/1.tsr", token.clone()),
    ] {
        let said = with(name, &bytes).unwrap_err();
        assert!(said.contains("data/timestamps/"), "{name}: {said}");
    }
    for name in [
        "3.checkpoint",
        "3.consistency",
        "3-1.tsr",
        "4-1.tsr",
        "4.consistency",
    ] {
        let mut data = data.clone();
        data.remove(&file(name)).unwrap();
        let said = refused(&data).unwrap_err();
        assert!(said.contains("data/timestamps/"), "{name}: {said}");
    }
    // Another log's state, stamped by a real authority.
    let other = stamped();
    let (others, _) = opened(&other);
    let mut mixed = data.clone();
    mixed.extend(
        others
            .into_iter()
            .filter(|(name, _)| name.starts_with("timestamps/")),
    );
    assert!(refused(&mixed).is_err());
    // The packed folder is read by the same rules.
    place.write("case/stamps/3-1.tsr", held("4-1.tsr"));
    let said = place.run(&["bundle", "case", "--out", "other.zip"]);
    assert!(
        said.status != 0 && said.err.contains("stamps/3-1.tsr"),
        "{said:?}"
    );
    assert!(zip::read(&std::fs::read(place.path().join("case.zip")).unwrap()).is_ok());
}

#[test]
fn an_answer_that_is_no_stamp_of_what_was_asked_is_not_kept() {
    if !tools_are_there() {
        return;
    }
    let place = Place::with_small_desk();
    certificates(place.path());
    place.trace(&[]).well();
    let same: Change = |bytes| bytes;
    // Where in a question the digest's name ends, and the digest begins.
    let other_digest: Change = |mut bytes| {
        bytes[19] = 2;
        bytes
    };
    let other_imprint: Change = |mut bytes| {
        bytes[24] ^= 1;
        bytes
    };
    let other_nonce: Change = |mut bytes| {
        let last = bytes.len() - 4;
        bytes[last] ^= 1;
        bytes
    };
    let cut: Change = |bytes| bytes[..bytes.len() - 1].to_vec();
    let longer: Change = |bytes| [bytes, vec![0]].concat();
    let page: Change = |_| b"<html>not here</html>".to_vec();
    let nothing: Change = |_| Vec::new();
    let endless: Change = |_| vec![0x30; 8 << 20];
    for (asked, answered, what) in [
        (
            other_imprint,
            same,
            "stamp is of something else: its imprint is",
        ),
        (other_nonce, same, "its nonce is not the one that was sent"),
        (other_digest, same, "the authority refused: status 2"),
        (same, cut, "not a time stamp of RFC 3161"),
        (same, longer, "not a time stamp of RFC 3161"),
        (same, page, "not a time stamp of RFC 3161"),
        (same, nothing, "not a time stamp of RFC 3161"),
        (same, endless, "its answer is longer than"),
    ] {
        let authority = Authority::new(place.path(), asked, answered);
        let said = place.run(&["log", "case", "--stamp", &authority.url]);
        assert_eq!(said.status, 1, "{said:?}");
        assert!(said.err.contains(what), "{what}: {}", said.err);
        assert!(
            said.err.contains("nothing was kept") && !said.err.contains("panicked"),
            "{said:?}"
        );
        assert!(!place.path().join("case/stamps").exists(), "{what}");
    }
    let away = place.run(&["log", "case", "--stamp", "http://127.0.0.1:1/"]);
    assert!(
        away.status == 1 && away.err.contains("nothing was kept"),
        "{away:?}"
    );
    assert_eq!(
        place.run(&["log", "case", "--stamp", "tsa.example"]).status,
        2
    );
    for other in [
        &["--audit"][..],
        &["--anchor", "."],
        &["--transcript", "all.txt"],
    ] {
        let words = ["log", "case", "--stamp", "http://127.0.0.1:1/"];
        let said = place.run(&[&words[..], other].concat());
        assert!(
            said.status == 2 && said.err.contains("cannot be used with"),
            "{said:?}"
        );
    }
}

const SETTINGS: &str = "\
[tsa]
serial = serial
signer_cert = tsa.crt
signer_key = tsa.key
certs = ca.crt
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_alg = sha256
[extensions]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
";

const CERTIFICATES: &str = "
key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
openssl req -x509 $key -keyout ca.key -out ca.crt -days 30 -subj /CN=authority
openssl req $key -keyout tsa.key -out tsa.csr -subj /CN=stamps
openssl x509 -req -in tsa.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 \\
    -extfile tsa.cnf -extensions extensions -out tsa.crt
";

//! The witness and the served log over real HTTP on this machine, with a real folder beneath.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use countersign_ledger::disk::Folder;
use countersign_ledger::equivocation::Equivocation;
use countersign_ledger::hash::Hash;
use countersign_ledger::leaf::{Leaf, event_id};
use countersign_ledger::log::{Append, Log, Settings};
use countersign_ledger::note::{Kind, Note, Signer, Verifier};
use countersign_ledger::policy::Policy;
use countersign_ledger::tile::resources;
use countersign_ledger::{journal, tree};
use countersign_witness::ask::{self, AskError, ask};
use countersign_witness::serve;
use countersign_witness::witness::Witness;

const NOW: u64 = 1_700_000_000;
const LOG: &str = "example.com/log";

fn log(folder: &Path) -> Log {
    let signer = Signer::new(LOG, Kind::Log, &[1; 32]).unwrap();
    let settings = Settings {
        segment_length: 4096,
        remembered: 1000,
        marks: None,
    };
    let disk = Folder::open(folder, &[journal::FOLDER]).unwrap();
    Log::open(Arc::new(disk), signer, settings).unwrap()
}

fn grow(log: &mut Log, count: u64, kind: u16) {
    for _ in 0..count {
        let mut chance = [0; 10];
        chance[..8].copy_from_slice(&log.size().to_be_bytes());
        let leaf = Leaf::new(event_id(NOW, chance), kind, None, Vec::new());
        let event = Append::new(leaf, Vec::new());
        log.append(&[vec![event]], NOW).remove(0).unwrap();
    }
}

/// A server on a port of its own, stopped at its end.
struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn of(routes: axum::Router) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let (ready, address) = mpsc::channel();
        let thread = thread::spawn(move || {
            let listen = "127.0.0.1:0".parse().unwrap();
            let told = move |address| ready.send(address).unwrap();
            serve::run(listen, routes, told, move || asked.load(Ordering::Relaxed)).unwrap();
        });
        Self {
            address: address.recv().unwrap(),
            stop,
            thread: Some(thread),
        }
    }

    fn witness(folder: &Path, log: &Verifier) -> (Self, Verifier) {
        let signer = Signer::new("witness.example/w", Kind::Cosignature, &[2; 32]).unwrap();
        let witness = Witness::open(signer, vec![log.clone()], folder).unwrap();
        let key = witness.verifier();
        let routes = serve::witness(Arc::new(witness), || NOW);
        (Self::of(routes), key)
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Status and body.
    fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // A request that is too long is answered before it has been read.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let status = core::str::from_utf8(&answer[9..12])
            .unwrap()
            .parse()
            .unwrap();
        (status, answer[end + 4..].to_vec())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn proof(log: &Log, old: u64) -> Vec<Hash> {
    tree::consistency(log.served(), old, log.size()).unwrap()
}

#[test]
fn a_witness_signs_a_log_that_goes_on_and_remembers_it_through_a_restart() {
    let (place, at) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut log = log(place.path());
    let mut known = 0;
    for step in [0, 1, 2, 5, 0, 300] {
        grow(&mut log, step, 1);
        let (server, key) = Server::witness(at.path(), &log.verifier());
        let mut note = log.checkpoint().clone();
        ask(&server.url(), &key, known, &proof(&log, known), &mut note).unwrap();
        assert_eq!(note.verify(&key), Ok(Some(NOW)));
        let policy = Policy::of_all(log.verifier(), vec![key]);
        policy.open(note.to_string().as_bytes()).unwrap();
        known = log.size();
        let origin = countersign_ledger::encoding::hex(&Hash::of_bytes(LOG.as_bytes()).0);
        let (status, latest) = server.send("GET", &format!("/{origin}/checkpoint"), b"");
        assert_eq!((status, latest), (200, note.to_string().into_bytes()));
    }
    let (server, key) = Server::witness(at.path(), &log.verifier());
    let mut note = log.checkpoint().clone();
    let asked = ask(&server.url(), &key, 3, &[], &mut note);
    assert!(matches!(asked, Err(AskError::Remembers(308))), "{asked:?}");
}

#[test]
fn a_log_with_two_pasts_is_not_signed_and_the_contradiction_is_kept() {
    let places = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let (mut one, mut two) = (log(places[0].path()), log(places[1].path()));
    grow(&mut one, 5, 1);
    grow(&mut two, 5, 2);
    let (server, key) = Server::witness(places[2].path(), &one.verifier());
    ask(&server.url(), &key, 0, &[], &mut one.checkpoint().clone()).unwrap();

    let refused = ask(&server.url(), &key, 5, &[], &mut two.checkpoint().clone());
    assert!(
        matches!(refused, Err(AskError::Refused { status: 422, .. })),
        "{refused:?}"
    );
    let kept = || {
        let names = std::fs::read_dir(places[2].path()).unwrap();
        let mut paths = names.map(|entry| entry.unwrap().path());
        let kept = paths.find(|path| path.to_str().unwrap().ends_with("-equivocation"));
        let text = std::fs::read_to_string(kept.as_ref().unwrap()).unwrap();
        std::fs::remove_file(kept.unwrap()).unwrap();
        let (first, second) = Equivocation::parse(&text)
            .unwrap()
            .verify(&one.verifier())
            .unwrap();
        (first.size, second.size)
    };
    assert_eq!(kept(), (5, 5));

    // Later, with a proof of its own past, it is still another log.
    grow(&mut two, 3, 2);
    let refused = ask(
        &server.url(),
        &key,
        5,
        &proof(&two, 5),
        &mut two.checkpoint().clone(),
    );
    assert!(
        matches!(refused, Err(AskError::Refused { status: 422, .. })),
        "{refused:?}"
    );
    assert_eq!(kept(), (5, 8));
    let latest = ask::latest(&server.url(), &one.verifier()).unwrap();
    assert_eq!(latest.text(), one.checkpoint().text());
    grow(&mut one, 1, 1);
    ask(
        &server.url(),
        &key,
        5,
        &proof(&one, 5),
        &mut one.checkpoint().clone(),
    )
    .unwrap();
}

#[test]
fn what_is_no_request_is_answered_as_the_specification_says() {
    let (place, at) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut log = log(place.path());
    grow(&mut log, 3, 1);
    let (server, _) = Server::witness(at.path(), &log.verifier());
    let note = log.checkpoint().to_string();
    let other = |name: &str, seed| {
        let signer = Signer::new(name, Kind::Log, &[seed; 32]).unwrap();
        let mut note = Note::new(log.checkpoint().text().replace(LOG, name)).unwrap();
        note.sign(&signer);
        note.to_string()
    };
    let hash = Hash::of_nothing().to_base64();
    for (status, body) in [
        (400, String::new()),
        (400, note.clone()),
        (400, format!("old 01\n\n{note}")),
        (400, format!("old 4\n\n{note}")),
        (400, format!("old 0\n{hash}x\n\n{note}")),
        (
            400,
            format!("old 0\n{}\n\n{note}", vec![&hash[..]; 64].join("\n")),
        ),
        (404, format!("old 0\n\n{}", other("example.com/unknown", 1))),
        (403, format!("old 0\n\n{}", other(LOG, 9))),
        (403, format!("old 0\n\n{}", note.replace("\n3\n", "\n2\n"))),
        (409, format!("old 1\n\n{note}")),
        (422, format!("old 0\n{hash}\n\n{note}")),
        (413, format!("old 0\n\n{}", "x".repeat(200_000))),
        (200, format!("old 0\n\n{note}")),
    ] {
        let (found, said) = server.send("POST", "/add-checkpoint", body.as_bytes());
        assert_eq!(
            found,
            status,
            "{} for {body:.200}",
            String::from_utf8_lossy(&said)
        );
    }
    assert_eq!(server.send("GET", "/add-checkpoint", b"").0, 405);
    assert_eq!(
        server.send("GET", "/..%2fwitness.key/checkpoint", b"").0,
        404
    );
}

#[test]
fn every_resource_of_a_log_is_served_and_no_other() {
    let place = tempfile::tempdir().unwrap();
    let mut log = log(place.path());
    grow(&mut log, 300, 1);
    let root = tree::root_of(log.served(), 0, 300).unwrap();
    let note = log.checkpoint().to_string();
    let server = Server::of(serve::tiles(Arc::new(log)));
    assert_eq!(
        server.send("GET", "/checkpoint", b""),
        (200, note.into_bytes())
    );
    let mut leaves = Vec::new();
    for resource in resources(300) {
        let (status, bytes) = server.send("GET", &format!("/{resource}"), b"");
        assert_eq!(status, 200, "{resource}");
        if resource.to_string().starts_with("tile/0/") {
            leaves.extend_from_slice(&bytes);
        }
    }
    let (hashes, _) = leaves.as_chunks::<32>();
    let mut edge = tree::Edge::default();
    hashes
        .iter()
        .for_each(|hash| edge.push(Hash(*hash), |_, _| {}));
    assert_eq!(edge.root(), root);
    for path in [
        "/tile/0/001.p/45",
        "/tile/0/002",
        "/tile/2/000.p/1",
        "/tile/0/000.p/0",
        "/tile/x",
    ] {
        assert_eq!(server.send("GET", path, b"").0, 404, "{path}");
    }
}

#[test]
fn a_log_that_was_pruned_serves_what_is_left_and_proves_all_of_it() {
    let place = tempfile::tempdir().unwrap();
    let mut log = log(place.path());
    grow(&mut log, 600, 1);
    let server = Server::of(serve::tiles(Arc::new(serve::Pruned { log, first: 300 })));
    for (path, status) in [
        ("/checkpoint", 200),
        ("/tile/entries/000", 404),
        ("/tile/entries/001", 200),
        ("/tile/entries/002.p/88", 200),
        ("/tile/0/000", 404),
        ("/tile/0/001", 200),
        ("/tile/1/000.p/2", 200),
    ] {
        assert_eq!(server.send("GET", path, b"").0, status, "{path}");
    }
}

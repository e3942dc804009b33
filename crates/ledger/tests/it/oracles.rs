//! The same questions to other people's code: ct-merkle, `signed_note` and `tlog_tiles`.

use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::encoding::{base64, hex};
use countersign_ledger::hash::Hash;
use countersign_ledger::note::{Kind, Note, Signer, Verifier};
use countersign_ledger::served::Served;
use countersign_ledger::tile::Resource;
use countersign_ledger::tree::{consistency, continues, includes, inclusion, root_of};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof};
use sha2::Sha256;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::tile::{Tile, TileHashReader, TileReader};
use tlog_tiles::tlog;

use crate::simulated::Chance;
use crate::tree::{entry, served};

#[test]
fn ct_merkle_makes_the_same_roots_and_proofs() {
    let (served, _) = served(300);
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut chance = Chance::new(3);
    for size in 1..=300_usize {
        tree.push(entry(size - 1));
        let of = size as u64;
        let theirs = tree.root();
        let root = root_of(&served, 0, of).unwrap();
        assert_eq!(theirs.as_bytes().as_slice(), root.0);
        for _ in 0..4 {
            let index = chance.below(size);
            let path = inclusion(&served, index as u64, of).unwrap();
            let flat: Vec<u8> = path.iter().flat_map(|hash| hash.0).collect();
            assert_eq!(tree.prove_inclusion(index).as_bytes(), flat);
            let proof = InclusionProof::try_from_bytes(flat).unwrap();
            let verified = theirs.verify_inclusion(&entry(index), index as u64, &proof);
            assert!(verified.is_ok(), "{verified:?}");
            let leaf = Hash::of_leaf(&entry(index));
            assert!(includes(&path, &leaf, index as u64, of, &root));

            let old = 1 + chance.below(size);
            let proof = consistency(&served, old as u64, of).unwrap();
            let flat: Vec<u8> = proof.iter().flat_map(|hash| hash.0).collect();
            assert_eq!(tree.prove_consistency(size - old).as_bytes(), flat);
            let old_root = root_of(&served, 0, old as u64).unwrap();
            let their_old = ct_merkle::RootHash::<Sha256>::new(old_root.0.into(), old as u64);
            let theirs_too = ConsistencyProof::try_from_bytes(flat).unwrap();
            let verified = theirs.verify_consistency(&their_old, &theirs_too);
            assert!(verified.is_ok(), "{verified:?}");
            assert!(continues(&proof, (old as u64, &old_root), (of, &root)));
        }
    }
}

/// A client of theirs that is handed our tiles.
struct Client<'a>(&'a Served, u64);

impl TileReader for Client<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let read = |tile: &Tile| {
            // Their path has the tile's height in it, as Go's checksum database has.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let resource = Resource::parse(&path).unwrap();
            Ok(self.0.resource(&resource, self.1, 0).unwrap().unwrap())
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

#[test]
fn a_client_of_tlog_tiles_proves_everything_from_our_tiles() {
    let (served, _) = served(70_000);
    let mut chance = Chance::new(4);
    for size in [1, 2, 255, 256, 257, 65_536, 70_000] {
        let root = root_of(&served, 0, size).unwrap();
        let client = Client(&served, size);
        let reader = TileHashReader::new(size, tlog::Hash(root.0), &client);
        assert_eq!(tlog::tree_hash(size, &reader).unwrap().0, root.0);
        for _ in 0..20 {
            let index = chance.below(usize::try_from(size).unwrap());
            let (at, leaf) = (index as u64, tlog::record_hash(&entry(index)));
            assert_eq!(leaf.0, Hash::of_leaf(&entry(index)).0);
            let theirs = tlog::prove_record(size, at, &reader).unwrap();
            let ours = inclusion(&served, at, size).unwrap();
            assert!(theirs.iter().map(|hash| Hash(hash.0)).eq(ours));
            tlog::check_record(&theirs, size, tlog::Hash(root.0), at, leaf).unwrap();

            let old = at + 1;
            let old_root = root_of(&served, 0, old).unwrap();
            let theirs = tlog::prove_tree(size, old, &reader).unwrap();
            let ours = consistency(&served, old, size).unwrap();
            assert!(theirs.iter().map(|hash| Hash(hash.0)).eq(ours));
            let (new, old_root) = (tlog::Hash(root.0), tlog::Hash(old_root.0));
            tlog::check_tree(&theirs, size, new, old, old_root).unwrap();
        }
    }
}

const NAME: &str = "log.example/oracle";

/// Our key as `signed_note` reads it.
fn their_signer(ours: &Signer, seed: &[u8; 32]) -> StandardSigner {
    let id = hex(&ours.verifier().id());
    let key = base64(&[&[1], &seed[..]].concat());
    StandardSigner::new(&format!("PRIVATE+KEY+{NAME}+{id}+{key}")).unwrap()
}

#[test]
fn signed_note_takes_our_notes_and_we_take_its() {
    let mut chance = Chance::new(5);
    for size in 0..20_u64 {
        let seed = chance.bytes();
        let ours = Signer::new(NAME, Kind::Log, &seed).unwrap();
        let written = Checkpoint {
            origin: NAME.to_owned(),
            size: size * size * 1000,
            root: Hash(chance.bytes()),
        };
        let note = written.sign(&ours).unwrap().to_string();

        let key = StandardVerifier::new(&ours.verifier().to_string()).unwrap();
        let known = VerifierList::new(vec![Box::new(key)]);
        let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        let (verified, rest) = theirs.verify(&known).unwrap();
        assert_eq!((verified.len(), rest.len()), (1, 0));
        assert_eq!(theirs.to_bytes(), note.as_bytes());

        let read = tlog_tiles::checkpoint::Checkpoint::from_bytes(theirs.text()).unwrap();
        assert_eq!((read.origin(), read.size()), (NAME, written.size));
        assert_eq!((read.hash().0, read.extension()), (written.root.0, ""));

        let mut again = signed_note::Note::new(theirs.text(), &[]).unwrap();
        again.add_sigs(&[&their_signer(&ours, &seed)]).unwrap();
        assert_eq!(again.to_bytes(), note.as_bytes());
        let opened = Checkpoint::open(&again.to_bytes(), &ours.verifier());
        assert_eq!(opened.unwrap().0, written);
    }
}

/// What they refuse we refuse; we refuse a little more, and say what.
#[test]
fn a_changed_note_is_refused_by_both() {
    let seed = [6; 32];
    let ours = Signer::new(NAME, Kind::Log, &seed).unwrap();
    let witness = Signer::new("witness.example", Kind::Cosignature, &[7; 32]).unwrap();
    let mut note = Note::new("log.example/oracle\n5\ntext\n".to_owned()).unwrap();
    note.sign(&ours);
    note.cosign(&witness, 1_600_000_000);
    let note = note.to_string().into_bytes();
    let verifier = Verifier::parse(&ours.verifier().to_string()).unwrap();
    let key = StandardVerifier::new(&verifier.to_string()).unwrap();
    let known = VerifierList::new(vec![Box::new(key)]);
    let taken = |bytes: &[u8]| {
        let we = Note::parse(bytes).is_ok_and(|note| note.verify(&verifier).is_ok());
        let they = signed_note::Note::from_bytes(bytes);
        (we, they.is_ok_and(|note| note.verify(&known).is_ok()))
    };
    assert_eq!(taken(&note), (true, true));
    let ours_ends = note.len()
        - note
            .iter()
            .rev()
            .skip(1)
            .take_while(|b| **b != b'\n')
            .count();
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut changed = note.clone();
            changed[at] ^= 1 << bit;
            let (we, they) = taken(&changed);
            assert!(
                they || !we,
                "{at} {bit}: {:?}",
                String::from_utf8_lossy(&changed)
            );
            // The witness' line is not covered by the log's signature, and its form is.
            assert!(!we || at >= ours_ends - 1, "{at} {bit}");
        }
        let mut cut = note.clone();
        cut.remove(at);
        let (we, they) = taken(&cut);
        assert!(they || !we, "{at}");
        assert!(!we || at >= ours_ends - 1, "{at}");
    }
}

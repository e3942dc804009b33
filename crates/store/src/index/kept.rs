//! An index that outlives the program: the same columns in a file with a name, and a digest over them.
//!
//! ```text
//! columns, each on a page | words: what is not in the columns
//! 8 bytes CSINDEX1 | u64 first byte of the words | u64 number of words | 32 bytes digest
//! ```
//! The digest is SHA-256 over the SHA-256 of each 16 MiB of all that stands before it, so that all
//! cores check it. A file that does not fit it, or is not there, is made anew from the views.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use countersign_core::desk::Desk;
use countersign_core::holder::Holders;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::mapped::{IndexError, MappedIndex, build_in};
use super::spill::Spill;

/// Builds the index in a file that takes this name when it is whole; gives its digest, too.
///
/// # Errors
/// Those of [`super::build`].
pub fn build_kept(
    path: &Path,
    spill: Spill,
    desk: &Desk,
    holders: &Holders,
    built: &(dyn Fn(u64) + Sync),
) -> Result<(MappedIndex, [u8; 32]), IndexError> {
    let unfinished = path.with_extension("new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // Once it is there nobody may write to it, so that it can be mapped.
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(&unfinished)?;
    let index = build_in(file, spill, desk, holders, built)?;
    let begin = index.file().metadata()?.len();
    let words = index.words();
    let mut tail: Vec<u8> = bytemuck::cast_slice(&words).to_vec();
    tail.extend_from_slice(MAGIC);
    tail.extend_from_slice(&begin.to_le_bytes());
    tail.extend_from_slice(&(words.len() as u64).to_le_bytes());
    let digest = digest(&[index.bytes_mapped(), &tail]);
    tail.extend_from_slice(&digest);
    index.file().write_all_at(&tail, begin)?;
    fs::rename(&unfinished, path)?;
    Ok((index, digest))
}

/// The index that was kept under this name, with its digest; none if there is none that is whole.
///
/// # Errors
/// What the disk says.
pub fn open_kept(path: &Path) -> Result<Option<(MappedIndex, [u8; 32])>, IndexError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let map = super::map(&file)?;
    let Some((rest, said)) = map.split_last_chunk::<32>() else {
        return Ok(None);
    };
    let said = *said;
    let Some((rest, &head)) = rest.split_last_chunk::<HEAD>() else {
        return Ok(None);
    };
    let number = |at: usize| {
        let bytes = head.get(at..at + 8)?.first_chunk()?;
        usize::try_from(u64::from_le_bytes(*bytes)).ok()
    };
    let (Some(begin), Some(many)) = (number(8), number(16)) else {
        return Ok(None);
    };
    let words = rest.get(begin..).filter(|words| words.len() / 4 == many);
    let words: Vec<u32> = match words {
        Some(words) if head.starts_with(MAGIC) => {
            let words = words.chunks_exact(4).filter_map(|word| word.first_chunk());
            words.map(|word| u32::from_le_bytes(*word)).collect()
        }
        _ => return Ok(None),
    };
    let (columns, tail) = map[..map.len() - 32].split_at(begin);
    if digest(&[columns, tail]) != said {
        return Ok(None);
    }
    Ok(MappedIndex::of_words(file, map, &words).map(|index| (index, said)))
}

/// Digest over some bytes, the first of which are whole pieces or all.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut all = Sha256::new();
    for part in parts {
        let pieces: Vec<[u8; 32]> = part
            .par_chunks(PIECE)
            .map(|piece| Sha256::digest(piece).into())
            .collect();
        for piece in pieces {
            all.update(piece);
        }
    }
    all.finalize().into()
}

const MAGIC: &[u8; 8] = b"CSINDEX1";
/// Bytes before the digest.
const HEAD: usize = 24;
/// Bytes that are digested at once.
const PIECE: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use countersign_core::desk::{Account, Customers, Export, ExportRows, NONE, Tickets, View};
    use countersign_core::time::Second;

    use super::*;

    #[test]
    fn an_index_is_the_one_that_was_kept_and_none_where_a_byte_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk {
            accounts: vec![Account::default(), Account::default()],
            customers: Customers {
                count: 3,
                ..Customers::default()
            },
            tickets: Tickets {
                customer: vec![0, 2, NONE],
                ..Tickets::default()
            },
            exports: vec![Export {
                name: "copy".to_owned(),
                second: Second(9),
                account: Some(1),
                rows: ExportRows::All,
            }],
            ..Desk::default()
        };
        let view = |second, account, customer, ticket| View {
            second: Second(second),
            account,
            customer,
            ticket,
        };
        let views = [
            view(86_400, 0, 0, 0),
            view(90_000, 1, 2, 1),
            view(200_000, 0, NONE, 2),
            view(200_001, 0, 1, NONE),
        ];
        let holders = Holders::of(&desk);
        let path = folder.path().join("index");
        assert!(open_kept(&path).unwrap().is_none());
        let mut spill = Spill::new(folder.path(), &desk).unwrap();
        spill.add(&views).unwrap();
        let (built, digest) = build_kept(&path, spill, &desk, &holders, &|_| {}).unwrap();
        let (kept, said) = open_kept(&path).unwrap().unwrap();
        assert_eq!(said, digest);
        assert_eq!(kept.words(), built.words());
        assert_eq!(
            format!("{:?}", kept.index()),
            format!("{:?}", built.index())
        );

        let bytes = fs::read(&path).unwrap();
        let other = folder.path().join("other");
        let opens = |bytes: &[u8]| {
            fs::write(&other, bytes).unwrap();
            open_kept(&other).unwrap().is_some()
        };
        assert!(opens(&bytes));
        for place in (0..bytes.len()).rev().step_by(97) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert!(!opens(&damaged), "byte {place}");
            assert!(!opens(&bytes[..place]), "cut at {place}");
        }
    }
}

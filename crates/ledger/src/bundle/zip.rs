//! Zip files with one way to be written: nothing compressed, names in order, one time, no slack.
//!
//! Whoever reads one rebuilds it from what was read and compares, so that no byte is left free in
//! which something could be changed unseen.

use std::collections::BTreeMap;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The zip file of these files.
///
/// # Errors
/// More than 65,535 files, or more than 4 GiB: the form is the old one that every tool reads.
pub fn write(files: &Files) -> Result<Vec<u8>, &'static str> {
    const MANY: &str = "too many files for a zip file of the plain form";
    const LARGE: &str = "too large for a zip file of the plain form";
    let count = u16::try_from(files.len())
        .ok()
        .filter(|count| *count < u16::MAX)
        .ok_or(MANY)?;
    let size = |bytes: &[u8]| {
        u32::try_from(bytes.len())
            .ok()
            .filter(|size| *size < u32::MAX)
    };
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let offset = size(&bytes).ok_or(LARGE)?;
        let length = size(content).ok_or(LARGE)?;
        let name_length = u16::try_from(name.len()).ok().ok_or("a name is too long")?;
        let mut head = Vec::new();
        head.extend_from_slice(&VERSION.to_le_bytes());
        // No flags, stored.
        head.extend_from_slice(&[0; 4]);
        head.extend_from_slice(&MIDNIGHT.to_le_bytes());
        head.extend_from_slice(&FIRST_DAY.to_le_bytes());
        head.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
        head.extend_from_slice(&length.to_le_bytes());
        head.extend_from_slice(&length.to_le_bytes());
        head.extend_from_slice(&name_length.to_le_bytes());
        // No extra field.
        head.extend_from_slice(&[0; 2]);

        bytes.extend_from_slice(LOCAL);
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(content);

        directory.extend_from_slice(CENTRAL);
        directory.extend_from_slice(&VERSION.to_le_bytes());
        directory.extend_from_slice(&head);
        // No comment, first disk, no attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let offset = size(&bytes).ok_or(LARGE)?;
    let length = size(&directory).ok_or(LARGE)?;
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(END);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&offset.to_le_bytes());
    bytes.extend_from_slice(&[0; 2]);
    Ok(bytes)
}

/// The files of a zip file that [`write()`] could have written, byte for byte.
///
/// # Errors
/// Any other file.
pub fn read(bytes: &[u8]) -> Result<Files, &'static str> {
    const OTHER: &str = "not a zip file of the one form that bundles have";
    let mut files = Files::new();
    let mut rest = bytes;
    while let Some(after) = rest.strip_prefix(LOCAL) {
        let (head, after) = after.split_first_chunk::<26>().ok_or(OTHER)?;
        let [.., l0, l1, l2, l3, n0, n1, _, _] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let name_length = usize::from(u16::from_le_bytes([n0, n1]));
        let (name, after) = after.split_at_checked(name_length).ok_or(OTHER)?;
        let (content, after) = after.split_at_checked(length).ok_or(OTHER)?;
        let name = core::str::from_utf8(name)
            .ok()
            .filter(|name| is_name(name))
            .ok_or(OTHER)?;
        if files.insert(name.to_owned(), content.to_vec()).is_some() {
            return Err("a file is twice in the zip file");
        }
        rest = after;
    }
    if write(&files)? != bytes {
        return Err(OTHER);
    }
    Ok(files)
}

/// Names that lead nowhere else on any system.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    name.split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain))
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// 2.0: stored files in folders.
const VERSION: u16 = 20;
const MIDNIGHT: u16 = 0;
/// 1 January 1980, the first day that the form knows.
const FIRST_DAY: u16 = 0x21;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_can_be_changed_added_or_left_out() {
        let files: Files = [("a/b.txt", "one"), ("a/c", ""), ("z", "PK\x03\x04")]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into();
        let bytes = write(&files).unwrap();
        assert_eq!(read(&bytes), Ok(files));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&changed).is_err(), "bit {bit}");
        }
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert!(read(&[&bytes[..], b"x"].concat()).is_err());
        assert!(read(&[b"x", &bytes[..]].concat()).is_err());
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../a", "/a", "a//b", "a\\b", "a/.", ".a", "a b", "ä"] {
            let files = Files::from([(name.to_owned(), Vec::new())]);
            assert!(read(&write(&files).unwrap()).is_err(), "{name}");
        }
    }
}

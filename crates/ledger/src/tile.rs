//! Paths of tlog-tiles: which resource a path asks for, and how a path is written.

use core::fmt;

use crate::encoding::from_decimal;

/// Hashes of a full tile, and entries of a full bundle.
pub const WIDTH: u64 = 256;

/// What a path under the log's prefix asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The signed checkpoint.
    Checkpoint,
    /// Hashes of one level, from `index * 256` on.
    Tile {
        /// 0 = hashes of leaves; each level has the hashes over full tiles of the level below.
        level: u8,
        /// Number of the tile within its level.
        index: u64,
        /// Hashes in it, 1 to 256.
        width: u16,
    },
    /// Entries, from `index * 256` on.
    Entries {
        /// Number of the bundle.
        index: u64,
        /// Entries in it, 1 to 256.
        width: u16,
    },
}

impl Resource {
    /// The resource that a path names, without a slash before it; a path has one way to be written.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        if path == "checkpoint" {
            return Some(Self::Checkpoint);
        }
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, from_decimal(width)?),
            None => (rest, WIDTH),
        };
        if width == 0 || width > WIDTH || (width == WIDTH) != (index.len() == rest.len()) {
            return None;
        }
        let width = u16::try_from(width).ok()?;
        let index = parse_index(index)?;
        let found = if level == "entries" {
            Self::Entries { index, width }
        } else {
            let level = u8::try_from(from_decimal(level)?).ok()?;
            if level > HIGHEST_LEVEL {
                return None;
            }
            Self::Tile {
                level,
                index,
                width,
            }
        };
        (found.to_string() == path).then_some(found)
    }

    /// How many hashes or entries the full tile or bundle of this place has in a log of `size`
    /// entries: none if it begins behind the end.
    #[must_use]
    pub fn available(&self, size: u64) -> u64 {
        let (level, index) = match self {
            Self::Checkpoint => return 1,
            Self::Tile { level, index, .. } => (*level, *index),
            Self::Entries { index, .. } => (0, *index),
        };
        let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        index
            .checked_mul(WIDTH)
            .map_or(0, |start| hashes.saturating_sub(start).min(WIDTH))
    }

    /// The first entry behind those that this resource is about, if there is a number for it.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        let (level, index) = match self {
            Self::Checkpoint => return None,
            Self::Tile { level, index, .. } => (*level, *index),
            Self::Entries { index, .. } => (0, *index),
        };
        let span = WIDTH.checked_pow(u32::from(level) + 1)?;
        index.checked_add(1)?.checked_mul(span)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, width) = match self {
            Self::Checkpoint => return f.write_str("checkpoint"),
            Self::Tile {
                level,
                index,
                width,
            } => {
                write!(f, "tile/{level}/")?;
                (index, width)
            }
            Self::Entries { index, width } => {
                f.write_str("tile/entries/")?;
                (index, width)
            }
        };
        let mut parts = vec![format!("{:03}", index % 1000)];
        let mut rest = index / 1000;
        while rest > 0 {
            parts.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        parts.reverse();
        f.write_str(&parts.join("/"))?;
        if u64::from(*width) < WIDTH {
            write!(f, ".p/{width}")?;
        }
        Ok(())
    }
}

fn parse_index(text: &str) -> Option<u64> {
    let mut index = 0_u64;
    for part in text.split('/') {
        let digits = part.strip_prefix('x').unwrap_or(part);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

/// tlog-tiles' highest level.
const HIGHEST_LEVEL: u8 = 63;

/// Every resource that a log of `size` entries must serve, the checkpoint left out.
#[must_use]
pub fn resources(size: u64) -> Vec<Resource> {
    let mut all = Vec::new();
    let mut push = |level: Option<u8>, hashes: u64| {
        let partial = hashes % WIDTH;
        let full = (0..hashes / WIDTH).map(|index| (index, WIDTH));
        for (index, width) in full.chain((partial > 0).then_some((hashes / WIDTH, partial))) {
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            all.push(match level {
                Some(level) => Resource::Tile {
                    level,
                    index,
                    width,
                },
                None => Resource::Entries { index, width },
            });
        }
    };
    for level in 0..8 {
        push(Some(level), size >> (8 * level));
    }
    push(None, size);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(level: u8, index: u64, width: u16) -> Resource {
        Resource::Tile {
            level,
            index,
            width,
        }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        for (path, resource) in [
            ("checkpoint", Resource::Checkpoint),
            ("tile/0/000", tile(0, 0, 256)),
            ("tile/0/x001/x234/067", tile(0, 1_234_067, 256)),
            ("tile/1/000.p/17", tile(1, 0, 17)),
            (
                "tile/entries/x001/000.p/255",
                Resource::Entries {
                    index: 1000,
                    width: 255,
                },
            ),
        ] {
            assert_eq!(Resource::parse(path), Some(resource), "{path}");
            assert_eq!(resource.to_string(), path);
        }
    }

    #[test]
    fn another_way_to_write_a_path_is_no_path() {
        for path in [
            "",
            "/checkpoint",
            "tile/0/0",
            "tile/00/000",
            "tile/64/000",
            "tile/0/x000/001",
            "tile/0/001/001",
            "tile/0/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/1/",
            "tile/0/+00",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/entries/000.p/",
        ] {
            assert_eq!(Resource::parse(path), None, "{path}");
        }
    }

    #[test]
    fn sizes_256_and_70000_have_the_tiles_of_the_specification() {
        let count = |size, level, width| {
            resources(size)
                .iter()
                .filter(|found| {
                    matches!(found, Resource::Tile { level: l, width: w, .. }
                        if (*l, *w) == (level, width))
                })
                .count()
        };
        assert_eq!((count(256, 0, 256), count(256, 1, 1)), (1, 1));
        assert_eq!((count(70_000, 0, 256), count(70_000, 0, 112)), (273, 1));
        assert_eq!((count(70_000, 1, 256), count(70_000, 1, 17)), (1, 1));
        assert_eq!(count(70_000, 2, 1), 1);
        let tiles = |size| {
            let tile = |found: &&Resource| matches!(found, Resource::Tile { .. });
            resources(size).iter().filter(tile).count()
        };
        assert_eq!((tiles(256), tiles(70_000)), (2, 277));
    }
}

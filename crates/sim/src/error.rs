//! What can go wrong when a world is made or written.

use std::path::PathBuf;

/// Why a world could not be made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A setting is outside what the company can be.
    #[error("{what} must be from {least} to {most}, not `{given}`")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// The least that is possible.
        least: u32,
        /// The most that is possible.
        most: u32,
        /// What was asked for.
        given: u32,
    },
    /// The folder holds something already, and nothing there is overwritten.
    #[error("folder `{0}` is not empty")]
    NotEmpty(PathBuf),
    /// The folder to write has no name of its own (`/` or `..`).
    #[error("`{0}` does not name a folder that can be made")]
    NoName(PathBuf),
    /// The disk said no.
    #[error("can't write `{path}`: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table could not be encoded.
    #[error("can't encode `{path}`: {source}")]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        source: parquet::errors::ParquetError,
    },
    /// The caller asked to stop; nothing was left behind.
    #[error("stopped before the world was complete")]
    Stopped,
}

impl SimError {
    /// What the person at the keyboard can do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "choose a value within the range",
            Self::NotEmpty(_) => "choose a folder that is empty or does not exist yet",
            Self::NoName(_) => "name the folder, as in `--out world`",
            Self::Write { .. } => {
                "check that the folder can be written to and that the disk has room: 12 million \
                 customers take about 4 GB"
            }
            Self::Encode { .. } => "check that the disk has room, and try again",
            Self::Stopped => "run the same command again: the same seed gives the same world",
        }
    }
}

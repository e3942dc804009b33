//! Worlds written as the tables that `trace` reads: Parquet, CSV or JSON Lines.
//!
//! ```text
//! accounts customers tickets exports reports    one file each
//! events-2019-01 events-2019-02 …               one file a month, sorted by time
//! truth.json                                    what really happened, in a file of its own
//! ```
//! Only the module `folder` touches the disk.

mod batch;
mod company;
mod encode;
mod folder;
mod text;
pub(crate) mod truth;
mod world;

pub use company::write_incident;
pub use world::write_world;

/// The format of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Parquet with zstd; row groups of about a million rows.
    #[default]
    Parquet,
    /// CSV with a header, RFC 4180.
    Csv,
    /// JSON Lines, one object a row.
    Jsonl,
}

impl Format {
    /// All of them, for a command's choices.
    pub const ALL: [Self; 3] = [Self::Parquet, Self::Csv, Self::Jsonl];

    /// The format's name, which is also the files' extension.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// Rows that are encoded at a time: a row group of Parquet, some megabytes of text.
    fn rows_at_once(self) -> usize {
        match self {
            Self::Parquet => 1_000_000,
            Self::Csv | Self::Jsonl => 200_000,
        }
    }
}

#[cfg(test)]
mod tests;

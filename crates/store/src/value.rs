//! What goes into a statement and comes out of it: whole numbers, texts and bytes.
//!
//! The two databases agree on these, and on nothing else: neither a flag nor a number with a point
//! can be bound by mistake.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::db::DbError;

/// What a statement can bind.
#[derive(Clone, Debug)]
pub(crate) enum Val {
    I(Option<i64>),
    T(Option<String>),
    B(Option<Vec<u8>>),
}

/// A row that was found.
#[derive(Debug)]
pub(crate) enum Row {
    Lite(SqliteRow),
    Pg(PgRow),
}

impl Row {
    /// A whole number, or none.
    pub(crate) fn i(&self, column: &'static str) -> Result<Option<i64>, DbError> {
        Ok(match self {
            Self::Lite(row) => row.try_get(column)?,
            Self::Pg(row) => row.try_get(column)?,
        })
    }

    /// A text, or none.
    pub(crate) fn t(&self, column: &'static str) -> Result<Option<String>, DbError> {
        Ok(match self {
            Self::Lite(row) => row.try_get(column)?,
            Self::Pg(row) => row.try_get(column)?,
        })
    }

    /// Bytes, or none.
    pub(crate) fn b(&self, column: &'static str) -> Result<Option<Vec<u8>>, DbError> {
        Ok(match self {
            Self::Lite(row) => row.try_get(column)?,
            Self::Pg(row) => row.try_get(column)?,
        })
    }

    /// A number that must be there and have no sign.
    pub(crate) fn count(&self, column: &'static str) -> Result<u64, DbError> {
        self.maybe_count(column)?.ok_or(DbError::Column(column))
    }

    /// A number without a sign, or none.
    pub(crate) fn maybe_count(&self, column: &'static str) -> Result<Option<u64>, DbError> {
        let number = self.i(column)?.map(u64::try_from).transpose();
        number.map_err(|_error| DbError::Column(column))
    }

    /// A text that must be there.
    pub(crate) fn text(&self, column: &'static str) -> Result<String, DbError> {
        self.t(column)?.ok_or(DbError::Column(column))
    }

    /// Bytes that must be there.
    pub(crate) fn bytes(&self, column: &'static str) -> Result<Vec<u8>, DbError> {
        self.b(column)?.ok_or(DbError::Column(column))
    }

    /// Bytes of one length that must be there.
    pub(crate) fn array<const N: usize>(&self, column: &'static str) -> Result<[u8; N], DbError> {
        let bytes = self.bytes(column)?.try_into();
        bytes.map_err(|_bytes| DbError::Column(column))
    }

    /// Bytes of one length, or none.
    pub(crate) fn maybe_array<const N: usize>(
        &self,
        column: &'static str,
    ) -> Result<Option<[u8; N]>, DbError> {
        let bytes = self.b(column)?.map(<[u8; N]>::try_from).transpose();
        bytes.map_err(|_bytes| DbError::Column(column))
    }

    /// A text that has a meaning, which is read; or none.
    pub(crate) fn read<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, DbError> {
        let Some(text) = self.t(column)? else {
            return Ok(None);
        };
        read(&text).map(Some).ok_or(DbError::Column(column))
    }
}

impl Val {
    /// The value, if both databases can keep it.
    pub(crate) fn check(&self) -> Result<&Self, DbError> {
        match self {
            Self::T(Some(text)) if text.contains('\0') => Err(DbError::Nul),
            Self::I(_) | Self::T(_) | Self::B(_) => Ok(self),
        }
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Self::T(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Val {
    fn from(text: Option<String>) -> Self {
        Self::T(text)
    }
}

impl From<&[u8]> for Val {
    fn from(bytes: &[u8]) -> Self {
        Self::B(Some(bytes.to_vec()))
    }
}

impl<const N: usize> From<&[u8; N]> for Val {
    fn from(bytes: &[u8; N]) -> Self {
        Self::B(Some(bytes.to_vec()))
    }
}

impl From<u32> for Val {
    fn from(number: u32) -> Self {
        Self::I(Some(i64::from(number)))
    }
}

impl From<Option<u32>> for Val {
    fn from(number: Option<u32>) -> Self {
        Self::I(number.map(i64::from))
    }
}

/// A count as a database keeps it.
pub(crate) fn int(number: u64) -> Result<Val, DbError> {
    let number = i64::try_from(number).map_err(|_error| DbError::Large)?;
    Ok(Val::I(Some(number)))
}

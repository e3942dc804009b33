//! Rows of names that views were the first to bring up. Views themselves have no rows.

use countersign_core::record::Record;

use super::{Change, Told, sealed};
use crate::db::{DbError, Val, int};
use crate::many::Many;

/// Names were met; none where whoever they are of was erased.
pub(super) fn met(told: &Told<'_>) -> Result<Option<Change>, DbError> {
    let Some(Record::Met(_)) = &told.record else {
        return Ok(None);
    };
    let mut values = vec![
        int(told.leaf.seq)?,
        Val::from(&told.leaf.subject),
        Val::from(&told.leaf.id),
    ];
    values.extend(sealed(told));
    Ok(Some(Change::row(&MET, values)))
}

static MET: Many = Many {
    begin: "INSERT INTO met (seq, subject, event, nonce, sealed, commitment) VALUES ",
    width: 6,
    end: "",
};

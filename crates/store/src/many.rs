//! Rows that one statement puts in together: a statement for each would cost a way to the database
//! and back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use crate::db::{DbError, Tx, Val};

/// An insert of any number of rows: what stands before and behind their values.
#[derive(Debug)]
pub(crate) struct Many {
    pub(crate) begin: &'static str,
    /// Values of a row.
    pub(crate) width: usize,
    pub(crate) end: &'static str,
}

impl Many {
    /// The statement for so many rows. There are as many texts as there are powers of two up to
    /// [`MOST`], so that a connection can keep them prepared.
    fn text(&self, rows: usize) -> &'static str {
        static TEXTS: Mutex<BTreeMap<(&str, usize), &str>> = Mutex::new(BTreeMap::new());
        // A text is put in whole or not at all.
        let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        texts.entry((self.begin, rows)).or_insert_with(|| {
            let mut text = self.begin.to_owned();
            for row in 0..rows {
                text += if row == 0 { "(" } else { ", (" };
                for value in 1..=self.width {
                    let separator = if value == 1 { "" } else { ", " };
                    let _ = write!(text, "{separator}${}", row * self.width + value);
                }
                text += ")";
            }
            text += self.end;
            text.leak()
        })
    }
}

impl Tx {
    /// Puts rows in, and gives how many were.
    pub(crate) async fn insert(
        &mut self,
        many: &Many,
        rows: &[impl AsRef<[Val]>],
    ) -> Result<u64, DbError> {
        let (mut rest, mut done) = (rows, 0);
        while !rest.is_empty() {
            let most = 1 << rest.len().ilog2();
            let (now, later) = rest.split_at(most.min(MOST));
            let values: Vec<Val> = now.iter().flat_map(|row| row.as_ref()).cloned().collect();
            done += self.exec(many.text(now.len()), &values).await?;
            rest = later;
        }
        Ok(done)
    }
}

/// Rows of one statement. SQLite looks each value up by its name, which takes the longer the more
/// there are.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[test]
    fn any_number_of_rows_is_put_in_with_few_texts() {
        const ROWS: Many = Many {
            begin: "INSERT INTO some (one, two) VALUES ",
            width: 2,
            end: " ON CONFLICT (one) DO NOTHING",
        };
        assert_eq!(
            ROWS.text(2),
            "INSERT INTO some (one, two) VALUES ($1, $2), ($3, $4) ON CONFLICT (one) DO NOTHING"
        );
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let db = Db::lite(&folder.path().join("one.db")).await.unwrap();
            let made = "CREATE TABLE some (one BIGINT PRIMARY KEY, two TEXT)";
            db.exec(made, &[]).await.unwrap();
            let mut expected = 0;
            for many in [0, 1, 3, 64, 65, 200] {
                let row = |number: i64| [Val::I(Some(expected + number)), Val::from("it")];
                let rows: Vec<_> = (0..many).map(row).collect();
                let mut tx = db.begin().await.unwrap();
                let added = tx.insert(&ROWS, &rows).await.unwrap();
                assert_eq!(added, u64::try_from(many).unwrap());
                assert_eq!(tx.insert(&ROWS, &rows).await.unwrap(), 0);
                tx.commit().await.unwrap();
                expected += many;
                let rows = db.all("SELECT one FROM some ORDER BY one", &[]).await;
                assert_eq!(rows.unwrap().len(), usize::try_from(expected).unwrap());
            }
            db.close().await;
        });
    }
}

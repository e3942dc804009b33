//! Cases and what was shown in them, as they are read.

use countersign_core::ledger::Kind;
use countersign_core::record::{Case, Record, Run};
use countersign_core::reference::Reference;
use countersign_ledger::leaf::Token;

use super::Sealed;
use crate::db::{DbError, Row, Val};
use crate::error::StoreError;
use crate::store::Store;
use crate::words::of_word;

/// A case; of one that was erased only the places in the ledger are left.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// The subject of its entries.
    pub token: Token,
    /// Place of the entry that opened it.
    pub opened: u64,
    /// Who opened it.
    pub by: Option<Token>,
    /// Who works on it, if a supervisor gave it to somebody.
    pub assigned: Option<Token>,
    /// How people speak of it; none if it was erased.
    pub reference: Option<Reference>,
    /// What it fixes, with its title; none if it was erased.
    pub case: Option<Case>,
    /// Whether it was erased.
    pub erased: bool,
}

/// What was shown in a case, once.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// Its place in the ledger.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What was shown; none if the case was erased.
    pub run: Option<Run>,
}

impl CaseRow {
    /// Who works on it: whoever it was given to, or else whoever opened it.
    #[must_use]
    pub fn worker(&self) -> Option<Token> {
        self.assigned.or(self.by)
    }
}

impl Store {
    /// All cases, in the order of the ledger.
    ///
    /// # Errors
    /// What the database says.
    pub async fn cases(&self) -> Result<Vec<CaseRow>, StoreError> {
        let rows = self.db.all(ALL, &[]).await?;
        self.titled(&rows).await
    }

    /// The case with a reference.
    ///
    /// # Errors
    /// What the database says.
    pub async fn case(&self, reference: &Reference) -> Result<Option<CaseRow>, StoreError> {
        let name = Val::from(reference.plain().as_str());
        let row = self.db.one(ONE, &[name]).await?;
        Ok(self.titled(row.as_slice()).await?.pop())
    }

    /// What was shown in a case, in the order of the ledger.
    ///
    /// # Errors
    /// What the database says.
    pub async fn runs(&self, case: &Token) -> Result<Vec<RunRow>, StoreError> {
        let read = |row: &Row| -> Result<RunRow, DbError> {
            Ok(RunRow {
                seq: row.count("seq")?,
                at: row.count("at")?,
                run: row.i("run")?.map(|_| run(row)).transpose()?,
            })
        };
        let rows = self.db.all(RUNS, &[Val::from(case)]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn titled(&self, rows: &[Row]) -> Result<Vec<CaseRow>, StoreError> {
        let mut cases = Vec::new();
        for row in rows {
            let token = row.array("token")?;
            let sealed = Sealed::of(row, Kind::Case, token)?;
            let said = self.opened_one(sealed.as_ref()).await?;
            cases.push(CaseRow {
                token,
                opened: row.count("opened_seq")?,
                by: row.maybe_array("opened_by")?,
                assigned: row.maybe_array("assigned")?,
                reference: row.read("reference", |text| text.parse().ok())?,
                case: match said {
                    Some(Record::Case(said)) => Some(said),
                    _ => None,
                },
                erased: row.count("erased")? != 0,
            });
        }
        Ok(cases)
    }
}

fn run(row: &Row) -> Result<Run, DbError> {
    let small = |column| -> Result<u32, DbError> {
        let number = u32::try_from(row.count(column)?);
        number.map_err(|_error| DbError::Column(column))
    };
    let state = row.read("state", of_word)?;
    let named = row.read("named", |text| serde_json::from_str(text).ok())?;
    Ok(Run {
        run: small("run")?,
        version: small("version")?,
        reports: row.count("reports")?,
        digest: row.text("digest")?,
        state: state.ok_or(DbError::Column("state"))?,
        lead: row.t("lead")?,
        named: named.ok_or(DbError::Column("named"))?,
        verdict: row.text("verdict")?,
    })
}

const ALL: &str = "SELECT token, opened_seq, event, reference, opened_by, assigned, nonce, \
    sealed, commitment, erased FROM cases ORDER BY opened_seq";
const ONE: &str = "SELECT token, opened_seq, event, reference, opened_by, assigned, nonce, \
    sealed, commitment, erased FROM cases WHERE reference = $1";
const RUNS: &str = "SELECT r.seq, e.at, r.run, r.version, r.reports, r.digest, r.state, r.lead, \
    r.named, r.verdict FROM run r JOIN entry e ON e.seq = r.seq WHERE r.case_token = $1 \
    ORDER BY r.seq";

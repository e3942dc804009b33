//! Reports as they are read.

use countersign_core::ledger::Kind;
use countersign_core::record::{Proof, Record, Report, Way};
use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::respond::statement::Pretext;
use countersign_core::time::Second;
use countersign_ledger::leaf::Token;

use super::Sealed;
use crate::db::{DbError, Row, Val, int};
use crate::error::StoreError;
use crate::store::Store;
use crate::words::of_word;

/// A report; of one that was erased only the places in the ledger are left.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// Who reports.
    pub token: Token,
    /// Its place in the ledger.
    pub seq: u64,
    /// What the customer was given to ask after it.
    pub reference: Option<Reference>,
    /// When it came in.
    pub received: Option<Second>,
    /// When the contact was, if that was said.
    pub called: Option<Second>,
    /// How they reached the customer.
    pub channel: Option<Channel>,
    /// What they told, if that was said.
    pub pretext: Option<Pretext>,
    /// Which way it came.
    pub way: Option<Way>,
    /// Place of the entry since which it counts as verified.
    pub verified: Option<u64>,
    /// How it was verified.
    pub proof: Option<Proof>,
    /// Whether who reports was erased.
    pub erased: bool,
    /// What was said: see [`Store::said`].
    pub sealed: Option<Sealed>,
}

/// Which reports are asked for, and in which order.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportPage {
    /// Behind the report of this place in the ledger.
    pub after: Option<u64>,
    /// So many at most.
    pub limit: u32,
    /// All of them or some.
    pub which: Which,
    /// When the contact was; when it came in, where that was not said.
    pub called: Between,
    /// When it came in.
    pub received: Between,
    /// Which comes first.
    pub order: Order,
}

/// All reports or some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those of customers who have shown control of a channel on file.
    Verified,
}

/// Which report comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// In the order of the ledger.
    #[default]
    Oldest,
    /// The other way round.
    Newest,
}

/// A span of time; what was erased has none and is left out where one is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// From this second on.
    pub from: Option<Second>,
    /// Before this second.
    pub until: Option<Second>,
}

impl Store {
    /// The report with a reference.
    ///
    /// # Errors
    /// What the database says.
    pub async fn report(&self, reference: &Reference) -> Result<Option<ReportRow>, StoreError> {
        let name = Val::from(reference.plain().as_str());
        let row = self.db.one(ONE, &[name]).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// The report of who has this token.
    ///
    /// # Errors
    /// What the database says.
    pub async fn report_of(&self, token: &Token) -> Result<Option<ReportRow>, StoreError> {
        let row = self.db.one(OF, &[Val::from(token)]).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// A page of reports.
    ///
    /// # Errors
    /// What the database says.
    pub async fn reports(&self, page: &ReportPage) -> Result<Vec<ReportRow>, StoreError> {
        let second = |second: Option<Second>| Val::from(second.map(|second| second.0));
        let values = [
            page.after.map_or(Ok(Val::I(None)), int)?,
            Val::from(u32::from(page.which == Which::Verified)),
            second(page.called.from),
            second(page.called.until),
            second(page.received.from),
            second(page.received.until),
            Val::from(page.limit),
        ];
        let sql = match page.order {
            Order::Oldest => OLDEST,
            Order::Newest => NEWEST,
        };
        let rows = self.db.all(sql, &values).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// When reports of contacts within a time were verified, in that order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn verified_at(&self, called: Between) -> Result<Vec<Second>, StoreError> {
        let second = |second: Option<Second>| Val::from(second.map(|second| second.0));
        let values = [second(called.from), second(called.until)];
        let read = |row: &Row| -> Result<Second, DbError> {
            let unix = i64::try_from(row.count("at")? / 1000).ok();
            let second = unix.and_then(Second::from_unix);
            second.ok_or(DbError::Column("at"))
        };
        let rows = self.db.all(VERIFIED_AT, &values).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// What was said in a report; none where it does not open, as that of who was erased.
    ///
    /// # Errors
    /// What the database says.
    pub async fn said(&self, report: &ReportRow) -> Result<Option<Report>, StoreError> {
        Ok(match self.opened_one(report.sealed.as_ref()).await? {
            Some(Record::Report(said)) => Some(said),
            _ => None,
        })
    }
}

fn read(row: &Row) -> Result<ReportRow, DbError> {
    let second = |column| -> Result<_, DbError> {
        let number = row.maybe_count(column)?.map(u32::try_from).transpose();
        Ok(number
            .map_err(|_error| DbError::Column(column))?
            .map(Second))
    };
    let token = row.array("token")?;
    Ok(ReportRow {
        token,
        seq: row.count("seq")?,
        reference: row.read("reference", |text| text.parse().ok())?,
        received: second("received")?,
        called: second("called")?,
        channel: row.read("channel", of_word)?,
        pretext: row.read("pretext", of_word)?,
        way: row.read("way", of_word)?,
        verified: row.maybe_count("verified_seq")?,
        proof: row.read("proof", of_word)?,
        erased: row.count("erased")? != 0,
        sealed: Sealed::of(row, Kind::Report, token)?,
    })
}

macro_rules! reports {
    ($rest:literal) => {
        concat!(
            "SELECT token, seq, event, reference, received, called, channel, pretext, way, \
             verified_seq, proof, nonce, sealed, commitment, erased FROM report WHERE ",
            $rest
        )
    };
}

macro_rules! page {
    ($after:literal, $order:literal) => {
        concat!(
            reports!("($1 IS NULL OR seq "),
            $after,
            " $1) AND ($2 = 0 OR verified_seq IS NOT NULL) \
             AND ($3 IS NULL OR COALESCE(called, received) >= $3) \
             AND ($4 IS NULL OR COALESCE(called, received) < $4) \
             AND ($5 IS NULL OR received >= $5) AND ($6 IS NULL OR received < $6) ORDER BY seq ",
            $order,
            " LIMIT $7"
        )
    };
}

const VERIFIED_AT: &str = "SELECT entry.at AS at FROM report \
    JOIN entry ON entry.seq = report.verified_seq \
    WHERE ($1 IS NULL OR COALESCE(called, received) >= $1) \
    AND ($2 IS NULL OR COALESCE(called, received) < $2) ORDER BY report.verified_seq";
const ONE: &str = reports!("reference = $1");
const OF: &str = reports!("token = $1");
const OLDEST: &str = page!(">", "ASC");
const NEWEST: &str = page!("<", "DESC");

//! Views that come while the server runs: from programs, and from logs that are followed.
//!
//! What comes waits in a queue that has an end. One task takes it from there: rows that are known
//! already are left out, names become numbers, the rest goes into the ledger as one entry, and only
//! then whoever sent it is answered and the desk is told. Nothing of it is a row of a table but the
//! names, which are sealed.

mod follow;
mod keys;
mod names;
mod sources;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign_core::record::{Seen, Source, Through};
use countersign_import::Line;
use countersign_ledger::leaf::Token;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::follow::follow;
pub(crate) use self::names::{Name, Named};
pub(crate) use self::sources::Sources;
pub(crate) use self::writer::{Known, Writer};

/// Rows of one source.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) source: Source,
    /// How far a file was read with them.
    pub(crate) through: Option<Through>,
    pub(crate) by: Option<Token>,
    pub(crate) lines: Vec<Line>,
}

/// What became of a batch that is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Took {
    /// Rows that are on record with it.
    pub(crate) taken: u64,
    /// Rows that were on record already.
    pub(crate) known: u64,
}

/// A batch that was not taken.
#[derive(Clone, Debug, Error)]
pub(crate) enum ViewsError {
    /// So much waits that no more is taken.
    #[error("too much waits to be put on record")]
    Behind,
    /// It could not be put on record.
    #[error("views could not be put on record: {0}")]
    Failed(String),
}

/// What the desk is told: names in the order of their numbers, then rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Came {
    pub(crate) named: Vec<Named>,
    pub(crate) rows: Vec<Seen>,
}

type Order = (Batch, oneshot::Sender<Result<Took, ViewsError>>);

/// Where views are handed in.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    queue: mpsc::Sender<Order>,
    waiting: Arc<AtomicUsize>,
    most: usize,
}

impl Intake {
    /// An intake and what the writer takes from.
    pub(crate) fn new() -> (Self, Queue) {
        let (queue, orders) = mpsc::channel(MOST_BATCHES);
        let waiting = Arc::new(AtomicUsize::new(0));
        let intake = Self {
            queue,
            waiting: Arc::clone(&waiting),
            most: MOST_ROWS,
        };
        (intake, Queue { orders, waiting })
    }

    /// Puts rows on record; they are durable on return. Whether or not its caller waits for it, what
    /// was begun is done to its end.
    pub(crate) async fn take(&self, batch: Batch) -> Result<Took, ViewsError> {
        let rows = batch.lines.len();
        let before = self.waiting.fetch_add(rows, Ordering::AcqRel);
        let (answer, answered) = oneshot::channel();
        // A single batch is taken however large it is.
        if (before > 0 && before + rows > self.most)
            || self.queue.try_send((batch, answer)).is_err()
        {
            self.waiting.fetch_sub(rows, Ordering::AcqRel);
            return Err(ViewsError::Behind);
        }
        answered
            .await
            .unwrap_or_else(|_gone| Err(ViewsError::Failed("the server stops".to_owned())))
    }
}

/// What waits to be put on record.
#[derive(Debug)]
pub(crate) struct Queue {
    orders: mpsc::Receiver<Order>,
    waiting: Arc<AtomicUsize>,
}

impl Queue {
    /// Some batches that waited together; none when nobody hands in any more.
    async fn next(&mut self) -> Option<Vec<Order>> {
        let mut orders = vec![self.orders.recv().await?];
        let mut rows = rows_of(&orders);
        while rows < ROWS_AT_ONCE
            && orders.len() < BATCHES_AT_ONCE
            && let Ok(order) = self.orders.try_recv()
        {
            rows += order.0.lines.len();
            orders.push(order);
        }
        Some(orders)
    }

    fn done(&self, rows: usize) {
        self.waiting.fetch_sub(rows, Ordering::AcqRel);
    }
}

fn rows_of(orders: &[Order]) -> usize {
    orders.iter().map(|(batch, _)| batch.lines.len()).sum()
}

/// Batches and rows that wait at most: ten seconds' worth of the most that is promised.
const MOST_BATCHES: usize = 256;
const MOST_ROWS: usize = 200_000;
/// What goes into the ledger as one write: with what one request may add, names for each row still fit.
const BATCHES_AT_ONCE: usize = 64;
const ROWS_AT_ONCE: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(rows: usize) -> Batch {
        Batch {
            source: Source::default(),
            through: None,
            by: None,
            lines: vec![Line::default(); rows],
        }
    }

    #[tokio::test]
    async fn more_than_can_wait_is_sent_back_and_one_batch_is_always_taken() {
        let (mut intake, mut queue) = Intake::new();
        intake.most = 10;
        let first = tokio::spawn({
            let intake = intake.clone();
            async move { intake.take(batch(50)).await }
        });
        let orders = queue.next().await.unwrap();
        assert!(matches!(
            intake.take(batch(1)).await,
            Err(ViewsError::Behind)
        ));
        queue.done(rows_of(&orders));
        for (_, answer) in orders {
            answer.send(Ok(Took::default())).unwrap();
        }
        assert!(first.await.unwrap().is_ok());
        let second = tokio::spawn(async move { intake.take(batch(10)).await });
        assert_eq!(rows_of(&queue.next().await.unwrap()), 10);
        assert!(matches!(second.await.unwrap(), Err(ViewsError::Failed(_))));
    }
}

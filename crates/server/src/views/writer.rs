//! The one task that puts views on record.

use countersign_core::record::{self, Record, Seen, Views};
use countersign_ledger::leaf::Token;
use countersign_store::{Event, MetRow, Store, StoreError};

use super::keys::Keys;
use super::names::{Name, Named, Names, New};
use super::sources::Sources;
use super::{Batch, Came, Queue, Took, ViewsError, rows_of};
use crate::app::App;

/// What is on record, for who puts more on record.
#[derive(Debug)]
pub(crate) struct Known {
    names: Names,
    keys: Keys,
    server: Token,
}

/// Puts views on record until nobody hands in any more.
#[derive(Debug)]
pub(crate) struct Writer {
    known: Known,
    queue: Queue,
}

/// A batch as it goes on record.
struct Written {
    views: Views,
    by: Option<Token>,
    took: Took,
}

impl Known {
    /// Reads what is on record, and gives it as the desk is told of it.
    pub(crate) async fn read(store: &Store, sources: &Sources) -> Result<(Self, Came), StoreError> {
        let mut known = Self {
            names: Names::new(store.secret(crate::names::HIDES)),
            keys: Keys::new(*store.secret("views that come again")),
            server: store.server(),
        };
        let mut came = Came::default();
        let named = &mut came.named;
        for MetRow { subject, met } in store.met().await? {
            known
                .names
                .learn(subject, met, &mut |name| named.push(name));
        }
        // As they were told when they came: by the place of the entry, which is that of the number.
        came.named.sort_by_key(order);
        let (told, batches) = std::sync::mpsc::channel();
        let read = store.views(move |views| {
            // Who listens is below.
            let _ = told.send(views);
        });
        read.await?;
        for Views {
            source,
            through,
            rows,
        } in batches
        {
            for row in &rows {
                known.names.seen([row.account, row.customer, row.ticket]);
                known.keys.add(row);
            }
            sources.said(&source, &rows, through);
            came.rows.extend(rows);
        }
        Ok((known, came))
    }

    /// What of a batch is new, with numbers for names; `None`: no token can be made.
    fn written(
        &mut self,
        batch: &Batch,
        new: &mut New,
        mut token: impl FnMut() -> std::io::Result<Token>,
    ) -> std::io::Result<Written> {
        let mut rows: Vec<Seen> = Vec::with_capacity(batch.lines.len());
        for line in &batch.lines {
            let names = [&*line.account, &*line.customer, &*line.ticket];
            let numbers = self.names.numbers(names, self.server, new, &mut token);
            let [account, customer, ticket] = match numbers {
                Ok(numbers) => numbers,
                Err(error) => {
                    self.forget(&rows);
                    return Err(error);
                }
            };
            let id = line.id.as_ref().filter(|id| !id.is_empty());
            let row = Seen {
                second: line.second,
                account,
                customer,
                ticket,
                did: did(line.did),
                key: id.map(|id| self.keys.named(&batch.source, id)),
            };
            if self.keys.add(&row) {
                rows.push(row);
            }
        }
        let taken = rows.len() as u64;
        Ok(Written {
            views: Views {
                source: batch.source.clone(),
                through: batch.through,
                rows,
            },
            by: batch.by,
            took: Took {
                taken,
                known: batch.lines.len() as u64 - taken,
            },
        })
    }

    fn forget(&mut self, rows: &[Seen]) {
        for row in rows {
            self.keys.forget(row);
        }
    }
}

impl Writer {
    pub(crate) fn new(known: Known, queue: Queue) -> Self {
        Self { known, queue }
    }

    /// Runs until nobody hands in any more, or it is stopped between two writes.
    pub(crate) async fn run(mut self, app: App, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            let orders = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => None,
                orders = self.queue.next() => orders,
            };
            let Some(orders) = orders else {
                return;
            };
            let rows = rows_of(&orders);
            let (batches, answers): (Vec<Batch>, Vec<_>) = orders.into_iter().unzip();
            let took = self.put(&app, &batches).await;
            if let Err(error) = &took {
                tracing::error!(
                    error = error as &dyn core::error::Error,
                    "views were not put on record; whoever sent them is told to send them again"
                );
            }
            self.queue.done(rows);
            for (place, answer) in answers.into_iter().enumerate() {
                let took = took.as_ref().map_err(Clone::clone);
                // Who asked may have gone.
                let _ = answer.send(took.map(|all| all[place]));
            }
        }
    }

    /// Puts batches on record as one write, and tells the desk.
    async fn put(&mut self, app: &App, batches: &[Batch]) -> Result<Vec<Took>, ViewsError> {
        let mut new = New::default();
        let mut all: Vec<Written> = Vec::with_capacity(batches.len());
        let mut failed = None;
        for batch in batches {
            match self.known.written(batch, &mut new, || app.chance()) {
                Ok(written) => all.push(written),
                Err(error) => {
                    failed = Some(error.to_string());
                    break;
                }
            }
        }
        let durable = match failed {
            Some(error) => Err(error),
            None => append(app, &new, &all, self.known.server).await,
        };
        if let Err(error) = durable {
            for written in &all {
                self.known.forget(&written.views.rows);
            }
            self.known.names.forget(&new);
            return Err(ViewsError::Failed(error));
        }
        let mut came = Came {
            named: new.named,
            rows: Vec::new(),
        };
        let mut took = Vec::with_capacity(all.len());
        for Written {
            views, took: of, ..
        } in all
        {
            took.push(of);
            let sources = app.sources();
            sources.said(&views.source, &views.rows, views.through);
            came.rows.extend(views.rows);
        }
        if !came.rows.is_empty() {
            app.judge().came(came);
        }
        Ok(took)
    }
}

/// Makes entries durable. What is durable counts, whatever becomes of its rows.
async fn append(app: &App, new: &New, all: &[Written], server: Token) -> Result<(), String> {
    let event = |record, subject, by| Event::new(record, subject, by);
    let met = new.met.iter();
    let met = met.map(|(subject, met)| event(Record::Met(met.clone()), *subject, None));
    let views = all.iter().filter(|written| {
        // A file that was read on is on record although it told nothing new.
        !written.views.rows.is_empty() || written.views.through.is_some()
    });
    let views =
        views.map(|written| event(Record::Views(written.views.clone()), server, written.by));
    let events: Vec<Event> = met.chain(views).collect();
    if events.is_empty() {
        return Ok(());
    }
    match app.store().append(events).await {
        Ok(_) | Err(StoreError::BeingWritten(_) | StoreError::Stopped(_)) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn did(did: countersign_import::Did) -> record::Did {
    use countersign_import::Did;
    match did {
        Did::View => record::Did::View,
        Did::Search => record::Did::Search,
        Did::Export => record::Did::Export,
        Did::Change => record::Did::Change,
    }
}

/// Names are told kind by kind, in the order of their numbers.
pub(super) fn order(named: &Named) -> (u8, u32) {
    let kind = match named.what {
        Name::Account => 0,
        Name::Customer => 1,
        Name::Ticket => 2,
    };
    (kind, named.number)
}

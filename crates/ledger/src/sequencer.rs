//! One writer for many callers: events that wait together become durable together.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use crate::log::{Append, Log, Refused};
use crate::mark::Marked;

/// Hands events of many callers to the one log.
#[derive(Debug)]
pub struct Sequencer {
    requests: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<Log>>,
}

/// A caller's way to the sequencer.
#[derive(Clone, Debug)]
pub struct Caller(SyncSender<Request>);

#[derive(Debug)]
struct Request {
    events: Vec<Append>,
    answer: SyncSender<Result<Vec<u64>, Refused>>,
}

impl Sequencer {
    /// Takes over the log; `clock` tells milliseconds since 1970.
    pub fn new(log: Log, clock: impl Fn() -> u64 + Send + 'static) -> Self {
        Self::with_watch(log, clock, |_| {})
    }

    /// The same, and shows the log after each batch, before its callers are answered: what follows
    /// the log learns of its size and its checkpoint. All callers wait for it.
    pub fn with_watch(
        mut log: Log,
        clock: impl Fn() -> u64 + Send + 'static,
        mut watch: impl FnMut(&Log) + Send + 'static,
    ) -> Self {
        let (requests, waiting) = mpsc::sync_channel::<Request>(MOST_WAITING);
        let thread = thread::spawn(move || {
            // A mark is made beside what is appended, since it waits for the disk for long.
            let mut marking: Option<JoinHandle<Marked>> = None;
            while let Some((callers, answers)) = together(&waiting) {
                let done = log.append(&callers, clock());
                watch(&log);
                for (answer, done) in answers.into_iter().zip(done) {
                    // A caller that has gone does not want its answer.
                    let _ = answer.send(done);
                }
                if let Some(made) = marking.take_if(|marking| marking.is_finished()) {
                    end_mark(&mut log, made);
                }
                if marking.is_none() && log.is_mark_due() {
                    let begun = log.begin_mark(clock());
                    marking = begun.map(|begun| thread::spawn(|| begun.run()));
                }
            }
            if let Some(made) = marking {
                end_mark(&mut log, made);
            }
            // Without it the next start reads more of the journal, and nothing is lost.
            let _ = log.mark(clock());
            log
        });
        Self {
            requests: Some(requests),
            thread: Some(thread),
        }
    }

    /// Another caller.
    #[must_use]
    pub fn caller(&self) -> Option<Caller> {
        self.requests.clone().map(Caller)
    }

    /// Takes no more events, and gives the log back when all callers are gone.
    #[must_use]
    pub fn close(mut self) -> Option<Log> {
        self.requests = None;
        self.thread.take()?.join().ok()
    }
}

impl Caller {
    /// Appends events that belong together; they are durable on return, at these places.
    ///
    /// # Errors
    /// None of them is known to be in the log; the same events may be handed in again.
    pub fn append(&self, events: Vec<Append>) -> Result<Vec<u64>, Refused> {
        let (answer, answered) = mpsc::sync_channel(1);
        let gone = || Refused::Stopped("the sequencer has ended".to_owned());
        let request = Request { events, answer };
        self.0.send(request).map_err(|_error| gone())?;
        answered.recv().unwrap_or_else(|_error| Err(gone()))
    }
}

/// Goes on after a mark; one that was not made leaves a longer start, and is tried again.
fn end_mark(log: &mut Log, made: JoinHandle<Marked>) {
    let made = made.join().unwrap_or_else(|_| Marked::failed());
    let _ = log.end_mark(made);
}

type Together = (Vec<Vec<Append>>, Vec<SyncSender<Result<Vec<u64>, Refused>>>);

/// Waits for a caller, and takes those that wait beside it.
fn together(waiting: &Receiver<Request>) -> Option<Together> {
    let first = waiting.recv().ok()?;
    let (mut callers, mut answers) = (vec![first.events], vec![first.answer]);
    let size = |events: &Vec<Append>| -> usize {
        let parts = events.iter().flat_map(|event| &event.parts);
        parts.map(|part| part.sealed.len()).sum()
    };
    let mut events = callers.first().map_or(0, Vec::len);
    let mut bytes = callers.first().map_or(0, size);
    while events < MOST_EVENTS
        && bytes < MOST_BYTES
        && let Ok(next) = waiting.try_recv()
    {
        events += next.events.len();
        bytes += size(&next.events);
        callers.push(next.events);
        answers.push(next.answer);
    }
    Some((callers, answers))
}

/// Events of one batch, more or less.
const MOST_EVENTS: usize = 4096;
/// Bytes of sealed parts of one batch, more or less.
const MOST_BYTES: usize = 64 << 20;
const MOST_WAITING: usize = 1024;

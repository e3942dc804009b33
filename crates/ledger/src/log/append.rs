//! Taking events: who may go in, where each stands, and in which order it becomes true.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io;

use super::state::Ahead;
use super::{Append, Log, Refused, sign};
use crate::gate::Times;
use crate::heads::Head;
use crate::journal::{AppendError, Draft, Journal as _};
use crate::leaf::{EventId, Leaf, MOST_PARTS, NOBODY, is_old};
use crate::served::Fresh;

/// The entries of a batch that is being put together.
#[derive(Debug)]
struct Growing {
    next: Ahead,
    fresh: Fresh,
    draft: Draft,
}

impl Log {
    /// Appends the events of several callers as one batch; each caller's go in together or not at
    /// all. Gives the places of each caller's events; an event that is known keeps its place.
    ///
    /// `now` is milliseconds since 1970. An event whose name is older than half of what is
    /// remembered is refused: whether it went in before can't be told for sure.
    pub fn append(&mut self, callers: &[Vec<Append>], now: u64) -> Vec<Result<Vec<u64>, Refused>> {
        if let Err(cause) = self.catch_up() {
            return callers.iter().map(|_| Err(again(&cause))).collect();
        }
        let mut answers = Vec::new();
        let before = self.journal.position().digest;
        let mut batch = Growing {
            next: self.state.ahead(),
            fresh: Fresh::default(),
            draft: Draft::new(self.state.edge.size(), EPOCH, before),
        };
        for events in callers {
            let answer = self.take_in(events, now, &mut batch);
            if let Err(Refused::Stopped(cause)) = &answer {
                self.stopped = Some(cause.clone());
                return callers.iter().map(|_| Err(stopped(cause))).collect();
            }
            answers.push(answer);
        }
        if batch.draft.is_empty() {
            return answers;
        }
        self.state.forget_some(self.times(now));
        match self.commit(batch) {
            Ok(()) => answers,
            Err(cause) => answers
                .into_iter()
                .map(|answer| answer.and_then(|_| Err(again(&cause))))
                .collect(),
        }
    }

    fn commit(&mut self, growing: Growing) -> Result<(), Refused> {
        let Growing {
            mut next,
            fresh,
            draft,
        } = growing;
        let first = draft.first_seq();
        let batch = draft.finish(&next.edge.root());
        if let Err(error) = self.journal.append(&batch) {
            self.state.gate.undo(&mut next.undo, 0);
            return Err(error.into());
        }
        // From here on the events are in the log, whatever else fails: the caller may ask again.
        self.state.follow(next);
        self.behind = Some((fresh, first));
        self.catch_up()
    }

    /// Brings what is served up to the journal, and signs it.
    fn catch_up(&mut self) -> Result<(), Refused> {
        if let Some(cause) = &self.stopped {
            return Err(stopped(cause));
        }
        let Some((fresh, before)) = &self.behind else {
            return Ok(());
        };
        let written = self.served.write(fresh, *before);
        written.map_err(AppendError::Full)?;
        self.note = sign(&self.signer, &self.state.edge).map_err(|error| {
            self.stopped = Some(error.to_string());
            Refused::Stopped(error.to_string())
        })?;
        self.behind = None;
        self.signed = self.state.edge.size();
        // The next start signs the same note again, so this file may be late.
        let _ = self.publish();
        Ok(())
    }

    /// Gives one caller's events their places in the batch, or none of them.
    fn take_in(
        &mut self,
        events: &[Append],
        now: u64,
        batch: &mut Growing,
    ) -> Result<Vec<u64>, Refused> {
        let bad = Refused::Bad;
        let new = self.look(events, now, batch).map_err(unread)?;
        let new = new.map_err(bad)?;
        let keep = batch.next.undo.len();
        for event in new {
            let undo = &mut batch.next.undo;
            let times = self.times(now);
            let gate = &mut self.state.gate;
            if let Err(what) = gate.admit(&event.leaf, &event.rules, times, undo) {
                gate.undo(undo, keep);
                return Err(bad(what));
            }
        }
        let places = events.iter().map(|event| self.place(event, batch));
        places.collect::<io::Result<_>>().map_err(unread)
    }

    pub(super) fn times(&self, now: u64) -> Times {
        Times {
            now,
            remembered: self.settings.remembered,
        }
    }

    /// Checks what each event is by itself. Gives those that are new and have rules.
    fn look<'a>(
        &self,
        events: &'a [Append],
        now: u64,
        batch: &Growing,
    ) -> io::Result<Result<Vec<&'a Append>, &'static str>> {
        let half = self.settings.remembered / 2;
        let (mut new, mut bytes) = (Vec::new(), 0);
        let mut names: HashMap<EventId, &Append> = HashMap::new();
        if events.len() > MOST_EVENTS {
            return Ok(Err("more than 65,536 events at once"));
        }
        for event in events {
            if event.parts.len() != event.leaf.parts.len() || event.parts.len() > MOST_PARTS {
                return Ok(Err("the leaf does not commit to these parts"));
            }
            if event.rules.len() > MOST_RULES {
                return Ok(Err("more than 255 rules"));
            }
            for part in &event.parts {
                if part.sealed.len() > LONGEST_PART {
                    return Ok(Err("a part is longer than 16 MiB"));
                }
                bytes += part.sealed.len();
            }
            let time = event.leaf.time();
            if time > now.saturating_add(half) {
                return Ok(Err("the event's name is of the future"));
            }
            if is_old(&event.leaf.id) {
                if !event.rules.is_empty() {
                    return Ok(Err("what an old log tells is under no rules"));
                }
                continue;
            }
            if let Some(before) = self.known(&event.leaf.id, batch)? {
                if !same(&before, &event.leaf) {
                    return Ok(Err("another event has this name"));
                }
                continue;
            }
            if time.saturating_add(half) < now {
                return Ok(Err("the event's name is too old to be taken once"));
            }
            match names.insert(event.leaf.id, event) {
                Some(before) if before != event => {
                    return Ok(Err("another event has this name"));
                }
                Some(_) => {}
                None if event.rules.is_empty() => {}
                None => new.push(event),
            }
        }
        if bytes > LONGEST_CALL {
            return Ok(Err("more than 64 MiB at once"));
        }
        Ok(Ok(new))
    }

    /// The leaf of an event that is in the log or in this batch.
    fn known(&self, id: &EventId, batch: &Growing) -> io::Result<Option<Leaf>> {
        let bytes = if let Some(seq) = self.state.known.get(id) {
            self.served.entry(*seq)?
        } else if let Some(seq) = batch.next.known.get(id) {
            let leaf = batch.draft.leaf(*seq);
            leaf.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec()
        } else {
            return Ok(None);
        };
        Leaf::decode(&bytes).map(Some).map_err(io::Error::other)
    }

    /// Gives an event its place, or the one that it has.
    fn place(&self, event: &Append, batch: &mut Growing) -> io::Result<u64> {
        let id = event.leaf.id;
        let next = &mut batch.next;
        if let Some(seq) = self.state.known.get(&id).or_else(|| next.known.get(&id)) {
            return Ok(*seq);
        }
        let seq = next.edge.size();
        let subject = event.leaf.subject;
        let mut head = Head::default();
        if subject != NOBODY {
            let last = match next.heads.entry(subject) {
                Slot::Occupied(head) => *head.get(),
                Slot::Vacant(_) => self.state.heads.get(&subject)?,
            };
            let number = last.number.checked_add(1);
            head.number = number.ok_or(io::Error::other("too many entries about a subject"))?;
            head.hash = last.hash;
        }
        let leaf = event.leaf.encode_at(seq, head.number, &head.hash);
        head.hash = self.served.add(&mut batch.fresh, &mut next.edge, &leaf);
        if subject != NOBODY {
            next.heads.insert(subject, head);
        }
        if !is_old(&id) {
            next.known.insert(id, seq);
        }
        batch.draft.add(&id, &leaf, &event.parts, &event.rules);
        Ok(seq)
    }
}

/// Whether two leaves say the same, apart from what the log fills.
fn same(kept: &Leaf, asked: &Leaf) -> bool {
    (kept.id, kept.kind, kept.subject) == (asked.id, asked.kind, asked.subject)
        && kept.parts == asked.parts
}

/// What the log itself wrote can't be read: it must be read anew.
fn unread(error: io::Error) -> Refused {
    Refused::Stopped(format!("reading the log: {error}"))
}

fn stopped(cause: &str) -> Refused {
    Refused::Stopped(cause.to_owned())
}

/// The same answer for each caller of a batch.
fn again(cause: &Refused) -> Refused {
    match cause {
        Refused::Bad(what) => Refused::Bad(what),
        Refused::Journal(AppendError::Taken) => Refused::Journal(AppendError::Taken),
        Refused::Journal(AppendError::Full(error)) => {
            let error = io::Error::new(error.kind(), error.to_string());
            Refused::Journal(AppendError::Full(error))
        }
        Refused::Journal(AppendError::Broken(cause)) => {
            Refused::Journal(AppendError::Broken(cause.clone()))
        }
        Refused::Stopped(cause) => stopped(cause),
    }
}

const LONGEST_PART: usize = 16 << 20;
/// What one caller may hand in at once: the length of a batch is a number of 32 bits.
const LONGEST_CALL: usize = 64 << 20;
const MOST_EVENTS: usize = 1 << 16;
const MOST_RULES: usize = 255;
/// Which reign of a sequencer this is: the file journal has one, since its folder is locked.
const EPOCH: u64 = 0;

//! What was asked in a case, who answered, and what holds because of it.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::record::{Proof, Record, Verified};
use countersign_core::reference::Reference;
use countersign_core::second::{Answer, Ask, Opened, Reply, Wish, quorum};
use countersign_core::staff::Role;
use countersign_ledger::encoding::hex;
use countersign_ledger::gate::Rule;
use countersign_ledger::leaf::{EventId, Token};
use countersign_ledger::log::Refused;
use countersign_ledger::quorum::PrivateKey;
use countersign_store::{CaseRow, Event, StoreError};

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;
use crate::names::Openable;
use crate::{cases, forget, letters, quorum as keys};

/// Something that was asked, with its answers.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) event: EventId,
    /// Milliseconds since 1970.
    pub(crate) at: u64,
    pub(crate) by: Option<Token>,
    pub(crate) ask: Ask,
    pub(crate) answers: Vec<Answered>,
    pub(crate) opened: Option<Opened>,
}

/// An answer to it.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) event: EventId,
    pub(crate) at: u64,
    pub(crate) by: Option<Token>,
    pub(crate) answer: Answer,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    /// Somebody else must answer.
    Waits,
    /// It holds.
    Agreed,
    /// Somebody refused.
    Refused,
    /// Nobody answered in time.
    Late,
}

/// What was asked in a case, and what a named person says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) asked: Vec<Asked>,
    pub(crate) replies: Vec<(u64, Reply)>,
}

impl Asked {
    pub(crate) fn stands(&self, now: u64) -> Stands {
        let agreed = match self.ask.wish {
            Wish::Open { .. } => self.opened.is_some(),
            _ => self.answers.iter().any(|answered| answered.answer.agreed),
        };
        if agreed {
            Stands::Agreed
        } else if self.answers.iter().any(|answered| !answered.answer.agreed) {
            Stands::Refused
        } else if now.saturating_sub(self.at) >= HOLDS {
            Stands::Late
        } else {
            Stands::Waits
        }
    }

    /// Whether this person may answer it now.
    pub(crate) fn may_answer(&self, staff: &Staff, now: u64) -> bool {
        let answered = |answered: &Answered| answered.by == Some(staff.person);
        self.stands(now) == Stands::Waits
            && staff.roles.contains(&self.ask.wish.agreed_by())
            && self.by != Some(staff.person)
            && !self.answers.iter().any(answered)
    }

    pub(crate) fn name(&self) -> String {
        hex(&self.event)
    }
}

impl Told {
    /// Reports that are left out, each with its reason.
    pub(crate) fn excluded(&self) -> BTreeMap<Reference, String> {
        let mut excluded = BTreeMap::new();
        let mut agreed: Vec<(u64, &Asked)> = self
            .asked
            .iter()
            .filter_map(|asked| {
                let yes = asked.answers.iter().find(|one| one.answer.agreed)?;
                Some((yes.at, asked))
            })
            .collect();
        agreed.sort_by_key(|(at, asked)| (*at, asked.event));
        for (_, asked) in agreed {
            match &asked.ask.wish {
                Wish::Exclude { report } => {
                    _ = excluded.insert(*report, asked.ask.reason.clone());
                }
                Wish::Include { report } => _ = excluded.remove(report),
                Wish::Verify { .. }
                | Wish::Erase { .. }
                | Wish::EraseCustomer { .. }
                | Wish::Open { .. }
                | Wish::Retract { .. } => {}
            }
        }
        excluded
    }

    /// Pseudonyms whose naming was taken back, each with its reason.
    pub(crate) fn retracted(&self, now: u64) -> BTreeMap<String, String> {
        let agreed = |asked: &&Asked| asked.stands(now) == Stands::Agreed;
        let holder = |asked: &Asked| match &asked.ask.wish {
            Wish::Retract { holder } => Some((holder.clone(), asked.ask.reason.clone())),
            _ => None,
        };
        self.asked
            .iter()
            .filter(agreed)
            .filter_map(holder)
            .collect()
    }
}

/// What was asked in a case.
pub(crate) async fn told(app: &App, case: &Token) -> Result<Told, PageError> {
    let mut told = Told::default();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in app.store().told(case).await? {
        match row.record {
            Some(Record::Ask(ask)) => {
                places.insert(hex(&row.event), told.asked.len());
                told.asked.push(Asked {
                    event: row.event,
                    at: row.at,
                    by: row.by,
                    ask,
                    answers: Vec::new(),
                    opened: None,
                });
            }
            Some(Record::Answer(answer)) => {
                let asked = places
                    .get(&answer.ask)
                    .and_then(|at| told.asked.get_mut(*at));
                if let Some(asked) = asked {
                    asked.answers.push(Answered {
                        event: row.event,
                        at: row.at,
                        by: row.by,
                        answer,
                    });
                }
            }
            Some(Record::Opened(opened)) => {
                let asked = places
                    .get(&opened.ask)
                    .and_then(|at| told.asked.get_mut(*at));
                if let Some(asked) = asked {
                    asked.opened = Some(opened);
                }
            }
            Some(Record::Reply(reply)) => told.replies.push((row.at, reply)),
            _ => {}
        }
    }
    Ok(told)
}

/// How much of what was asked waits for this person's answer.
pub(crate) async fn waiting(app: &App, staff: &Staff) -> Result<u64, PageError> {
    let answers = [Role::Supervisor, Role::KeyHolder];
    if !staff.roles.iter().any(|role| answers.contains(role)) {
        return Ok(0);
    }
    let mut count = 0;
    for case in app.store().cases().await? {
        let asked = told(app, &case.token).await?.asked;
        let mine = asked
            .iter()
            .filter(|asked| asked.may_answer(staff, app.now()));
        count += mine.count() as u64;
    }
    Ok(count)
}

/// Why something can't be asked.
pub(crate) type Why = &'static str;

/// Asks for something in a case.
pub(crate) async fn ask(
    app: &App,
    staff: &Staff,
    case: &CaseRow,
    ask: Ask,
) -> Result<Result<Option<EventId>, Why>, PageError> {
    if let Some(why) = cannot(app, case, &ask.wish).await? {
        return Ok(Err(why));
    }
    let wish = ask.wish.clone();
    let until = app.now().saturating_add(HOLDS);
    let event = Event::new(Record::Ask(ask), case.token, Some(staff.person));
    app.append(vec![event.under([Rule::Grants(until)])]).await?;
    let told = told(app, &case.token).await?;
    let asked = told.asked.iter().rev();
    let mut mine = asked.filter(|asked| asked.by == Some(staff.person) && asked.ask.wish == wish);
    // Its row may still be on its way: then the list is where it appears.
    Ok(Ok(mine.next().map(|asked| asked.event)))
}

/// Why a wish can't be asked for now, if it can't.
async fn cannot(app: &App, case: &CaseRow, wish: &Wish) -> Result<Option<Why>, PageError> {
    let told = told(app, &case.token).await?;
    let now = app.now();
    let waits = |asked: &Asked| asked.stands(now) == Stands::Waits && asked.ask.wish.is_like(wish);
    if told.asked.iter().any(waits) {
        return Ok(Some("The same was asked, and waits for its answer."));
    }
    let excluded = told.excluded();
    Ok(match wish {
        Wish::Exclude { report }
        | Wish::Include { report }
        | Wish::Verify { report }
        | Wish::Erase { report }
        | Wish::EraseCustomer { report } => {
            let row = app.store().report(report).await?;
            let row = row.filter(|row| !row.erased && cases::is_of(case, row));
            let verified = row.as_ref().is_some_and(|row| row.verified.is_some());
            match wish {
                _ if row.is_none() => Some("No report of this case's period has this reference."),
                Wish::Include { .. } => {
                    (!excluded.contains_key(report)).then_some("This report was not left out.")
                }
                Wish::Erase { .. } | Wish::EraseCustomer { .. } => None,
                Wish::Verify { .. } => verified.then_some("This report is verified already."),
                _ if excluded.contains_key(report) => Some("This report is left out already."),
                _ => (!verified).then_some("This report is not verified, so it counts nowhere."),
            }
        }
        Wish::Open { holder, .. } => {
            if openable(app, case, holder).await?.is_none() {
                Some(
                    "Nobody with this pseudonym is named in this case now. A lead can't be opened.",
                )
            } else if keys::dealt(app).await?.is_none() {
                Some("The key that opens names was not dealt.")
            } else {
                let opened = |asked: &Asked| asked.opened.is_some() && asked.ask.wish.is_like(wish);
                let was = told.asked.iter().any(opened);
                was.then_some("This name was opened already; the case shows it.")
            }
        }
        Wish::Retract { holder } => {
            if !was_named(app, case, holder).await? {
                Some("Nobody with this pseudonym was named in this case.")
            } else {
                let was = told.retracted(now).contains_key(holder);
                was.then_some("This naming was taken back already.")
            }
        }
    })
}

/// Whether a run of the case named a pseudonym, ever.
pub(crate) async fn was_named(app: &App, case: &CaseRow, holder: &str) -> Result<bool, PageError> {
    let named = all_named(app, case).await?;
    Ok(named.iter().any(|named| named == holder))
}

/// All pseudonyms that a run of the case named, ever.
pub(crate) async fn all_named(app: &App, case: &CaseRow) -> Result<Vec<String>, PageError> {
    let runs = app.store().runs(&case.token).await?.into_iter();
    let named = runs.filter_map(|row| row.run).flat_map(|run| run.named);
    let all: BTreeSet<String> = named.collect();
    Ok(all.into_iter().collect())
}

/// The claim that names a pseudonym now, if one does.
pub(crate) async fn openable(
    app: &App,
    case: &CaseRow,
    holder: &str,
) -> Result<Option<Openable>, PageError> {
    let shown = cases::claimed(app, case).await?;
    Ok(shown.and_then(|shown| shown.judged.openable(holder)))
}

/// What came of an answer.
#[derive(Debug)]
pub(crate) enum Came {
    /// It is on record.
    Noted,
    /// It is on record, and so is the name.
    Open,
    /// The typed key is not this person's.
    WrongKey,
    /// The case names the holder no longer.
    NotNamed,
}

/// Answers what was asked; the ledger refuses whoever asked, and a second answer after the last.
pub(crate) async fn answer(
    app: &App,
    staff: &Staff,
    case: &CaseRow,
    asked: &Asked,
    agreed: bool,
    reason: String,
    key: &str,
) -> Result<Came, PageError> {
    let mut answer = Answer {
        ask: asked.name(),
        agreed,
        reason,
        passed: Vec::new(),
    };
    let rules = vec![Rule::Under(asked.event), Rule::NotBy(asked.event)];
    let event = |answer: Answer| Event::new(Record::Answer(answer), case.token, Some(staff.person));
    let ends = |asked: &Asked| -> Vec<Rule> {
        let answers = asked.answers.iter().map(|answered| answered.event);
        answers.chain([asked.event]).map(Rule::Ends).collect()
    };
    match &asked.ask.wish {
        Wish::Open { holder, .. } if agreed => {
            let Some(own) = PrivateKey::read(key) else {
                return Ok(Came::WrongKey);
            };
            let dealing = keys::dealt(app).await?;
            let share = dealing
                .as_ref()
                .and_then(|dealing| Some((dealing, dealing.share(&staff.person, &own)?)));
            let Some((dealing, share)) = share else {
                return Ok(Came::WrongKey);
            };
            let Some(whom) = openable(app, case, holder).await? else {
                return Ok(Came::NotNamed);
            };
            let before: Vec<&Answered> = asked
                .answers
                .iter()
                .filter(|answered| answered.answer.agreed)
                .collect();
            // Each of those who agree is another.
            let mut rules = rules;
            for other in &before {
                rules.extend([Rule::Under(other.event), Rule::NotBy(other.event)]);
            }
            if before.len() + 1 < quorum(whom.gamma()) {
                let mut others = keys::holders(app).await?;
                others.retain(|other| other.person != staff.person);
                answer.passed = keys::hand_on(app, &share, &asked.event, &others)?;
                rules.push(Rule::Grants(asked.at.saturating_add(HOLDS)));
                put(app, vec![event(answer).under(rules)]).await?;
                return Ok(Came::Noted);
            }
            let first = before.first().map(|first| first.answer.passed.as_slice());
            let passed = first.unwrap_or_default();
            let key = keys::together(dealing, share, passed, &asked.event, &staff.person, &own);
            let Some(key) = key else {
                return Ok(Came::WrongKey);
            };
            let name = app
                .judge()
                .open(whom, key)
                .await
                .map_err(PageError::internal)?;
            rules.extend(ends(asked));
            let opened = Record::Opened(Opened {
                ask: asked.name(),
                holder: holder.clone(),
                name: name.to_string(),
            });
            let opened = Event::new(opened, case.token, Some(staff.person));
            put(app, vec![event(answer).under(rules), opened]).await?;
            letters::tell_representative(app, case, holder);
            app.moves();
            Ok(Came::Open)
        }
        wish => {
            let mut events = vec![event(answer).under(rules).under(ends(asked))];
            if let (true, Wish::Verify { report }) = (agreed, wish)
                && let Some(row) = app.store().report(report).await?
            {
                let verified = Record::Verified(Verified { how: Proof::Person });
                events.push(Event::new(verified, row.token, Some(staff.person)));
            }
            put(app, events).await?;
            if agreed {
                forget::agreed(app, wish).await?;
                cases::judge_all(app).await?;
                app.moves();
            }
            Ok(Came::Noted)
        }
    }
}

/// Puts on record what a named person says to it.
pub(crate) async fn reply(
    app: &App,
    staff: &Staff,
    case: &CaseRow,
    reply: Reply,
) -> Result<(), PageError> {
    let event = Event::new(Record::Reply(reply), case.token, Some(staff.person));
    app.append(vec![event]).await?;
    app.moves();
    Ok(())
}

/// Puts an answer on record; what the ledger refuses is a conflict, said to whoever answered.
async fn put(app: &App, events: Vec<Event>) -> Result<(), PageError> {
    app.put(events).await.map_err(|error| match error {
        StoreError::Refused(Refused::Bad(why)) => {
            PageError::Conflict(format!("the ledger did not take it: {why}"))
        }
        error => error.into(),
    })
}

/// Milliseconds for which something that was asked waits: 30 days.
const HOLDS: u64 = 30 * 24 * 60 * 60 * 1000;

//! The key that opens names: made once, dealt among the key holders, and kept by nobody.
//!
//! Each key holder makes a key of their own first. The server shows it once and keeps only its
//! public half, to which their share is sealed. Opening a name takes the own keys of two key holders
//! (three for a fragile naming): the first one's share is handed on, sealed to the others.

use countersign_core::record::Record;
use countersign_core::second::{Deal, Dealt, OpeningKey};
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::leaf::{EventId, Token};
use countersign_ledger::quorum::{PrivateKey, PublicKey, Share};
use countersign_store::Event;

use crate::app::{App, second_of};
use crate::error::PageError;
use crate::people;

/// Somebody who opens names together with others.
#[derive(Clone, Debug)]
pub(crate) struct KeyHolder {
    pub(crate) person: Token,
    pub(crate) name: String,
    /// The public half of their own key, if they have made one.
    pub(crate) public: Option<PublicKey>,
}

/// How the key was dealt.
#[derive(Clone, Debug)]
pub(crate) struct Dealing {
    pub(crate) public: PublicKey,
    /// When.
    pub(crate) at: Second,
    shares: Vec<Dealt>,
}

/// How the key was dealt last, if it was.
pub(crate) async fn dealt(app: &App) -> Result<Option<Dealing>, PageError> {
    let told = app.store().told_of_server().await?;
    let last = told.into_iter().rev().find_map(|row| match row.record {
        Some(Record::Deal(deal)) => Some((row.at, deal)),
        _ => None,
    });
    let read = |(at, deal): (u64, Deal)| Dealing {
        public: public(&deal.public),
        at: second_of(at),
        shares: deal.shares,
    };
    Ok(last.map(read))
}

/// All who are key holders now.
pub(crate) async fn holders(app: &App) -> Result<Vec<KeyHolder>, PageError> {
    let mut all = Vec::new();
    for row in app.store().people().await? {
        let Some(name) = row.name else {
            continue;
        };
        if !people::roles(app, &row.token)
            .await?
            .contains(&Role::KeyHolder)
        {
            continue;
        }
        all.push(KeyHolder {
            person: row.token,
            name,
            public: own(app, &row.token).await?,
        });
    }
    Ok(all)
}

/// Makes somebody's own key. It is given back this once, and kept nowhere.
pub(crate) async fn make_key(app: &App, person: Token) -> Result<PrivateKey, PageError> {
    let key = PrivateKey::new(&app.chance().map_err(PageError::internal)?);
    take_key(app, person, &key).await?;
    Ok(key)
}

/// Keeps the public half of somebody's own key.
pub(crate) async fn take_key(app: &App, person: Token, key: &PrivateKey) -> Result<(), PageError> {
    let _one = app.judging().await;
    if own(app, &person).await?.is_some() && dealt(app).await?.is_some() {
        let what = "your share is sealed to the key that you have: another one could not open it";
        return Err(PageError::Conflict(what.to_owned()));
    }
    let public = key.public().map_err(PageError::internal)?;
    let record = Record::OpeningKey(OpeningKey {
        public: hex(&public.0),
    });
    app.append(vec![Event::new(record, person, Some(person))])
        .await
}

/// Makes the key that opens names and deals it among all key holders; the names are sealed.
pub(crate) async fn deal(app: &App, by: Token) -> Result<(), PageError> {
    let _one = app.judging().await;
    if dealt(app).await?.is_some() {
        return Err(PageError::Conflict("the key was dealt already".to_owned()));
    }
    let holders = holders(app).await?;
    let own: Option<Vec<_>> = holders
        .iter()
        .map(|holder| Some((holder.person, holder.public?)))
        .collect();
    let Some(own) = own.filter(|own| own.len() >= usize::from(ENOUGH)) else {
        let what = "at least two key holders are needed, and each must have made their own key";
        return Err(PageError::Conflict(what.to_owned()));
    };
    let all = u8::try_from(own.len()).map_err(PageError::internal)?;
    let chance = || app.chance::<32>().map_err(PageError::internal);
    let key = PrivateKey::new(&chance()?);
    let public = key.public().map_err(PageError::internal)?;
    let shares = key.split(ENOUGH, all, chance()?);
    let mut dealt = Vec::new();
    for ((person, public), share) in own.iter().zip(shares.map_err(PageError::internal)?) {
        let sealed = public.seal(SHARE, share.bytes(), chance()?);
        dealt.push(Dealt {
            person: hex(person),
            sealed: hex(&sealed.map_err(PageError::internal)?),
        });
    }
    let record = Record::Deal(Deal {
        public: hex(&public.0),
        enough: ENOUGH,
        shares: dealt,
    });
    let server = app.store().server();
    app.append(vec![Event::new(record, server, Some(by))])
        .await?;
    app.judge().seal(public, app.source()).await;
    Ok(())
}

impl Dealing {
    /// The share of somebody, opened with their own key; none if it is another's key.
    pub(crate) fn share(&self, person: &Token, own: &PrivateKey) -> Option<Share> {
        let sealed = addressed(&self.shares, person)?;
        own.open(SHARE, &sealed).ok().map(Share::new)
    }
}

/// A share, sealed to the other key holders for one thing that was asked.
pub(crate) fn hand_on(
    app: &App,
    share: &Share,
    ask: &EventId,
    others: &[KeyHolder],
) -> Result<Vec<Dealt>, PageError> {
    let mut passed = Vec::new();
    for other in others {
        let Some(public) = other.public else {
            continue;
        };
        let chance = app.chance().map_err(PageError::internal)?;
        let sealed = public.seal(&passed_for(ask), share.bytes(), chance);
        passed.push(Dealt {
            person: hex(&other.person),
            sealed: hex(&sealed.map_err(PageError::internal)?),
        });
    }
    Ok(passed)
}

/// The key, of one's own share and one that was handed on.
pub(crate) fn together(
    dealing: &Dealing,
    own_share: Share,
    passed: &[Dealt],
    ask: &EventId,
    person: &Token,
    own: &PrivateKey,
) -> Option<PrivateKey> {
    let sealed = addressed(passed, person)?;
    let other = Share::new(own.open(&passed_for(ask), &sealed).ok()?);
    let key = PrivateKey::combine(&[own_share, other]).ok()?;
    (key.public().ok()? == dealing.public).then_some(key)
}

/// The public half of the key that somebody made last.
async fn own(app: &App, person: &Token) -> Result<Option<PublicKey>, PageError> {
    let told = app.store().told(person).await?;
    let last = told.into_iter().rev().find_map(|row| match row.record {
        Some(Record::OpeningKey(key)) => Some(public(&key.public)),
        _ => None,
    });
    Ok(last)
}

/// What was sealed for somebody.
fn addressed(all: &[Dealt], person: &Token) -> Option<Vec<u8>> {
    let name = hex(person);
    let mine = all.iter().find(|dealt| dealt.person == name)?;
    from_hex(&mine.sealed)
}

/// A key as records write it; one that does not read seals to nobody.
fn public(text: &str) -> PublicKey {
    let bytes = from_hex(text).and_then(|bytes| bytes.try_into().ok());
    PublicKey(bytes.unwrap_or_default())
}

fn passed_for(ask: &EventId) -> String {
    format!("countersign/passed/1/{}", hex(ask))
}

/// What a share is sealed for.
const SHARE: &str = "countersign/share/1";
/// Shares that make the key.
pub(crate) const ENOUGH: u8 = 2;

//! Names of those who work at the desk: taken out of what is judged, and sealed.
//!
//! What the log calls them is replaced, right after it was read, by a token that only this folder's
//! key gives; so no page, no verdict and no error can hold a name by mistake. The names themselves
//! are sealed to the key that was dealt among the key holders, and then forgotten.

use std::io;

use countersign_core::desk::Desk as Tables;
use countersign_core::holder::Holders;
use countersign_core::trace::Naming;
use countersign_core::verdict::LevelKind;
use countersign_ledger::encoding::hex;
use countersign_ledger::quorum::{PrivateKey, PublicKey, QuorumError};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::app::Chance;

/// A name for each person of the desk, in their order.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<Name>);

enum Name {
    Open(Zeroizing<String>),
    Sealed(Vec<u8>),
}

impl core::fmt::Debug for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Name(***)")
    }
}

/// A person whom a naming names: only what the judge claims can make one, so a lead never opens.
#[derive(Clone, Debug)]
pub(crate) struct Openable {
    naming: Naming,
    person: u32,
}

impl Openable {
    /// The person behind a pseudonym, where a claim names exactly them.
    pub(crate) fn of(namings: &[Naming], pseudonyms: &[String], holder: &str) -> Option<Self> {
        namings.iter().find_map(|naming| {
            let who = naming.who();
            let [person] = who.members.as_slice() else {
                return None;
            };
            let pseudonym = pseudonyms.get(usize::try_from(*person).ok()?)?;
            let is_theirs = who.level == LevelKind::Person && pseudonym == holder;
            is_theirs.then(|| Self {
                naming: naming.clone(),
                person: *person,
            })
        })
    }

    /// Odds of unfairness that the naming survives.
    pub(crate) fn gamma(&self) -> f64 {
        self.naming.gamma()
    }
}

impl Names {
    /// Takes the names out of what was read.
    pub(crate) fn take(tables: &mut Tables, holders: &mut Holders, secret: &[u8; 32]) -> Self {
        let names = holders.persons.iter_mut().map(|person| {
            let token = hidden(secret, &person.id);
            Name::Open(Zeroizing::new(core::mem::replace(&mut person.id, token)))
        });
        let names = Self(names.collect());
        for account in &mut tables.accounts {
            account.id = hidden(secret, &account.id);
            account.person = account.person.as_ref().map(|person| hidden(secret, person));
        }
        names
    }

    /// Newcomers, behind all others: their names are open until they are sealed.
    pub(crate) fn join(&mut self, newcomers: Vec<Zeroizing<String>>) {
        self.0.extend(newcomers.into_iter().map(Name::Open));
    }

    /// Seals what is still open.
    pub(crate) fn seal(&mut self, public: &PublicKey, chance: &Chance) -> io::Result<()> {
        for name in &mut self.0 {
            let Name::Open(text) = &*name else {
                continue;
            };
            let mut seed = [0; 32];
            chance(&mut seed)?;
            let sealed = public.seal(NAME, &padded(text), seed);
            *name = Name::Sealed(sealed.map_err(io::Error::other)?);
        }
        Ok(())
    }

    /// The name of a person whom a claim names.
    pub(crate) fn open(
        &self,
        whom: &Openable,
        key: &PrivateKey,
    ) -> Result<Zeroizing<String>, QuorumError> {
        let place = usize::try_from(whom.person).ok();
        let Some(Name::Sealed(sealed)) = place.and_then(|place| self.0.get(place)) else {
            return Err(QuorumError::Closed);
        };
        let opened = key.open(NAME, sealed)?;
        let text = core::str::from_utf8(&opened).map_err(|_error| QuorumError::Closed)?;
        Ok(Zeroizing::new(text.trim_end_matches('\0').to_owned()))
    }
}

/// What stands for the name of an account or a person: the same for the same name and folder.
pub(crate) fn hidden(secret: &[u8; 32], name: &str) -> String {
    #[expect(
        clippy::expect_used,
        reason = "a key of 32 bytes is one of those that HMAC takes"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is taken");
    mac.update(name.as_bytes());
    let tag: [u8; 32] = mac.finalize().into_bytes().into();
    hex(&tag[..16])
}

/// The name in steps of 64 bytes, so that its length says little.
fn padded(name: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(name.len() + STEP));
    bytes.extend_from_slice(name.as_bytes());
    bytes.resize(name.len().next_multiple_of(STEP).max(STEP), 0);
    bytes
}

/// What a name is sealed for.
const NAME: &str = "countersign/name/1";
const STEP: usize = 64;
/// The purpose of the folder's key that hides names.
pub(crate) const HIDES: &str = "names of the desk";

//! Who had the data: persons and copies as numbers, and the pseudonyms that they wear.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::at;
use crate::desk::{AccountKind, Desk};

/// Persons first, then copies, as the numbers that the whole trace counts with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// The persons; number = index.
    pub persons: Vec<Person>,
    /// Names of the copies; number = persons + index.
    pub copies: Vec<String>,
    /// Person that made each copy, where the table says so.
    pub makers: Vec<Option<u32>>,
    /// Person of each account row.
    pub of_account: Vec<u32>,
}

/// One person: every account that the accounts table says is theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// What names the person in the desk's data: `person`, else the account's id.
    pub id: String,
    /// Service and shared logins are listed before any ranking.
    pub kind: AccountKind,
    /// Team, site and vendor: of the first account that names one.
    pub team: Option<String>,
    /// See `team`.
    pub site: Option<String>,
    /// See `team`.
    pub vendor: Option<String>,
}

impl Holders {
    /// Numbers the persons by their first account's row, then the copies in table order.
    #[must_use]
    pub fn of(desk: &Desk) -> Self {
        let mut persons: Vec<Person> = Vec::new();
        let mut number_of: BTreeMap<&str, u32> = BTreeMap::new();
        let mut of_account = Vec::with_capacity(desk.accounts.len());
        for account in &desk.accounts {
            let known = account
                .person
                .as_deref()
                .and_then(|person| number_of.get(person));
            let number = match known {
                Some(&number) => number,
                None => {
                    let number = crate::index_u32(persons.len());
                    if let Some(person) = &account.person {
                        number_of.insert(person, number);
                    }
                    persons.push(Person {
                        id: account.person.clone().unwrap_or_else(|| account.id.clone()),
                        kind: account.kind,
                        team: account.team.clone(),
                        site: account.site.clone(),
                        vendor: account.vendor.clone(),
                    });
                    number
                }
            };
            // Team, site and vendor are those of the first account that names one.
            let person = &mut persons[at(number)];
            for (known, named) in [
                (&mut person.team, &account.team),
                (&mut person.site, &account.site),
                (&mut person.vendor, &account.vendor),
            ] {
                if known.is_none() {
                    known.clone_from(named);
                }
            }
            of_account.push(number);
        }
        let copies = desk
            .exports
            .iter()
            .map(|export| export.name.clone())
            .collect();
        let makers = desk
            .exports
            .iter()
            .map(|export| {
                export
                    .account
                    .and_then(|row| of_account.get(at(row)).copied())
            })
            .collect();
        Self {
            persons,
            copies,
            makers,
            of_account,
        }
    }

    /// Persons and copies together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.persons.len() + self.copies.len()
    }

    /// Whether there is nobody at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Secret of a case from which its pseudonyms come; another case, another pseudonym.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl core::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SealKey(***)")
    }
}

impl SealKey {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the case's `seal.key` file only.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A sayable pseudonym for every id, the same for the same key and ids: `Heron-41`.
    ///
    /// Birds and numbers come from HMAC-SHA-256 of the id; where two ids meet, the one whose
    /// digest is larger takes the next free number of its bird. No order of the accounts shows.
    #[must_use]
    pub fn pseudonyms(&self, ids: &[&str]) -> Vec<String> {
        self.pseudonyms_beside(ids, &[])
    }

    /// The pseudonyms of these ids, and behind them those of newcomers in the order in which they
    /// came: nobody's pseudonym changes because somebody else arrived.
    #[must_use]
    pub fn pseudonyms_beside(&self, ids: &[&str], newcomers: &[&str]) -> Vec<String> {
        let mut digests: Vec<([u8; 32], usize)> = ids
            .iter()
            .enumerate()
            .map(|(row, id)| (self.digest(id), row))
            .collect();
        digests.sort_unstable();
        let came = newcomers.iter().map(|id| self.digest(id)).zip(ids.len()..);
        digests.extend(came);
        let space = u32::max(90, crate::index_u32(ids.len() / (BIRDS.len() / 4) + 1));
        let mut taken = std::collections::BTreeSet::new();
        let mut names = vec![String::new(); digests.len()];
        for (digest, row) in digests {
            let first = usize::from(u16::from_be_bytes([digest[0], digest[1]]));
            let number = u32::from_be_bytes([digest[2], digest[3], digest[4], digest[5]]) % space;
            // A bird that all its numbers are taken of gives way to the next one, the last to higher
            // numbers: there is no end of newcomers.
            let places = (0_u32..).flat_map(|further| {
                let bird = (first + at(further)) % BIRDS.len();
                let round = further / crate::index_u32(BIRDS.len()) * space * 2;
                (0..space * 2).map(move |step| (bird, round + (number + step) % (space * 2)))
            });
            for (bird, number) in places {
                if taken.insert((bird, number)) {
                    names[row] = format!("{}-{}", BIRDS[bird], number + 10);
                    break;
                }
            }
        }
        names
    }

    fn digest(&self, id: &str) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes keys of every length")
        };
        mac.update(b"countersign pseudonym\0");
        mac.update(id.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Short, common, told apart on the phone.
const BIRDS: [&str; 64] = [
    "Avocet",
    "Bittern",
    "Bunting",
    "Buzzard",
    "Chough",
    "Condor",
    "Coot",
    "Cormorant",
    "Crane",
    "Cuckoo",
    "Curlew",
    "Dipper",
    "Dotterel",
    "Dove",
    "Dunlin",
    "Eagle",
    "Egret",
    "Eider",
    "Falcon",
    "Finch",
    "Flamingo",
    "Fulmar",
    "Gannet",
    "Godwit",
    "Goose",
    "Grebe",
    "Grouse",
    "Gull",
    "Harrier",
    "Heron",
    "Hobby",
    "Hoopoe",
    "Ibis",
    "Jackdaw",
    "Jay",
    "Kestrel",
    "Kite",
    "Lapwing",
    "Lark",
    "Linnet",
    "Magpie",
    "Mallard",
    "Merlin",
    "Nightjar",
    "Oriole",
    "Osprey",
    "Owl",
    "Pelican",
    "Petrel",
    "Pipit",
    "Plover",
    "Puffin",
    "Quail",
    "Raven",
    "Redstart",
    "Robin",
    "Sandpiper",
    "Shrike",
    "Siskin",
    "Snipe",
    "Starling",
    "Stork",
    "Swift",
    "Wren",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Account;

    #[test]
    fn accounts_of_one_person_are_one_holder() {
        let account = |id: &str, person: Option<&str>| Account {
            id: id.to_owned(),
            person: person.map(str::to_owned),
            ..Account::default()
        };
        let desk = Desk {
            accounts: vec![
                account("a", Some("p")),
                account("b", None),
                account("c", Some("p")),
            ],
            ..Desk::default()
        };
        let holders = Holders::of(&desk);
        assert_eq!(holders.of_account, [0, 1, 0]);
        assert_eq!(holders.persons[0].id, "p");
        assert_eq!(holders.persons[1].id, "b");
    }

    #[test]
    fn pseudonyms_are_unique_and_change_with_the_key() {
        let ids: Vec<String> = (0..5000).map(|n| format!("account{n}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let one = SealKey::new([1; 32]).pseudonyms(&ids);
        let two = SealKey::new([2; 32]).pseudonyms(&ids);
        assert_eq!(one, SealKey::new([1; 32]).pseudonyms(&ids));
        assert_ne!(one[7], two[7]);
        let unique: std::collections::BTreeSet<_> = one.iter().collect();
        assert_eq!(unique.len(), ids.len());
    }
    #[test]
    fn newcomers_change_nobodys_pseudonym_however_many_they_are() {
        let ids: Vec<String> = (0..14_000).map(|n| format!("account{n}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let key = SealKey::new([1; 32]);
        let (known, newcomers) = ids.split_at(100);
        let before = key.pseudonyms(known);
        let some = key.pseudonyms_beside(known, &newcomers[..50]);
        let all = key.pseudonyms_beside(known, newcomers);
        assert_eq!(before, some[..100]);
        assert_eq!(some, all[..150]);
        let unique: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(unique.len(), ids.len());
    }
}

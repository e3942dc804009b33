//! The desk's people and programs: teams, sites, vendors, shifts, turnover.

use std::ops::Range;

use countersign_core::desk::{Account, AccountKind};
use countersign_core::time::Second;

use super::customer::{PRODUCTS, REGIONS};
use crate::chance::Chance;
use crate::names::login;
use crate::world::START;

/// Everybody with a login, in rows: people by team, then shared logins, then programs.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    people: u32,
    /// Ordinary teams, then those who call customers back, then the fraud desk.
    teams: u32,
    ordinary: u32,
    call_backs: u32,
    accounts: Vec<Account>,
    /// Working days of each account, as days of the log.
    employed: Vec<Range<u32>>,
    /// Teams that serve region and product, each as often as it is likely.
    serving: Vec<Vec<u16>>,
}

impl Staff {
    pub(super) fn hire(accounts: u32, days: u32, mut chance: Chance) -> Self {
        let people = accounts - SHARED.len() as u32 - PROGRAMS.len() as u32;
        let teams = (people / 12).max(4);
        let call_backs = (teams / 12).max(1);
        let mut staff = Self {
            people,
            teams,
            ordinary: teams - call_backs - (teams / 50).max(1),
            call_backs,
            accounts: Vec::with_capacity(accounts as usize),
            employed: Vec::with_capacity(accounts as usize),
            serving: Vec::new(),
        };
        let seller = staff.seller();
        for row in 0..people {
            let mut employed = 0..days;
            // One in eight comes or goes during the year; the first of a team stays.
            if row != seller && row != staff.members(staff.team_of(row)).start {
                match chance.below(16) {
                    0 => employed.start = chance.between(20, days - 30),
                    1 => employed.end = chance.between(20, days - 30),
                    _ => {}
                }
            }
            let account = staff.person(row, &employed);
            staff.employed.push(employed);
            staff.accounts.push(account);
        }
        // A few people have a second login for administration: one holder, two accounts.
        for row in (7..people - 24).step_by(90) {
            let person = format!("P-{row:05}");
            staff.accounts[row as usize].person = Some(person.clone());
            staff.accounts[row as usize + 1].person = Some(person);
        }
        for (name, kind) in SHARED
            .iter()
            .map(|name| (name, AccountKind::Shared))
            .chain(PROGRAMS.iter().map(|name| (name, AccountKind::Service)))
        {
            staff.employed.push(0..days);
            staff.accounts.push(Account {
                id: (*name).to_owned(),
                kind,
                ..Account::default()
            });
        }
        staff.share_work();
        staff
    }

    fn person(&self, row: u32, employed: &Range<u32>) -> Account {
        let team = self.team_of(row);
        let site = team % SITES.len() as u32;
        let at = |day: u32| Second(START.0 + day * Second::DAY);
        let days = self.employed.first().map_or(employed.end, |all| all.end);
        Account {
            id: login(row),
            team: Some(self.team_name(team)),
            site: Some(SITES[site as usize].0.to_owned()),
            vendor: SITES[site as usize].1.map(str::to_owned),
            from: (employed.start > 0).then(|| at(employed.start)),
            until: (employed.end < days).then(|| at(employed.end)),
            ..Account::default()
        }
    }

    fn team_name(&self, team: u32) -> String {
        match team.checked_sub(self.ordinary) {
            None => format!("team-{:03}", team + 1),
            Some(number) if number < self.call_backs => format!("call-backs-{}", number + 1),
            Some(number) => format!("fraud-desk-{}", number - self.call_backs + 1),
        }
    }

    /// Names of all teams, which are the names of their queues.
    pub(super) fn queues(&self) -> Vec<String> {
        (0..self.teams).map(|team| self.team_name(team)).collect()
    }

    fn share_work(&mut self) {
        let (regions, products) = (REGIONS.len() as u32, PRODUCTS.len() as u32);
        for cell in 0..regions * products {
            let mut teams = Vec::new();
            for team in 0..self.ordinary {
                let region = team % regions == cell / products;
                let product = (team / regions) % products == cell % products;
                let likely = match (region, product) {
                    (true, true) => 8,
                    (true, false) => 2,
                    (false, true) => 1,
                    (false, false) => 0,
                };
                teams.extend((0..likely).map(|_| team as u16));
            }
            if teams.is_empty() {
                teams.extend((0..self.ordinary).map(|team| team as u16));
            }
            self.serving.push(teams);
        }
    }

    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The account that sells: somebody in the middle of an ordinary team.
    pub(super) fn seller(&self) -> u32 {
        self.members(self.teams * 3 / 7).start + 5
    }

    /// The team of region and product for one customer.
    pub(super) fn home(&self, chance: &mut Chance, region: u8, product: u8) -> u16 {
        let cell = &self.serving[region as usize * PRODUCTS.len() + product as usize];
        cell[chance.below(cell.len() as u32) as usize]
    }

    /// A team of the fraud desk.
    pub(super) fn fraud_desk(&self, chance: &mut Chance) -> u32 {
        chance.between(self.ordinary + self.call_backs, self.teams)
    }

    /// A team that calls customers back.
    pub(super) fn call_backs(&self, chance: &mut Chance) -> u32 {
        self.ordinary + chance.below(self.call_backs)
    }

    pub(super) fn ordinary_team(&self, chance: &mut Chance) -> u32 {
        chance.below(self.ordinary)
    }

    /// Whether this account belongs to a person and a team.
    pub(super) fn is_person(&self, account: u32) -> bool {
        account < self.people
    }

    /// The program that closes tickets and so sees nearly all.
    pub(super) fn auto_close(&self) -> u32 {
        self.people + SHARED.len() as u32
    }

    /// The program that copies web tickets to another system.
    pub(super) fn integration(&self) -> u32 {
        self.auto_close() + 1
    }

    /// A shared login, used at night.
    pub(super) fn shared(&self, chance: &mut Chance) -> u32 {
        self.people + chance.below(SHARED.len() as u32)
    }

    /// A member of the team who is employed on that day; a third of the work falls on a third
    /// of a third: the busiest.
    pub(super) fn member(&self, chance: &mut Chance, team: u32, day: u32) -> u32 {
        let members = self.members(team);
        let count = members.len() as u32;
        for _ in 0..4 {
            let among = if chance.below(3) == 0 {
                count / 3
            } else {
                count
            };
            let account = members.start + chance.below(among);
            if self.employed[account as usize].contains(&day) {
                return account;
            }
        }
        members.start
    }

    /// The colleague of the next shift who takes open tickets over.
    pub(super) fn partner(&self, account: u32, day: u32) -> u32 {
        let members = self.members(self.team_of(account));
        let next = account + 1;
        let next = if members.contains(&next) {
            next
        } else {
            members.start
        };
        if self.employed[next as usize].contains(&day) {
            next
        } else {
            members.start
        }
    }

    pub(super) fn team_of(&self, account: u32) -> u32 {
        // The inverse of `members`.
        ((u64::from(account) * u64::from(self.teams) + u64::from(self.teams) - 1)
            / u64::from(self.people)) as u32
    }

    fn members(&self, team: u32) -> Range<u32> {
        let start =
            |team: u32| (u64::from(self.people) * u64::from(team) / u64::from(self.teams)) as u32;
        start(team)..start(team + 1)
    }

    /// The first moment of the account's shifts after `second`.
    pub(super) fn on_shift(&self, chance: &mut Chance, account: u32, second: Second) -> Second {
        if !self.is_person(account) {
            return second;
        }
        let start = [6, 14, 22][account as usize % 3] * 3_600;
        let mut day = (second.0 - START.0) / Second::DAY;
        let into = (second.0 - START.0) % Second::DAY;
        let mut moment = if into < start {
            start + chance.below(3 * 3_600)
        } else if into < start + 8 * 3_600 {
            into + chance.below(900)
        } else {
            day += 1;
            start + chance.below(3 * 3_600)
        };
        while (day + account / 3) % 7 < 2 {
            day += 1;
            moment = start + chance.below(8 * 3_600);
        }
        Second(START.0 + day * Second::DAY + moment)
    }
}

const SHARED: [&str; 2] = ["shared-nightdesk", "shared-training"];
const PROGRAMS: [&str; 2] = ["svc-auto-close", "svc-crm-sync"];

/// Sites, and the vendor who runs a site.
const SITES: [(&str, Option<&str>); 5] = [
    ("Halifax", None),
    ("Lisbon", None),
    ("Cluj", Some("Helia Services")),
    ("Pune", Some("Northgate Support")),
    ("Manila", Some("Northgate Support")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_person_is_a_member_of_its_team() {
        for people in [60, 120, 333, 2_000] {
            let staff = Staff::hire(people, 365, Chance::new(1, 1));
            let mut members = 0;
            for team in 0..staff.teams {
                for account in staff.members(team) {
                    assert_eq!(staff.team_of(account), team);
                    members += 1;
                }
            }
            assert_eq!(members, people - 4);
            assert_eq!(staff.accounts().len(), people as usize);
        }
    }

    #[test]
    fn a_shift_begins_no_earlier_than_asked_and_never_on_a_day_off() {
        let staff = Staff::hire(120, 365, Chance::new(1, 1));
        let mut chance = Chance::new(2, 2);
        for account in 0..100 {
            let asked = Second(START.0 + chance.below(300 * Second::DAY));
            let when = staff.on_shift(&mut chance, account, asked);
            assert!(when >= asked && when.0 - asked.0 < 5 * Second::DAY);
        }
    }
}

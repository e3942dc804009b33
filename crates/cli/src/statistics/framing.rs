//! How many forged verified reports it takes until an innocent account is shown or named.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign_core::desk::NONE;
use countersign_core::holder::Holders;
use countersign_core::report::{Channel, Quoted, Report};
use countersign_core::respond::burst;
use countersign_core::time::Second;
use countersign_core::trace::index::{Sweep, build_in_memory};
use countersign_core::trace::{Depth, Settings, gather, judge};
use countersign_sim::world::{Kind, Size, World, build};
use rayon::prelude::*;

/// What to run.
#[derive(Clone, Debug)]
pub struct Framing {
    /// Worlds, seeds 1 to this.
    pub worlds: u64,
    /// Forged reports in each.
    pub forged: usize,
    /// Size of each world; its reports are the background, of calls that a leak had no part in.
    pub size: Size,
}

/// Who forges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forger {
    /// Has mailboxes of customers whom the account had seen, whoever else had.
    Mailboxes,
    /// Also knows the log: those of them whom the fewest others had seen, with numbers of tickets.
    Insider,
}

impl Forger {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mailboxes, Self::Insider];

    /// As the table says it.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Mailboxes => "any of the account's customers",
            Self::Insider => "its rarest customers, with ticket numbers",
        }
    }
}

/// The settings that are tried: a case's defaults, and more caution.
fn settings() -> Vec<Settings> {
    let usual = Settings::default();
    let with = |colluders, gamma| Settings {
        colluders,
        gamma,
        ..usual.clone()
    };
    vec![
        usual.clone(),
        with(2, usual.gamma),
        with(1, 3.0),
        with(2, 3.0),
    ]
}

/// Forged reports until something was said of the account, in all worlds; none where it never was.
#[derive(Clone, Debug)]
pub struct FramingRow {
    /// Who forges.
    pub forger: Forger,
    /// Under which settings.
    pub settings: Settings,
    /// Until it came first.
    pub lead: Vec<Option<usize>>,
    /// Until it was a strong lead.
    pub strong: Vec<Option<usize>>,
    /// Until it was named, alone or in a set or group.
    pub named: Vec<Option<usize>>,
    /// Worlds in which anybody else was named.
    pub others: u64,
}

/// How the forged reports come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Nothing is forged.
    None,
    /// One every so many seconds.
    Every(u32),
}

/// All that are tried.
const PACES: [(Pace, &str); 6] = [
    (Pace::None, "nothing is forged"),
    (Pace::Every(60), "one a minute"),
    (Pace::Every(3_600), "one an hour"),
    (Pace::Every(4 * 3_600), "one in four hours"),
    (Pace::Every(Second::DAY), "one a day"),
    (Pace::Every(3 * Second::DAY), "one in three days"),
];

/// Forged reports of which it is told whether the burst's alarm rings: about as many as name
/// somebody.
const PACED: u32 = 30;

/// All that was found.
#[derive(Clone, Debug)]
pub struct Framed {
    /// How many reports it takes.
    pub rows: Vec<FramingRow>,
    /// Worlds in which the alarm rang, with the pace in words.
    pub alarms: Vec<(&'static str, u64)>,
    /// Worlds run for that.
    pub worlds: u64,
}

/// What one world said under one of the settings.
struct Found {
    lead: Option<usize>,
    strong: Option<usize>,
    named: Option<usize>,
    other: bool,
}

/// Runs all worlds; `done` is told after each. Worlds begun after `cancel` is set are left out.
#[must_use]
pub fn framing(what: &Framing, done: &(dyn Fn() + Sync), cancel: &AtomicBool) -> Framed {
    let settings = settings();
    let mut rows = Vec::new();
    let rings: Vec<[bool; PACES.len()]> = (1..=what.worlds)
        .into_par_iter()
        .filter(|_| !cancel.load(Ordering::Relaxed))
        .map(|seed| rings(seed, what))
        .collect();
    let rang = |number: usize| rings.iter().filter(|rings| rings[number]).count() as u64;
    let alarms = PACES.iter().enumerate();
    let alarms = alarms
        .map(|(number, (_, said))| (*said, rang(number)))
        .collect();
    for forger in Forger::ALL {
        let found: Vec<Vec<Found>> = (1..=what.worlds)
            .into_par_iter()
            .filter_map(|seed| {
                if cancel.load(Ordering::Relaxed) {
                    return None;
                }
                let found = world(forger, seed, what, &settings);
                done();
                Some(found)
            })
            .collect();
        for (number, settings) in settings.iter().enumerate() {
            let of = |part: &dyn Fn(&Found) -> Option<usize>| {
                found.iter().map(|found| part(&found[number])).collect()
            };
            rows.push(FramingRow {
                forger,
                settings: settings.clone(),
                lead: of(&|found| found.lead),
                strong: of(&|found| found.strong),
                named: of(&|found| found.named),
                others: found.iter().filter(|found| found[number].other).count() as u64,
            });
        }
    }
    Framed {
        rows,
        alarms,
        worlds: rings.len() as u64,
    }
}

/// Whether the burst's alarm rings at each pace; a report counts from when it came in.
fn rings(seed: u64, what: &Framing) -> [bool; PACES.len()] {
    let world = build(Kind::Random, seed, &what.size);
    let reports = world.desk.reports.iter();
    let own: Vec<Second> = reports.map(|report| report.received).collect();
    let end = own.iter().max().copied().unwrap_or_default();
    PACES.map(|(pace, _)| {
        let mut times = own.clone();
        if let Pace::Every(seconds) = pace {
            times.extend((1..=PACED).map(|number| Second(end.0 + number * seconds)));
        }
        burst::last(&times).is_some()
    })
}

fn world(forger: Forger, seed: u64, what: &Framing, settings: &[Settings]) -> Vec<Found> {
    // Nobody leaked: what is reported was dialled at random.
    let mut world = build(Kind::Random, seed, &what.size);
    let background = world.desk.reports.len();
    let framed = framed(&world, seed);
    forge(&mut world, forger, framed, what.forged);
    let holders = Holders::of(&world.desk);
    let index = build_in_memory(&world.desk, &holders, &world.views);
    let sweep = Sweep::new(index.index(), &world.desk);
    let person = holders.of_account[framed as usize];
    let forged = |after: usize| after.saturating_sub(background);
    let each = settings.iter().map(|settings| {
        let gathered = gather(&world.desk, &sweep, settings.freeze_days);
        let outcome = judge(&holders, &sweep, &gathered, settings, Depth::Claims);
        // The first after which it stays.
        let leads = outcome.leads.iter().rev();
        let stays = leads.take_while(|lead| lead.is_some_and(|lead| lead.person == person));
        let stays = stays.count();
        let strong = outcome
            .strong_leads
            .iter()
            .find(|lead| lead.person == person);
        let mut namings = outcome.namings.iter();
        let is_theirs = |members: &[u32]| members.contains(&person);
        Found {
            lead: (stays > 0).then(|| forged(outcome.leads.len() - stays + 1)),
            strong: strong.map(|lead| forged(lead.after_reports)),
            named: namings
                .clone()
                .filter(|naming| is_theirs(&naming.who().members))
                .map(|naming| forged(naming.after_reports()))
                .min(),
            other: namings.any(|naming| !is_theirs(&naming.who().members)),
        }
    });
    each.collect()
}

/// An ordinary account, another in each world: one that saw as many customers as most do.
fn framed(world: &World, seed: u64) -> u32 {
    let mut seen: BTreeMap<u32, u64> = BTreeMap::new();
    for view in &world.views {
        *seen.entry(view.account).or_default() += 1;
    }
    let mut accounts: Vec<(u64, u32)> = seen.into_iter().map(|(who, views)| (views, who)).collect();
    accounts.sort_unstable();
    // The middle half, by views.
    let quarter = accounts.len() / 4;
    let middle = accounts
        .get(quarter..accounts.len() - quarter)
        .unwrap_or(&accounts);
    let number = seed as usize % middle.len().max(1);
    middle.get(number).map_or(0, |(_, account)| *account)
}

/// Adds the forged reports behind the world's own, all within its last weeks.
fn forge(world: &mut World, forger: Forger, framed: u32, count: usize) {
    let desk = &world.desk;
    let calls = desk.reports.iter().map(Report::call);
    let first = calls.min().unwrap_or_default();
    let last = desk
        .reports
        .iter()
        .map(|report| report.received)
        .max()
        .unwrap_or_default();
    // Whoever was seen later than this does not count for a naming.
    let before = first.minus_days(Settings::default().freeze_days + 1);
    let mut seen: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut others: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for view in world.views.iter().filter(|view| view.second < before) {
        if view.account == framed {
            seen.entry(view.customer).or_default().push(view.ticket);
        } else {
            others.entry(view.customer).or_default().push(view.account);
        }
    }
    let known = |customer: &u32| {
        desk.reports
            .iter()
            .any(|report| report.customer == Some(*customer))
    };
    let mut customers: Vec<u32> = seen.keys().copied().filter(|it| !known(it)).collect();
    match forger {
        // In no order that the log has.
        Forger::Mailboxes => {
            customers.sort_by_key(|customer| (customer.wrapping_mul(2_654_435_761), *customer));
        }
        Forger::Insider => {
            let rare = |customer: &u32| {
                let mut accounts = others.get(customer).cloned().unwrap_or_default();
                accounts.sort_unstable();
                accounts.dedup();
                accounts.len()
            };
            customers.sort_by_key(|customer| (rare(customer), *customer));
        }
    }
    for (number, customer) in customers.into_iter().take(count).enumerate() {
        let ticket = seen[&customer].iter().find(|ticket| **ticket != NONE);
        let quoted = match (forger, ticket) {
            (Forger::Insider, Some(ticket)) => Quoted::Ticket(*ticket),
            (Forger::Insider, None) | (Forger::Mailboxes, _) => Quoted::Nothing,
        };
        let minutes = u32::try_from(number).unwrap_or(u32::MAX).saturating_mul(60);
        world.desk.reports.push(Report {
            id: format!("F{:04}", number + 1),
            received: Second(last.0 + 3_600 + minutes),
            called: Some(Second(last.0.saturating_sub(Second::DAY) + minutes)),
            customer: Some(customer),
            quoted,
            channel: Channel::Phone,
            pretext: Some("refund".to_owned()),
            verified: true,
            ..Report::default()
        });
    }
}

/// The rows as two Markdown tables.
#[must_use]
pub fn framing_table(framed: &Framed) -> String {
    let mut text = String::from(
        "| reports forged for | k | Γ | comes first: median (least) | strong lead: median (least) | \
         named: median (least), worlds | somebody else named |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in &framed.rows {
        let counted = row.named.iter().flatten().count();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {}, {counted} of {} | {} of {} |",
            row.forger.said(),
            row.settings.colluders,
            row.settings.gamma,
            said(&row.lead),
            said(&row.strong),
            said(&row.named),
            row.named.len(),
            row.others,
            row.named.len(),
        );
    }
    let _ = write!(
        text,
        "\nThe alarm of a burst, with {PACED} forged reports behind the others:\n\n\
         | forged reports come | worlds in which it rings |\n|---|---:|\n"
    );
    for (said, rang) in &framed.alarms {
        let _ = writeln!(text, "| {said} | {rang} of {} |", framed.worlds);
    }
    text
}

/// The median, and the least; where it never came counts as the most.
fn said(found: &[Option<usize>]) -> String {
    let mut sorted: Vec<usize> = found
        .iter()
        .map(|after| after.unwrap_or(usize::MAX))
        .collect();
    sorted.sort_unstable();
    let say = |after: Option<&usize>| match after {
        Some(after) if *after < usize::MAX => after.to_string(),
        _ => "never".to_owned(),
    };
    let median = say(sorted.get(sorted.len() / 2));
    format!("{median} ({})", say(sorted.first()))
}

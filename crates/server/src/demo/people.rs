//! Who works at the made-up company, and the case that they work on: there from the first start on.

use countersign_core::record::{Case, Grant, Person, Record};
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_core::trace::Settings;
use countersign_ledger::encoding::hex;
use countersign_ledger::leaf::Token;
use countersign_ledger::quorum::PrivateKey;
use countersign_store::Event;
use countersign_ui::pages::staff::MadeUpPerson;

use crate::app::App;
use crate::error::PageError;
use crate::{people, quorum};

/// The made-up people: an investigator, a supervisor who looks after the sources too, two key holders.
const PEOPLE: [(&str, &[Role]); 4] = [
    ("Ines Tigator", &[Role::Investigator]),
    ("Sam Upervisor", &[Role::Supervisor, Role::Operator]),
    ("Kim Eyholder", &[Role::KeyHolder]),
    ("Kay Eyholder", &[Role::KeyHolder]),
];
const TITLE: &str = "Calls with our ticket numbers";

/// Makes people and case, if the folder has none; all of it goes on record as anything else does.
pub(crate) async fn settle(app: &App, first_call: Second) -> Result<(), PageError> {
    if app.store().people().await?.is_empty() {
        begin(app, first_call).await?;
    }
    // A start that broke off may have left the keys to be made.
    if quorum::dealt(app).await?.is_some() {
        return Ok(());
    }
    let holders = quorum::holders(app).await?;
    for holder in &holders {
        quorum::take_key(app, holder.person, &own_key(app, &holder.person)).await?;
    }
    match holders.first() {
        Some(first) => quorum::deal(app, first.person).await,
        None => Ok(()),
    }
}

/// The key that a made-up key holder would have written down: in a demo its page fills it in.
pub(crate) fn own_key(app: &App, person: &Token) -> PrivateKey {
    let purpose = format!("own key of the made-up {}", hex(person));
    PrivateKey::new(&app.store().secret(&purpose))
}

/// People and case.
async fn begin(app: &App, first_call: Second) -> Result<(), PageError> {
    let chance = || app.chance::<16>().map_err(PageError::internal);
    let mut events = Vec::new();
    let mut investigator = None;
    for (name, roles) in PEOPLE {
        let person = chance()?;
        let name = name.to_owned();
        events.push(Event::new(Record::Person(Person { name }), person, None));
        for &role in roles {
            if role == Role::Investigator {
                investigator = Some(person);
            }
            let held = Record::Grant(Grant { role, held: true });
            events.push(Event::new(held, person, None));
        }
    }
    // As `countersign trace` has them.
    let fixed = Settings::default();
    let persons = app.judge().persons().unwrap_or(1);
    let case = Case {
        reference: app.reference().map_err(PageError::internal)?,
        title: TITLE.to_owned(),
        from: first_call.minus_days(1),
        until: None,
        alpha: fixed.alpha,
        colluders: fixed.colluders,
        gamma: fixed.gamma,
        strike: fixed.strike,
        freeze_days: fixed.freeze_days,
        persons,
        reserve: persons.div_ceil(10),
    };
    events.push(Event::new(Record::Case(case), chance()?, investigator));
    app.append(events).await
}

/// Whom one may be with one click.
pub(crate) async fn made_up(app: &App) -> Result<Vec<MadeUpPerson>, PageError> {
    let mut people = Vec::new();
    for person in app.store().people().await? {
        let Some(name) = person.name else { continue };
        people.push(MadeUpPerson {
            token: hex(&person.token),
            name,
            roles: people::roles(app, &person.token).await?,
        });
    }
    Ok(people)
}

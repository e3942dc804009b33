//! Everything that a customer said, and the names in views that are theirs, made unreadable.

use countersign_core::reference::Reference;
use countersign_core::respond::statement::Statement;
use countersign_core::second::Wish;
use countersign_import::Described;
use countersign_ledger::leaf::Token;
use countersign_store::ReportPage;

use crate::app::App;
use crate::error::PageError;
use crate::{inbox, second};

/// Who said something: the customer of the desk, or an address that no customer has.
#[derive(Debug)]
struct Whose {
    customer: Option<u32>,
    email: Option<String>,
}

/// Erases what an agreed wish is about; anything else is left as it is.
pub(crate) async fn agreed(app: &App, wish: &Wish) -> Result<(), PageError> {
    let gone = match wish {
        Wish::Erase { report } => {
            let row = app.store().report(report).await?;
            row.into_iter().map(|row| row.token).collect()
        }
        Wish::EraseCustomer { report } => all_of(app, report).await?,
        _ => return Ok(()),
    };
    for subject in gone {
        app.store().erase(subject).await?;
    }
    Ok(())
}

/// Erases what was agreed on and a stop came in between. Reports that were erased have no reference
/// any more, so nothing is done twice.
pub(crate) async fn make_up(app: &App) -> Result<(), PageError> {
    for case in app.store().cases().await? {
        for asked in second::told(app, &case.token).await?.asked {
            if asked.answers.iter().any(|answered| answered.answer.agreed) {
                agreed(app, &asked.ask.wish).await?;
            }
        }
    }
    Ok(())
}

/// Whom an erasure of the customer of a report is about: all of their reports, and the name that views
/// brought up; that report is the last, since it is what they are known by. Nobody, if the report is
/// not there or says nothing any more.
async fn all_of(app: &App, report: &Reference) -> Result<Vec<Token>, PageError> {
    let Some(row) = app.store().report(report).await? else {
        return Ok(Vec::new());
    };
    let own = row.token;
    let Some(said) = inbox::one(app, row).await?.said else {
        return Ok(Vec::new());
    };
    let whose = Whose::of(app, &said.statement);
    let theirs = inbox::those(app, ReportPage::default(), usize::MAX, |opened| {
        let said = opened.said.as_ref();
        opened.row.token == own || said.is_some_and(|said| whose.has(app, &said.statement))
    });
    let mut all: Vec<Token> = theirs.await?.iter().map(|it| it.row.token).collect();
    if let Some(customer) = whose.customer {
        let is_theirs = |name: &str| named(app, name) == Some(customer);
        for row in app.store().met().await? {
            if row.met.customers.iter().any(|(_, name)| is_theirs(name)) {
                all.push(row.subject);
            }
        }
    }
    all.retain(|subject| *subject != own);
    all.push(own);
    Ok(all)
}

impl Whose {
    fn of(app: &App, statement: &Statement) -> Self {
        let email = statement.email.as_deref().map(str::trim);
        Self {
            customer: app.judge().place_said(statement).customer,
            email: email
                .filter(|email| !email.is_empty())
                .map(str::to_lowercase),
        }
    }

    /// Whether they said this.
    fn has(&self, app: &App, statement: &Statement) -> bool {
        let other = Self::of(app, statement);
        (self.customer.is_some() && self.customer == other.customer)
            || (self.email.is_some() && self.email == other.email)
    }
}

/// The customer of the desk with this id.
fn named(app: &App, id: &str) -> Option<u32> {
    let described = Described {
        customer: Some(id),
        ..Described::default()
    };
    app.judge().place(&described).customer
}

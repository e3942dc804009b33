//! Who is invited to work here.

use countersign_core::staff::Role;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::leaf::Token;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::PageError;

/// What a one-time link gives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invited {
    pub(crate) roles: Vec<Role>,
    /// Who invites, in hexadecimal; none: the server, its first key holder.
    by: Option<String>,
}

impl Invited {
    pub(crate) fn read(text: &str) -> Result<Self, PageError> {
        serde_json::from_str(text).map_err(PageError::internal)
    }

    /// Who invites.
    pub(crate) fn by(&self) -> Result<Option<Token>, PageError> {
        let Some(by) = &self.by else {
            return Ok(None);
        };
        let token = from_hex(by).and_then(|by| by.try_into().ok());
        let wrong = || PageError::internal(std::io::Error::other("a link of nobody"));
        token.map(Some).ok_or_else(wrong)
    }
}

/// The roles that somebody has.
pub(crate) async fn roles(app: &App, person: &Token) -> Result<Vec<Role>, PageError> {
    let roles = app.store().roles(person).await?.into_iter();
    let mut held: Vec<Role> = roles
        .filter(|role| role.ended.is_none())
        .map(|role| role.role)
        .collect();
    held.sort_unstable();
    held.dedup();
    Ok(held)
}

/// Refuses to make somebody a key holder once there is a case: whoever opens names is not chosen
/// while there is a name to open. Also where a link was made before.
pub(crate) async fn check(app: &App, roles: &[Role]) -> Result<(), PageError> {
    if roles.contains(&Role::KeyHolder) && !app.store().cases().await?.is_empty() {
        return Err(PageError::Conflict(
            "no key holder is added once a case was opened".to_owned(),
        ));
    }
    Ok(())
}

/// A one-time link for somebody who gets these roles; its address.
pub(crate) async fn invite(
    app: &App,
    roles: Vec<Role>,
    by: Option<Token>,
) -> Result<String, PageError> {
    let invited = Invited {
        roles,
        by: by.map(|by| hex(&by)),
    };
    let text = serde_json::to_string(&invited).map_err(PageError::internal)?;
    let token = app.store().make_link(&text, HOLDS).await?;
    let address = app.config().address.trim_end_matches('/');
    Ok(format!("{address}/join/{}", hex(&token)))
}

/// The link for the first key holder, while there is none.
pub(crate) async fn first(app: &App) -> Result<Option<String>, PageError> {
    for person in app.store().people().await? {
        if !person.erased && roles(app, &person.token).await?.contains(&Role::KeyHolder) {
            return Ok(None);
        }
    }
    invite(app, vec![Role::KeyHolder], None).await.map(Some)
}

/// Milliseconds for which a link can be used.
const HOLDS: u64 = 24 * 60 * 60 * 1000;

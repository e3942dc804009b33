//! The company's own sign-in, by OpenID Connect: the authorization code flow with PKCE.
//!
//! It says who somebody is and nothing else: whoever signs in was invited and bound the account to
//! themselves then, and what they may do stands in our ledger (decision 26).

mod provider;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use countersign_ledger::encoding::hex;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use webauthn_rs::prelude::Url;

use self::provider::Provider;
use self::token::{TokenError, Wanted};
use crate::ceremonies::Ceremonies;
use crate::config;

/// A sign-in that came to nothing. No reason repeats what a provider says of somebody.
#[derive(Debug, Error)]
pub(crate) enum CompanyError {
    #[error("it was begun too long ago, or by another browser")]
    Late,
    #[error("the provider says no: `{0}`")]
    Denied(String),
    #[error("the answer is from another provider")]
    Issuer,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the provider does not take the code")]
    Code,
    #[error("asking the provider: {0}")]
    Provider(String),
}

/// What a sign-in is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    SignIn,
    /// Somebody who was invited, by the link's token, under this name.
    Join {
        link: String,
        name: String,
    },
}

/// What the end of a sign-in needs.
#[derive(Debug)]
struct Begun {
    purpose: Purpose,
    chance: Chance,
}

/// What nobody can guess: for the browser's way back, for the token, and for the code.
#[derive(Debug)]
pub(crate) struct Chance {
    pub(crate) state: [u8; 32],
    pub(crate) nonce: [u8; 32],
    pub(crate) verifier: [u8; 32],
}

/// What a provider's answer brings back through the browser.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Back {
    state: String,
    code: String,
    iss: Option<String>,
    error: Option<String>,
}

/// The company's sign-in, as it is configured.
#[derive(Debug)]
pub(crate) struct Company {
    provider: Provider,
    /// What people call it.
    pub(crate) name: String,
    begun: Ceremonies<Begun>,
}

impl Company {
    /// As it is configured; none without an issuer. The provider is not asked yet.
    pub(crate) fn new(config: &config::Config) -> Result<Option<Self>, String> {
        let oidc = &config.oidc;
        let Some(issuer) = &oidc.issuer else {
            return Ok(None);
        };
        let client = oidc.client_id.clone();
        let client = client.ok_or("`oidc.client_id` is missing beside `oidc.issuer`")?;
        let secret = match &oidc.client_secret_file {
            None => None,
            Some(file) => {
                let secret = std::fs::read_to_string(file);
                let secret = secret.map_err(|error| {
                    format!("reading the file of `oidc.client_secret_file`: {error}")
                })?;
                Some(secret.trim_end_matches(['\r', '\n']).to_owned())
            }
        };
        let back = format!("{}{BACK}", config.address.trim_end_matches('/'));
        Ok(Some(Self {
            provider: Provider::new(issuer.clone(), client, secret, back)?,
            name: oidc.name.clone(),
            begun: Ceremonies::default(),
        }))
    }

    /// Who speaks for accounts here.
    pub(crate) fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// Begins a sign-in under a name that the browser's cookie brings back; gives the provider's
    /// page.
    pub(crate) async fn begin(
        &self,
        purpose: Purpose,
        id: [u8; 32],
        chance: Chance,
        now: u64,
    ) -> Result<Url, CompanyError> {
        let mut to = self.provider.metadata().await?.authorization_endpoint;
        let challenge = BASE64.encode(Sha256::digest(hex(&chance.verifier)));
        to.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("scope", "openid")
            .append_pair("client_id", &self.provider.client)
            .append_pair("redirect_uri", &self.provider.back)
            .append_pair("state", &hex(&chance.state))
            .append_pair("nonce", &hex(&chance.nonce))
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        self.begun.begin(id, now, Begun { purpose, chance });
        Ok(to)
    }

    /// Ends it, once: what it was for, and the provider's word for whose account it is.
    pub(crate) async fn end(
        &self,
        id: &[u8; 32],
        back: &Back,
        now: u64,
    ) -> Result<(Purpose, String), CompanyError> {
        let begun = self.begun.end(id, now).ok_or(CompanyError::Late)?;
        let same = Sha256::digest(&back.state) == Sha256::digest(hex(&begun.chance.state));
        if !same {
            return Err(CompanyError::Late);
        }
        // A provider that says who it is must say it right (RFC 9207).
        if back.iss.as_ref().is_some_and(|iss| iss != self.issuer()) {
            return Err(CompanyError::Issuer);
        }
        if let Some(error) = &back.error {
            let is_word = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            let word = error.chars().filter(|letter| is_word(*letter));
            return Err(CompanyError::Denied(word.take(40).collect()));
        }
        let verifier = hex(&begun.chance.verifier);
        let (token, keys) = self.provider.redeem(&back.code, &verifier).await?;
        let wanted = Wanted {
            issuer: self.issuer(),
            client: &self.provider.client,
            nonce: &hex(&begun.chance.nonce),
            now,
        };
        let subject = token::subject(&token, &keys, wanted)?;
        Ok((begun.purpose, subject))
    }
}

/// Where a provider sends the browser back to.
const BACK: &str = "/sign-in/company/back";

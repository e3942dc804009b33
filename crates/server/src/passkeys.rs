//! Passkeys: made at a one-time link, and asked for at the sign-in.
//!
//! A ceremony has two requests: see [`crate::ceremonies`].

use countersign_ledger::leaf::Token;
use thiserror::Error;
use webauthn_rs::Webauthn;
use webauthn_rs::WebauthnBuilder;
use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse, Url, Uuid,
    WebauthnError,
};

use crate::ceremonies::Ceremonies;

/// Makes and checks passkeys of one address.
#[derive(Debug)]
pub(crate) struct Passkeys {
    webauthn: Webauthn,
    waiting: Ceremonies<Waiting>,
}

#[derive(Debug)]
enum Waiting {
    Registration(Token, String, Box<PasskeyRegistration>),
    SignIn(Box<DiscoverableAuthentication>),
}

/// A ceremony that came to nothing.
#[derive(Debug, Error)]
pub(crate) enum CeremonyError {
    /// Begun too long ago, or never.
    #[error("the ceremony was begun too long ago")]
    Late,
    /// What the device answered does not hold.
    #[error("the passkey was not accepted: {0}")]
    Refused(#[from] WebauthnError),
    /// The address that the server is told is no address.
    #[error("`address` is not an address that passkeys can be bound to: {0}")]
    Address(String),
}

/// A passkey that was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// Whose it is.
    pub(crate) person: Token,
    /// The name that they gave.
    pub(crate) name: String,
    pub(crate) passkey: Passkey,
}

impl Passkeys {
    /// For an address such as `https://countersign.example.org`.
    pub(crate) fn new(address: &str) -> Result<Self, CeremonyError> {
        let wrong = |error: &dyn core::fmt::Display| CeremonyError::Address(error.to_string());
        let url = Url::parse(address).map_err(|error| wrong(&error))?;
        let host = url.host_str().ok_or_else(|| wrong(&"it has no host"))?;
        let webauthn = WebauthnBuilder::new(host, &url)?
            .rp_name("Countersign")
            .build()?;
        Ok(Self {
            webauthn,
            waiting: Ceremonies::default(),
        })
    }

    /// Begins to make a passkey for somebody new.
    pub(crate) fn begin_join(
        &self,
        person: Token,
        name: &str,
        id: [u8; 32],
        now: u64,
    ) -> Result<CreationChallengeResponse, CeremonyError> {
        let uuid = Uuid::from_bytes(person);
        let begun = self
            .webauthn
            .start_passkey_registration(uuid, name, name, None);
        let (mut challenge, state) = begun?;
        // The sign-in asks for no name, so the device must know for which place the key is.
        if let Some(wanted) = &mut challenge.public_key.authenticator_selection {
            wanted.require_resident_key = true;
            wanted.resident_key = serde_json::from_str("\"required\"").ok();
        }
        self.waiting.begin(
            id,
            now,
            Waiting::Registration(person, name.to_owned(), Box::new(state)),
        );
        Ok(challenge)
    }

    /// Ends it.
    pub(crate) fn finish_join(
        &self,
        id: &[u8; 32],
        answer: &RegisterPublicKeyCredential,
        now: u64,
    ) -> Result<Made, CeremonyError> {
        let Some(Waiting::Registration(person, name, state)) = self.waiting.end(id, now) else {
            return Err(CeremonyError::Late);
        };
        let passkey = self.webauthn.finish_passkey_registration(answer, &state)?;
        Ok(Made {
            person,
            name,
            passkey,
        })
    }

    /// Begins a sign-in.
    pub(crate) fn begin_sign_in(
        &self,
        id: [u8; 32],
        now: u64,
    ) -> Result<RequestChallengeResponse, CeremonyError> {
        let (mut challenge, state) = self.webauthn.start_discoverable_authentication()?;
        // A button asks for it, not a field that fills itself in.
        challenge.mediation = None;
        self.waiting
            .begin(id, now, Waiting::SignIn(Box::new(state)));
        Ok(challenge)
    }

    /// Whose passkey answers, and the passkey's id.
    pub(crate) fn whose(
        &self,
        answer: &PublicKeyCredential,
    ) -> Result<(Token, Vec<u8>), CeremonyError> {
        let (person, id) = self.webauthn.identify_discoverable_authentication(answer)?;
        Ok((person.into_bytes(), id.to_vec()))
    }

    /// Ends a sign-in by a passkey, which is changed where it counts its uses.
    pub(crate) fn finish_sign_in(
        &self,
        id: &[u8; 32],
        answer: &PublicKeyCredential,
        passkey: &mut Passkey,
        now: u64,
    ) -> Result<(), CeremonyError> {
        let Some(Waiting::SignIn(state)) = self.waiting.end(id, now) else {
            return Err(CeremonyError::Late);
        };
        let done = self
            .webauthn
            .finish_discoverable_authentication_v2(answer, *state, &*passkey)?;
        let _ = passkey.update_credential(&done);
        Ok(())
    }
}

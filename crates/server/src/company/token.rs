//! The token by which a provider says who somebody is: its signature, and what it claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// A token that is not accepted. No reason repeats what it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TokenError {
    #[error("the token does not read")]
    Form,
    #[error("the token is signed in a way that is not taken here, or not at all")]
    Algorithm,
    #[error("the token is signed by none of the provider's keys")]
    Signature,
    #[error("the token is from another issuer")]
    Issuer,
    #[error("the token is for another client")]
    Audience,
    #[error("the token is of another sign-in")]
    Nonce,
    #[error("the token has expired, or is from the future: see the clocks of both machines")]
    Time,
}

/// The provider's public keys.
#[derive(Debug, Deserialize)]
pub(crate) struct Keys {
    keys: Vec<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nonce: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client: &'a str,
    pub(crate) nonce: &'a str,
    /// Milliseconds since 1970.
    pub(crate) now: u64,
}

/// The subject of a token that says what it must, signed by one of the provider's keys.
pub(crate) fn subject(token: &str, keys: &Keys, wanted: Wanted<'_>) -> Result<String, TokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Form)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenError::Form)?;
    let header: Header = read(header)?;
    // An extension that must be understood, and is not.
    if header.crit.is_some() {
        return Err(TokenError::Algorithm);
    }
    let algorithm = Algorithm::of(&header.alg).ok_or(TokenError::Algorithm)?;
    let signature = bytes(signature)?;
    let is_signed = keys
        .keys
        .iter()
        // A key of a kind that is not known here hides no other.
        .filter_map(|key| Key::deserialize(key).ok())
        .filter(|key| key.fits(&header))
        .any(|key| algorithm.holds(&key, signed.as_bytes(), &signature));
    if !is_signed {
        return Err(TokenError::Signature);
    }
    let claims: Claims = read(claims)?;
    claims.check(wanted)?;
    Ok(claims.sub)
}

/// The ways of signing that are taken; `none` and keys that both sides know are not among them.
#[derive(Clone, Copy, Debug)]
enum Algorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    fn of(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    fn holds(self, key: &Key, signed: &[u8], signature: &[u8]) -> bool {
        let part = |part: &Option<String>| bytes(part.as_deref()?).ok();
        let held = match self {
            Self::Rs256 | Self::Ps256 => {
                key.kty == "RSA" && {
                    let how = match self {
                        Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                        Self::Ps256 | Self::Es256 => &RSA_PSS_2048_8192_SHA256,
                    };
                    let (Some(n), Some(e)) = (part(&key.n), part(&key.e)) else {
                        return false;
                    };
                    let (n, e) = (without_zeros(&n), without_zeros(&e));
                    let key = signature::RsaPublicKeyComponents { n, e };
                    key.verify(how, signed, signature).is_ok()
                }
            }
            Self::Es256 => {
                key.kty == "EC" && key.crv.as_deref() == Some("P-256") && {
                    let (Some(x), Some(y)) = (part(&key.x), part(&key.y)) else {
                        return false;
                    };
                    let point = [&[4], x.as_slice(), &y].concat();
                    let key = signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                    key.verify(signed, signature).is_ok()
                }
            }
        };
        held
    }
}

impl Key {
    /// Whether it is for a token with this header.
    fn fits(&self, header: &Header) -> bool {
        let same = |of: &Option<String>, wanted: &str| of.as_deref().is_none_or(|of| of == wanted);
        same(&self.purpose, "sig")
            && same(&self.alg, &header.alg)
            && header.kid.as_deref().is_none_or(|kid| same(&self.kid, kid))
    }
}

impl Claims {
    fn check(&self, wanted: Wanted<'_>) -> Result<(), TokenError> {
        if self.iss != wanted.issuer {
            return Err(TokenError::Issuer);
        }
        let is_ours = match &self.aud {
            Audience::One(one) => one == wanted.client,
            Audience::Several(all) => {
                // Of several, the one that asked must be named.
                all.iter().any(|one| one == wanted.client) && (all.len() == 1 || self.azp.is_some())
            }
        };
        if !is_ours || self.azp.as_deref().is_some_and(|azp| azp != wanted.client) {
            return Err(TokenError::Audience);
        }
        let nonce = self.nonce.as_deref().ok_or(TokenError::Nonce)?;
        // Compared by digest, so that the time says nothing of how much fits.
        if Sha256::digest(nonce) != Sha256::digest(wanted.nonce) {
            return Err(TokenError::Nonce);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds since 1970 are far below 2^53"
        )]
        let now = wanted.now as f64 / 1000.0;
        let in_time = self.exp + SKEW > now && self.iat - SKEW < now;
        // Not a number is neither.
        if !in_time {
            return Err(TokenError::Time);
        }
        if self.sub.is_empty() || self.sub.len() > 255 {
            return Err(TokenError::Form);
        }
        Ok(())
    }
}

fn read<T: for<'a> Deserialize<'a>>(part: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&bytes(part)?).map_err(|_error| TokenError::Form)
}

fn bytes(part: &str) -> Result<Vec<u8>, TokenError> {
    BASE64.decode(part).map_err(|_error| TokenError::Form)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let begin = number.iter().position(|byte| *byte != 0);
    number.get(begin.unwrap_or(0)..).unwrap_or_default()
}

/// Seconds by which two clocks may differ.
const SKEW: f64 = 60.0;

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    struct Signer(EcdsaKeyPair);

    impl Signer {
        fn new() -> Self {
            let how = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let chance = SystemRandom::new();
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(how, &chance).unwrap();
            Self(EcdsaKeyPair::from_pkcs8(how, pkcs8.as_ref(), &chance).unwrap())
        }

        fn key(&self) -> Value {
            let point = self.0.public_key().as_ref();
            let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
            json!({"kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "x": x, "y": y})
        }

        fn sign(&self, header: &Value, claims: &Value) -> String {
            let part = |part: &Value| BASE64.encode(part.to_string());
            let signed = format!("{}.{}", part(header), part(claims));
            let signature = self
                .0
                .sign(&SystemRandom::new(), signed.as_bytes())
                .unwrap();
            format!("{signed}.{}", BASE64.encode(signature.as_ref()))
        }
    }

    fn claims() -> Value {
        json!({
            "iss": "https://id.example", "sub": "s", "aud": "us", "nonce": "n",
            "exp": NOW + 300, "iat": NOW,
        })
    }

    fn header() -> Value {
        json!({"alg": "ES256", "kid": "k"})
    }

    fn ask(token: &str, keys: &Value) -> Result<String, TokenError> {
        let keys = serde_json::from_value(json!({ "keys": keys })).unwrap();
        let wanted = Wanted {
            issuer: "https://id.example",
            client: "us",
            nonce: "n",
            now: NOW * 1000,
        };
        subject(token, &keys, wanted)
    }

    #[test]
    fn a_token_that_says_one_thing_else_is_refused_for_it() {
        let signer = Signer::new();
        let keys = json!([{"kty": "OKP", "crv": 7}, signer.key()]);
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            ask(&signer.sign(&header(), &claims), &keys)
        };
        assert_eq!(with("extra", json!(1)), Ok("s".to_owned()));
        assert_eq!(with("aud", json!(["us"])), Ok("s".to_owned()));
        assert_eq!(with("exp", json!(NOW - 59)), Ok("s".to_owned()));
        for (name, value, error) in [
            ("iss", json!("https://id.example/"), TokenError::Issuer),
            ("iss", json!("https://evil.example"), TokenError::Issuer),
            ("aud", json!("them"), TokenError::Audience),
            ("aud", json!(["them"]), TokenError::Audience),
            ("aud", json!(["us", "them"]), TokenError::Audience),
            ("azp", json!("them"), TokenError::Audience),
            ("nonce", json!("m"), TokenError::Nonce),
            ("nonce", json!(null), TokenError::Nonce),
            ("exp", json!(NOW - 61), TokenError::Time),
            ("iat", json!(NOW + 61), TokenError::Time),
            ("sub", json!(""), TokenError::Form),
            ("sub", json!("s".repeat(256)), TokenError::Form),
            ("sub", json!(7), TokenError::Form),
        ] {
            assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
        }
    }

    #[test]
    fn a_token_that_the_provider_did_not_sign_is_refused() {
        let (signer, other) = (Signer::new(), Signer::new());
        let keys = json!([signer.key()]);
        let good = signer.sign(&header(), &claims());
        assert!(ask(&good, &keys).is_ok());
        let signed = other.sign(&header(), &claims());
        assert_eq!(ask(&signed, &keys), Err(TokenError::Signature));
        let of = |header: Value| ask(&signer.sign(&header, &claims()), &keys);
        for alg in ["none", "None", "HS256", "ES384", ""] {
            let wrong = of(json!({"alg": alg, "kid": "k"}));
            assert_eq!(wrong, Err(TokenError::Algorithm), "{alg}");
        }
        let crit = of(json!({"alg": "ES256", "kid": "k", "crit": ["b64"]}));
        assert_eq!(crit, Err(TokenError::Algorithm));
        let kid = of(json!({"alg": "ES256", "kid": "another"}));
        assert_eq!(kid, Err(TokenError::Signature));
        assert!(of(json!({"alg": "ES256"})).is_ok());
        let rsa = of(json!({"alg": "RS256", "kid": "k"}));
        assert_eq!(rsa, Err(TokenError::Signature));
        // Without its signature, and with other claims under it.
        let (signed, signature) = good.rsplit_once('.').unwrap();
        assert_eq!(
            ask(&format!("{signed}."), &keys),
            Err(TokenError::Signature)
        );
        let mut others = claims();
        others["sub"] = json!("admin");
        let (head, _) = signed.split_once('.').unwrap();
        let forged = format!("{head}.{}.{signature}", BASE64.encode(others.to_string()));
        assert_eq!(ask(&forged, &keys), Err(TokenError::Signature));
        // A key for something else.
        let mut key = signer.key();
        key["use"] = json!("enc");
        assert_eq!(ask(&good, &json!([key])), Err(TokenError::Signature));
        for text in ["", ".", "..", "a.b.c", &format!("{good}.x")] {
            assert!(ask(text, &keys).is_err(), "{text}");
        }
    }
}

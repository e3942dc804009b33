//! Asking a provider: what it says of itself, its keys, and a code for a token.

use core::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::{Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};
use webauthn_rs::prelude::Url;

use super::CompanyError;
use super::token::Keys;

/// A provider, and as whom it knows us.
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) client: String,
    /// Where it sends the browser back to.
    pub(super) back: String,
    secret: Option<String>,
    agent: Agent,
    /// On this machine, where nobody can listen.
    loopback: bool,
}

impl core::fmt::Debug for Provider {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// What a provider says of itself (OpenID Connect Discovery).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    pub(super) fn new(
        issuer: String,
        client: String,
        secret: Option<String>,
        back: String,
    ) -> Result<Self, String> {
        let url = Url::parse(&issuer).map_err(|_error| "`oidc.issuer` is no address")?;
        let loopback = is_loopback(&url);
        if url.scheme() != "https" && !loopback {
            return Err("`oidc.issuer` begins with https://".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("`oidc.issuer` has no `?` and no `#`".to_owned());
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let agent = Agent::config_builder()
            .timeout_global(Some(ANSWER))
            .http_status_as_error(false)
            // Neither a redirect nor a proxy of the environment may take the secret elsewhere.
            .max_redirects(0)
            .proxy(None)
            .tls_config(tls.build())
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(Self {
            issuer,
            client,
            back,
            secret,
            agent,
            loopback,
        })
    }

    /// What it says of itself now. It is asked each time: sign-ins are few, and a provider that
    /// moved needs no restart here.
    pub(super) async fn metadata(&self) -> Result<Metadata, CompanyError> {
        let place = "/.well-known/openid-configuration";
        let address = format!("{}{place}", self.issuer.trim_end_matches('/'));
        let (status, text) = self.get(address).await?;
        let metadata: Metadata = read(status, &text, "what it says of itself")?;
        if metadata.issuer != self.issuer {
            let wrong = "it names itself otherwise than `oidc.issuer` does";
            return Err(CompanyError::Provider(wrong.to_owned()));
        }
        for address in [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.jwks_uri,
        ] {
            if address.scheme() != "https" && !(self.loopback && is_loopback(address)) {
                let wrong = "it names an address without https";
                return Err(CompanyError::Provider(wrong.to_owned()));
            }
        }
        Ok(metadata)
    }

    /// A token for a code, and the keys that it can be signed with.
    pub(super) async fn redeem(
        &self,
        code: &str,
        verifier: &str,
    ) -> Result<(String, Keys), CompanyError> {
        let metadata = self.metadata().await?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.back),
            ("code_verifier", verifier),
        ];
        let mut authorization = None;
        let takes = metadata.token_endpoint_auth_methods_supported.as_deref();
        // Without a list it takes the secret in the header.
        let header = takes.is_none_or(|all| all.iter().any(|one| one == "client_secret_basic"));
        match &self.secret {
            Some(secret) if header => {
                let both = format!("{}:{}", encoded(&self.client), encoded(secret));
                authorization = Some(format!("Basic {}", BASE64.encode(both)));
            }
            Some(secret) => form.extend([
                ("client_id", self.client.as_str()),
                ("client_secret", secret),
            ]),
            None => form.push(("client_id", &self.client)),
        }
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let agent = self.agent.clone();
        let address = metadata.token_endpoint.to_string();
        let (status, text) = blocking(move || {
            let mut request = agent
                .post(&address)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json");
            if let Some(authorization) = authorization {
                request = request.header("Authorization", &authorization);
            }
            text(request.send(body)?)
        })
        .await?;
        if status == StatusCode::BAD_REQUEST {
            return Err(CompanyError::Code);
        }
        let tokens: Tokens = read(status, &text, "its answer to the code")?;
        let (status, text) = self.get(metadata.jwks_uri.to_string()).await?;
        Ok((tokens.id_token, read(status, &text, "its keys")?))
    }

    async fn get(&self, address: String) -> Result<(StatusCode, String), CompanyError> {
        let agent = self.agent.clone();
        blocking(move || {
            text(
                agent
                    .get(&address)
                    .header("Accept", "application/json")
                    .call()?,
            )
        })
        .await
    }
}

/// On a thread that may wait.
async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, ureq::Error> + Send + 'static,
) -> Result<T, CompanyError> {
    let provider = |error: &dyn core::fmt::Display| CompanyError::Provider(error.to_string());
    let asked = tokio::task::spawn_blocking(ask).await;
    asked
        .map_err(|error| provider(&error))?
        .map_err(|error| provider(&error))
}

fn text(mut response: Response<Body>) -> Result<(StatusCode, String), ureq::Error> {
    let text = response
        .body_mut()
        .with_config()
        .limit(LONGEST)
        .read_to_string()?;
    Ok((response.status(), text))
}

fn read<T: DeserializeOwned>(
    status: StatusCode,
    text: &str,
    what: &str,
) -> Result<T, CompanyError> {
    if status != StatusCode::OK {
        return Err(CompanyError::Provider(format!("{what}: {status}")));
    }
    // The words of the parser can hold what it read.
    let wrong = |_error| CompanyError::Provider(format!("{what} does not read"));
    serde_json::from_str(text).map_err(wrong)
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "http" && url.scheme() != "https" {
        return false;
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

const ANSWER: Duration = Duration::from_secs(10);
/// Bytes.
const LONGEST: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_asked_over_tls_or_on_this_machine() {
        let new = |issuer: &str| {
            Provider::new(issuer.to_owned(), String::new(), None, String::new()).map(drop)
        };
        for good in [
            "https://id.example.org",
            "https://id.example.org/realms/one/",
            "http://localhost:9000",
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
        ] {
            assert_eq!(new(good), Ok(()), "{good}");
        }
        for bad in [
            "http://id.example.org",
            "http://localhost.example.org",
            "ftp://id.example.org",
            "ftp://localhost",
            "id.example.org",
            "https://id.example.org?x=1",
            "",
        ] {
            assert!(new(bad).is_err(), "{bad}");
        }
    }
}

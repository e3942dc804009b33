//! Speaks to one desk over HTTP: asks, waits when it is told to, and goes nowhere else.

use core::time::Duration;
use std::io::Read as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use ureq::http::{Response, StatusCode, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::out;
use crate::wrong::Wrong;

/// A desk, and the right to ask it.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    agent: Agent,
    /// Its address without the last slash.
    base: String,
    secret: Secret,
    cancel: &'a AtomicBool,
}

/// What stands in the `Authorization` header; never printed.
pub(crate) struct Secret(String);

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Secret {
    /// The header of a product that signs in by `scheme TOKEN`.
    pub(crate) fn new(scheme: &str, token: &str) -> Self {
        Self(format!("{scheme}{token}"))
    }
}

/// How the connection is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    /// A certificate authority in PEM, instead of those of the system.
    pub(crate) authority: Option<Vec<u8>>,
    /// Whether a connection without encryption is allowed.
    pub(crate) plain: bool,
}

impl<'a> Client<'a> {
    /// A client of the desk at `address`.
    ///
    /// # Errors
    /// An address that is none, or one to which the token would go unencrypted.
    pub(crate) fn new(
        address: &str,
        secret: Secret,
        connection: &Connection,
        cancel: &'a AtomicBool,
    ) -> Result<Self> {
        let base = base(address, connection.plain)?;
        let roots = match &connection.authority {
            None => RootCerts::PlatformVerifier,
            Some(pem) => {
                let certificate = Certificate::from_pem(pem).map_err(|_error| {
                    Wrong::usage(
                        "the file of `--ca` holds no certificate in PEM",
                        "it begins with -----BEGIN CERTIFICATE-----",
                    )
                })?;
                RootCerts::from(vec![certificate])
            }
        };
        let agent = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_per_call(Some(ANSWER))
            .http_status_as_error(false)
            // Neither a redirect nor a proxy of the environment may take the token elsewhere.
            .max_redirects(0)
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(Self {
            agent,
            base,
            secret,
            cancel,
        })
    }

    /// Asks for `path` (with its query) at the desk and reads the answer as JSON.
    ///
    /// Addresses that stand in answers are never asked: they could lead the token elsewhere. Waits and asks again as long as the desk is busy ([`Turn::Later`]), up to an hour.
    ///
    /// # Errors
    /// No answer, an answer that is none, or a refusal; with what to do about it.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        let address = format!("{}{path}", self.base);
        let mut waited = Duration::ZERO;
        let (mut busy, mut failed) = (0, 0);
        loop {
            self.go_on()?;
            let asked = self
                .agent
                .get(&address)
                .header("Authorization", &self.secret.0)
                .header("Accept", "application/json")
                .call();
            let (turn, what) = match asked {
                Ok(mut response) => match turn(&response, busy, failed) {
                    Turn::Now => return read(&mut response, path),
                    Turn::Never => return Err(refusal(response.status(), path)),
                    later => (later, format!("answered {}", response.status())),
                },
                Err(error) => (
                    unanswered(error, failed, path)?,
                    "did not answer".to_owned(),
                ),
            };
            let pause = match turn {
                Turn::Busy(pause) => {
                    busy += 1;
                    pause
                }
                Turn::Failed(pause) => {
                    failed += 1;
                    pause
                }
                Turn::Now | Turn::Never => bail!("`{path}`: the desk {what}"),
            };
            waited += pause;
            if waited > PATIENCE {
                bail!(
                    "`{path}`: the desk {what} for an hour; run the same line again later, what was fetched is kept"
                );
            }
            if pause >= WORTH_SAYING {
                out::note(&format!(
                    "note: the desk {what} and asks to wait: {} s",
                    pause.as_secs()
                ));
            }
            self.pause(pause)?;
        }
    }

    /// Fails when the person wants to stop.
    pub(crate) fn go_on(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            bail!("stopped; run the same line again to go on");
        }
        Ok(())
    }

    fn pause(&self, pause: Duration) -> Result<()> {
        let mut left = pause;
        while !left.is_zero() {
            self.go_on()?;
            let step = left.min(STEP);
            std::thread::sleep(step);
            left -= step;
        }
        Ok(())
    }
}

/// What to do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Now,
    /// The desk asks to wait.
    Busy(Duration),
    /// Something went wrong that may pass.
    Failed(Duration),
    Never,
}

fn turn(response: &Response<Body>, busy: u32, failed: u32) -> Turn {
    let status = response.status();
    if status.is_success() {
        return Turn::Now;
    }
    let asked = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    match (status, asked) {
        // Whatever the desk asks for, each time it is asked less often.
        (StatusCode::TOO_MANY_REQUESTS, asked) => {
            let own = backoff(busy);
            Turn::Busy(asked.unwrap_or(own).max(own).min(LONGEST_PAUSE))
        }
        (StatusCode::SERVICE_UNAVAILABLE, Some(asked)) => {
            Turn::Busy(asked.max(backoff(busy)).min(LONGEST_PAUSE))
        }
        (status, _) if status.is_server_error() && failed < FEW => Turn::Failed(backoff(failed)),
        _ => Turn::Never,
    }
}

/// Whether to ask again where no answer came.
fn unanswered(error: ureq::Error, failed: u32, path: &str) -> Result<Turn> {
    match error {
        // What TLS refuses stays refused.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(Wrong::usage(
                &format!("no safe connection to the desk: {error}"),
                "a certificate of your own authority is trusted with `--ca FILE`; the address must be the one that the certificate names",
            ))
        }
        ureq::Error::Timeout(_) | ureq::Error::Io(_) | ureq::Error::ConnectionFailed
            if failed < FEW =>
        {
            Ok(Turn::Failed(backoff(failed)))
        }
        error => Err(error).with_context(|| format!("asking the desk for `{path}`")),
    }
}

fn backoff(tries: u32) -> Duration {
    (FIRST_PAUSE * 2_u32.saturating_pow(tries)).min(LONGEST_PAUSE)
}

fn read(response: &mut Response<Body>, path: &str) -> Result<Value> {
    let mut text = Vec::new();
    response
        .body_mut()
        .as_reader()
        .take(LARGEST + 1)
        .read_to_end(&mut text)
        .with_context(|| format!("reading the answer to `{path}`"))?;
    if text.len() as u64 > LARGEST {
        bail!("the answer to `{path}` is larger than 256 MB; it was not read");
    }
    serde_json::from_slice(&text).map_err(|_error| {
        Wrong::usage(
            &format!("the answer to `{path}` is no JSON"),
            "is the address that of the desk itself, not of a sign-in page before it?",
        )
    })
}

fn refusal(status: StatusCode, path: &str) -> anyhow::Error {
    let path = path.split('?').next().unwrap_or_default();
    let help = match status {
        StatusCode::UNAUTHORIZED => {
            "the token is unknown, ran out, or belongs to another desk; make a new one as the guide says"
        }
        StatusCode::FORBIDDEN => {
            "the token's account lacks the right to read this; the guide's page of the product says which"
        }
        StatusCode::NOT_FOUND => {
            "the desk has no such page: an older version, a plan without it, or an address with a path too much"
        }
        status if status.is_redirection() => {
            "give the address that the desk itself uses, with https"
        }
        _ => "the desk's own log may say why; the same line goes on where it stopped",
    };
    Wrong::usage(&format!("the desk answered {status} to `{path}`"), help)
}

/// The address of a desk, checked.
fn base(address: &str, plain: bool) -> Result<String> {
    let wrong = |help: &str| Wrong::usage("`--url` is no address of a desk", help);
    let base: Uri = address
        .parse()
        .map_err(|_error| wrong("write it as https://desk.example.com"))?;
    let host = base.host().unwrap_or_default();
    if host.is_empty() || base.query().is_some() {
        return Err(wrong("write it as https://desk.example.com"));
    }
    if base
        .authority()
        .is_some_and(|host| host.as_str().contains('@'))
    {
        return Err(wrong(
            "leave out the name and password; the token comes from its file",
        ));
    }
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|host| host.is_loopback());
    match base.scheme_str() {
        Some("https") => Ok(plain_base(&base)),
        Some("http") if here || plain => Ok(plain_base(&base)),
        Some("http") => Err(Wrong::usage(
            "the token would go to `--url` unencrypted",
            "write https://; in a network where nobody can listen, `--plain-http` allows it",
        )),
        _ => Err(wrong("it begins with https://")),
    }
}

fn plain_base(base: &Uri) -> String {
    base.to_string().trim_end_matches('/').to_owned()
}

const CONNECT: Duration = Duration::from_secs(30);
const ANSWER: Duration = Duration::from_secs(300);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
const PATIENCE: Duration = Duration::from_secs(3600);
const WORTH_SAYING: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(200);
/// How often a failure is tried again.
const FEW: u32 = 5;
/// The largest answer that is read.
const LARGEST: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str, cancel: &'static AtomicBool) -> Result<Client<'static>> {
        let secret = Secret::new("token ", "none");
        Client::new(address, secret, &Connection::default(), cancel)
    }

    #[test]
    fn a_token_does_not_go_unencrypted() {
        static GO_ON: AtomicBool = AtomicBool::new(false);
        for refused in [
            "http://desk.example",
            "desk.example",
            "ftp://desk.example",
            "https://me:secret@desk.example",
            "https://",
        ] {
            assert!(client(refused, &GO_ON).is_err(), "{refused}");
        }
        assert!(client("http://127.0.0.1:9", &GO_ON).is_ok());
        let desk = client("https://desk.example/rt/", &GO_ON).unwrap();
        assert_eq!(desk.base, "https://desk.example/rt");
    }

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(backoff(0), Duration::from_secs(1));
        assert_eq!(backoff(3), Duration::from_secs(8));
        assert_eq!(backoff(40), LONGEST_PAUSE);
    }
}

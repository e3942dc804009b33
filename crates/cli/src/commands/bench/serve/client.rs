//! Asks the server as a browser and as a program do: over HTTP, on connections that are kept.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Response;
use ureq::{Agent, Body};

/// Somebody with a browser, or a program.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    base: String,
    /// Cookie or token, as a header.
    shows: Option<(&'static str, String)>,
}

impl Client {
    /// Somebody whom nobody knows.
    pub(super) fn new(base: &str) -> Self {
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build();
        Self {
            agent: agent.into(),
            base: base.to_owned(),
            shows: None,
        }
    }

    /// The same with a cookie.
    pub(super) fn with_cookie(&self, cookie: &str) -> Self {
        let mut client = Self::new(&self.base);
        client.shows = Some(("Cookie", cookie.to_owned()));
        client
    }

    /// The same with a program's token.
    pub(super) fn with_token(&self, token: &str) -> Self {
        let mut client = Self::new(&self.base);
        client.shows = Some(("Authorization", format!("Bearer {token}")));
        client
    }

    /// A page.
    pub(super) fn get(&self, path: &str) -> Result<String> {
        read(self.open(path)?, 200, path)
    }

    /// A page whose answer may set cookies.
    pub(super) fn open(&self, path: &str) -> Result<Response<Body>> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some((name, value)) = &self.shows {
            request = request.header(*name, value);
        }
        request.call().with_context(|| format!("asking for {path}"))
    }

    /// Posts a form; the answer leads elsewhere, or is a page.
    pub(super) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Response<Body>> {
        let written = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", written(name), written(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let form = "application/x-www-form-urlencoded";
        self.send(path, &[("Content-Type", form)], body.as_bytes())
    }

    /// Sends what a program sends.
    pub(super) fn send(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response<Body>> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        if let Some((name, value)) = &self.shows {
            request = request.header(*name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = request.send(body);
        sent.with_context(|| format!("sending to {path}"))
    }

    /// Waits for what moves; `moved` says whether it goes on waiting.
    pub(super) fn follow(&self, path: &str, mut moved: impl FnMut() -> Result<bool>) -> Result<()> {
        let mut client = self.clone();
        // A stream has no end.
        client.agent = Agent::config_builder().proxy(None).build().into();
        let answer = client.open(path)?;
        for line in BufReader::new(answer.into_body().into_reader()).lines() {
            if line?.starts_with("data:") && !moved()? {
                return Ok(());
            }
        }
        bail!("{path} ended")
    }
}

/// The text of an answer that has this status.
pub(super) fn read(mut answer: Response<Body>, status: u16, path: &str) -> Result<String> {
    let found = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    if found != status {
        let begin: String = text.chars().take(300).collect();
        bail!("{path} answered {found}: {begin}");
    }
    Ok(text)
}

/// A cookie that an answer sets, as a request brings it back.
pub(super) fn cookie(answer: &Response<Body>) -> Option<String> {
    let set = answer.headers().get("set-cookie")?.to_str().ok()?;
    Some(set.split(';').next()?.to_owned())
}

/// What stands in a page behind some words.
pub(super) fn behind<'a>(page: &'a str, words: &str, until: char) -> Option<&'a str> {
    let (_, rest) = page.split_once(words)?;
    rest.split(until).next()
}

/// How long anything may take before the measurement gives up.
const PATIENCE: Duration = Duration::from_secs(120);

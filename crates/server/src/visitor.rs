//! Who reads a public page: in which language, and from where.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;
use countersign_ui::Language;

use crate::access::cookie;
use crate::app::App;
use crate::error::{self, PageError, Reader};

/// Somebody who is not signed in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    pub(crate) language: Language,
    /// Where they come from, for limits alone.
    pub(crate) from: IpAddr,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::from([0; 4]), |ConnectInfo(peer)| peer.ip());
        Ok(Self {
            language: language(&parts.uri, &parts.headers),
            from: caller(peer, &parts.headers, app.config().intake.proxies),
        })
    }
}

/// Draws the page of an error for a visitor, unless it was drawn for somebody who works here.
pub(crate) async fn drawn(State(_): State<App>, request: Request, next: Next) -> Response {
    let language = language(request.uri(), request.headers());
    let chosen = asked(request.uri());
    let reader = if request.uri().path().starts_with("/api/") {
        Reader::Program
    } else {
        Reader::Public(language)
    };
    let mut response = error::drawn(next.run(request).await, reader);
    if let Some(chosen) = chosen {
        let value = format!(
            "language={}; Path=/; SameSite=Lax; Max-Age=31536000",
            chosen.tag()
        );
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

/// The language that the address asks for.
fn asked(uri: &Uri) -> Option<Language> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    let tag = pairs.find(|(name, _)| name == "lang")?.1;
    Language::of(&tag)
}

/// As the address asks, else as was chosen before, else as the browser prefers.
fn language(uri: &Uri, headers: &HeaderMap) -> Language {
    let chosen = || cookie(headers, "language").and_then(Language::of);
    let prefers = || {
        let value = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        let mut tags: Vec<(u32, &str)> = value.split(',').map(weighed).collect();
        tags.sort_by_key(|(weight, _)| core::cmp::Reverse(*weight));
        tags.into_iter().find_map(|(_, tag)| Language::of(tag))
    };
    asked(uri)
        .or_else(chosen)
        .or_else(prefers)
        .unwrap_or_default()
}

/// A tag with its weight in thousandths.
fn weighed(tag: &str) -> (u32, &str) {
    let (tag, rest) = tag.split_once(';').unwrap_or((tag, ""));
    let weight = rest.trim().strip_prefix("q=").map_or(1000, |weight| {
        let digits = weight
            .strip_prefix("0.")
            .unwrap_or(if weight.starts_with('1') { "1000" } else { "0" });
        format!("{digits:0<3}")
            .get(..digits.len().max(3))
            .and_then(|it| it.parse().ok())
            .unwrap_or(0)
    });
    (weight, tag.trim())
}

/// The address that the outermost of our own proxies saw.
fn caller(peer: IpAddr, headers: &HeaderMap, proxies: u32) -> IpAddr {
    let Some(back) = proxies.checked_sub(1) else {
        return peer;
    };
    let all = headers.get_all("x-forwarded-for").into_iter();
    let all: Vec<&str> = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let seen = all.iter().rev().nth(back as usize);
    seen.and_then(|text| text.trim().parse().ok())
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_page_comes_in_the_language_that_is_preferred() {
        let of = |value| language(&Uri::from_static("/"), &headers("accept-language", value));
        assert_eq!(of("de-AT,de;q=0.9,en;q=0.8"), Language::German);
        assert_eq!(of("nl, es;q=0.5, fr;q=0.75"), Language::French);
        assert_eq!(of("en;q=0.3, de;q=1.0"), Language::German);
        assert_eq!(of("*;q=x, ,"), Language::English);
        let uri = Uri::from_static("/?x=1&lang=es");
        assert_eq!(
            language(&uri, &headers("cookie", "language=de")),
            Language::Spanish
        );
    }

    #[test]
    fn a_caller_can_not_choose_an_address() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let map = headers("x-forwarded-for", "1.1.1.1, 192.0.2.7, 10.0.0.2");
        let of = |proxies| caller(peer, &map, proxies).to_string();
        assert_eq!(of(0), "10.0.0.1");
        assert_eq!(of(1), "10.0.0.2");
        assert_eq!(of(2), "192.0.2.7");
        assert_eq!(of(9), "10.0.0.1");
    }
}

//! Okta's System Log as a log of sign-ins: who signed in from which address.
//!
//! The account is `actor.alternateId`, the name that the person signs in with: it is what Okta
//! tells a desk by default, so that it stands in the desk's own tables too. `actor.id` is Okta's
//! and in no other system, and two people can have one `displayName`.

use std::borrow::Cow;
use std::io::Read as _;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::sign_ins::{By, Log, Said};
use super::{Head, Items, Shape};
use crate::reason::Reason;

pub(super) const SYSTEM_LOG: Log = Log {
    shape: Shape::Json(&[]),
    by: By::Provider,
    detect,
    read,
};

/// Whether one of the first objects is an event of Okta's; a collector may write others between.
fn detect(head: &Head<'_>) -> bool {
    let mut lines = Vec::new();
    if Items::new(head.bytes, &[]).read_to_end(&mut lines).is_err() {
        return false;
    }
    lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Map<String, Value>>(line).ok())
        .take(OBJECTS)
        .any(|object| {
            let fields = ["published", "eventType", "actor", "outcome"];
            fields.iter().all(|name| object.contains_key(*name))
        })
}

/// Objects that are tried.
const OBJECTS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    published: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    actor: Option<Actor<'a>>,
    #[serde(borrow)]
    client: Option<Client<'a>>,
    #[serde(borrow)]
    outcome: Option<Outcome<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actor<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    alternate_id: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client<'a> {
    #[serde(borrow)]
    ip_address: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Outcome<'a> {
    #[serde(borrow)]
    result: Option<Cow<'a, str>>,
}

/// A sign-in that succeeded; failed ones may carry anybody's name.
fn read(line: &[u8]) -> Result<Option<Said<'_>>, Reason> {
    let row: Row<'_> = serde_json::from_slice(line)
        .map_err(|_error| Reason::NotJson("not an object of Okta's System Log"))?;
    let kind = row.event_type.ok_or(Reason::Missing("eventType"))?;
    let result = row.outcome.unwrap_or_default().result.unwrap_or_default();
    let actor = row.actor.unwrap_or_default();
    if !signs_in(&kind) || result != "SUCCESS" || actor.kind.as_deref() != Some("User") {
        return Ok(None);
    }
    let known = |text: Option<Cow<'_, str>>, name| match text {
        Some(text) if !text.is_empty() && text != "unknown" => Ok(text.into_owned()),
        _ => Err(Reason::Missing(name)),
    };
    let time = known(row.published, "published")?;
    let user = known(actor.alternate_id, "actor.alternateId")?;
    let source = row.client.unwrap_or_default().ip_address;
    let source = known(source, "client.ipAddress")?;
    // As a web server writes it.
    let source = match source.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => source,
    };
    Ok(Some(Said {
        time: time.into_bytes().into(),
        user: user.into_bytes().into(),
        source: source.into_bytes().into(),
    }))
}

/// Whether an event of this kind shows that a person was at an address: a session with Okta, or
/// any way of proving who one is, to any application.
fn signs_in(kind: &str) -> bool {
    kind == "user.session.start" || kind.starts_with("user.authentication.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, result: &str, actor: &str, client: &str) -> String {
        format!(
            r#"{{"uuid":"1","published":"2026-06-01T08:00:00.123Z","eventType":"{kind}","outcome":{{"result":"{result}","reason":null}},"actor":{{{actor}}},"client":{{{client}}},"target":[{{"type":"AppInstance"}}]}}"#
        )
    }

    const ANN: &str =
        r#""id":"00u1","type":"User","alternateId":"ann@desk.example","displayName":"Ann""#;
    const HOME: &str = r#""ipAddress":"198.51.100.10","zone":"null""#;

    #[test]
    fn a_sign_in_that_succeeded_is_one() {
        for kind in [
            "user.session.start",
            "user.authentication.sso",
            "user.authentication.auth_via_mfa",
        ] {
            let line = line(kind, "SUCCESS", ANN, HOME);
            let said = read(line.as_bytes()).unwrap().unwrap();
            assert_eq!(&*said.time, b"2026-06-01T08:00:00.123Z");
            assert_eq!(&*said.user, b"ann@desk.example");
            assert_eq!(&*said.source, b"198.51.100.10");
        }
        for (address, canonical) in [
            ("2001:DB8:0::7", "2001:db8::7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            let client = format!(r#""ipAddress":"{address}""#);
            let line = line("user.session.start", "SUCCESS", ANN, &client);
            let said = read(line.as_bytes()).unwrap().unwrap();
            assert_eq!(&*said.source, canonical.as_bytes());
        }
    }

    #[test]
    fn failures_other_events_and_programs_are_none() {
        let app = ANN.replace("User", "PublicClientApp");
        for (kind, result, actor) in [
            ("user.session.start", "FAILURE", ANN),
            ("user.authentication.sso", "CHALLENGE", ANN),
            ("user.session.end", "SUCCESS", ANN),
            ("user.account.update_profile", "SUCCESS", ANN),
            ("user.authentication.sso", "SUCCESS", &app),
        ] {
            let line = line(kind, result, actor, HOME);
            assert_eq!(read(line.as_bytes()), Ok(None), "{line}");
        }
    }

    #[test]
    fn a_sign_in_that_can_not_be_placed_is_bad() {
        let nameless = ANN.replace("ann@desk.example", "unknown");
        for (actor, client, missing) in [
            (nameless.as_str(), HOME, "actor.alternateId"),
            (ANN, r#""ipAddress":null"#, "client.ipAddress"),
        ] {
            let line = line("user.session.start", "SUCCESS", actor, client);
            assert_eq!(read(line.as_bytes()), Err(Reason::Missing(missing)));
        }
        let whole = line("user.session.start", "SUCCESS", ANN, HOME);
        for cut in 0..whole.len() {
            assert!(read(&whole.as_bytes()[..cut]).is_err(), "{cut}");
        }
    }
}

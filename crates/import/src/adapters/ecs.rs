//! Elastic Common Schema: requests as Beats and Elastic's agents write them, nested or with dots.

use serde_json::{Map, Value};

use super::emit::{Emit, Event};
use super::{Adapter, Beside, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const REQUESTS: Adapter = Adapter {
    name: "ecs",
    title: "Elastic Common Schema",
    shape: Shape::Json(&[]),
    keeps: Keeps::Views,
    detect: |head| {
        head.has_fields(&["@timestamp"])
            && ["url", "url.path", "url.original", "http"]
                .iter()
                .any(|name| head.has_fields(&[name]))
    },
    read,
};

fn read(record: &Record<'_>, beside: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let row: Map<String, Value> = serde_json::from_slice(record.line)
        .map_err(|_error| Reason::NotJson("not an object of the common schema"))?;
    let text = |path: &str| {
        field(&row, path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let time = text("@timestamp");
    if time.is_empty() {
        return Err(Reason::Missing("@timestamp"));
    }
    let original = text("url.original");
    let joined;
    let url = if original.is_empty() {
        let (path, query) = (text("url.path"), text("url.query"));
        joined = if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        };
        &joined
    } else {
        original
    };
    let method = match text("http.request.method") {
        "" => "GET".to_owned(),
        method => method.to_ascii_uppercase(),
    };
    let status = match field(&row, "http.response.status_code") {
        Some(Value::String(text)) if text.parse::<u16>().is_ok() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => "200".to_owned(),
    };
    let request = (method.as_bytes(), url.as_bytes());
    let Some((action, asked)) = super::shown(request, status.as_bytes(), beside, emit) else {
        return Ok(());
    };
    let actor = ["user.id", "user.name", "user.email"]
        .into_iter()
        .map(text)
        .find(|user| !user.is_empty() && *user != "-")
        .unwrap_or_default();
    let event = Event {
        time: time.as_bytes(),
        actor: actor.as_bytes(),
        action,
        ..Event::default()
    };
    super::each_item(&event, asked, emit);
    Ok(())
}

/// A field by its dotted name, however the dots are written.
fn field<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(at, _)| {
        let inner = object.get(&path[..at])?.as_object()?;
        field(inner, &path[at + 1..])
    })
}

//! Writes what a log tells as OCSF Web Resources Activity (class 6001), which a SIEM can read.
//!
//! The reader of the same is `adapters/ocsf.rs`; together they lose nothing: a log written so and
//! read again has the same events in the same order.

use std::io::{self, Write};

use serde::Serialize;

use crate::adapters::Did;
use crate::told::Told;

/// The version of OCSF whose fields are written.
const VERSION: &str = "1.1.0";
/// Application Activity.
const CATEGORY: u32 = 6;
/// Web Resources Activity.
const CLASS: u32 = 6001;
/// Informational.
const SEVERITY: u32 = 1;

/// One event; fields are written in this order.
#[derive(Serialize)]
struct Activity<'a> {
    class_uid: u32,
    category_uid: u32,
    activity_id: u32,
    type_uid: u32,
    severity_id: u32,
    /// Milliseconds since 1970.
    time: i64,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Actor<'a>>,
    web_resources: [Resource<'a>; 1],
}

#[derive(Serialize)]
struct Metadata {
    version: &'static str,
    product: Product,
}

#[derive(Serialize)]
struct Product {
    name: &'static str,
    vendor_name: &'static str,
}

#[derive(Serialize)]
struct Actor<'a> {
    user: User<'a>,
}

#[derive(Serialize)]
struct User<'a> {
    uid: &'a str,
}

#[derive(Serialize)]
struct Resource<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
}

/// Whose a ticket is: the same look showed both, so it must not become two.
#[derive(Serialize)]
struct Data<'a> {
    customer: &'a str,
}

/// Writes one event as a line.
///
/// # Errors
/// Those of `out`.
pub fn write_ocsf(told: &Told<'_>, out: &mut impl Write) -> io::Result<()> {
    let activity_id = match told.did {
        Did::View => 2,
        Did::Search => 5,
        Did::Export => 7,
        Did::Change => 3,
    };
    let resource = if told.ticket.is_empty() {
        Resource {
            kind: "customer",
            uid: told.customer,
            data: None,
        }
    } else {
        Resource {
            kind: "ticket",
            uid: told.ticket,
            data: (!told.customer.is_empty()).then_some(Data {
                customer: told.customer,
            }),
        }
    };
    let activity = Activity {
        class_uid: CLASS,
        category_uid: CATEGORY,
        activity_id,
        type_uid: CLASS * 100 + activity_id,
        severity_id: SEVERITY,
        time: told.second.to_unix() * 1000,
        metadata: Metadata {
            version: VERSION,
            product: Product {
                name: "Countersign",
                vendor_name: "Countersign",
            },
        },
        actor: (!told.actor.is_empty()).then_some(Actor {
            user: User { uid: told.actor },
        }),
        web_resources: [resource],
    };
    serde_json::to_writer(&mut *out, &activity)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use countersign_core::time::Second;

    use super::*;

    fn line(told: &Told<'_>) -> String {
        let mut out = Vec::new();
        write_ocsf(told, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_has_every_field_in_its_place() {
        let told = Told {
            second: Second::from_unix(1_760_000_000).unwrap(),
            actor: "u\"1",
            customer: "c-9",
            ticket: "4711",
            did: Did::View,
        };
        assert_eq!(
            line(&told),
            concat!(
                r#"{"class_uid":6001,"category_uid":6,"activity_id":2,"type_uid":600102,"#,
                r#""severity_id":1,"time":1760000000000,"metadata":{"version":"1.1.0","#,
                r#""product":{"name":"Countersign","vendor_name":"Countersign"}},"#,
                r#""actor":{"user":{"uid":"u\"1"}},"#,
                r#""web_resources":[{"type":"ticket","uid":"4711","data":{"customer":"c-9"}}]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn a_view_of_nobody_known_has_no_actor() {
        let told = Told {
            second: Second(0),
            actor: "",
            customer: "c-9",
            ticket: "",
            did: Did::Change,
        };
        let line = line(&told);
        assert!(!line.contains("actor"), "{line}");
        assert!(line.contains(r#""activity_id":3,"type_uid":600103"#));
        assert!(line.ends_with("[{\"type\":\"customer\",\"uid\":\"c-9\"}]}\n"));
    }
}

//! The description of what programs may ask (`OpenAPI` 3.1), made from the tables that answer them.

use axum::http::Method;
use countersign_core::program::May;
use countersign_ui::pages::public::Standing;
use serde_json::{Map, Value, json};

use crate::access::Who;
use crate::routes::{self, standing_word};
use crate::said;

/// The document, for a server of this address.
pub(crate) fn document(address: &str) -> Value {
    let mut paths = Map::new();
    for route in routes::all() {
        if !route.path.starts_with("/api/") {
            continue;
        }
        // What has no description here is described by the module that answers it.
        let Some(mut about) = operation(&route.method, route.path) else {
            continue;
        };
        if let (Who::Program(may), Some(about)) = (route.who, about.as_object_mut()) {
            secured(about, may);
        }
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.as_str().to_lowercase(), about);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign",
            "version": "1",
            "description": "For programs that hand in what customers report. Within version 1 \
                fields and words are added and never taken away: pass over what you do not know.",
        },
        "servers": [{"url": address}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "countersign_ and 64 hexadecimal digits",
                "description": "Made under Programs in the console.",
            }},
            "schemas": {
                "Report": said::schema(),
                "Standing": standing(),
                "Problem": problem(),
            },
        },
    })
}

fn operation(method: &Method, path: &str) -> Option<Value> {
    let answer =
        |schema: &str, about: &str| json!({"description": about, "content": content(schema)});
    let wrong = |about: &str| {
        let of = format!("#/components/schemas/{}", "Problem");
        json!({"description": about, "content": {"application/problem+json": {"schema": {"$ref": of}}}})
    };
    Some(match (method, path) {
        (&Method::POST, "/api/v1/reports") => json!({
            "operationId": "handInReport",
            "summary": "Hand in a report",
            "description": "It counts once its customer has entered the code that is mailed to \
                the address on file; the answer is the same whether the address is on file or not.",
            "parameters": [{
                "name": "Idempotency-Key",
                "in": "header",
                "required": true,
                "description": "A name of your own for this report, such as a UUID. Under the same \
                    name the same report is taken once, for ever.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }],
            "requestBody": {"required": true, "content": content("Report")},
            "responses": {
                "201": answer("Standing", "It is on record."),
                "400": wrong("It can’t be read."),
                "409": wrong("What was handed in under this key was erased."),
                "413": wrong("Longer than 64 KiB."),
                "422": wrong("Fields are wrong, or the key was used for another report."),
                "429": wrong("Too many in this hour."),
                "500": wrong("It failed on our side: send it again under the same key."),
            },
        }),
        (&Method::POST, "/api/v1/views") => views(),
        (&Method::GET, "/api/v1/reports/{reference}") => json!({
            "operationId": "reportStanding",
            "summary": "Where a report stands",
            "parameters": [{
                "name": "reference",
                "in": "path",
                "required": true,
                "description": "With or without its strokes.",
                "schema": {"type": "string"},
            }],
            "responses": {
                "200": answer("Standing", "Where it stands, and nothing that it says."),
                "404": wrong("There is no such report."),
                "500": wrong("It failed on our side."),
            },
        }),
        (&Method::GET, "/api/v1/openapi.json") => json!({
            "operationId": "description",
            "summary": "This description",
            "security": [],
            "responses": {"200": {
                "description": "OpenAPI 3.1",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }},
        }),
        _ => return None,
    })
}

fn views() -> Value {
    let wrong = |about: &str| {
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        json!({"description": about, "content": {"application/problem+json": {"schema": schema}}})
    };
    let count = |about: &str| json!({"type": "integer", "minimum": 0, "description": about});
    let id = json!({"type": ["string", "integer", "null"]});
    json!({
        "operationId": "handInViews",
        "summary": "Hand in views, a line each",
        "description": "What is answered is durable. The same may be sent again, whole or in part: \
            nothing is taken twice. OCSF events (6001, 6003, 6005) are taken as lines, too.",
        "parameters": [{
            "name": "Content-Encoding",
            "in": "header",
            "schema": {"enum": ["gzip", "identity"]},
        }],
        "requestBody": {"required": true, "content": {"application/x-ndjson": {"schema": {
            "type": "object",
            "description": "One line.",
            "required": ["time"],
            "properties": {
                "time": {"type": "string", "format": "date-time"},
                "account": id,
                "customer": id,
                "ticket": id,
                "action": {"enum": ["view", "search", "export", "change"]},
                "id": {"type": ["string", "integer", "null"], "description": "A name of your own."},
            },
        }}}},
        "responses": {
            "200": {"description": "What became of the lines.", "content": {"application/json": {
                "schema": {
                    "type": "object",
                    "required": ["taken", "known", "refused", "errors"],
                    "properties": {
                        "taken": count("On record from here on."),
                        "known": count("On record already."),
                        "refused": count("Lines that told no view."),
                        "errors": {"type": "array", "maxItems": 20, "items": {
                            "type": "object",
                            "required": ["line", "detail"],
                            "properties": {
                                "line": {"type": "integer", "minimum": 1},
                                "detail": {"type": "string"},
                            },
                        }},
                    },
                },
            }}},
            "400": wrong("It is said to be packed and is not."),
            "413": wrong("Too long: send it in parts."),
            "415": wrong("Neither lines of JSON nor packed with gzip."),
            "500": wrong("It failed on our side: send it again."),
            "503": wrong("More comes in than can be put on record: send the same again after \
                `Retry-After`."),
        },
    })
}

/// Says which token it takes, and what is answered without one.
fn secured(about: &mut Map<String, Value>, may: May) {
    about.insert("security".to_owned(), json!([{"token": []}]));
    let allows = format!("A token that allows `{}` is needed.", may.word());
    let refused = |about: &str| {
        json!({
            "description": about,
            "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}},
            "content": {"application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
            }},
        })
    };
    if let Some(answers) = about.get_mut("responses").and_then(Value::as_object_mut) {
        answers.insert(
            "401".to_owned(),
            refused("No token, or one that is not known."),
        );
        answers.insert("403".to_owned(), refused(&allows));
    }
}

fn content(schema: &str) -> Value {
    let of = format!("#/components/schemas/{schema}");
    json!({"application/json": {"schema": {"$ref": of}}})
}

fn standing() -> Value {
    let words = [
        Standing::Received,
        Standing::Waiting,
        Standing::Counts,
        Standing::Closed,
    ];
    json!({
        "type": "object",
        "required": ["reference", "state"],
        "properties": {
            "reference": {
                "type": "string",
                "pattern": "^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]$",
                "description": "The customer asks after the report with it.",
            },
            "state": {
                "type": "string",
                "enum": words.map(standing_word),
                "description": "`received`: kept, without an address to prove it by. `waiting`: \
                    for the code that is mailed if the address is on file. `counts`: its customer \
                    has proven it. `closed`: erased.",
            },
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457. Never holds a value that was sent.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong, and what to do."},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "detail", "help"],
                    "properties": {
                        "field": {"type": "string", "description": "Empty: the whole."},
                        "detail": {"type": "string"},
                        "help": {"type": "string"},
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_for_programs_is_described() {
        let document = document("https://desk.example.org");
        for route in routes::all() {
            if !route.path.starts_with("/api/v1/reports") && route.path != "/api/v1/views" {
                continue;
            }
            let method = route.method.as_str().to_lowercase();
            let about = &document["paths"][route.path][&method];
            assert!(
                about["responses"]["401"].is_object(),
                "{} {}",
                route.method,
                route.path
            );
        }
    }
}

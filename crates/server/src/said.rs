//! A report as a program sends it: one table of fields, which reads the JSON and describes it.

use countersign_core::report::Channel;
use countersign_core::respond::statement::{Given, Knew, Pretext, Statement, StatementError};
use countersign_core::time::Second;
use countersign_ui::Language;
use serde_json::{Map, Value, json};

use crate::problem::FieldProblem;

/// A field of a report.
pub(crate) struct Field {
    /// As JSON has it.
    pub(crate) name: &'static str,
    /// What it holds.
    is: Is,
    /// What it means, for whoever writes the program.
    about: &'static str,
    /// Puts what was read into the statement.
    put: fn(&mut Statement, Read),
}

/// What a field holds.
enum Is {
    /// Text of so many letters at most.
    Text(usize),
    /// A time with its offset from UTC.
    Moment,
    /// One of some words.
    One(fn() -> Vec<&'static str>),
    /// Any of some words.
    Some(fn() -> Vec<&'static str>),
    /// Yes or no.
    Flag,
}

/// What was read from a field.
enum Read {
    Text(String),
    Moment(Second),
    Words(Vec<String>),
    Flag(bool),
}

/// All fields, in the order of the description.
const FIELDS: [Field; 14] = [
    Field {
        name: "channel",
        is: Is::One(channels),
        about: "How they reached the customer.",
        put: |said, read| {
            let found = CHANNELS.into_iter().find(|one| read.is(one.word()));
            said.channel = found.unwrap_or_default();
        },
    },
    Field {
        name: "called",
        is: Is::Moment,
        about: "When it was; left out where nobody remembers: then the time of receipt stands for it.",
        put: |said, read| said.called = read.moment(),
    },
    Field {
        name: "email",
        is: Is::Text(254),
        about: "The customer’s e-mail address on file. The code that proves the report goes there.",
        put: |said, read| said.email = read.text(),
    },
    Field {
        name: "phone",
        is: Is::Text(40),
        about: "The customer’s phone number on file.",
        put: |said, read| said.phone = read.text(),
    },
    Field {
        name: "customer",
        is: Is::Text(100),
        about: "The desk’s own number of the customer.",
        put: |said, read| said.customer = read.text(),
    },
    Field {
        name: "number",
        is: Is::Text(100),
        about: "A ticket number as it was heard; pieces are fine.",
        put: |said, read| said.number = read.text(),
    },
    Field {
        name: "shown",
        is: Is::Text(254),
        about: "The number or address that was shown.",
        put: |said, read| said.shown = read.text(),
    },
    Field {
        name: "answer",
        is: Is::Text(254),
        about: "The number or address to answer to.",
        put: |said, read| said.answer = read.text(),
    },
    Field {
        name: "knew",
        is: Is::Some(|| Knew::ALL.map(Knew::word).to_vec()),
        about: "What they knew.",
        put: |said, read| said.knew = read.chosen(&Knew::ALL, Knew::word),
    },
    Field {
        name: "pretext",
        is: Is::One(|| Pretext::ALL.map(Pretext::word).to_vec()),
        about: "The story that was told.",
        put: |said, read| said.pretext = read.chosen(&Pretext::ALL, Pretext::word).pop(),
    },
    Field {
        name: "given",
        is: Is::Some(|| Given::ALL.map(Given::word).to_vec()),
        about: "What the customer gave.",
        put: |said, read| said.given = read.chosen(&Given::ALL, Given::word),
    },
    Field {
        name: "words",
        is: Is::Text(4000),
        about: "In the customer’s own words.",
        put: |said, read| said.words = read.text(),
    },
    Field {
        name: "language",
        is: Is::One(|| Language::ALL.map(Language::tag).to_vec()),
        about: "The language in which the customer is written to; `en` if it is left out.",
        put: |said, read| said.language = read.text().unwrap_or_default(),
    },
    Field {
        name: "call_back",
        is: Is::Flag,
        about: "Somebody may call the customer back; needs `phone`.",
        put: |said, read| said.call_back = matches!(read, Read::Flag(true)),
    },
];

/// Fields that must be there.
const NEEDED: [&str; 1] = ["channel"];

/// The ways that customers are reached on; decoys ring elsewhere.
const CHANNELS: [Channel; 6] = [
    Channel::Phone,
    Channel::Robocall,
    Channel::Email,
    Channel::Sms,
    Channel::Portal,
    Channel::Forum,
];

fn channels() -> Vec<&'static str> {
    CHANNELS.map(Channel::word).to_vec()
}

impl Read {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Words(words) => words.into_iter().next(),
            Self::Moment(_) | Self::Flag(_) => None,
        }
    }

    fn moment(self) -> Option<Second> {
        match self {
            Self::Moment(at) => Some(at),
            Self::Text(_) | Self::Words(_) | Self::Flag(_) => None,
        }
    }

    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Words(words) if words.iter().any(|known| known == word))
    }

    fn chosen<T: Copy>(&self, all: &[T], word: impl Fn(T) -> &'static str) -> Vec<T> {
        let all = all.iter().copied();
        all.filter(|one| self.is(word(*one))).collect()
    }
}

impl Field {
    /// Reads its value, or says what is wrong with it; never what was sent.
    fn read(&self, value: &Value) -> Result<Read, (String, String)> {
        match (&self.is, value) {
            (Is::Text(_), Value::String(text)) => Ok(Read::Text(text.clone())),
            (Is::Text(_), _) => Err(wrong("it is no text", "send it in quotes")),
            (Is::Moment, Value::String(text)) => {
                Second::read(text).map(Read::Moment).ok_or_else(|| {
                    wrong(
                        "it is no time with an offset from UTC after the year 2000",
                        "send it as RFC 3339 has it, such as 2026-11-27T14:30:00+01:00",
                    )
                })
            }
            (Is::Moment, _) => Err(wrong("it is no text", "send the time in quotes")),
            (Is::One(words), Value::String(text)) => {
                one_of(text, &words()).map(|word| Read::Words(vec![word]))
            }
            (Is::One(words), _) => Err(wrong("it is no word", &listed(&words()))),
            (Is::Some(words), Value::Array(list)) => {
                let words = words();
                let each = list.iter().take(words.len() + MORE).map(|one| match one {
                    Value::String(text) => one_of(text, &words),
                    _ => Err(wrong("one of the list is no word", &listed(&words))),
                });
                each.collect::<Result<_, _>>().map(Read::Words)
            }
            (Is::Some(words), _) => Err(wrong("it is no list of words", &listed(&words()))),
            (Is::Flag, Value::Bool(flag)) => Ok(Read::Flag(*flag)),
            (Is::Flag, _) => Err(wrong("it is neither true nor false", "send true or false")),
        }
    }

    /// Its schema.
    fn schema(&self) -> Value {
        let mut schema = match &self.is {
            Is::Text(most) => json!({"type": "string", "maxLength": most}),
            Is::Moment => json!({"type": "string", "format": "date-time"}),
            Is::One(words) => json!({"type": "string", "enum": words()}),
            Is::Some(words) => {
                json!({"type": "array", "items": {"type": "string", "enum": words()}})
            }
            Is::Flag => json!({"type": "boolean"}),
        };
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), self.about.into());
        }
        schema
    }
}

/// What a program says of a report, checked.
///
/// # Errors
/// What is wrong, at least one error; all of them where they are of different fields.
pub(crate) fn read(body: &[u8], now: Second) -> Result<Statement, Vec<FieldProblem>> {
    let whole = |detail: &str, help: &str| vec![problem("", detail, help)];
    let value = serde_json::from_slice::<Value>(body).map_err(|error| {
        let place = format!(
            "it is no JSON at line {}, column {}",
            error.line(),
            error.column()
        );
        whole(&place, "send one JSON object, in UTF-8")
    })?;
    let Value::Object(object) = value else {
        return Err(whole("it is no JSON object", "send one report an object"));
    };
    let mut said = Statement {
        language: Language::default().tag().to_owned(),
        ..Statement::default()
    };
    let mut wrong = unknown(&object);
    for field in &FIELDS {
        match object.get(field.name) {
            None | Some(Value::Null) if NEEDED.contains(&field.name) => {
                wrong.push(problem(
                    field.name,
                    "it is missing",
                    "say it in every report",
                ));
            }
            None | Some(Value::Null) => {}
            Some(value) => match field.read(value) {
                Ok(read) => (field.put)(&mut said, read),
                Err((detail, help)) => wrong.push(problem(field.name, &detail, &help)),
            },
        }
    }
    match said.checked(now) {
        Ok(said) => {
            if said.call_back && said.phone.is_none() {
                wrong.push(problem(
                    "phone",
                    "it is missing",
                    "say which number to call back",
                ));
            }
            if wrong.is_empty() {
                return Ok(said);
            }
        }
        Err(errors) => wrong.extend(errors.iter().map(of_statement)),
    }
    Err(wrong)
}

/// The schema of what [`read`] takes.
pub(crate) fn schema() -> Value {
    let properties: Map<String, Value> = FIELDS
        .iter()
        .map(|field| (field.name.to_owned(), field.schema()))
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": NEEDED,
        "properties": properties,
    })
}

fn unknown(object: &Map<String, Value>) -> Vec<FieldProblem> {
    let known = |name: &str| FIELDS.iter().any(|field| field.name == name);
    // The name itself is not told back: whoever mixes up name and value sends personal data.
    let others = object.keys().filter(|name| !known(name)).count();
    let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    let detail = format!("fields that there are not: {others}");
    (others > 0)
        .then(|| problem("", &detail, &format!("send only {}", names.join(", "))))
        .into_iter()
        .collect()
}

fn one_of(text: &str, words: &[&'static str]) -> Result<String, (String, String)> {
    let found = words.iter().find(|word| **word == text);
    let unknown = || wrong("it is a word that is not known", &listed(words));
    found.map(|word| (*word).to_owned()).ok_or_else(unknown)
}

fn listed(words: &[&str]) -> String {
    format!("send one of {}", words.join(", "))
}

fn wrong(detail: &str, help: &str) -> (String, String) {
    (detail.to_owned(), help.to_owned())
}

fn problem(field: &str, detail: &str, help: &str) -> FieldProblem {
    FieldProblem {
        field: field.to_owned(),
        detail: detail.to_owned(),
        help: help.to_owned(),
    }
}

fn of_statement(error: &StatementError) -> FieldProblem {
    let help = match error {
        StatementError::Long { .. } => "shorten it",
        StatementError::Control(_) => "take out what is no letter, such as line ends",
        StatementError::Email => "send one address, without a name around it",
        StatementError::Phone => "send digits, with + - ( ) . / and blanks at most",
        StatementError::Future => "compare the clock and the offset of the sender",
        _ => "mend it",
    };
    problem(error.field(), &error.to_string(), help)
}

/// Words of a list beyond all that there are, which repeat some.
const MORE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Second = Second(849_000_000);

    fn fields_of(body: &str) -> Vec<String> {
        let wrong = read(body.as_bytes(), NOW).unwrap_err();
        wrong.into_iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn a_report_says_what_its_fields_say() {
        let body = r#"{"channel":"robocall","called":"2026-11-20T14:30:00+01:00","email":" ann@example.org ",
            "phone":"+49 30 1234567","customer":"c-1","number":"INC 4711","shown":"+1 202","answer":"x@y.z",
            "knew":["product","name","product"],"pretext":"refund","given":["codes"],"words":"first\nsecond",
            "language":"de","call_back":true}"#;
        let said = read(body.as_bytes(), NOW).unwrap();
        assert_eq!(said.channel, Channel::Robocall);
        assert_eq!(said.called.unwrap().to_string(), "2026-11-20T13:30:00Z");
        assert_eq!(said.email.as_deref(), Some("ann@example.org"));
        assert_eq!(said.phone.as_deref(), Some("+49 30 1234567"));
        assert_eq!(said.customer.as_deref(), Some("c-1"));
        assert_eq!(said.number.as_deref(), Some("INC 4711"));
        assert_eq!(said.shown.as_deref(), Some("+1 202"));
        assert_eq!(said.answer.as_deref(), Some("x@y.z"));
        assert_eq!(said.knew, [Knew::Name, Knew::Product]);
        assert_eq!(said.pretext, Some(Pretext::Refund));
        assert_eq!(said.given, [Given::Codes]);
        assert_eq!(said.words.as_deref(), Some("first\nsecond"));
        assert_eq!((said.language.as_str(), said.call_back), ("de", true));
        let least = read(br#"{"channel":"sms","email":null}"#, NOW).unwrap();
        assert_eq!(
            (least.channel, least.language.as_str()),
            (Channel::Sms, "en")
        );
    }

    #[test]
    fn what_is_wrong_is_said_of_each_field_and_never_with_its_value() {
        let body = r#"{"channel":"pigeon-77","called":"tomorrow-77","email":"ann-77","phone":77,
            "knew":["shoe size-77"],"call_back":"yes-77","secret-77":1}"#;
        let wrong = read(body.as_bytes(), NOW).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "",
                "channel",
                "called",
                "phone",
                "knew",
                "call_back",
                "email"
            ]
        );
        for one in &wrong {
            assert!(
                !one.detail.contains("77") && !one.help.contains("77"),
                "{one:?}"
            );
            assert!(!one.help.is_empty());
        }
        assert_eq!(fields_of("{}"), ["channel"]);
        assert_eq!(fields_of("[]"), [""]);
        assert_eq!(fields_of("{\"channel\":"), [""]);
        assert_eq!(
            fields_of(r#"{"channel":"sms","call_back":true}"#),
            ["phone"]
        );
        assert_eq!(
            fields_of(r#"{"channel":"sms","called":"2999-01-01T00:00:00Z"}"#),
            ["called"]
        );
        assert_eq!(fields_of(&"[".repeat(10_000)), [""]);
        let long = format!(r#"{{"channel":"sms","number":"{}"}}"#, "x".repeat(101));
        assert_eq!(fields_of(&long), ["number"]);
    }

    #[test]
    fn a_text_is_as_long_as_its_schema_says() {
        for field in &FIELDS {
            let Is::Text(most) = field.is else { continue };
            let text = |letters: usize| match field.name {
                "email" => format!("{}@b.c", "a".repeat(letters - 4)),
                "phone" => format!("{}{}", "1".repeat(8), "-".repeat(letters - 8)),
                _ => "a".repeat(letters),
            };
            let body = |letters| json!({"channel": "sms", field.name: text(letters)}).to_string();
            assert!(read(body(most).as_bytes(), NOW).is_ok(), "{}", field.name);
            assert_eq!(fields_of(&body(most + 1)), [field.name]);
        }
    }
}

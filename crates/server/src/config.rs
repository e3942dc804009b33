//! The configuration: one table of keys, from which reading, `config print`, `config schema` and
//! the guide's list come.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::{Table, Value};

/// What the server is told by its operator.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it listens.
    pub listen: String,
    /// Under which address people reach it.
    pub address: String,
    /// Whose desk it is.
    pub organisation: String,
    /// File with the address of a PostgreSQL database.
    pub database_file: Option<PathBuf>,
    /// The help desk's files.
    pub desk: Desk,
    /// How mail goes out.
    pub mail: Mail,
    /// What a public page takes from one address.
    pub intake: Intake,
    /// Those who work at the desk.
    pub people: People,
    /// The company's own sign-in, beside passkeys.
    pub oidc: Oidc,
}

/// Those who work at the desk.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct People {
    /// Mail address of the staff's representative.
    pub representative: Option<String>,
}

/// The help desk's files, as for `countersign trace`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Desk {
    /// Logs of views.
    pub events: Vec<PathBuf>,
    /// Table of customers.
    pub customers: Option<PathBuf>,
    /// Table of tickets.
    pub tickets: Option<PathBuf>,
    /// Table of accounts.
    pub accounts: Option<PathBuf>,
    /// Table of copies.
    pub exports: Option<PathBuf>,
    /// Names of columns.
    pub map_file: Option<PathBuf>,
    /// How times are written.
    pub time_format: Option<String>,
    /// Zone of times without one.
    pub timezone: Option<String>,
    /// Values that mean nothing.
    pub missing: Vec<String>,
    /// Whether changes count as views.
    pub changes_as_views: bool,
    /// Logs that are followed.
    pub follow: Vec<PathBuf>,
    /// Hours without a view after which a source is shown as silent.
    pub silent_hours: SilentHours,
}

/// Hours without a view after which a source is shown as silent.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct SilentHours(pub u32);

impl Default for SilentHours {
    fn default() -> Self {
        Self(26)
    }
}

/// How mail goes out.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// Host and port of the company's own mail server; none: no codes are sent.
    pub server: Option<String>,
    /// The sender.
    pub from: String,
    /// How the connection is kept from others.
    pub encryption: Encryption,
    /// Who signs in there.
    pub user: Option<String>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
}

/// How a connection to a mail server is kept from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// Not at all: a server on this machine.
    #[default]
    None,
    /// From the first byte.
    Tls,
    /// After STARTTLS, which must be there.
    Starttls,
}

/// What a public page takes from one address.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Intake {
    /// Reports in an hour.
    pub reports_an_hour: u32,
    /// Questions after a report, and codes tried, in an hour.
    pub questions_an_hour: u32,
    /// Letters that one customer gets in an hour, whoever asks for them.
    pub letters_an_hour: u32,
    /// Of how many proxies the last ones' word about the caller's address is taken.
    pub proxies: u32,
}

/// The company's own sign-in by OpenID Connect, beside passkeys.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// The provider; none: passkeys alone.
    pub issuer: Option<String>,
    /// As whom the provider knows this server.
    pub client_id: Option<String>,
    /// File with the secret that the provider gave; none: a public client.
    pub client_secret_file: Option<PathBuf>,
    /// What people call that sign-in.
    pub name: String,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: None,
            client_id: None,
            client_secret_file: None,
            name: "your company".to_owned(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            address: "http://localhost:8080".to_owned(),
            organisation: "Our company".to_owned(),
            database_file: None,
            desk: Desk::default(),
            mail: Mail::default(),
            intake: Intake::default(),
            people: People::default(),
            oidc: Oidc::default(),
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            server: None,
            from: "countersign@localhost".to_owned(),
            encryption: Encryption::None,
            user: None,
            password_file: None,
        }
    }
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            reports_an_hour: 20,
            questions_an_hour: 60,
            letters_an_hour: 5,
            proxies: 0,
        }
    }
}

/// A key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written, with its table before a dot.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds without it, as TOML; empty: nothing.
    pub default: &'static str,
    /// What it does.
    pub effect: &'static str,
    /// What goes wrong when it is wrong.
    pub breaks: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// A whole number.
    Number,
    /// true or false.
    YesNo,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// All keys, in the order in which they are printed.
pub const KEYS: &[Key] = &[
    Key {
        name: "listen",
        takes: Takes::Text,
        default: "\"127.0.0.1:8080\"",
        effect: "address and port on which the server listens; `--listen` comes before it",
        breaks: "on an address that others reach, passwords of nobody are at stake, but pages go out in the clear: put a proxy with TLS before it",
    },
    Key {
        name: "address",
        takes: Takes::Text,
        default: "\"http://localhost:8080\"",
        effect: "how people reach the server: links in invitations, and the place that passkeys are bound to",
        breaks: "passkeys that were made under one address do not work under another; posts from another address are refused",
    },
    Key {
        name: "organisation",
        takes: Takes::Text,
        default: "\"Our company\"",
        effect: "the name that customers read on public pages and in mails",
        breaks: "customers don't know whose page it is",
    },
    Key {
        name: "database_file",
        takes: Takes::Text,
        default: "",
        effect: "file whose one line is the address of a PostgreSQL database; without it the database is a file of the data folder",
        breaks: "another database under the same folder is refused at the start, since the ledger is ahead of it",
    },
    Key {
        name: "desk.events",
        takes: Takes::Texts,
        default: "[]",
        effect: "the help desk's logs of views, as for `countersign trace --events`",
        breaks: "without it reports are taken and no case can be judged",
    },
    Key {
        name: "desk.customers",
        takes: Takes::Text,
        default: "",
        effect: "table of customers with their e-mail addresses and phone numbers",
        breaks: "without it a report counts only where an agent gives the customer's own id",
    },
    Key {
        name: "desk.tickets",
        takes: Takes::Text,
        default: "",
        effect: "table of tickets: whose each is, and the number that customers know",
        breaks: "without it a quoted number can't be found",
    },
    Key {
        name: "desk.accounts",
        takes: Takes::Text,
        default: "",
        effect: "table of accounts: persons, teams, sites, vendors, programs",
        breaks: "without it two accounts of one person are two holders",
    },
    Key {
        name: "desk.exports",
        takes: Takes::Text,
        default: "",
        effect: "table of copies that left the desk",
        breaks: "without it a copy can't be found as the source, and those who had it look like strangers",
    },
    Key {
        name: "desk.map_file",
        takes: Takes::Text,
        default: "",
        effect: "names of columns, as for `countersign trace --map-file`",
        breaks: "columns with other names are not found; the start says which",
    },
    Key {
        name: "desk.time_format",
        takes: Takes::Text,
        default: "",
        effect: "how times are written in the tables",
        breaks: "times that do not read are rejected rows",
    },
    Key {
        name: "desk.timezone",
        takes: Takes::Text,
        default: "",
        effect: "zone of times that have none",
        breaks: "a wrong one moves every view by hours: views then count that came after the call",
    },
    Key {
        name: "desk.missing",
        takes: Takes::Texts,
        default: "[]",
        effect: "values that mean nothing, beside the empty one",
        breaks: "a placeholder becomes a customer whom everybody saw",
    },
    Key {
        name: "desk.changes_as_views",
        takes: Takes::YesNo,
        default: "false",
        effect: "takes a log that has changes only",
        breaks: "who looked without changing anything is not in such a log; every page says so",
    },
    Key {
        name: "desk.follow",
        takes: Takes::Texts,
        default: "[]",
        effect: "logs that are still written to: their lines are taken as they come and kept in the ledger; not those of `desk.events`, which are read anew at each start",
        breaks: "a log that is in both is counted twice, and each start begins a new version of every case",
    },
    Key {
        name: "desk.silent_hours",
        takes: Takes::Number,
        default: "26",
        effect: "hours without a view after which a source that should speak is shown on everybody's first page",
        breaks: "too many: what a silent log did not tell is missing for days; too few: nights and holidays alarm",
    },
    Key {
        name: "mail.server",
        takes: Takes::Text,
        default: "",
        effect: "host and port of the company's own mail server",
        breaks: "without it no customer can confirm a report, and no report from the form counts",
    },
    Key {
        name: "mail.from",
        takes: Takes::Text,
        default: "\"countersign@localhost\"",
        effect: "sender of mails",
        breaks: "an address that the mail server does not send for: codes are refused or end as spam",
    },
    Key {
        name: "mail.encryption",
        takes: Takes::Words(&["none", "starttls", "tls"]),
        default: "\"none\"",
        effect: "how the connection to the mail server is kept from others",
        breaks: "`none` to another machine lets the network read codes and addresses",
    },
    Key {
        name: "mail.user",
        takes: Takes::Text,
        default: "",
        effect: "who signs in at the mail server",
        breaks: "the mail server refuses the mails",
    },
    Key {
        name: "mail.password_file",
        takes: Takes::Text,
        default: "",
        effect: "file whose one line is the password there",
        breaks: "the mail server refuses the mails",
    },
    Key {
        name: "intake.reports_an_hour",
        takes: Takes::Number,
        default: "20",
        effect: "reports that are taken from one address in an hour",
        breaks: "too few: customers behind one company's address are turned away; too many: a flood fills the inbox (and moves nothing)",
    },
    Key {
        name: "intake.questions_an_hour",
        takes: Takes::Number,
        default: "60",
        effect: "questions after reports, codes and sign-ins that are taken from one address in an hour",
        breaks: "too many: references and codes can be guessed faster",
    },
    Key {
        name: "intake.letters_an_hour",
        takes: Takes::Number,
        default: "5",
        effect: "codes that are mailed to one customer in an hour, whoever sends the reports",
        breaks: "too few: a household that reports several calls gets no code for the last ones; too many: anybody can flood a customer with your mail",
    },
    Key {
        name: "intake.proxies",
        takes: Takes::Number,
        default: "0",
        effect: "how many proxies of your own stand before the server: the caller's address is then the one that the outermost of them saw",
        breaks: "too few: all callers share one limit; too many: callers choose their own address",
    },
    Key {
        name: "people.representative",
        takes: Takes::Text,
        default: "",
        effect: "mail address of the staff's representative, who is told whenever a name is opened",
        breaks: "without it nobody outside the case learns by mail that a name was opened; the ledger has it all the same",
    },
    Key {
        name: "oidc.issuer",
        takes: Takes::Text,
        default: "",
        effect: "the company's sign-in by OpenID Connect, beside passkeys: the provider's address, as it names itself. Give it the address of this server with /sign-in/company/back as the place to come back to",
        breaks: "with another spelling than the provider's own (a slash at the end counts) every sign-in is refused",
    },
    Key {
        name: "oidc.client_id",
        takes: Takes::Text,
        default: "",
        effect: "as whom the provider knows this server",
        breaks: "the provider shows an error, or every sign-in is refused",
    },
    Key {
        name: "oidc.client_secret_file",
        takes: Takes::Text,
        default: "",
        effect: "file whose one line is the secret that the provider gave for this server; without it the server is a public client",
        breaks: "the provider takes no code, so every sign-in is refused",
    },
    Key {
        name: "oidc.name",
        takes: Takes::Text,
        default: "\"your company\"",
        effect: "what people call that sign-in; it stands behind \"Sign in with\"",
        breaks: "people don't know which of their accounts is meant",
    },
];

/// A key with what holds for it.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    /// As TOML; none: nothing is set.
    pub(crate) value: Option<String>,
    /// Whether it is something else than what holds without it.
    pub(crate) is_own: bool,
}

/// A configuration that can't be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file can't be read.
    #[error("reading `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no TOML.
    #[error("`{}` is not TOML: {what}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A key that there is not.
    #[error("`{}`: there is no key `{key}`{}", path.display(), near(nearest.as_deref()))]
    Unknown {
        /// Which file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The key that is meant, perhaps.
        nearest: Option<String>,
    },
    /// A value of another kind.
    #[error("`{}`: `{key}` takes {takes}", path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What it takes.
        takes: String,
    },
}

impl ConfigError {
    /// What the operator can do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Read { .. } => "give the file with `--config`, or leave it out for the defaults",
            Self::Form { .. } => "`countersign config print` shows how a whole file looks",
            Self::Unknown { .. } | Self::Value { .. } => {
                "`countersign config print` lists all keys with what they do"
            }
        }
    }
}

fn near(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |key| format!(" (is it `{key}`?)"))
}

impl Takes {
    fn in_words(self) -> String {
        match self {
            Self::Text => "text in quotes".to_owned(),
            Self::Texts => "a list of texts in quotes".to_owned(),
            Self::Number => "a whole number from 0 to 4294967295".to_owned(),
            Self::YesNo => "true or false".to_owned(),
            Self::Words(words) => format!("one of {}", words.join(", ")),
        }
    }

    fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(_)) | (Self::YesNo, Value::Boolean(_)) => true,
            (Self::Texts, Value::Array(all)) => all.iter().all(Value::is_str),
            (Self::Number, Value::Integer(number)) => u32::try_from(*number).is_ok(),
            (Self::Words(words), Value::String(word)) => words.contains(&word.as_str()),
            _ => false,
        }
    }
}

impl Config {
    /// What holds for each key.
    pub(crate) fn settings(&self) -> Result<Vec<Setting>, toml::ser::Error> {
        let table = Value::try_from(self)?;
        let setting = |key: &'static Key| {
            let mut parts = key.name.split('.');
            let value = parts.try_fold(&table, |table, part| table.get(part));
            let value = value.map(Value::to_string);
            Setting {
                key,
                is_own: value.as_deref().unwrap_or_default() != key.default,
                value,
            }
        };
        Ok(KEYS.iter().map(setting).collect())
    }

    /// Reads a file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// What is wrong, with the key that is meant.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::parse(&text, path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let desk = &mut config.desk;
        let paths = desk.events.iter_mut().chain(&mut desk.follow).chain(
            [
                &mut desk.customers,
                &mut desk.tickets,
                &mut desk.accounts,
                &mut desk.exports,
                &mut desk.map_file,
                &mut config.mail.password_file,
                &mut config.oidc.client_secret_file,
                &mut config.database_file,
            ]
            .into_iter()
            .flatten(),
        );
        for path in paths {
            *path = folder.join(&*path);
        }
        Ok(config)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let form = |what: String| ConfigError::Form {
            path: path.to_owned(),
            what,
        };
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            // The words of the parser show the line, which can hold a secret.
            let line = error.span().map_or(0, |span| {
                text.get(..span.start)
                    .map_or(0, |before| before.matches('\n').count())
            });
            form(format!("line {}: {}", line + 1, error.message()))
        })?;
        check(&table, "", path)?;
        Value::Table(table)
            .try_into()
            .map_err(|error: toml::de::Error| form(error.message().to_owned()))
    }

    /// A whole file with every key, its default, what it does and what breaks.
    #[must_use]
    pub fn print() -> String {
        let mut text = String::new();
        let mut within = "";
        for key in KEYS {
            let (table, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
            if table != within {
                text.push_str(&format!("[{table}]\n\n"));
                within = table;
            }
            text.push_str(&format!("# {}.\n# If wrong: {}.\n", key.effect, key.breaks));
            if key.default.is_empty() {
                text.push_str(&format!("# {name} = ({})\n\n", key.takes.in_words()));
            } else {
                text.push_str(&format!("{name} = {}\n\n", key.default));
            }
        }
        text
    }

    /// The JSON Schema of a file.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        use serde_json::{Map, json};
        let mut top = Map::new();
        for key in KEYS {
            let of = match key.takes {
                Takes::Text => json!({"type": "string"}),
                Takes::Texts => json!({"type": "array", "items": {"type": "string"}}),
                Takes::Number => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
                Takes::YesNo => json!({"type": "boolean"}),
                Takes::Words(words) => json!({"enum": words}),
            };
            let mut of = of;
            if let Some(of) = of.as_object_mut() {
                of.insert("description".to_owned(), json!(key.effect));
            }
            match key.name.split_once('.') {
                None => _ = top.insert(key.name.to_owned(), of),
                Some((table, name)) => {
                    let within = top.entry(table).or_insert_with(|| {
                        json!({"type": "object", "additionalProperties": false, "properties": {}})
                    });
                    if let Some(keys) = within
                        .get_mut("properties")
                        .and_then(|it| it.as_object_mut())
                    {
                        keys.insert(name.to_owned(), of);
                    }
                }
            }
        }
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "countersign.toml",
            "type": "object",
            "additionalProperties": false,
            "properties": top,
        })
    }
}

/// Holds every key and value of a table against the list.
fn check(table: &Table, within: &str, path: &Path) -> Result<(), ConfigError> {
    for (name, value) in table {
        let full = if within.is_empty() {
            name.clone()
        } else {
            format!("{within}.{name}")
        };
        let is_table = KEYS.iter().any(|key| {
            key.name
                .strip_prefix(&full)
                .is_some_and(|rest| rest.starts_with('.'))
        });
        if let (true, Value::Table(inner)) = (is_table, value) {
            check(inner, &full, path)?;
            continue;
        }
        let Some(key) = KEYS.iter().find(|key| key.name == full) else {
            let near = KEYS
                .iter()
                .map(|key| (strsim::damerau_levenshtein(key.name, &full), key.name));
            let nearest = near.min().filter(|(far, name)| *far * 2 < name.len());
            return Err(ConfigError::Unknown {
                path: path.to_owned(),
                key: full,
                nearest: nearest.map(|(_, name)| name.to_owned()),
            });
        };
        if !key.takes.fits(value) {
            return Err(ConfigError::Value {
                path: path.to_owned(),
                key: full,
                takes: key.takes.in_words(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_is_said_of_each_key() {
        let text =
            "listen = \"127.0.0.1:9\"\n[desk]\nevents = [\"a.csv\"]\n[intake]\nproxies = 2\n";
        let config = Config::parse(text, Path::new("c.toml")).unwrap();
        let settings = config.settings().unwrap();
        assert_eq!(settings.len(), KEYS.len());
        let own: Vec<(&str, Option<&str>)> = settings
            .iter()
            .filter(|setting| setting.is_own)
            .map(|setting| (setting.key.name, setting.value.as_deref()))
            .collect();
        let wanted = [
            ("listen", Some("\"127.0.0.1:9\"")),
            ("desk.events", Some("[\"a.csv\"]")),
            ("intake.proxies", Some("2")),
        ];
        assert_eq!(own, wanted);
        let settings = Config::default().settings().unwrap();
        assert!(
            settings.iter().all(|setting| !setting.is_own),
            "{settings:?}"
        );
    }

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("countersign.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_printed_is_read_and_says_the_defaults() {
        let read = parse(&Config::print()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn a_key_that_there_is_not_is_named_with_the_nearest() {
        let error = parse("[mail]\nsever = \"localhost:25\"\n").unwrap_err();
        assert_eq!(
            error,
            "`countersign.toml`: there is no key `mail.sever` (is it `mail.server`?)"
        );
        let error = parse("lisen = \"x\"").unwrap_err();
        assert!(error.contains("`listen`"), "{error}");
        assert!(!parse("colour = 1").unwrap_err().contains("is it"));
        assert!(parse("mail = 1").is_err());
        assert!(parse("listen.x = 1").is_err());
    }

    #[test]
    fn a_value_of_another_kind_is_refused_with_what_it_takes() {
        let error = parse("[intake]\nproxies = -1").unwrap_err();
        assert!(error.contains("takes a whole number"), "{error}");
        let error = parse("[mail]\nencryption = \"ssl\"").unwrap_err();
        assert!(error.contains("one of none, starttls, tls"), "{error}");
    }

    #[test]
    fn a_line_that_does_not_read_is_told_without_its_words() {
        let error = parse("listen = \"x\"\npassword = hunter2\n").unwrap_err();
        assert!(
            error.contains("line 2") && !error.contains("hunter2"),
            "{error}"
        );
    }

    #[test]
    fn every_key_of_the_list_is_one_that_is_read() {
        for key in KEYS {
            let value = match key.takes {
                Takes::Text => "\"x\"",
                Takes::Texts => "[\"x\"]",
                Takes::Number => "7",
                Takes::YesNo => "true",
                Takes::Words(words) => &format!("\"{}\"", words[0]),
            };
            let read = parse(&format!("{} = {value}", key.name)).unwrap();
            let before = format!("{:?}", Config::default());
            let same = format!("{read:?}") == before;
            assert_eq!(same, key.default == value, "{}", key.name);
        }
    }
}

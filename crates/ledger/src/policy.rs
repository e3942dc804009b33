//! Policies (C2SP tlog-policy): which logs are accepted, and which witnesses must have signed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use thiserror::Error;

use crate::checkpoint::Checkpoint;
use crate::encoding::from_decimal;
use crate::note::{Kind, Note, NoteError, Verifier};

/// A policy that does not read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the policy: {what}")]
pub struct PolicyError {
    /// Line, from 1; 0 is the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// Logs, witnesses, and the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Verifier>,
    witnesses: Vec<Verifier>,
    quorum: Rule,
}

/// Who must have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    None,
    /// This witness, by its place in the list.
    Witness(usize),
    /// So many of these.
    Group(usize, Vec<Self>),
}

impl Policy {
    /// A policy of one log and all of these witnesses.
    #[must_use]
    pub fn of_all(log: Verifier, witnesses: Vec<Verifier>) -> Self {
        let quorum = match witnesses.len() {
            0 => Rule::None,
            1 => Rule::Witness(0),
            many => Rule::Group(many, (0..many).map(Rule::Witness).collect()),
        };
        Self {
            logs: vec![log],
            witnesses,
            quorum,
        }
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// The first line that does not fit.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut reader = Reader::default();
        for (line, words) in (1..).zip(text.split('\n')) {
            let bad = words
                .bytes()
                .any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f);
            let read = if bad {
                Err("a control character".to_owned())
            } else {
                let words: Vec<&str> = words.split([' ', '\t']).filter(|w| !w.is_empty()).collect();
                reader.line(&words)
            };
            read.map_err(|what| PolicyError { line, what })?;
        }
        let quorum = reader.quorum.ok_or(PolicyError {
            line: 0,
            what: "it has no `quorum` line".to_owned(),
        })?;
        Ok(Self {
            logs: reader.logs,
            witnesses: reader.witnesses,
            quorum,
        })
    }

    /// The policy as bundles have it: logs, witnesses, and one group over the witnesses.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for log in &self.logs {
            let _ = writeln!(text, "log {log}");
        }
        for (number, witness) in (1..).zip(&self.witnesses) {
            let _ = writeln!(text, "witness w{number} {witness}");
        }
        let quorum = match &self.quorum {
            Rule::None => "none".to_owned(),
            Rule::Witness(place) => format!("w{}", place + 1),
            Rule::Group(many, _) => {
                let names: Vec<_> = (1..=self.witnesses.len())
                    .map(|n| format!("w{n}"))
                    .collect();
                let _ = writeln!(text, "group witnesses {many} {}", names.join(" "));
                "witnesses".to_owned()
            }
        };
        let _ = writeln!(text, "quorum {quorum}");
        text
    }

    /// The logs.
    #[must_use]
    pub fn logs(&self) -> &[Verifier] {
        &self.logs
    }

    /// The witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[Verifier] {
        &self.witnesses
    }

    /// Opens a checkpoint: signed by one of the logs, and by as many witnesses as the rule wants.
    ///
    /// # Errors
    /// Who did not sign, or whose signature does not fit.
    pub fn open(&self, note: &[u8]) -> Result<(Checkpoint, Note), NoteError> {
        let parsed = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(parsed.text())?;
        let log = self
            .logs
            .iter()
            .find(|log| log.name() == checkpoint.origin)
            .ok_or_else(|| NoteError::Missing(checkpoint.origin.clone()))?;
        parsed.verify(log)?;
        let mut signed = BTreeSet::new();
        for (place, witness) in self.witnesses.iter().enumerate() {
            match parsed.verify(witness) {
                Ok(_) => _ = signed.insert(place),
                Err(NoteError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if !self.quorum.holds(&signed) {
            return Err(NoteError::Missing(
                "enough witnesses of the policy".to_owned(),
            ));
        }
        Ok((checkpoint, parsed))
    }
}

impl Rule {
    fn holds(&self, signed: &BTreeSet<usize>) -> bool {
        match self {
            Self::None => true,
            Self::Witness(place) => signed.contains(place),
            Self::Group(most, rules) => {
                rules.iter().filter(|rule| rule.holds(signed)).count() >= *most
            }
        }
    }
}

#[derive(Default)]
struct Reader {
    logs: Vec<Verifier>,
    witnesses: Vec<Verifier>,
    named: BTreeMap<String, Rule>,
    in_groups: BTreeSet<String>,
    quorum: Option<Rule>,
}

impl Reader {
    fn line(&mut self, words: &[&str]) -> Result<(), String> {
        match words {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] | ["log", key, _] => {
                let key = key_of(key, Kind::Log, &self.logs)?;
                self.logs.push(key);
                Ok(())
            }
            ["witness", name, key] | ["witness", name, key, _] => {
                let key = key_of(key, Kind::Cosignature, &self.witnesses)?;
                self.name(name, Rule::Witness(self.witnesses.len()))?;
                self.witnesses.push(key);
                Ok(())
            }
            ["group", name, many, members @ ..] if !members.is_empty() => {
                let many = match *many {
                    "all" => members.len(),
                    "any" => 1,
                    number => from_decimal(number)
                        .and_then(|number| usize::try_from(number).ok())
                        .filter(|number| (1..=members.len()).contains(number))
                        .ok_or("`all`, `any` or a number up to that of the members follows")?,
                };
                let mut rules = Vec::new();
                for member in members {
                    if !self.in_groups.insert((*member).to_owned()) {
                        return Err(format!("`{member}` is in a group already"));
                    }
                    rules.push(self.known(member)?);
                }
                self.name(name, Rule::Group(many, rules))
            }
            ["quorum", name] if self.quorum.is_none() => {
                let rule = match *name {
                    "none" => Rule::None,
                    name => self.known(name)?,
                };
                self.quorum = Some(rule);
                Ok(())
            }
            ["quorum", _] => Err("a second `quorum` line".to_owned()),
            [first, ..] => Err(format!(
                "`{first}` with these words is no line of a policy: log, witness, group, quorum"
            )),
        }
    }

    fn known(&self, name: &str) -> Result<Rule, String> {
        let rule = self.named.get(name).cloned();
        rule.ok_or_else(|| format!("no line before it defines `{name}`"))
    }

    fn name(&mut self, name: &str, rule: Rule) -> Result<(), String> {
        if name == "none" || self.named.contains_key(name) {
            return Err(format!("the name `{name}` is taken"));
        }
        if self.named.len() == MOST {
            return Err(format!("more than {MOST} names"));
        }
        self.named.insert(name.to_owned(), rule);
        Ok(())
    }
}

fn key_of(text: &str, kind: Kind, known: &[Verifier]) -> Result<Verifier, String> {
    let key = Verifier::parse(text).map_err(|error| error.to_string())?;
    if key.kind() != kind {
        return Err("the key is of the wrong kind".to_owned());
    }
    if known.iter().any(|other| other.bytes() == key.bytes()) {
        return Err("the key is there already".to_owned());
    }
    Ok(key)
}

/// Witnesses and groups; a group of groups nests no deeper than there are names.
const MOST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;
    use crate::note::Signer;

    fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
        Signer::new(name, kind, &[seed; 32]).unwrap()
    }

    #[test]
    fn a_quorum_of_groups_is_counted() {
        let log = signer("example.com/log", Kind::Log, 1);
        let all: Vec<Signer> = (0..5)
            .map(|n| signer(&format!("w{n}.example"), Kind::Cosignature, 10 + n))
            .collect();
        let key = |n: usize| all[n].verifier().to_string();
        let text = format!(
            "# two of three, and one of two\nlog {}\nwitness X1 {}\nwitness X2 {}\n\twitness X3 {} \
             http://x\nwitness Y1 {}\nwitness Y2 {}\n\ngroup X 2 X1 X2 X3\ngroup Y any Y1 Y2\n\
             group both all X Y\nquorum both\n",
            log.verifier(),
            key(0),
            key(1),
            key(2),
            key(3),
            key(4)
        );
        let policy = Policy::parse(&text).unwrap();
        let checkpoint = Checkpoint {
            origin: "example.com/log".to_owned(),
            size: 0,
            root: Hash::of_nothing(),
        };
        for signed in 0..32_usize {
            let mut note = checkpoint.sign(&log).unwrap();
            for (place, witness) in all.iter().enumerate() {
                if signed >> place & 1 == 1 {
                    note.cosign(witness, 5);
                }
            }
            let enough = (signed & 7).count_ones() >= 2 && signed >> 3 != 0;
            let opened = policy.open(note.to_string().as_bytes());
            assert_eq!(opened.is_ok(), enough, "{signed:b}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let log = signer("l", Kind::Log, 1).verifier();
        let witness = signer("w", Kind::Cosignature, 2).verifier();
        for (line, text) in [
            (0, format!("log {log}")),
            (1, "quorum x".to_owned()),
            (2, "quorum none\nquorum none".to_owned()),
            (2, format!("log {log}\nlog {log}\nquorum none")),
            (1, format!("log {witness}")),
            (1, format!("witness none {witness}")),
            (2, format!("witness a {witness}\ngroup g 2 a")),
            (2, format!("witness a {witness}\ngroup g any")),
            (
                3,
                format!("witness a {witness}\ngroup g any a\ngroup h any a"),
            ),
            (1, "quorum none\r".to_owned()),
            (1, "trust me".to_owned()),
        ] {
            assert_eq!(Policy::parse(&text).unwrap_err().line, line, "{text}");
        }
    }
}

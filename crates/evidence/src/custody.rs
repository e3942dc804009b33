//! The chain of custody as CASE (a JSON-LD vocabulary of forensic tools) has it: who wants the
//! evidence in another system reads it from there.
//!
//! It says what the entries say, and is made from them alone, so that a check makes it again. It
//! leaves out what could be personal: reasons, names of files, and who was first where a run showed
//! ids.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::ledger::Kind;
use countersign_core::{record, second};
use countersign_ledger::bundle::entries::Shown;
use countersign_ledger::encoding::from_hex;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::graph::{Term, Thing, derived, document};
use crate::{Digests, EvidenceError};

/// Its place in a bundle.
pub const FILE: &str = "custody/case.jsonld";

/// What is read of an opening.
#[derive(Deserialize)]
struct Opening {
    log: String,
    program: String,
}

/// What is read of a run.
#[derive(Deserialize)]
struct Ran {
    run: u32,
    version: u32,
    inputs: Vec<Input>,
    revealed_ids: bool,
    lead: Option<String>,
    shown: Digests,
}

#[derive(Deserialize)]
struct Input {
    table: String,
    sha256: String,
}

/// What is read of a naming.
#[derive(Deserialize)]
struct Naming {
    run: u32,
    holders: Vec<String>,
}

/// What is read of an unsealing.
#[derive(Deserialize)]
struct Unsealing {
    run: u32,
    holder: String,
}

/// What is read of a bundle.
#[derive(Deserialize)]
struct Bundled {
    manifest: String,
    entries: u64,
}

/// What an entry says: in words, what was used, what came of it.
type Told = (String, Vec<String>, Vec<String>);

/// The graph as it grows.
#[derive(Default)]
struct Custody {
    things: Vec<Thing>,
    /// Ids of actions, records and the tool, for the investigation.
    objects: Vec<String>,
    /// Files that are in the graph: the same bytes are one thing.
    files: BTreeSet<String>,
    /// Runs that showed ids where pseudonyms stand otherwise.
    revealed: BTreeSet<u32>,
    tool: Option<String>,
    before: Option<String>,
}

/// The text of [`FILE`] for these entries.
///
/// # Errors
/// An entry that does not say what its kind says.
pub fn custody(entries: &[Shown]) -> Result<String, EvidenceError> {
    let first = entries.first().ok_or(EvidenceError::Nothing)?;
    let mut custody = Custody::default();
    let mut name = "a case of Countersign".to_owned();
    // Other entries may stand before it.
    let opening = |entry: &&Shown| Kind::of(entry.leaf.kind) == Some(Kind::Opening);
    let opening = entries.iter().find(opening);
    if let Some((entry, text)) = opening.and_then(|entry| Some((entry, entry.said()?))) {
        let opening: Opening = read(entry, text)?;
        let (program, version) = opening
            .program
            .split_once(' ')
            .unwrap_or((&opening.program, ""));
        let tool = derived("tool", &first.leaf.id);
        custody.put(
            &tool,
            Thing::new(&tool, "uco-tool:Tool")
                .text("uco-core:name", program)
                .text("uco-tool:version", version),
        );
        custody.tool = Some(tool);
        name = opening.log;
    }
    for entry in entries {
        custody.entry(entry)?;
    }
    let investigation = derived("investigation", &first.leaf.id);
    let investigation = Thing::new(&investigation, "case-investigation:Investigation")
        .text("case-investigation:investigationForm", "case")
        .text("uco-core:name", name)
        .to("uco-core:object", &custody.objects);
    custody.things.push(investigation);
    document(&BTreeMap::from(PREFIXES), &custody.things).map_err(EvidenceError::Custody)
}

impl Custody {
    /// Adds what happened: an action, and what it used and made.
    fn entry(&mut self, entry: &Shown) -> Result<(), EvidenceError> {
        let seq = entry.leaf.seq;
        let action = derived("investigative-action", &entry.leaf.id);
        let time = i64::try_from(entry.leaf.time()).ok();
        let time = time.and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
        let time = time.ok_or(wrong(entry, "has no time that there is"))?;
        let kind = Kind::of(entry.leaf.kind);
        let mut thing = Thing::new(&action, "case-investigation:InvestigativeAction")
            .text(
                "uco-core:name",
                format!("entry {seq}: {}", kind.map_or("unknown kind", Kind::word)),
            )
            .with(
                "uco-action:startTime",
                Term::Typed {
                    kind: "xsd:dateTime",
                    value: format!("{time:.3}"),
                },
            )
            .to("uco-action:instrument", self.tool.as_slice())
            .to("case-investigation:wasInformedBy", self.before.as_slice());
        if let (Some(kind), Some(text)) = (kind, entry.said()) {
            let (told, used, made) = self.told(entry, kind, text)?;
            thing = thing
                .text("uco-core:description", told)
                .to("uco-action:object", &used)
                .to("uco-action:result", &made);
        }
        self.put(&action, thing);
        self.before = Some(action);
        Ok(())
    }

    /// What an entry says: in words, what was used, what came of it.
    fn told(&mut self, entry: &Shown, kind: Kind, text: &str) -> Result<Told, EvidenceError> {
        let told = |what: &str| (what.to_owned(), Vec::new(), Vec::new());
        Ok(match kind {
            Kind::Opening => told("the case was opened"),
            Kind::Heads => told("the last entries about all subjects were noted"),
            Kind::Erasure => told("what the entries say was made unreadable"),
            Kind::Hold => told("nothing may be erased from here on"),
            Kind::Release => told("the case may be erased again"),
            // Of a server's ledger; a case folder has none.
            Kind::Case => {
                let made = self.fixed(entry, text)?;
                (
                    "the case was opened, and its settings fixed".to_owned(),
                    Vec::new(),
                    made,
                )
            }
            Kind::CaseRun => self.case_run(entry, text)?,
            Kind::Ask => {
                let second::Ask { wish, .. } = read(entry, text)?;
                told(&format!(
                    "something was asked for that needs another person: {}",
                    wish.word()
                ))
            }
            Kind::Answer => {
                let second::Answer { agreed, .. } = read(entry, text)?;
                told(if agreed {
                    "another person agreed to what was asked"
                } else {
                    "another person refused what was asked"
                })
            }
            Kind::Opened => {
                let second::Opened { holder, .. } = read(entry, text)?;
                told(&format!("a quorum opened the name behind {holder}"))
            }
            Kind::Reply => {
                let second::Reply { holder, .. } = read(entry, text)?;
                told(&format!("what {holder} says to it was put on record"))
            }
            Kind::Start
            | Kind::Person
            | Kind::Grant
            | Kind::Report
            | Kind::Verified
            | Kind::Deal
            | Kind::OpeningKey
            | Kind::Read
            | Kind::Program
            | Kind::ProgramEnded
            | Kind::Views
            | Kind::Met
            | Kind::Note
            | Kind::File
            | Kind::Table
            | Kind::TableTaken
            | Kind::TableRefused
            | Kind::Assigned => told(kind.word()),
            Kind::Settings => {
                let made = self.fixed(entry, text)?;
                ("the settings were fixed".to_owned(), Vec::new(), made)
            }
            Kind::Run => self.run(entry, text)?,
            Kind::Naming => {
                let Naming { run, holders } = read(entry, text)?;
                let holders = self.pseudonyms(run, &holders.join(", "));
                (format!("run {run} named {holders}"), Vec::new(), Vec::new())
            }
            Kind::Unsealing => {
                let Unsealing { run, holder } = read(entry, text)?;
                let holder = self.pseudonyms(run, &holder);
                (
                    format!("the name behind {holder}, whom run {run} named, was shown"),
                    Vec::new(),
                    Vec::new(),
                )
            }
            Kind::Bundle => {
                let Bundled { manifest, entries } = read(entry, text)?;
                let file = self.file(entry, "tagmanifest-sha256.txt", &manifest)?;
                let record = self.record(entry, "bundle", vec![file.clone()]);
                (
                    format!("evidence over {entries} entries was packed"),
                    Vec::new(),
                    vec![file, record],
                )
            }
        })
    }

    /// Settings that were fixed, and the record of them.
    fn fixed(&mut self, entry: &Shown, text: &str) -> Result<Vec<String>, EvidenceError> {
        let settings = self.settings(entry, text)?;
        let record = self.record(entry, "settings", vec![settings.clone()]);
        Ok(vec![settings, record])
    }

    fn case_run(&mut self, entry: &Shown, text: &str) -> Result<Told, EvidenceError> {
        let ran: record::Run = read(entry, text)?;
        let verdict = self.file(entry, "verdict.json", &ran.verdict)?;
        let record = self.record(entry, "shown", vec![verdict.clone()]);
        let record::Run { run, version, .. } = ran;
        let lead = match &ran.lead {
            Some(lead) => format!("{lead} was first"),
            None => "nobody was first".to_owned(),
        };
        let named = match &ran.named[..] {
            [] => "nobody was named".to_owned(),
            named => format!("named: {}", named.join(", ")),
        };
        Ok((
            format!("run {run}, version {version}: {lead}; {named}"),
            Vec::new(),
            vec![verdict, record],
        ))
    }

    fn run(&mut self, entry: &Shown, text: &str) -> Result<Told, EvidenceError> {
        let ran: Ran = read(entry, text)?;
        if ran.revealed_ids {
            self.revealed.insert(ran.run);
        }
        let inputs = ran.inputs.iter();
        let inputs = inputs.map(|input| self.file(entry, &input.table, &input.sha256));
        let mut used = inputs.collect::<Result<Vec<_>, _>>()?;
        let mut made = vec![
            self.file(entry, "verdict.json", &ran.shown.verdict)?,
            self.file(entry, "report.html", &ran.shown.report)?,
        ];
        if !used.is_empty() {
            used.push(self.record(entry, "inputs", used.clone()));
        }
        made.push(self.record(entry, "shown", made.clone()));
        let Ran { run, version, .. } = ran;
        let lead = match &ran.lead {
            Some(lead) => format!("{} was first", self.pseudonyms(run, lead)),
            None => "nobody was first".to_owned(),
        };
        Ok((format!("run {run}, version {version}: {lead}"), used, made))
    }

    /// Holders as a run called them, if that is by their pseudonyms.
    fn pseudonyms(&self, run: u32, holders: &str) -> String {
        if self.revealed.contains(&run) {
            "a holder whose id is left out".to_owned()
        } else {
            holders.to_owned()
        }
    }

    /// The settings as a configuration of the tool.
    fn settings(&mut self, entry: &Shown, text: &str) -> Result<String, EvidenceError> {
        let settings: BTreeMap<String, serde_json::Value> = read(entry, text)?;
        // What a case is called was typed by somebody, and could name anybody.
        let settings = settings.into_iter().filter(|(name, _)| name != "title");
        let entries = settings.map(|(name, value)| {
            let id = [&entry.leaf.id[..], name.as_bytes()].concat();
            let id = derived("configuration-entry", &id);
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            Term::Within(
                Thing::new(&id, "uco-configuration:ConfigurationEntry")
                    .text("uco-configuration:itemName", name)
                    .text("uco-configuration:itemValue", value),
            )
        });
        let entries = Term::List(entries.collect());
        let configuration = derived("configuration", &entry.leaf.id);
        let thing = Thing::new(&configuration, "uco-configuration:Configuration")
            .with("uco-configuration:configurationEntry", entries);
        self.put(&configuration, thing);
        Ok(configuration)
    }

    /// Things that were held together at an entry, under an exhibit's number.
    fn record(&mut self, entry: &Shown, what: &str, objects: Vec<String>) -> String {
        let name = [&entry.leaf.id[..], what.as_bytes()].concat();
        let record = derived("provenance-record", &name);
        let thing = Thing::new(&record, "case-investigation:ProvenanceRecord")
            .text(
                "case-investigation:exhibitNumber",
                format!("{}-{what}", entry.leaf.seq),
            )
            .to("uco-core:object", &objects);
        self.put(&record, thing);
        record
    }

    /// A file, by its digest; the first entry that names it says what it is called.
    fn file(&mut self, entry: &Shown, name: &str, digest: &str) -> Result<String, EvidenceError> {
        let bytes = from_hex(digest).filter(|bytes| bytes.len() == 32);
        let bytes = bytes.ok_or(wrong(entry, "names no digest"))?;
        let file = derived("file", &bytes);
        if self.files.insert(file.clone()) {
            let hash = Thing::new(&derived("hash", &bytes), "uco-types:Hash")
                .text("uco-types:hashMethod", "SHA256")
                .with(
                    "uco-types:hashValue",
                    Term::Typed {
                        kind: "xsd:hexBinary",
                        value: digest.to_owned(),
                    },
                );
            let facet = Thing::new(&derived("facet", &bytes), "uco-observable:ContentDataFacet")
                .with("uco-observable:hash", Term::Within(hash));
            let thing = Thing::new(&file, "uco-observable:File")
                .text("uco-core:name", name)
                .with("uco-core:hasFacet", Term::Within(facet));
            self.put(&file, thing);
        }
        Ok(file)
    }

    fn put(&mut self, id: &str, thing: Thing) {
        self.objects.push(id.to_owned());
        self.things.push(thing);
    }
}

/// What an entry says.
fn read<T: DeserializeOwned>(entry: &Shown, text: &str) -> Result<T, EvidenceError> {
    // The words of a parser could repeat what the entry holds.
    let read = serde_json::from_str(text).ok();
    read.ok_or(wrong(entry, "does not say what its kind says"))
}

fn wrong(entry: &Shown, what: &'static str) -> EvidenceError {
    EvidenceError::Entry {
        seq: entry.leaf.seq,
        what,
    }
}

/// Vocabularies; nothing is to be found under `kb`.
const PREFIXES: [(&str, &str); 9] = [
    (
        "case-investigation",
        "https://ontology.caseontology.org/case/investigation/",
    ),
    ("kb", "https://countersign.invalid/kb/"),
    (
        "uco-action",
        "https://ontology.unifiedcyberontology.org/uco/action/",
    ),
    (
        "uco-configuration",
        "https://ontology.unifiedcyberontology.org/uco/configuration/",
    ),
    (
        "uco-core",
        "https://ontology.unifiedcyberontology.org/uco/core/",
    ),
    (
        "uco-observable",
        "https://ontology.unifiedcyberontology.org/uco/observable/",
    ),
    (
        "uco-tool",
        "https://ontology.unifiedcyberontology.org/uco/tool/",
    ),
    (
        "uco-types",
        "https://ontology.unifiedcyberontology.org/uco/types/",
    ),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

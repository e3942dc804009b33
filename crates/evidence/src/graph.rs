//! JSON-LD with one way to be written: things with their properties in the order of their names.
//!
//! Ids are UUIDs that follow from what a thing is, so that the same entries give the same bytes.

use std::collections::BTreeMap;

use countersign_ledger::encoding::hex;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A thing of the graph, or one within another.
#[derive(Debug, Serialize)]
pub(super) struct Thing(BTreeMap<&'static str, Term>);

/// What a property says.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Term {
    /// A text.
    Text(String),
    /// A value with a type.
    Typed {
        #[serde(rename = "@type")]
        kind: &'static str,
        #[serde(rename = "@value")]
        value: String,
    },
    /// Another thing, by its id.
    Reference {
        #[serde(rename = "@id")]
        id: String,
    },
    /// A thing that is nowhere else.
    Within(Thing),
    /// Several.
    List(Vec<Self>),
}

impl Thing {
    /// A thing of a type, with an id: the vocabulary wants one for each, also within others.
    pub(super) fn new(id: &str, kind: &'static str) -> Self {
        Self(BTreeMap::new()).text("@id", id).text("@type", kind)
    }

    /// The thing with one more property.
    pub(super) fn with(mut self, property: &'static str, term: Term) -> Self {
        self.0.insert(property, term);
        self
    }

    /// The thing with a property that leads to others, if there are any.
    pub(super) fn to(self, property: &'static str, ids: &[String]) -> Self {
        if ids.is_empty() {
            return self;
        }
        let others = ids.iter().map(|id| Term::Reference { id: id.clone() });
        self.with(property, Term::List(others.collect()))
    }

    /// The thing with a text.
    pub(super) fn text(self, property: &'static str, text: impl Into<String>) -> Self {
        self.with(property, Term::Text(text.into()))
    }
}

/// The whole text: what the prefixes mean, and the things in their order.
pub(super) fn document(
    prefixes: &BTreeMap<&'static str, &'static str>,
    things: &[Thing],
) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(rename = "@context")]
        context: &'a BTreeMap<&'static str, &'static str>,
        #[serde(rename = "@graph")]
        graph: &'a [Thing],
    }
    let document = Document {
        context: prefixes,
        graph: things,
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

/// The id of a thing whose UUID follows from what it is.
///
/// In the form of version 5 (made from names), by SHA-256 instead of SHA-1: the vocabulary's rules
/// don't know the versions after 5.
pub(super) fn derived(word: &str, of: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("countersign/custody/1\0{word}\0"));
    hash.update(of);
    let mut uuid = [0; 16];
    let digest = hash.finalize();
    uuid.iter_mut()
        .zip(digest)
        .for_each(|(byte, digest)| *byte = digest);
    uuid[6] = uuid[6] & 0x0f | 0x50;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    let hex = hex(&uuid);
    let (a, rest) = hex.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("kb:{word}-{a}-{b}-{c}-{d}-{e}")
}

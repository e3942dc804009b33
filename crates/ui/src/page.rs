//! The page around the sections: head, security policy, stylesheet, running line on paper.

use core::fmt::Write as _;

use askama::Template;
use countersign_core::verdict::{LevelKind, Named, State, Verdict};
use sha2::{Digest, Sha256};

use crate::ReportError;
use crate::report::{
    Apart, Change, Explanations, Fairness, Growth, Holders, Sentence, Settings, SinceWhen, Story,
    Tomorrow,
};

/// The stylesheet of every page; the report holds it inside, later pages link it.
pub const STYLESHEET: &str = include_str!("../assets/countersign.css");

/// Everything that `templates/report/report.html` prints.
#[derive(Debug, Template)]
#[template(path = "report/report.html")]
struct ReportPage {
    title: String,
    run: u32,
    version: u32,
    /// Beginnings of the digests of the inputs and of verdict.json, as in the running line.
    digest: String,
    file: String,
    policy: String,
    style: &'static str,
    /// What paper repeats at the foot of each page.
    running: String,
    sections: Sections,
}

/// The sections of a verdict in their order, as the report and the page of a case show them.
#[derive(Debug)]
pub(crate) struct Sections {
    pub(crate) sentence: Sentence,
    pub(crate) growth: Growth,
    pub(crate) holders: Holders,
    pub(crate) apart: Apart,
    pub(crate) fairness: Fairness,
    pub(crate) change: Change,
    pub(crate) explanations: Explanations,
    pub(crate) since: SinceWhen,
    pub(crate) story: Story,
    pub(crate) tomorrow: Tomorrow,
    pub(crate) settings: Settings,
    /// Digests of the inputs and of verdict.json, whole.
    digest: String,
    file: String,
}

impl Sections {
    /// Everything that a verdict says.
    pub(crate) fn new(verdict: &Verdict) -> Result<Self, ReportError> {
        let digest = inputs_digest(verdict);
        let json = verdict
            .to_json()
            .map_err(|wrong| ReportError::Document(Box::new(wrong)))?;
        let file = hex(&Sha256::digest(json));
        Ok(Self {
            sentence: Sentence::from(verdict),
            growth: Growth::from(verdict),
            holders: Holders::from(verdict),
            apart: Apart::from(verdict),
            fairness: Fairness::from(verdict),
            change: Change::from(verdict),
            explanations: Explanations::from(verdict),
            since: SinceWhen::from(verdict),
            story: Story::from(verdict),
            tomorrow: Tomorrow::from(verdict),
            settings: Settings::new(verdict, &digest, &file),
            digest,
            file,
        })
    }
}

pub(crate) fn render(verdict: &Verdict) -> Result<String, ReportError> {
    let sections = Sections::new(verdict)?;
    let running = running(verdict, &sections.digest, &sections.file);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}' 'sha256-{}'; img-src data:; \
         base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLESHEET)),
        base64(&Sha256::digest(&running)),
    );
    let page = ReportPage {
        title: title(verdict),
        run: verdict.run,
        version: verdict.version,
        policy,
        style: STYLESHEET,
        running,
        digest: short(&sections.digest),
        file: short(&sections.file),
        sections,
    };
    Ok(page.render()?)
}

fn title(verdict: &Verdict) -> String {
    let alone = |claim: &Named| claim.level == LevelKind::Person;
    let found = match verdict.state {
        State::Named if verdict.named.iter().any(alone) => "an account is named",
        State::Named => "a group or a copy is named, no account",
        State::SetNamed => "one of a set of accounts is named",
        State::StrongLead => "strong leads, nobody is named",
        State::Lead => "a lead, nobody is named",
        State::Nothing => "nobody is named",
    };
    format!("Trace report, run {}: {found} - Countersign", verdict.run)
}

/// SHA-256 over the lines that `sha256sum` prints for the inputs, in the order of the page.
fn inputs_digest(verdict: &Verdict) -> String {
    let mut hash = Sha256::new();
    for input in &verdict.inputs {
        hash.update(format!("{}  {}\n", input.sha256, input.path));
    }
    hex(&hash.finalize())
}

/// The style that repeats run and digests on each printed page.
///
/// It holds figures and hexadecimal digits only, so nothing of the verdict's text can get in.
fn running(verdict: &Verdict, digest: &str, file: &str) -> String {
    format!(
        "@page {{ @bottom-left {{ content: \"Countersign trace · run {}, version {} · inputs {} · verdict.json {}\"; }} }}",
        verdict.run,
        verdict.version,
        short(digest),
        short(file)
    )
}

/// As much of a digest as one compares by eye.
fn short(digest: &str) -> String {
    digest.chars().take(16).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
            // Writing into a string can't fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// Base64 with padding, as a content security policy writes digests.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0_u32, |group, index| {
            group << 8 | u32::from(chunk.get(index).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let digit = (group >> (18 - 6 * place) & 63) as usize;
            out.push(if place > chunk.len() {
                '='
            } else {
                char::from(DIGITS[digit])
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn digests_are_written_as_rfc_4648_says() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
    }
}

//! The verdict as a few lines of text.

use std::path::Path;

use countersign_core::holder::Holders;
use countersign_core::verdict::{LevelKind, Verdict};
use countersign_ui::summary::claims;
pub(crate) use countersign_ui::summary::{reports, thousands};

/// The lines that are printed after a run.
pub(crate) fn of(verdict: &Verdict, folder: &Path) -> String {
    let page = folder.join("report.html");
    format!("{}The page: {}", claims(verdict), page.display())
}

/// The names of the persons that the verdict names, and of nobody else.
///
/// From the verdict, not from what was computed: an exploratory run names nobody.
pub(crate) fn names(verdict: &Verdict, holders: &Holders, names: &[String]) -> String {
    let mut lines = Vec::new();
    let persons = verdict.named.iter();
    for named in persons.filter(|named| named.level == LevelKind::Person) {
        for holder in &named.holders {
            let place = names.iter().position(|name| name == holder);
            if let Some(person) = place.and_then(|place| holders.persons.get(place)) {
                lines.push(format!("{holder} is {}", person.id));
            }
        }
    }
    if lines.is_empty() {
        "No person is named, so there is no name to show.".to_owned()
    } else {
        lines.join("\n")
    }
}

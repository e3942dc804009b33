//! A verdict as a few lines of text: in a terminal, and in the first file of a bundle.

use core::fmt::Write as _;

use countersign_core::verdict::{LevelKind, Named, State, Verdict, Views};

/// What a verdict says, a line each.
#[must_use]
pub fn claims(verdict: &Verdict) -> String {
    let mut text = String::new();
    if verdict.views == Views::ChangesOnly {
        text.push_str("Changes only: who looked without changing anything is not in this log.\n");
    }
    let promise = format!(
        "The chance that this rule ever names an innocent person is at most 1 in {}.",
        grouped(&format!("{:.0}", (1.0 / verdict.alpha).floor()))
    );
    match verdict.state {
        State::Named | State::SetNamed => {
            for named in verdict.named.iter().chain(&verdict.set_named) {
                let _ = writeln!(text, "{}", claim(named));
            }
            let _ = writeln!(text, "{promise}");
            text.push_str(
                "This does not say that a person did it: malware, a borrowed password or a shared \
                 screen look the same. No dismissal on a naming alone.\n",
            );
        }
        State::StrongLead => {
            let leads: Vec<&str> = verdict
                .strong_leads
                .iter()
                .map(|lead| lead.holder.as_str())
                .collect();
            let _ = writeln!(
                text,
                "Look here first: {}. This holds if colleagues sold at random; innocents can be \
                 among them. Nobody is named.",
                leads.join(", ")
            );
        }
        State::Lead => {
            if let Some(Some(lead)) = verdict.lead.last() {
                let _ = writeln!(
                    text,
                    "{lead} is first so far. That is no claim. Nobody is named."
                );
            }
        }
        State::Nothing => {
            text.push_str("No report moves anything: nobody is first, nobody is named.\n")
        }
    }
    if !verdict.universal_viewers.is_empty() {
        let viewers: Vec<String> = verdict
            .universal_viewers
            .iter()
            .map(|viewer| format!("{} (saw {:.0} %)", viewer.holder, viewer.share * 100.0))
            .collect();
        let _ = writeln!(
            text,
            "Such data can never exclude who saw over a fifth of everything: {}.",
            viewers.join(", ")
        );
    }
    let reports = &verdict.reports;
    let _ = writeln!(
        text,
        "Run {} of this case, version {}. Reports: {} read, {} used. Log: {} views, {} to {}.",
        verdict.run,
        verdict.version,
        reports.read,
        reports.used,
        thousands(verdict.coverage.rows),
        verdict.coverage.from.as_deref().unwrap_or("?"),
        verdict.coverage.to.as_deref().unwrap_or("?"),
    );
    text
}

fn claim(named: &Named) -> String {
    let who = match named.level {
        LevelKind::Person => format!("the account {}", named.holders.join(", ")),
        LevelKind::Copy => format!(
            "the copy or vendor {}",
            named
                .group
                .clone()
                .unwrap_or_else(|| named.holders.join(", "))
        ),
        LevelKind::Pair | LevelKind::Triple | LevelKind::NearIdentical => {
            format!("one of the accounts {}", named.holders.join(", "))
        }
        LevelKind::Team | LevelKind::Site => format!(
            "the {} {}",
            if named.level == LevelKind::Team {
                "team"
            } else {
                "site"
            },
            named.group.as_deref().unwrap_or("?")
        ),
    };
    format!(
        "The list leaked through {who}, or a source with the same rows (after {}; holds if \
         at most {} leaked as well{}).",
        reports(named.after_reports),
        if named.colluders == 1 {
            "one colleague"
        } else {
            "two colleagues"
        },
        if named.fragile { "; fragile" } else { "" }
    )
}

/// `1 report`, `12 reports`.
#[must_use]
pub fn reports(count: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} report{plural}", thousands(count))
}

/// 12000000 as 12,000,000.
#[must_use]
pub fn thousands(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_report_is_one_and_all_other_numbers_are_many() {
        let said = [0, 1, 2, 1001].map(reports);
        assert_eq!(
            said,
            ["0 reports", "1 report", "2 reports", "1,001 reports"]
        );
    }
}

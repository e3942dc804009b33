//! Made-up verdicts, one for each thing that the page must be able to say.
//!
//! Tests render them all, the browser test opens them, and the pictures in the documentation are
//! drawn from them. The figures are invented, but agree with each other: a naming stands at the
//! report at which its path passes the threshold.

mod incident;
mod inputs;
mod variants;

use countersign_core::verdict::Verdict;

/// Every sample with its name, in a fixed order.
#[must_use]
pub fn samples() -> Vec<(&'static str, Verdict)> {
    vec![
        ("nothing", variants::nothing()),
        ("lead", variants::lead()),
        ("strong_lead", variants::strong_lead()),
        ("set_named", variants::set_named()),
        ("named", variants::named()),
        ("named_fragile", variants::named_fragile()),
        ("changes_only", variants::changes_only()),
        ("exploratory", variants::exploratory()),
        ("named_fallen", variants::named_fallen()),
        ("team_named", variants::team_named()),
        ("copy_named", variants::copy_named()),
        ("many", variants::many()),
        ("hostile", variants::hostile()),
    ]
}

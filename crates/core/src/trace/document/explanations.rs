//! What else could have happened: asked of everybody who reads a naming.

use crate::verdict::OtherExplanation;

/// Stories that look the same from here, and what tells them apart.
pub(super) fn other_explanations() -> Vec<OtherExplanation> {
    [
        (
            "malware on the computer that the account was used from",
            "examine the computer from a copy, not the computer itself; other accounts used from it \
             would have leaked as well",
        ),
        (
            "the password was borrowed, guessed or stolen",
            "sign-ins from other places, at other hours, or two at a time; ask the sign-in log",
        ),
        (
            "the screen was shared, photographed or recorded",
            "who sat beside, which meetings and remote sessions showed the desk",
        ),
        (
            "an export, backup or report with the same rows",
            "list every copy made from the desk, and add it to the exports table",
        ),
        (
            "the records are handled by the same few people for a reason that no table says",
            "ask the team what these customers have in common; add it as a column and run again",
        ),
        (
            "somebody knew whom this account serves and chose the customers by that",
            "customers who were called although this account never saw them; a second campaign",
        ),
    ]
    .into_iter()
    .map(|(what, how_to_tell)| OtherExplanation {
        what: what.to_owned(),
        how_to_tell: how_to_tell.to_owned(),
        checked: None,
    })
    .collect()
}

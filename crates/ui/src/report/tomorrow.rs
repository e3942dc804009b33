//! 9. What to do tomorrow morning, by how far the evidence goes.

use askama::Template;
use countersign_core::verdict::{State, Verdict};

/// Steps in their order.
#[derive(Debug, Template)]
#[template(path = "report/tomorrow.html")]
pub(crate) struct Tomorrow {
    steps: Vec<Step>,
    not_to_do: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    what: &'static str,
    how: &'static str,
}

const fn step(what: &'static str, how: &'static str) -> Step {
    Step { what, how }
}

impl From<&Verdict> for Tomorrow {
    fn from(verdict: &Verdict) -> Self {
        let state = verdict.state;
        let mut steps = vec![
            step(
                "Preserve the log.",
                "Stop its deletion, copy it with the input files of this run to storage that the \
                 desk cannot write, and keep the digests below with the copy.",
            ),
            match state {
                State::Named | State::SetNamed => step(
                    "Tell the few who must decide, and nobody else.",
                    "Counsel, the data protection officer and the works council, together, before \
                     any name is opened. Ask counsel whether the clock for telling the authority \
                     has started, and whom to notify among the customers.",
                ),
                State::StrongLead | State::Lead | State::Nothing => step(
                    "Tell the data protection officer and counsel.",
                    "Customers are being called with data that looks like yours: that is enough to \
                     ask whether the clock for telling the authority has started. No account needs \
                     to be discussed for it.",
                ),
            },
            step(
                "Ask every caller the same five questions.",
                "Which ticket number was quoted? When was the call, to the minute? Which way did \
                 it come (phone, recording, e-mail, page)? What did they want? What did they know? \
                 A quoted ticket tells about twice as much as a customer alone.",
            ),
            step(
                "Verify each report over a channel on file.",
                "Only reports verified with the customer count. A forged report costs its sender \
                 nothing, and a false naming costs a person the job.",
            ),
        ];
        if matches!(state, State::Named | State::SetNamed) {
            steps.push(step(
                "Work through the other explanations first.",
                "Machine, sessions, password resets, shared screens: write each result into the \
                 list above before anyone is spoken to. The statement of the person named belongs \
                 into the file as well.",
            ));
        }
        steps.push(step(
            "Warn all customers, not a chosen few.",
            "Say what the callers know and that the company never asks for it. It costs the \
             callers their pretext, whoever sold the list.",
        ));
        steps.push(step(
            "Run it again as reports come in.",
            "The bound holds however often anyone looks, so waiting costs nothing but time.",
        ));
        Self {
            steps,
            not_to_do: vec![
                step(
                    "Don't confront anybody.",
                    "A person who is warned can delete what would clear or prove it; a person who \
                     is innocent cannot be un-accused.",
                ),
                step(
                    "Don't call only the customers of one account.",
                    "Reports that come from such calls say whom you suspected, and never count.",
                ),
                step(
                    "Don't try other settings until a name appears.",
                    "Each run is counted and stands in the report; each change of settings needs \
                     twice the evidence from then on. A new folder breaks the promise.",
                ),
                step(
                    "Don't leave a report out because it does not fit.",
                    "All reports of the period count; each one left out stays on the page with its \
                     reason.",
                ),
            ],
        }
    }
}

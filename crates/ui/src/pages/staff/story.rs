//! The story of a demo: its clock, above each page of staff. A folder for real use has none.

use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::shell::roles_said;

/// How fast the days of the story go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Not at all.
    #[default]
    Paused,
    /// As begun.
    Usual,
    /// Four times that.
    Faster,
}

/// What the clock of the story is told; the form of [`Story`] posts it as `do`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Go on so fast, or stop.
    To(Pace),
    /// Jump behind the last report.
    End,
}

impl Turn {
    /// All, in the order of the buttons.
    pub const ALL: [Self; 4] = [
        Self::To(Pace::Paused),
        Self::To(Pace::Usual),
        Self::To(Pace::Faster),
        Self::End,
    ];

    /// The word that the form posts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::To(Pace::Paused) => "pause",
            Self::To(Pace::Usual) => "play",
            Self::To(Pace::Faster) => "faster",
            Self::End => "end",
        }
    }

    /// The turn of a word, if there is one.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|turn| turn.word() == word)
    }

    fn button(self) -> &'static str {
        match self {
            Self::To(Pace::Paused) => "Pause",
            Self::To(Pace::Usual) => "Play",
            Self::To(Pace::Faster) => "4 times as fast",
            Self::End => "To the end",
        }
    }
}

/// Where the story is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// By its own clock.
    pub now: Second,
    /// How fast it goes.
    pub pace: Pace,
    /// Reports that have come in.
    pub told: u64,
    /// Reports that there are.
    pub of: u64,
    /// An address on file of somebody on the list that was sold, who has not reported.
    pub address: Option<String>,
    /// The page that this is, to come back to.
    pub here: String,
}

impl Story {
    fn is_over(&self) -> bool {
        self.told == self.of
    }

    pub(crate) fn day(&self) -> String {
        self.now.date()
    }

    pub(crate) fn said(&self) -> &'static str {
        match (self.is_over(), self.pace) {
            (true, _) => "The last report is in.",
            (false, Pace::Paused) => "The story's clock stands still.",
            (false, Pace::Usual) => "Days go by.",
            (false, Pace::Faster) => "Days go by, four times as fast.",
        }
    }

    /// What can be done now: word and button.
    pub(crate) fn turns(&self) -> Vec<(&'static str, &'static str)> {
        let turns = Turn::ALL.into_iter();
        let turns = turns.filter(|turn| !self.is_over() && *turn != Turn::To(self.pace));
        turns.map(|turn| (turn.word(), turn.button())).collect()
    }
}

/// A made-up person whom anybody may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeUpPerson {
    /// What the form posts.
    pub token: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
}

impl MadeUpPerson {
    pub(crate) fn roles_said(&self) -> String {
        roles_said(&self.roles, "and")
    }
}

//! The list of worlds: names, what each is for, and what the trace promises in it.

use super::rows::{ROWS, Row};

/// What a world puts to the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// A list leaked: the seller (or a holder with the same rows) should be found.
    Seller,
    /// Nobody leaked: nobody may be named, however guilty somebody looks.
    Nobody,
    /// Somebody leaked in a way that makes an innocent colleague look like the seller.
    AtRisk,
    /// Somebody writes false reports to have an innocent account named.
    Forgery,
}

/// A world by name. Twins (`…Leak`) are the same world with a seller in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "`sentence` describes each, and is shown to users"
)]
pub enum Kind {
    OwnQueue,
    Browsing,
    SixtyPercentNoise,
    CloseColleague,
    Twins,
    TwoSellers,
    RingOfSix,
    OneMonth,
    OneProduct,
    Export,
    FrameUp,
    SoldLongAgo,
    Random,
    RandomLeak,
    FrequentCallers,
    FrequentCallersLeak,
    ProductElsewhere,
    ProductElsewhereLeak,
    RecentCallers,
    RecentCallersLeak,
    FraudDeskAfter,
    FraudDeskAfterLeak,
    FraudDeskBefore,
    FraudDeskBeforeLeak,
    HotLine,
    HotLineLeak,
    ThriceAsOften,
    ThriceAsOftenLeak,
    AccountManager,
    AccountManagerLeak,
    InvestigatorsFlagged,
    InvestigatorsFlaggedLeak,
    InvestigatorsUnflagged,
    InvestigatorsUnflaggedLeak,
    HiddenProductMissing,
    HiddenProductMissingLeak,
    HiddenProductPresent,
    HiddenProductPresentLeak,
    ShadowedMonth,
    HandOverChain,
    NewHire,
    TempAccount,
    AccountMidway,
    TwoSellersBeside,
    TwoForged,
    TwoForgedLeak,
    EightForged,
    EightForgedLeak,
    UnverifiedBurst,
    UnverifiedBurstLeak,
    UnreportedFirstCalls,
    UnreportedFirstCallsLeak,
}

impl Kind {
    /// Every world, in the order of the list in the method's description, twins after theirs.
    pub const ALL: &[Self] = &{
        let mut all = [Self::OwnQueue; ROWS.len()];
        let mut i = 0;
        while i < ROWS.len() {
            all[i] = ROWS[i].kind;
            i += 1;
        }
        all
    };

    /// Finds a world by its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.kind)
    }

    /// The world's name in kebab case.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What happens in it, in one sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        self.row().sentence
    }

    /// What it puts to the test; a twin is a [`Group::Seller`] world.
    #[must_use]
    pub fn group(self) -> Group {
        self.row().group
    }

    /// How many leaking colleagues the guard must allow for, 1 or 2, for the promise to hold.
    #[must_use]
    pub fn k(self) -> u32 {
        self.row().k
    }

    /// Why the promise does not cover this world, where it does not.
    ///
    /// Such worlds are in the calibration to show what happens past the promise's edge.
    #[must_use]
    pub fn beyond(self) -> Option<&'static str> {
        match self {
            Self::RingOfSix => Some("six accounts leak, the guard allows for two"),
            Self::HiddenProductMissing | Self::HiddenProductMissingLeak => {
                Some("the attribute that explains the reports is not in the data")
            }
            Self::EightForged | Self::EightForgedLeak => {
                Some("eight forgeries, two factors are struck")
            }
            Self::ThriceAsOften | Self::ThriceAsOftenLeak => Some("odds of 3, Γ allows for 1.5"),
            Self::InvestigatorsUnflagged | Self::InvestigatorsUnflaggedLeak => {
                Some("solicited reports that nobody marked as solicited")
            }
            _ => None,
        }
    }

    /// The same world with a leak, for worlds in which nobody leaked.
    ///
    /// Both have the same desk: a method that is silent in one must speak in the other.
    #[must_use]
    pub fn twin(self) -> Option<Self> {
        ROWS.iter()
            .find(|row| row.twin_of == Some(self))
            .map(|row| row.kind)
    }

    /// The world in which nobody leaked, for twins.
    #[must_use]
    pub fn twin_of(self) -> Option<Self> {
        self.row().twin_of
    }

    /// True when a list or a copy leaked in this world.
    #[must_use]
    pub fn leaks(self) -> bool {
        matches!(self.group(), Group::Seller | Group::AtRisk)
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_row_of_its_own_and_a_name_that_parses() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.kind as usize, index, "{}", row.name);
            assert_eq!(Kind::parse(row.name), Some(row.kind));
            assert!(row.name.chars().all(|c| c == '-' || c.is_ascii_lowercase()));
            assert!(row.sentence.ends_with('.'));
        }
        assert_eq!(Kind::parse("no-such-world"), None);
    }

    #[test]
    fn every_world_without_a_leak_has_a_twin_with_one() {
        for kind in Kind::ALL {
            let wants = matches!(kind.group(), Group::Nobody | Group::Forgery);
            assert_eq!(kind.twin().is_some(), wants, "{}", kind.name());
            if let Some(twin) = kind.twin() {
                assert_eq!(twin.twin_of(), Some(*kind));
                assert!(twin.leaks() && !kind.leaks());
            }
        }
    }
}

//! From a log and scam reports to a name under a bound.
//!
//! The method is specified in `docs/spec/trace.md`, part by part as here: [`strata`] (what is
//! compared with what), [`facts`] (what the log says of each report), [`bet`] (one report's
//! factor), [`guard`] (nobody is named for a colleague's leak), `level` (thresholds), `judge`
//! (claims), `opinion` and `sale` (shown beside, never used), [`document`] (the verdict).
//!
//! It is a fold: what is said after n reports is never changed by the reports behind them.

pub mod bet;
mod cache;
mod claim;
pub mod document;
pub mod exposure;
pub mod facts;
pub mod guard;
pub mod index;
mod judge;
mod level;
mod opinion;
mod remembered;
mod sale;
mod settings;
pub mod strata;

pub use cache::Exposed;
pub use claim::{Holder, Lead, Naming, StrongLead};
pub use facts::{Gathered, gather};
pub use judge::{Depth, Outcome, Universal, judge};
pub use level::{Levels, SMALLEST_GROUP};
pub use opinion::Opinions;
pub use remembered::{Answers, Remembering};
pub use sale::{Week, sale_weeks};
pub use settings::Settings;

/// Name and number of the method, as it stands in every verdict.
pub const METHOD: &str = "countersign-trace/1";

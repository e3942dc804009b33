//! What those who work here see; English only for now.
//!
//! | address | view |
//! |---|---|
//! | `/sign-in` | [`SignIn`] |
//! | `/join/<token>` | [`Join`] |
//! | `/overview` | [`Overview`] |
//! | `/reports`, `/reports/<reference>` | [`Inbox`], [`OneReport`] |
//! | `/cases`, `/cases/<reference>` | [`Cases`], [`CasePage`] |
//! | `/cases/open`, `/cases/open/sure` | [`OpenCase`], [`OpenCaseSure`] |
//! | `/people` | [`People`] |
//! | `/audit` | [`Audit`] |
//! | `/sources` | [`Sources`] |
//! | `/programs` | [`Programs`] |
//! | where something is wrong | [`StaffTrouble`] |
//!
//! `POST /sign-out` takes `csrf`. Who may open which is said by [`Room::roles`]; the server holds
//! to it.

mod audit;
mod case;
mod case_form;
mod cases;
mod open;
mod overview;
mod people;
mod programs;
mod reports;
mod samples;
mod shell;
mod sign_in;
mod sources;
mod trouble;

pub use audit::{Audit, Entry};
pub use case::{CasePage, LEAST_REPORTS, RunRow};
pub use case_form::{CaseForm, CaseWish};
pub use cases::{CaseRow, Cases};
pub use open::{OpenCase, OpenCaseSure};
pub use overview::{Moved, Numbers, Overview, Silent};
pub use people::{Invitation, People, PersonRow};
pub use programs::{NewProgram, ProgramRow, Programs};
pub use reports::{Filter, Inbox, OneReport, ReportRow};
pub use samples::samples;
pub use shell::{Cursors, FormError, Room, Shell};
pub use sign_in::{Join, SignIn, SignInNotice};
pub use sources::{Health, Source, SourceState, Sources};
pub use trouble::{StaffTrouble, StaffWrong};

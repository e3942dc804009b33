//! What those who work here see; English only for now.
//!
//! | address | view |
//! |---|---|
//! | `/sign-in` | [`SignIn`] |
//! | `/join/<token>`, `/join/company` | [`Join`], [`Onward`] |
//! | `/overview` | [`Overview`] |
//! | `/reports`, `/reports/<reference>` | [`Inbox`], [`OneReport`] |
//! | `/reports/enter` | [`Enter`], then [`Entered`] |
//! | `/reports/table`, `/reports/table/<id>` | [`Tables`], [`OneTable`] |
//! | `/cases/<reference>/timeline` | [`Timeline`] |
//! | `/cases/<reference>/notes`, `…/files`, where wrong | [`KeepAgain`] |
//! | `/cases/<reference>/evidence` | [`CaseEvidence`] |
//! | `/cases`, `/cases/<reference>` | [`Cases`], [`CasePage`] |
//! | `/cases/open`, `/cases/open/sure` | [`OpenCase`], [`OpenCaseSure`] |
//! | `/cases/<reference>/ask`, `/cases/<reference>/reply` | [`NewAsk`], [`NewReply`] |
//! | `/asks`, `/asks/<name>` | [`Asks`], [`OneAsk`] |
//! | `/quorum` | [`Quorum`] |
//! | `/people` | [`People`] |
//! | `/audit` | [`Audit`] |
//! | `/sources` | [`Sources`] |
//! | `/programs` | [`Programs`] |
//! | `/settings` | [`Settings`] |
//! | where something is wrong | [`StaffTrouble`] |
//!
//! `POST /sign-out` takes `csrf`; in a demo `POST /demo/clock` takes `csrf`, `do` and `back`
//! ([`Turn`]), and `POST /demo/sign-in` takes `person` ([`MadeUpPerson`]). Who may open which is said by [`Room::roles`]; the server holds
//! to it.

mod audit;
mod case;
mod case_form;
mod cases;
mod enter;
mod evidence;
mod keeps;
mod open;
mod overview;
mod people;
mod programs;
mod reports;
mod samples;
mod second;
mod settings;
mod shell;
mod sign_in;
mod sources;
mod story;
mod tables;
mod trouble;

pub use audit::{Audit, Entry};
pub use case::{CasePage, Colleague, LEAST_REPORTS, RunRow};
pub use case_form::{CaseForm, CaseWish};
pub use cases::{CaseRow, Cases};
pub use enter::{Call, CodeSent, Enter, Entered};
pub use evidence::{Also, CaseEvidence, PackedRow};
pub use keeps::{FileRow, KeepAgain, Keeps, Kept, Moment, NoteRow, Timeline};
pub use open::{OpenCase, OpenCaseSure};
pub use overview::{Moved, NewHolder, Numbers, Overview, Silent, Sudden};
pub use people::{Invitation, People, PersonRow};
pub use programs::{NewProgram, ProgramRow, Programs};
pub use reports::{Filter, Inbox, OneReport, ReportRow};
pub use samples::samples;
pub use second::{
    AnswerForm, Answered, AskFields, AskRow, AskState, Asks, CaseSecond, KeyRow, Left, NewAsk,
    NewReply, OneAsk, OpenedName, Quorum, Replied, WishKind, wish_said,
};
pub use settings::{SettingRow, Settings};
pub use shell::{Cursors, FormError, Room, Shell};
pub use sign_in::{Join, Onward, SignIn, SignInNotice};
pub use sources::{Health, Source, SourceState, Sources};
pub use story::{MadeUpPerson, Pace, Story, Turn};
pub use tables::{
    Claimed, HandsIn, Known, OneTable, Preview, PreviewRow, TableRow, TableState, Tables, Viewer,
};
pub use trouble::{StaffTrouble, StaffWrong};

//! What one person alone may not do: asking for it, answering, and the keys that open names.

mod answer;
mod ask;
mod quorum;
mod said;

pub use answer::{AnswerForm, Answered, OneAsk};
pub use ask::{AskFields, NewAsk, NewReply, WishKind};
pub use quorum::{KeyRow, Quorum};
pub use said::{AskRow, AskState, Asks, CaseSecond, Left, OpenedName, Replied, wish_said};

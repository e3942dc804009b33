//! The exposure index: who saw which item before which second, in two columns of 32 bits a view.
//!
//! `layout` numbers the rows, `build` sorts views into them, `lives` sums tickets up, `rows` is the finished index
//! (borrowed, so that it may lie in memory or in a mapped file), `sweep` answers the trace's
//! questions, `pass` many of them in one pass over it, `delta` has the rows of views that came later. Shapes and sizes: `docs/spec/index.md`.

mod build;
mod copies;
mod delta;
mod layout;
mod lives;
mod pass;
mod rows;
mod sweep;
mod totals;

pub use build::{Built, InMemory, Record, build_in_memory, build_part};
pub use delta::Delta;
pub use layout::{Layout, Numbering};
pub use lives::Units;
pub use rows::{Copy, Index};
pub use sweep::Sweep;
pub use totals::Totals as TotalsByDay;

//! What is kept: the exposure index of a log of views.
//!
//! It does not read exports, judge reports or draw pages. `cli` builds the index from what
//! `import` reads, and asks it through `core`.

pub mod index;

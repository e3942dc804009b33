//! The case folder: settings fixed at the first run with reports, every run counted, pseudonyms.

pub(crate) mod anchor;
pub(crate) mod erasure;
pub(crate) mod folder;
pub(crate) mod ledger;
pub(crate) mod pseudonyms;
pub(crate) mod stamps;
pub(crate) mod witnesses;

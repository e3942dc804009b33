//! Before any ranking: who can never be excluded, and which accounts are no person's.

use askama::Template;
use countersign_core::verdict::Verdict;

use super::kind;
use crate::numbers;
use crate::plain;

/// Holders that are listed whatever the reports say.
#[derive(Debug, Template)]
#[template(path = "report/apart.html")]
pub(crate) struct Apart {
    universal: Vec<Universal>,
    service: Vec<String>,
}

/// A holder that saw too much to be excluded.
#[derive(Debug)]
struct Universal {
    holder: String,
    kind: &'static str,
    share: String,
}

impl From<&Verdict> for Apart {
    fn from(verdict: &Verdict) -> Self {
        Self {
            universal: verdict
                .universal_viewers
                .iter()
                .map(|viewer| Universal {
                    holder: plain::shown(&viewer.holder),
                    kind: viewer.kind.map_or("Copy", kind),
                    share: numbers::percent(viewer.share),
                })
                .collect(),
            service: verdict
                .service_accounts
                .iter()
                .map(|name| plain::shown(name))
                .collect(),
        }
    }
}

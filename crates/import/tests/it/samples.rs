//! A sample of each log, and what a person reads in it: `testdata/*/in.*` and `events.jsonl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use countersign_core::desk::{NONE, View};
use countersign_core::time::Second;
use countersign_import::{Changes, Imported, LogFile, Options};

/// A sample: folder, file, adapter, and how many records tell of views, changes, nothing, are bad.
pub(crate) struct Sample {
    pub(crate) file: &'static str,
    pub(crate) source: &'static str,
    pub(crate) records: u64,
    pub(crate) views: u64,
    pub(crate) changes: u64,
    pub(crate) none: [u64; 4],
    pub(crate) rejected: u64,
    /// A time of it, and the form of one without an offset in its place, where the product may
    /// write such: `{D}` is the day, `{T}` the time of day.
    pub(crate) local: Option<(&'static str, &'static str)>,
}

impl Sample {
    /// Whether the log records changes only.
    pub(crate) fn changes_only(&self) -> bool {
        self.views == 0
    }

    pub(crate) fn path(&self) -> PathBuf {
        testdata().join(self.file)
    }

    pub(crate) fn golden(&self) -> Vec<Told> {
        golden(&self.path().with_file_name("events.jsonl"))
    }

    /// How it is read.
    pub(crate) fn options(&self) -> Options {
        let mut options = options();
        options.changes = if self.changes_only() {
            Changes::AcceptAsViews
        } else {
            Changes::Refuse
        };
        options
    }
}

pub(crate) const SAMPLES: [Sample; 19] = [
    Sample {
        file: "combined/in.log",
        source: "combined",
        records: 15,
        views: 7,
        changes: 1,
        // Nothing in it, lists, refused, customers' own.
        none: [2, 2, 2, 1],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "zammad/in.csv",
        source: "zammad",
        records: 5,
        views: 5,
        changes: 0,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "zendesk/in.json",
        source: "zendesk",
        records: 7,
        views: 5,
        changes: 1,
        none: [0, 1, 1, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "salesforce/in.csv",
        source: "salesforce",
        records: 9,
        views: 4,
        changes: 0,
        none: [2, 2, 0, 1],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "osticket/in.csv",
        source: "osticket",
        records: 6,
        views: 3,
        changes: 1,
        none: [1, 0, 0, 1],
        rejected: 0,
        local: Some(("2026-03-02 10:00:00", "{D} {T}")),
    },
    Sample {
        file: "ocsf/in.jsonl",
        source: "ocsf",
        records: 10,
        views: 6,
        changes: 1,
        none: [1, 1, 1, 0],
        rejected: 1,
        local: None,
    },
    Sample {
        file: "ecs/in.jsonl",
        source: "ecs",
        records: 6,
        views: 3,
        changes: 0,
        none: [1, 0, 1, 0],
        rejected: 1,
        local: None,
    },
    Sample {
        file: "servicenow-transactions/in.csv",
        source: "servicenow",
        records: 5,
        views: 2,
        changes: 0,
        none: [2, 1, 0, 0],
        rejected: 0,
        local: Some(("2026-04-01 08:00:00", "{D} {T}")),
    },
    Sample {
        file: "dataverse/in.csv",
        source: "dataverse",
        records: 5,
        views: 3,
        changes: 1,
        none: [1, 1, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "pgaudit/in.csv",
        source: "pgaudit",
        records: 18,
        views: 2,
        changes: 1,
        // The server's own messages; a count and two inserts name no row.
        none: [12, 3, 0, 0],
        rejected: 0,
        local: Some(("2026-11-24 19:46:44.370 UTC", "{D} {T}.370 CET")),
    },
    Sample {
        file: "xes/in.xes",
        source: "xes",
        records: 9,
        views: 2,
        changes: 3,
        none: [0, 0, 0, 0],
        // A trace without a name, two events without a time, one outside of a trace.
        rejected: 4,
        local: Some(("2026-03-02T08:20:00Z", "{D}T{T}")),
    },
    Sample {
        file: "zendesk-audit/in.json",
        source: "zendesk-audit",
        records: 4,
        views: 0,
        changes: 3,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "servicenow-audit/in.csv",
        source: "servicenow-audit",
        records: 4,
        views: 0,
        changes: 3,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: Some(("2026-01-02 03:04:05", "{D} {T}")),
    },
    Sample {
        file: "hubspot-audit/in.json",
        source: "hubspot-audit",
        records: 3,
        views: 0,
        changes: 2,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "intercom-activity/in.json",
        source: "intercom-activity",
        records: 3,
        views: 0,
        changes: 2,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "jira-audit/in.json",
        source: "jira-audit",
        records: 3,
        views: 0,
        changes: 2,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "rt-transactions/in.csv",
        source: "rt-transactions",
        records: 4,
        views: 0,
        changes: 3,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "zammad-audit/in.json",
        source: "zammad-audit",
        records: 3,
        views: 0,
        changes: 2,
        none: [1, 0, 0, 0],
        rejected: 0,
        local: None,
    },
    Sample {
        file: "osticket-events/in.csv",
        source: "osticket-events",
        records: 3,
        views: 0,
        changes: 3,
        none: [0, 0, 0, 0],
        rejected: 0,
        local: Some(("2026-01-02 03:04:05", "{D} {T}")),
    },
];

pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

pub(crate) fn options() -> Options {
    let mut options = Options::new(Second::from_unix(1_800_000_000).unwrap());
    options.timezone = Some("UTC".to_owned());
    options.allow_rejects = 0.5;
    options
}

pub(crate) fn file(imported: &Imported) -> &LogFile {
    imported.files[0].log.as_ref().unwrap()
}

pub(crate) type Told = (String, Option<String>, Option<String>, Option<String>);

/// A golden file: one event a line, written by hand.
pub(crate) fn golden(path: &Path) -> Vec<Told> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| {
            let line: BTreeMap<String, String> = serde_json::from_str(line).unwrap();
            let of = |name: &str| line.get(name).cloned();
            (
                of("time").unwrap(),
                of("actor"),
                of("customer"),
                of("ticket"),
            )
        })
        .collect()
}

/// The views by the ids of the log; each id that a number stands for is found by a log of its own.
pub(crate) fn told(imported: &Imported, views: &[View], ids: &Ids) -> Vec<Told> {
    let id = |ids: &[String], number: u32| {
        let id = ids.get(number as usize).map_or("another", String::as_str);
        (number != NONE).then(|| id.to_owned())
    };
    views
        .iter()
        .map(|view| {
            let account = imported.desk.accounts.get(view.account as usize);
            (
                view.second.to_string(),
                account.map(|account| account.id.clone()),
                id(&ids.customers, view.customer),
                id(&ids.tickets, view.ticket),
            )
        })
        .collect()
}

/// Ids in the order in which the golden file first names them: the order of numbers.
#[derive(Default)]
pub(crate) struct Ids {
    pub(crate) customers: Vec<String>,
    pub(crate) tickets: Vec<String>,
}

impl Ids {
    pub(crate) fn of(events: &[Told]) -> Self {
        let mut ids = Self::default();
        for (_, _, customer, ticket) in events {
            for (id, all) in [(customer, &mut ids.customers), (ticket, &mut ids.tickets)] {
                if let Some(id) = id
                    && !all.contains(id)
                {
                    all.push(id.clone());
                }
            }
        }
        ids
    }
}

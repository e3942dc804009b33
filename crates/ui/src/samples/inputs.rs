//! The files that the samples were read from.

use countersign_core::verdict::{Gap, Input, Log, NoneOf};

/// The files of the incident: a log as a table, and the tables beside it.
pub(super) fn tables(reports: usize) -> Vec<Input> {
    let events = Log {
        source: "tables".to_owned(),
        title: "a table of views".to_owned(),
        records: 2_430_282,
        views: 2_430_282,
        accounts: 302,
        unresolved: 5_104,
        programs: 2,
        from: Some("2018-09-01T06:00:12Z".to_owned()),
        to: Some("2019-11-04T17:59:48Z".to_owned()),
        gaps: vec![gap()],
        ..Log::default()
    };
    vec![
        input("events", "events.parquet", 'a', 2_430_282, Some(events)),
        input("customers", "customers.parquet", 'b', 200_000, None),
        Input {
            rejected: 3,
            ..input("tickets", "tickets.parquet", 'c', 512_874, None)
        },
        input("accounts", "accounts.csv", 'd', 302, None),
        input("reports", "calls.csv", 'e', reports as u64, None),
    ]
}

/// The same log as a desk keeps it: two files of a web server, and one of the desk itself.
pub(super) fn products(reports: usize) -> Vec<Input> {
    let none = |counts: [u64; 4]| {
        let why = [
            "no ticket and no customer in it",
            "searches, lists and exports whose records the log does not name",
            "refused, failed or sent elsewhere",
            "customers at their own pages",
        ];
        why.into_iter()
            .zip(counts)
            .filter(|(_, records)| *records > 0)
            .map(|(why, records)| NoneOf {
                why: why.to_owned(),
                records,
            })
            .collect()
    };
    let first = Log {
        source: "combined".to_owned(),
        title: "a web server's access log".to_owned(),
        records: 9_184_077,
        views: 1_004_118,
        changes: 221_090,
        none: none([7_611_402, 298_114, 41_027, 8_326]),
        accounts: 274,
        unresolved: 3_870,
        ambiguous: 1_204,
        programs: 1,
        from: Some("2018-09-01T06:00:12Z".to_owned()),
        to: Some("2019-03-31T23:59:31Z".to_owned()),
        gaps: vec![gap()],
        ..Log::default()
    };
    let second = Log {
        records: 8_640_553,
        views: 1_002_840,
        changes: 200_901,
        none: none([7_102_388, 287_450, 46_650, 324]),
        accounts: 291,
        unresolved: 1_234,
        ambiguous: 0,
        from: Some("2019-04-01T00:00:02Z".to_owned()),
        to: Some("2019-11-04T17:59:48Z".to_owned()),
        gaps: Vec::new(),
        ..first.clone()
    };
    let desk = Log {
        source: "osticket".to_owned(),
        title: "osTicket's audit log".to_owned(),
        records: 1_340,
        views: 1_333,
        none: none([5, 0, 0, 0]),
        rejected: 2,
        accounts: 11,
        from: Some("2019-10-02T07:11:00Z".to_owned()),
        to: Some("2019-10-30T16:48:09Z".to_owned()),
        zone_assumed: true,
        clock_changes: 14,
        ..Log::default()
    };
    let mut inputs = vec![
        input("events", "access.log.2.gz", '1', first.records, Some(first)),
        input(
            "events",
            "access.log.1.gz",
            '2',
            second.records,
            Some(second),
        ),
        Input {
            rejected: 2,
            ..input("events", "audit-october.csv", '3', desk.records, Some(desk))
        },
    ];
    inputs.extend(tables(reports).into_iter().skip(1));
    inputs
}

/// What a desk records of changes, beside its log.
pub(super) fn transactions() -> Input {
    input("changes", "transactions.csv", 'f', 640_215, None)
}

/// A morning on which the desk was silent.
pub(super) fn gap() -> Gap {
    Gap {
        from: "2019-03-12T09:02:00Z".to_owned(),
        to: "2019-03-12T13:47:31Z".to_owned(),
    }
}

fn input(table: &str, path: &str, digit: char, rows: u64, log: Option<Log>) -> Input {
    Input {
        table: table.to_owned(),
        path: path.to_owned(),
        sha256: core::iter::repeat_n(format!("{digit}4e90b1c"), 8).collect(),
        rows,
        rejected: 0,
        log,
    }
}

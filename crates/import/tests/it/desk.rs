//! A small desk from its files: what is numbered, matched, kept and left out.

use std::fs;
use std::path::PathBuf;

use countersign_core::desk::{AccountKind, ExportRows, NONE, View};
use countersign_core::report::Quoted;
use countersign_core::time::Second;
use countersign_import::{
    Changes, ImportError, Imported, Mapping, Options, RepeatedTickets, Sources, Table,
};

use crate::read::read;

struct Desk {
    folder: tempfile::TempDir,
    sources: Sources,
    options: Options,
}

fn now() -> Second {
    Second::from_unix(1_575_000_000).unwrap()
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            sources: Sources::default(),
            options: Options::new(now()),
        }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn events(mut self, content: impl AsRef<[u8]>) -> Self {
        let name = format!("log{}.csv", self.sources.events.len());
        let path = self.file(&name, content);
        self.sources.events.push(path);
        self
    }

    fn table(mut self, table: Table, content: impl AsRef<[u8]>) -> Self {
        let path = Some(self.file(&format!("{table}.csv"), content));
        match table {
            Table::Customers => self.sources.customers = path,
            Table::Tickets => self.sources.tickets = path,
            Table::Accounts => self.sources.accounts = path,
            Table::Exports => self.sources.exports = path,
            Table::Reports => self.sources.reports = path,
            Table::Events | Table::Changes => unreachable!(),
        }
        self
    }

    fn read(&self) -> Result<(Imported, Vec<View>), ImportError> {
        read(&self.sources, &self.options)
    }
}

fn second(unix: i64) -> Second {
    Second::from_unix(unix).unwrap()
}

#[test]
fn ids_are_numbered_by_their_tables_and_then_by_the_log() {
    let desk = Desk::new()
        .table(Table::Customers, "customer,region\nc2,EU\nc1,US\n")
        .table(Table::Tickets, "ticket,customer\nt1,c1\nt2,c3\n")
        .table(
            Table::Accounts,
            "account,team,kind\nann,blue,\nbot,,service\n",
        )
        .events(
            "time,actor,customer,ticket\n\
             2019-08-05T09:30:00Z,bob,c1,t1\n\
             2019-08-05T11:30:00+02:00,ann,c9,\n\
             2019-08-05T09:30:00.9Z,,,t9\n",
        );
    let (done, views) = desk.read().unwrap();
    let at = second(1_564_997_400);
    let view = |account, customer, ticket| View {
        second: at,
        account,
        customer,
        ticket,
    };
    assert_eq!(
        views,
        [view(2, 1, 0), view(0, 3, NONE), view(NONE, NONE, 2)]
    );
    assert_eq!(done.desk.customers.count, 4);
    assert_eq!(
        done.desk.customers.columns[0].labels,
        ["missing", "EU", "US"]
    );
    assert_eq!(done.desk.tickets.customer, [1, 2, NONE]);
    let accounts: Vec<_> = done
        .desk
        .accounts
        .iter()
        .map(|a| (a.id.as_str(), a.kind))
        .collect();
    assert_eq!(
        accounts,
        [
            ("ann", AccountKind::Human),
            ("bot", AccountKind::Service),
            ("bob", AccountKind::Human)
        ]
    );
    assert_eq!(done.coverage.rows, 3);
    assert_eq!(done.coverage.unresolved, 1);
    assert_eq!(done.coverage.accounts, 2);
    assert_eq!(done.files.last().unwrap().rows, 3);
    assert!(!done.changes_only);
}

#[test]
fn quotes_line_ends_and_a_byte_order_mark_are_read_as_rfc_4180_says() {
    let desk = Desk::new().events(
        "\u{feff}\"time\",note,\"actor\",ticket\r\n\
         2019-08-05T09:30:00Z,\"two\r\nlines, and a \"\"quote\"\"\",\"a,\"\"b\",t1\r\n\
         \r\n\
         2019-08-05T09:30:01Z,5\" pipe,c,t1",
    );
    let (done, views) = desk.read().unwrap();
    let ids: Vec<_> = done.desk.accounts.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["a,\"b", "c"]);
    assert_eq!(views.len(), 2);
    assert_eq!(done.rejected, []);
    assert_eq!(done.ignored[0].columns, ["note"]);
}

#[test]
fn a_log_with_customers_is_its_own_table_of_tickets_and_attributes() {
    let mut desk = Desk::new().events(
        "number,sys_updated_at,sys_updated_by,caller_id,assignment_group\n\
         t1,29/2/2016 01:16,a,c1,?\n\
         t1,29/2/2016 1:23,b,c1,Group 56\n\
         t1,29/2/2016 1:24,b,c2,Group 57\n\
         t2,1/3/2016 23:59,?,c2,Group 2\n",
    );
    desk.options.mapping = Mapping::parse(
        "time=sys_updated_at,actor=sys_updated_by,customer=caller_id,ticket=number,ticket.queue=assignment_group",
    )
    .unwrap();
    desk.options.time_format = Some("%d/%m/%Y %H:%M".to_owned());
    desk.options.timezone = Some("UTC".to_owned());
    desk.options.missing = vec!["?".to_owned()];
    desk.options.changes = Changes::AcceptAsViews;
    let (done, views) = desk.read().unwrap();
    assert_eq!(views[0].second.to_string(), "2016-02-29T01:16:00Z");
    assert_eq!(views[3].account, NONE);
    assert_eq!(done.desk.tickets.customer, [0, 1]);
    assert_eq!(done.desk.tickets.columns[0].name, "queue");
    assert_eq!(
        done.desk.tickets.columns[0].labels,
        ["missing", "Group 2", "Group 56"]
    );
    assert_eq!(done.desk.tickets.columns[0].codes, [2, 1]);
    assert!(done.changes_only);
    assert!(done.warnings.iter().any(|w| {
        w.starts_with("rows of the log that give a ticket another customer than before: 1;")
    }));
}

#[test]
fn reports_find_their_customer_by_id_mail_phone_or_ticket() {
    let desk = Desk::new()
        .table(
            Table::Customers,
            "customer,email,phone,company\n\
             c0,ann@example.com,+43 1 234567,\n\
             c1,bob@acme.example,0043 1 999999,\n\
             c2,eve@acme.example,0043 1 888888,\n\
             c3,two@example.org,0043 1 888888,Acme\n\
             c4,,,\n",
        )
        .table(Table::Tickets, "ticket,customer\nt1,c4\nt2,c1\n")
        .table(
            Table::Reports,
            "report,received_at,customer,email,phone,ticket,quoted_ticket,pretext,verified,called_at\n\
             r5,2019-08-09T00:00:00Z,,ANN@example.com,,,T-unknown,Auto Renewal!,no,\n\
             r4,2019-08-08T00:00:00Z,,,+43 1 999 999,,t1,,yes,2019-08-07T00:00:00Z\n\
             r3,2019-08-08T00:00:00Z,,,,t1,,,,\n\
             r2,2019-08-07T00:00:00Z,c2,,,,,,,\n\
             r1,2019-08-06T00:00:00Z,nobody,,,,,,,\n\
             r0,2019-08-06T00:00:00Z,,,0043 1 888888,,,,,\n",
        )
        .events("time,actor,ticket\n2019-08-05T09:30:00Z,a,t1\n");
    let (done, _) = desk.read().unwrap();
    let reports = &done.desk.reports;
    let ids: Vec<_> = reports.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ["r0", "r1", "r2", "r3", "r4", "r5"]);
    let customers: Vec<_> = reports.iter().map(|r| r.customer).collect();
    assert_eq!(customers, [None, None, Some(2), Some(4), Some(1), Some(0)]);
    assert_eq!(reports[5].quoted, Quoted::NeverIssued);
    assert_eq!(reports[4].quoted, Quoted::Ticket(0));
    assert_eq!(reports[5].pretext.as_deref(), Some("auto-renewal"));
    assert!(!reports[5].verified && reports[3].verified);
    assert_eq!(
        reports[2].household, reports[4].household,
        "same company domain"
    );
    assert_ne!(reports[2].household, reports[5].household);
    assert!(reports[4].called.unwrap() < reports[4].received);
    let warned = |words: &str| done.warnings.iter().any(|w| w.contains(words));
    assert!(warned("a customer whom no table knows, counted and not used: 1 ") && warned("line 6"));
    assert!(warned("fit several customers, counted and not used: 1 "));
    assert!(warned(
        "do not say whether they were verified, taken as verified: 4"
    ));
}

#[test]
fn exports_are_rows_or_all_or_a_rule() {
    let desk = Desk::new()
        .table(Table::Customers, "customer,region\nc0,EU\nc1,US\nc2,EU\n")
        .table(
            Table::Exports,
            "time,holder,actor,customer,rows\n\
             2019-01-01T00:00:00Z,backup,,,all\n\
             2019-01-02T00:00:00Z,mailing,ann,c2,\n\
             2019-01-02T00:00:00Z,mailing,ann,c0,\n\
             2019-01-03T00:00:00Z,vendor,,,region=EU\n",
        )
        .events("time,actor,customer\n2019-08-05T09:30:00Z,bob,c0\n");
    let (done, _) = desk.read().unwrap();
    let rows: Vec<_> = done.desk.exports.iter().map(|e| e.rows.clone()).collect();
    assert_eq!(
        rows,
        [
            ExportRows::All,
            ExportRows::Listed {
                customers: vec![0, 2],
                tickets: vec![]
            },
            ExportRows::Where { column: 0, code: 1 }
        ]
    );
    assert_eq!(done.desk.exports[1].account, Some(0));
}

#[test]
fn a_log_used_as_table_of_tickets_may_repeat_them_if_the_caller_says_so() {
    let mut desk = Desk::new()
        .table(Table::Tickets, "ticket,customer\nt1,c1\nt2,c2\nt1,c3\n")
        .events("time,actor,ticket\n2019-08-05T09:30:00Z,a,t1\n");
    assert!(matches!(
        desk.read(),
        Err(ImportError::Duplicate {
            first: 2,
            second: 4,
            ..
        })
    ));
    desk.options.repeated_tickets = RepeatedTickets::FirstWins;
    let (done, _) = desk.read().unwrap();
    assert_eq!(done.desk.tickets.customer, [0, 1]);
}

#[test]
fn numbers_do_not_depend_on_threads() {
    let mut log = String::from("time,actor,customer,ticket\n");
    for n in 0_u64..60_000 {
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        log += &format!(
            "2019-08-05T09:{:02}:00Z,a{},customer-{},ticket-{}\n",
            n % 60,
            mixed % 97,
            mixed % 5_000,
            mixed % 30_000
        );
    }
    let desk = Desk::new().events(log);
    let run = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| desk.read().unwrap())
    };
    let (one, views) = run(1);
    let (many, same) = run(7);
    assert_eq!(views, same);
    assert_eq!(one.desk, many.desk);
    assert_eq!(one.files, many.files);
}

#[test]
fn a_report_finds_its_ticket_by_the_number_that_customers_know() {
    let (imported, _) = Desk::new()
        .events("time,actor,ticket\n2019-08-05T09:30:00Z,ann,17\n2019-08-05T09:31:00Z,ann,93\n")
        .table(
            Table::Tickets,
            "ticket,customer,number\n17,c1,100093\n93,c2,100017\n18,c3,93\n",
        )
        .table(
            Table::Reports,
            "report,received_at,ticket,quoted_ticket\n\
             r1,2019-09-01T10:00:00Z,100093,100093\n\
             r2,2019-09-02T10:00:00Z,93,93\n\
             r3,2019-09-03T10:00:00Z,17,404\n",
        )
        .read()
        .unwrap();
    let of = |report: usize| {
        let report = &imported.desk.reports[report];
        (report.customer, report.quoted)
    };
    assert_eq!(of(0), (Some(0), Quoted::Ticket(0)));
    // The number wins over another ticket's id.
    assert_eq!(of(1), (Some(2), Quoted::Ticket(2)));
    assert_eq!(of(2), (Some(0), Quoted::NeverIssued));
    assert!(imported.desk.tickets.columns.is_empty());
    assert!(imported.desk.tickets.refused.is_empty());
}

#[test]
fn a_change_that_is_left_out_does_not_make_a_log_of_views_one_of_changes() {
    let mut desk = Desk::new().events(
        "time,actor,ticket,action\n\
         2019-08-05T09:30:00Z,ann,17,view\n\
         2019-08-05T09:31:00Z,ann,,change\n\
         2019-08-05T09:32:00Z,ann,18,change\n",
    );
    desk.options.allow_rejects = 0.5;
    let (imported, views) = desk.read().unwrap();
    assert_eq!((views.len(), imported.coverage.rows), (2, 2));
    assert!(!imported.changes_only);
    let read = imported.files[0].log.as_ref().unwrap();
    assert_eq!((read.views, read.changes, read.rejected), (1, 1, 1));
}

//! Tickets, customers and accounts as products export them, beside the sample of the product's log.

use std::fs;
use std::path::{Path, PathBuf};

use countersign_core::desk::{Column, NONE, View};
use countersign_core::report::Quoted;
use countersign_import::{ImportError, Imported, Mapping, Options, Sources, Table};
use proptest::prelude::*;

use crate::read::read;
use crate::samples::{options, testdata};

/// A product's tables in `testdata/`, and what a person reads in them.
struct Form {
    product: &'static str,
    log: &'static str,
    sign_ins: Option<&'static str>,
    tickets: &'static str,
    /// File, and how many customers and how many others are in it.
    customers: Option<(&'static str, u32, u64)>,
    /// File, ids, and how many others are in it.
    accounts: Option<(&'static str, &'static [&'static str], u64)>,
    /// The customer of each ticket, by place in the table of customers, or in order of tickets
    /// those who are in none.
    whose: &'static [u32],
    /// Attributes of tickets, each with what the rows have.
    of_tickets: &'static [(&'static str, &'static [&'static str])],
    of_customers: &'static [(&'static str, &'static [&'static str])],
    /// (address, quoted number, customer, ticket)
    reports: &'static [(&'static str, &'static str, Option<u32>, Option<u32>)],
    /// (account, customer, ticket) of the views, by place in the tables; past their end are those
    /// whom only the log knows, in its order.
    views: &'static [(u32, u32, u32)],
}

const FORMS: [Form; 6] = [
    Form {
        product: "Zendesk",
        log: "zendesk/in.json",
        sign_ins: None,
        tickets: "zendesk/tickets.json",
        customers: Some(("zendesk/users.json", 3, 2)),
        accounts: Some(("zendesk/users.json", &["6596848315901", "6596848315902"], 3)),
        // The last one's requester was deleted.
        whose: &[0, 1, 0, 3],
        of_tickets: &[
            ("queue", &["7001", "7002", "7001", ""]),
            ("brand", &["61", "61", "62", "62"]),
            ("form", &["51", "51", "51", "51"]),
            ("type", &["problem", "question", "problem", ""]),
            ("priority", &["high", "", "normal", "normal"]),
        ],
        of_customers: &[
            ("locale", &["en-US", "de", "en-US"]),
            ("time_zone", &["Vienna", "Berlin", "Vienna"]),
            ("plan", &["pro", "free", "pro"]),
        ],
        reports: &[
            ("ann@example.org", "4711", Some(0), Some(0)),
            // An agent is no customer.
            ("one@desk.example", "4799", None, None),
        ],
        views: &[
            (0, NONE, 0),
            (1, NONE, 1),
            (1, NONE, 2),
            (2, 0, NONE),
            (2, 1, NONE),
            (NONE, NONE, 3),
        ],
    },
    Form {
        product: "Zammad",
        log: "zammad/in.csv",
        sign_ins: None,
        tickets: "zammad/tickets.json",
        // Two agents, and the product's own user.
        customers: Some(("zammad/users.json", 2, 3)),
        accounts: Some(("zammad/users.json", &["5", "6"], 3)),
        whose: &[0, 1, 1],
        of_tickets: &[
            ("queue", &["Support", "Billing", "Support"]),
            ("priority", &["2", "3", "2"]),
        ],
        of_customers: &[],
        reports: &[
            ("ann@example.org", "67018", Some(0), Some(1)),
            // The number that customers know goes before the id.
            ("bo@example.com", "17", Some(1), Some(2)),
            ("six@desk.example", "67017", None, Some(0)),
        ],
        views: &[
            (0, NONE, 0),
            (1, NONE, 0),
            (1, NONE, 0),
            (0, 0, NONE),
            (1, NONE, 1),
        ],
    },
    Form {
        product: "Request Tracker",
        log: "rt/session.log",
        sign_ins: Some("rt/rt.log"),
        tickets: "rt/tickets.jsonl",
        customers: Some(("rt/users.jsonl", 2, 2)),
        accounts: Some(("rt/users.jsonl", &["agent0", "agent5"], 2)),
        whose: &[0, 1, NONE],
        of_tickets: &[
            ("queue", &["Support", "Support", "Billing"]),
            ("Plan", &["pro", "free", ""]),
            ("Region", &["", "north", ""]),
        ],
        of_customers: &[("country", &["AT", "DE"])],
        reports: &[
            ("ann@example.org", "502", Some(0), Some(0)),
            ("agent0@desk.example", "39", None, Some(1)),
        ],
        views: &[(0, NONE, 0), (0, NONE, 1), (0, NONE, 2), (0, NONE, 3)],
    },
    Form {
        product: "Salesforce",
        log: "salesforce/in.csv",
        sign_ins: None,
        tickets: "salesforce/tickets.csv",
        customers: Some(("salesforce/contacts.csv", 2, 0)),
        accounts: Some((
            "salesforce/users.csv",
            &["0055j00000AT6I1AAL", "0055j00000AT6I2AAL"],
            0,
        )),
        whose: &[0, 1, NONE],
        of_tickets: &[
            ("priority", &["High", "Low", "Low"]),
            ("type", &["Problem", "Question", ""]),
            ("origin", &["Phone", "Web", "Web"]),
            ("Product__c", &["alarm", "billing", ""]),
        ],
        of_customers: &[("country", &["AT", "DE"]), ("PLAN__C", &["pro", "free"])],
        reports: &[
            ("ann@example.org", "00001017", Some(0), Some(0)),
            ("bo@example.com", "5005j00000AbCdGAAV", Some(1), Some(2)),
        ],
        // Fifteen characters in the tables and eighteen in the log, and the other way round.
        views: &[(0, NONE, 0), (0, 0, NONE), (1, NONE, 1), (2, NONE, 0)],
    },
    Form {
        product: "ServiceNow",
        log: "servicenow-transactions/in.csv",
        sign_ins: None,
        tickets: "servicenow-transactions/tickets.csv",
        customers: None,
        accounts: None,
        // `caller_id` itself is a name, which two people can have.
        whose: &[0, 1],
        of_tickets: &[
            ("queue", &["Service Desk", "Billing"]),
            ("category", &["network", "inquiry"]),
            ("priority", &["3 - Moderate", "4 - Low"]),
        ],
        of_customers: &[],
        reports: &[("", "INC0010018", None, Some(1))],
        views: &[(0, NONE, 0), (1, 0, NONE)],
    },
    Form {
        product: "Dynamics 365",
        log: "dataverse/in.csv",
        sign_ins: None,
        tickets: "dataverse/tickets.json",
        customers: Some(("dataverse/contacts.json", 2, 0)),
        accounts: None,
        // One of them in braces and capitals.
        whose: &[0, 1],
        of_tickets: &[("priority", &["2", "1"]), ("origin", &["1", "3"])],
        of_customers: &[("country", &["AT", "DE"])],
        reports: &[("bo@example.com", "CAS-01017-A1B2C3", Some(1), Some(0))],
        views: &[(0, NONE, 0), (0, 0, NONE), (0, 1, NONE), (1, NONE, 0)],
    },
];

impl Form {
    fn sources(&self) -> Sources {
        let path = |file: &str| testdata().join(file);
        Sources {
            events: vec![path(self.log)],
            sign_ins: self.sign_ins.map(path).into_iter().collect(),
            tickets: Some(path(self.tickets)),
            customers: self.customers.map(|(file, ..)| path(file)),
            accounts: self.accounts.map(|(file, ..)| path(file)),
            ..Sources::default()
        }
    }

    /// The file of each table.
    fn files(&self) -> Vec<(Table, &'static str)> {
        let mut files = vec![(Table::Tickets, self.tickets)];
        files.extend(self.customers.map(|(file, ..)| (Table::Customers, file)));
        files.extend(self.accounts.map(|(file, ..)| (Table::Accounts, file)));
        files
    }
}

#[test]
fn each_form_has_a_sample() {
    let sampled: Vec<(&str, Table)> = FORMS
        .iter()
        .flat_map(|form| {
            form.files()
                .into_iter()
                .map(|(table, _)| (form.product, table))
        })
        .collect();
    let known = countersign_import::forms();
    for form in &known {
        assert!(
            sampled.contains(form),
            "put {form:?} in testdata/, and in this list"
        );
    }
    assert_eq!(sampled.len(), known.len());
}

/// What the rows of an attribute have.
fn values(column: &Column, rows: usize) -> Vec<&str> {
    (0..rows)
        .map(|row| match column.codes.get(row) {
            None | Some(0) => "",
            Some(code) => column.labels[usize::from(*code)].as_str(),
        })
        .collect()
}

fn check(columns: &[Column], wanted: &[(&str, &[&str])], what: &str) {
    let read: Vec<(&str, Vec<&str>)> = columns
        .iter()
        .map(|column| {
            (
                column.name.as_str(),
                values(column, wanted.first().map_or(0, |w| w.1.len())),
            )
        })
        .collect();
    let wanted: Vec<(&str, Vec<&str>)> = wanted
        .iter()
        .map(|(name, values)| (*name, values.to_vec()))
        .collect();
    assert_eq!(read, wanted, "{what}");
}

#[test]
fn each_form_tells_what_a_person_reads_in_it() {
    let folder = tempfile::tempdir().unwrap();
    for form in &FORMS {
        let product = form.product;
        let mut sources = form.sources();
        let mut table = String::from("report,received_at,email,quoted_ticket\n");
        for (number, (email, quoted, ..)) in form.reports.iter().enumerate() {
            table.push_str(&format!(
                "r{number},2026-08-01T09:00:00Z,{email},{quoted}\n"
            ));
        }
        let path = folder.path().join("reports.csv");
        fs::write(&path, table).unwrap();
        sources.reports = Some(path);
        let (imported, views) = read(&sources, &options()).unwrap();
        let desk = &imported.desk;

        for (table, file) in form.files() {
            let read = imported
                .files
                .iter()
                .find(|read| read.table == table)
                .unwrap();
            let others = match table {
                Table::Customers => form.customers.unwrap().2,
                Table::Accounts => form.accounts.unwrap().2,
                _ => 0,
            };
            assert_eq!(
                (read.rejected, read.others),
                (0, others),
                "{product} {table}"
            );
            let name = Path::new(file).file_name().unwrap().to_str().unwrap();
            let said = format!("{name} is {product}");
            let told = imported
                .warnings
                .iter()
                .any(|text| text.contains(&said) && text.contains(&format!("read as {table}")));
            assert!(told, "{product} {table}: {:?}", imported.warnings);
        }

        let count = form.whose.len();
        assert_eq!(desk.tickets.customer[..count], *form.whose, "{product}");
        check(&desk.tickets.columns, form.of_tickets, product);
        check(&desk.customers.columns, form.of_customers, product);
        if let Some((_, customers, _)) = form.customers {
            let read = imported
                .files
                .iter()
                .find(|read| read.table == Table::Customers)
                .unwrap();
            assert_eq!(read.rows, u64::from(customers), "{product}");
        }
        if let Some((_, accounts, _)) = form.accounts {
            let read: Vec<&str> = desk.accounts[..accounts.len()]
                .iter()
                .map(|account| account.id.as_str())
                .collect();
            assert_eq!(read, accounts, "{product}");
            assert!(desk.accounts[0].from.is_some(), "{product}");
        }
        let reports: Vec<(Option<u32>, Option<u32>)> = desk
            .reports
            .iter()
            .map(|report| {
                let ticket = match report.quoted {
                    Quoted::Ticket(ticket) => Some(ticket),
                    Quoted::Nothing | Quoted::NeverIssued => None,
                };
                (report.customer, ticket)
            })
            .collect();
        let wanted: Vec<(Option<u32>, Option<u32>)> = form
            .reports
            .iter()
            .map(|(_, _, customer, ticket)| (*customer, *ticket))
            .collect();
        assert_eq!(reports, wanted, "{product}");
        let views: Vec<(u32, u32, u32)> = views
            .iter()
            .take(form.views.len())
            .map(|view| (view.account, view.customer, view.ticket))
            .collect();
        assert_eq!(views, form.views, "{product}");
    }
}

/// Reads Zendesk's sample with other tables in place of its own.
fn zendesk(change: impl FnOnce(&mut Sources, &mut Options)) -> Result<Read, ImportError> {
    let (mut sources, mut options) = (FORMS[0].sources(), options());
    change(&mut sources, &mut options);
    read(&sources, &options)
}

type Read = (Imported, Vec<View>);

fn put(folder: &Path, name: &str, text: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    Some(path)
}

#[test]
fn an_array_under_a_name_a_bare_one_and_one_object_a_line_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for form in &FORMS {
        let whole = read(&form.sources(), &options()).unwrap();
        for name in ["", "lines", "\r\n", "named"] {
            let mut sources = form.sources();
            for file in [
                &mut sources.tickets,
                &mut sources.customers,
                &mut sources.accounts,
            ] {
                let Some(path) = file.as_ref().filter(|path| !path_is(path, "csv")) else {
                    continue;
                };
                let objects = objects(&fs::read_to_string(path).unwrap());
                let first: serde_json::Value = serde_json::from_str(&objects[0]).unwrap();
                let own = match form.product {
                    "Zendesk" | "Zammad" if first.get("email").is_some() => "users",
                    "Zendesk" | "Zammad" => "tickets",
                    "Request Tracker" => "items",
                    _ => "value",
                };
                let array = |end: &str| format!("[{}]", objects.join(end));
                let text = match name {
                    // What an interface answers has no line ends.
                    "" => array(","),
                    "lines" => objects.join("\n"),
                    "\r\n" => array(",\r\n"),
                    _ => format!("{{\"count\":2,\"{own}\":{},\"next\":null}}", array(",")),
                };
                let place = folder
                    .path()
                    .join(path.file_stem().unwrap())
                    .with_extension("json");
                fs::write(&place, text).unwrap();
                *file = Some(place);
            }
            let again = read(&sources, &options())
                .unwrap_or_else(|error| panic!("{} {name:?}: {error}", form.product));
            assert_eq!(again.0.desk, whole.0.desk, "{} {name:?}", form.product);
            assert_eq!(again.1, whole.1, "{} {name:?}", form.product);
        }
    }
}

/// The objects of a sample, each as one line.
fn objects(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.trim_start_matches('[').trim_end_matches([',', ']']))
        .filter(|line| {
            line.ends_with('}') && serde_json::from_str::<serde_json::Value>(line).is_ok()
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn only_the_wanted_strata_are_kept() {
    let (imported, _) = zendesk(|_, options| {
        options.strata = Some(vec!["queue".to_owned(), "plan".to_owned()]);
    })
    .unwrap();
    let names = |columns: &[Column]| -> Vec<String> {
        columns.iter().map(|column| column.name.clone()).collect()
    };
    assert_eq!(names(&imported.desk.tickets.columns), ["queue"]);
    assert_eq!(names(&imported.desk.customers.columns), ["plan"]);
    // Ids and keys are no strata, and stay.
    assert_eq!(imported.desk.tickets.customer, [0, 1, 0, 3]);
}

#[test]
fn who_maps_columns_of_a_table_has_no_form() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"id\":4711,\"requester_id\":81,\"group_id\":7}\n";
    let read = |map: &str| {
        zendesk(|sources, options| {
            sources.accounts = None;
            sources.customers = put(folder.path(), "users.jsonl", "{\"id\":81}\n{\"id\":82}\n");
            sources.tickets = put(folder.path(), "tickets.jsonl", lines);
            options.mapping = Mapping::parse(map).unwrap();
        })
    };
    let (imported, _) =
        read("tickets.ticket=id,tickets.customer=requester_id,customers.customer=id").unwrap();
    let told = |imported: &Imported| {
        imported
            .warnings
            .iter()
            .any(|text| text.contains("Zendesk's tickets"))
    };
    assert!(!told(&imported), "{:?}", imported.warnings);
    // Its own columns are attributes, then.
    assert_eq!(imported.desk.tickets.columns[0].name, "group_id");
    // A table that nobody maps keeps its form.
    let (imported, _) = read("customers.customer=id").unwrap();
    assert!(told(&imported), "{:?}", imported.warnings);
}

/// Rows of samples, cut, doubled, swapped and bitten into, and any bytes.
fn damaged() -> impl Strategy<Value = (Table, &'static str, Vec<u8>)> {
    let samples: Vec<(Table, &'static str, Vec<Vec<u8>>)> = FORMS
        .iter()
        .flat_map(Form::files)
        .map(|(table, file)| {
            let text = fs::read(testdata().join(file)).unwrap();
            let lines = text
                .split_inclusive(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect();
            (table, file, lines)
        })
        .collect();
    (0..samples.len()).prop_flat_map(move |sample| {
        let (table, file, lines) = samples[sample].clone();
        let picks = prop::collection::vec(0..lines.len(), 0..12);
        let bites = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
        let noise = prop::collection::vec(any::<u8>(), 0..40);
        (picks, bites, 0_u8..8, noise).prop_map(move |(picks, bites, kind, noise)| {
            let mut text = match kind {
                0 => noise,
                1..=3 => Vec::new(),
                _ => lines[0].clone(),
            };
            for pick in picks {
                text.extend_from_slice(&lines[pick]);
            }
            for (at, byte) in bites {
                if !text.is_empty() {
                    let at = at.index(text.len());
                    text[at] = byte;
                }
            }
            (table, file, text)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn each_row_of_a_damaged_table_is_read_rejected_or_of_another((table, file, text) in damaged()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(Path::new(file).file_name().unwrap());
        fs::write(&path, &text).unwrap();
        let mut sources = FORMS[0].sources();
        (sources.tickets, sources.customers, sources.accounts) = (None, None, None);
        let place = match table {
            Table::Tickets => &mut sources.tickets,
            Table::Customers => &mut sources.customers,
            _ => &mut sources.accounts,
        };
        *place = Some(path);
        let mut options = options();
        options.allow_rejects = 1.0;
        options.repeated_tickets = countersign_import::RepeatedTickets::FirstWins;
        if let Ok((imported, _)) = read(&sources, &options) {
            let file = imported.files.iter().find(|file| file.table == table).unwrap();
            let rejected = imported.rejected.iter().filter(|row| row.table == table).count();
            prop_assert_eq!(file.rejected, rejected as u64);
            prop_assert!(file.rejected <= file.rows);
            let used = file.rows - file.rejected;
            let desk = &imported.desk;
            // Rows that repeat an id are used, counted, and nothing of their own.
            let repeated: u64 = imported
                .warnings
                .iter()
                .filter_map(|warning| warning.split_once(" rows repeat a")?.0.rsplit(' ').next()?.parse::<u64>().ok())
                .sum();
            match table {
                Table::Tickets => prop_assert!(used == 0 || !desk.tickets.customer.is_empty()),
                Table::Customers => prop_assert!(u64::from(desk.customers.count) + repeated >= used),
                _ => prop_assert!(desk.accounts.len() as u64 + repeated >= used),
            }
            // A file of whole objects, one a line, has as many rows.
            let lines: Vec<&[u8]> = text
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.trim_ascii().is_empty())
                .collect();
            let whole = |line: &&[u8]| line.starts_with(b"{")
                && serde_json::from_slice::<serde_json::Value>(line).is_ok();
            if lines.iter().all(whole) {
                prop_assert_eq!(file.rows + file.others, lines.len() as u64);
            }
        }
    }
}

fn path_is(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|own| own == ending)
}

#[test]
fn a_row_that_an_interface_gives_again_counts_once_and_a_table_of_ours_is_no_form() {
    let folder = tempfile::tempdir().unwrap();
    let tickets = folder.path().join("tickets.jsonl");
    let row = r#"{"id":1,"requester_id":5,"group_id":2}"#;
    fs::write(&tickets, format!("{row}\n{row}\n")).unwrap();
    let mut sources = FORMS[0].sources();
    (sources.customers, sources.accounts) = (None, None);
    sources.tickets = Some(tickets.clone());
    let (imported, _) = read(&sources, &options()).unwrap();
    let said = imported.warnings.join("\n");
    assert!(said.contains("1 rows repeat a ticket"), "{said}");
    // What the desk added itself and the first rows don't have is no attribute, and said.
    let users = folder.path().join("users.jsonl");
    let user = |id: u32, field: &str| {
        format!(
            r#"{{"id":{id},"role":"end-user","email":"u{id}@example.org","user_fields":{{"{field}":"x"}}}}"#
        )
    };
    let mut many: Vec<String> = (10..2000).map(|id| user(id, "plan")).collect();
    many.push(user(2000, "region"));
    fs::write(&users, many.join("\n")).unwrap();
    sources.customers = Some(users);
    let (imported, _) = read(&sources, &options()).unwrap();
    let said = imported.warnings.join("\n");
    assert!(
        said.contains("1 rows have fields of the desk's own"),
        "{said}"
    );
    sources.customers = None;
    // With a key of ours the same object is a row of our own table.
    let own = r#"{"id":1,"requester_id":5,"group_id":2,"ticket":"2","customer":"7"}"#;
    fs::write(&tickets, format!("{own}\n")).unwrap();
    let (imported, _) = read(&sources, &options()).unwrap();
    let said = imported.warnings.join("\n");
    assert!(!said.contains("Zendesk's tickets"), "{said}");
}

//! Reports that come after the import are matched as those of a file are.

use std::fs;

use countersign_core::report::{Quoted, Report};
use countersign_core::time::Second;
use countersign_import::{Described, Keep, Options, Placed, Sources};

use crate::read::read;

const CUSTOMERS: &str = "customer,email,phone,organisation,region\n\
    c1,Ann@Example.org,+43 1 2345678,Acme,EU\n\
    c2,bob@example.com,+43 1 2345679,Acme,EU\n\
    c3,twins@example.org,+43 1 5550000,,EU\n\
    c4,twins@example.org,+43 1 5550001,,US\n\
    c5,+4315550002,+43 1 5550002,,US\n";
const TICKETS: &str = "ticket,customer,number\nt1,c1,INC0001\nt2,c3,INC0002\nt3,,INC0003\n";
const EVENTS: &str = "time,actor,customer,ticket\n\
    2019-08-05T09:30:00Z,x,c1,t1\n2019-08-05T09:31:00Z,y,c9,t4\n";

/// As (customer, email, phone, number).
const SAID: [[&str; 4]; 13] = [
    ["c1", "", "", ""],
    ["", "ann@example.ORG", "", "INC0001"],
    ["", "mailto:bob@example.com", "", "t1"],
    ["", "", "0043 1 2345678", "INC0003"],
    ["", "twins@example.org", "", ""],
    ["", "twins@example.org", "+4315550001", "INC0002"],
    ["", "nobody@example.org", "", ""],
    ["", "nobody@example.org", "+43 1 5550002", ""],
    ["c9", "", "", "t4"],
    ["c7", "bob@example.com", "", ""],
    ["", "", "123", ""],
    ["", "ann@example.org", "+43 1 2345679", ""],
    ["", "", "", ""],
];

#[test]
fn a_report_that_comes_later_is_matched_as_one_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let mut table = "report,received_at,customer,email,phone,quoted_ticket,verified\n".to_owned();
    for (place, [customer, email, phone, number]) in SAID.iter().enumerate() {
        table +=
            &format!("r{place:02},2019-09-01T00:00:00Z,{customer},{email},{phone},{number},true\n");
    }
    let mut sources = Sources {
        events: vec![file("events.csv", EVENTS)],
        customers: Some(file("customers.csv", CUSTOMERS)),
        tickets: Some(file("tickets.csv", TICKETS)),
        reports: Some(file("reports.csv", &table)),
        ..Sources::default()
    };
    let mut options = Options::new(Second::from_unix(1_575_000_000).unwrap());
    let (of_file, _) = read(&sources, &options).unwrap();
    assert!(of_file.directory.is_none());

    sources.reports = None;
    options.keep = Keep::Directory;
    let (later, _) = read(&sources, &options).unwrap();
    let directory = later.directory.unwrap();
    let reports: Vec<&Report> = of_file.desk.reports.iter().collect();
    assert_eq!(reports.len(), SAID.len());
    for (report, [customer, email, phone, number]) in reports.into_iter().zip(SAID) {
        let placed = directory.place(&Described {
            customer: Some(customer),
            email: Some(email),
            phone: Some(phone),
            number: Some(number),
        });
        let expected = Placed {
            customer: report.customer,
            household: report.household,
            quoted: report.quoted,
        };
        assert_eq!(placed, expected, "{}", report.id);
    }
    let debug = format!(
        "{directory:?} {:?}",
        Described {
            email: Some("ann@example.org"),
            ..Described::default()
        }
    );
    assert!(!debug.contains("ann"), "{debug}");
}

#[test]
fn a_number_is_found_as_it_was_heard_and_a_piece_of_one_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let sources = Sources {
        events: vec![file("events.csv", EVENTS)],
        customers: Some(file("customers.csv", CUSTOMERS)),
        tickets: Some(file("tickets.csv", TICKETS)),
        ..Sources::default()
    };
    let mut options = Options::new(Second::from_unix(1_575_000_000).unwrap());
    options.keep = Keep::Directory;
    let directory = read(&sources, &options).unwrap().0.directory.unwrap();
    let quoted = |number| {
        let described = Described {
            number: Some(number),
            ..Described::default()
        };
        directory.place(&described).quoted
    };
    assert_eq!(quoted("inc 00-02"), Quoted::Ticket(1));
    assert_eq!(quoted("0002"), Quoted::Nothing);
    assert_eq!(quoted("INC0004"), Quoted::Nothing);
    assert_eq!(directory.owner(1), Some(2));
    assert_eq!(directory.owner(2), None);
}

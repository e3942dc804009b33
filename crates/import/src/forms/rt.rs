//! Request Tracker 5: tickets and users of its REST interface, as `countersign fetch rt` keeps them.

use super::{Form, Only, Shape, as_it_stands};
use crate::table::Table;

pub(super) const TICKETS: Form = Form {
    product: "Request Tracker",
    title: "Request Tracker's tickets",
    table: Table::Tickets,
    shape: Shape::Json(&["items"]),
    columns: &[
        ("ticket", &["id"]),
        ("customer", &["Requestor.0.id"]),
        ("opened_at", &["Created"]),
        ("queue", &["Queue.Name", "Queue.id"]),
    ],
    own: Some("CustomFields"),
    only: None,
    id: as_it_stands,
    detect: |head| head.has_fields(&["id", "Requestor", "Queue"]),
};

pub(super) const CUSTOMERS: Form = Form {
    product: "Request Tracker",
    title: "Request Tracker's users",
    table: Table::Customers,
    shape: Shape::Json(&["items"]),
    columns: &[
        ("customer", &["id"]),
        ("email", &["EmailAddress"]),
        ("phone", &["MobilePhone", "WorkPhone", "HomePhone"]),
        ("organisation", &["Organization"]),
        ("country", &["Country"]),
        ("state", &["State"]),
        ("city", &["City"]),
    ],
    own: None,
    only: Some(Only {
        field: "Privileged",
        is: |privileged| !is_staff(privileged),
    }),
    id: as_it_stands,
    detect: |head| head.has_fields(&["id", "Name", "Privileged"]),
};

pub(super) const ACCOUNTS: Form = Form {
    product: "Request Tracker",
    title: "Request Tracker's users",
    table: Table::Accounts,
    shape: Shape::Json(&["items"]),
    // The log of sign-ins has the name.
    columns: &[("account", &["Name"]), ("from", &["Created"])],
    own: None,
    only: Some(Only {
        field: "Privileged",
        is: is_staff,
    }),
    id: as_it_stands,
    detect: |head| head.has_fields(&["id", "Name", "Privileged"]),
};

fn is_staff(privileged: &serde_json::Value) -> bool {
    *privileged == 1 || *privileged == "1" || *privileged == true
}

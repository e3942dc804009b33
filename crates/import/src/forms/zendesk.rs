//! Zendesk: `/api/v2/tickets`, `/api/v2/users`, or their incremental exports.

use super::{Form, Only, Shape, as_it_stands};
use crate::table::Table;

pub(super) const TICKETS: Form = Form {
    product: "Zendesk",
    title: "Zendesk's tickets",
    table: Table::Tickets,
    shape: Shape::Json(&["tickets", "results"]),
    columns: &[
        ("ticket", &["id"]),
        ("customer", &["requester_id"]),
        ("opened_at", &["created_at"]),
        ("queue", &["group_id"]),
        ("brand", &["brand_id"]),
        ("form", &["ticket_form_id"]),
        ("type", &["type"]),
        ("priority", &["priority"]),
    ],
    own: None,
    only: None,
    id: as_it_stands,
    detect: |head| head.has_fields(&["id", "requester_id", "group_id"]),
};

pub(super) const CUSTOMERS: Form = Form {
    product: "Zendesk",
    title: "Zendesk's users",
    table: Table::Customers,
    shape: Shape::Json(&["users"]),
    columns: &[
        ("customer", &["id"]),
        ("email", &["email"]),
        ("phone", &["phone"]),
        ("external_id", &["external_id"]),
        ("organisation", &["organization_id"]),
        ("locale", &["locale"]),
        ("time_zone", &["time_zone"]),
    ],
    own: Some("user_fields"),
    only: Some(Only {
        field: "role",
        is: |role| role == "end-user",
    }),
    id: as_it_stands,
    detect: |head| head.has_fields(&["id", "role", "email"]),
};

pub(super) const ACCOUNTS: Form = Form {
    product: "Zendesk",
    title: "Zendesk's users",
    table: Table::Accounts,
    shape: Shape::Json(&["users"]),
    columns: &[
        ("account", &["id"]),
        ("team", &["default_group_id"]),
        ("from", &["created_at"]),
    ],
    own: None,
    only: Some(Only {
        field: "role",
        is: |role| role.is_string() && role != "end-user",
    }),
    id: as_it_stands,
    detect: |head| head.has_fields(&["id", "role", "email"]),
};

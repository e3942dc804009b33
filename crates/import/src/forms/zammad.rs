//! Zammad: `/api/v1/tickets` and `/api/v1/users`, with `expand=true`.

use serde_json::Value;

use super::{Form, Only, Shape, as_it_stands};
use crate::table::Table;

pub(super) const TICKETS: Form = Form {
    product: "Zammad",
    title: "Zammad's tickets",
    table: Table::Tickets,
    shape: Shape::Json(&["tickets"]),
    columns: &[
        ("ticket", &["id"]),
        ("customer", &["customer_id"]),
        ("number", &["number"]),
        ("opened_at", &["created_at"]),
        ("closed_at", &["close_at"]),
        ("queue", &["group", "group_id"]),
        ("priority", &["priority_id"]),
    ],
    own: None,
    only: None,
    id: as_it_stands,
    detect: |head| head.has_fields(&["id", "number", "customer_id", "group_id"]),
};

pub(super) const CUSTOMERS: Form = Form {
    product: "Zammad",
    title: "Zammad's users",
    table: Table::Customers,
    shape: Shape::Json(&["users"]),
    columns: &[
        ("customer", &["id"]),
        ("email", &["email"]),
        ("phone", &["phone", "mobile"]),
        ("organisation", &["organization_id"]),
    ],
    own: None,
    only: Some(Only {
        field: "roles",
        is: is_customer,
    }),
    id: as_it_stands,
    detect: is_users,
};

pub(super) const ACCOUNTS: Form = Form {
    product: "Zammad",
    title: "Zammad's users",
    table: Table::Accounts,
    shape: Shape::Json(&["users"]),
    columns: &[("account", &["id"]), ("from", &["created_at"])],
    own: None,
    only: Some(Only {
        field: "roles",
        is: works_at_the_desk,
    }),
    id: as_it_stands,
    detect: is_users,
};

/// With roles by name: without them nobody can tell customers from agents.
fn is_users(head: &crate::adapters::Head<'_>) -> bool {
    head.has_fields(&["id", "login", "roles", "email"])
}

/// Whoever has any role beside that of a customer.
fn works_at_the_desk(roles: &Value) -> bool {
    all(roles).iter().any(|role| role != "Customer")
}

/// The product's own user, who stands for nobody, has no role at all.
fn is_customer(roles: &Value) -> bool {
    !all(roles).is_empty() && !works_at_the_desk(roles)
}

fn all(roles: &Value) -> &[Value] {
    roles.as_array().map(Vec::as_slice).unwrap_or_default()
}

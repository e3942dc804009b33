//! ServiceNow: a list of incidents or cases, exported as CSV with the column `sys_id`.

use super::{Form, Shape, as_it_stands};
use crate::table::Table;

pub(super) const TICKETS: Form = Form {
    product: "ServiceNow",
    title: "ServiceNow's tickets",
    table: Table::Tickets,
    shape: Shape::Csv,
    columns: &[
        // The transaction log has this one.
        ("ticket", &["sys_id"]),
        (
            "customer",
            &["caller_id.sys_id", "caller_id", "contact.sys_id", "contact"],
        ),
        ("number", &["number"]),
        ("opened_at", &["opened_at"]),
        ("closed_at", &["closed_at"]),
        ("queue", &["assignment_group"]),
        ("category", &["category"]),
        ("priority", &["priority"]),
    ],
    own: None,
    only: None,
    id: as_it_stands,
    detect: |head| {
        head.has_columns(&["sys_id", "number", "opened_at"])
            && (head.has_columns(&["caller_id"])
                || head.has_columns(&["caller_id.sys_id"])
                || head.has_columns(&["contact"])
                || head.has_columns(&["contact.sys_id"]))
    },
};

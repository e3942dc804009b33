//! Dynamics 365: `incidents` and `contacts` of the Web API.

use std::borrow::Cow;

use super::{Form, Shape};
use crate::adapters::plain_guid;
use crate::table::Table;

pub(super) const TICKETS: Form = Form {
    product: "Dynamics 365",
    title: "Dynamics 365's cases",
    table: Table::Tickets,
    shape: Shape::Json(&["value"]),
    columns: &[
        ("ticket", &["incidentid"]),
        ("customer", &["_customerid_value"]),
        ("number", &["ticketnumber"]),
        ("opened_at", &["createdon"]),
        ("queue", &["_owningteam_value"]),
        ("priority", &["prioritycode"]),
        ("origin", &["caseorigincode"]),
    ],
    own: None,
    only: None,
    id: guid,
    detect: |head| head.has_fields(&["incidentid", "_customerid_value"]),
};

pub(super) const CUSTOMERS: Form = Form {
    product: "Dynamics 365",
    title: "Dynamics 365's contacts",
    table: Table::Customers,
    shape: Shape::Json(&["value"]),
    columns: &[
        ("customer", &["contactid"]),
        ("email", &["emailaddress1"]),
        ("phone", &["telephone1", "mobilephone"]),
        ("organisation", &["_parentcustomerid_value"]),
        ("country", &["address1_country"]),
    ],
    own: None,
    only: None,
    id: guid,
    detect: |head| head.has_fields(&["contactid", "emailaddress1"]),
};

fn guid(id: &[u8]) -> Cow<'_, [u8]> {
    Cow::Owned(plain_guid(id))
}

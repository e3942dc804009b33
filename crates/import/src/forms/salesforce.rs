//! Salesforce: Case, Contact and User, as Data Loader or a report writes them (CSV).

use super::{Form, Shape};
use crate::adapters::salesforce_id;
use crate::table::Table;

pub(super) const TICKETS: Form = Form {
    product: "Salesforce",
    title: "Salesforce's cases",
    table: Table::Tickets,
    shape: Shape::Csv,
    columns: &[
        ("ticket", &["Id", "ID"]),
        ("customer", &["ContactId", "CONTACTID"]),
        ("number", &["CaseNumber", "CASENUMBER"]),
        ("opened_at", &["CreatedDate", "CREATEDDATE"]),
        ("closed_at", &["ClosedDate", "CLOSEDDATE"]),
        ("priority", &["Priority", "PRIORITY"]),
        ("type", &["Type", "TYPE"]),
        ("origin", &["Origin", "ORIGIN"]),
    ],
    own: Some("__c"),
    only: None,
    id: salesforce_id,
    detect: |head| {
        head.has_columns(&["Id", "CaseNumber", "ContactId"])
            || head.has_columns(&["ID", "CASENUMBER", "CONTACTID"])
    },
};

pub(super) const CUSTOMERS: Form = Form {
    product: "Salesforce",
    title: "Salesforce's contacts",
    table: Table::Customers,
    shape: Shape::Csv,
    columns: &[
        ("customer", &["Id", "ID"]),
        ("email", &["Email", "EMAIL"]),
        ("phone", &["Phone", "PHONE", "MobilePhone", "MOBILEPHONE"]),
        ("organisation", &["AccountId", "ACCOUNTID"]),
        ("country", &["MailingCountry", "MAILINGCOUNTRY"]),
    ],
    own: Some("__c"),
    only: None,
    id: salesforce_id,
    detect: |head| {
        head.has_columns(&["Id", "AccountId", "Email"])
            || head.has_columns(&["ID", "ACCOUNTID", "EMAIL"])
    },
};

pub(super) const ACCOUNTS: Form = Form {
    product: "Salesforce",
    title: "Salesforce's users",
    table: Table::Accounts,
    shape: Shape::Csv,
    columns: &[
        ("account", &["Id", "ID"]),
        ("team", &["Department", "DEPARTMENT"]),
        ("from", &["CreatedDate", "CREATEDDATE"]),
    ],
    own: None,
    only: None,
    id: salesforce_id,
    detect: |head| head.has_columns(&["Id", "Username"]) || head.has_columns(&["ID", "USERNAME"]),
};

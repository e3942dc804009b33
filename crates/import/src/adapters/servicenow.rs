//! ServiceNow: the transaction log (`syslog_transaction`): forms, lists and REST, no AJAX.

use super::emit::{Emit, Event, NoView};
use super::{Adapter, Beside, Item, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const TRANSACTIONS: Adapter = Adapter {
    name: "servicenow",
    title: "ServiceNow's transaction log",
    shape: Shape::Csv(&["sys_created_on", "sys_created_by", "type", "url"]),
    keeps: Keeps::Views,
    detect: |head| head.has_columns(&["sys_created_on", "sys_created_by", "type", "url"]),
    read,
};

fn read(record: &Record<'_>, _: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let [time, actor, kind, url] = *record.cells else {
        return Err(Reason::NotThisLog("no row of the transaction log"));
    };
    if !matches!(kind, b"Form" | b"REST" | b"List" | b"Report" | b"SOAP") {
        return Ok(());
    }
    match found(url) {
        Some((table, Some(id))) => {
            if let Some(item) = item(table) {
                let event = Event {
                    time,
                    actor,
                    ..Event::default()
                };
                emit.event(&event.about(item, id));
            }
        }
        Some((table, None)) if item(table).is_some() => emit.no_view(NoView::List),
        _ => {}
    }
    Ok(())
}

/// The table of an address, and the record if it names one.
fn found(url: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (path, query) = match url.iter().position(|byte| *byte == b'?') {
        Some(at) => (&url[..at], &url[at + 1..]),
        None => (url, &url[url.len()..]),
    };
    let mut parts = path
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty());
    let last = parts.next_back()?;
    let id = |text: &&[u8]| text.len() == 32 && text.iter().all(u8::is_ascii_hexdigit);
    if let Some(table) = last.strip_suffix(b".do") {
        let named = query
            .split(|byte| *byte == b'&')
            .find_map(|pair| pair.strip_prefix(b"sys_id="));
        return Some((
            table.strip_suffix(b"_list").unwrap_or(table),
            named.filter(id),
        ));
    }
    // /api/now/table/incident/ID, /now/cwf/agent/record/incident/ID
    if id(&last) {
        return Some((parts.next_back()?, Some(last)));
    }
    Some((last, None))
}

/// What the records of a table are.
fn item(table: &[u8]) -> Option<Item> {
    match table {
        b"incident"
        | b"sn_customerservice_case"
        | b"sc_request"
        | b"sc_req_item"
        | b"task"
        | b"problem"
        | b"interaction"
        | b"sn_hr_core_case" => Some(Item::Ticket),
        b"customer_contact" | b"csm_consumer" | b"customer_account" | b"sys_user" => {
            Some(Item::Customer)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn forms_and_rest_name_a_record_and_lists_do_not() {
        let form = format!("/incident.do?sys_id={ID}&sysparm_view=ess");
        assert_eq!(
            found(form.as_bytes()),
            Some((&b"incident"[..], Some(ID.as_bytes())))
        );
        let rest = format!("/api/now/table/csm_consumer/{ID}");
        assert_eq!(
            found(rest.as_bytes()),
            Some((&b"csm_consumer"[..], Some(ID.as_bytes())))
        );
        assert_eq!(
            found(b"/incident_list.do?x=1"),
            Some((&b"incident"[..], None))
        );
        assert_eq!(
            found(b"/incident.do?sys_id=-1"),
            Some((&b"incident"[..], None))
        );
        assert_eq!(found(b""), None);
    }
}

//! Salesforce: event log files, one CSV for each type of event and day or hour.

use std::borrow::Cow;

use super::emit::{Emit, Event, NoView};
use super::{Adapter, Beside, Item, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const EVENT_LOG_FILE: Adapter = Adapter {
    name: "salesforce",
    title: "Salesforce's event log file",
    shape: Shape::Csv(&[
        "EVENT_TYPE",
        "TIMESTAMP_DERIVED",
        "TIMESTAMP",
        "USER_ID_DERIVED",
        "USER_ID",
        "USER_TYPE",
        "PAGE_ENTITY_ID",
        "URI_ID_DERIVED",
        "URI",
    ]),
    keeps: Keeps::Views,
    detect: |head| {
        head.has_columns(&["EVENT_TYPE", "ORGANIZATION_ID"])
            && (head.has_columns(&["TIMESTAMP_DERIVED"]) || head.has_columns(&["TIMESTAMP"]))
    },
    read,
};

fn read(record: &Record<'_>, _: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let [
        kind,
        derived,
        stamp,
        user,
        short_user,
        user_type,
        page,
        uri_id,
        uri,
    ] = *record.cells
    else {
        return Err(Reason::NotThisLog("no row of an event log file"));
    };
    let shows = match kind {
        b"LightningPageView" => item(page).or_else(|| item(uri_id)),
        b"URI" | b"API" | b"RestApi" | b"BulkApi" | b"VisualforceRequest" | b"AuraRequest" => {
            item(uri_id).or_else(|| within(uri))
        }
        b"Report"
        | b"ReportExport"
        | b"ListView"
        | b"Search"
        | b"BulkApi2"
        | b"MultiBlockReport"
        | b"DocumentAttachmentDownloads" => {
            emit.no_view(NoView::List);
            return Ok(());
        }
        b"" => return Err(Reason::Missing("EVENT_TYPE")),
        _ => return Ok(()),
    };
    if is_customer(user_type) {
        emit.no_view(NoView::Customer);
        return Ok(());
    }
    let Some((item, id)) = shows else {
        let list = matches!(kind, b"API" | b"RestApi" | b"BulkApi");
        emit.no_view(if list { NoView::List } else { NoView::NoRecord });
        return Ok(());
    };
    let time = if derived.is_empty() {
        Cow::Owned(rfc3339(stamp).ok_or(Reason::TimeUnreadable)?)
    } else {
        Cow::Borrowed(derived)
    };
    let actor = long(if user.is_empty() { short_user } else { user });
    let event = Event {
        time: &time,
        actor: &actor,
        ..Event::default()
    };
    let id = long(id);
    emit.event(&event.about(item, &id));
    Ok(())
}

/// What an id is of: its first three letters say so.
fn item(id: &[u8]) -> Option<(Item, &[u8])> {
    if !matches!(id.len(), 15 | 18) || !id.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    match id.first_chunk::<3>()? {
        b"500" => Some((Item::Ticket, id)),
        b"003" | b"001" => Some((Item::Customer, id)),
        _ => None,
    }
}

/// The last id of a case, contact or account in an address.
fn within(uri: &[u8]) -> Option<(Item, &[u8])> {
    uri.split(|byte| !byte.is_ascii_alphanumeric())
        .filter_map(item)
        .next_back()
}

/// An id of 15 letters as the one of 18 that other exports have.
///
/// Each of the three letters at the end says which of five letters are capitals.
pub(crate) fn long(id: &[u8]) -> Cow<'_, [u8]> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    if id.len() != 15 || !id.iter().all(u8::is_ascii_alphanumeric) {
        return Cow::Borrowed(id);
    }
    let mut long = id.to_vec();
    for five in id.chunks(5) {
        let capitals = five.iter().rev().fold(0_usize, |bits, byte| {
            bits * 2 + usize::from(byte.is_ascii_uppercase())
        });
        long.extend(LETTERS.get(capitals));
    }
    Cow::Owned(long)
}

/// Users of a portal look at their own cases.
fn is_customer(user_type: &[u8]) -> bool {
    const OWN: [&[u8]; 9] = [
        b"CspLitePortal",
        b"CustomerSuccess",
        b"PowerCustomerSuccess",
        b"SelfService",
        b"Guest",
        b"b",
        b"C",
        b"c",
        b"G",
    ];
    OWN.contains(&user_type)
}

/// `20231218054831.655`, which is UTC, as RFC 3339.
fn rfc3339(stamp: &[u8]) -> Option<Vec<u8>> {
    let digits = stamp.get(..14)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut time = Vec::with_capacity(20);
    for (part, after) in [
        (0..4, b'-'),
        (4..6, b'-'),
        (6..8, b'T'),
        (8..10, b':'),
        (10..12, b':'),
        (12..14, b'Z'),
    ] {
        time.extend_from_slice(digits.get(part)?);
        time.push(after);
    }
    Some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_become_the_long_ones() {
        // The pair in the vendor's own sample line: USER_ID and USER_ID_DERIVED.
        assert_eq!(&*long(b"0055j00000AT6I1"), b"0055j00000AT6I1AAL");
        assert_eq!(&*long(b"0055j00000AT6I1AAL"), b"0055j00000AT6I1AAL");
        assert_eq!(&*long(b""), b"");
    }

    #[test]
    fn a_stamp_is_utc() {
        assert_eq!(
            rfc3339(b"20231218054831.655").unwrap(),
            b"2023-12-18T05:48:31Z"
        );
        assert_eq!(rfc3339(b"2023-12-18"), None);
    }

    #[test]
    fn an_address_names_its_last_record() {
        let (item, id) = within(b"/services/data/v59.0/sobjects/Case/5005j00000AbCdEAAV").unwrap();
        assert_eq!((item, id), (Item::Ticket, &b"5005j00000AbCdEAAV"[..]));
        assert_eq!(within(b"/services/data/v59.0/query"), None);
    }
}

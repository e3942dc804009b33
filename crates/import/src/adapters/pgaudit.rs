//! PostgreSQL's pgAudit in the server's CSV log: the row only through the statement's parameter.
//!
//! The database's user is mostly the desk's own; whose request it was stands in
//! `application_name`, if the desk sets it.

use memchr::memmem;

use super::emit::{Did, Emit, Event, NoView};
use super::{Adapter, Beside, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const CSV_LOG: Adapter = Adapter {
    name: "pgaudit",
    title: "PostgreSQL's CSV log with pgAudit",
    // log_time, message, application_name
    shape: Shape::Bare(&[0, 13, 22]),
    keeps: Keeps::Views,
    detect: |head| {
        head.columns_are(|columns| {
            columns.len() >= 23
                && columns
                    .first()
                    .is_some_and(|time| time.len() > 20 && time.starts_with("20"))
                && columns
                    .get(11)
                    .is_some_and(|severity| SEVERITIES.contains(&severity.as_str()))
        })
    },
    read,
};

fn read(record: &Record<'_>, _: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let [time, message, actor] = *record.cells else {
        return Err(Reason::NotThisLog("no row of the server's CSV log"));
    };
    let Some(audit) = message.strip_prefix(b"AUDIT: ") else {
        return Ok(());
    };
    let fields = fields(audit);
    let [_, _, _, class, _, kind, name, statement, parameter @ ..] = fields.as_slice() else {
        return Err(Reason::NotThisLog("an audit message with too few fields"));
    };
    let action = match class.as_slice() {
        b"READ" => Did::View,
        b"WRITE" => Did::Change,
        _ => return Ok(()),
    };
    if kind.as_slice() != b"TABLE" {
        return Ok(());
    }
    let table = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let Some(item) = core::str::from_utf8(table).ok().and_then(super::item) else {
        return Ok(());
    };
    let parameter = parameter.first().map(Vec::as_slice).unwrap_or_default();
    let Some(id) = by_key(statement, parameter) else {
        emit.no_view(NoView::List);
        return Ok(());
    };
    let time = time
        .strip_suffix(b" UTC")
        .or_else(|| time.strip_suffix(b" GMT"))
        .map_or_else(
            // Another zone's letters say nothing for certain: `--timezone` does.
            || {
                time.split(|byte| *byte == b' ')
                    .take(2)
                    .collect::<Vec<_>>()
                    .join(&b' ')
            },
            super::in_utc,
        );
    let event = Event {
        time: &time,
        actor,
        action,
        ..Event::default()
    };
    emit.event(&event.about(item, id));
    Ok(())
}

/// The id, if the statement asks for one row by `id = $1`.
fn by_key<'a>(statement: &[u8], parameter: &'a [u8]) -> Option<&'a [u8]> {
    let statement = statement.to_ascii_lowercase();
    let at = memmem::find(&statement, b"id = $1").or_else(|| memmem::find(&statement, b"id=$1"))?;
    // `customer_id = $1` asks for another table's row.
    let alone =
        at == 0 || !(statement[at - 1].is_ascii_alphanumeric() || statement[at - 1] == b'_');
    let first = parameter.split(|byte| *byte == b',').next()?.trim_ascii();
    (alone
        && !first.is_empty()
        && first
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-'))
    .then_some(first)
}

/// The fields of a message, quotes taken off.
fn fields(text: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = vec![Vec::new()];
    let mut quoted = false;
    let mut bytes = text.iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&&b'"') => {
                bytes.next();
                push(&mut fields, b'"');
            }
            b'"' => quoted = !quoted,
            b',' if !quoted && fields.len() < MOST_FIELDS => fields.push(Vec::new()),
            byte => push(&mut fields, *byte),
        }
    }
    fields
}

fn push(fields: &mut [Vec<u8>], byte: u8) {
    if let Some(last) = fields.last_mut() {
        last.push(byte);
    }
}

const MOST_FIELDS: usize = 10;
const SEVERITIES: [&str; 8] = [
    "LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG1",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_line_names_its_row() {
        let line = br#"OBJECT,1,1,READ,SELECT,TABLE,public.tickets,"select * from tickets where id = $1",4711"#;
        let fields = fields(line);
        assert_eq!(fields[6], b"public.tickets");
        assert_eq!(by_key(&fields[7], &fields[8]), Some(&b"4711"[..]));
    }

    #[test]
    fn a_key_of_another_table_is_none() {
        assert_eq!(
            by_key(b"select * from tickets where customer_id = $1", b"4"),
            None
        );
        assert_eq!(
            by_key(b"select * from tickets where id = $1", b"<not logged>"),
            None
        );
    }
}

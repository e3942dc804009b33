//! The inbox, and one report.

use countersign_core::record::Way;
use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::respond::statement::{Given, Knew, Pretext, Statement};
use countersign_core::staff::Role;
use countersign_core::time::Second;

use super::super::{
    Call, CodeSent, Cursors, Enter, Entered, Filter, Inbox, OneReport, ReportRow, Room,
};
use super::{NOW, shell};
use crate::ReportError;
use crate::pages::public::Standing;

pub(super) fn reports() -> Result<Vec<(String, String)>, ReportError> {
    let rows = CHANNELS.into_iter().zip(0_u32..);
    let row = |(channel, place): (Channel, u32)| ReportRow {
        reference: Reference::new(u64::from(place) * 0x3_7f31_99d1),
        received: Second(NOW.0 - 5_000 * place),
        channel,
        pretext: Pretext::ALL.into_iter().nth(place as usize),
        standing: Standing::ALL[place as usize % 4],
    };
    let inbox = Inbox {
        shell: shell(&[Role::Investigator], Room::Reports),
        rows: rows.map(row).collect(),
        filter: Filter::default(),
        cursors: Cursors {
            older: Some("849000000-7".to_owned()),
            newer: None,
        },
    };
    let filtered = Inbox {
        rows: Vec::new(),
        filter: Filter {
            channel: Some(Channel::Sms),
            pretext: Some(Pretext::Refund),
            standing: Some(Standing::Counts),
        },
        cursors: Cursors::default(),
        ..inbox.clone()
    };
    let empty = Inbox {
        filter: Filter::default(),
        ..filtered.clone()
    };
    let one = OneReport {
        shell: shell(&[Role::Investigator], Room::Reports),
        reference: Reference::new(0x3_7f31_99d1),
        received: NOW,
        way: Way::Form,
        standing: Standing::Counts,
        statement: Some(Statement {
            email: Some("ann@example.org".to_owned()),
            phone: None,
            customer: None,
            called: Some(Second(NOW.0 - 7_200)),
            channel: Channel::Phone,
            knew: vec![Knew::Name, Knew::Case],
            number: Some("INC 47 something 1".to_owned()),
            shown: Some("+1 555 0100".to_owned()),
            answer: None,
            pretext: Some(Pretext::Refund),
            given: vec![Given::Codes],
            words: Some("He said \"refund\".\r\n<script>alert(1)</script> \u{202e}evil".to_owned()),
            language: "en".to_owned(),
            call_back: true,
        }),
        entry: 1_187,
    };
    let erased = OneReport {
        statement: None,
        standing: Standing::Closed,
        ..one.clone()
    };
    let call = Call::read([("how", "phone"), ("email", "<i>ann"), ("mail_code", "yes")]);
    let enter = Enter {
        shell: shell(&[Role::Agent], Room::Enter),
        call: Call::default(),
        errors: Vec::new(),
        once: "00ff".to_owned(),
    };
    let entry_refused = Enter {
        errors: call.statement(NOW).err().unwrap_or_default(),
        call,
        ..enter.clone()
    };
    let entered = Entered {
        shell: shell(&[Role::Agent], Room::Enter),
        reference: Reference::new(0x3_7f31_99d1),
        code: CodeSent::IfOnFile,
    };
    let not_mailed = Entered {
        code: CodeSent::No,
        ..entered.clone()
    };
    Ok(vec![
        ("enter".to_owned(), enter.render()?),
        ("enter_refused".to_owned(), entry_refused.render()?),
        ("entered".to_owned(), entered.render()?),
        ("entered_no_code".to_owned(), not_mailed.render()?),
        ("inbox".to_owned(), inbox.render()?),
        ("inbox_filtered".to_owned(), filtered.render()?),
        ("inbox_empty".to_owned(), empty.render()?),
        ("report".to_owned(), one.render()?),
        ("report_erased".to_owned(), erased.render()?),
    ])
}

const CHANNELS: [Channel; 6] = [
    Channel::Phone,
    Channel::Robocall,
    Channel::Email,
    Channel::Sms,
    Channel::Portal,
    Channel::Forum,
];

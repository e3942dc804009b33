//! A mailbox in the form that most programs export (mbox, RFC 4155), or one mail (`.eml`).

use std::io::BufReader;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use mail_parser::MessageParser;
use mail_parser::mailbox::mbox::MessageIterator;
use sha2::{Digest, Sha256};

use super::Conversation;
use crate::error::ImportError;
use crate::file::{self, Digests, go_on, hex};
use crate::reason::Reason;
use crate::rows::Bad;

pub(super) fn read(
    path: &Path,
    cancel: &AtomicBool,
) -> Result<(Vec<Conversation>, Vec<Bad>), ImportError> {
    let (mut all, mut bad) = (Vec::new(), Vec::new());
    let single = path.extension().is_some_and(|ending| ending == "eml");
    let mut take = |number: u64, bytes: &[u8]| match conversation(bytes) {
        Ok(conversation) => all.push(conversation),
        Err(reason) => bad.push(Bad {
            line: number,
            reason,
            raw: crate::rows::raw(bytes),
        }),
    };
    let mut opened = file::open(path, Digests::Left)?;
    if single {
        let mut bytes = Vec::new();
        let most = LARGEST_MAIL as u64;
        std::io::Read::read_to_end(
            &mut std::io::Read::take(&mut opened.reader, most),
            &mut bytes,
        )
        .map_err(|source| file::read_error(path, opened.packing, source))?;
        take(1, &bytes);
        return Ok((all, bad));
    }
    let mut number = 0;
    for message in MessageIterator::new(BufReader::new(opened.reader)) {
        go_on(cancel)?;
        number += 1;
        let message = message.map_err(|_error| ImportError::NotText {
            file: file::shown(path),
            what: "no mailbox: it does not begin with a line `From …`",
        })?;
        take(number, message.contents());
    }
    if number == 0 {
        return Err(ImportError::Empty {
            file: file::shown(path),
        });
    }
    Ok((all, bad))
}

fn conversation(bytes: &[u8]) -> Result<Conversation, Reason> {
    if bytes.len() > LARGEST_MAIL {
        return Err(Reason::TooLong("mail"));
    }
    let mail = MessageParser::default()
        .parse(bytes)
        .ok_or(Reason::NotThisLog("no mail"))?;
    let date = mail.date().ok_or(Reason::Missing("Date"))?;
    // A mail has no id that nobody else could have given it: its Message-ID is the sender's word.
    let print = match mail.message_id() {
        Some(id) => Sha256::digest(id.as_bytes()),
        None => Sha256::digest(bytes),
    };
    let from = mail.from().and_then(|from| from.first());
    let email = from.and_then(|from| from.address()).unwrap_or_default();
    Ok(Conversation {
        id: format!("mail-{}", hex(&print[..5])),
        received: date.to_rfc3339(),
        email: super::address(email),
        subject: mail.subject().unwrap_or_default().to_owned(),
        words: mail
            .body_text(0)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default(),
        ..Conversation::default()
    })
}

/// No mail about a call is larger.
const LARGEST_MAIL: usize = 32 << 20;

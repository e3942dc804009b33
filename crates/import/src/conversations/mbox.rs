//! A mailbox in the form that most programs export (mbox, RFC 4155), or one mail (`.eml`).

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use mail_parser::MessageParser;
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
    let mut number = 0;
    let mut take = |bytes: &[u8]| {
        number += 1;
        match conversation(bytes) {
            Ok(conversation) => all.push(conversation),
            Err(reason) => bad.push(Bad {
                line: number,
                reason,
                raw: crate::rows::raw(bytes),
            }),
        }
    };
    let opened = file::open(path, Digests::Left)?;
    let failed = |source| file::read_error(path, opened.packing, source);
    if path.extension().is_some_and(|ending| ending == "eml") {
        let mut bytes = Vec::new();
        let most = LARGEST_MAIL as u64 + 1;
        let mut reader = opened.reader.take(most);
        reader.read_to_end(&mut bytes).map_err(failed)?;
        take(&bytes);
        return Ok((all, bad));
    }
    let mut reader = BufReader::new(opened.reader);
    let mut mails = Mails::default();
    let mut piece = Vec::new();
    loop {
        go_on(cancel)?;
        piece.clear();
        let mut some = reader.by_ref().take(PIECE);
        some.read_until(b'\n', &mut piece).map_err(failed)?;
        if piece.is_empty() {
            break;
        }
        let whole = mails.add(&piece).map_err(|what| ImportError::NotText {
            file: file::shown(path),
            what,
        })?;
        if let Some(mail) = whole {
            take(&mail);
        }
    }
    match mails.mail {
        Some(mail) => take(&mail),
        None => {
            return Err(ImportError::Empty {
                file: file::shown(path),
            });
        }
    }
    Ok((all, bad))
}

/// Takes a mailbox apart at its lines `From …`; of a mail that is too large it keeps one byte too
/// many, and no more.
#[derive(Debug, Default)]
struct Mails {
    mail: Option<Vec<u8>>,
    /// The last piece had no end of its line.
    within: bool,
    /// The line `From …` goes on.
    separates: bool,
}

impl Mails {
    /// Adds a line or a piece of one, and hands out the mail that ended before it.
    fn add(&mut self, piece: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
        let begins = !core::mem::replace(&mut self.within, !piece.ends_with(b"\n"));
        if begins {
            self.separates = piece.starts_with(SEPARATOR);
            if self.separates {
                return Ok(self.mail.replace(Vec::new()));
            }
        }
        if self.separates {
            return Ok(None);
        }
        let Some(mail) = &mut self.mail else {
            return if piece.trim_ascii().is_empty() {
                Ok(None)
            } else {
                Err("no mailbox: it does not begin with a line `From …`")
            };
        };
        // A line of the text that looks like the separator has a `>` before it.
        let bare = piece.iter().position(|byte| *byte != b'>').unwrap_or(0);
        let quoted = begins && bare > 0 && piece[bare..].starts_with(SEPARATOR);
        let text = &piece[usize::from(quoted)..];
        let room = (LARGEST_MAIL + 1).saturating_sub(mail.len());
        mail.extend_from_slice(text.get(..room).unwrap_or(text));
        Ok(None)
    }
}

fn conversation(bytes: &[u8]) -> Result<Conversation, Reason> {
    if bytes.len() > LARGEST_MAIL {
        return Err(Reason::MailTooLarge);
    }
    let mail = MessageParser::default()
        .parse(bytes)
        .ok_or(Reason::NotThisLog("no mail"))?;
    // The desk's own server writes the uppermost `Received`; `Date` is the sender's word.
    let date = mail
        .received_all()
        .next()
        .and_then(|received| received.date())
        .filter(mail_parser::DateTime::is_valid)
        .or_else(|| mail.date().copied())
        .ok_or(Reason::Missing("Date"))?;
    // A mail has no id that nobody else could have given it: its Message-ID is the sender's word.
    // Programs differ in the empty lines that they leave at its end.
    let print = Sha256::digest(bytes.trim_ascii_end());
    let from = mail.from().and_then(|from| from.first());
    let email = from.and_then(|from| from.address()).unwrap_or_default();
    Ok(Conversation {
        id: format!("mail-{}", hex(&print[..10])),
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

/// Begins a mail; the rest of the line is its envelope.
const SEPARATOR: &[u8] = b"From ";
/// No mail about a call is larger; [`Reason::MailTooLarge`] says the same.
const LARGEST_MAIL: usize = 32 << 20;
/// Bytes of a line that are read at once.
const PIECE: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, &'static str> {
        let mut mails = Mails::default();
        let mut all = Vec::new();
        for piece in pieces {
            all.extend(mails.add(piece)?);
        }
        all.extend(mails.mail);
        Ok(all)
    }

    #[test]
    fn a_mailbox_is_taken_apart_at_its_separators_only() {
        let pieces: [&[u8]; 12] = [
            b"\n",
            b"From ann ",
            b"From 2026\n",
            b"Subject: x\n",
            b"\n",
            b">From here\n",
            b">>From there\n",
            b"> From\n",
            b"a long line ",
            b"From its middle\n",
            b"From bo\n",
            b"b",
        ];
        let first = b"Subject: x\n\nFrom here\n>From there\n> From\na long line From its middle\n";
        assert_eq!(all(&pieces).unwrap(), [&first[..], b"b"]);
        assert_eq!(all(&[]).unwrap(), [] as [&[u8]; 0]);
        assert!(all(&[b"\n", b"{}\n", b"From ann\n"]).is_err());
    }

    #[test]
    fn of_a_mail_without_an_end_no_more_is_kept_than_shows_it() {
        let mut mails = Mails::default();
        mails.add(b"From ann\n").unwrap();
        let piece = vec![b'x'; 1 << 16];
        for _ in 0..10_000 {
            assert_eq!(mails.add(&piece), Ok(None));
        }
        let mail = mails.mail.unwrap();
        assert_eq!(mail.len(), LARGEST_MAIL + 1);
        assert!(mail.capacity() <= 2 * LARGEST_MAIL + 2);
        assert!(matches!(conversation(&mail), Err(Reason::MailTooLarge)));
        assert_eq!(
            Reason::MailTooLarge.to_string(),
            format!("the mail is larger than {} MiB", LARGEST_MAIL >> 20)
        );
    }
}

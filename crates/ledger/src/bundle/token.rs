//! Time stamps (RFC 3161): what an authority is asked, and what its answer says.
//!
//! An answer comes from a stranger, so it is read by its outline, without recursion and without
//! copying: whatever stands in it, no more is done than to walk over its bytes once. The
//! authority's signature is not checked here: `openssl ts -verify` does that, with the certificate
//! that the reader trusts.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{
    DateTime, Decode as _, Encode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _,
};
use thiserror::Error;

use crate::hash::Hash;

/// What a time stamp says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The digest that was stamped.
    pub imprint: Hash,
    /// When, as RFC 3339 writes it.
    pub time: String,
    /// The number that the question carried, as DER has it.
    nonce: Option<Vec<u8>>,
}

/// Why an answer is no time stamp of what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is something else, or was cut.
    #[error("not a time stamp of RFC 3161: {0}")]
    Form(&'static str),
    /// The authority did not stamp.
    #[error("the authority refused: status {status}{said}")]
    Refused {
        /// The status: 0 and 1 are granted.
        status: u8,
        /// What it said, behind a colon, if it said something.
        said: String,
    },
    /// It stamped something else.
    #[error("the time stamp is of something else: its imprint is {0}")]
    Imprint(String),
    /// It answers another question.
    #[error("the time stamp answers another question: its nonce is not the one that was sent")]
    Nonce,
}

/// The question (`TimeStampReq`) for a stamp of a digest, with the authority's certificate in it.
#[must_use]
pub fn question(imprint: &Hash, nonce: u64) -> Vec<u8> {
    let nonce = integer(nonce);
    let length = VERSION_1.len() + IMPRINT.len() + imprint.0.len() + nonce.len() + TRUE.len();
    // At most 69 bytes, so that the length is one byte.
    let head = [0x30, u8::try_from(length).unwrap_or_default()];
    [&head[..], VERSION_1, IMPRINT, &imprint.0, &nonce, TRUE].concat()
}

impl Token {
    /// Reads an answer (`TimeStampResp`) by which a stamp was granted.
    ///
    /// # Errors
    /// A refusal, a stamp by another digest than SHA-256, or anything else.
    pub fn parse(answer: &[u8]) -> Result<Self, TokenError> {
        let mut answer = whole(answer, "the answer")?;
        let mut status = inside(&mut answer, Tag::Sequence, "the status")?;
        granted(&mut status)?;
        let mut token = inside(&mut answer, Tag::Sequence, "the token")?;
        end(&answer, "behind the token")?;
        oid(&mut token, SIGNED_DATA, "the token is not signed data")?;
        let mut content = inside(&mut token, context(0), "the token's content")?;
        end(&token, "behind the token's content")?;
        let mut signed = inside(&mut content, Tag::Sequence, "the signed data")?;
        end(&content, "behind the signed data")?;
        take(&mut signed, Tag::Integer, "the signed data's version")?;
        take(&mut signed, Tag::Set, "the digests")?;
        let mut stamp = inside(&mut signed, Tag::Sequence, "the stamp")?;
        oid(&mut stamp, TST_INFO, "what is signed is not a time stamp")?;
        let mut stamp_content = inside(&mut stamp, context(0), "the stamp's content")?;
        end(&stamp, "behind the stamp")?;
        let info = take(&mut stamp_content, Tag::OctetString, "the stamp's bytes")?;
        end(&stamp_content, "behind the stamp's bytes")?;
        // Certificates and revocations, for those who check the signature.
        let rest = ranks(&mut signed, |tag| {
            [context(0), context(1), Tag::Set]
                .iter()
                .position(|known| *known == tag)
        })?;
        if rest
            .last()
            .is_none_or(|last| last.tag() != Tag::Set || last.value().is_empty())
        {
            return Err(TokenError::Form("nobody signed it"));
        }
        Self::info(info.value())
    }

    /// Reads what was stamped (`TSTInfo`).
    fn info(bytes: &[u8]) -> Result<Self, TokenError> {
        let mut info = whole(bytes, "the stamp")?;
        let version = take(&mut info, Tag::Integer, "the stamp's version")?;
        if version.value() != [1] {
            return Err(TokenError::Form("a stamp of another version"));
        }
        take(&mut info, Tag::ObjectIdentifier, "the policy")?;
        let mut imprint = inside(&mut info, Tag::Sequence, "the imprint")?;
        let mut algorithm = inside(&mut imprint, Tag::Sequence, "the imprint's digest")?;
        oid(&mut algorithm, SHA_256, "the imprint is not by SHA-256")?;
        if !algorithm.is_finished() {
            take(&mut algorithm, Tag::Null, "the digest's parameters")?;
        }
        end(&algorithm, "behind the digest's name")?;
        let digest = take(&mut imprint, Tag::OctetString, "the imprint's bytes")?;
        end(&imprint, "behind the imprint")?;
        let digest = digest.value().try_into();
        take(&mut info, Tag::Integer, "the serial number")?;
        let time = take(&mut info, Tag::GeneralizedTime, "the time")?;
        let rest = ranks(&mut info, |tag| {
            let known = [
                Tag::Sequence,
                Tag::Boolean,
                Tag::Integer,
                context(0),
                context(1),
            ];
            known.iter().position(|known| *known == tag)
        })?;
        let nonce = rest.into_iter().find(|any| any.tag() == Tag::Integer);
        Ok(Self {
            imprint: Hash(
                digest.map_err(|_error| TokenError::Form("an imprint of another length"))?,
            ),
            time: moment(time.value()).ok_or(TokenError::Form("no time that there is"))?,
            nonce: nonce.map(|any| any.value().to_vec()),
        })
    }

    /// Whether it is a stamp of this digest, in answer to the question with this nonce.
    ///
    /// # Errors
    /// It is not.
    pub fn answers(&self, imprint: &Hash, nonce: u64) -> Result<(), TokenError> {
        self.stamps(imprint)?;
        let asked = integer(nonce);
        // Behind tag and length.
        if self.nonce.as_deref() != asked.get(2..) {
            return Err(TokenError::Nonce);
        }
        Ok(())
    }

    /// Whether it is a stamp of this digest.
    ///
    /// # Errors
    /// It is not.
    pub fn stamps(&self, imprint: &Hash) -> Result<(), TokenError> {
        if self.imprint != *imprint {
            return Err(TokenError::Imprint(self.imprint.to_hex()));
        }
        Ok(())
    }
}

/// Reads the status (`PKIStatusInfo`): granted, or why not.
fn granted(info: &mut SliceReader<'_>) -> Result<(), TokenError> {
    let status = take(info, Tag::Integer, "the status")?;
    let status = match status.value() {
        [0 | 1] => return Ok(()),
        [status] => *status,
        _ => return Err(TokenError::Form("a status of more than a byte")),
    };
    let mut said = String::new();
    if let Ok(mut texts) = inside(info, Tag::Sequence, "what it said")
        && let Ok(text) = take(&mut texts, Tag::Utf8String, "what it said")
    {
        // For a terminal, from a stranger.
        let plain = text
            .value()
            .iter()
            .map(|byte| char::from(*byte))
            .filter(|c| (' '..='~').contains(c));
        said = format!(": {}", plain.take(LONGEST_WORDS).collect::<String>());
    }
    Err(TokenError::Refused { status, said })
}

/// The time (`GeneralizedTime` with or without fractions of a second) as RFC 3339 writes it.
fn moment(text: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits =
        |text: &str| !text.is_empty() && text.len() <= 9 && digits(text) && !text.ends_with('0');
    if whole.len() != 14 || !digits(whole) || !fraction.is_none_or(fits) {
        return None;
    }
    let number = |from: usize, to: usize| whole.get(from..to)?.parse::<u8>().ok();
    let year = whole.get(..4)?.parse().ok()?;
    let time = DateTime::new(
        year,
        number(4, 6)?,
        number(6, 8)?,
        number(8, 10)?,
        number(10, 12)?,
        number(12, 14)?,
    );
    // `2026-11-27T08:00:00Z`
    let time = time.ok()?.to_string();
    Some(match fraction {
        Some(fraction) => format!("{}.{fraction}Z", time.strip_suffix('Z')?),
        None => time,
    })
}

/// A number as DER writes it, tag and length before it: 3 to 11 bytes.
fn integer(number: u64) -> Vec<u8> {
    number.to_der().unwrap_or_default()
}

fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// What a sequence that is everything holds.
fn whole<'a>(bytes: &'a [u8], what: &'static str) -> Result<SliceReader<'a>, TokenError> {
    let form = |_error| TokenError::Form(what);
    let mut reader = SliceReader::new(bytes).map_err(form)?;
    let inner = inside(&mut reader, Tag::Sequence, what)?;
    end(&reader, what)?;
    Ok(inner)
}

/// The next thing, which has this tag.
fn take<'a>(
    reader: &mut SliceReader<'a>,
    tag: Tag,
    what: &'static str,
) -> Result<AnyRef<'a>, TokenError> {
    let any = AnyRef::decode(reader).ok();
    any.filter(|any| any.tag() == tag)
        .ok_or(TokenError::Form(what))
}

/// What the next thing, which has this tag, holds.
fn inside<'a>(
    reader: &mut SliceReader<'a>,
    tag: Tag,
    what: &'static str,
) -> Result<SliceReader<'a>, TokenError> {
    let any = take(reader, tag, what)?;
    SliceReader::new(any.value()).map_err(|_error| TokenError::Form(what))
}

fn oid(
    reader: &mut SliceReader<'_>,
    wanted: ObjectIdentifier,
    what: &'static str,
) -> Result<(), TokenError> {
    let any = take(reader, Tag::ObjectIdentifier, what)?;
    let fits = any.value() == wanted.as_bytes();
    fits.then_some(()).ok_or(TokenError::Form(what))
}

fn end(reader: &SliceReader<'_>, what: &'static str) -> Result<(), TokenError> {
    let fits = reader.is_finished();
    fits.then_some(()).ok_or(TokenError::Form(what))
}

/// The things that are left, each optional, in the order of their ranks.
fn ranks<'a>(
    reader: &mut SliceReader<'a>,
    rank: impl Fn(Tag) -> Option<usize>,
) -> Result<Vec<AnyRef<'a>>, TokenError> {
    const ORDER: TokenError = TokenError::Form("something that does not belong there");
    let (mut found, mut least) = (Vec::new(), 0);
    while !reader.is_finished() {
        let any = AnyRef::decode(reader).ok().ok_or(ORDER)?;
        let rank = rank(any.tag()).filter(|rank| *rank >= least).ok_or(ORDER)?;
        // Each once, so there are no more than there are ranks.
        least = rank + 1;
        found.push(any);
    }
    Ok(found)
}

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// `version 1`.
const VERSION_1: &[u8] = &[2, 1, 1];
/// A message imprint by SHA-256, up to the 32 bytes of the digest.
const IMPRINT: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// `certReq TRUE`.
const TRUE: &[u8] = &[1, 1, 0xff];
const LONGEST_WORDS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_the_one_that_the_standard_tool_asks() {
        // `openssl ts -query -digest … -sha256 -cert`, with its nonce.
        let digest = Hash([7; 32]);
        for nonce in [0, 1, 0x7f, 0x80, u64::MAX >> 1, u64::MAX] {
            let asked = question(&digest, nonce);
            assert_eq!(usize::from(asked[1]), asked.len() - 2);
            let mut reader = whole(&asked, "it").unwrap();
            take(&mut reader, Tag::Integer, "version").unwrap();
            take(&mut reader, Tag::Sequence, "imprint").unwrap();
            assert_eq!(u64::decode(&mut reader).unwrap(), nonce);
            assert!(bool::decode(&mut reader).unwrap() && reader.is_finished());
        }
    }

    #[test]
    fn times_are_read_with_and_without_fractions() {
        let time = |text: &str| moment(text.as_bytes());
        assert_eq!(time("20261127080910Z").unwrap(), "2026-11-27T08:09:10Z");
        assert_eq!(
            time("20261127080910.25Z").unwrap(),
            "2026-11-27T08:09:10.25Z"
        );
        for other in [
            "20261127080910",
            "20261127080910.Z",
            "20261127080910.50Z",
            "20260230080910Z",
            "2026112708Z",
            "+0261127080910Z",
            "20261127080910.0000000001Z",
            "",
        ] {
            assert_eq!(time(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_refusal_says_is_shown_without_control_characters() {
        // Status 2, "no\u{1b}[2J".
        let refusal = [
            0x30, 0x0d, 0x30, 0x0b, 2, 1, 2, 0x30, 6, 0x0c, 4, b'n', b'o', 0x1b, b'[',
        ];
        let told = Token::parse(&refusal).unwrap_err().to_string();
        assert_eq!(told, "the authority refused: status 2: no[");
    }

    #[test]
    fn garbage_is_refused_without_a_panic() {
        for bytes in [
            &[][..],
            b"<html>",
            &[0x30, 0x80],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30; 4096],
            &[0xff; 64],
        ] {
            assert!(
                matches!(Token::parse(bytes), Err(TokenError::Form(_))),
                "{bytes:?}"
            );
        }
    }
}

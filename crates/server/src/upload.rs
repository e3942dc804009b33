//! A form with a file: fields, and one file with what its sender called it.
//!
//! The name is text and nothing else: no file is ever written under it.

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};

use crate::error::PageError;

/// What a form with a file posts.
pub(crate) struct Upload {
    pub(crate) csrf: String,
    /// As the browser says it, tidied; see [`tidied`].
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What came as the file.
#[derive(PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// No file was chosen.
    None,
    /// More bytes than are taken.
    TooMany,
}

impl core::fmt::Debug for Upload {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Upload").finish_non_exhaustive()
    }
}

/// Reads a form with one file of at most so many bytes.
pub(crate) async fn read(request: Request, most: usize) -> Result<Upload, PageError> {
    let unread = |_error| PageError::bad("the form came in a way that is not taken here");
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(unread)?;
    let mut upload = Upload {
        csrf: String::new(),
        name: String::new(),
        content: Content::None,
    };
    for _ in 0..MOST_FIELDS {
        let Ok(next) = parts.next_field().await else {
            return Err(PageError::bad("the form breaks off"));
        };
        let Some(mut field) = next else {
            return Ok(upload);
        };
        match field.name() {
            Some("csrf") => {
                let text = bytes(&mut field, 256).await?;
                upload.csrf = match text {
                    Content::Bytes(text) => String::from_utf8(text).unwrap_or_default(),
                    Content::None | Content::TooMany => String::new(),
                };
            }
            Some("file") => {
                upload.name = tidied(field.file_name().unwrap_or_default());
                upload.content = bytes(&mut field, most).await?;
            }
            _ => {}
        }
    }
    Err(PageError::bad("the form has too many fields"))
}

async fn bytes(field: &mut Field<'_>, most: usize) -> Result<Content, PageError> {
    let (mut all, mut length) = (Vec::new(), 0_usize);
    let cut = |_error| PageError::bad("the file breaks off, or is longer than is taken");
    while let Some(piece) = field.chunk().await.map_err(cut)? {
        length += piece.len();
        if length <= most {
            all.extend_from_slice(&piece);
        } else {
            // Read on, so that the sender hears the answer, and keep nothing.
            all = Vec::new();
        }
    }
    Ok(if length > most {
        Content::TooMany
    } else if all.is_empty() {
        Content::None
    } else {
        Content::Bytes(all)
    })
}

/// A name as it is kept: its last part, without what controls or reorders text, 200 letters at most.
pub(crate) fn tidied(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let text: String = last
        .chars()
        .filter(|letter| !letter.is_control() && !reorders(*letter))
        .take(200)
        .collect();
    let text = text.trim().trim_start_matches('.');
    if text.is_empty() {
        "file".to_owned()
    } else {
        text.to_owned()
    }
}

/// Letters that turn the direction of text, or join lines: a name with them looks like another.
fn reorders(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The `Content-Disposition` that has a browser save a file under a name, and never show it
/// (RFC 6266): plain letters in one form, all of them percent-encoded in the other.
pub(crate) fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '%' => '_',
            letter if letter.is_ascii() && !letter.is_ascii_control() => letter,
            _ => '_',
        })
        .collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            exact.push(char::from(byte));
        } else {
            exact.push('%');
            exact.extend(
                [byte >> 4, byte & 15]
                    .into_iter()
                    .filter_map(|digit| char::from_digit(u32::from(digit), 16))
                    .map(|digit| digit.to_ascii_uppercase()),
            );
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// Takes a form with a file of so many bytes, and more to say that it is too large.
pub(crate) fn limit(most: usize) -> DefaultBodyLimit {
    DefaultBodyLimit::max(2 * most + crate::form::LONGEST)
}

/// Fields of a form; ours have two.
const MOST_FIELDS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_last_part_and_nothing_that_is_not_seen() {
        for (name, kept) in [
            ("letter.pdf", "letter.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\list.csv", "list.csv"),
            ("..", "file"),
            (".htaccess", "htaccess"),
            ("a\r\nSet-Cookie: x=1", "aSet-Cookie: x=1"),
            ("fdp.\u{202e}exe", "fdp.exe"),
            ("/", "file"),
            ("\0", "file"),
        ] {
            assert_eq!(tidied(name), kept);
        }
        assert_eq!(tidied(&"x".repeat(1000)).len(), 200);
    }

    #[test]
    fn a_name_can_not_leave_its_header() {
        let said = attachment("a\"; filename=\"b.exe");
        assert_eq!(
            said,
            "attachment; filename=\"a_; filename=_b.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe"
        );
        let said = attachment("Grüße\r\nX: 1.pdf");
        assert!(
            said.chars().all(|letter| (' '..='~').contains(&letter)),
            "{said}"
        );
        assert!(
            said.ends_with("UTF-8''Gr%C3%BC%C3%9Fe%0D%0AX%3A%201.pdf"),
            "{said}"
        );
        assert!(axum::http::HeaderValue::from_str(&said).is_ok());
    }
}

//! Views that programs hand in, a line each.

use std::io::Read as _;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use countersign_core::record::Source;
use countersign_import::{Line, Reason};
use serde::Serialize;

use crate::app::App;
use crate::desk;
use crate::error::PageError;
use crate::program::Program;
use crate::views::{Batch, ViewsError};

/// What became of the lines.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// Views that are on record from here on.
    taken: u64,
    /// Views that were on record already.
    known: u64,
    /// Lines that told no view.
    refused: u64,
    /// The first of them.
    errors: Vec<Refused>,
}

/// A line that told no view.
#[derive(Debug, Serialize)]
struct Refused {
    line: u64,
    detail: String,
}

/// `POST /api/v1/views`
pub(super) async fn take(
    State(app): State<App>,
    program: Program,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Answer>, PageError> {
    let packed = packing(&headers)?;
    if app.judge().is_behind() {
        return Err(PageError::Busy);
    }
    let reading = app.clone();
    let read = tokio::task::spawn_blocking(move || read(&reading, &body, packed));
    let (lines, refused, errors) = read.await.map_err(PageError::internal)??;
    let batch = Batch {
        source: Source::Program(program.token),
        through: None,
        by: Some(program.token),
        lines,
    };
    let took = app.views().take(batch).await.map_err(|error| match error {
        ViewsError::Behind => PageError::Busy,
        failed @ ViewsError::Failed(_) => PageError::internal(failed),
    })?;
    let source = Source::Program(program.token);
    app.sources().refused(&source, refused);
    Ok(Json(Answer {
        taken: took.taken,
        known: took.known,
        refused,
        errors,
    }))
}

/// Whether the body is packed.
fn packing(headers: &HeaderMap) -> Result<bool, PageError> {
    let word = |name| {
        let value = headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        value.map(|value| value.split(';').next().unwrap_or_default().trim())
    };
    let kind = word(CONTENT_TYPE).unwrap_or_default();
    if !KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(PageError::Unsupported(
            "it is not said to be lines of JSON: send `Content-Type: application/x-ndjson`",
        ));
    }
    match word(CONTENT_ENCODING) {
        None | Some("identity") => Ok(false),
        Some("gzip") => Ok(true),
        Some(_) => Err(PageError::Unsupported(
            "it is packed in a way that is not known: send it as it is, or with \
             `Content-Encoding: gzip`",
        )),
    }
}

type Lines = (Vec<Line>, u64, Vec<Refused>);

fn read(app: &App, body: &[u8], packed: bool) -> Result<Lines, PageError> {
    let mut unpacked = Vec::new();
    let text = if packed {
        let mut reader = flate2::read::MultiGzDecoder::new(body).take(LONGEST_UNPACKED + 1);
        reader
            .read_to_end(&mut unpacked)
            .map_err(|_error| PageError::Bad("it is said to be packed with gzip and is not"))?;
        if unpacked.len() as u64 > LONGEST_UNPACKED {
            return Err(PageError::TooLong);
        }
        unpacked.as_slice()
    } else {
        body
    };
    let options = desk::options(&app.config().desk, app.second()).map_err(PageError::internal)?;
    let lines = app.lines().now(&options).map_err(PageError::internal)?;
    let mut views = Vec::new();
    let (mut refused, mut errors) = (0, Vec::new());
    for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let read = if line.len() > LONGEST_LINE {
            Err(Reason::TooLong("line"))
        } else {
            lines.read(line)
        };
        match read {
            Ok(read) => views.extend(read),
            Err(reason) => {
                refused += 1;
                if errors.len() < MOST_ERRORS {
                    errors.push(Refused {
                        line: number,
                        detail: reason.to_string(),
                    });
                }
            }
        }
        if views.len() > MOST_VIEWS {
            return Err(PageError::TooLong);
        }
    }
    Ok((views, refused, errors))
}

const KINDS: [&str; 5] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/json",
];
/// Bytes of a body as it is sent.
pub(super) const LONGEST: usize = 16 << 20;
const LONGEST_UNPACKED: u64 = 64 << 20;
const LONGEST_LINE: usize = 1 << 20;
/// Views that one request may tell.
const MOST_VIEWS: usize = 20_000;
/// Lines of which it is said why they tell no view.
const MOST_ERRORS: usize = 20;

//! The page on which a person confirms or corrects what was read out of customers' words.
//!
//! One file. Its only script turns what was decided into `review.csv`; without it the same table
//! is edited in any other way.

use askama::Template;
use sha2::{Digest, Sha256};

use crate::ReportError;
use crate::page::{STYLESHEET, base64};
use crate::plain::{shown, whole};

/// What one customer wrote, and what was read out of it.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// Its id.
    pub report: String,
    /// When the desk got it, RFC 3339.
    pub received_at: String,
    /// When the call was, if the words say; else empty.
    pub called_at: String,
    /// The customer's id at the desk.
    pub customer: String,
    /// The writer's address.
    pub email: String,
    /// The writer's phone.
    pub phone: String,
    /// The number that was quoted, if the words have one; else empty.
    pub quoted_ticket: String,
    /// What a person must decide, in words.
    pub doubts: Vec<String>,
    /// The subject.
    pub subject: String,
    /// What the customer wrote.
    pub words: String,
    /// Where in `words` a number or a time stands, in bytes, in order.
    pub marks: Vec<(usize, usize)>,
}

#[derive(Debug, Template)]
#[template(path = "review/review.html")]
struct ReviewPage {
    policy: String,
    style: &'static str,
    script: &'static str,
    cards: Vec<Card>,
    doubtful: usize,
}

#[derive(Debug)]
struct Card {
    number: usize,
    report: String,
    received_at: String,
    called_at: String,
    customer: String,
    email: String,
    phone: String,
    quoted_ticket: String,
    who: String,
    doubts: Vec<String>,
    subject: String,
    pieces: Vec<Piece>,
}

/// Words, or a number or time among them.
#[derive(Debug)]
struct Piece {
    marked: bool,
    text: String,
}

/// Draws `review.html`.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails, which takes a formatter that fails.
pub fn review(statements: &[Statement]) -> Result<String, ReportError> {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        base64(&Sha256::digest(STYLESHEET)),
        base64(&Sha256::digest(SCRIPT)),
    );
    let cards: Vec<Card> = (1..).zip(statements).map(card).collect();
    Ok(ReviewPage {
        policy,
        style: STYLESHEET,
        script: SCRIPT,
        doubtful: cards.iter().filter(|card| !card.doubts.is_empty()).count(),
        cards,
    }
    .render()?)
}

fn card((number, statement): (usize, &Statement)) -> Card {
    let who: Vec<String> = [&statement.email, &statement.phone]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| shown(text))
        .collect();
    let who = if who.is_empty() && !statement.customer.is_empty() {
        format!("customer {}", shown(&statement.customer))
    } else {
        who.join(", ")
    };
    Card {
        number,
        report: whole(&statement.report),
        received_at: whole(&statement.received_at),
        called_at: whole(&statement.called_at),
        customer: whole(&statement.customer),
        email: whole(&statement.email),
        phone: whole(&statement.phone),
        quoted_ticket: whole(&statement.quoted_ticket),
        who,
        doubts: statement.doubts.clone(),
        subject: shown(&statement.subject),
        pieces: pieces(&statement.words, &statement.marks),
    }
}

/// The words cut at their marks; what lies over the edge of a letter is no mark.
fn pieces(words: &str, marks: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut add = |marked: bool, text: &str| {
        if !text.is_empty() {
            pieces.push(Piece {
                marked,
                text: whole(text),
            });
        }
    };
    for &(start, end) in marks {
        if start < at {
            continue;
        }
        let (Some(before), Some(mark)) = (words.get(at..start), words.get(start..end)) else {
            continue;
        };
        add(false, before);
        add(true, mark);
        at = end;
    }
    add(false, words.get(at..).unwrap_or_default());
    pieces
}

const SCRIPT: &str = include_str!("../assets/review.js");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_at_their_marks() {
        let words = "Ticket 4711,\ngestern – um 14 Uhr";
        let place = |text: &str| {
            let start = words.find(text).unwrap();
            (start, start + text.len())
        };
        let marks = [place("4711"), place("gestern"), (22, 23), place("14 Uhr")];
        let pieces = pieces(words, &marks);
        let all: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(all, words);
        let marked: Vec<&str> = pieces
            .iter()
            .filter(|piece| piece.marked)
            .map(|piece| piece.text.as_str())
            .collect();
        assert_eq!(marked, ["4711", "gestern", "14 Uhr"]);
    }

    #[test]
    fn what_a_customer_writes_is_text_and_nothing_else() {
        let hostile = "<script>alert(1)</script>\" onclick=\"x";
        let statement = Statement {
            report: hostile.to_owned(),
            email: hostile.to_owned(),
            subject: hostile.to_owned(),
            words: hostile.to_owned(),
            quoted_ticket: hostile.to_owned(),
            ..Statement::default()
        };
        let page = review(&[statement]).unwrap();
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("\" onclick"));
    }
}

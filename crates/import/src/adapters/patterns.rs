//! Which addresses of a help desk show a ticket or a customer: tables of URL patterns.
//!
//! One pattern a line: what it is, the method (`*` = any), the path. `{ticket}` and `{customer}`
//! stand for digits, `{ticket:key}` for letters, digits and hyphens, `{ticket:list}` for several
//! with commas, `{}` for any one part of the path, a last `**` for any rest.

use std::collections::HashMap;

use memchr::{memchr, memchr_iter};

use super::emit::{Did, NoView};
use crate::error::ImportError;

/// What an address is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It shows records, or would if it named them.
    Shows(Did),
    /// It is none of an agent's views.
    Not(NoView),
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    /// Ids, with commas between where there are several.
    pub(crate) ticket: &'a [u8],
    pub(crate) customer: &'a [u8],
}

/// Patterns of one or more products.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    all: Vec<Pattern>,
    /// Patterns by the words that they begin with, as they stand in a path.
    by_words: HashMap<Vec<u8>, Vec<usize>, foldhash::fast::FixedState>,
}

#[derive(Debug)]
struct Pattern {
    kind: Kind,
    method: Option<Vec<u8>>,
    parts: Vec<Part>,
    /// Whether more parts may follow.
    rest: bool,
    query: Vec<(Vec<u8>, Part)>,
}

#[derive(Debug)]
enum Part {
    Is(Vec<u8>),
    Any,
    Ticket(Id),
    Customer(Id),
}

#[derive(Clone, Copy, Debug)]
enum Id {
    Number,
    Key,
    List,
}

impl Patterns {
    /// Reads tables of patterns; `file` is what messages call the text.
    pub(crate) fn read(&mut self, text: &str, file: &str) -> Result<(), ImportError> {
        for (line, words) in (1..).zip(text.lines()) {
            let words: Vec<&str> = words.split_whitespace().collect();
            if words.first().is_none_or(|word| word.starts_with('#')) {
                continue;
            }
            let pattern = pattern(&words).map_err(|reason| ImportError::Pattern {
                file: file.to_owned(),
                line,
                reason,
            })?;
            let words: Vec<&[u8]> = pattern.parts.iter().map_while(Part::word).collect();
            let words = words.join(&b'/');
            self.by_words.entry(words).or_default().push(self.all.len());
            self.all.push(pattern);
        }
        Ok(())
    }

    /// What a request is about, if a pattern knows it: the longest pattern that fits.
    ///
    /// The desk may live under a folder of the site: patterns fit from any part of the path on.
    pub(crate) fn find<'a>(&self, method: &[u8], target: &'a [u8]) -> Option<(Kind, Asked<'a>)> {
        let target = after_host(target);
        let end = memchr(b'#', target).unwrap_or(target.len());
        let target = &target[..end];
        let (path, query) = match memchr(b'?', target) {
            Some(at) => (&target[..at], &target[at + 1..]),
            None => (target, &target[end..]),
        };
        // `/tickets/show_many.json` is the same question as `/tickets/show_many`.
        let path = path.strip_suffix(b".json").unwrap_or(path);
        let mut rest = path.strip_prefix(b"/")?;
        for _ in 0..=DEEPEST_FOLDER {
            let stop = memchr(b'/', rest).unwrap_or(rest.len());
            let best = memchr_iter(b'/', rest)
                .chain([rest.len()])
                .filter_map(|end| self.by_words.get(&rest[..end]))
                .flatten()
                .filter_map(|place| self.all.get(*place))
                .filter_map(|pattern| Some((pattern, pattern.fits(method, rest, query)?)))
                .max_by_key(|(pattern, _)| (pattern.parts.len(), pattern.query.len()));
            if let Some((pattern, asked)) = best {
                return Some((pattern.kind, asked));
            }
            if stop == rest.len() {
                return None;
            }
            rest = &rest[stop + 1..];
        }
        None
    }
}

impl Pattern {
    fn fits<'a>(&self, method: &[u8], path: &'a [u8], query: &'a [u8]) -> Option<Asked<'a>> {
        if self.method.as_ref().is_some_and(|wanted| wanted != method) {
            return None;
        }
        let mut asked = Asked::default();
        let mut given = path.split(|byte| *byte == b'/');
        for part in &self.parts {
            part.fits(given.next()?, &mut asked)?;
        }
        // A slash at the end adds nothing.
        if !self.rest && given.any(|part| !part.is_empty()) {
            return None;
        }
        for (name, part) in &self.query {
            let value = query
                .split(|byte| matches!(byte, b'&' | b';'))
                .find_map(|pair| {
                    let at = memchr(b'=', pair)?;
                    (pair[..at] == **name).then_some(&pair[at + 1..])
                })?;
            part.fits(value, &mut asked)?;
        }
        Some(asked)
    }
}

impl Part {
    fn word(&self) -> Option<&[u8]> {
        match self {
            Self::Is(word) => Some(word),
            Self::Any | Self::Ticket(_) | Self::Customer(_) => None,
        }
    }

    fn fits<'a>(&self, text: &'a [u8], asked: &mut Asked<'a>) -> Option<()> {
        match self {
            Self::Is(word) => (word == text).then_some(()),
            Self::Any => (!text.is_empty()).then_some(()),
            Self::Ticket(id) => id.of(text).map(|id| asked.ticket = id),
            Self::Customer(id) => id.of(text).map(|id| asked.customer = id),
        }
    }
}

impl Id {
    fn of(self, text: &[u8]) -> Option<&[u8]> {
        let text = text.strip_suffix(b".json").unwrap_or(text);
        let fits = match self {
            Self::Number => text.iter().all(u8::is_ascii_digit),
            Self::Key => {
                let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                text.iter().all(plain) && text.iter().any(u8::is_ascii_digit)
            }
            Self::List => text
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b','),
        };
        (fits && !text.is_empty()).then_some(text)
    }
}

fn pattern(words: &[&str]) -> Result<Pattern, &'static str> {
    let [kind, method, address] = words else {
        return Err("a pattern has three words: what it is, the method, the path");
    };
    let kind = match *kind {
        "view" => Kind::Shows(Did::View),
        "search" => Kind::Shows(Did::Search),
        "export" => Kind::Shows(Did::Export),
        "change" => Kind::Shows(Did::Change),
        "customer" => Kind::Not(NoView::Customer),
        "nothing" => Kind::Not(NoView::NoRecord),
        _ => return Err("the first word is view, search, export, change, customer or nothing"),
    };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = path.strip_prefix('/').ok_or("a path begins with `/`")?;
    let (path, rest) = match path.strip_suffix("/**") {
        Some(path) => (path, true),
        None => (path, false),
    };
    let parts: Vec<Part> = path.split('/').map(part).collect::<Result<_, _>>()?;
    if !matches!(parts.first(), Some(Part::Is(_))) {
        return Err("the first part of a path is a word");
    }
    let query = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or("a value follows each `name=`")?;
            Ok((name.as_bytes().to_vec(), part(value)?))
        })
        .collect::<Result<_, &'static str>>()?;
    Ok(Pattern {
        kind,
        method: (*method != "*").then(|| method.as_bytes().to_vec()),
        parts,
        rest,
        query,
    })
}

fn part(text: &str) -> Result<Part, &'static str> {
    let Some(name) = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    else {
        return if text.contains(['{', '}', '*']) {
            Err("a part is a word, {ticket}, {customer}, {}, or a last **")
        } else {
            Ok(Part::Is(text.as_bytes().to_vec()))
        };
    };
    let (name, form) = name.split_once(':').unwrap_or((name, "number"));
    let id = match form {
        "number" => Id::Number,
        "key" => Id::Key,
        "list" => Id::List,
        _ => return Err("an id is {ticket}, {ticket:key} or {ticket:list}"),
    };
    match name {
        "" => Ok(Part::Any),
        "ticket" => Ok(Part::Ticket(id)),
        "customer" => Ok(Part::Customer(id)),
        _ => Err("only {ticket}, {customer} and {} can stand for something"),
    }
}

/// An address without `https://host`.
fn after_host(target: &[u8]) -> &[u8] {
    let Some(rest) = target
        .strip_prefix(b"https://")
        .or_else(|| target.strip_prefix(b"http://"))
    else {
        return target;
    };
    memchr(b'/', rest).map_or(b"/", |at| &rest[at..])
}

/// Folders of a site that a desk may live in.
const DEEPEST_FOLDER: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Patterns {
        let mut patterns = Patterns::default();
        let text = "# a comment\n\
            view * /Ticket/Display.html?id={ticket}\n\
            search * /Search/Results.html\n\
            view GET /api/v2/tickets/{ticket}\n\
            view GET /api/v2/tickets/show_many?ids={ticket:list}\n\
            view GET /browse/{ticket:key}\n\
            view GET /user/{customer}/**\n\
            customer * /SelfService/**\n";
        patterns.read(text, "test").unwrap();
        patterns
    }

    #[test]
    fn an_address_is_read_wherever_the_desk_lives() {
        let patterns = table();
        for target in [
            "/Ticket/Display.html?id=17",
            "/rt/Ticket/Display.html?Force=1&id=17#txn-3",
            "https://desk.example/support/rt/Ticket/Display.html?id=17",
            "/api/v2/tickets/17.json",
        ] {
            let (kind, asked) = patterns.find(b"GET", target.as_bytes()).unwrap();
            assert_eq!(kind, Kind::Shows(Did::View), "{target}");
            assert_eq!(asked.ticket, b"17", "{target}");
        }
        let many = patterns
            .find(b"GET", b"/api/v2/tickets/show_many?ids=1,2")
            .unwrap();
        assert_eq!(many.1.ticket, b"1,2");
        assert_eq!(
            patterns
                .find(b"GET", b"/user/4/orders/1")
                .unwrap()
                .1
                .customer,
            b"4"
        );
        assert_eq!(
            patterns.find(b"GET", b"/browse/SUP-4").unwrap().1.ticket,
            b"SUP-4"
        );
    }

    #[test]
    fn what_only_looks_like_it_is_nothing() {
        let patterns = table();
        for (method, target) in [
            ("GET", "/Ticket/Display.html?id=new"),
            ("GET", "/Ticket/Display.html"),
            ("POST", "/api/v2/tickets/17"),
            ("GET", "/api/v2/tickets/17/comments"),
            ("GET", "/browse/overview"),
            ("GET", "17"),
            ("GET", "/a/b/c/d/e/Search/Results.html"),
        ] {
            let found = patterns.find(method.as_bytes(), target.as_bytes());
            assert_eq!(found, None, "{target}");
        }
    }

    #[test]
    fn a_bad_pattern_is_named_by_its_line() {
        let mut patterns = Patterns::default();
        for bad in [
            "look GET /a",
            "view GET a",
            "view GET /{ticket}",
            "view GET /a/{team}",
            "view GET /a/x*",
            "view /a",
        ] {
            let error = patterns.read(&format!("\n{bad}"), "my.txt").unwrap_err();
            assert!(error.to_string().starts_with("`my.txt` line 2"), "{bad}");
        }
    }
}

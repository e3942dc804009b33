//! A strict reader of the HTML that the templates write: stricter than any browser.
//!
//! Every element is closed in order, every attribute is quoted and stands once, every `&` is a
//! known reference, ids are unique, and what refers to an id finds it. It knows no optional tags
//! and no error recovery, so a page that passes is read alike by everything.

use std::collections::BTreeSet;

/// One element's start, in the order of the page.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// All text inside, references resolved.
    pub(crate) text: String,
    /// Place of the element that holds this one.
    pub(crate) parent: Option<usize>,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.get("class")
            .is_some_and(|all| all.split(' ').any(|one| one == class))
    }
}

const VOID: [&str; 4] = ["meta", "link", "br", "input"];

/// Reads a page, or says what is wrong and where.
pub(crate) fn read(page: &str) -> Result<Vec<Element>, String> {
    let mut rest = page.strip_prefix("<!doctype html>").ok_or("no doctype")?;
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while !rest.is_empty() {
        let wrong = |what: &str| {
            let near: String = rest.chars().take(80).collect();
            format!("{what} at `{near}`")
        };
        if let Some(end) = rest.strip_prefix("</") {
            let (name, after) = end
                .split_once('>')
                .ok_or_else(|| wrong("an open end tag"))?;
            let last = open.pop().ok_or_else(|| wrong("an end without a start"))?;
            if elements[last].name != name {
                return Err(wrong(&format!("`{}` is still open", elements[last].name)));
            }
            rest = after;
        } else if let Some(start) = rest.strip_prefix('<') {
            let (element, closed, after) =
                start_tag(start, open.last().copied()).map_err(|what| wrong(&what))?;
            let raw = element.name == "style";
            let void = closed || VOID.contains(&element.name.as_str());
            elements.push(element);
            let place = elements.len() - 1;
            rest = after;
            if raw {
                let (text, after) = rest
                    .split_once("</style>")
                    .ok_or_else(|| wrong("an open style"))?;
                elements[place].text = text.to_owned();
                rest = after;
            } else if !void {
                open.push(place);
            }
        } else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            let text = resolve(text).map_err(|what| wrong(&what))?;
            for place in &open {
                elements[*place].text.push_str(&text);
            }
            if open.is_empty() && !text.trim().is_empty() {
                return Err(wrong("text outside the page"));
            }
            rest = after;
        }
    }
    if let Some(last) = open.last() {
        return Err(format!("`{}` is never closed", elements[*last].name));
    }
    references(&elements)?;
    Ok(elements)
}

/// The element, whether it closes itself, and what follows.
fn start_tag(text: &str, parent: Option<usize>) -> Result<(Element, bool, &str), String> {
    let length = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .ok_or("an open tag")?;
    let (name, mut rest) = text.split_at(length);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("a `<` that starts nothing".to_owned());
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            let element = Element {
                name: name.to_owned(),
                attributes,
                text: String::new(),
                parent,
            };
            return Ok((element, false, after));
        }
        if let Some(after) = rest.strip_prefix("/>") {
            let element = Element {
                name: name.to_owned(),
                attributes,
                text: String::new(),
                parent,
            };
            return Ok((element, true, after));
        }
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .filter(|length| *length > 0)
            .ok_or("a broken attribute")?;
        let (key, after) = rest.split_at(length);
        let value = after
            .strip_prefix("=\"")
            .ok_or("an attribute without a quoted value")?;
        let (value, after) = value.split_once('"').ok_or("an open attribute")?;
        if value.contains('<') {
            return Err("a `<` in an attribute".to_owned());
        }
        if attributes.iter().any(|(one, _)| one == key) {
            return Err(format!("`{key}` stands twice"));
        }
        attributes.push((key.to_owned(), resolve(value)?));
        rest = after;
    }
}

fn resolve(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        let (name, tail) = after[1..].split_once(';').ok_or("a bare `&`")?;
        out.push_str(before);
        out.push(match name {
            "amp" | "#38" => '&',
            "lt" | "#60" => '<',
            "gt" | "#62" => '>',
            "quot" | "#34" => '"',
            "#39" => '\'',
            other => return Err(format!("an unknown reference `{other}`")),
        });
        rest = tail;
    }
    out.push_str(rest);
    if out.chars().any(|c| c.is_control() && c != '\n') {
        return Err("a control character".to_owned());
    }
    if out.contains('>') && !text.contains("&gt;") && !text.contains("&#62;") {
        return Err("a bare `>`".to_owned());
    }
    Ok(out)
}

fn references(elements: &[Element]) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for id in elements.iter().filter_map(|element| element.get("id")) {
        if id.is_empty() || id.contains(char::is_whitespace) || !ids.insert(id) {
            return Err(format!("the id `{id}` is empty, broken, or there twice"));
        }
    }
    for element in elements {
        let labels = element
            .get("aria-labelledby")
            .into_iter()
            .chain(element.get("aria-describedby"))
            .chain(element.get("for"))
            .flat_map(|all| all.split(' '));
        let links = element.get("href").and_then(|href| href.strip_prefix('#'));
        for id in labels.chain(links) {
            if !ids.contains(id) {
                return Err(format!("nothing has the id `{id}`"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_reader_finds_what_browsers_forgive() {
        for broken in [
            "<p>",
            "<p></div>",
            "<b><i></b></i>",
            "<p id=\"a\"></p><p id=\"a\"></p>",
            "<p class=a></p>",
            "<p class=\"a\" class=\"b\"></p>",
            "<p>a & b</p>",
            "<p>&nbsp;</p>",
            "<p>\u{0}</p>",
            "<p>a < b</p>",
            "<p>a > b</p>",
            "<a href=\"#x\"></a>",
            "<p aria-labelledby=\"x\"></p>",
            "text",
        ] {
            assert!(
                read(&format!("<!doctype html>{broken}")).is_err(),
                "{broken}"
            );
        }
        let page =
            read("<!doctype html><p id=\"a\">1 &lt; <b>2</b></p><a href=\"#a\">a</a>").unwrap();
        assert_eq!(page[0].text, "1 < 2");
        assert_eq!(page[1].parent, Some(0));
    }
}

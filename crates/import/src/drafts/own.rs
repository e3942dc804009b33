//! What a customer wrote, without the mails that they quote and what stands below a signature.

use std::sync::LazyLock;

use regex::Regex;

/// The customer's own lines.
pub(super) fn words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut own = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let trimmed = line.trim();
        let rest = lines.get(at..).unwrap_or_default();
        if trimmed.starts_with('>') {
            at += 1;
            continue;
        }
        if let Some(many) = introduction(rest) {
            // Whoever answers below a quote goes on after it; without marks the rest is the quote.
            let next = lines
                .iter()
                .skip(at + many)
                .find(|line| !line.trim().is_empty());
            if next.is_some_and(|line| line.trim_start().starts_with('>')) {
                at += many;
                continue;
            }
            break;
        }
        if trimmed == "--" || SEPARATOR.is_match(trimmed) || is_header(rest) {
            break;
        }
        own.push_str(line.trim_end());
        own.push('\n');
        at += 1;
    }
    own.trim().to_owned()
}

/// Where the closing ends: what follows is shown, and not read.
pub(super) fn closing(words: &str) -> usize {
    CLOSING.find(words).map_or(words.len(), |found| found.end())
}

/// How many lines introduce a quote: `On Monday, Ann wrote:`, which programs wrap.
fn introduction(lines: &[&str]) -> Option<usize> {
    let ends = |line: &str| WROTE.is_match(line.trim());
    let first = lines.first()?.trim();
    if ends(first) {
        return Some(1);
    }
    if !BEGINS.is_match(first) {
        return None;
    }
    let more = lines.get(1..).unwrap_or_default().iter().take(2);
    let wrapped = more.take_while(|line| !line.trim().is_empty());
    wrapped
        .enumerate()
        .find(|(_, line)| ends(line))
        .map(|(number, _)| number + 2)
}

/// `From: … Sent: … To: …`, as some programs write above what they quote.
fn is_header(lines: &[&str]) -> bool {
    let is = |regex: &Regex, line: &&str| regex.is_match(line.trim().trim_matches('*'));
    let mut next = lines.iter().skip(1).take(3);
    lines.first().is_some_and(|line| is(&FROM, line)) && next.any(|line| is(&SENT, line))
}

#[expect(
    clippy::expect_used,
    reason = "INVARIANT: the expressions are constants, and tested"
)]
fn regex(expression: &str) -> Regex {
    Regex::new(&format!("(?i){expression}")).expect("a regular expression")
}

static WROTE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:wrote|schrieb|écrit|ecrit|escribió|escribio)\b.{0,60}:$"));
static BEGINS: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:on|am|le|el)\s.*\d"));
static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?:-{3,}.*\b(?:original|ursprüngliche|origine|forwarded|weitergeleitete|transféré|reenviado)\b",
        r"|_{10,}$|begin forwarded message:|anfang der weitergeleiteten",
        r"|(?:sent from my|von meinem .{1,30} gesendet|gesendet (?:mit|von)|envoyé (?:de|depuis) mon|enviado desde)\b)"
    ))
});
static FROM: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:from|von|de)\s?:"));
static SENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:sent|date|gesendet|datum|envoyé|enviado|fecha|to|an|à|para|subject|betreff|objet|asunto)(?:\s?|\*):",
    )
});
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?m)^[ \t]*(?:(?:kind|best|warm)? ?regards|yours \w+|sincerely|cheers|mit (?:freundlichen|besten|lieben) grü(?:ß|ss)en",
        r"|(?:freundliche|viele|liebe|beste|schöne) grü(?:ß|ss)e|mfg|lg|cordialement|bien à vous|(?:meilleures )?salutations",
        r"|(?:un )?(?:cordial )?saludos?|atentamente)\b[^\d\n]{0,30}$"
    ))
});

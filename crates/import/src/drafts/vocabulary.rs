//! Words of four languages by which days and times are known, and by which they are another one's.

use std::sync::LazyLock;

use regex::Regex;

/// Beginnings of the names of months: English, German, French, Spanish. Longer ones come first
/// where one begins another (`juin`, `juil`).
pub(super) const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "ene"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "maer"],
    &["apr", "avr", "abr"],
    &["may", "mai"],
    &["jun", "juin"],
    &["jul", "juil"],
    &["aug", "aoû", "aou", "ago"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

pub(super) const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "montag", "lundi", "lunes"],
    &["tuesday", "dienstag", "mardi", "martes"],
    &["wednesday", "mittwoch", "mercredi", "miércoles"],
    &["thursday", "donnerstag", "jeudi", "jueves"],
    &["friday", "freitag", "vendredi", "viernes"],
    &["saturday", "samstag", "samedi", "sábado"],
    &["sunday", "sonntag", "dimanche", "domingo"],
];

pub(super) const YESTERDAY: [&str; 4] = ["yesterday", "last night", "gestern", "ayer"];
pub(super) const BEFORE_YESTERDAY: [&str; 4] = [
    "the day before yesterday",
    "vorgestern",
    "avant-hier",
    "anteayer",
];

pub(super) const MONTH_WORD: &str = r"(?P<m>jan(?:uary|uar|vier)?|jänner|enero|feb(?:ruary|ruar|rero)?|f[ée]vrier|mar(?:ch|s|zo)?|märz|maerz|apr(?:il)?|avril|abril|may|mai|mayo|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|ao[ûu]t|agosto|sep(?:t(?:ember|embre|iembre)?)?|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|d[ée]cembre|diciembre)\b\.?";

#[expect(
    clippy::expect_used,
    reason = "INVARIANT: the expressions are constants, and tested"
)]
fn regex(expression: &str) -> Regex {
    Regex::new(&format!("(?i){expression}")).expect("a regular expression")
}

pub(super) static ISO: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?P<y>20\d\d)-(?P<m>\d{2})-(?P<d>\d{2})(?:\b|T)"));
pub(super) static DOTTED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>\d{4}|\d\d)\b)?"));
pub(super) static SLASHED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4}|\d\d)\b"));
pub(super) static DAY_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s*(?:of\s+|de\s+)?{MONTH_WORD},?(?:\s+(?:(?:del?|in|of)\s+)?(?P<y>\d{{4}})\b)?"
    ))
});
pub(super) static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b{MONTH_WORD}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y>\d{{4}})\b)?"
    ))
});
pub(super) static AGO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:the day before yesterday|yesterday|last night|today|tonight|this (?:morning|afternoon|evening)|vorgestern|gestern|heute|avant-hier|hier|aujourd['’]hui|ce (?:matin|soir)|cet après-midi|anteayer|ayer|hoy|esta (?:mañana|tarde|noche))\b",
    )
});
pub(super) static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    let names: Vec<&str> = WEEKDAYS
        .iter()
        .flat_map(|names| names.iter().copied())
        .collect();
    regex(&format!(r"\b(?P<w>{})\b", names.join("|")))
});
pub(super) static FRENCH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:j['’]ai|m['’]a|il a|on m|appel|été|une?|à)\b"));
pub(super) static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\b(?:(?P<p>\d{1,2})(?:[:.](?P<q>\d\d))?\s?(?P<ampm>[ap]\.?m\b\.?)",
        r"|(?P<u>\d{1,2})(?:[:.](?P<n>\d\d))?\s?uhr\b",
        r"|(?P<f>\d{1,2})(?:\s?h(?:eures?)?\s?|[:.])(?P<g>\d\d)?\s?(?:h|heures?)?\b",
        r"|(?P<h>\d{1,2}):(?P<m>\d\d)(?::\d\d)?\b(?:\s?(?P<ampm2>[ap]\.?m\b\.?))?)",
    ))
});

pub(super) static GERMAN: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b(?:ich|und|mich|mir|wurde|nicht|uhr|eine?|einen|der|das|bin|wir)\b")
});

/// Words by which a date is another one's: a letter's, a birth's, a day until which something is.
pub(super) static OTHER_DAY: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?:\b(?:e-?mail|mail|letter|message|request|invoice|bill|order|ticket|case|contract|warranty|brief|schreiben|nachricht|anfrage",
        r"|rechnung|bestellung|vertrag|vorgang|facture|commande|demande|lettre|courrier|contrat|dossier|factura|pedido|carta|correo|contrato)s?\b",
        r".{0,25}?\b(?:from|of|dated|sent|vom|von|du|del?)\b[^\d]{0,12}",
        r"|\b(?:born|birthday|birth|dob|geb|geboren|geburtsdatum|geburtstag|né|née|naissance|nacid[oa]|nacimiento",
        r"|opened|created|installed",
        r"|expires?|valid|gültig|läuft|kündig\p{L}*|deadline|frist|fällig)\b[^\d]{0,20}|\bversion\s",
        r"|\b(?:ordered|bought|purchased|paid|bestellt|gekauft|bezahlt|achetée?|commandée?|payée?|compr[éó]|comprad[oa]|pag(?:ué|ado))\b.{0,25}",
        r"|\b(?:since|until|till|by|before|next|every|each|seit|bis|ab|vor|nächste[nrsm]?|kommende[nrsm]?|jede[nrsm]?",
        r"|depuis|avant|jusqu['’]?(?:à|au)?|prochain|chaque|desde|hasta|antes|próximo|cada)\b[^\p{L}\d]{0,3}(?:\p{L}{1,5}[^\p{L}\d]{1,3}){0,2})$"
    ))
});

/// When a customer can be reached, and office hours.
pub(super) static CALL_BACK: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\b(?:can (?:be )?reach(?:ed)?|reach me (?:at|on|from|after)|call(?:ing)? me back|call back|please (?:call|ring|phone|contact)|ring me|contact me",
        r"|am available|opening hours|office hours|erreichbar|erreichen sie mich|mich erreichen|zurückrufen|zurück ?rufen|rückruf|rufen sie mich|ruft mich",
        r"|öffnungszeiten|geöffnet|joignable|rappele[zr]|rappeler|contacte[zr]|horaires|llám[ae]n?me|llamarme|localizable|horario)\b"
    ))
});
pub(super) static OTHER_TIME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[^.!?\d]{0,25}\b(?:erreichbar|zu erreichen|joignable|available|localizable)\b|\s?(?:min|sec|sek|stunden|hours|horas|mm|cm|€|euro|£|\$|%))",
    )
});
/// A day is announced, of which only day and month follow.
pub(super) static DATE_FOLLOWS: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?:^|\n|\(|\b(?:am|vom|den|dem|der|on|le|el|{}),?)\s*$",
        WEEKDAYS
            .iter()
            .flat_map(|names| names.iter().copied())
            .collect::<Vec<_>>()
            .join("|")
    ))
});
pub(super) static LAST_YEAR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[^\d.]{0,10}\b(?:(?:of )?last year|last week|letzte[ns] jahre?s?|vorige[ns] jahres|letzter woche|(?:de )?l['’]an(?:née)? derni|del año pasado|que viene|prochain|próximo)",
    )
});
/// Other days than those that are named.
pub(super) static VAGUE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\b(?:last (?:week|month)|(?:weeks?|months?|days|years?) ago|a (?:day|week) earlier|(?:the )?other day|every day",
        r"|letzte[nrsm]? (?:wochen?|monat)|vorige[nrsm]? (?:woche|monat)|vor (?:\p{L}+|\d+) (?:\p{L}+ )?(?:wochen?|monaten?|tagen)|neulich|kürzlich|jeden tag|täglich",
        r"|la semaine derni[eè]re|le mois dernier|il y a (?:\p{L}+|\d+) (?:semaines?|mois|jours?)|l['’]autre jour|tous les jours",
        r"|la semana pasada|el mes pasado|hace (?:\p{L}+|\d+) (?:semanas?|mes(?:es)?|d[ií]as?)|el otro día|todos los días|cada día)\b"
    ))
});
pub(super) static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b\d{1,2}(?:[:.h]\d\d)?\s?(?:uhr|h|[ap]\.?m\.?)?\s?(?:-|–|\b(?:to|and|or|und|oder|bis|et|ou|y|o|a)\b|à)\s?(?:las?\s|les\s)?$",
    )
});
pub(super) static EARLIER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:before|until|till|by|quarter to|to|vor|bis|viertel vor|kurz vor|halb|avant|jusqu['’]à|antes(?: de)?|hasta)\s+(?:la\s|las\s|les\s)?$",
    )
});
/// What makes `16 h` a time and no span.
pub(super) static AT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:à|\b(?:vers|environ|dès|hier|matin|soir|midi|um|gegen|at|las|uhrzeit)|[^y] a)\s*$|[(,]\s*$",
    )
});
pub(super) static PIECE_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?:[\d\p{L}][.,:/\-+]|[$€£+#_]\s?)$"));
pub(super) static PIECE_AFTER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:[.,:/\-]?\d|[/\-_]\p{L})"));

//! The languages of the public pages, and their words.
//!
//! English is the original. The other three were made by a machine; their pages say so until
//! somebody has reviewed them, and then [`Language::is_reviewed`] changes.

use std::sync::LazyLock;

use countersign_core::time::Second;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A language in which the public pages can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, the original.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All languages, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// The language of a tag such as `de` or `fr-CA`, if its pages exist.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        Self::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The tag that addresses and `lang` attributes use.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
        }
    }

    /// Whether a person who speaks it has read its pages.
    #[must_use]
    pub fn is_reviewed(self) -> bool {
        matches!(self, Self::English)
    }

    /// The months from January on, as they stand within a date.
    pub(crate) fn months(self) -> [&'static str; 12] {
        match self {
            Self::English => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::German => [
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
            Self::French => [
                "janvier",
                "février",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "août",
                "septembre",
                "octobre",
                "novembre",
                "décembre",
            ],
            Self::Spanish => [
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ],
        }
    }

    /// A day as its speakers write it out.
    pub(crate) fn day(self, date: Date) -> String {
        let month = usize::try_from(date.month() - 1).unwrap_or_default();
        let month = self.months().get(month).copied().unwrap_or_default();
        let (day, year) = (date.day(), date.year());
        match self {
            Self::English => format!("{day} {month} {year}"),
            Self::German => format!("{day}. {month} {year}"),
            Self::French if day == 1 => format!("1er {month} {year}"),
            Self::French => format!("{day} {month} {year}"),
            Self::Spanish => format!("{day} de {month} de {year}"),
        }
    }

    /// The words of a key; the key itself where there are none, which a test rules out.
    pub(crate) fn say(self, key: &str) -> String {
        self.filled(key, None)
    }

    /// The title of a page whose heading has this key.
    pub(crate) fn titled(self, key: &str) -> String {
        self.say_with("page-title", &[("title", self.say(key))])
    }

    /// The same where something is wrong, so that a reader hears it first.
    pub(crate) fn titled_wrong(self, key: &str) -> String {
        self.say_with("problem-tab", &[("title", self.titled(key))])
    }

    /// On which day a report came in.
    pub(crate) fn received(self, second: &Second) -> String {
        let time = Timestamp::from_second(second.to_unix()).unwrap_or_default();
        let day = self.day(TimeZone::UTC.to_datetime(time).date());
        self.say_with("state-on", &[("day", day)])
    }

    /// The words of a key with what stands in its gaps.
    pub(crate) fn say_with(self, key: &str, gaps: &[(&'static str, String)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in gaps {
            // A count decides between one and many; everything else is text.
            if let Ok(count) = value.parse::<u32>() {
                args.set(*name, count);
            } else {
                args.set(*name, value.as_str());
            }
        }
        self.filled(key, Some(&args))
    }

    fn filled(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = match self {
            Self::English => &*ENGLISH,
            Self::German => &*GERMAN,
            Self::French => &*FRENCH,
            Self::Spanish => &*SPANISH,
        };
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        pattern.map_or_else(
            || key.to_owned(),
            |pattern| {
                let mut missing = Vec::new();
                bundle
                    .format_pattern(pattern, args, &mut missing)
                    .into_owned()
            },
        )
    }
}

fn bundle(language: Language, source: &str) -> FluentBundle<FluentResource> {
    let locales = language.tag().parse().into_iter().collect();
    let mut bundle = FluentBundle::new_concurrent(locales);
    // What stands in a gap is a figure, a date or a reference: nothing that turns a line around.
    bundle.set_use_isolating(false);
    // A file with a mistake gives the messages that are sound; a test rules that out.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(sound, _)| sound);
    bundle.add_resource_overriding(resource);
    bundle
}

const EN: &str = include_str!("../locales/en/public.ftl");
const DE: &str = include_str!("../locales/de/public.ftl");
const FR: &str = include_str!("../locales/fr/public.ftl");
const ES: &str = include_str!("../locales/es/public.ftl");

static ENGLISH: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle(Language::English, EN));
static GERMAN: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle(Language::German, DE));
static FRENCH: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle(Language::French, FR));
static SPANISH: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle(Language::Spanish, ES));

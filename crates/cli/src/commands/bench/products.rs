//! Made-up logs as products write them, the same bytes on every machine.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use countersign_core::time::Second;

use super::logs::{Row, row};

/// A product's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    /// A web server before Request Tracker; of five lines one shows a ticket.
    Combined,
    /// Zendesk's access log, by API and by GraphQL in turn.
    Zendesk,
    /// Salesforce's event log file of page views.
    Salesforce,
}

impl Product {
    pub(super) const ALL: [Self; 3] = [Self::Combined, Self::Zendesk, Self::Salesforce];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Combined => "web server's log",
            Self::Zendesk => "Zendesk's access log",
            Self::Salesforce => "Salesforce's event log file",
        }
    }

    /// What is asked of it on two cores.
    pub(super) fn floor(self) -> &'static str {
        match self {
            Self::Combined => "≥ 1 M/s",
            Self::Zendesk | Self::Salesforce => "≥ 0.7 M/s",
        }
    }

    /// How many of so many records are views.
    pub(super) fn views(self, records: u64) -> u64 {
        match self {
            Self::Combined => records.div_ceil(EACH),
            Self::Zendesk | Self::Salesforce => records,
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Combined => "access.log",
            Self::Zendesk => "zendesk.jsonl",
            Self::Salesforce => "salesforce.csv",
        }
    }

    fn head(self) -> &'static str {
        match self {
            Self::Combined | Self::Zendesk => "",
            Self::Salesforce => {
                "\"EVENT_TYPE\",\"TIMESTAMP\",\"REQUEST_ID\",\"ORGANIZATION_ID\",\"USER_ID\",\
                 \"RUN_TIME\",\"CPU_TIME\",\"URI\",\"SESSION_KEY\",\"LOGIN_KEY\",\"USER_TYPE\",\
                 \"PAGE_ENTITY_ID\",\"PAGE_ENTITY_TYPE\",\"PAGE_URL\",\"DURATION\",\
                 \"TIMESTAMP_DERIVED\",\"USER_ID_DERIVED\",\"CLIENT_IP\",\"URI_ID_DERIVED\"\n"
            }
        }
    }

    fn record(self, number: u64, row: &Row, into: &mut impl std::io::Write) -> std::io::Result<()> {
        let time = Second::from_unix(row.unix).map_or_else(String::new, |time| time.to_string());
        let (day, clock) = (&time[..10], &time[11..19]);
        match self {
            Self::Combined => {
                let day = format!("{}/{}/{}", &day[8..10], MONTHS[month(day)], &day[..4]);
                let (target, bytes) = if number.is_multiple_of(EACH) {
                    (format!("/Ticket/Display.html?id={}", row.ticket), 23_261)
                } else {
                    (format!("/static/js/part-{}.js", number % 40), 8_000)
                };
                writeln!(
                    into,
                    "198.51.100.{} - agent{} [{day}:{clock} +0000] \"GET {target} HTTP/1.1\" 200 \
                     {bytes} \"https://desk.example/Ticket/Display.html?id={}\" \"Mozilla/5.0 (X11; \
                     Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"",
                    row.actor % 250,
                    row.actor,
                    row.ticket
                )
            }
            Self::Zendesk => {
                let (url, method, graphql) = if number.is_multiple_of(2) {
                    let url = format!("/api/v2/tickets/{}.json", row.ticket);
                    (url, "GET", "null".to_owned())
                } else {
                    let query = format!(
                        "{{\"operation_name\":\"ticketWithConversation\",\"operation_type\":\
                         \"query\",\"variables\":{{\"id\":\"{}\",\"first\":20}}}}",
                        row.ticket
                    );
                    ("/graphql".to_owned(), "POST", query)
                };
                writeln!(
                    into,
                    "{{\"id\":\"01J5M2QGXR{number:016}\",\"timestamp\":\"{time}\",\"user_id\":\
                     \"65968483{:05}\",\"ip_address\":\"198.51.100.{}\",\"method\":\"{method}\",\
                     \"url\":\"{url}\",\"status\":200,\"authorization_type\":\"cookie\",\"client\":\
                     \"Mozilla/5.0 (X11; Linux x86_64)\",\"graphql\":{graphql},\"referer\":\
                     \"https://example.zendesk.com/agent/tickets/{}\",\"bytes_sent\":4096,\
                     \"category\":\"Tickets\",\"summary\":\"Show ticket\",\"origin_service\":\
                     \"Zendesk\"}}",
                    row.actor,
                    row.actor % 250,
                    row.ticket
                )
            }
            Self::Salesforce => writeln!(
                into,
                "\"LightningPageView\",\"{}{}.000\",\"4u6Lyu{number:012}\",\"00D5j00000DgAYG\",\
                 \"0055j00000{:05}\",\"12\",\"3\",\"\",\"bY5Wfv8t/Ith7WVE\",\"l{}\",\"Standard\",\
                 \"5005j0{:09}AAA\",\"Case\",\"/lightning/r/Case/view\",\"840\",\
                 \"{day}T{clock}.000Z\",\"0055j00000{:05}AAL\",\"198.51.100.{}\",\"\"",
                day.replace('-', ""),
                clock.replace(':', ""),
                row.actor,
                row.actor,
                row.ticket,
                row.actor,
                row.actor % 250
            ),
        }
    }
}

/// Writes so many records, or takes the file that is there.
pub(super) fn write(dir: &Path, records: u64, product: Product) -> Result<PathBuf> {
    let path = dir.join(format!("{records}-{}", product.file()));
    if path.exists() {
        return Ok(path);
    }
    let begun = path.with_extension("part");
    let file = File::create(&begun).with_context(|| format!("making `{}`", begun.display()))?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    file.write_all(product.head().as_bytes())?;
    for number in 0..records {
        product.record(number, &row(number, records), &mut file)?;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(&begun, &path)?;
    Ok(path)
}

/// The place of a day's month, from 0.
fn month(day: &str) -> usize {
    day[5..7]
        .parse::<usize>()
        .map_or(0, |month| month.saturating_sub(1) % MONTHS.len())
}

/// Lines of a web server's log for each that shows a ticket.
const EACH: u64 = 5;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

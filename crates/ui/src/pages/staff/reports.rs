//! What customers reported: the inbox, and one report.

use askama::Template;
use countersign_core::record::{Proof, Way};
use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::respond::statement::{Given, Knew, Pretext, Statement};
use countersign_core::time::Second;

use super::{Cursors, Shell};
use crate::pages::parts::{Choice, Field, Part, ProblemWords};
use crate::pages::public::Standing;
use crate::pages::show::{self, channel_said, filters, pretext_said, standing_said};

/// `GET /reports?channel=&pretext=&standing=&before=|after=`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/inbox.html")]
pub struct Inbox {
    /// Around the page.
    pub shell: Shell,
    /// Reports, newest first.
    pub rows: Vec<ReportRow>,
    /// What was asked for.
    pub filter: Filter,
    /// Where the list goes on.
    pub cursors: Cursors,
}

/// A report as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// What its customer asks with.
    pub reference: Reference,
    /// When it came in.
    pub received: Second,
    /// How they reached the customer.
    pub channel: Channel,
    /// What they told.
    pub pretext: Option<Pretext>,
    /// Where it stands.
    pub standing: Standing,
}

/// What of the inbox is shown; empty means all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this channel.
    pub channel: Option<Channel>,
    /// Only this story.
    pub pretext: Option<Pretext>,
    /// Only these.
    pub standing: Option<Standing>,
}

/// `GET /reports/<reference>`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/one_report.html")]
pub struct OneReport {
    /// Around the page.
    pub shell: Shell,
    /// What its customer asks with.
    pub reference: Reference,
    /// When it came in.
    pub received: Second,
    /// Which way it came.
    pub way: Way,
    /// Where it stands.
    pub standing: Standing,
    /// How it was proven, if it was.
    pub proof: Option<Proof>,
    /// What was said; `None`: it was erased.
    pub statement: Option<Statement>,
    /// Number of its entry in the ledger.
    pub entry: u64,
}

impl Filter {
    /// Reads one pair of the address's query; what it does not know is left out.
    pub fn take(&mut self, name: &str, value: &str) {
        match name {
            "channel" => self.channel = channel_of(value),
            "pretext" => {
                self.pretext = Pretext::ALL.into_iter().find(|one| one.word() == value);
            }
            "standing" => self.standing = Standing::of(value),
            _ => {}
        }
    }

    /// As it stands in an address, with a `&` behind each.
    fn query(&self) -> String {
        let channel = self
            .channel
            .map(|one| format!("channel={}&", channel_word(one)));
        let pretext = self.pretext.map(|one| format!("pretext={}&", one.word()));
        let standing = self.standing.map(|one| format!("standing={}&", one.tag()));
        let all = [channel, pretext, standing];
        all.into_iter().flatten().collect()
    }
}

impl Inbox {
    /// Whether this is the whole inbox from its newest report on.
    fn is_first(&self) -> bool {
        self.filter == Filter::default() && self.cursors.newer.is_none()
    }

    fn pages(&self) -> (Option<String>, Option<String>) {
        self.cursors.links("/reports", &self.filter.query())
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self) -> Vec<Part> {
        let select = |id, label: &str, choices: Vec<(&'static str, &str, bool)>| {
            let field = Field::new(id, label.to_owned(), String::new(), "");
            let choice = |(value, label, chosen): (&'static str, &str, bool)| Choice {
                value,
                label: label.to_owned(),
                hint: String::new(),
                chosen: chosen.into(),
            };
            let all = [("", "All", false)].into_iter().chain(choices);
            Part::Select(field, all.map(choice).collect())
        };
        let Filter {
            channel,
            pretext,
            standing,
        } = self.filter;
        let channels = CHANNELS.into_iter();
        let channels = channels.map(|(word, one)| (word, channel_said(&one), channel == Some(one)));
        let pretexts = Pretext::ALL.into_iter();
        let pretexts = pretexts.map(|one| (one.word(), pretext_said(&one), pretext == Some(one)));
        let standings = Standing::ALL.into_iter();
        let standings =
            standings.map(|one| (one.tag(), standing_said(&one), standing == Some(one)));
        vec![
            select("channel", "How", channels.collect()),
            select("pretext", "What they told", pretexts.collect()),
            select("standing", "Verified", standings.collect()),
        ]
    }
}

impl OneReport {
    fn standing_means(&self) -> &'static str {
        match self.standing {
            Standing::Received if self.way == Way::Table => {
                "Nobody has confirmed that the table it came in verified it. It moves nothing."
            }
            Standing::Received => {
                "No code could be mailed, so nothing shows whose it is. It moves nothing."
            }
            Standing::Waiting => match self.way {
                Way::Form | Way::Api => {
                    "A code was mailed if the address is on file, and not entered yet. It moves \
                     nothing until then."
                }
                Way::Agent | Way::Table => {
                    "A code was mailed if the agent wanted that and the address is on file, and not \
                     entered yet. It moves nothing until then."
                }
            },
            Standing::Counts => match self.proof {
                Some(Proof::Table) => {
                    "The table that it came in says that it was checked with its customer, and a \
                     second person confirmed that. It counts."
                }
                Some(Proof::Person) => {
                    "Somebody spoke with its customer over a channel on file, and a supervisor \
                     agreed. It counts, and the case says that a person said so and not a code."
                }
                Some(Proof::MadeUp) => "It is made up, as everything in a demo is. It counts here.",
                Some(Proof::Mail) | None => {
                    "Its customer has shown control of an address on file. It counts."
                }
            },
            Standing::Closed => "Nothing more is done with it.",
        }
    }

    fn way_said(&self) -> &'static str {
        match self.way {
            Way::Form => "by the public form",
            Way::Api => "by a program",
            Way::Agent => "written down by an agent on the phone",
            Way::Table => "in a table that was handed in",
        }
    }

    /// The other answers in the order of the form; an empty one was not given.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let Some(said) = &self.statement else {
            return Vec::new();
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let knew: Vec<&str> = said.knew.iter().map(|one| knew_said(*one)).collect();
        let given: Vec<&str> = said.given.iter().map(|one| given_said(*one)).collect();
        vec![
            ("Number that was quoted", text(&said.number)),
            ("Number or address that was shown", text(&said.shown)),
            ("Number or address to answer to", text(&said.answer)),
            ("What they knew", knew.join(", ")),
            (
                "What they told",
                said.pretext
                    .as_ref()
                    .map(pretext_said)
                    .unwrap_or_default()
                    .to_owned(),
            ),
            ("In the customer’s words", text(&said.words)),
            ("What was given", given.join(", ")),
            ("E-mail address", text(&said.email)),
            ("Phone number", text(&said.phone)),
            ("The desk’s number of the customer", text(&said.customer)),
        ]
    }
}

fn knew_said(knew: Knew) -> &'static str {
    match knew {
        Knew::Name => "name",
        Knew::Product => "product",
        Knew::Email => "e-mail address",
        Knew::Phone => "more of the phone than its number",
        Knew::Case => "what a ticket was about",
    }
}

fn given_said(given: Given) -> &'static str {
    match given {
        Given::Money => "money",
        Given::Codes => "codes or passwords",
        Given::RemoteAccess => "a way onto the computer",
    }
}

fn channel_of(word: &str) -> Option<Channel> {
    let known = CHANNELS.into_iter().find(|(known, _)| *known == word);
    known.map(|(_, channel)| channel)
}

fn channel_word(channel: Channel) -> &'static str {
    let known = CHANNELS.into_iter().find(|(_, known)| *known == channel);
    known.map(|(word, _)| word).unwrap_or_default()
}

/// All channels with the words of addresses.
const CHANNELS: [(&str, Channel); 7] = [
    ("phone", Channel::Phone),
    ("robocall", Channel::Robocall),
    ("email", Channel::Email),
    ("sms", Channel::Sms),
    ("portal", Channel::Portal),
    ("forum", Channel::Forum),
    ("decoy", Channel::Decoy),
];

pages!(Inbox, OneReport);

//! The words of the command line; completions and man pages come from the same definitions.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// From a help desk's access log and scam reports to the account that a list leaked through.
///
/// Without a command: makes up a company of 12 million customers whose list is sold, and serves it
/// while its scam reports come in, a day a second (`countersign demo`).
#[derive(Debug, Parser)]
#[command(name = "countersign", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The made-up incident of 2019, live in a browser, or as a report.
    Demo(Demo),
    /// From an access log and scam reports to a verdict and a page.
    Trace(Box<Trace>),
    /// What a log holds, before anything is decided by it; or the log as OCSF for a SIEM.
    Import(Import),
    /// Tickets, users, reports and, where there is one, the access log, from the desk itself.
    Fetch(Fetch),
    /// From tickets, mails or posts about scam calls to a table of reports that a person confirms.
    Reports(Reports),
    /// Write a made-up company as tables.
    Simulate(Simulate),
    /// Show whose pseudonym was named in a case.
    Open(Open),
    /// What the ledger of a case tells, or the proof of one entry.
    Log(LogArgs),
    /// Say that nothing of a case may be erased, or that it may again.
    Hold(Hold),
    /// Erase a case for good: what is left proves that there was one, and nothing else.
    Erase(Erase),
    /// Pack the evidence of a case for somebody who trusts neither the company nor this program.
    Bundle(Bundle),
    /// Check a bundle of evidence, a transcript, or two states that contradict each other, from
    /// nothing but the file's bytes.
    Verify(Verify),
    /// Remember the state of other people's logs, and sign it as long as they only add to it.
    Witness(WitnessArgs),
    /// Take reports, and serve the console for those who work on them.
    #[cfg(feature = "serve")]
    Serve(Serve),
    /// Make all rows of a server's database that follow from its ledger anew.
    #[cfg(feature = "serve")]
    Rebuild(Rebuild),
    /// Check or print the configuration of `serve`.
    #[cfg(feature = "serve")]
    Config(ConfigArgs),
    /// Measure speed, and whether the promise holds.
    Bench(Bench),
    /// Write shell completions.
    #[command(hide = true)]
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder.
    #[command(hide = true)]
    Manual {
        /// The folder.
        folder: PathBuf,
    },
}

/// Options of `serve`.
#[cfg(feature = "serve")]
#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// The folder in which everything is kept.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// The configuration; `countersign config print` shows one with all its keys.
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where to listen, instead of the configuration's `listen`.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// A PostgreSQL database instead of the folder's own: `postgres://…`. One with a password
    /// belongs into a file (`database_file`): others can read a command line.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// Options of `rebuild`.
#[cfg(feature = "serve")]
#[derive(Args, Clone, Debug)]
pub struct Rebuild {
    /// The folder in which everything is kept; no server may run on it.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// The server's configuration, where it names the database.
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_CONFIG")]
    pub config: Option<PathBuf>,
    /// The PostgreSQL database, as for `serve`.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// The folder is that of a demo.
    #[arg(long)]
    pub demo: bool,
}

/// What to do with a configuration.
#[cfg(feature = "serve")]
#[derive(Args, Clone, Debug)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: ConfigWhat,
}

/// What to do with a configuration.
#[cfg(feature = "serve")]
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigWhat {
    /// Say whether a file can be used.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Print a file with every key, its default, what it does and what breaks.
    Print,
    /// Print the JSON Schema of a file, for editors.
    Schema,
}

/// Options of `log`.
#[derive(Args, Clone, Debug)]
pub struct LogArgs {
    /// The case folder.
    pub case: PathBuf,
    /// Print the proof that this entry is in the ledger (tlog-proof) instead of the list.
    #[arg(long, value_name = "N")]
    pub prove: Option<u64>,
    /// Serve the ledger (tlog-tiles) at this address until Ctrl-C, for instance 127.0.0.1:8631.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "prove")]
    pub serve: Option<SocketAddr>,
    /// The first entry that is served; those before it are no longer handed out.
    #[arg(long, value_name = "N", requires = "serve", default_value_t = 0)]
    pub from: u64,
    /// Write all that the ledger says about the case into this file, with the proof that nothing is
    /// left out.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prove", "serve", "ask"])]
    pub transcript: Option<PathBuf>,
    /// Keep the ledger's states also in this folder, on another disk or machine; a case folder that
    /// was put back from a copy made since is refused from then on, one from before is not.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["prove", "serve", "ask", "transcript"])]
    pub anchor: Option<PathBuf>,
    /// Read the whole ledger again as a stranger would: every entry, every root.
    #[arg(long, conflicts_with_all = ["prove", "serve", "ask", "transcript", "anchor"])]
    pub audit: bool,
    /// Ask the witness at this address to sign the ledger's state.
    #[arg(long, value_name = "URL", requires = "witness", conflicts_with_all = ["prove", "serve"])]
    pub ask: Option<String>,
    /// The witness' key, as its operator told it.
    #[arg(long, value_name = "KEY", requires = "ask")]
    pub witness: Option<String>,
    /// Ask the time stamping authority (RFC 3161) at this address to stamp the ledger's state.
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["prove", "serve", "ask", "transcript", "anchor", "audit"]
    )]
    pub stamp: Option<String>,
}

/// Options of `hold`.
#[derive(Args, Clone, Debug)]
pub struct Hold {
    /// The case folder.
    pub case: PathBuf,
    /// Who decided it and what for; it is an entry of the ledger.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// End the hold that is in force.
    #[arg(long)]
    pub release: bool,
}

/// Options of `erase`.
#[derive(Args, Clone, Debug)]
pub struct Erase {
    /// The case folder.
    pub case: PathBuf,
    /// Who decided it and what for; it stays in the folder.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Do it; without this, nothing is erased.
    #[arg(long)]
    pub for_good: bool,
}

/// Options of `witness`.
#[derive(Args, Clone, Debug)]
pub struct WitnessArgs {
    /// The folder with the witness' key and what it remembers; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "witness")]
    pub dir: PathBuf,
    /// The name that the witness signs under, for instance `witness.example.org/desk`; kept with
    /// the key that is made at the first start.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The key of a log to be witnessed, as `countersign log` prints it; may be given several times.
    #[arg(long = "log", value_name = "KEY", required = true)]
    pub logs: Vec<String>,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8632")]
    pub listen: SocketAddr,
}

/// Options of `bundle`.
#[derive(Args, Clone, Debug)]
pub struct Bundle {
    /// The case folder.
    pub case: PathBuf,
    /// Where the bundle is written to.
    #[arg(long, value_name = "FILE", default_value = "case.zip")]
    pub out: PathBuf,
    /// Also pack the files that the last run read, so that others compute its verdict again: THE
    /// ACCESS LOG AND THE REPORTS AS THEY ARE, and whose each pseudonym is.
    #[arg(long)]
    pub with_inputs: bool,
}

/// Options of `verify`.
#[derive(Args, Clone, Debug)]
pub struct Verify {
    /// The bundle, a transcript of `countersign log --transcript`, or a file of two contradicting
    /// states (`equivocation.txt`, or the one that a witness kept).
    pub bundle: PathBuf,
    /// The log's key as you have it from elsewhere; the bundle's own is taken without it.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// Options of `demo`.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// 20,000 customers instead of 12 million: seconds.
    #[arg(long)]
    pub small: bool,
    /// Where the made-up company is kept; generated once, then used again.
    #[arg(long, value_name = "DIR", default_value = "demo")]
    pub dir: PathBuf,
    /// How many customers the company has.
    #[arg(long, value_name = "N", conflicts_with = "small")]
    pub customers: Option<u32>,
    /// Do not open a browser.
    #[arg(long)]
    pub no_open: bool,
    /// Serve nothing: write the company as tables, read and judge them as anybody's, and write the
    /// page.
    #[arg(long)]
    pub report: bool,
    /// Where to listen; otherwise at 127.0.0.1:8019, or the next port that is free.
    #[cfg(feature = "serve")]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "report")]
    pub listen: Option<SocketAddr>,
    /// Days of the story that go by in a second.
    #[cfg(feature = "serve")]
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "report", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub days_a_second: u32,
}

impl Default for Demo {
    /// As without a command.
    fn default() -> Self {
        Self {
            small: false,
            dir: "demo".into(),
            customers: None,
            no_open: false,
            report: false,
            #[cfg(feature = "serve")]
            listen: None,
            #[cfg(feature = "serve")]
            days_a_second: 1,
        }
    }
}

/// Options of `trace`.
#[derive(Args, Clone, Debug)]
pub struct Trace {
    /// The case folder, `case` if none is named; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub case: Option<PathBuf>,
    /// The access log, as the desk exports it, or as a table in CSV, JSON Lines or Parquet; also
    /// .gz and .zst; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    pub events: Vec<PathBuf>,
    /// The customers, with attributes that make records alike.
    #[arg(long, value_name = "FILE")]
    pub customers: Option<PathBuf>,
    /// The tickets with their customers.
    #[arg(long, value_name = "FILE")]
    pub tickets: Option<PathBuf>,
    /// The accounts with person, kind, team, site, vendor.
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// Copies of the data that left the desk.
    #[arg(long, value_name = "FILE")]
    pub exports: Option<PathBuf>,
    /// A log of changes (an audit log, transactions, a table with `action` = `change`), to say who
    /// had worked on a record: an explanation, never evidence; may be given several times.
    #[arg(long, value_name = "FILE", conflicts_with = "power")]
    pub changes: Vec<PathBuf>,
    /// The scam reports: `report` (an id), `received_at`, and `customer`, `email`, `phone`,
    /// `external_id` or `ticket`; better with `called_at` and `quoted_ticket`.
    ///
    /// Without them the files are read, nobody leads, and no setting is fixed yet.
    #[arg(long, value_name = "FILE")]
    pub reports: Option<PathBuf>,
    /// How the files are to be read.
    #[command(flatten)]
    pub reading: Reading,
    /// The promise: the chance that anyone innocent is ever named. At most 0.01.
    #[arg(long, value_name = "P")]
    pub alpha: Option<f64>,
    /// Against how many colleagues a naming is guarded.
    #[arg(long, value_name = "1|2", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub colluders: Option<u8>,
    /// How unfair the comparison may be (odds) before a naming falls.
    #[arg(long, value_name = "ODDS")]
    pub gamma: Option<f64>,
    /// How many of the strongest reports are struck before a naming.
    #[arg(long, value_name = "N")]
    pub strike: Option<u32>,
    /// Days before the first call at which exposure is frozen for naming.
    #[arg(long, value_name = "DAYS")]
    pub freeze_days: Option<u32>,
    /// Allow a larger alpha: leads only, nothing is ever called named.
    #[arg(long)]
    pub exploratory: bool,
    /// Print the verdict as JSON instead of the summary.
    #[arg(long)]
    pub json: bool,
    /// Print input ids instead of pseudonyms, and record that in the case.
    #[arg(long)]
    pub reveal_ids: bool,
    /// Show the names of named holders, and only theirs.
    #[arg(long)]
    pub names: bool,
    /// No reports needed: how many would a naming take with this log?
    #[arg(long)]
    pub power: bool,
    /// Seed of the made-up sellers of `--power`.
    #[arg(long, value_name = "N", default_value_t = 2019, requires = "power")]
    pub seed: u64,
    /// The command line that the verdict quotes instead of this one: that of the run that a
    /// bundle's `recompute.sh` computes again.
    #[arg(long, value_name = "LINE", hide = true)]
    pub recomputed_as: Option<String>,
    /// When that run was.
    #[arg(long, value_name = "TIME", hide = true)]
    pub recomputed_at: Option<String>,
}

/// Options of `import`.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// Say what these files of the access log hold; may be given several times.
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "events")]
    pub check: Vec<PathBuf>,
    /// The access log to convert; may be given several times.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "ocsf", conflicts_with = "check")]
    pub events: Vec<PathBuf>,
    /// Write the log's views and changes as OCSF Web Resources Activity (class 6001), JSON Lines.
    #[arg(long, value_name = "OUT.jsonl", requires = "events")]
    pub ocsf: Option<PathBuf>,
    /// Replace the file that `--ocsf` names, if it is there.
    #[arg(long, requires = "ocsf")]
    pub replace: bool,
    /// How the files are to be read.
    #[command(flatten)]
    pub reading: Reading,
}

/// Options of `fetch`.
#[derive(Args, Clone, Debug)]
pub struct Fetch {
    /// The desk's product.
    pub product: Product,
    /// The desk's address: `https://desk.example.com`.
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// A file that holds the token and nothing else.
    #[arg(long, value_name = "FILE")]
    pub token_file: PathBuf,
    /// The tag (Zendesk, Zammad) or the queue (RT) of tickets in which customers report calls;
    /// these are fetched with their words.
    #[arg(long, value_name = "WORD")]
    pub tagged: Option<String>,
    /// The folder for what is fetched; one that is not complete is gone on with.
    #[arg(long, value_name = "DIR", default_value = "desk")]
    pub out: PathBuf,
    /// A certificate authority of your own, in PEM, instead of those that the system trusts.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Send the token unencrypted, in a network where nobody can listen.
    #[arg(long)]
    pub plain_http: bool,
}

/// The products whose interface is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Product {
    /// Zendesk: access log, tickets, users.
    Zendesk,
    /// Zammad: tickets, users.
    Zammad,
    /// Request Tracker 5: tickets, users.
    Rt,
}

impl Product {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Zendesk => "zendesk",
            Self::Zammad => "zammad",
            Self::Rt => "rt",
        }
    }
}

/// Options of `reports`.
#[derive(Args, Clone, Debug)]
pub struct Reports {
    /// What the files are: tickets of a desk, a mailbox, or a table.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(countersign_import::reported_in()))]
    pub from: String,
    /// Tickets, mails or posts about scam calls.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Only tickets with this tag.
    #[arg(long, value_name = "TAG")]
    pub tagged: Option<String>,
    /// What the desk's ticket numbers look like, as a regular expression: `DE-[0-9]{6}`; otherwise
    /// numbers after words like `ticket`, `case`, `#`.
    #[arg(long, value_name = "REGEX")]
    pub number: Option<String>,
    /// The zone in which customers mean "at three": `Europe/Berlin`.
    #[arg(long, value_name = "ZONE")]
    pub timezone: String,
    /// The folder for the review; must not hold one.
    #[arg(long, value_name = "DIR", default_value = "review")]
    pub out: PathBuf,
}

/// How files are to be read.
#[derive(Args, Clone, Debug, Default)]
pub struct Reading {
    /// Which product's log the events are; otherwise their first lines decide. `tables` = none.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(countersign_import::sources()))]
    pub from: Option<String>,
    /// A log of sign-ins (Request Tracker's own log, Okta's System Log), for a web server's log
    /// without accounts; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub sign_ins: Vec<PathBuf>,
    /// More patterns of addresses that show a ticket or a customer.
    #[arg(long, value_name = "FILE")]
    pub url_patterns: Option<PathBuf>,
    /// Columns by other names: `time=sys_updated_at,actor=sys_updated_by`.
    #[arg(long, value_name = "NAME=COLUMN,…")]
    pub map: Vec<String>,
    /// The same from a TOML file.
    #[arg(long, value_name = "FILE")]
    pub map_file: Option<PathBuf>,
    /// How times are written, if not as RFC 3339: `%d/%m/%Y %H:%M`, `unix`, `unix-ms`.
    #[arg(long, value_name = "FORMAT")]
    pub time_format: Option<String>,
    /// The zone of times without one: `UTC`, `Europe/Berlin`.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// A value that means "nothing", beside the empty one.
    #[arg(long, value_name = "TEXT")]
    pub missing: Vec<String>,
    /// The log records changes only; take each as a view, and say so on every page.
    #[arg(long)]
    pub changes_as_views: bool,
    /// The tickets table is a log in which tickets repeat; the first row counts.
    #[arg(long)]
    pub first_ticket_row: bool,
    /// Attributes that split the strata; otherwise all that can.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub strata: Option<Vec<String>>,
    /// Share of bad rows that a file may have, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub allow_rejects: f64,
}

/// Options of `simulate`.
#[derive(Args, Clone, Debug)]
pub struct Simulate {
    /// The folder to write; must not hold anything.
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    pub out: Option<PathBuf>,
    /// Which world: `incident`, or one of `--list`.
    #[arg(long, default_value = "incident")]
    pub world: String,
    /// List the worlds and what each is for.
    #[arg(long)]
    pub list: bool,
    /// How many customers.
    #[arg(long)]
    pub customers: Option<u32>,
    /// How many accounts.
    #[arg(long)]
    pub accounts: Option<u32>,
    /// How many days.
    #[arg(long, default_value_t = 365)]
    pub days: u32,
    /// The seed from which everything follows.
    #[arg(long, default_value_t = 2019)]
    pub seed: u64,
    /// How the seller takes the list.
    #[arg(long, default_value = "browsing")]
    pub taking: String,
    /// Format of the tables.
    #[arg(long, value_enum, default_value_t = Format::Parquet)]
    pub format: Format,
}

/// Format of written tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Parquet with zstd.
    Parquet,
    /// CSV.
    Csv,
    /// JSON Lines.
    Jsonl,
}

/// Options of `open`.
#[derive(Args, Clone, Debug)]
pub struct Open {
    /// The case folder.
    pub case: PathBuf,
    /// The pseudonym, as the verdict names it.
    #[arg(long, value_name = "PSEUDONYM")]
    pub holder: Option<String>,
    /// Why the name is needed; it is recorded.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The files that hold the accounts.
    #[command(flatten)]
    pub log: Log,
}

/// The files that name the accounts, as the run had them.
#[derive(Args, Clone, Debug)]
pub struct Log {
    /// The access log; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    pub events: Vec<PathBuf>,
    /// The accounts.
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// How the files are to be read.
    #[command(flatten)]
    pub reading: Reading,
}

/// Options of `bench`.
#[derive(Args, Clone, Debug)]
pub struct Bench {
    /// What to measure.
    #[command(subcommand)]
    pub what: Measure,
}

/// The load of `bench serve`.
#[cfg(feature = "serve")]
#[derive(Args, Clone, Debug)]
pub struct ServeLoad {
    /// Address of an empty PostgreSQL database; a file otherwise.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// How long the load lasts.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub seconds: u32,
    /// Customers of the made-up company.
    #[arg(long, value_name = "N", default_value_t = 12_000_000)]
    pub customers: u32,
    /// Reports a second that nobody verifies.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub unverified: u32,
    /// Reports a second that customers verify.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub verified: u32,
    /// Views a second.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub views: u32,
    /// Folder; the company in it is kept for the next run, the rest removed.
    #[arg(long, default_value = "target/bench/serve")]
    pub dir: PathBuf,
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What to measure.
#[derive(Clone, Debug, Subcommand)]
pub enum Measure {
    /// Rows a second of every format, integer and text ids, parse alone and with dictionary.
    Import {
        /// Rows of each file.
        #[arg(long, default_value_t = 5_000_000)]
        rows: u64,
        /// Folder for the files, kept for the comparison.
        #[arg(long, default_value = "target/bench")]
        dir: PathBuf,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Building the index and asking it, at the incident's size.
    Trace {
        /// A folder that `simulate` wrote.
        #[arg(long, default_value = "demo/12000000/tables")]
        dir: PathBuf,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// The ledger: how fast it takes entries, starts, proves and is checked.
    Ledger {
        /// Entries of the large one.
        #[arg(long, value_name = "N", default_value_t = 1_000_000)]
        entries: u64,
        /// A folder that is not there yet; it is removed at the end.
        #[arg(long, default_value = "target/bench/ledger")]
        dir: PathBuf,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// The server under load: reports, views and an open case at once.
    #[cfg(feature = "serve")]
    Serve(ServeLoad),
    /// Many made-up worlds: does the promise hold?
    Calibration {
        /// Worlds of each kind.
        #[arg(long, default_value_t = 1000)]
        worlds: u64,
        /// Kinds of worlds; all of them otherwise.
        #[arg(long, value_delimiter = ',')]
        kinds: Vec<String>,
        /// Promises to try.
        #[arg(long, value_delimiter = ',', default_value = "0.05,0.01")]
        alphas: Vec<f64>,
        /// Days of freeze to try.
        #[arg(long, value_delimiter = ',', default_value = "30")]
        freezes: Vec<u32>,
    },
    /// What a naming costs: other bets under the same rule, and the same bet under other rules.
    Power {
        /// Worlds of each kind.
        #[arg(long, default_value_t = 200)]
        worlds: u64,
        /// The promise.
        #[arg(long, default_value_t = 0.01)]
        alpha: f64,
    },
    /// How many forged verified reports it takes until an innocent account is shown or named.
    Framing {
        /// Worlds for each way of forging.
        #[arg(long, default_value_t = 100)]
        worlds: u64,
        /// Forged reports in each.
        #[arg(long, default_value_t = 200)]
        forged: usize,
    },
    /// Planted sellers in a real desk's log.
    RealLog {
        /// The ServiceNow log of UCI 498 as CSV.
        #[arg(long)]
        log: PathBuf,
        /// Trials of each setting.
        #[arg(long, default_value_t = 1000)]
        trials: u64,
    },
}

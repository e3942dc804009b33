//! `countersign bench serve`: the server while customers report, logs stream in, and somebody looks
//! at a case of the incident's size.
//!
//! The server is the real one, on a made-up company as the demo has it: so its people sign in with a
//! click, codes are shown and not mailed. The load is made in the same process, on the same cores.

mod client;
mod load;
mod measured;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use countersign_server::config::Config;
use countersign_server::{Start, start};
use countersign_sim::incident::Incident;

use self::client::{Client, behind, cookie};
use self::load::{Case, Office, Rates};
use super::figures::{Figures, Shape, gigabytes, millions};
use super::machine::{own_memory, peak_memory, timed};
use crate::args::ServeLoad;
use crate::commands::{demo, serve};
use crate::progress::Bars;
use crate::{PROGRAM, clock};

/// Measures a server.
///
/// # Errors
/// A folder or a database that can't be used, an answer that is none.
pub(super) fn run(args: &ServeLoad, shape: Shape, cancel: &Arc<AtomicBool>) -> Result<()> {
    let about = format!(
        "`countersign bench serve`, {}: {} customers, {} s of load",
        if args.database.is_some() {
            "PostgreSQL"
        } else {
            "SQLite"
        },
        args.customers,
        args.seconds
    );
    let mut figures = Figures::new(&about, shape);
    let folder = args.dir.join(args.customers.to_string());
    let data = folder.join("data");
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("removing `{}`", data.display()))?;
    }
    let (running, took) = timed(|| Running::start(args, &folder, &data, cancel));
    let running = running?;
    let views = millions(running.views as f64);
    figures.add("first start", Some(took), &format!("{views} views"), "");
    let measured = running.measure(args, &mut figures);
    running.stop()?;
    measured?;
    let (running, took) = timed(|| Running::start(args, &folder, &data, cancel));
    let running = running?;
    let what = "start again, until a case is shown with all that came";
    figures.add(what, Some(took), &format!("{views} views"), "≤ 15 s");
    running.stop()?;
    fs::remove_dir_all(&data).with_context(|| format!("removing `{}`", data.display()))?;
    figures.print()
}

/// A server that runs.
struct Running {
    base: String,
    views: u64,
    accounts: Vec<String>,
    /// Customer of each ticket.
    tickets: Vec<u32>,
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<Result<()>>,
}

impl Running {
    fn start(
        args: &ServeLoad,
        folder: &Path,
        data: &Path,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Self> {
        let real = Incident::real();
        // A desk as large as its company.
        let accounts = (args.customers / 150).clamp(60, real.accounts);
        let incident = Incident::new(args.customers, accounts, real.days, real.seed);
        let company = demo::company(&folder.join("company"), &incident, u32::MAX, cancel)?;
        let desk = &company.desk;
        let views = desk.coverage.rows;
        let accounts = desk.tables.accounts.iter();
        let accounts = accounts.map(|account| account.id.clone()).collect();
        // Some are enough to quote from.
        let tickets = desk.tables.tickets.customer.iter().step_by(97);
        let tickets = tickets.copied().collect();
        let listen = demo::free().context("all ports are taken")?;
        let base = format!("http://localhost:{}", listen.port());
        let mut config = Config {
            listen: listen.to_string(),
            address: base.clone(),
            organisation: "the made-up company".to_owned(),
            ..Config::default()
        };
        // All of it comes from one address.
        config.intake.reports_an_hour = u32::MAX;
        config.intake.questions_an_hour = u32::MAX;
        config.intake.letters_an_hour = u32::MAX;
        let (data, database) = (data.to_owned(), args.database.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (ready, waits) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = serve::runtime()?;
            runtime.block_on(async {
                let server = start(Start {
                    folder: data,
                    config,
                    database,
                    program: PROGRAM.to_owned(),
                    digest: crate::evidence::program()?,
                    clock: Arc::new(clock::milliseconds),
                    chance: Arc::new(serve::chance),
                    progress: &Bars::default(),
                    demo: Some(company),
                })
                .await?;
                // Whoever waits for it has given up.
                let _ = ready.send(());
                server.run(serve::told(&stopped)).await.context("serving")
            })
        });
        if waits.recv().is_err() {
            match thread.join() {
                Ok(done) => done?,
                Err(_) => bail!("the server stopped"),
            }
            bail!("the server stopped");
        }
        let running = Self {
            base,
            views,
            accounts,
            tickets,
            stop,
            thread,
        };
        // It is there when it shows its case.
        let (investigator, case) = running.investigator()?;
        settled(&investigator, &case, Duration::ZERO)?;
        Ok(running)
    }

    fn investigator(&self) -> Result<(Client, Case)> {
        let investigator = sign_in(&Client::new(&self.base), "Ines Tigator")?;
        let page = investigator.get("/cases")?;
        let cases = page.split("href=\"/cases/").skip(1);
        let mut names = cases.filter_map(|rest| rest.split('"').next());
        let name = names
            .find(|name| *name != "open")
            .context("there is no case")?;
        let path = format!("/cases/{name}");
        Ok((investigator, Case { path }))
    }

    fn measure(&self, args: &ServeLoad, figures: &mut Figures) -> Result<()> {
        let (investigator, case) = self.investigator()?;
        let supervisor = sign_in(&Client::new(&self.base), "Sam Upervisor")?;
        settled(&investigator, &case, SETTLED)?;
        let rates = Rates {
            unverified: args.unverified,
            verified: args.verified,
            views: args.views,
        };
        let reports = u64::from(rates.unverified) * u64::from(args.seconds);
        let mut programs = Vec::new();
        for _ in 0..=reports / load::OF_PROGRAM {
            programs.push(token(&supervisor, "reports")?);
        }
        let office = Office {
            visitor: Client::new(&self.base),
            investigator,
            case,
            programs,
            log: token(&supervisor, "views")?,
            accounts: &self.accounts,
            tickets: &self.tickets,
            customers: args.customers,
        };
        let measured = load::run(&office, &rates, Duration::from_secs(args.seconds.into()))?;
        measured.tell(figures);
        let memory = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), gigabytes);
        let peak = memory(peak_memory());
        let what = "most memory in use, pages of the index and the load included";
        figures.add(what, None, &peak, "≤ 4 GB");
        let own = memory(own_memory());
        figures.add("memory that belongs to no file, at the end", None, &own, "");
        Ok(())
    }

    fn stop(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        match self.thread.join() {
            Ok(done) => done,
            Err(_) => bail!("the server stopped"),
        }
    }
}

/// Waits until a case has been judged, and nothing was added to it for some time.
fn settled(investigator: &Client, case: &Case, quiet: Duration) -> Result<()> {
    let begun = Instant::now();
    let mut last = (0, begun);
    loop {
        let judged = case.judged(&investigator.get(&case.path)?);
        if judged != last.0 {
            last = (judged, Instant::now());
        }
        if judged > 0 && last.1.elapsed() >= quiet {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            bail!("the case was not judged");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Becomes somebody of the made-up company.
fn sign_in(visitor: &Client, name: &str) -> Result<Client> {
    let page = visitor.get("/sign-in")?;
    let forms = page.split("name=\"person\" value=\"").skip(1);
    let mut forms = forms.filter(|form| {
        form.split("</form>")
            .next()
            .is_some_and(|form| form.contains(name))
    });
    let person = forms.next().and_then(|form| form.split('"').next());
    let person = person.with_context(|| format!("{name} does not work there"))?;
    let answer = visitor.post("/demo/sign-in", &[("person", person)])?;
    let cookie = cookie(&answer).context("nobody was signed in")?;
    Ok(visitor.with_cookie(&cookie))
}

/// Makes a program's token.
fn token(supervisor: &Client, may: &str) -> Result<String> {
    let page = supervisor.get("/programs")?;
    let csrf = behind(&page, "name=\"csrf\" value=\"", '"').context("a form without a token")?;
    let fields = [("name", "load"), ("may", may), ("csrf", csrf)];
    let page = client::read(supervisor.post("/programs", &fields)?, 200, "/programs")?;
    let secret = page
        .split("countersign_")
        .nth(1)
        .context("no token was made")?;
    let secret: String = secret.chars().take_while(char::is_ascii_hexdigit).collect();
    Ok(format!("countersign_{secret}"))
}

/// Without a report for so long the story is told.
const SETTLED: Duration = Duration::from_secs(3);
/// Until a case of the incident's size has been judged.
const PATIENCE: Duration = Duration::from_secs(300);

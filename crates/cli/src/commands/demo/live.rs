//! The incident live: a server on made-up people, whose story goes on while somebody looks.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, Result};
use countersign_server::config::Config;
use countersign_server::{Start, start};
use countersign_sim::incident::Incident;

use super::{company, incident, show};
use crate::args::Demo;
use crate::commands::serve;
use crate::progress::Bars;
use crate::summary::thousands;
use crate::wrong::Wrong;
use crate::{PROGRAM, clock, out};

/// Serves the demo until it is told to stop.
///
/// # Errors
/// A folder that is not a demo's, an address that is taken, a disk that is full.
pub(super) fn run(args: &Demo, cancel: &Arc<AtomicBool>) -> Result<()> {
    let incident = incident(args);
    let folder = args.dir.join(incident.customers.to_string()).join("live");
    out::note(&introduction(&incident));
    if company::is_there(&folder) {
        out::note("It is there from an earlier run.");
    } else if !args.small {
        out::note("It is made now, once: about a minute at its real size, and 2 GB on disk.");
    }
    let begun = Instant::now();
    let config = config(args)?;
    let address = config.address.clone();
    let demo = company::company(&folder, &incident, args.days_a_second, cancel)?;
    let views = demo.desk.coverage.rows;
    serve::log_to_terminal();
    let runtime = serve::runtime()?;
    runtime.block_on(async {
        let server = start(Start {
            folder: folder.join("data"),
            config,
            database: None,
            program: PROGRAM.to_owned(),
            digest: crate::evidence::program()?,
            clock: Arc::new(clock::milliseconds),
            chance: Arc::new(serve::chance),
            progress: &Bars::default(),
            demo: Some(demo),
        })
        .await?;
        out::note(&format!(
            "{} views are ready after {:.1} s.",
            thousands(views),
            begun.elapsed().as_secs_f64()
        ));
        out::result(&story(&address));
        out::note("Stop it with Ctrl-C; the next start goes on from there.");
        if !args.no_open {
            show(format!("{address}/sign-in").as_ref());
        }
        server.run(serve::told(cancel)).await.context("serving")
    })
}

fn config(args: &Demo) -> Result<Config> {
    let listen = match args.listen {
        Some(listen) => listen,
        None => free().ok_or_else(|| {
            Wrong::usage(
                &format!("all ports from {FIRST} on are taken"),
                "name another address with `--listen`",
            )
        })?,
    };
    Ok(Config {
        listen: listen.to_string(),
        address: format!("http://localhost:{}", listen.port()),
        organisation: "the made-up company".to_owned(),
        ..Config::default()
    })
}

/// The first port that nobody listens on.
pub(in crate::commands) fn free() -> Option<SocketAddr> {
    let mut places = (FIRST..FIRST + 100).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    places.find(|place| TcpListener::bind(place).is_ok())
}

fn introduction(incident: &Incident) -> String {
    format!(
        "A made-up company: {} customers, a help desk of {} accounts, a year of its access log.\n\
         One account sells a list; scammers phone the customers; some of them report it.",
        thousands(incident.customers.into()),
        thousands(incident.accounts.into()),
    )
}

/// What there is to see, for who has no browser here, too.
fn story(address: &str) -> String {
    format!(
        "\n  {address}/sign-in\n\n\
         Be one of four made-up people with one click. The investigator has a case open: as the \
         reports of\nAugust come in, a day a second, the evidence moves, until the account through \
         which the list leaked\nis named under a bound on ever naming anybody innocent. Pause, go \
         faster or jump to the end on each\npage. {address}/report is what customers see."
    )
}

const FIRST: u16 = 8019;

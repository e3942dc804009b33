//! Countersign over HTTP: customers report, staff sign in, each verified report moves its cases.
//!
//! Handlers parse, ask and render. What changes evidence is appended to the ledger through `store`
//! and nothing else; the desk is read by `import` and asked through `core`; pages are drawn by
//! `ui`. It has no clock and no chance of its own: [`start`] is given both. `cli` runs it.

pub mod config;
pub mod demo;

mod access;
mod app;
mod cases;
mod ceremonies;
mod chores;
mod company;
mod desk;
mod draft;
mod error;
mod evidence;
mod forget;
mod form;
mod inbox;
mod intake;
mod judge;
mod keeps;
mod letters;
mod limits;
mod mail;
mod names;
mod openapi;
mod passkeys;
mod people;
mod problem;
mod program;
mod quorum;
mod reads;
mod routes;
mod said;
mod second;
mod tables;
mod timeline;
mod upload;
mod views;
mod visitor;

use std::net::SocketAddr;
use std::path::PathBuf;

use countersign_core::record::Source;
use countersign_core::time::Second;
use countersign_import::{Lines, Progress};
use countersign_store::{Purpose, Settings, Store, StoreError};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use access::Who;
pub use app::{Chance, Clock};
pub use desk::{DeskError, Register};
pub use mail::MailError;
pub use routes::{Route, all as routes};

use crate::app::{App, Parts};
use crate::config::Config;
use crate::demo::{Demo, Story};
use crate::desk::Desk;
use crate::judge::Judge;
use crate::mail::Mailer;
use crate::passkeys::Passkeys;
use crate::views::{Intake, Known, Sources, Writer};

/// What a server is started with.
pub struct Start<'a> {
    /// Where everything lies.
    pub folder: PathBuf,
    /// As its operator wants it.
    pub config: Config,
    /// Address of a PostgreSQL database; none: a file of the folder.
    pub database: Option<String>,
    /// Name and version of the program.
    pub program: String,
    /// SHA-256 of its file, in hexadecimal: bundles of evidence say which program packed them.
    pub digest: String,
    /// Milliseconds since 1970.
    pub clock: Clock,
    /// Bytes that nobody can guess.
    pub chance: Chance,
    /// Is told how the reading of the desk goes.
    pub progress: &'a dyn Progress,
    /// What a demo shows instead of the configuration's desk; none: it is for work.
    pub demo: Option<Demo>,
}

impl core::fmt::Debug for Start<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The database's address may hold a password.
        f.debug_struct("Start")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// A server that does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// What is kept can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The desk's files can't be read.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The address can't be listened on.
    #[error("listening on `{0}`")]
    Listen(String, #[source] std::io::Error),
    /// A key of the configuration.
    #[error("{0}")]
    Config(String),
    /// Mail as it is configured.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// What comes to light only while it runs.
    #[error("{0}")]
    Serve(String),
}

impl StartError {
    /// What the person at the keyboard can do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) => error.help(),
            _ => None,
        }
    }
}

/// A server that listens.
pub struct Server {
    app: App,
    listener: TcpListener,
    writer: Writer,
    /// The link for the first key holder, while there is none.
    pub first: Option<String>,
}

impl core::fmt::Debug for Server {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Server")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}

/// Opens what is kept, reads the desk, and listens.
///
/// # Errors
/// What is in the way.
pub async fn start(start: Start<'_>) -> Result<Server, StartError> {
    let Start {
        folder,
        config,
        database,
        program,
        digest,
        clock,
        chance,
        progress,
        demo,
    } = start;
    let wrong = |error: &dyn core::fmt::Display| StartError::Config(error.to_string());
    let passkeys = Passkeys::new(&config.address).map_err(|error| wrong(&error))?;
    let company = company::Company::new(&config).map_err(StartError::Config)?;
    let mailer = Mailer::new(&config.mail)?;
    let listener = TcpListener::bind(&config.listen).await;
    let listener = listener.map_err(|error| StartError::Listen(config.listen.clone(), error))?;
    let store = Store::open(Settings {
        folder: folder.clone(),
        database,
        program: program.clone(),
        purpose: if demo.is_some() {
            Purpose::Demo
        } else {
            Purpose::Work
        },
        clock: clock.clone(),
        chance: chance.clone(),
    })
    .await?;
    let unix = i64::try_from(clock() / 1000).unwrap_or(i64::MAX);
    let now = Second::from_unix(unix).unwrap_or_default();
    let sources = Sources::default();
    for path in &config.desk.follow {
        sources.expect(Source::File(path.display().to_string()));
    }
    let (known, came) = Known::read(&store, &sources).await?;
    let lines = Lines::new(&desk::options(&config.desk, now)?).map_err(DeskError::from)?;
    let hides = store.secret(names::HIDES);
    let (desk, story) = match demo {
        Some(demo) => {
            let Demo {
                desk,
                reports,
                days_a_second,
                address,
            } = demo;
            let story = Story::new(reports, days_a_second, address, &folder);
            (Some(Desk::made_up(desk, hides, &came)), Some(story))
        }
        None => (
            Desk::read(&config.desk, &folder, now, hides, &came, progress)?,
            None,
        ),
    };
    let (views, queue) = Intake::new();
    let app = App::new(Parts {
        program: (program, digest),
        config,
        folder,
        views,
        sources,
        lines,
        store,
        judge: Judge::new(desk),
        passkeys,
        company,
        mailer,
        story,
        clock,
        chance,
    });
    let failed = |error: error::PageError| StartError::Serve(format!("{error:?}"));
    if let Some(dealing) = quorum::dealt(&app).await.map_err(failed)? {
        app.judge().seal(dealing.public, app.source()).await;
    }
    let first = match app.story() {
        Some(story) => {
            let settled = demo::settle(&app, story.first_call()).await;
            settled.map_err(failed)?;
            None
        }
        None => {
            let first = people::first(&app).await.map_err(failed)?;
            cases::judge_all(&app).await.map_err(failed)?;
            first
        }
    };
    Ok(Server {
        app,
        listener,
        writer: Writer::new(known, queue),
        first,
    })
}

impl Server {
    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is done; then requests end, and what is kept is closed.
    ///
    /// # Errors
    /// What the system says.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let router = routes::router(self.app.clone());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let chores = tokio::spawn(chores::run(self.app.clone()));
        let (end, ends) = watch::channel(false);
        // Views are put on record as long as anybody may hand some in.
        let writer = tokio::spawn(self.writer.run(self.app.clone(), ends.clone()));
        let (quit, quits) = watch::channel(false);
        let mut follow = JoinSet::new();
        for number in 0..self.app.config().desk.follow.len() {
            follow.spawn(views::follow(self.app.clone(), number, quits.clone()));
        }
        follow.spawn(cases::follow_views(self.app.clone(), quits));
        let story = tokio::spawn(demo::run(self.app.clone()));
        let app = self.app.clone();
        let stop = async move {
            stop.await;
            app.stops();
        };
        let done = axum::serve(self.listener, service).with_graceful_shutdown(stop);
        done.await?;
        quit.send_replace(true);
        while follow.join_next().await.is_some() {}
        end.send_replace(true);
        let _ = writer.await;
        for task in [chores, story] {
            task.abort();
            let _ = task.await;
        }
        self.app.close().await;
        Ok(())
    }
}

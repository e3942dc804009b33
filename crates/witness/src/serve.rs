//! Routes: the resources of a log, and the two calls of a witness.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use countersign_ledger::log::Log;
use countersign_ledger::tile::Resource;

use crate::witness::{Answer, TEXT, Witness};

/// Where resources of a log come from.
pub trait Tiles: Send + Sync {
    /// The bytes of a resource; none if the log has no such.
    ///
    /// # Errors
    /// What the disk says.
    fn resource(&self, what: &Resource) -> io::Result<Option<Vec<u8>>>;
}

impl Tiles for Log {
    fn resource(&self, what: &Resource) -> io::Result<Option<Vec<u8>>> {
        match what {
            Resource::Checkpoint => Ok(Some(self.checkpoint().to_string().into_bytes())),
            Resource::Tile { .. } | Resource::Entries { .. } => {
                self.served().resource(what, self.size(), 0)
            }
        }
    }
}

/// A log whose first entries are no longer handed out.
#[derive(Debug)]
pub struct Pruned {
    /// The log.
    pub log: Log,
    /// The first entry that is (tlog-tiles' minimum index).
    pub first: u64,
}

impl Tiles for Pruned {
    fn resource(&self, what: &Resource) -> io::Result<Option<Vec<u8>>> {
        match what {
            Resource::Checkpoint => self.log.resource(what),
            Resource::Tile { .. } | Resource::Entries { .. } => {
                self.log
                    .served()
                    .resource(what, self.log.size(), self.first)
            }
        }
    }
}

/// The routes of a log (C2SP tlog-tiles), for its prefix.
pub fn tiles<T: Tiles + 'static>(log: Arc<T>) -> Router {
    Router::new()
        .route("/checkpoint", get(checkpoint::<T>))
        .route("/tile/{*path}", get(tile::<T>))
        .with_state(log)
}

async fn checkpoint<T: Tiles>(State(log): State<Arc<T>>) -> Response {
    resource(log.as_ref(), &Resource::Checkpoint)
}

async fn tile<T: Tiles>(State(log): State<Arc<T>>, Path(path): Path<String>) -> Response {
    match Resource::parse(&format!("tile/{path}")) {
        Some(what) => resource(log.as_ref(), &what),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn resource(log: &dyn Tiles, what: &Resource) -> Response {
    // What a log once was it stays; where it stands now changes.
    let (kind, cache) = match what {
        Resource::Checkpoint => (TEXT, "no-cache"),
        Resource::Tile { .. } | Resource::Entries { .. } => (
            "application/octet-stream",
            "public, max-age=31536000, immutable",
        ),
    };
    match log.resource(what) {
        Ok(Some(bytes)) => {
            let cache = (header::CACHE_CONTROL, cache);
            ([(header::CONTENT_TYPE, kind), cache, NO_SNIFFING], bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The routes of a witness (C2SP tlog-witness); `clock` tells seconds since 1970.
pub fn witness(witness: Arc<Witness>, clock: fn() -> u64) -> Router {
    let add = async move |State(witness): State<Arc<Witness>>, body: Bytes| {
        answer(witness.add(&body, clock()))
    };
    let latest =
        async |State(witness): State<Arc<Witness>>, Path(origin): Path<String>| match witness
            .latest(&origin)
        {
            Ok(Some(note)) => ([(header::CONTENT_TYPE, TEXT), NO_SNIFFING], note).into_response(),
            Ok(None) => StatusCode::NOT_FOUND.into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{origin}/checkpoint", get(latest))
        .layer(DefaultBodyLimit::max(LONGEST_REQUEST))
        .with_state(witness)
}

fn answer(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = (header::CONTENT_TYPE, answer.content_type);
    (status, [kind, NO_SNIFFING], answer.body).into_response()
}

/// Serves routes until `stop` says so; `ready` is told the address.
///
/// # Errors
/// An address that can't be listened at.
pub fn run(
    listen: SocketAddr,
    routes: Router,
    ready: impl FnOnce(SocketAddr),
    stop: impl Fn() -> bool + Send + 'static,
) -> io::Result<()> {
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    ready(listener.local_addr()?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let stopped = async move {
            while !stop() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        axum::serve(listener, routes)
            .with_graceful_shutdown(stopped)
            .await
    })
}

const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
/// 16 signatures of the largest kind, and a proof.
const LONGEST_REQUEST: usize = 128 << 10;

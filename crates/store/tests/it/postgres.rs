//! A PostgreSQL of this test run, where its programs are installed.
//!
//! A shell starts it and waits for its input to end, which it does when the test run does, however
//! that comes about; then it stops the server and takes its files away.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The server, until the test run ends.
#[derive(Debug)]
pub(crate) struct Server {
    socket: PathBuf,
    _shell: Child,
    _held: ChildStdin,
}

static SERVER: OnceLock<Option<Server>> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

const START: &str = r#"
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
cd / && { [ "$(id -u)" != 0 ] || chown 65534:65534 "$2"; } || exit 1
as "$1/initdb" -D "$2/data" -U postgres -A trust --no-sync -E UTF8 --locale=C >"$2/log" 2>&1 || { cat "$2/log"; exit 1; }
as "$1/pg_ctl" -w -D "$2/data" -l "$2/data/log" \
    -o "-k $2 -c listen_addresses= -c fsync=off -c full_page_writes=off" start >"$2/log" 2>&1 </dev/null || { cat "$2/data/log"; exit 1; }
echo ready
cat >/dev/null
as "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
rm -rf "$2"
"#;

impl Server {
    /// The one server of this run; none where PostgreSQL is not installed.
    pub(crate) fn get() -> Option<&'static Self> {
        let server = SERVER.get_or_init(|| Some(Self::start(&programs()?)));
        if server.is_none() {
            let asked = std::env::var("COUNTERSIGN_POSTGRES");
            assert!(
                asked.as_deref() != Ok("required"),
                "PostgreSQL is required and not installed"
            );
            println!("skipped: PostgreSQL is not installed");
        }
        server.as_ref()
    }

    fn start(programs: &Path) -> Self {
        let socket = tempfile::tempdir().unwrap().keep();
        let mut shell = Command::new("sh")
            .args(["-c", START, "sh"])
            .args([programs, &socket])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let held = shell.stdin.take().unwrap();
        let mut said = String::new();
        for line in BufReader::new(shell.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line == "ready" {
                return Self {
                    socket,
                    _shell: shell,
                    _held: held,
                };
            }
            said += &line;
            said += "\n";
        }
        shell.wait().unwrap();
        panic!("PostgreSQL does not start:\n{said}");
    }

    /// The address of a database.
    pub(crate) fn address(&self, database: &str) -> String {
        let socket = self.socket.display();
        format!("postgres://postgres@localhost/{database}?host={socket}")
    }

    /// A database of its own.
    pub(crate) async fn make(&self) -> String {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("test{number}");
        self.command(format!("CREATE DATABASE {name} TEMPLATE template0"))
            .await;
        name
    }

    /// Puts a copy of one database in the place of another.
    pub(crate) async fn copy(&self, from: &str, to: &str) {
        self.command(format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)"))
            .await;
        self.command(format!("CREATE DATABASE {to} TEMPLATE {from}"))
            .await;
    }

    async fn command(&self, sql: String) {
        let address = self.address("postgres");
        let mut connection = PgConnection::connect(&address).await.unwrap();
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}

/// Where `initdb` is: the newest version's folder, as distributions install it, or the path.
fn programs() -> Option<PathBuf> {
    let all = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let versions = all.filter_map(|entry| {
        let folder = entry.ok()?.path();
        let version: u32 = folder.file_name()?.to_str()?.parse().ok()?;
        let programs = folder.join("bin");
        programs
            .join("initdb")
            .exists()
            .then_some((version, programs))
    });
    if let Some((_, programs)) = versions.max() {
        return Some(programs);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
}

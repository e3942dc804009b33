//! Starts a real Request Tracker behind a real nginx, and speaks to it as a browser does.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::CLOCK;

const SERVER: &str = "/usr/share/request-tracker5/libexec/rt-server";
const EMPTY: &str = "/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb";
/// The address from which the tests ask whether the desk is there yet.
pub(super) const NOBODY: &str = "192.0.2.254";

/// A desk of its own in a folder of its own; everything ends with this value.
#[derive(Debug)]
pub(super) struct Desk {
    folder: PathBuf,
    server: Child,
    front: Child,
    port: u16,
    cookies: HashMap<String, String>,
}

impl Desk {
    /// Starts Request Tracker and nginx in `folder`; the reason if a package is missing.
    pub(super) fn start(folder: &Path, filled: &str) -> Result<(Self, Filled), String> {
        for needed in [SERVER, EMPTY, CLOCK] {
            if !Path::new(needed).exists() {
                return Err(format!("{needed} is not installed"));
            }
        }
        if Command::new("nginx").arg("-v").output().is_err() {
            return Err("nginx is not installed".to_owned());
        }
        let at = |name: &str| folder.join(name).display().to_string();
        let (port, behind) = (free_port(), free_port());
        fs::create_dir_all(folder.join("log")).unwrap();
        fs::create_dir_all(folder.join("site.d")).unwrap();
        fs::copy(EMPTY, folder.join("db")).unwrap();
        let site = format!(
            "Set($rtname, 'desk.example');\nSet($Organization, 'desk.example');\n\
             Set($WebDomain, '127.0.0.1');\nSet($WebPort, {port});\nSet($WebPath, '');\n\
             Set($WebBaseURL, 'http://127.0.0.1:{port}');\nSet($DatabaseType, 'SQLite');\n\
             Set($DatabaseName, '{}');\nSet($MailCommand, 'testfile');\n\
             Set($LogToSyslog, undef);\nSet($LogToFile, 'info');\nSet($LogDir, '{}');\n\
             Set($LogToFileNamed, 'rt.log');\n1;\n",
            at("db"),
            at("log")
        );
        fs::write(folder.join("site.pm"), site).unwrap();
        // The formats are those of `docs/guide/desks/rt.md`.
        let front = format!(
            "env LD_PRELOAD;\nenv FAKETIME_TIMESTAMP_FILE;\nenv FAKETIME_NO_CACHE;\n\
             env FAKETIME_DONT_FAKE_MONOTONIC;\nuser root;\ndaemon off;\npid {};\n\
             error_log {};\nworker_processes 1;\nevents {{}}\nhttp {{\n\
             map $http_cookie $rt_session {{ default \"-\"; \"~RT_SID_[^=]+=(?<s>[0-9a-f]{{8}})\" $s; }}\n\
             log_format with_session '$remote_addr - $remote_user [$time_local] \"$request\" '\n\
             '$status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" \"$rt_session\"';\n\
             access_log {} combined;\naccess_log {} with_session;\n\
             client_body_temp_path {};\nproxy_temp_path {};\nserver {{\n\
             listen 127.0.0.1:{port};\nset_real_ip_from 127.0.0.1;\nreal_ip_header X-From;\n\
             location / {{ proxy_pass http://127.0.0.1:{behind}; \
             proxy_set_header Host $http_host; }}\n}}\n}}\n",
            at("nginx.pid"),
            at("log/nginx-error.log"),
            at("log/access.log"),
            at("log/session.log"),
            at("body"),
            at("proxy"),
        );
        fs::write(folder.join("nginx.conf"), front).unwrap();
        fs::write(folder.join("now"), "2026-06-01 06:00:00\n").unwrap();
        let filled = fill(folder, filled)?;
        let server = faked(folder, SERVER)
            .args(["--server", "Starlet", "--host", "127.0.0.1", "--port"])
            .arg(behind.to_string())
            .args(["--max-workers", "2"])
            .spawn()
            .map_err(|wrong| wrong.to_string())?;
        let front = faked(folder, "nginx")
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .spawn()
            .map_err(|wrong| wrong.to_string())?;
        let desk = Self {
            folder: folder.to_owned(),
            server,
            front,
            port,
            cookies: HashMap::new(),
        };
        // A limit for the case that it never starts; nothing is measured.
        let begun = Instant::now();
        while !desk.answers() {
            if begun.elapsed() > Duration::from_secs(120) {
                return Err("Request Tracker did not start".to_owned());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok((desk, filled))
    }

    fn answers(&self) -> bool {
        self.send("GET", "/NoAuth/css/elevator-light/none", NOBODY, "", "")
            .is_some_and(|answer| !answer.starts_with("HTTP/1.1 502"))
    }

    /// Sets the clock of all processes.
    pub(super) fn now(&self, time: &str) {
        let next = self.folder.join("next");
        fs::write(&next, format!("{time}\n")).unwrap();
        fs::rename(next, self.folder.join("now")).unwrap();
    }

    /// Somebody signs in from an address, and follows to the first page.
    pub(super) fn sign_in(&mut self, agent: &str, from: &str) {
        self.cookies.remove(agent);
        self.visit(agent, from, "/");
        let form = format!("user={agent}&pass=long-enough-{agent}");
        let answer = self.request(agent, from, "POST", "/NoAuth/Login.html", &form);
        assert!(
            !answer.contains("username or password is incorrect"),
            "{answer}"
        );
        self.visit(agent, from, "/REST/2.0/rt");
    }

    /// The address at which the desk is reached.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Somebody at the hotline writes down what a customer says.
    pub(super) fn write_down(&mut self, agent: &str, from: &str, ticket: &serde_json::Value) {
        let body = ticket.to_string();
        let answer = self.request(agent, from, "POST", "/REST/2.0/ticket", &body);
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    /// Somebody opens a page.
    pub(super) fn visit(&mut self, agent: &str, from: &str, target: &str) -> String {
        self.request(agent, from, "GET", target, "")
    }

    fn request(
        &mut self,
        agent: &str,
        from: &str,
        method: &str,
        target: &str,
        body: &str,
    ) -> String {
        let cookie = self.cookies.get(agent).cloned().unwrap_or_default();
        let answer = self
            .send(method, target, from, &cookie, body)
            .unwrap_or_else(|| panic!("no answer to {method} {target}"));
        for line in answer.lines().take_while(|line| !line.is_empty()) {
            if let Some(set) = line.strip_prefix("Set-Cookie: ") {
                let cookie = set.split(';').next().unwrap_or_default();
                self.cookies.insert(agent.to_owned(), cookie.to_owned());
            }
        }
        answer
    }

    fn send(
        &self,
        method: &str,
        target: &str,
        from: &str,
        cookie: &str,
        body: &str,
    ) -> Option<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .ok()?;
        let mut head = format!(
            "{method} {target} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nX-From: {from}\r\n\
             Referer: http://127.0.0.1:{}/\r\nUser-Agent: Mozilla/5.0 (desk)\r\n",
            self.port, self.port
        );
        if !cookie.is_empty() {
            let _ = write!(head, "Cookie: {cookie}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(
                head,
                "Content-Type: {}\r\nContent-Length: {}\r\n",
                if body.starts_with('{') {
                    "application/json"
                } else {
                    "application/x-www-form-urlencoded"
                },
                body.len()
            );
        }
        stream
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        (!answer.is_empty()).then(|| String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Both have workers: the groups that they lead end with them.
        for child in [&mut self.server, &mut self.front] {
            let _ = Command::new("kill")
                .args(["-TERM", "--", &format!("-{}", child.id())])
                .status();
            let _ = child.wait();
        }
    }
}

/// A program whose clock is the file `now`, with Request Tracker's settings.
fn faked(folder: &Path, program: &str) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(program);
    command
        .env("RT_SITE_CONFIG", folder.join("site.pm"))
        .env("RT_SITE_CONFIG_DIR", folder.join("site.d"))
        .env("LD_PRELOAD", CLOCK)
        .env("FAKETIME_TIMESTAMP_FILE", folder.join("now"))
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    command
}

/// What stands in the desk before anybody works there.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// Numbers of the tickets.
    pub(super) tickets: Vec<u32>,
    /// The token of the one who fetches.
    pub(super) token: String,
}

/// Agents, tickets and a token.
fn fill(folder: &Path, lines: &str) -> Result<Filled, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rt/desk.pl");
    let mut perl = faked(folder, "perl")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|wrong| wrong.to_string())?;
    perl.stdin
        .take()
        .ok_or("no standard input")?
        .write_all(lines.as_bytes())
        .map_err(|wrong| wrong.to_string())?;
    let done = perl.wait_with_output().map_err(|wrong| wrong.to_string())?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    let mut filled = Filled::default();
    for line in String::from_utf8_lossy(&done.stdout).lines() {
        match line.split_once(' ') {
            Some(("token", token)) => token.clone_into(&mut filled.token),
            _ => filled
                .tickets
                .push(line.parse().map_err(|_error| line.to_owned())?),
        }
    }
    Ok(filled)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

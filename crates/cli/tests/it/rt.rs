//! A real Request Tracker behind a real nginx: its logs, and what they lead to.
//!
//! Both come from Debian's packages and run as a desk would run them, but for the clock: all of
//! their processes read the time from a file (libfaketime), so that two months of work take a
//! minute. Where a package is missing the tests say that they were skipped.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use crate::program::Place;

const SERVER: &str = "/usr/share/request-tracker5/libexec/rt-server";
const EMPTY: &str = "/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb";
/// The address from which the tests ask whether the desk is there yet.
const NOBODY: &str = "192.0.2.254";
const CLOCK: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// A desk of its own in a folder of its own; everything ends with this value.
#[derive(Debug)]
struct Desk {
    folder: PathBuf,
    server: Child,
    front: Child,
    port: u16,
    cookies: HashMap<String, String>,
}

impl Desk {
    /// Starts Request Tracker and nginx in `folder`; the reason if a package is missing.
    fn start(folder: &Path, filled: &str) -> Result<(Self, Vec<u32>), String> {
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
        let tickets = fill(folder, filled)?;
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
        Ok((desk, tickets))
    }

    fn answers(&self) -> bool {
        self.send("GET", "/NoAuth/css/elevator-light/none", NOBODY, "", "")
            .is_some_and(|answer| !answer.starts_with("HTTP/1.1 502"))
    }

    /// Sets the clock of all processes.
    fn now(&self, time: &str) {
        let next = self.folder.join("next");
        fs::write(&next, format!("{time}\n")).unwrap();
        fs::rename(next, self.folder.join("now")).unwrap();
    }

    /// Somebody signs in from an address, and follows to the first page.
    fn sign_in(&mut self, agent: &str, from: &str) {
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

    /// Somebody opens a page.
    fn visit(&mut self, agent: &str, from: &str, target: &str) -> String {
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
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
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

/// Agents and tickets; the numbers of the tickets.
fn fill(folder: &Path, lines: &str) -> Result<Vec<u32>, String> {
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
    String::from_utf8_lossy(&done.stdout)
        .lines()
        .map(|line| line.parse().map_err(|_error| line.to_owned()))
        .collect()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

const AGENTS: usize = 20;
const TICKETS: usize = 600;
/// Sign-ins of each agent, two weeks apart.
const TIMES: usize = 4;
const SELLER: &str = "agent3";

/// A minute of a working day of the summer of 2026, which begins on a Monday.
fn moment(week: usize, day: usize, minute: usize) -> String {
    let days = week * 7 + day;
    let (month, day) = if days < 30 {
        (6, days + 1)
    } else {
        (7, days - 29)
    };
    format!(
        "2026-{month:02}-{day:02} {:02}:{:02}:00",
        8 + minute / 60,
        minute % 60
    )
}

/// What happened at the desk, beside its logs.
struct Happened {
    /// Number and customer of each ticket.
    tickets: Vec<(u32, String)>,
    /// Tickets that each agent saw.
    saw: HashMap<String, Vec<u32>>,
}

/// Eight weeks of work: each agent signs in four times and opens the tickets of a few customers;
/// one also looks at those of others.
fn work(folder: &Path) -> Result<Happened, String> {
    let mut chance = Pcg64Mcg::seed_from_u64(4);
    let agent = |number: usize| format!("agent{number}");
    let mut filled = String::new();
    for number in 0..AGENTS {
        let _ = writeln!(filled, "agent {0} long-enough-{0}", agent(number));
    }
    for number in 0..TICKETS {
        let _ = writeln!(
            filled,
            "ticket customer{number}@example.org 2026-05-20T10:00:00"
        );
    }
    let (mut desk, numbers) = Desk::start(folder, &filled)?;
    // What everybody does, in order of time: `None` = signs in.
    let mut plan: Vec<(String, usize, Option<u32>)> = Vec::new();
    for week in (0..TIMES).map(|time| 2 * time) {
        for number in 0..AGENTS {
            let day = number % 5;
            let mut minute = (number / 5) * 150;
            plan.push((moment(week, day, minute), number, None));
            let many = if agent(number) == SELLER { 18 } else { 10 };
            for _ in 0..many {
                minute += chance.random_range(1..8);
                let ticket = numbers[chance.random_range(0..numbers.len())];
                plan.push((moment(week, day, minute), number, Some(ticket)));
            }
        }
    }
    plan.sort();
    let mut saw: HashMap<String, Vec<u32>> = HashMap::new();
    for (time, number, what) in plan {
        let who = agent(number);
        // The last two share an address.
        let from = format!("198.51.100.{}", 10 + number.min(AGENTS - 2));
        desk.now(&time);
        let Some(ticket) = what else {
            desk.sign_in(&who, &from);
            continue;
        };
        let target = match chance.random_range(0..10) {
            0 => format!("/Ticket/Display.html?id={ticket}"),
            1..5 => format!("/m/ticket/show?id={ticket}"),
            _ => format!("/REST/2.0/ticket/{ticket}"),
        };
        let answer = desk.visit(&who, &from, &target);
        assert!(answer.starts_with("HTTP/1.1 200"), "{target}: {answer}");
        saw.entry(who).or_default().push(ticket);
    }
    let customers = (0..TICKETS).map(|number| format!("customer{number}@example.org"));
    Ok(Happened {
        tickets: numbers.iter().copied().zip(customers).collect(),
        saw,
    })
}

/// Keeps the beginning of the logs: `COUNTERSIGN_RECORD=… cargo test … rt::` makes `testdata/rt/`.
fn record(logs: &Path, folder: &Path) {
    const LINES: usize = 40;
    for (name, wanted) in [
        ("access.log", ""),
        ("session.log", ""),
        ("rt.log", "Successful login"),
    ] {
        let text = fs::read_to_string(logs.join(name)).unwrap();
        let mut kept = String::new();
        let lines = text.lines().filter(|line| line.contains(wanted));
        // Without the requests that only ask whether the desk is there yet.
        for line in lines.filter(|line| !line.starts_with(NOBODY)).take(LINES) {
            kept.push_str(line);
            kept.push('\n');
        }
        fs::write(folder.join(name), kept).unwrap();
    }
}

#[test]
fn on_a_real_request_tracker_the_account_that_sold_its_tickets_is_named() {
    let place = Place::new();
    let happened = match work(&place.path().join("desk")) {
        Ok(happened) => happened,
        Err(why) => {
            assert!(std::env::var_os("COUNTERSIGN_DESK").is_none(), "{why}");
            println!("skipped: the desk: {why}");
            return;
        }
    };
    if let Some(folder) = std::env::var_os("COUNTERSIGN_RECORD") {
        record(&place.path().join("desk/log"), Path::new(&folder));
    }
    let mut tickets = String::from("ticket,customer\n");
    for (ticket, customer) in &happened.tickets {
        let _ = writeln!(tickets, "{ticket},{customer}");
    }
    place.write("tickets.csv", tickets);
    let mut sold = happened.saw[SELLER].clone();
    sold.sort_unstable();
    sold.dedup();
    let mut reports = String::from("report,received_at,called_at,ticket,quoted_ticket\n");
    for (number, ticket) in sold.iter().take(45).enumerate() {
        let day = 1 + number / 2;
        let _ = writeln!(
            reports,
            "r{number:02},2026-09-{day:02}T1{0}:30:00Z,2026-09-{day:02}T1{0}:00:00Z,{ticket},{ticket}",
            number % 2
        );
    }
    place.write("reports.csv", reports);
    let run = |log: &str, case: &str, more: &[&str]| {
        let mut words = vec![
            "trace",
            "--json",
            "--reveal-ids",
            "--events",
            log,
            "--case",
            case,
        ];
        words.extend(["--tickets", "tickets.csv", "--reports", "reports.csv"]);
        words.extend(more);
        let ran = place.run(&words).well();
        assert!(
            ran.err.contains("is a web server's access log"),
            "{}",
            ran.err
        );
        ran.verdict()
    };
    let signed = ["--sign-ins", "desk/log/rt.log"];
    let verdict = run("desk/log/session.log", "with", &signed);
    let brief = |verdict: &serde_json::Value| {
        let mut brief = String::new();
        for field in [
            "state",
            "coverage",
            "reports",
            "strata",
            "universal_viewers",
        ] {
            let _ = writeln!(brief, "{field}: {}", verdict[field]);
        }
        for row in verdict["top"].as_array().unwrap() {
            let _ = writeln!(
                brief,
                "{} {} {}",
                row["holder"], row["log_e"], row["outside"]
            );
        }
        brief
    };
    assert_eq!(verdict["state"], "named", "{}", brief(&verdict));
    assert_eq!(verdict["named"][0]["holders"][0], SELLER);
    assert_eq!(verdict["coverage"]["unresolved"], 0.0);
    // Without the session, two who share an address can't be told apart, and nobody guesses.
    let verdict = run("desk/log/access.log", "without", &signed);
    let open = verdict["coverage"]["unresolved"].as_f64().unwrap();
    assert!((0.05..0.15).contains(&open), "{}", brief(&verdict));
    // Without sign-ins the log knows no account at all.
    let verdict = run("desk/log/access.log", "alone", &[]);
    assert_eq!(verdict["coverage"]["unresolved"], 1.0);
    assert_eq!(verdict["state"], "nothing");
}

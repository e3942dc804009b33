//! A small `WebDriver` client: plain HTTP to a chromedriver that it starts and ends itself.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// The tab key in the protocol.
pub(crate) const TAB: &str = "\u{e004}";

/// A headless browser with a profile of its own; both end with this value.
#[derive(Debug)]
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts chromedriver on a free port and a browser in it; `Ok(None)` if it is not installed.
    pub(crate) fn start() -> Result<Option<Self>, String> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut driver) = started else {
            return Ok(None);
        };
        let profile = tempfile::tempdir().map_err(|wrong| wrong.to_string())?;
        let Some(port) = driver.stdout.take().and_then(announced_port) else {
            let _ = driver.kill();
            let _ = driver.wait();
            return Err("chromedriver did not say its port".to_owned());
        };
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            _profile: profile,
        };
        let mut args: Vec<String> = "--headless=new --no-sandbox --disable-gpu \
             --disable-dev-shm-usage --disable-background-networking --disable-component-update \
             --disable-sync --no-first-run --hide-scrollbars"
            .split_whitespace()
            .map(ToOwned::to_owned)
            .collect();
        args.push(format!(
            "--user-data-dir={}",
            browser._profile.path().display()
        ));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": args },
        } } });
        let session = browser.call("POST", "/session", &wanted)?;
        browser.session = session["sessionId"]
            .as_str()
            .ok_or("no session")?
            .to_owned();
        Ok(Some(browser))
    }

    /// Opens a file as a page.
    pub(crate) fn open(&self, file: &Path) -> Result<(), String> {
        self.post(
            "url",
            &json!({ "url": format!("file://{}", file.display()) }),
        )
        .map(drop)
    }

    /// Opens an address.
    pub(crate) fn go(&self, url: &str) -> Result<(), String> {
        self.post("url", &json!({ "url": url })).map(drop)
    }

    /// Gives the browser a device that keeps passkeys, three at most, and whose owner says yes; its
    /// name.
    pub(crate) fn give_authenticator(&self) -> Result<String, String> {
        let device = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
        });
        let id = self.post("webauthn/authenticator", &device)?;
        Ok(id.as_str().ok_or("no authenticator")?.to_owned())
    }

    /// Takes a device away.
    pub(crate) fn take_authenticator(&self, id: &str) -> Result<(), String> {
        let path = format!("/session/{}/webauthn/authenticator/{id}", self.session);
        self.call("DELETE", &path, &json!({})).map(drop)
    }

    /// A cookie's value, also of one that no script reads; none if there is none.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let path = format!("/session/{}/cookie/{name}", self.session);
        let cookie = self.call("GET", &path, &json!({})).ok()?;
        cookie["value"].as_str().map(ToOwned::to_owned)
    }

    /// Sets a cookie of the page's place that no script reads.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) -> Result<(), String> {
        let path = format!("/session/{}/cookie", self.session);
        let cookie = json!({"name": name, "value": value, "path": "/", "httpOnly": true});
        self.call("POST", &path, &json!({ "cookie": cookie }))
            .map(drop)
    }

    /// Forgets all cookies of the page's place.
    pub(crate) fn forget(&self) -> Result<(), String> {
        let path = format!("/session/{}/cookie", self.session);
        self.call("DELETE", &path, &json!({})).map(drop)
    }

    /// Waits until an expression holds in the page; says what the page shows if it never does.
    pub(crate) fn until(&self, expression: &str) -> Result<(), String> {
        let script = format!("return Boolean({expression});");
        for _ in 0..600 {
            // A page that is being left has no answer.
            if self.run(&script) == Ok(Value::Bool(true)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let shown = self.run("return location.href + '\\n' + document.body.innerText;");
        Err(format!("never `{expression}`: {shown:?}"))
    }

    /// Runs a function body in the page; `arguments` as in the protocol.
    pub(crate) fn run(&self, script: &str) -> Result<Value, String> {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a function body that hands its answer to its last argument.
    pub(crate) fn wait_for(&self, script: &str) -> Result<Value, String> {
        self.post("execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Presses a key where the focus is.
    pub(crate) fn press(&self, key: &str) -> Result<(), String> {
        let keys = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let actions = json!({ "actions": [{ "type": "key", "id": "keys", "actions": keys }] });
        self.post("actions", &actions).map(drop)
    }

    /// Makes the page that many CSS pixels wide.
    pub(crate) fn resize(&self, width: u32, height: u32) -> Result<(), String> {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .map(drop)
    }

    /// Light or dark, as the reader's system would say.
    pub(crate) fn prefer(&self, scheme: &str) -> Result<(), String> {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        )
        .map(drop)
    }

    /// What the page wrote to the console since the last call.
    pub(crate) fn console(&self) -> Result<Vec<String>, String> {
        let lines = self.post("se/log", &json!({ "type": "browser" }))?;
        let lines = lines.as_array().ok_or("no log")?;
        Ok(lines
            .iter()
            .map(|line| line["message"].to_string())
            .collect())
    }

    /// Any command of the browser's own protocol.
    pub(crate) fn devtools(&self, command: &str, params: &Value) -> Result<Value, String> {
        self.post(
            "goog/cdp/execute",
            &json!({ "cmd": command, "params": params }),
        )
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.call("POST", &format!("/session/{}/{path}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let answer = self
            .exchange(method, path, &body.to_string())
            .map_err(|wrong| format!("{path}: {wrong}"))?;
        let mut answer: Value =
            serde_json::from_slice(&answer).map_err(|wrong| wrong.to_string())?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{path}: {error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    /// One request; the body of its answer. The driver leaves the connection open after it.
    fn exchange(&self, method: &str, path: &str, body: &str) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut stream = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while stream.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.call("DELETE", &format!("/session/{}", self.session), &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Reads "... was started successfully on port 41234." and leaves the pipe drained.
fn announced_port(out: std::process::ChildStdout) -> Option<u16> {
    let mut lines = BufReader::new(out).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        line.rsplit_once("successfully on port ")?
            .1
            .trim_end_matches('.')
            .parse()
            .ok()
    });
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    port
}

/// The accessibility checker's one file, where it was installed.
pub(crate) fn axe() -> Option<String> {
    let path = std::env::var_os("COUNTERSIGN_AXE").map_or_else(
        || {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../target/browser/node_modules/axe-core/axe.min.js")
        },
        PathBuf::from,
    );
    fs::read_to_string(path).ok()
}

//! A real mail server: Debian's Postfix with configuration, queue and mailbox in a folder of its own,
//! on loopback. What it is given for customers ends in one mailbox, which the test reads.
//!
//! A shell starts it and waits for its input to end, which it does when the test does, however that
//! comes about; then it stops the server and takes its files away.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use super::mail_stand_in::Mail;
use crate::program::skipped;

/// A Postfix, until it is dropped.
#[derive(Debug)]
pub(super) struct Postfix {
    pub(super) port: u16,
    folder: PathBuf,
    shell: Child,
    held: Option<ChildStdin>,
}

const START: &str = r#"
chown postfix "$1/data" && chown nobody "$1/mail" || exit 1
postfix -c "$1/config" start >"$1/start" 2>&1 </dev/null || { cat "$1/start" "$1/log/mail.log"; exit 1; }
echo ready
cat >/dev/null
postfix -c "$1/config" abort >/dev/null 2>&1
rm -rf "$1"
"#;

/// One process a line, none of them in a root of its own.
const PROCESSES: &str = "inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
";

impl Postfix {
    /// Starts it; none where it is not installed, or where nobody may.
    pub(super) fn start() -> Option<Self> {
        let required = std::env::var_os("COUNTERSIGN_POSTFIX").is_some();
        if !Path::new("/usr/sbin/postfix").exists() {
            assert!(
                !required,
                "COUNTERSIGN_POSTFIX=required, but there is no Postfix"
            );
            skipped("Postfix is not installed");
            return None;
        }
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        if !root {
            assert!(
                !required,
                "COUNTERSIGN_POSTFIX=required, but only root may start it"
            );
            skipped("Postfix takes root's rights to start");
            return None;
        }
        let port = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            listener.local_addr().unwrap().port()
        };
        let folder = tempfile::tempdir().unwrap().keep();
        for name in ["config", "queue", "data", "mail", "log"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        // Its processes are other users.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&folder, open).unwrap();
        let place = folder.display();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {place}/queue\n\
             data_directory = {place}/data\nmaillog_file = {place}/log/mail.log\n\
             maillog_file_prefixes = {place}\ncommand_directory = /usr/sbin\n\
             daemon_directory = /usr/lib/postfix/sbin\nmyhostname = mail.example.org\n\
             mydestination =\ninet_interfaces = loopback-only\ninet_protocols = ipv4\n\
             mynetworks = 127.0.0.0/8\nsmtpd_relay_restrictions = permit_mynetworks, reject\n\
             alias_maps =\ndefault_transport = error:no other mail here\n\
             virtual_mailbox_domains = customers.example\n\
             virtual_mailbox_base = {place}/mail\nvirtual_mailbox_maps = static:inbox/\n\
             virtual_uid_maps = static:65534\nvirtual_gid_maps = static:65534\n"
        );
        std::fs::write(folder.join("config/main.cf"), main).unwrap();
        let processes = format!("127.0.0.1:{port} {PROCESSES}");
        std::fs::write(folder.join("config/master.cf"), processes).unwrap();
        let mut shell = Command::new("sh")
            .args(["-c", START, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let held = shell.stdin.take();
        let lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        let mut said = String::new();
        for line in lines.map_while(Result::ok) {
            if line == "ready" {
                return Some(Self {
                    port,
                    folder,
                    shell,
                    held,
                });
            }
            said += &line;
            said += "\n";
        }
        shell.wait().unwrap();
        panic!("Postfix does not start:\n{said}");
    }

    /// The next mail; what Postfix wrote of it if it never comes.
    pub(super) fn next(&self) -> Mail {
        for _ in 0..600 {
            let inbox = std::fs::read_dir(self.folder.join("mail/inbox/new"));
            if let Some(file) = inbox.into_iter().flatten().map(Result::unwrap).next() {
                let text = std::fs::read_to_string(file.path()).unwrap();
                std::fs::remove_file(file.path()).unwrap();
                let mut lines = text.lines();
                let to = lines.find_map(|line| line.strip_prefix("Delivered-To: "));
                let to = to.expect(&text).to_owned();
                return Mail { to, text };
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("no mail came:\n{}", self.log());
    }

    /// What it wrote.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log/mail.log")).unwrap_or_default()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.held = None;
        let _ = self.shell.wait();
    }
}

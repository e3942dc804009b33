//! The real provider of OpenID Connect: npm's `oidc-provider`, in a process of its own.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::program::skipped;

/// A provider that runs; it ends with this value.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) port: u16,
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Provider {
    /// Starts it, where it was installed.
    pub(super) fn start() -> Option<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let module: PathBuf =
            here.join("../../target/provider/node_modules/oidc-provider/lib/index.js");
        let required = std::env::var_os("COUNTERSIGN_OIDC").is_some();
        if !module.exists() {
            assert!(
                !required,
                "COUNTERSIGN_OIDC=required, but there is no oidc-provider"
            );
            skipped("npm's oidc-provider is not installed");
            return None;
        }
        let started = Command::new("node")
            .arg(here.join("tests/it/serve/provider.mjs"))
            .arg(&module)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => {
                assert!(!required, "COUNTERSIGN_OIDC=required, but node: {error}");
                skipped("there is no node");
                return None;
            }
        };
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = said.next().unwrap().unwrap().parse().unwrap();
        Some(Self { port, child, said })
    }

    /// Tells it where it sends browsers back to.
    pub(super) fn sends_back_to(&mut self, address: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{address}").unwrap();
        // It warns that it keeps accounts in memory.
        assert!(
            self.said
                .by_ref()
                .map_while(Result::ok)
                .any(|line| line == "ready")
        );
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

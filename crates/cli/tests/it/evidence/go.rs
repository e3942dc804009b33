//! The check that is written with Go's packages for transparency logs, built where Go is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::program::{ran, skipped, there};

/// The built check, or `None` where Go or its packages are missing.
pub(crate) fn verifier() -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        if !there("go", "version") || !Path::new(PACKAGES).join(NOTE).exists() {
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let program = folder.join("bundle-verifier");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/evidence/verifier.go");
        let built = ran(Command::new("go")
            .args(["build", "-o"])
            .args([&program, &source])
            .env("GO111MODULE", "off")
            .env("GOPATH", PACKAGES)
            .env("GOFLAGS", "")
            .env("GOCACHE", folder.join("go")));
        assert_eq!(built.status, 0, "{built:#?}");
        Some(program)
    });
    if built.is_none() {
        skipped("go with golang.org/x/mod is not there to check bundles with");
    }
    built.clone()
}

/// Where Debian's packages of Go's libraries are.
const PACKAGES: &str = "/usr/share/gocode";
const NOTE: &str = "src/golang.org/x/mod/sumdb/note";

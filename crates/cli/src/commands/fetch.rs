//! `countersign fetch`: what a case needs, from the desk itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use indicatif::ProgressBar;

use crate::args::Fetch;
use crate::fetch::client::{Client, Connection};
use crate::fetch::folder::{Folder, Origin};
use crate::fetch::{self, Ask, REPORTS};
use crate::out;
use crate::progress::{Unit, bar};
use crate::summary::thousands;
use crate::wrong::Wrong;

/// Fetches what is missing, and says what to do with it.
///
/// # Errors
/// A desk that refuses or does not answer, a folder that can't be written to; what is complete
/// stays, and the same line goes on.
pub fn run(args: &Fetch, cancel: &AtomicBool) -> Result<()> {
    let mut desk = fetch::desk(args.product);
    let secret = desk.secret(&token(&args.token_file)?)?;
    let authority = args
        .ca
        .as_deref()
        .map(|path| read(path, "--ca"))
        .transpose()?;
    let connection = Connection {
        authority,
        plain: args.plain_http,
    };
    let client = Client::new(&args.url, secret, &connection, cancel)?;
    let from = Origin {
        product: args.product.name().to_owned(),
        url: args.url.trim_end_matches('/').to_owned(),
        tagged: args.tagged.clone(),
    };
    let mut folder = Folder::open(&args.out, &from)?;
    let ask = Ask {
        client: &client,
        tagged: args.tagged.as_deref(),
    };
    let mut text = String::new();
    for file in desk.files() {
        if file == REPORTS && args.tagged.is_none() {
            continue;
        }
        let had = folder.is_done(file);
        if !had {
            let bar = bar(&format!("fetching {file}"), 0, Unit::Things);
            let done = fetch::fetch(desk.as_mut(), &ask, &mut folder, file, |rows, total| {
                show(&bar, rows, total);
            });
            bar.finish_and_clear();
            done?;
        }
        text.push_str(&format!(
            "{}: {} rows{}\n",
            folder.at(file).display(),
            thousands(folder.rows(file)),
            if had { ", fetched before" } else { "" }
        ));
    }
    let folder = args.out.display().to_string();
    if args.tagged.is_some() {
        text.push_str(&format!(
            "\nnext: countersign reports --from {} {folder}/{REPORTS} --timezone ZONE\nthen: ",
            args.product.name()
        ));
    } else {
        text.push_str("\nnext: ");
    }
    text.push_str(&desk.next_step(&folder));
    out::result(&text);
    Ok(())
}

fn show(bar: &ProgressBar, rows: u64, total: Option<u64>) {
    match total {
        Some(total) => bar.set_length(total),
        None => bar.unset_length(),
    }
    bar.set_position(rows);
}

/// The token: one line, without what editors put around it.
fn token(path: &Path) -> Result<String> {
    let bytes = read(path, "--token-file")?;
    let wrong = |help: &str| Wrong::usage(&format!("`{}` holds no token", path.display()), help);
    let text = String::from_utf8(bytes).map_err(|_error| wrong("it is one line of text"))?;
    let token = text.trim();
    if token.is_empty()
        || token
            .chars()
            .any(|c| c.is_control() || c == ' ' && !token.contains('@'))
    {
        return Err(wrong("it holds the token in one line, and nothing else"));
    }
    let others = fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0);
    if others {
        out::note(&format!(
            "note: `{0}` can be read by others on this machine: chmod 600 {0}",
            path.display()
        ));
    }
    Ok(token.to_owned())
}

fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        Wrong::usage(
            &format!(
                "the file of `{what}`, `{}`, can't be read: {error}",
                path.display()
            ),
            "check the path and that you may read it",
        )
    })
}

//! Takes pictures of samples in a browser: `--example pictures -- FOLDER SAMPLE...`.
//!
//! Writes `SAMPLE-light.png`, `-dark`, `-narrow`, `-narrow-dark` (whole pages) and `SAMPLE.pdf`.

#[path = "../../cli/tests/it/webdriver.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod webdriver;

use std::path::PathBuf;

use serde_json::{Value, json};
use webdriver::Browser;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let folder = std::path::absolute(PathBuf::from(words.next().ok_or("which folder?")?))?;
    std::fs::create_dir_all(&folder)?;
    let wanted: Vec<String> = words.collect();
    let browser = Browser::start()?.ok_or("there is no chromedriver")?;
    for (name, verdict) in countersign_ui::samples() {
        if !wanted.iter().any(|one| one == name) {
            continue;
        }
        let page = folder.join(name).with_extension("html");
        std::fs::write(&page, countersign_ui::report(&verdict)?)?;
        for (view, width, scheme) in [
            ("light", 1280, "light"),
            ("dark", 1280, "dark"),
            ("narrow", 320, "light"),
            ("narrow-dark", 320, "dark"),
        ] {
            browser.resize(width, 1000)?;
            browser.prefer(scheme)?;
            browser.open(&page)?;
            let whole = json!({ "format": "png", "captureBeyondViewport": true });
            let picture = browser.devtools("Page.captureScreenshot", &whole)?;
            std::fs::write(folder.join(format!("{name}-{view}.png")), bytes(&picture)?)?;
        }
        browser.prefer("light")?;
        let paper = json!({ "preferCSSPageSize": true, "printBackground": false });
        let print = browser.devtools("Page.printToPDF", &paper)?;
        std::fs::write(folder.join(name).with_extension("pdf"), bytes(&print)?)?;
    }
    Ok(())
}

/// Base64 in the `data` of an answer.
fn bytes(answer: &Value) -> Result<Vec<u8>, &'static str> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = answer["data"]
        .as_str()
        .ok_or("no data")?
        .trim_end_matches('=');
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for byte in text.bytes() {
        let digit = DIGITS
            .iter()
            .position(|one| *one == byte)
            .ok_or("no base64")?;
        bits = (bits << 6 | u32::try_from(digit).unwrap_or(0)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    Ok(out)
}

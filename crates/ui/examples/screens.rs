//! Writes every page of the server as a file to look at: `--example screens -- target/screens`.
//!
//! The files look for the stylesheet and the scripts beside themselves, as a server would not.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    std::fs::create_dir_all(folder.join("assets"))?;
    for asset in countersign_ui::pages::ASSETS {
        std::fs::write(folder.join(asset.path.trim_start_matches('/')), asset.body)?;
    }
    for (name, page) in countersign_ui::pages::samples()? {
        let page = page.replace("\"/assets/", "\"assets/");
        std::fs::write(folder.join(name).with_extension("html"), page)?;
    }
    Ok(())
}

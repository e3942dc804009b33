//! Writes every sample as a page into a folder, to look at: `--example pages -- target/pages`.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    std::fs::create_dir_all(&folder)?;
    for (name, verdict) in countersign_ui::samples() {
        std::fs::write(
            folder.join(name).with_extension("html"),
            countersign_ui::report(&verdict)?,
        )?;
    }
    Ok(())
}

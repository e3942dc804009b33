//! How the server is set.

use axum::extract::State;
use axum::response::Html;
use countersign_ui::pages::staff::{Room, SettingRow, Settings};

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;

/// `GET /settings`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    let plain = |text: &str| text.replace('`', "");
    let row = |setting: crate::config::Setting| SettingRow {
        name: setting.key.name.to_owned(),
        value: setting.value,
        is_own: setting.is_own,
        effect: plain(setting.key.effect),
        breaks: plain(setting.key.breaks),
    };
    let settings = app.config().settings().map_err(PageError::internal)?;
    let page = Settings {
        shell: staff.shell(Room::Settings),
        rows: settings.into_iter().map(row).collect(),
    };
    Ok(Html(page.render()?))
}

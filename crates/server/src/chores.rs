//! What is done every hour, whoever asks: what is over is swept away, what was agreed to be erased and
//! was not is erased, views of a day become a file, and a key whose time is up is replaced, so that
//! what was erased is unreadable in backups too.

use core::time::Duration;

use crate::app::App;
use crate::{forget, tables};

/// Does it until it is ended.
pub(crate) async fn run(app: App) {
    loop {
        let store = app.store();
        if let Err(error) = store.sweep().await {
            tracing::error!(error = &error as &dyn core::error::Error, "sweeping failed");
        }
        if let Err(error) = forget::make_up(&app).await {
            tracing::error!(?error, "what was agreed to be erased was not");
        }
        if let Err(error) = tables::sweep(&app).await {
            tracing::error!(
                ?error,
                "the keys of tables that are over were not destroyed"
            );
        }
        if let Err(error) = store.seal_views().await {
            tracing::error!(
                error = &error as &dyn core::error::Error,
                "views were not written as Parquet; they are in the ledger"
            );
        }
        let turned = match store.is_epoch_over().await {
            Ok(true) => store.turn_epoch().await,
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = turned {
            tracing::error!(
                error = &error as &dyn core::error::Error,
                "the key of an epoch was not replaced; it is tried again in an hour"
            );
        }
        tokio::time::sleep(HOUR).await;
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);

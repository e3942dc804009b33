//! How the tables come to be, and how a database of a newer program is told.
//!
//! The list is put together when the program runs, so that no macro needs a database when it is
//! built. Text of a migration never changes once it is released: its sum is kept beside it.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::db::{Db, DbError};
use crate::error::StoreError;

/// Number, name and text.
type Listed = (i64, &'static str, &'static str);

/// The tables of a server.
pub(crate) const MAIN: &[Listed] = &[
    (
        20_261_127_090_000,
        "first tables",
        include_str!("../migrations/20261127090000_first_tables.sql"),
    ),
    (
        20_261_127_100_000,
        "second person",
        include_str!("../migrations/20261127100000_second_person.sql"),
    ),
    (
        20_261_127_110_000,
        "demo",
        include_str!("../migrations/20261127110000_demo.sql"),
    ),
    (
        20_261_127_113_000,
        "programs",
        include_str!("../migrations/20261127113000_programs.sql"),
    ),
    (
        20_261_127_114_000,
        "what cases keep",
        include_str!("../migrations/20261127114000_what_cases_keep.sql"),
    ),
    (
        20_261_127_120_000,
        "company sign-in",
        include_str!("../migrations/20261127120000_company_sign_in.sql"),
    ),
    (
        20_261_127_121_000,
        "names met in views",
        include_str!("../migrations/20261127121000_met.sql"),
    ),
    (
        20_261_127_130_000,
        "who works on a case",
        include_str!("../migrations/20261127130000_assigned.sql"),
    ),
];

/// The tables of its keys.
pub(crate) const VAULT: &[Listed] = &[(
    20_261_127_090_000,
    "subject keys",
    include_str!("../migrations/vault/20261127090000_subject_keys.sql"),
)];

/// Applies what of the list is not applied.
pub(crate) async fn run(db: &Db, list: &[Listed]) -> Result<(), StoreError> {
    let migration = |(number, name, text): &Listed| {
        let kind = MigrationType::Simple;
        Migration::new(*number, (*name).into(), kind, text.into_sql_str(), false)
    };
    let migrator = Migrator::with_migrations(list.iter().map(migration).collect());
    let done = match db {
        Db::Lite { writer, .. } => migrator.run(writer).await,
        Db::Pg(pool) => migrator.run(pool).await,
    };
    done.map_err(|error| match error {
        MigrateError::VersionMissing(number) => StoreError::Newer(number),
        MigrateError::VersionMismatch(number) | MigrateError::Dirty(number) => {
            StoreError::Migration(number)
        }
        MigrateError::Execute(error) => DbError::from(error).into(),
        other => StoreError::Database(Box::new(other)),
    })
}

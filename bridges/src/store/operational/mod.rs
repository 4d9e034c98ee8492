//! The database of people, their deeds and their jobs: SQLite in a file by default, PostgreSQL by URL, the same migrations
//! and the same statements for both.
//!
//! Owns: opening it, bringing it up to date, and every statement; texts of SQL are constants with numbered places, so
//! nothing that anybody typed becomes SQL. Never: a rule about people (the desk has those), a password or a key in clear,
//! the engine's own truth (that is the journal).

pub(crate) mod audit;
pub(crate) mod done_once;
pub(crate) mod jobs;
mod migrate;
pub(crate) mod people;
#[cfg(test)]
mod tests;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, Executor as _};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Few: statements are short, and what is asked often is answered from memory.
const CONNECTIONS_MAX: u32 = 4;
/// For a connection, when all are in use or the server is away.
const CONNECTION_WITHIN: Duration = Duration::from_secs(3);

/// Where it is.
#[derive(Clone)]
pub enum Place {
    /// SQLite, in a file that only we may read.
    File(PathBuf),
    /// PostgreSQL. The text has a password in it, so it is never shown.
    Url(String),
}

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be made or looked at.
    #[error("cannot open the database {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else could read digests, or write what we believe.
    #[error("the database {} has mode {mode:03o}, and other users of this machine may open it: chmod 600 it", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// An environment's URL of another kind.
    #[error("the database's URL must begin with postgres:// or postgresql://")]
    NotPostgres,
    /// It was written by a later build.
    #[error(
        "the database has migration {found}, this build knows {known}: start the build that wrote it, or a later one"
    )]
    Newer {
        /// In the database.
        found: i64,
        /// Of this build.
        known: i64,
    },
    /// A migration that was applied is not the one of this build.
    #[error("migration {version} of the database is not the one of this build: it was changed after it was applied")]
    Changed {
        /// Which.
        version: i64,
    },
    /// The database itself.
    #[error("the database: {what}")]
    Database {
        /// What was being done.
        what: &'static str,
        /// What it says.
        source: sqlx::Error,
    },
    /// A row that no build of ours writes.
    #[error("the database holds what is not understood: {what} {found}")]
    Unread {
        /// What was read.
        what: &'static str,
        /// What was found.
        found: String,
    },
}

/// For `map_err`: names what was being done.
fn doing(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { what, source }
}

/// Whether a row was refused because one with its key is there.
fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// An open database. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Store {
    pool: AnyPool,
    is_sqlite: bool,
}

impl Store {
    /// Opens it, makes it if it is not there, and brings it up to date. `now_ns` is written beside each migration.
    pub(crate) async fn open(place: &Place, now_ns: i64) -> Result<Self, StoreError> {
        install_default_drivers();
        let url = match place {
            Place::File(path) => {
                only_ours(path)?;
                format!("sqlite://{}?mode=rw", encoded(path))
            }
            Place::Url(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => url.clone(),
            Place::Url(_) => return Err(StoreError::NotPostgres),
        };
        let is_sqlite = matches!(place, Place::File(_));
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(CONNECTION_WITHIN)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if is_sqlite {
                        // Readers do not wait for the writer; what was said to be written is on the disk.
                        connection.execute("PRAGMA journal_mode = WAL").await?;
                        connection.execute("PRAGMA synchronous = FULL").await?;
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await
            .map_err(doing("connecting"))?;
        let store = Self { pool, is_sqlite };
        store.migrate(now_ns).await?;
        Ok(store)
    }

    /// Closes every connection and waits for them.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Makes the file with mode 0600 if there is none; refuses one that others may open.
fn only_ours(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().create(true).append(true).mode(0o600).open(path).and_then(|file| file.metadata());
    let metadata = made.map_err(|source| StoreError::File { path: path.to_owned(), source })?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(StoreError::Open { path: path.to_owned(), mode });
    }
    Ok(())
}

/// A path as part of a URL.
fn encoded(path: &Path) -> String {
    let mut url = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/' => url.push(char::from(*byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
    url
}

//! Bringing a database up to date: files of SQL in order, each once, in a transaction of its own.

use super::{Store, StoreError, doing, is_taken};
use sqlx::Row as _;

/// Every migration. A file that has been released is never changed; what comes later is a new file.
const ALL: [(i64, &str); 3] = [
    (1, include_str!("migration/0001_people.sql")),
    (2, include_str!("migration/0002_audit.sql")),
    (3, include_str!("migration/0003_jobs.sql")),
];

const LIST: &str = "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY, digest TEXT NOT NULL, applied_ns BIGINT NOT NULL)";

impl Store {
    /// Applies what is missing. Two processes may do that at once: the second waits at the row that the first has written.
    pub(super) async fn migrate(&self, now_ns: i64) -> Result<(), StoreError> {
        if let Err(error) = sqlx::query(LIST).execute(&self.pool).await {
            // PostgreSQL says so when another process makes the same table at the same time.
            if !is_taken(&error) {
                return Err(doing("making the list of migrations")(error));
            }
        }
        for (version, text) in ALL {
            self.apply(version, text, now_ns).await?;
        }
        let known = ALL.len() as i64;
        let newest = sqlx::query("SELECT MAX(version) AS newest FROM migrations").fetch_one(&self.pool).await;
        let found: i64 = newest.and_then(|row| row.try_get("newest")).map_err(doing("reading the migrations"))?;
        if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
    }

    async fn apply(&self, version: i64, text: &'static str, now_ns: i64) -> Result<(), StoreError> {
        let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
        let mut work = self.pool.begin().await.map_err(doing("migrating"))?;
        let listed = sqlx::query("INSERT INTO migrations (version, digest, applied_ns) VALUES ($1, $2, $3)")
            .bind(version)
            .bind(digest.clone())
            .bind(now_ns)
            .execute(&mut *work)
            .await;
        match listed {
            Ok(_) => {
                sqlx::raw_sql(text).execute(&mut *work).await.map_err(doing("migrating"))?;
                work.commit().await.map_err(doing("migrating"))
            }
            Err(error) if is_taken(&error) => {
                work.rollback().await.map_err(doing("migrating"))?;
                self.is_ours(version, &digest).await
            }
            Err(error) => Err(doing("migrating")(error)),
        }
    }

    async fn is_ours(&self, version: i64, digest: &str) -> Result<(), StoreError> {
        let row =
            sqlx::query("SELECT digest FROM migrations WHERE version = $1").bind(version).fetch_one(&self.pool).await;
        let applied: String = row.and_then(|row| row.try_get("digest")).map_err(doing("reading the migrations"))?;
        if applied == digest { Ok(()) } else { Err(StoreError::Changed { version }) }
    }
}

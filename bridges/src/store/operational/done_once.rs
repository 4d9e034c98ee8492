//! Deeds that were asked under an idempotency key: asked again, they are answered again and not done again.

use super::{Store, StoreError, doing, is_taken};
use crate::role::UserId;
use sqlx::Row as _;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Once {
    /// It is new, and now under way.
    Begun,
    /// It was used for another request.
    OfAnother,
    /// It is under way, or was cut off in the middle: nobody knows what came of it.
    UnderWay,
    /// It was done, and answered like this.
    Done {
        /// Of the answer.
        status: u16,
        /// Of the answer.
        body: String,
    },
}

impl Store {
    /// Takes the key for a request, unless it is taken. What is older than `oldest_ns` is forgotten.
    pub(crate) async fn begin_once(
        &self,
        user: UserId,
        key: &str,
        request: &str,
        now_ns: i64,
        oldest_ns: i64,
    ) -> Result<Once, StoreError> {
        let what = "looking for an idempotency key";
        let forget = sqlx::query("DELETE FROM done_once WHERE at_ns < $1").bind(oldest_ns).execute(&self.pool).await;
        forget.map_err(doing(what))?;
        let begun = sqlx::query(
            "INSERT INTO done_once (user_id, idempotency_key, request, status, body, at_ns) VALUES ($1, $2, $3, 0, '', $4)",
        )
        .bind(user.0)
        .bind(key.to_owned())
        .bind(request.to_owned())
        .bind(now_ns)
        .execute(&self.pool)
        .await;
        match begun {
            Ok(_) => return Ok(Once::Begun),
            Err(error) if is_taken(&error) => {}
            Err(error) => return Err(doing(what)(error)),
        }
        let row =
            sqlx::query("SELECT request, status, body FROM done_once WHERE user_id = $1 AND idempotency_key = $2")
                .bind(user.0)
                .bind(key.to_owned())
                .fetch_one(&self.pool)
                .await
                .map_err(doing(what))?;
        let asked: String = row.try_get("request").map_err(doing(what))?;
        let status: i64 = row.try_get("status").map_err(doing(what))?;
        let body = row.try_get("body").map_err(doing(what))?;
        Ok(match u16::try_from(status) {
            _ if asked != request => Once::OfAnother,
            Ok(status) if status > 0 => Once::Done { status, body },
            _ => Once::UnderWay,
        })
    }

    /// Writes down what was answered.
    pub(crate) async fn end_once(&self, user: UserId, key: &str, status: u16, body: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE done_once SET status = $1, body = $2 WHERE user_id = $3 AND idempotency_key = $4")
            .bind(i64::from(status))
            .bind(body.to_owned())
            .bind(user.0)
            .bind(key.to_owned())
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(doing("keeping an answer"))
    }

    /// Takes the key out again: nothing was done.
    pub(crate) async fn forget_once(&self, user: UserId, key: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM done_once WHERE user_id = $1 AND idempotency_key = $2")
            .bind(user.0)
            .bind(key.to_owned())
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(doing("forgetting an idempotency key"))
    }
}

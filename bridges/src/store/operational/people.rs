//! Rows of users and of what they show to be known by: sessions and keys.

use super::{Store, StoreError, doing, is_taken};
use crate::role::{Role, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserRow {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Argon2id, with its salt and its cost.
    pub(crate) password: String,
    pub(crate) is_enabled: bool,
    pub(crate) created_ns: i64,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// From a login until it expires.
    Session,
    /// For programs.
    Key,
}

/// What is to be another one of a user.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserSet {
    pub(crate) role: Option<Role>,
    /// Hashed.
    pub(crate) password: Option<String>,
    pub(crate) is_enabled: Option<bool>,
}

impl TokenKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Key => "key",
        }
    }
}

/// A session or a key: not itself, only its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenRow {
    pub(crate) id: String,
    pub(crate) kind: TokenKind,
    pub(crate) user: UserId,
    pub(crate) name: String,
    /// BLAKE3 of the secret part, 64 hex digits.
    pub(crate) digest: String,
    pub(crate) role: Role,
    /// Networks it may come from, by commas; none: from anywhere.
    pub(crate) addresses: String,
    pub(crate) created_ns: i64,
    /// 0: never.
    pub(crate) expires_ns: i64,
    /// 0: it is good.
    pub(crate) revoked_ns: i64,
}

impl Store {
    /// A number that is another one after every change of what this file is about.
    pub(crate) async fn revision(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT number FROM revision WHERE one = 1").fetch_one(&self.pool).await;
        row.and_then(|row| row.try_get("number")).map_err(doing("reading the revision"))
    }

    /// Begins a change. The row of the revision is locked until it ends, so changes follow each other.
    async fn change(&self, what: &'static str) -> Result<Transaction<'static, Any>, StoreError> {
        let mut work = self.pool.begin().await.map_err(doing(what))?;
        let next = sqlx::query("UPDATE revision SET number = number + 1 WHERE one = 1");
        next.execute(&mut *work).await.map_err(doing(what))?;
        Ok(work)
    }

    /// Everybody.
    pub(crate) async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        let rows = sqlx::query("SELECT id, name, role, password, enabled, created_ns FROM users ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .map_err(doing("reading the users"))?;
        rows.iter().map(user).collect()
    }

    /// Every token that is good at that time.
    pub(crate) async fn tokens(&self, now_ns: i64) -> Result<Vec<TokenRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, kind, user_id, name, digest, role, addresses, created_ns, expires_ns, revoked_ns FROM tokens \
             WHERE revoked_ns = 0 AND (expires_ns = 0 OR expires_ns > $1) ORDER BY created_ns, id",
        )
        .bind(now_ns)
        .fetch_all(&self.pool)
        .await
        .map_err(doing("reading the tokens"))?;
        rows.iter().map(token).collect()
    }

    /// Whether the user was added: `false` when the name is taken, or when `is_first` and there is somebody already.
    pub(crate) async fn add_user(&self, user: &UserRow, is_first: bool) -> Result<bool, StoreError> {
        let what = "adding a user";
        let mut work = self.change(what).await?;
        if is_first {
            let row = sqlx::query("SELECT COUNT(*) AS n FROM users").fetch_one(&mut *work).await;
            let there: i64 = row.and_then(|row| row.try_get("n")).map_err(doing(what))?;
            if there > 0 {
                return Ok(false);
            }
        }
        let added = sqlx::query(
            "INSERT INTO users (id, name, role, password, enabled, created_ns) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(user.id.0)
        .bind(user.name.clone())
        .bind(user.role.name())
        .bind(user.password.clone())
        .bind(i64::from(user.is_enabled))
        .bind(user.created_ns)
        .execute(&mut *work)
        .await;
        match added {
            Ok(_) => work.commit().await.map(|()| true).map_err(doing(what)),
            Err(error) if is_taken(&error) => Ok(false),
            Err(error) => Err(doing(what)(error)),
        }
    }

    /// Writes what is to be another one, and nothing else: a change that was made meanwhile stays. Another password, or
    /// not being enabled, ends sessions; keys wait for who is enabled again. False, and nothing is changed, if no admin would
    /// be left.
    pub(crate) async fn set_user(&self, id: UserId, change: &UserSet, now_ns: i64) -> Result<bool, StoreError> {
        let what = "changing a user";
        let mut work = self.change(what).await?;
        if let Some(role) = change.role {
            let set = sqlx::query("UPDATE users SET role = $1 WHERE id = $2").bind(role.name()).bind(id.0);
            set.execute(&mut *work).await.map_err(doing(what))?;
        }
        if let Some(password) = &change.password {
            let set = sqlx::query("UPDATE users SET password = $1 WHERE id = $2").bind(password.clone()).bind(id.0);
            set.execute(&mut *work).await.map_err(doing(what))?;
        }
        if let Some(is_enabled) = change.is_enabled {
            let set = sqlx::query("UPDATE users SET enabled = $1 WHERE id = $2").bind(i64::from(is_enabled)).bind(id.0);
            set.execute(&mut *work).await.map_err(doing(what))?;
        }
        let admins = sqlx::query("SELECT COUNT(*) AS n FROM users WHERE role = $1 AND enabled = 1");
        let row = admins.bind(Role::Admin.name()).fetch_one(&mut *work).await;
        let admins: i64 = row.and_then(|row| row.try_get("n")).map_err(doing(what))?;
        if admins == 0 {
            work.rollback().await.map_err(doing(what))?;
            return Ok(false);
        }
        if change.password.is_some() || change.is_enabled == Some(false) {
            sqlx::query("UPDATE tokens SET revoked_ns = $1 WHERE user_id = $2 AND kind = 'session' AND revoked_ns = 0")
                .bind(now_ns)
                .bind(id.0)
                .execute(&mut *work)
                .await
                .map_err(doing(what))?;
        }
        work.commit().await.map(|()| true).map_err(doing(what))
    }

    pub(crate) async fn add_token(&self, token: &TokenRow) -> Result<(), StoreError> {
        let what = "adding a token";
        let mut work = self.change(what).await?;
        sqlx::query(
            "INSERT INTO tokens (id, kind, user_id, name, digest, role, addresses, created_ns, expires_ns, revoked_ns) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(token.id.clone())
        .bind(token.kind.name())
        .bind(token.user.0)
        .bind(token.name.clone())
        .bind(token.digest.clone())
        .bind(token.role.name())
        .bind(token.addresses.clone())
        .bind(token.created_ns)
        .bind(token.expires_ns)
        .bind(token.revoked_ns)
        .execute(&mut *work)
        .await
        .map_err(doing(what))?;
        work.commit().await.map_err(doing(what))
    }

    /// Whether there was a good one of that id and user.
    pub(crate) async fn revoke_token(&self, id: &str, user: UserId, now_ns: i64) -> Result<bool, StoreError> {
        let what = "revoking a token";
        let mut work = self.change(what).await?;
        let done = sqlx::query("UPDATE tokens SET revoked_ns = $1 WHERE id = $2 AND user_id = $3 AND revoked_ns = 0")
            .bind(now_ns)
            .bind(id.to_owned())
            .bind(user.0)
            .execute(&mut *work)
            .await
            .map_err(doing(what))?;
        work.commit().await.map_err(doing(what))?;
        Ok(done.rows_affected() == 1)
    }
}

fn user(row: &AnyRow) -> Result<UserRow, StoreError> {
    let read = doing("reading a user");
    Ok(UserRow {
        id: UserId(row.try_get("id").map_err(&read)?),
        name: row.try_get("name").map_err(&read)?,
        role: role(row.try_get("role").map_err(&read)?)?,
        password: row.try_get("password").map_err(&read)?,
        is_enabled: row.try_get::<i64, _>("enabled").map_err(&read)? == 1,
        created_ns: row.try_get("created_ns").map_err(&read)?,
    })
}

fn token(row: &AnyRow) -> Result<TokenRow, StoreError> {
    let read = doing("reading a token");
    let kind: String = row.try_get("kind").map_err(&read)?;
    let known = [TokenKind::Session, TokenKind::Key].into_iter().find(|known| known.name() == kind);
    Ok(TokenRow {
        id: row.try_get("id").map_err(&read)?,
        kind: known.ok_or(StoreError::Unread { what: "a token's kind", found: kind })?,
        user: UserId(row.try_get("user_id").map_err(&read)?),
        name: row.try_get("name").map_err(&read)?,
        digest: row.try_get("digest").map_err(&read)?,
        role: role(row.try_get("role").map_err(&read)?)?,
        addresses: row.try_get("addresses").map_err(&read)?,
        created_ns: row.try_get("created_ns").map_err(&read)?,
        expires_ns: row.try_get("expires_ns").map_err(&read)?,
        revoked_ns: row.try_get("revoked_ns").map_err(&read)?,
    })
}

fn role(name: String) -> Result<Role, StoreError> {
    Role::find(&name).ok_or(StoreError::Unread { what: "a role", found: name })
}

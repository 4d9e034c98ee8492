//! Users, keys, sessions, the audit, and what commands are answered with.

use crate::desk::people::Asker;
use crate::desk::people::secret::Token;
use crate::door::body::Asked;
use crate::operator::words::Trading;
use crate::store::operational::audit::AuditRow;
use crate::store::operational::people::{TokenRow, UserRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A question's shape: its fields by name, for whoever has one wrong.
macro_rules! asked {
    ($($shape:ident: $($field:literal),+;)+) => {
        $(impl Asked for $shape {
            const FIELDS: &'static [&'static str] = &[$($field),+];
        })+
    };
}

asked! {
    Login: "name", "password";
    FirstAdmin: "secret", "name", "password";
    NewPassword: "old", "new";
    NewKey: "name", "role", "expires_in_s (optional)", "addresses (optional)";
    NewUser: "name", "role", "password";
    UserChange: "role (optional)", "enabled (optional)", "password (optional)";
    Scoped: "scope";
    Resume: "scope", "token (the second time)";
    NewLimit: "value", "token (the second time, if it is looser)";
}

/// To log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user's.
    pub name: String,
    /// The user's.
    pub password: String,
}

/// To become the first admin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstAdmin {
    /// From the file `claim`.
    pub secret: String,
    /// The admin's.
    pub name: String,
    /// The admin's.
    pub password: String,
}

/// To have another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// As it is.
    pub old: String,
    /// As it is to be.
    pub new: String,
}

/// To have a key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// At most one's own.
    pub role: String,
    /// Seconds, ten years at most; without them until it is revoked.
    pub expires_in_s: Option<u64>,
    /// Networks it may be used from; none: from anywhere.
    #[serde(default)]
    pub addresses: Vec<String>,
}

/// To add a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The user's.
    pub name: String,
    /// The user's.
    pub role: String,
    /// The user's, until he takes another one.
    pub password: String,
}

/// To change a user; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// What he may.
    pub role: Option<String>,
    /// Whether he is let in.
    pub enabled: Option<bool>,
    /// What lets him in.
    pub password: Option<String>,
}

/// To halt, to reduce.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scoped {
    /// `whole`, `strategy:1`, `venue:bybit`, `instrument:BTCUSDT.binance-spot`.
    pub scope: String,
}

/// To set a limit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLimit {
    /// In the unit that the key ends with, as in configuration.
    pub value: String,
    /// Of a looser one: from the first time, said by another person.
    pub token: Option<String>,
}

/// To resume.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// As of a halt.
    pub scope: String,
    /// From the first time, said by another person.
    pub token: Option<String>,
}

/// A login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// To be shown as `Authorization: Bearer …`. It is told this once.
    pub token: String,
    /// Until then, in ns since 1970.
    pub expires_ns: i64,
    /// Whose.
    pub me: Me,
}

impl Session {
    pub(crate) fn new(token: &Token, asker: &Asker, expires_ns: i64) -> Self {
        Self { token: token.reveal().to_owned(), expires_ns, me: Me::new(asker) }
    }
}

/// Who one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The user's.
    pub name: String,
    /// Of the key or session: at most the user's.
    pub role: String,
    /// Of the key or session, without its secret.
    pub token_id: String,
}

impl Me {
    pub(crate) fn new(asker: &Asker) -> Self {
        let (name, token_id) = (asker.name.clone(), asker.token.clone());
        Self { name, role: asker.caller.role.name().to_owned(), token_id }
    }
}

/// One's keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Keys {
    /// Those that are good, oldest first.
    pub keys: Vec<Key>,
}

impl Keys {
    pub(crate) fn new(rows: &[TokenRow]) -> Self {
        Self { keys: rows.iter().map(Key::new).collect() }
    }
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its first part.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may.
    pub role: String,
    /// Networks it may be used from; none: from anywhere.
    pub addresses: Vec<String>,
    /// Made then, in ns since 1970.
    pub created_ns: i64,
    /// Good until then; `null`: until it is revoked.
    pub expires_ns: Option<i64>,
}

impl Key {
    pub(crate) fn new(row: &TokenRow) -> Self {
        let addresses = row.addresses.split(',').filter(|part| !part.is_empty());
        Self {
            id: row.id.clone(),
            name: row.name.clone(),
            role: row.role.name().to_owned(),
            addresses: addresses.map(str::to_owned).collect(),
            created_ns: row.created_ns,
            expires_ns: (row.expires_ns != 0).then_some(row.expires_ns),
        }
    }
}

/// A new key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyShownOnce {
    /// To be shown as `Authorization: Bearer …`. It is told this once.
    pub key: String,
    /// The rest.
    #[serde(flatten)]
    pub about: Key,
}

/// Everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Users {
    /// By name.
    pub users: Vec<User>,
}

impl Users {
    pub(crate) fn new(rows: &[UserRow]) -> Self {
        Self { users: rows.iter().map(User::new).collect() }
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Chosen once.
    pub name: String,
    /// What he may.
    pub role: String,
    /// Whether he is let in.
    pub enabled: bool,
    /// Added then, in ns since 1970.
    pub created_ns: i64,
}

impl User {
    fn new(row: &UserRow) -> Self {
        let (name, role) = (row.name.clone(), row.role.name().to_owned());
        Self { name, role, enabled: row.is_enabled, created_ns: row.created_ns }
    }
}

/// A page of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Audit {
    /// In order; the next page is behind the last one.
    pub rows: Vec<AuditLine>,
}

impl Audit {
    pub(crate) fn new(rows: &[AuditRow]) -> Self {
        Self { rows: rows.iter().map(AuditLine::new).collect() }
    }
}

/// A row of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// From 1, without a gap.
    pub seq: i64,
    /// In ns since 1970.
    pub at_ns: i64,
    /// Who: `user:NAME`, `uid:N`.
    pub actor: String,
    /// By what and from where.
    pub source: String,
    /// What was asked.
    pub action: String,
    /// Of what.
    pub what: String,
    /// How it stood before.
    pub before: String,
    /// How it stands behind it.
    pub after: String,
    /// `asked` before the effect; what came of it afterwards.
    pub outcome: String,
    /// Of an outcome: the row it is the outcome of. Else 0.
    pub answers: i64,
    /// Over this row and the hash before it.
    pub hash: String,
}

impl AuditLine {
    pub(crate) fn new(row: &AuditRow) -> Self {
        let entry = row.entry.clone();
        Self {
            seq: row.seq,
            at_ns: entry.at_ns,
            actor: entry.actor,
            source: entry.source,
            action: entry.action,
            what: entry.what,
            before: entry.before,
            after: entry.after,
            outcome: entry.outcome,
            answers: entry.answers,
            hash: row.hash.clone(),
        }
    }
}

/// How trading stands behind a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// State of the whole; `null` until the engine has told it.
    pub trading_state: Option<String>,
    /// Scopes that are stricter by themselves.
    pub scopes: Vec<ScopeState>,
    /// Orders that have not ended.
    pub open_orders: u64,
    /// Instruments with a position; `null` until the engine has told it.
    pub positions: Option<u64>,
}

impl Standing {
    pub(crate) fn new(trading: Trading) -> Self {
        let Trading { state, scopes, open_orders, positions } = trading;
        let scopes = scopes.into_iter().map(|(scope, state)| ScopeState { scope, state }).collect();
        Self { trading_state: state, scopes, open_orders, positions }
    }
}

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeState {
    /// As it is asked for.
    pub scope: String,
    /// `ACTIVE`, `REDUCING` or `HALTED`.
    pub state: String,
}

/// It has to be said once more, by another person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Again {
    /// To be repeated; one try.
    pub token: String,
    /// Not sooner, in ns since 1970.
    pub not_before_ns: u64,
    /// Not later, in ns since 1970.
    pub until_ns: u64,
}

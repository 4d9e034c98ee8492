//! What is asked about users, keys and the audit.

use super::duration;
use bridges::role::Role;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Whose users.
#[derive(Args, Debug)]
pub(crate) struct Settings {
    /// The settings of the engine: where its users are.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `user`.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Adds one. Without --password-stdin a password is drawn, and shown once.
    #[command(after_help = "Examples:\n  ringside user add ada --role admin --config live.toml\n  \
        ringside user add tom --role trader --password-stdin --config live.toml < password")]
    Add(UserAdd),
    /// Everybody.
    #[command(after_help = "Example:\n  ringside user list --config live.toml --json")]
    List(Settings),
    /// Shuts one out, his keys and sessions with him.
    #[command(after_help = "Example:\n  ringside user disable tom --config live.toml")]
    Disable(UserNamed),
    /// Lets one in again, and his keys that have not expired.
    #[command(after_help = "Example:\n  ringside user enable tom --config live.toml")]
    Enable(UserNamed),
    /// Gives one another role.
    #[command(after_help = "Example:\n  ringside user role tom risk --config live.toml")]
    Role(UserRole),
    /// Gives one another password, and ends his sessions.
    #[command(after_help = "Example:\n  ringside user password tom --config live.toml")]
    Password(UserPassword),
}

/// `user add`.
#[derive(Args, Debug)]
pub(crate) struct UserAdd {
    /// 1 to 32 of a-z, 0-9, '.', '_' and '-'.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// viewer, trader, risk or admin.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub(crate) role: Role,
    /// The password is the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `user disable`, `user enable`.
#[derive(Args, Debug)]
pub(crate) struct UserNamed {
    /// Who.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `user role`.
#[derive(Args, Debug)]
pub(crate) struct UserRole {
    /// Who.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// viewer, trader, risk or admin.
    #[arg(value_name = "ROLE", value_parser = role)]
    pub(crate) role: Role,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `user password`.
#[derive(Args, Debug)]
pub(crate) struct UserPassword {
    /// Who.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The password is the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `key`.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Makes one, which is shown once.
    #[command(after_help = "Example:\n  ringside key create --user tom --role viewer --name grafana --for 2160h \
        --address 10.0.0.0/8 --config live.toml")]
    Create(KeyCreate),
    /// A user's keys that are good, without their secrets.
    #[command(after_help = "Example:\n  ringside key list --user tom --config live.toml")]
    List(KeyList),
    /// Ends one, in running engines within a second.
    #[command(after_help = "Example:\n  ringside key revoke 0f3a9c01b2d4 --config live.toml")]
    Revoke(KeyRevoke),
}

/// `key create`.
#[derive(Args, Debug)]
pub(crate) struct KeyCreate {
    /// Whose.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    /// At most the user's own.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub(crate) role: Role,
    /// What it is for.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) name: String,
    /// Ends by itself after that time, e.g. 24h; without it, when it is revoked.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) for_: Option<Duration>,
    /// May be used from that address or network only; as often as needed.
    #[arg(long, value_name = "NETWORK")]
    pub(crate) address: Vec<String>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `key list`.
#[derive(Args, Debug)]
pub(crate) struct KeyList {
    /// Whose.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `key revoke`.
#[derive(Args, Debug)]
pub(crate) struct KeyRevoke {
    /// The part of the key between its underscores.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Walks the whole chain, and holds it against the heads that were kept beside it. A broken link is named.
    #[command(after_help = "Example:\n  ringside audit verify --config live.toml")]
    Verify(Settings),
    /// Its rows, in order.
    #[command(after_help = "Example:\n  ringside audit list --after 120 --limit 20 --config live.toml")]
    List(AuditList),
}

/// `audit list`.
#[derive(Args, Debug)]
pub(crate) struct AuditList {
    /// Only rows behind that one.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub(crate) after: i64,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub(crate) limit: i64,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

fn role(text: &str) -> Result<Role, String> {
    let accepted = || format!("found `{text}`, accepted: {}", Role::ALL.map(Role::name).join(", "));
    Role::find(text).ok_or_else(accepted)
}

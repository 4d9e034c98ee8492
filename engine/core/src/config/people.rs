//! Who may come to the door: values, as a configuration gives them.
//!
//! Owns: nothing but names and units; who is let in is the bridge's business.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where people and programs ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Whether there is a door at all.
    pub enabled: bool,
    /// Where it listens; beyond loopback only with users and TLS.
    pub address: SocketAddr,
    /// Certificates and their key, as files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Names it answers to, besides those of the loopback.
    pub hosts: Vec<String>,
    /// The file that alerts are kept in; `None`: they last as long as the run.
    pub alerts: Option<PathBuf>,
    /// The file that open interest and equity are kept in; `None`: they end with the run.
    pub past: Option<PathBuf>,
    /// The variable of the environment with the key that webhooks are signed by; `None`: none is sent.
    pub webhook_key_variable: Option<String>,
    /// Whether webhooks may go to addresses of the own house.
    pub webhook_private: bool,
    /// Connections at once.
    pub connections_max: usize,
    /// Of these from one address that is not this machine's own.
    pub address_connections_max: usize,
    /// WebSocket clients at once.
    pub streams_max: usize,
    /// Of these of one user; without users, of one address.
    pub own_streams_max: usize,
    /// How long a client may take nothing of what it is told.
    pub take_timeout: Duration,
}

/// Who is known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    /// Whether anybody is: else whoever is at this machine may look.
    pub enabled: bool,
    /// For the database, the first admin's secret, and the audit's heads.
    pub folder: PathBuf,
    /// The environment's variable with a URL of PostgreSQL; `None`: SQLite, in the folder.
    pub url_variable: Option<String>,
    /// What a guess at a password costs, in KiB.
    pub password_memory_kib: u32,
    /// And in passes over them.
    pub password_passes: u32,
    /// How long a login holds.
    pub session: Duration,
    /// Requests a second of one key or session, over time.
    pub requests_per_s: u32,
    /// And in a row.
    pub requests_burst: u32,
}

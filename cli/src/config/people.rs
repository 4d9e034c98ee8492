//! `[bridge]`, `[users]`, `[standby]`: where people and programs ask, who is known there, and who may follow.

use super::{ConfigError, Section};
use engine_core::config::{Bridge, Journal, Standby, Users};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Each takes a file of the process, and some kilobytes.
const CLIENTS_MAX: usize = 20_000;

/// The file of alerts beside the journal.
const ALERTS: &str = "alerts.json";
/// The file of open interest and equity there.
const PAST: &str = "past.json";

pub(super) fn bridge(section: &Section<'_>, journal: &Journal) -> Result<Bridge, ConfigError> {
    let file = |key| {
        section.text(key, "\"none\", or a path", |text| match text {
            "" => None,
            "none" => Some(None),
            path => Some(Some(PathBuf::from(path))),
        })
    };
    let (certificates, key) = (file("tls_certificates")?, file("tls_key")?);
    let kept = |key, file| {
        section.text(key, "\"journal\", \"none\", or a path", |text| match text {
            "" => None,
            "none" => Some(None),
            // Where the run keeps what it must find again; without a journal it keeps nothing.
            "journal" => Some(journal.enabled.then(|| journal.directory.join(file))),
            path => Some(Some(PathBuf::from(path))),
        })
    };
    let (alerts, past) = (kept("alerts", ALERTS)?, kept("past", PAST)?);
    let tls = match (certificates, key) {
        (Some(certificates), Some(key)) => Some((certificates, key)),
        (None, None) => None,
        (Some(_), None) => return Err(section.refuse("tls_key", "a path, where tls_certificates is one")),
        (None, Some(_)) => return Err(section.refuse("tls_certificates", "a path, where tls_key is one")),
    };
    let streams_max = section.integer("streams_max", 1..=CLIENTS_MAX, "clients")?;
    let address = "an address and a port, like 127.0.0.1:8420";
    let bridge = Bridge {
        enabled: section.flag("enabled")?,
        address: section.text("address", address, |text| text.parse::<SocketAddr>().ok())?,
        tls,
        alerts,
        past,
        hosts: section.texts_or("hosts", "none", "a name as in a URL, with its port", |text| {
            (!text.is_empty() && !text.contains('/')).then(|| text.to_owned())
        })?,
        webhook_key_variable: variable(section, "webhook_key_variable")?,
        webhook_private: section.flag("webhook_private")?,
        connections_max: section.integer("connections_max", 8..=CLIENTS_MAX, "connections")?,
        address_connections_max: section.integer("address_connections_max", 1..=CLIENTS_MAX, "connections")?,
        streams_max,
        own_streams_max: own_streams_max(section, streams_max)?,
        take_timeout: Duration::from_secs(section.integer("take_timeout_s", 1..=300, "seconds")?),
    };
    section.finish()?;
    Ok(bridge)
}

/// More of one than of all would be a bound that never holds: said, it is refused; inherited, it is that of all.
fn own_streams_max(section: &Section<'_>, streams_max: usize) -> Result<usize, ConfigError> {
    const KEY: &str = "own_streams_max";
    let own = section.integer(KEY, 1..=CLIENTS_MAX, "clients")?;
    if own > streams_max && !section.is_inherited(KEY) {
        return Err(section.refuse(KEY, &format!("at most bridge.streams_max, which is {streams_max}")));
    }
    Ok(own.min(streams_max))
}

pub(super) fn standby(section: &Section<'_>) -> Result<Standby, ConfigError> {
    let file = |key| {
        section.text(key, "\"none\", or a path", |text| match text {
            "" => None,
            "none" => Some(None),
            path => Some(Some(PathBuf::from(path))),
        })
    };
    let (certificates, key, tls_ca) = (file("tls_certificates")?, file("tls_key")?, file("tls_ca")?);
    let tls = match (certificates, key) {
        (Some(certificates), Some(key)) => Some((certificates, key)),
        (None, None) => None,
        (Some(_), None) => return Err(section.refuse("tls_key", "a path, where tls_certificates is one")),
        (None, Some(_)) => return Err(section.refuse("tls_certificates", "a path, where tls_key is one")),
    };
    let address = "\"none\", or an address and a port, like 127.0.0.1:8430";
    let listen = section.text("listen", address, |text| match text {
        "none" => Some(None),
        text => text.parse::<SocketAddr>().ok().map(Some),
    })?;
    let secret = section.text("secret", "\"none\", env:NAME, or file:/path", |text| match text {
        "none" => Some(None),
        text if text.starts_with("env:") || text.starts_with("file:") => Some(Some(text.to_owned())),
        _ => None,
    })?;
    if listen.is_some() && secret.is_none() {
        return Err(section.refuse("secret", "env:NAME or file:/path, where listen is an address"));
    }
    if listen.is_some_and(|address| !address.ip().is_loopback()) && tls.is_none() {
        return Err(section.refuse("listen", "a loopback address, or any with tls_certificates and tls_key"));
    }
    section.finish()?;
    Ok(Standby { listen, secret, tls, tls_ca })
}

/// The name of a variable of the environment: what stands in it is a secret.
fn variable(section: &Section<'_>, key: &str) -> Result<Option<String>, ConfigError> {
    section.text(key, "\"none\", or the name of a variable", |text| match text {
        "" => None,
        "none" => Some(None),
        name => Some(Some(name.to_owned())),
    })
}

pub(super) fn users(section: &Section<'_>) -> Result<Users, ConfigError> {
    let users = Users {
        enabled: section.choice("mode", &[("local", false), ("database", true)])?,
        folder: section.text("folder", "a path", |text| (!text.is_empty()).then(|| PathBuf::from(text)))?,
        url_variable: variable(section, "url_variable")?,
        password_memory_kib: section.integer("password_memory_kib", 8..=1_048_576, "KiB")?,
        password_passes: section.integer("password_passes", 1..=100, "passes")?,
        session: Duration::from_secs(60 * section.integer::<u64>("session_minutes", 1..=10_080, "minutes")?),
        requests_per_s: section.integer("requests_per_s", 1..=1_000_000, "requests")?,
        requests_burst: section.integer("requests_burst", 1..=1_000_000, "requests")?,
    };
    section.finish()?;
    Ok(users)
}

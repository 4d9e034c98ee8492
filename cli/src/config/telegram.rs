//! The settings of the Telegram door.

use super::error::ConfigError;
use super::raw::Section;
use bridges::role::Role;
use engine_core::config::{Telegram, TelegramUser, TelegramWebhook};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Largest number that Telegram gives a person: 52 bits.
const ID_MAX: u64 = (1 << 52) - 1;

pub(super) fn telegram(section: &Section<'_>) -> Result<Telegram, ConfigError> {
    let url = section.text("webhook", "\"none\", or https:// and a host", |text| match text {
        "none" => Some(None),
        _ => text.strip_prefix("https://").filter(|rest| !rest.is_empty()).map(|_| Some(text.to_owned())),
    })?;
    let address = section.text("webhook_address", "a loopback address and a port, like 127.0.0.1:8443", |text| {
        text.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback())
    })?;
    let secret = place(section, "webhook_secret")?;
    let mut users: Vec<TelegramUser> = Vec::new();
    for entry in section.entries("user")? {
        let user = user(&entry)?;
        if users.iter().any(|known| known.id == user.id) {
            return Err(entry.refuse("id", "a number that no other user has"));
        }
        users.push(user);
    }
    let telegram = Telegram {
        token: place(section, "token")?,
        api_url: section.text("api_url", "\"telegram\", or http:// or https:// and a host", |text| match text {
            "telegram" => Some(None),
            _ => ["http://", "https://"].iter().any(|kind| text.starts_with(kind)).then(|| Some(text.to_owned())),
        })?,
        memory: section.text("memory", "a path", |text| (!text.is_empty()).then(|| PathBuf::from(text)))?,
        confirm_s: section.integer("confirm_s", 5..=60, "s")?,
        webhook: url.map(|url| TelegramWebhook { url, address, secret }),
        users,
    };
    section.finish()?;
    Ok(telegram)
}

fn user(entry: &Section<'_>) -> Result<TelegramUser, ConfigError> {
    let user = TelegramUser {
        name: entry.text("name", "a name", |text| (!text.is_empty() && text.len() <= 32).then(|| text.to_owned()))?,
        id: entry.integer("id", 1..=ID_MAX, "Telegram")?,
        role: entry.text("role", "\"viewer\", \"trader\", \"risk\" or \"admin\"", |text| {
            Role::find(text).map(|role| role.name().to_owned())
        })?,
    };
    entry.finish()?;
    Ok(user)
}

/// Where a secret is. What stands there instead may be the secret itself: it is not repeated.
fn place(section: &Section<'_>, key: &str) -> Result<String, ConfigError> {
    let is_place = |text: &str| ["file:/", "env:"].iter().any(|kind| text.starts_with(kind) && text.len() > kind.len());
    let read =
        section.text(key, "\"env:NAME\" or \"file:/path\" (mode 0600)", |text| is_place(text).then(|| text.to_owned()));
    read.map_err(|error| match error.found.as_str() {
        "nothing" => error,
        _ => ConfigError { found: "something that is not shown".into(), ..error },
    })
}

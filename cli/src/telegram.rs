//! The Telegram door as the settings want it: its secrets are read here, and handed on.
//!
//! Never: a secret in a message.

use crate::exit::Exit;
use bridges::role::Role;
use bridges::{Person, Secret, TelegramSettings, Token, TokenError, TokenPlace, Webhook};
use engine_core::config::{Telegram, TelegramUser, TelegramWebhook};
use std::path::PathBuf;

/// Overrules the settings: where tests and the demo put a server of their own.
const URL_VARIABLE: &str = "TELEGRAM_API_URL";

/// `None`: of who only listens, or nothing is at the token's place: there is no door.
pub(crate) fn settings(telegram: Option<&Telegram>) -> Result<Option<TelegramSettings>, Exit> {
    let Some(telegram) = telegram else { return Ok(None) };
    let refused = |key: &str, why: &dyn std::fmt::Display| Exit::Usage(format!("telegram.{key}: {why}"));
    let token = match Token::read(&place(&telegram.token)) {
        Ok(token) => token,
        Err(TokenError::Unset(_)) => return Ok(None),
        Err(error) => return Err(refused("token", &error)),
    };
    let webhook =
        telegram.webhook.as_ref().map(|webhook| secret(webhook).map_err(|why| refused("webhook_secret", &why)));
    let api_url = std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty()).or_else(|| telegram.api_url.clone());
    let people = telegram.users.iter().map(person).collect::<Option<Vec<Person>>>();
    if let Some(folder) = telegram.memory.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| refused("memory", &error))?;
    }
    Ok(Some(TelegramSettings {
        token,
        api_url,
        people: people.ok_or_else(|| refused("user", &"a role that there is not"))?,
        memory: telegram.memory.clone(),
        confirm_s: telegram.confirm_s,
        webhook: webhook.transpose()?,
    }))
}

fn person(user: &TelegramUser) -> Option<Person> {
    Some(Person { id: user.id, name: user.name.clone(), role: Role::find(&user.role)? })
}

fn secret(webhook: &TelegramWebhook) -> Result<Webhook, String> {
    let text = place(&webhook.secret).text().map_err(|error| error.to_string())?;
    let secret = Secret::new(&text).ok_or("it is not 32 to 256 letters, digits, _ or -")?;
    Ok(Webhook { address: webhook.address, url: webhook.url.clone(), secret })
}

fn place(text: &str) -> TokenPlace {
    match text.strip_prefix("env:") {
        Some(name) => TokenPlace::Env(name.to_owned()),
        None => TokenPlace::File(PathBuf::from(text.strip_prefix("file:").unwrap_or(text))),
    }
}

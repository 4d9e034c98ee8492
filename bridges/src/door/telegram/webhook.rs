//! News by a call of Telegram's: its own small listener on a loopback address, behind whoever ends TLS. Each call
//! bears a secret; without it nothing is read.
//!
//! Never: takes the webhook away at the end (the next run has set its own by then), answers twice for one update.

use super::Telegram;
use crate::door::listen;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::net::SocketAddr;
use std::sync::Arc;
use teloxide::types::Update;

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
const PATH: &str = "/telegram";
const BODY_BYTES_MAX: usize = 256 << 10;

/// How Telegram calls.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Where we listen.
    pub address: SocketAddr,
    /// What Telegram calls: HTTPS, and ends at our `/telegram`.
    pub url: String,
    /// What each call bears.
    pub secret: Secret,
}

/// 32 letters or more that Telegram and we know.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// `None`: too short, too long, or with letters that a header does not bear.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        ((32..=256).contains(&text.len()) && text.bytes().all(is_letter)).then(|| Self(text.to_owned()))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// In a time that says nothing of how much of it was right.
    fn is(&self, other: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differs = own.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b));
        own.len() == other.len() && differs == 0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<secret>")
    }
}

impl Telegram {
    /// Answers calls until the bridge ends.
    pub(super) async fn await_webhook(self: &Arc<Self>, webhook: &Webhook) {
        let listener = match listen::listen(webhook.address, &self.door.bounds) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "telegram: the webhook's address");
                return;
            }
        };
        let router = Router::new()
            .route(PATH, post(called))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(Arc::clone(self));
        listen::serve(listener, None, router, Arc::clone(&self.door)).await;
    }
}

async fn called(State(telegram): State<Arc<Telegram>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Some(webhook) = &telegram.webhook else { return StatusCode::NOT_FOUND };
    let borne = headers.get(SECRET_HEADER).map(axum::http::HeaderValue::as_bytes);
    if !borne.is_some_and(|borne| webhook.secret.is(borne)) {
        return StatusCode::UNAUTHORIZED;
    }
    match serde_json::from_slice::<Update>(&body) {
        Ok(update) => telegram.take(&update),
        // Anything but 200, and Telegram would send it again for ever.
        Err(error) => tracing::warn!(%error, "telegram: a call that is no update"),
    }
    StatusCode::OK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_itself_and_nothing_else() {
        let secret = Secret::new("0123456789abcdef0123456789ABCDEF").expect("long enough");
        assert!(secret.is(b"0123456789abcdef0123456789ABCDEF"));
        for other in ["", "0123456789abcdef0123456789ABCDEf", "0123456789abcdef0123456789ABCDEF0", "0123456789"] {
            assert!(!secret.is(other.as_bytes()), "{other}");
        }
        assert_eq!(format!("{secret:?}"), "<secret>");
        assert!(Secret::new("short").is_none() && Secret::new(&"é".repeat(20)).is_none());
    }
}

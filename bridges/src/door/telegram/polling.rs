//! News by asking for them: one question that Telegram holds open until there is some.

use super::Telegram;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(64);

/// Longer each time something fails.
#[derive(Debug)]
pub(super) struct Patience(Duration);

impl Patience {
    pub(super) const fn new() -> Self {
        Self(PAUSE)
    }

    pub(super) fn ease(&mut self) {
        self.0 = PAUSE;
    }

    pub(super) async fn wait(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}

impl Telegram {
    /// Learns our own name, and tells Telegram how news are to come. Tried until it works: an outage at the start is
    /// one like any other.
    pub(super) async fn introduce(self: &Arc<Self>) {
        let mut patience = Patience::new();
        loop {
            let told = async {
                let name = self.api.name().await?;
                match &self.webhook {
                    Some(webhook) => self.api.set_webhook(&webhook.url, webhook.secret.reveal()).await?,
                    None => self.api.delete_webhook().await?,
                }
                Ok::<_, super::api::Trouble>(name)
            };
            match told.await {
                Ok(name) => {
                    tracing::info!(name, "telegram: the bot listens");
                    // Set once: this loop ends with it.
                    let _first = self.name.set(name);
                    return;
                }
                Err(trouble) => tracing::warn!("telegram: {}", trouble.text),
            }
            patience.wait().await;
        }
    }

    pub(super) async fn poll(self: &Arc<Self>) {
        let mut patience = Patience::new();
        loop {
            let from = self.state().seen.next();
            match self.api.updates(from).await {
                Ok(updates) => {
                    patience.ease();
                    updates.iter().for_each(|update| self.take(update));
                }
                Err(trouble) => {
                    if trouble.is_taken {
                        tracing::error!(
                            "telegram: another program asks for this bot's news; one token is for one engine"
                        );
                    } else {
                        tracing::warn!("telegram: {}", trouble.text);
                    }
                    patience.wait().await;
                }
            }
        }
    }
}

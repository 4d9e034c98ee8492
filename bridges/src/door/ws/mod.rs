//! Streams: the picture first, then what changed, as fast as the client reads and no faster than its interval.
//!
//! Nothing is queued for a client. It holds a cursor into the image, and when it is ready for more it asks what is new
//! since: one that reads slowly gets fewer, later updates, the newest values and a count of what it missed. One that
//! reads nothing holds one message and the kernel's buffer, and is cut after a while as whoever takes no answer (`pace`). No
//! client can delay another, the pump, or the engine.

pub(super) mod alerts;
pub(super) mod analysis;
pub(super) mod market;
pub(super) mod orders;
pub(super) mod portfolio;

use super::bounds::MESSAGE_BYTES_MAX;
use super::error::ApiError;
use super::shares::Listener;
use super::{Door, auth, dto};
use crate::desk::people::Asker;
use axum::extract::FromRequestParts;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep_until};

/// After so many pings without a word a client is dead.
const PINGS_UNANSWERED_MAX: u32 = 3;

/// What a stream is about: a cursor, and the questions it asks of the desk.
trait Topic: Send + 'static {
    type Message: Serialize + Send + Sync;
    /// The shortest time between two updates, if that is longer than everybody's.
    const EVERY: Duration = Duration::ZERO;

    /// The whole picture. The cursor stands at it afterwards.
    fn first(&mut self, door: &Door) -> Self::Message;

    /// What changed since the last look, in the order to be said.
    fn news(&mut self, door: &Door) -> Vec<Self::Message>;
}

/// Between two looks at whether the client may still listen. With the half second in which a change by another process is
/// found, less than a second.
const KNOWN_EVERY: Duration = Duration::from_millis(250);

/// The wish for a stream, and who has it.
pub(crate) struct Upgrade {
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    /// `None` while users are off.
    asker: Option<Asker>,
    listener: Listener,
}

impl FromRequestParts<Arc<Door>> for Upgrade {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Infallible> {
        let asker = parts.extensions.get::<Asker>().cloned();
        let auth::From(address) = auth::From::of(parts);
        let listener = Listener::new(asker.as_ref().map(|asker| asker.caller.user), address);
        Ok(Self { upgrade: WebSocketUpgrade::from_request_parts(parts, door).await, asker, listener })
    }
}

/// Turns the request into a stream, if there is a place, and he has not his share of them.
fn open(
    door: Arc<Door>,
    upgrade: Upgrade,
    topic: impl Topic,
    changed: watch::Receiver<()>,
) -> Result<Response, ApiError> {
    let Upgrade { upgrade, asker, listener } = upgrade;
    let upgrade = upgrade.map_err(|_| {
        ApiError::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", "this path speaks WebSocket, version 13")
    })?;
    let most = door.bounds.own_sockets_max;
    let share = door.listeners.take(listener, most).map_err(|taken| {
        door.counters.refused.add(1);
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", "you have as many streams as one may have")
            .found(&taken.to_string())
            .expected([format!("at most {most} (bridge.own_streams_max)")])
    })?;
    let place = door.sockets.clone().try_acquire_owned().map_err(|_| {
        door.counters.refused.add(1);
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_clients", "every place for a stream is taken")
            .expected([format!("at most {}", door.bounds.sockets_max)])
    })?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    // What is read into is written over with zeros first, and stays: the library's own 128 KiB are most of what a client
    // costs.
    let upgrade = upgrade.read_buffer_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        // However it ends, the place is free afterwards; why it ended concerns only the client.
        let _ended = Stream { socket, door, topic, asker, seq: 0 }.run(changed).await;
        drop((place, share));
    }))
}

/// The stream is over.
struct Ended;

struct Stream<T> {
    socket: WebSocket,
    door: Arc<Door>,
    topic: T,
    /// Who listens, where users are known.
    asker: Option<Asker>,
    /// Messages said so far.
    seq: u64,
}

/// A message with its number, one more than that of the one before.
#[derive(Serialize)]
struct Numbered<'m, M> {
    seq: u64,
    #[serde(flatten)]
    message: &'m M,
}

impl<T: Topic> Stream<T> {
    async fn run(mut self, mut changed: watch::Receiver<()>) -> Result<(), Ended> {
        let first = self.topic.first(&self.door);
        self.say(&first).await?;
        let update_interval = self.door.bounds.update_interval.max(T::EVERY);
        let ping_interval = self.door.bounds.ping_interval;
        let mut stop = self.door.stop.clone();
        let mut ping = interval(ping_interval);
        let mut known = interval(KNOWN_EVERY);
        let mut last_heard = Instant::now();
        let mut next_update = Instant::now() + update_interval;
        loop {
            tokio::select! {
                said = self.socket.recv() => {
                    last_heard = Instant::now();
                    self.hear(said).await?;
                }
                news = wait(next_update, &mut changed) => {
                    news?;
                    for message in self.topic.news(&self.door) {
                        self.say(&message).await?;
                    }
                    next_update = Instant::now() + update_interval;
                }
                _ = known.tick() => {
                    if !self.is_known() {
                        self.close(close_code::POLICY, "your key or session has ended").await?;
                        return Err(Ended);
                    }
                }
                _ = ping.tick() => {
                    if last_heard.elapsed() > ping_interval * PINGS_UNANSWERED_MAX {
                        return Err(Ended);
                    }
                    self.send(Message::Ping(Default::default())).await?;
                }
                _ = stop.changed() => return self.close(close_code::AWAY, "the engine stops").await,
            }
        }
    }

    /// Whether whoever listens still may: a key can be revoked, a session end, a user be shut out.
    fn is_known(&self) -> bool {
        match (&self.asker, &self.door.desk.people) {
            (Some(asker), Some(people)) => people.still_knows(asker),
            _ => true,
        }
    }

    /// A stream takes no wishes; a client that sends one is told so and not left to believe that it was heard.
    async fn hear(&mut self, said: Option<Result<Message, axum::Error>>) -> Result<(), Ended> {
        match said {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                self.close(close_code::POLICY, "this stream takes no messages").await?;
                Err(Ended)
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Ended),
        }
    }

    async fn say(&mut self, message: &T::Message) -> Result<(), Ended> {
        // Strings and integers in plain structs: nothing here can fail to become JSON.
        self.seq += 1;
        let text = serde_json::to_string(&Numbered { seq: self.seq, message }).map_err(|_| Ended)?;
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        // Whoever takes nothing is cut below, where every connection is.
        self.socket.send(message).await.map_err(|_| Ended)
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Ended> {
        self.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
    }
}

/// Until something changed, but not before `earliest`.
async fn wait(earliest: Instant, changed: &mut watch::Receiver<()>) -> Result<(), Ended> {
    sleep_until(earliest).await;
    changed.changed().await.map_err(|_| Ended)
}

/// The notice of a loss, where there was one.
fn lapped(missed: u64) -> Option<dto::Lapped> {
    (missed > 0).then_some(dto::Lapped { missed })
}

/// Trades and fills in the first picture.
const RECENT: usize = 50;

const _: () = assert!(RECENT <= crate::hub::image::TRADES_KEPT && RECENT <= crate::hub::image::FILLS_KEPT);

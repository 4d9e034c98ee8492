//! The Telegram door: what people ask in a chat of two, the desk's answers as they fit on a phone, and what they are
//! told without asking.
//!
//! Owns: who is heard ([`people`], [`heard`]), what a text means ([`read`]), what must be said twice ([`confirm`]),
//! what is sent and how fast ([`outbox`]). It speaks to Telegram through one client ([`api`]), by asking for news or
//! by a webhook.
//! Never: a number that the desk did not give; the token in any text; a wait of anything else for Telegram. The
//! emergency stop is done when it is heard, before all that waits. Down, slow or wrong, Telegram changes nothing in
//! the engine.

mod alerts;
mod api;
mod ask;
mod button;
mod confirm;
mod conversation;
mod deed;
mod figure;
mod heard;
mod jobs;
mod markup;
mod memory;
mod news;
mod outbox;
mod people;
mod polling;
mod preferences;
mod read;
mod sender;
mod token;
mod view;
mod webhook;

pub use people::Person;
pub use token::{Token, TokenError, TokenPlace};
pub use webhook::{Secret, Webhook};

use super::{Door, dto};
use crate::error::BridgeError;
use crate::hub::command::CommandSender;
use crate::ops::alert::HitCursor;
use api::Api;
use confirm::{Confirmations, Nonce};
use engine_model::units::Nanos;
use heard::Heard;
use memory::{Memory, Seen};
use news::{Audience, audiences};
use outbox::{Counts, Outbox};
use people::People;
use sender::Answer;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::sleep;

/// Commands of one person that wait for the ones before them.
const LANE: usize = 16;
/// Between two looks at what is over, what is new, and what must be kept.
const TICK: Duration = Duration::from_secs(1);

/// How the door is to be.
#[derive(Clone, Debug)]
pub struct TelegramSettings {
    /// The bot's.
    pub token: Token,
    /// Of another server than Telegram's own.
    pub api_url: Option<String>,
    /// Who may ask; empty is nobody.
    pub people: Vec<Person>,
    /// Where it keeps what outlives a restart.
    pub memory: PathBuf,
    /// How long a yes of the one who asked counts, in seconds.
    pub confirm_s: u32,
    /// How news come; `None`: by asking for them.
    pub webhook: Option<Webhook>,
}

/// See the module.
pub(crate) struct Telegram {
    door: Arc<Door>,
    commands: CommandSender,
    api: Api,
    people: People,
    path: PathBuf,
    webhook: Option<Webhook>,
    /// Of the door for HTTP, if there is one.
    address: Option<SocketAddr>,
    state: Mutex<State>,
    /// Rings when there may be something to send.
    to_send: Notify,
    /// Our own, once Telegram has told it.
    name: OnceLock<String>,
    /// Of each person: what was asked, in its order. One who waits keeps nobody else waiting.
    lanes: Mutex<BTreeMap<u64, mpsc::Sender<Heard>>>,
}

struct State {
    outbox: Outbox<Answer>,
    confirmations: Confirmations,
    seen: Seen,
    news: Vec<Audience>,
    /// How far each person was told what alerts found.
    hits: BTreeMap<u64, HitCursor>,
    /// How far people were told what jobs came to.
    jobs: u64,
    /// What was last written down.
    saved: (u64, Seen),
}

impl State {
    /// What is not written down yet, and what is written down with it: both of one moment. What is put in while that one is
    /// on its way to the disk is not in it, and must not count as written.
    fn unsaved(&self) -> Option<((u64, Seen), Memory)> {
        let now = (self.outbox.version, self.seen);
        (self.saved != now).then(|| (now, Memory { seen: self.seen, outbox: self.outbox.kept() }))
    }
}

impl Telegram {
    pub(crate) fn new(
        settings: TelegramSettings,
        door: Arc<Door>,
        commands: CommandSender,
        address: Option<SocketAddr>,
    ) -> Result<Arc<Self>, BridgeError> {
        let refused = |why: String| BridgeError::Telegram { why };
        let api = Api::new(settings.token, settings.api_url.as_deref()).map_err(refused)?;
        let kept = memory::load(&settings.memory);
        let told = |error| format!("{} cannot be believed: {error}; take it away", settings.memory.display());
        let Memory { seen, outbox } = kept.map_err(|error| refused(told(error)))?;
        let people = People::new(settings.people);
        let news = audiences(&door.desk, people.iter());
        let state = State {
            outbox: Outbox::new(outbox),
            confirmations: Confirmations::new(settings.confirm_s),
            seen,
            news,
            hits: BTreeMap::new(),
            jobs: 0,
            saved: (0, seen),
        };
        let own = Arc::new(Self {
            door,
            commands,
            api,
            people,
            path: settings.memory,
            webhook: settings.webhook,
            address,
            state: Mutex::new(state),
            to_send: Notify::new(),
            name: OnceLock::new(),
            lanes: Mutex::default(),
        });
        own.door.telegram.get_or_init(|| Arc::downgrade(&own));
        Ok(own)
    }

    /// How what is to be sent stands.
    pub(crate) fn outbox(&self) -> dto::Outbox {
        let now = self.now();
        let state = self.state();
        let (queued, oldest) = state.outbox.queued();
        let Counts { sent, coalesced, dropped, failed, too_fast } = state.outbox.counts;
        let oldest_age_ns = oldest.map(|oldest| now.since(oldest));
        dto::Outbox { queued, oldest_age_ns, sent, coalesced, dropped, failed, too_fast }
    }

    /// Until the bridge ends.
    pub(crate) async fn run(self: Arc<Self>) {
        if self.people.iter().next().is_none() {
            tracing::warn!("telegram: nobody is listed in telegram.user, so nobody is answered");
        }
        let (sending, ticking) = (Arc::clone(&self), Arc::clone(&self));
        let mut stop = self.door.stop.clone();
        let speaking = async {
            tokio::join!(sending.send_all(), ticking.tick_all(), self.listen());
        };
        tokio::select! {
            () = speaking => {}
            _ = stop.changed() => {}
        }
        self.save().await;
    }

    async fn listen(self: &Arc<Self>) {
        match &self.webhook {
            // Heard from the first moment on, whether we can speak or not.
            Some(webhook) => drop(tokio::join!(self.introduce_and_list(), self.await_webhook(webhook))),
            None => {
                self.introduce().await;
                tokio::join!(self.list_commands(), self.poll());
            }
        }
    }

    async fn introduce_and_list(self: &Arc<Self>) {
        self.introduce().await;
        self.list_commands().await;
    }

    /// What a person does, in its order, behind what the same person did before.
    fn queue(self: &Arc<Self>, heard: Heard) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(heard.user).or_insert_with(|| {
            let (lane, mut asked) = mpsc::channel(LANE);
            let telegram = Arc::clone(self);
            tokio::spawn(async move {
                while let Some(heard) = asked.recv().await {
                    telegram.converse(heard).await;
                }
            });
            lane
        });
        if let Err(refused) = lane.try_send(heard) {
            let heard = refused.into_inner();
            drop(lanes);
            self.say(heard.chat(), &format!("not heard: {LANE} commands of yours still wait - say it again"));
        }
    }

    /// Each second: what nobody confirmed is a no, what happened is told, what must outlive a restart is written.
    async fn tick_all(self: Arc<Self>) {
        loop {
            sleep(TICK).await;
            self.expire_questions();
            self.tell_news();
            self.tell_hits();
            self.tell_jobs();
            self.tell_summaries().await;
            self.save().await;
        }
    }

    /// Writes down what is kept, if it is new. Behind it a restart does not do again what was done.
    async fn save(&self) {
        let Some((now, memory)) = self.state().unsaved() else { return };
        let path = self.path.clone();
        match tokio::task::spawn_blocking(move || memory::save(&path, &memory)).await {
            Ok(Ok(())) => self.state().saved = now,
            Ok(Err(error)) => tracing::error!(%error, path = %self.path.display(), "telegram's memory is not written"),
            Err(error) => tracing::error!(%error, "telegram's memory is not written"),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of people, pace and patience; answers are of the engine's time.
    fn now(&self) -> Nanos {
        self.door.desk.machine_now()
    }
}

/// 96 bits from the system.
fn drawn() -> std::io::Result<Nonce> {
    use std::io::Read as _;
    let mut bytes = [0; 12];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(Nonce(bytes))
}

#[cfg(test)]
mod tests {
    use super::outbox::{Notice, Urgency};
    use super::*;

    #[test]
    fn what_is_put_in_while_the_memory_is_written_is_not_taken_for_written() {
        let seen = Seen::default();
        let mut state = State {
            outbox: Outbox::new(outbox::Kept::default()),
            confirmations: Confirmations::new(60),
            seen,
            news: Vec::new(),
            hits: BTreeMap::new(),
            jobs: 0,
            saved: (0, seen),
        };
        let put = |state: &mut State, key: &str| {
            let notice = Notice { urgency: Urgency::Risk, key: key.to_owned(), text: key.to_owned(), at: Nanos(1) };
            state.outbox.notify(7, notice);
        };
        assert!(state.unsaved().is_none());
        put(&mut state, "first");
        let (version, memory) = state.unsaved().expect("news");
        put(&mut state, "second");
        // The disk took the first one.
        state.saved = version;
        assert_eq!(memory, Memory { seen, outbox: memory.outbox.clone() });
        let (version, memory) = state.unsaved().expect("the second is not written yet");
        assert_eq!(Outbox::<Answer>::new(memory.outbox).waiting(7), 2);
        state.saved = version;
        assert!(state.unsaved().is_none());
    }
}

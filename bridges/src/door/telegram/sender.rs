//! Takes letters out of the outbox and hands them to Telegram, a few at once, one for each chat.

use super::Telegram;
use super::api::Outgoing;
use super::confirm::Nonce;
use super::markup::{MESSAGE_UNITS_MAX, Markup};
use super::outbox::{Body, Fate, Letter, Next, Urgency};
use engine_model::units::Nanos;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Letters under way; emergencies go beside them.
const UNDER_WAY_MAX: usize = 8;
const IDLE: Duration = Duration::from_secs(1);

/// What is sent, and the question that it asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) what: Outgoing,
    pub(super) asks: Option<Nonce>,
}

impl Telegram {
    /// A line to one person, as an answer.
    pub(super) fn say(&self, chat: i64, line: &str) {
        let mut text = Markup::default();
        text.say(line);
        self.tell(chat, Urgency::Answer, &text);
    }

    /// A text without buttons.
    pub(super) fn tell(&self, chat: i64, urgency: Urgency, text: &Markup) {
        for part in text.parts(MESSAGE_UNITS_MAX) {
            let what = Outgoing { over: None, part, buttons: Vec::new(), picture: None };
            self.post(chat, urgency, Answer { what, asks: None });
        }
    }

    /// Puts a letter into the outbox.
    pub(super) fn post(&self, chat: i64, urgency: Urgency, answer: Answer) {
        let now = self.now();
        self.state().outbox.answer(chat, urgency, answer, now);
        self.to_send.notify_one();
    }

    pub(super) async fn send_all(self: Arc<Self>) {
        let mut under_way = JoinSet::new();
        loop {
            let now = self.now();
            let next = self.state().outbox.next(now, under_way.len() >= UNDER_WAY_MAX);
            match next {
                Next::Send(letter) => drop(under_way.spawn(Arc::clone(&self).send(letter))),
                Next::Wait(until) => {
                    let wait = until.map_or(IDLE, |until| Duration::from_nanos(until.since(now)).min(IDLE));
                    tokio::select! {
                        () = self.to_send.notified() => {}
                        () = sleep(wait.max(Duration::from_millis(1))) => {}
                        Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
                    }
                }
            }
        }
    }

    async fn send(self: Arc<Self>, letter: Letter<Answer>) {
        let (what, asks) = match &letter.body {
            Body::Answer(Answer { what, asks }) => (what.clone(), *asks),
            Body::Notices { part, .. } => {
                (Outgoing { over: None, part: part.clone(), buttons: Vec::new(), picture: None }, None)
            }
        };
        let sent = self.api.send(letter.chat, &what, letter.is_silent).await;
        let fate = match &sent {
            Ok(_) => Fate::Sent,
            Err(trouble) => {
                tracing::warn!(chat = letter.chat, fate = ?trouble.fate, "telegram: {}", trouble.text);
                trouble.fate
            }
        };
        let now: Nanos = self.now();
        let mut state = self.state();
        if let (Some(nonce), Ok(Some(message))) = (asks, sent) {
            state.confirmations.shown(nonce, letter.chat, message);
        }
        state.outbox.done(letter, fate, now);
        drop(state);
        self.to_send.notify_one();
    }
}

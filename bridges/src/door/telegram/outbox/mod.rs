//! What is to be sent, in which order, and how fast. A pure value: time is handed in, sending is somebody else's.
//!
//! Owns: urgency (an emergency stands before everything), Telegram's limits, what happens when it says no. Notices of
//! one key are one message, many notices are one digest, silent hours hold back what can wait. What is not sent when
//! the program ends is sent by the next run.
//! Never: waits, sends, or grows: a chat's notices are bounded, and what has no place is counted.

mod pace;
mod waiting;

pub(super) use waiting::{Habits, Level};

use super::markup::Part;
use engine_model::units::Nanos;
use pace::Bucket;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use waiting::{Placed, Waiting};

/// Of the whole bot; a little below Telegram's thirty.
const ALL_BURST: u32 = 25;
const ALL_EVERY_NS: u64 = Nanos::SECOND / 25;
/// Of one chat: a burst of one conversation, then one a second.
const CHAT_BURST: u32 = 20;
const CHAT_EVERY_NS: u64 = Nanos::SECOND;
/// Notices of one chat: three at once, then one message in twenty seconds, whatever happens.
const NOTICE_BURST: u32 = 3;
const NOTICE_EVERY_NS: u64 = 20 * Nanos::SECOND;
/// After a failure of the network or of Telegram: one second, doubled each time, up to a minute.
const PAUSE_NS: u64 = Nanos::SECOND;
const PAUSE_DOUBLINGS_MAX: u32 = 6;
/// Answers of one chat that wait: whoever asks faster than Telegram takes them loses the oldest.
const ANSWERS_MAX: usize = 20;

/// Between two looks for what lives no longer: each goes through all that waits.
const EXPIRE_EVERY_NS: u64 = Nanos::SECOND;

/// From the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Urgency {
    /// The emergency stop, and what keeps the engine from trading.
    Emergency,
    /// To a command.
    Answer,
    /// Orders that executed.
    Fill,
    /// Limits and breakers.
    Risk,
    /// What the market does.
    Market,
}

impl Urgency {
    /// What people are told without asking.
    pub(super) const NOTICES: [Self; 4] = [Self::Emergency, Self::Fill, Self::Risk, Self::Market];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Answer => "answer",
            Self::Fill => "fills",
            Self::Risk => "risk",
            Self::Market => "market",
        }
    }

    /// A notice that was not sent within that is not sent any more.
    const fn lives_ns(self) -> u64 {
        match self {
            Self::Emergency | Self::Fill | Self::Risk => 86_400 * Nanos::SECOND,
            Self::Answer => 60 * Nanos::SECOND,
            Self::Market => 3_600 * Nanos::SECOND,
        }
    }
}

/// Something that happened, for one chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notice {
    pub(super) urgency: Urgency,
    /// Notices of one key that wait are one: the newest, with a count.
    pub(super) key: String,
    /// A line.
    pub(super) text: String,
    #[serde(with = "super::memory::nanos")]
    pub(super) at: Nanos,
}

/// What is sent: `B` is the sender's own for answers (buttons, pictures).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Letter<B> {
    pub(super) chat: i64,
    pub(super) urgency: Urgency,
    /// Without a sound.
    pub(super) is_silent: bool,
    pub(super) body: Body<B>,
    until: Nanos,
}

/// See [`Letter`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body<B> {
    /// Out of these notices, which come back if it is not sent.
    Notices { part: Part, of: Vec<(Notice, u64)> },
    /// An answer.
    Answer(B),
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Telegram has it.
    Sent,
    /// Too fast: not before that many nanoseconds.
    TooFast(u64),
    /// No network, or Telegram in trouble: later.
    Failed,
    /// The chat is not there any more: nothing more to it until it writes.
    Gone,
    /// Telegram will never take this one.
    Refused,
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next<B> {
    Send(Letter<B>),
    /// Nothing before then; `None`: nothing until something is put in.
    Wait(Option<Nanos>),
}

/// Counted, for the metrics and for `/health`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Messages.
    pub(super) sent: u64,
    /// Notices that went into another's message: of one key, or of one digest.
    pub(super) coalesced: u64,
    /// Expired, refused, of a chat that is gone, or beyond the bound.
    pub(super) dropped: u64,
    pub(super) failed: u64,
    pub(super) too_fast: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Outbox<B> {
    chats: BTreeMap<i64, Chat<B>>,
    all: Bucket,
    /// By Telegram's word or after failures.
    paused_until: Nanos,
    failures: u32,
    expired_at: Nanos,
    pub(super) counts: Counts,
    /// Rises when what is kept over a restart changes.
    pub(super) version: u64,
}

#[derive(Debug)]
struct Chat<B> {
    /// Emergencies and answers, in the order of sending.
    letters: Vec<Letter<B>>,
    waiting: Waiting,
    /// Notices of the letter that is under way: until Telegram has it, a restart must not forget them.
    under_way: Vec<(Notice, u64)>,
    habits: Habits,
    pace: Bucket,
    notices: Bucket,
    is_busy: bool,
    is_gone: bool,
}

impl<B> Chat<B> {
    fn new() -> Self {
        Self {
            letters: Vec::new(),
            waiting: Waiting::default(),
            under_way: Vec::new(),
            habits: Habits::default(),
            pace: Bucket::new(CHAT_BURST, CHAT_EVERY_NS),
            notices: Bucket::new(NOTICE_BURST, NOTICE_EVERY_NS),
            is_busy: false,
            is_gone: false,
        }
    }
}

/// What a restart does not forget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    chats: BTreeMap<i64, (Habits, Vec<(Notice, u64)>)>,
    gone: BTreeSet<i64>,
}

impl<B: Clone> Outbox<B> {
    /// As the run before left it.
    pub(super) fn new(kept: Kept) -> Self {
        let mut chats = BTreeMap::new();
        for (id, (habits, notices)) in kept.chats {
            let mut chat = Chat { habits, is_gone: kept.gone.contains(&id), ..Chat::new() };
            for (notice, times) in notices {
                chat.waiting.put(notice, times);
            }
            chats.insert(id, chat);
        }
        let all = Bucket::new(ALL_BURST, ALL_EVERY_NS);
        let (paused_until, expired_at) = (Nanos(0), Nanos(0));
        Self { chats, all, paused_until, failures: 0, expired_at, counts: Counts::default(), version: 0 }
    }

    /// For the next run.
    pub(super) fn kept(&self) -> Kept {
        let all = |chat: &Chat<B>| [chat.under_way.clone(), chat.waiting.all()].concat();
        let chats = self.chats.iter().map(|(id, chat)| (*id, (chat.habits, all(chat)))).collect();
        let gone = self.chats.iter().filter(|(_, chat)| chat.is_gone).map(|(id, _)| *id).collect();
        Kept { chats, gone }
    }

    /// Somebody wrote from there: it is there again.
    pub(super) fn heard(&mut self, chat: i64) {
        let chat = self.chats.entry(chat).or_insert_with(Chat::new);
        self.version += u64::from(chat.is_gone);
        chat.is_gone = false;
    }

    pub(super) fn habits(&self, chat: i64) -> Habits {
        self.chats.get(&chat).map(|chat| chat.habits).unwrap_or_default()
    }

    pub(super) fn set_habits(&mut self, chat: i64, habits: Habits) {
        self.chats.entry(chat).or_insert_with(Chat::new).habits = habits;
        self.version += 1;
    }

    /// Notices that wait for that chat.
    pub(super) fn waiting(&self, chat: i64) -> u64 {
        self.chats.get(&chat).map_or(0, |chat| chat.waiting.count())
    }

    /// What waits or is under way, over all chats, and since when the oldest of it does.
    pub(super) fn queued(&self) -> (u64, Option<Nanos>) {
        let (mut count, mut oldest) = (0, None);
        for chat in self.chats.values() {
            count += (chat.letters.len() + chat.under_way.len()) as u64 + chat.waiting.count();
            let put_in = |letter: &Letter<B>| Nanos(letter.until.0.saturating_sub(letter.urgency.lives_ns()));
            let notices = chat.under_way.iter().map(|(notice, _)| notice.at).chain(chat.waiting.oldest());
            oldest = chat.letters.iter().map(put_in).chain(notices).chain(oldest).min();
        }
        (count, oldest)
    }

    /// An answer, or an emergency's: never coalesced.
    pub(super) fn answer(&mut self, chat: i64, urgency: Urgency, body: B, now: Nanos) {
        let until = now.plus(urgency.lives_ns());
        let letter = Letter { chat, urgency, is_silent: false, body: Body::Answer(body), until };
        let chat = self.chats.entry(chat).or_insert_with(Chat::new);
        if chat.letters.len() >= ANSWERS_MAX
            && let Some(oldest) = chat.letters.iter().position(|letter| letter.urgency == Urgency::Answer)
        {
            chat.letters.remove(oldest);
            self.counts.dropped += 1;
        }
        let place = chat.letters.partition_point(|other| other.urgency <= urgency);
        chat.letters.insert(place, letter);
    }

    /// Something happened.
    pub(super) fn notify(&mut self, chat: i64, notice: Notice) {
        let chat = self.chats.entry(chat).or_insert_with(Chat::new);
        if chat.is_gone || chat.habits.level(notice.urgency) == Level::Off {
            return;
        }
        match chat.waiting.put(notice, 1) {
            Placed::Alone => {}
            Placed::Joined => self.counts.coalesced += 1,
            Placed::Beyond(lost) => self.counts.dropped += lost,
        }
        self.version += 1;
    }

    /// The most urgent letter that may go now; while there is no place for another, an emergency alone. A chat has
    /// one letter under way, an emergency beside it.
    pub(super) fn next(&mut self, now: Nanos, is_full: bool) -> Next<B> {
        self.expire(now);
        if self.chats.values().all(|chat| chat.is_gone || (chat.letters.is_empty() && chat.waiting.is_empty())) {
            return Next::Wait(None);
        }
        if now < self.paused_until {
            return Next::Wait(Some(self.paused_until));
        }
        let emergency = |chat: &&mut Chat<B>| chat.letters.first().is_some_and(|l| l.urgency == Urgency::Emergency);
        if let Some(chat) = self.chats.values_mut().filter(|chat| !chat.is_gone).find(emergency) {
            let letter = chat.letters.remove(0);
            chat.pace.take(now);
            self.all.take(now);
            return Next::Send(letter);
        }
        if is_full {
            return Next::Wait(None);
        }
        let free_at = self.all.free_at(now);
        if free_at > now {
            return Next::Wait(Some(free_at));
        }
        let mut soonest: Option<Nanos> = None;
        let mut best: Option<(Urgency, i64)> = None;
        for (id, chat) in &mut self.chats {
            if chat.is_busy || chat.is_gone {
                continue;
            }
            let Some((urgency, at)) = chat.ready(now) else { continue };
            if at > now {
                soonest = Some(soonest.map_or(at, |soonest| soonest.min(at)));
            } else if best.is_none_or(|(known, _)| urgency < known) {
                best = Some((urgency, *id));
            }
        }
        let letter = best.and_then(|(_, id)| self.chats.get_mut(&id)?.take(id, now));
        match letter {
            Some(letter) => {
                self.all.take(now);
                Next::Send(letter)
            }
            None => Next::Wait(soonest),
        }
    }

    /// What became of it. What may still go comes back to its place.
    pub(super) fn done(&mut self, letter: Letter<B>, fate: Fate, now: Nanos) {
        let Some(chat) = self.chats.get_mut(&letter.chat) else { return };
        if letter.urgency != Urgency::Emergency || matches!(letter.body, Body::Notices { .. }) {
            chat.is_busy = false;
        }
        if matches!(letter.body, Body::Notices { .. }) {
            chat.under_way.clear();
        }
        match fate {
            Fate::Sent => {
                self.failures = 0;
                self.counts.sent += 1;
                if let Body::Notices { of, .. } = &letter.body {
                    self.counts.coalesced += (of.len() as u64).saturating_sub(1);
                }
            }
            Fate::Refused => self.counts.dropped += 1,
            Fate::Gone => {
                self.counts.dropped += 1 + chat.letters.len() as u64 + chat.waiting.count();
                chat.is_gone = true;
                chat.letters.clear();
                chat.waiting = Waiting::default();
            }
            Fate::TooFast(ns) => {
                self.counts.too_fast += 1;
                self.paused_until = self.paused_until.max(now.plus(ns));
                chat.put_back(letter);
            }
            Fate::Failed => {
                self.counts.failed += 1;
                let pause = PAUSE_NS << self.failures.min(PAUSE_DOUBLINGS_MAX);
                self.failures += 1;
                self.paused_until = self.paused_until.max(now.plus(pause.min(60 * Nanos::SECOND)));
                chat.put_back(letter);
            }
        }
        self.version += 1;
    }

    fn expire(&mut self, now: Nanos) {
        if now.since(self.expired_at) < EXPIRE_EVERY_NS {
            return;
        }
        self.expired_at = now;
        for chat in self.chats.values_mut() {
            let before = chat.letters.len() as u64 + chat.waiting.count();
            chat.letters.retain(|letter| letter.until >= now);
            chat.waiting.expire(now);
            let after = chat.letters.len() as u64 + chat.waiting.count();
            self.counts.dropped += before - after;
            self.version += u64::from(before != after);
        }
    }
}

impl<B: Clone> Chat<B> {
    /// What could go next, and from when on.
    fn ready(&mut self, now: Nanos) -> Option<(Urgency, Nanos)> {
        let at = self.pace.free_at(now);
        if let Some(letter) = self.letters.first() {
            return Some((letter.urgency, at));
        }
        let (urgency, from) = self.waiting.next(&self.habits, now)?;
        let at = at.max(from);
        // What stops trading is told at once, however much was told before.
        let at = if urgency == Urgency::Emergency { at } else { at.max(self.notices.free_at(now)) };
        Some((urgency, at))
    }

    fn take(&mut self, id: i64, now: Nanos) -> Option<Letter<B>> {
        self.pace.take(now);
        self.is_busy = true;
        if !self.letters.is_empty() {
            return Some(self.letters.remove(0));
        }
        let (part, of, urgency) = self.waiting.take(&self.habits, now)?;
        self.notices.take(now);
        self.under_way.clone_from(&of);
        let is_silent = urgency != Urgency::Emergency && self.habits.is_silent(urgency, now);
        let until = now.plus(urgency.lives_ns());
        Some(Letter { chat: id, urgency, is_silent, body: Body::Notices { part, of }, until })
    }

    fn put_back(&mut self, letter: Letter<B>) {
        match letter.body {
            Body::Answer(_) => {
                let place = self.letters.partition_point(|other| other.urgency < letter.urgency);
                self.letters.insert(place, letter);
            }
            Body::Notices { of, .. } => of.into_iter().for_each(|(notice, times)| self.waiting.put_back(notice, times)),
        }
    }
}

#[cfg(test)]
mod tests;

//! One connection to a route, from dialling through subscribing to its end. What to do about its end is the line's.

use super::dialect::{Beat, Dialect, Heartbeat};
use super::gauges::FeedGauges;
use super::plan::LinePlan;
use crate::net::error::NetError;
use crate::net::poller::Poller;
use crate::net::ws::{Incoming, Socket};
use engine_ring::clock::Clock;
use std::collections::VecDeque;
use tungstenite::Utf8Bytes;

/// What a line needs to work: time, a place to sleep by, and where to count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tools<'a> {
    /// Of the timers: monotonic, from when the feed was made.
    pub(super) now_ns: u64,
    /// Of the stamps.
    pub(super) clock: &'a Clock,
    pub(super) poller: &'a Poller,
    pub(super) gauges: &'a FeedGauges,
}

const SECOND_NS: u64 = 1_000_000_000;

/// A connection.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) socket: Socket,
    /// What it says when it has said nothing for long.
    heartbeat: Option<Heartbeat>,
    /// The venue asked for it, and it was not said yet.
    is_beat_asked: bool,
    /// Messages of the plan sent so far.
    asked: usize,
    /// Books of the plan that are to be asked for once more.
    again: VecDeque<usize>,
    /// Texts of the first of them sent so far.
    again_sent: usize,
    /// When each of the last messages was sent, in a circle.
    sent_at_ns: Box<[u64]>,
    /// Messages sent so far.
    sent: usize,
    /// When anything was last said.
    said_at_ns: u64,
    opened_at_ns: Option<u64>,
    asked_all_at_ns: Option<u64>,
    /// When anything was last heard: pongs show that the venue is there.
    heard_at_ns: u64,
    /// When the last market data came, of any instrument: nothing else shows that the market is.
    market_at_ns: u64,
    bytes_counted: u64,
    /// Since when its last frame waits for the line that it relieves.
    pub(super) early_since_ns: Option<u64>,
}

impl Talk {
    /// Where quiet markets are on a line, the answers to heartbeats are all that is heard: two are said before the line is
    /// taken for dead.
    pub(super) fn new(socket: Socket, plan: &LinePlan, dialect: &Dialect, silent_after_ns: u64) -> Self {
        let often = |said: Heartbeat| Heartbeat { every_ns: said.every_ns.min(silent_after_ns / 3), ..said };
        Self {
            socket,
            heartbeat: dialect.heartbeat.map(often),
            is_beat_asked: false,
            asked: 0,
            again: VecDeque::with_capacity(plan.books.len()),
            again_sent: 0,
            sent_at_ns: vec![0; dialect.messages_per_second].into(),
            sent: 0,
            said_at_ns: 0,
            opened_at_ns: None,
            asked_all_at_ns: None,
            heard_at_ns: 0,
            market_at_ns: 0,
            bytes_counted: 0,
            early_since_ns: None,
        }
    }

    /// Moves it up and asks for what is still to be asked. `true` when it can be read.
    pub(super) fn advance(&mut self, plan: &LinePlan, tools: Tools<'_>) -> Result<bool, NetError> {
        let now_ns = tools.now_ns;
        if !self.socket.advance(now_ns)? {
            return Ok(false);
        }
        if self.opened_at_ns.is_none() {
            tools.gauges.connects.add(1);
            self.opened_at_ns = Some(now_ns);
            self.heard_at_ns = now_ns;
        }
        self.keep_alive(now_ns)?;
        while self.asked_all_at_ns.is_none() {
            match plan.messages.get(self.asked) {
                Some(text) if self.say(text.as_str(), now_ns)? => self.asked += 1,
                Some(_) => return Ok(true),
                None => {
                    self.asked_all_at_ns = Some(now_ns);
                    self.market_at_ns = now_ns;
                }
            }
        }
        self.ask_again(plan, now_ns)?;
        Ok(true)
    }

    /// That book of the plan is to be sent whole once more.
    pub(super) fn want_again(&mut self, book: usize) {
        if !self.again.contains(&book) {
            self.again.push_back(book);
        }
    }

    fn ask_again(&mut self, plan: &LinePlan, now_ns: u64) -> Result<(), NetError> {
        while let Some(book) = self.again.front() {
            match plan.books[*book].again.get(self.again_sent) {
                Some(text) if self.say(text.as_str(), now_ns)? => self.again_sent += 1,
                Some(_) => return Ok(()),
                None => {
                    self.again_sent = 0;
                    self.again.pop_front();
                }
            }
        }
        Ok(())
    }

    /// Before anything else: the venue does not wait long for an answer to its question.
    fn keep_alive(&mut self, now_ns: u64) -> Result<(), NetError> {
        let Some(heartbeat) = self.heartbeat else { return Ok(()) };
        let is_silent = self.asked_all_at_ns.is_some() && now_ns.saturating_sub(self.said_at_ns) >= heartbeat.every_ns;
        if self.is_beat_asked || is_silent { self.beat(heartbeat.beat, now_ns) } else { Ok(()) }
    }

    /// What keeps the connection open. It counts like any other message.
    fn beat(&mut self, beat: Beat, now_ns: u64) -> Result<(), NetError> {
        match beat {
            Beat::Text(text) | Beat::Asked(text, _) => {
                self.is_beat_asked &= !self.say(Utf8Bytes::from_static(text), now_ns)?;
                Ok(())
            }
            Beat::Ping if self.may_say(now_ns) => {
                self.socket.ping()?;
                self.said(now_ns);
                Ok(())
            }
            Beat::Ping => Ok(()),
        }
    }

    /// What the venue may ask for, besides what is said by the clock.
    pub(super) fn beat_to_ask_for(&self) -> Option<Beat> {
        self.heartbeat.map(|heartbeat| heartbeat.beat)
    }

    /// The venue asks whether we are there.
    pub(super) fn owe_beat(&mut self) {
        self.is_beat_asked = true;
    }

    /// Sends a text, unless that passed the venue's limit of messages a second. Whether it was sent.
    fn say(&mut self, text: impl Into<Utf8Bytes>, now_ns: u64) -> Result<bool, NetError> {
        if !self.may_say(now_ns) {
            return Ok(false);
        }
        self.socket.send(text)?;
        self.said(now_ns);
        Ok(true)
    }

    fn may_say(&self, now_ns: u64) -> bool {
        let oldest = self.sent_at_ns[self.sent % self.sent_at_ns.len()];
        oldest == 0 || now_ns.saturating_sub(oldest) >= SECOND_NS
    }

    fn said(&mut self, now_ns: u64) {
        let place = self.sent % self.sent_at_ns.len();
        self.sent_at_ns[place] = now_ns.max(1);
        self.sent += 1;
        self.said_at_ns = now_ns;
    }

    /// The last frame told something of a market.
    #[inline]
    pub(super) fn told_market(&mut self, now_ns: u64) {
        self.market_at_ns = now_ns;
    }

    /// How long no market data of any instrument has come, from when everything was asked for; 0 before.
    pub(super) fn market_silent_ns(&self, now_ns: u64) -> u64 {
        self.asked_all_at_ns.map_or(0, |_| now_ns.saturating_sub(self.market_at_ns))
    }

    /// The next frame; the one that had to wait, if there is one.
    #[inline]
    pub(super) fn next(&mut self, now_ns: u64) -> Result<Incoming<'_>, NetError> {
        if self.early_since_ns.is_some() {
            return Ok(self.socket.again());
        }
        let incoming = self.socket.read()?;
        if !matches!(incoming, Incoming::Nothing) {
            self.heard_at_ns = now_ns;
        }
        Ok(incoming)
    }

    /// An error when nothing at all was heard for `silent_after_ns`, or no market data for `market_after_ns`: two clocks,
    /// for pings and pongs are a sign of life of the venue, not of the market.
    pub(super) fn check_silence(
        &self,
        plan: &LinePlan,
        silent_after_ns: u64,
        market_after_ns: Option<u64>,
        now_ns: u64,
    ) -> Result<(), NetError> {
        let timed_out = |step, limit_ns: u64| {
            Err(NetError::TimedOut { peer: plan.endpoint.to_string(), step, limit_ms: limit_ns / 1_000_000 })
        };
        if self.opened_at_ns.is_some() && now_ns.saturating_sub(self.heard_at_ns) >= silent_after_ns {
            return timed_out("the next message", silent_after_ns);
        }
        match market_after_ns {
            Some(limit_ns) if self.market_silent_ns(now_ns) >= limit_ns => timed_out("the next market data", limit_ns),
            _ => Ok(()),
        }
    }

    /// When everything was asked for; `None` before.
    pub(super) fn asked_all_at_ns(&self) -> Option<u64> {
        self.asked_all_at_ns
    }

    /// Whether it was ever open: then things may have come by it.
    pub(super) fn was_open(&self) -> bool {
        self.opened_at_ns.is_some()
    }

    /// How long it has been open.
    pub(super) fn age_ns(&self, now_ns: u64) -> u64 {
        self.opened_at_ns.map_or(0, |opened| now_ns.saturating_sub(opened))
    }

    /// Adds what was received since the last call to the gauge.
    pub(super) fn count_bytes(&mut self, gauges: &FeedGauges) {
        let bytes = self.socket.bytes_in();
        gauges.bytes.add(bytes.saturating_sub(self.bytes_counted));
        self.bytes_counted = bytes;
    }
}

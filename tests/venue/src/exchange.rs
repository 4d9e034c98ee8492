//! The exchange without its sockets: plays the market up to a time and says what each stream tells meanwhile.
//!
//! Owns: the pace, and the order in which what happens and what is due by the clock come. Venue time is nanoseconds since
//! the start; one seed and one speed give one sequence of frames.
//! Never: the wall clock, sockets, a protocol's texts.

use crate::account::{Accounts, Fate, Mishaps, Teller};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::protocol::{Asked, Protocol, Session, Voice};
use crate::stream::{Frame, Outbox, Stream};
use crate::venue::Config;
use engine_model::market::Level;

/// A millisecond in nanoseconds.
pub(crate) const MILLI: u64 = 1_000_000;
/// A second in nanoseconds.
pub(crate) const SECOND: u64 = 1_000 * MILLI;

/// One instrument's true book, for whoever checks a client's against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Id of the last frame told of it.
    pub update_id: u64,
    /// From the best level.
    pub bids: Vec<Level>,
    /// From the best level.
    pub asks: Vec<Level>,
}

/// What is told by the clock, whatever the market does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    /// Venue time.
    pub(crate) at_ns: u64,
    pub(crate) every_ns: u64,
    pub(crate) stream: Stream,
}

pub(crate) struct Exchange {
    pub(crate) floor: Floor,
    pub(crate) voice: Box<dyn Voice>,
    pub(crate) accounts: Accounts,
    pub(crate) mishaps: Mishaps,
    /// When an account was last spoken for: the market's events since the turn before are not to come before that.
    spoken_at_ns: u64,
    speed_percent: u64,
    /// Venue time during which the market stood still.
    skipped_ns: u64,
    /// Until when it stands still.
    calm_until_ns: u64,
    timers: Vec<Timer>,
    frames: Vec<Frame>,
}

impl Exchange {
    pub(crate) fn new(protocol: &Protocol, config: &Config) -> Self {
        let Config { venue, seed, starts_at_ms, .. } = *config;
        let dense_ids = (protocol.manners)(venue).dense_ids;
        let mut floor = Floor::new(venue, config.listings.clone(), seed, dense_ids, starts_at_ms);
        let voice = (protocol.voice)(&mut floor);
        Self {
            timers: voice.timers(&floor),
            voice,
            accounts: Accounts::new(venue, &floor.listings, &config.accounts),
            mishaps: Mishaps::new(seed),
            spoken_at_ns: 0,
            floor,
            speed_percent: u64::from(config.speed_percent.max(1)),
            skipped_ns: 0,
            calm_until_ns: 0,
            frames: Vec::new(),
        }
    }

    fn next_event_at_ns(&self) -> u64 {
        let paced_ns = u128::from(self.floor.market.next_at_ns()) * 100 / u128::from(self.speed_percent);
        u64::try_from(paced_ns).unwrap_or(u64::MAX).saturating_add(self.skipped_ns)
    }

    /// Lets the time until `now_ns` pass without events: nothing that was due meanwhile is made up for.
    pub(crate) fn skip_to(&mut self, now_ns: u64) {
        self.skipped_ns = self.skipped_ns.saturating_add(now_ns.saturating_sub(self.next_event_at_ns()));
        for timer in &mut self.timers {
            let missed = now_ns.saturating_sub(timer.at_ns).div_ceil(timer.every_ns);
            timer.at_ns += missed * timer.every_ns;
        }
    }

    /// From now on for `calm_ns` the market stands still, whatever was told of that before.
    pub(crate) fn calm(&mut self, now_ns: u64, calm_ns: u64) {
        let rest_ns = self.calm_until_ns.saturating_sub(now_ns);
        self.calm_until_ns = now_ns.saturating_add(calm_ns);
        self.skipped_ns = self.skipped_ns.saturating_sub(rest_ns).saturating_add(calm_ns);
    }

    /// When anything is due next.
    pub(crate) fn next_at_ns(&self) -> u64 {
        self.timers.iter().map(|t| t.at_ns).min().unwrap_or(u64::MAX).min(self.next_event_at_ns())
    }

    /// When time alone changes something of an account.
    pub(crate) fn next_account_at_ns(&self) -> u64 {
        self.floor.since_start_ns(self.accounts.next_at_ns())
    }

    /// Plays everything due up to `now_ns`, at most `steps`, and gives the frames of streams that are `wanted` (by
    /// [`Stream::index`]).
    pub(crate) fn run_until(&mut self, now_ns: u64, steps: usize, wanted: &[bool]) -> &mut Vec<Frame> {
        for _ in 0..steps {
            if self.next_at_ns() > now_ns {
                break;
            }
            self.step(wanted);
        }
        self.accounts.pass_time(self.floor.at_ns(now_ns));
        &mut self.frames
    }

    fn step(&mut self, wanted: &[bool]) {
        let event_at_ns = self.next_event_at_ns();
        let timer = self.timers.iter_mut().filter(|t| t.at_ns <= event_at_ns).min_by_key(|t| t.at_ns);
        let mut out = Outbox { wanted, frames: &mut self.frames };
        match timer {
            None => {
                self.floor.step();
                let at_ns = self.floor.at_ns(event_at_ns.max(self.spoken_at_ns));
                self.accounts.meet(self.floor.market.outcome(), at_ns);
                self.accounts.pull(self.floor.market.outcome(), &self.floor.market, at_ns);
                let at_ms = self.floor.at_ms(event_at_ns);
                self.voice.play(&mut self.floor, at_ms, &mut out);
            }
            Some(timer) => {
                let at_ms = self.floor.at_ms(timer.at_ns);
                timer.at_ns += timer.every_ns;
                self.voice.tick(&mut self.floor, timer.stream, at_ms, &mut out);
            }
        }
    }

    pub(crate) fn whole(&self, stream: Stream, now_ns: u64) -> Vec<String> {
        self.voice.whole(&self.floor, stream, self.floor.at_ms(now_ns))
    }

    pub(crate) fn truth(&self, instrument: usize) -> Truth {
        self.voice.truth(&self.floor, instrument)
    }

    /// Who speaks for accounts now.
    pub(crate) fn teller(&mut self, now_ns: u64) -> (&[Listing], Teller<'_>) {
        self.spoken_at_ns = now_ns;
        let at_ns = self.floor.at_ns(now_ns);
        let teller = Teller::new(&mut self.accounts, &self.floor.market, &mut self.mishaps, at_ns);
        (&self.floor.listings, teller)
    }

    /// Answers a REST request that is an account's, and tells what becomes of the answer.
    pub(crate) fn private_answer(&mut self, asked: &mut Asked<'_>) -> Option<(Answer, Fate)> {
        self.spoken_at_ns = asked.now_ns;
        let at_ns = self.floor.at_ns(asked.now_ns);
        let mut teller = Teller::new(&mut self.accounts, &self.floor.market, &mut self.mishaps, at_ns);
        let answer = self.voice.private_answer(&self.floor, asked, &mut teller)?;
        Some((answer, teller.fate()))
    }

    pub(crate) fn answer(&mut self, asked: Asked<'_>) -> Answer {
        self.voice.answer(&self.floor, asked)
    }

    pub(crate) fn session(&self, request: &Request, number: usize) -> Option<Box<dyn Session>> {
        self.voice.session(&self.floor, request, number)
    }
}

//! What is under way between a desk and its exchange, and what becomes of it: lost, late, told twice, or told as nothing.
//!
//! Owns the desk, the exchange, and the chances, all of one seed. What the engine is told is held against the truth here.
//! Never: what happens at the exchange, or whether a line breaks: the story says when.

use super::exchange::{Exchange, Held};
use super::{English, Pigeon, REST_MANNERS, ROOMY_MANNERS, SLOW_ROOMY_MANNERS};
use crate::gateway::ask::{Ask, AskId};
use crate::gateway::call::Way;
use crate::gateway::desk::takeover::Takeover;
use crate::gateway::desk::{Desk, Now, Phase, Rules};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderState};
use crate::gateway::tongue::Manners;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::order::ClientOrderId;
use engine_model::units::{Lots, Nanos};
use engine_model::venue::{RejectReason, Reply, ReplyKind, Request};
use std::collections::{BTreeMap, BTreeSet};

/// SplitMix64: one seed, one story.
pub(in crate::gateway::desk) struct Drawn(pub(in crate::gateway::desk) u64);

impl Drawn {
    pub(in crate::gateway::desk) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % bound
    }

    pub(in crate::gateway::desk) fn in_hundred(&mut self, chances: u64) -> bool {
        self.below(100) < chances
    }
}

/// Something under way.
#[derive(Debug)]
enum Item {
    ToVenue { id: AskId, ask: Ask, is_answered: bool },
    ToUs { heard: Vec<Heard>, answers: Option<AskId> },
}

/// Both ends, and what is under way between them.
pub(in crate::gateway::desk) struct Passage {
    pub(in crate::gateway::desk) drawn: Drawn,
    manners: &'static Manners,
    instruments: Instruments,
    own: Vec<InstrumentId>,
    pub(in crate::gateway::desk) desk: Desk,
    post: Pigeon,
    pub(in crate::gateway::desk) now_ms: u64,
    pub(in crate::gateway::desk) venue: Exchange,
    /// By when it arrives, then by its turn: what it is, and the line and the process that it lives with.
    under_way: BTreeMap<(u64, u64), (Item, Option<u32>, u32)>,
    turns: u64,
    /// Numbers of the line's session and of the process.
    line: u32,
    process: u32,
    /// What was said last on each of the two channels of the line, and by us, arrives then.
    channels: [u64; 3],
    pub(in crate::gateway::desk) is_troubled: bool,
    /// Ids that left for the venue, and those of which the venue said that they are not there.
    left: BTreeSet<ClientOrderId>,
    denied: BTreeSet<ClientOrderId>,
    served: usize,
    pub(in crate::gateway::desk) faults: u64,
}

impl Passage {
    pub(in crate::gateway::desk) fn new(
        seed: u64,
        instruments: &Instruments,
        own: Vec<InstrumentId>,
        epoch: u32,
    ) -> Self {
        let mut drawn = Drawn(seed);
        let manners = [&ROOMY_MANNERS, &SLOW_ROOMY_MANNERS, &REST_MANNERS][drawn.below(3) as usize];
        Self {
            drawn,
            manners,
            desk: desk_of(manners, instruments, &own, epoch),
            instruments: instruments.clone(),
            venue: Exchange::new(own.clone()),
            own,
            post: Pigeon::default(),
            now_ms: 1_000,
            under_way: BTreeMap::new(),
            turns: 0,
            line: 0,
            process: 0,
            channels: [0; 3],
            is_troubled: false,
            left: BTreeSet::new(),
            denied: BTreeSet::new(),
            served: 0,
            faults: 0,
        }
    }

    pub(in crate::gateway::desk) fn now(&self) -> Now {
        let clock = Nanos(self.now_ms * 1_000_000);
        Now { timer_ns: clock.0, clock, venue: self.desk.venue_time(clock) }
    }

    /// Takes a request of the engine.
    pub(in crate::gateway::desk) fn request(&mut self, request: &Request) {
        let now = self.now();
        self.desk.request(request, now, &mut self.post);
    }

    /// It is so late now. What is due by then arrives with [`Passage::arrive`].
    pub(in crate::gateway::desk) fn pass_to(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.venue.now = self.now().venue;
        self.venue.fire();
    }

    /// The next thing that is due arrives; whether there was one.
    pub(in crate::gateway::desk) fn arrive(&mut self) -> bool {
        match self.under_way.first_entry() {
            Some(first) if first.key().0 <= self.now_ms => {
                let (item, line, process) = first.remove();
                self.take(item, line, process);
                self.carry();
                true
            }
            _ => false,
        }
    }

    /// What time alone brings.
    pub(in crate::gateway::desk) fn tick(&mut self) {
        let now = self.now();
        self.desk.tick(now, &mut self.post);
        if self.desk.phase == Phase::Opening {
            self.desk.line_up(0, now);
        }
        self.carry();
    }

    /// Whether something goes wrong now, with so many chances in a hundred.
    fn goes_wrong(&mut self, chances: u64) -> bool {
        let is_wrong = self.is_troubled && self.drawn.in_hundred(chances);
        self.faults += u64::from(is_wrong);
        is_wrong
    }

    fn delay(&mut self) -> u64 {
        match self.is_troubled && self.drawn.in_hundred(3) {
            true => self.drawn.below(13_000),
            false => self.drawn.below(300),
        }
    }

    /// Sends something on its way. `channel`: things on it keep their order.
    fn send(&mut self, item: Item, delay: u64, line: Option<u32>, channel: Option<usize>) {
        let mut at = self.now_ms + delay;
        if let Some(channel) = channel {
            at = at.max(self.channels[channel]);
            self.channels[channel] = at;
        }
        self.turns += 1;
        self.under_way.insert((at, self.turns), (item, line, self.process));
    }

    fn take(&mut self, item: Item, line: Option<u32>, process: u32) {
        let is_alive = process == self.process && line.is_none_or(|line| line == self.line);
        match item {
            // What left before a line broke may arrive all the same.
            Item::ToVenue { .. } if !is_alive && self.drawn.in_hundred(50) => {}
            Item::ToVenue { id, ask, is_answered } => {
                let said = self.venue.answer(id, &ask);
                self.state(&ask, &said);
                if is_alive && is_answered {
                    let delay = self.delay();
                    let channel = line.map(|_| 2);
                    self.send(Item::ToUs { heard: said, answers: line.is_none().then_some(id) }, delay, line, channel);
                }
                self.speak();
            }
            Item::ToUs { heard, answers } if is_alive => {
                let now = self.now();
                self.desk.hear(&heard, answers, now, &mut self.post);
            }
            Item::ToUs { .. } => {}
        }
    }

    /// What the venue stated of orders that it does not have.
    fn state(&mut self, ask: &Ask, said: &[Heard]) {
        let answer =
            said.iter().find_map(|said| if let Heard::Answer(_, answer) = said { Some(*answer) } else { None });
        match (ask, answer) {
            (Ask::Place(order), Some(Answer::Refused(_))) => drop(self.denied.insert(order.client_order_id)),
            (Ask::Order(known), Some(Answer::NoSuchOrder)) => drop(self.denied.insert(known.id())),
            _ => {}
        }
    }

    /// What the venue says unasked goes on its way.
    pub(in crate::gateway::desk) fn speak(&mut self) {
        for said in std::mem::take(&mut self.venue.said) {
            if self.goes_wrong(2) {
                continue;
            }
            let times = if self.goes_wrong(3) { 2 } else { 1 };
            for _ in 0..times {
                let channel = usize::from(matches!(said, Heard::Fill(_)));
                let (delay, line) = (self.drawn.below(200), Some(self.line));
                self.send(Item::ToUs { heard: vec![said], answers: None }, delay, line, Some(channel));
            }
        }
    }

    /// What the desk said goes on its way.
    pub(in crate::gateway::desk) fn carry(&mut self) {
        while self.served < self.post.sent.len() {
            let id = self.post.sent[self.served].0;
            self.served += 1;
            let Some(asked) = self.desk.asked.get(id).copied() else { continue };
            let line = matches!(asked.way, Way::Line(_)).then_some(self.line);
            if let Ask::Place(order) = asked.ask {
                let is_first = self.left.insert(order.client_order_id);
                assert!(is_first, "{} left twice", order.client_order_id);
            }
            if self.goes_wrong(3) {
                continue;
            }
            if self.goes_wrong(3) {
                let answer = match self.drawn.below(3) {
                    0 => Answer::Unknown,
                    1 => Answer::Later { wait_ms: self.drawn.below(500) as u32 },
                    _ => Answer::Refused(RejectReason::Unavailable),
                };
                if let (Ask::Place(order), Answer::Later { .. } | Answer::Refused(_)) = (asked.ask, answer) {
                    self.denied.insert(order.client_order_id);
                }
                let heard = vec![Heard::Answer(id, answer)];
                self.send(Item::ToUs { heard, answers: line.is_none().then_some(id) }, 100, line, line.map(|_| 2));
                continue;
            }
            let is_answered = !self.goes_wrong(5);
            let delay = self.delay();
            let channel = line.map(|_| 2);
            self.send(Item::ToVenue { id, ask: asked.ask, is_answered }, delay, line, channel);
        }
    }

    /// The next of what the engine is told; or what is wrong with it by the truth.
    pub(in crate::gateway::desk) fn told(&mut self) -> Option<(Reply, Result<(), String>)> {
        let reply = self.desk.orders.replies.pop_front()?;
        Some((reply, self.is_true(&reply)))
    }

    fn is_true(&self, reply: &Reply) -> Result<(), String> {
        let id = reply.client_order_id;
        let held = self.venue.of(id);
        match reply.what {
            ReplyKind::Accepted if held.is_none() => Err("the venue does not have it".to_owned()),
            ReplyKind::Filled { trade_id, last_qty, .. } => {
                let is_it =
                    |fill: &FillNews| (fill.whose.ours, fill.trade_id, fill.qty) == (Some(id), trade_id, last_qty);
                let is_there = self.venue.fills.iter().any(is_it);
                if is_there { Ok(()) } else { Err("it was not executed".to_owned()) }
            }
            ReplyKind::Canceled | ReplyKind::Expired | ReplyKind::Rejected(_) => {
                let never_left = !self.left.contains(&id);
                let is_over = held.is_some_and(|held| !held.is_open());
                let is_stated = never_left || self.denied.contains(&id) || is_over;
                if is_stated { Ok(()) } else { Err(format!("the venue did not state it ({held:?})")) }
            }
            _ => Ok(()),
        }
    }

    /// The exchange does something with an order that stands.
    pub(in crate::gateway::desk) fn market(&mut self) {
        let open: Vec<usize> = (0..self.venue.orders.len()).filter(|at| self.venue.orders[*at].is_open()).collect();
        if open.is_empty() {
            return;
        }
        let at = open[self.drawn.below(open.len() as u64) as usize];
        match self.drawn.below(20) {
            0 => self.venue.end(at, OrderState::Canceled),
            1 => self.venue.end(at, OrderState::Expired),
            2 if self.venue.orders[at].filled == 0 => self.venue.end(at, OrderState::Rejected(RejectReason::Other)),
            2..12 => self.venue.execute(at, 1 + self.drawn.below(6) as i64),
            _ => self.venue.execute(at, i64::MAX),
        }
    }

    pub(in crate::gateway::desk) fn break_line(&mut self) {
        self.faults += 1;
        self.line += 1;
        self.channels = [0; 3];
        let now = self.now();
        let heard_ns = now.timer_ns.saturating_sub(self.drawn.below(500) * 1_000_000);
        self.desk.line_down(0, heard_ns, now, &mut self.post);
    }

    pub(in crate::gateway::desk) fn mishear(&mut self) {
        let now = self.now();
        self.desk.misheard(now);
    }

    /// The process died. The next one has another number, and knows of nothing else: what stood was withdrawn before it
    /// began, or it adopts what is of a run before.
    pub(in crate::gateway::desk) fn die(&mut self, epoch: u32, adopts: bool) {
        self.faults += 1;
        self.line += 1;
        self.process += 1;
        self.channels = [0; 3];
        self.served = 0;
        self.post = Pigeon::default();
        for at in 0..self.venue.orders.len() {
            if !adopts {
                self.venue.end(at, OrderState::Canceled);
            }
        }
        self.venue.said.clear();
        self.desk = desk_of(self.manners, &self.instruments, &self.own, epoch);
        self.desk.rules.adopts = adopts;
        self.desk.takeover = Some(Takeover::new(vec![1; self.instruments.len()].into()));
    }

    /// An order of which the engine does not know what became.
    pub(in crate::gateway::desk) fn unknown(&self) -> Option<ClientOrderId> {
        self.desk.orders.entries.iter().find(|(_, entry)| entry.is_unknown()).map(|(id, _)| *id)
    }

    pub(in crate::gateway::desk) fn open(&self) -> impl Iterator<Item = &Held> {
        self.venue.orders.iter().filter(|held| held.is_open())
    }
}

fn desk_of(manners: &'static Manners, instruments: &Instruments, own: &[InstrumentId], epoch: u32) -> Desk {
    let rules = Rules {
        answer_within_ns: 5_000_000_000,
        reconcile_every_ns: 30_000_000_000,
        orders: None,
        epoch,
        adopts: false,
    };
    Desk::new(Box::new(English(manners)), instruments, own.to_vec(), rules)
}

/// What is left to fill of an order that stands.
pub(in crate::gateway::desk) fn leaves(held: &Held) -> Lots {
    Lots(held.order.qty.0 - held.filled)
}

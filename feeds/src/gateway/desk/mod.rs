//! The desk between the engine and one venue's tongue: what is asked of the venue, when, and what is believed of it.
//!
//! Inputs: requests of the engine, what the tongue heard, what became of messages, the time. Outputs: messages through
//! [`Post`], replies for the engine. The same for all venues, and without a socket: everything that can go wrong can be
//! played in a test.
//!
//! | what happens | what follows |
//! |---|---|
//! | an order without budget, line or key | rejected at once: it was never sent |
//! | a cancel without budget or line | waits for its turn |
//! | an answer is lost (time-out, closed line, 5xx, nobody's words) | unknown: asked for by our id until it is stated |
//! | the venue knows no such order | believed only when it can no longer be on its way, and is not among the fills |
//! | the venue counts more than the fills we know | the fills are asked for, and an end waits for them |
//! | a line was lost | tokens anew, open orders and fills since, then orders again |
//! | an order that is nobody's here | kept, counted and told; one of ours, believed dead or of a run before, is withdrawn |
//! | news with our id that cannot be of our order | a stranger's, and told |
//! | the line of orders stays down | cancels go by REST |
//! | a private message that nobody understands | it may have been a fill: a round, before orders pass again |
//! | leverage, margin or position mode that is not the expected | only what reduces passes until it is |
//! | a position that our fills do not explain | only orders that make it smaller or only reduce pass on that instrument |
//!
//! What follows from our word and the venue's of one order stands in [`verdict`].
//!
//! Never: sends an order twice, makes an outcome up from silence, drops a cancel.

mod answers;
mod clock;
mod coins;
mod ending;
mod errand;
pub mod gauges;
mod inspect;
mod mail;
mod orders;
mod purses;
#[cfg(any(test, fuzzing, feature = "simulated"))]
pub mod rehearsal;
mod round;
mod setups;
#[cfg(any(test, feature = "simulated"))]
pub mod simulated;
mod stage;
mod strays;
mod survey;
mod switch;
mod takeover;
#[cfg(test)]
mod tests;
mod upkeep;
mod verdict;
mod watchdog;
mod wire;

pub use errand::Errands;
pub use inspect::{KeyRefusal, inspect};
pub use stage::{Gateway, GatewayError, GatewaySettings};
pub use survey::{Holding, SurveyError, setups, survey, withdraw_standing};

use super::ask::{Ask, AskId, Known};
use super::call::{Call, Way};
use super::heard::{FillNews, Heard, OrderNews, PaymentNews, Unwelcome};
use super::tongue::{Allowance, Manners, Tongue, Unable};
use clock::VenueClock;
use coins::Coins;
use engine_model::fixed_map::{FixedMap, Key};
use engine_model::instrument::{InstrumentId, Instruments, Name};
use engine_model::order::{ClientOrderId, Order, OrderStatus};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::{RejectReason, ReplyKind, Request, RequestKind};
use gauges::{Balance, Trouble};
use orders::{Cancel, Change, Entry, Found, NEVER, Orders};
use purses::Purses;
use round::Round;
use setups::Setups;
use std::collections::VecDeque;
use strays::Strays;
use switch::Switch;
use takeover::Takeover;
use verdict::{Here, Step, There, step};

/// Questions under way at once. A fuzzer makes a desk for each text, so its tables are small.
const ASKS_MAX: usize = if cfg!(fuzzing) { 64 } else { 4_096 };
/// Longest wait between two questions about an order.
const DOUBT_MAX_NS: u64 = 5_000_000_000;
/// First such wait.
const DOUBT_NS: u64 = 250_000_000;
/// Between two tries of what could not be sent, or was refused for now.
const TRY_AGAIN_NS: u64 = 50_000_000;
/// After a question that must be answered before anything goes on failed.
const PREPARE_AGAIN_NS: u64 = 1_000_000_000;
/// After a venue refused the key: it may have been exchanged there meanwhile.
const REFUSED_AGAIN_NS: u64 = 60_000_000_000;
/// The line of orders is down for so long: cancels go by REST.
const BY_REST_AFTER_NS: u64 = 1_000_000_000;
/// Silence when a venue says "slower" and not for how long.
const SLOW_MS: u64 = 1_000;
/// Longest silence by REST that a status of HTTP asks for, unless it says that the address is banned.
const SILENCE_MAX_MS: u64 = 60_000;
/// The status of a ban.
const BANNED: u16 = 418;
/// Questions in a row that a line leaves unanswered before it is given up.
const DEAF_AFTER: u32 = 2;

/// The time, three times.
#[derive(Clone, Copy, Debug, Default)]
struct Now {
    /// Of the timers: monotonic.
    timer_ns: u64,
    /// Ours.
    clock: Nanos,
    /// The venue's, as well as we know it.
    venue: Nanos,
}

/// What carries messages.
trait Post {
    /// Hands a message over. `false`: it did not leave, and will not.
    fn send(&mut self, id: AskId, call: &Call) -> bool;
    /// Ends a line, so that it is opened anew.
    fn give_up(&mut self, line: usize);
}

/// How the gateway is doing. In order: each is worse than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Orders pass.
    Ready = 0,
    /// Lines are up; what happened meanwhile is being learnt.
    Reconciling = 1,
    /// Lines are being opened.
    Opening = 2,
    /// What opens lines is being asked for.
    Preparing = 3,
    /// The end: what stands is withdrawn, then the venue's switch is turned off.
    Ending = 4,
    /// Nothing is under way any more.
    Ended = 5,
    /// The venue refuses the key: what stands is withdrawn by REST as far as it lets us, and the key tried once a minute.
    Refused = 6,
}

/// A question under way.
#[derive(Clone, Copy, Debug)]
struct Asked {
    ask: Ask,
    way: Way,
    at_ns: u64,
    /// The time of our clock, for the middle between question and answer.
    at: Nanos,
}

impl Asked {
    /// Whether a limit that it met is one of orders alone.
    const fn is_of_orders(&self) -> bool {
        matches!(self.ask, Ask::Place(_) | Ask::Modify(..))
    }
}

impl Key for AskId {
    fn bits(self) -> u64 {
        self.0
    }
}

/// How the desk is set.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// Without an answer for so long the outcome is unknown.
    answer_within_ns: u64,
    /// Between two looks at open orders and positions.
    reconcile_every_ns: u64,
    /// Orders in the venue's window, if not as many as every account has.
    orders: Option<u32>,
    /// Number of the run: orders of other runs are strangers.
    epoch: u32,
    /// Whether orders of runs before that stand are this one's from now on; else they are withdrawn.
    adopts: bool,
}

/// The desk.
struct Desk {
    tongue: Box<dyn Tongue>,
    manners: &'static Manners,
    rules: Rules,
    own: Vec<InstrumentId>,
    orders: Orders,
    strays: Strays,
    purses: Purses,
    asked: FixedMap<AskId, Asked>,
    /// When each is late, in the order asked.
    late: VecDeque<(u64, AskId)>,
    last: u64,
    call: Call,
    phase: Phase,
    /// Which of [`Manners::before`] is next, whether it is under way, and when it may be tried.
    prepared: usize,
    preparing: Option<AskId>,
    prepare_at_ns: u64,
    again_at_ns: u64,
    lines_up: u64,
    /// Since when the line of orders is down; [`NEVER`] while it is up, and before it was.
    silent_since_ns: u64,
    /// Per line: questions in a row without an answer.
    deaf: Vec<u32>,
    round: Round,
    setups: Setups,
    coins: Coins,
    /// Whether orders of somebody else are withdrawn; else they are left alone.
    withdraws_foreign: bool,
    /// Of what the account holds at the start; `None`: of nothing.
    takeover: Option<Takeover>,
    switch: Switch,
    /// Dead-man messages of the end without an answer, when they are waited for no more, and when what still stands is
    /// withdrawn again.
    ending: usize,
    end_by_ns: u64,
    withdraw_at_ns: u64,
    clock: VenueClock,
    troubles: Vec<Trouble>,
    /// Told by the venue since they were last passed on.
    balances: Vec<Balance>,
    rejects: u64,
    /// Rows that could not be read and are surely others'.
    skipped: u64,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("phase", &self.phase).finish_non_exhaustive()
    }
}

impl Desk {
    fn new(tongue: Box<dyn Tongue>, instruments: &Instruments, own: Vec<InstrumentId>, rules: Rules) -> Self {
        let manners = tongue.manners();
        let allowance = Allowance { orders: rules.orders.unwrap_or(manners.allowance.orders), ..manners.allowance };
        Self {
            tongue,
            manners,
            rules,
            orders: Orders::new(instruments),
            strays: Strays::default(),
            purses: Purses::new(allowance, manners.switch_a_minute(), 0),
            asked: FixedMap::new(ASKS_MAX),
            late: VecDeque::with_capacity(ASKS_MAX),
            last: 0,
            call: Call::default(),
            phase: Phase::Preparing,
            prepared: 0,
            preparing: None,
            prepare_at_ns: 0,
            again_at_ns: NEVER,
            lines_up: 0,
            silent_since_ns: NEVER,
            deaf: vec![0; manners.lines.len()],
            round: Round::new(&own, manners.is_whole, instruments),
            setups: Setups::new(&own, instruments),
            coins: Coins::new(&own, instruments),
            withdraws_foreign: false,
            takeover: None,
            switch: Switch::new(manners.dead_man, &own),
            own,
            ending: 0,
            end_by_ns: NEVER,
            withdraw_at_ns: NEVER,
            clock: VenueClock::default(),
            troubles: Vec::with_capacity(32),
            balances: Vec::with_capacity(64),
            rejects: 0,
            skipped: 0,
        }
    }

    /// The time at the venue.
    fn venue_time(&self, clock: Nanos) -> Nanos {
        self.clock.at(clock)
    }

    /// What was asked by that number, while its answer is awaited.
    fn ask_of(&self, id: AskId) -> Option<Ask> {
        self.asked.get(id).map(|asked| asked.ask)
    }

    /// How many questions are under way.
    fn in_flight(&self) -> usize {
        self.asked.len()
    }

    /// Orders whose state is not known. Each is due to be asked for: while nothing is, the table is not walked.
    fn unknown(&self) -> usize {
        let mut unknown = self.orders.entries.iter().filter(|(_, entry)| entry.has_due() && entry.is_unknown());
        if self.orders.due_ns == NEVER {
            debug_assert!(unknown.next().is_none(), "not known, and never asked for");
            return 0;
        }
        unknown.count()
    }

    /// Takes a request of the engine.
    fn request(&mut self, request: &Request, now: Now, post: &mut dyn Post) {
        let id = request.client_order_id;
        match request.what {
            RequestKind::Place(order) => {
                if let Err(reason) = self.place(order, now, post) {
                    self.rejects += 1;
                    let what = ReplyKind::Rejected(reason);
                    self.orders.tell(id, request.instrument, what, Nanos(0), now);
                }
            }
            RequestKind::Cancel => match self.orders.living(id) {
                Some(entry) => {
                    (entry.cancel, entry.cancels, entry.cancel_at_ns) = (Cancel::Wanted, 0, 0);
                    self.cancel(id, now, post);
                }
                None => {
                    let what = ReplyKind::CancelRejected(RejectReason::UnknownOrder);
                    self.orders.tell(id, request.instrument, what, Nanos(0), now);
                }
            },
            RequestKind::Modify { px, qty } => {
                if let Err(reason) = self.modify(id, px, qty, now, post) {
                    let what = ReplyKind::ModifyRejected(reason);
                    self.orders.tell(id, request.instrument, what, Nanos(0), now);
                }
            }
        }
    }

    /// Nothing was sent when this is an error.
    fn place(&mut self, order: Order, now: Now, post: &mut dyn Post) -> Result<(), RejectReason> {
        if self.phase != Phase::Ready {
            return Err(RejectReason::Unavailable);
        }
        if self.orders.is_used(order.client_order_id) {
            return Err(RejectReason::DuplicateId);
        }
        if !self.orders.has_room() {
            return Err(RejectReason::TooManyOrders);
        }
        if !self.round.admits(&order)
            || !self.setups.admits(&order, self.round.only_reduces(&order, Lots(0), &self.orders.net))
        {
            return Err(RejectReason::NotReconciled);
        }
        // A plain order that has a trigger is one that was pulled at the venue: what waited on our side leaves without.
        let trigger_px = if order.order_type.has_trigger() { order.trigger_px } else { Ticks(0) };
        let order = Order { trigger_px, ..order };
        self.send(Ask::Place(order), now, post).map_err(NotSent::reason)?;
        self.orders.begin(order, now);
        Ok(())
    }

    fn modify(
        &mut self,
        id: ClientOrderId,
        px: Ticks,
        qty: Lots,
        now: Now,
        post: &mut dyn Post,
    ) -> Result<(), RejectReason> {
        if self.phase != Phase::Ready {
            return Err(RejectReason::Unavailable);
        }
        let entry = self.orders.living(id).ok_or(RejectReason::UnknownOrder)?;
        if !self.manners.can_modify || entry.change.is_some() {
            return Err(RejectReason::NotAllowed);
        }
        let known = entry.known;
        let (changed, filled) = (Order { qty, ..known.order }, entry.filled);
        let shrinks = qty < known.order.qty && px == known.order.px;
        if !shrinks && !self.setups.admits(&changed, self.round.only_reduces(&changed, filled, &self.orders.net)) {
            return Err(RejectReason::NotReconciled);
        }
        self.send(Ask::Modify(known, px, qty), now, post).map_err(NotSent::reason)?;
        if let Some(entry) = self.orders.living(id) {
            entry.change = Some(Change { px, qty, sent_ns: now.timer_ns });
        }
        Ok(())
    }

    /// Sends the cancel of an order, or leaves it waiting for its turn.
    fn cancel(&mut self, id: ClientOrderId, now: Now, post: &mut dyn Post) {
        let is_due = |entry: &&mut Entry| entry.cancel == Cancel::Wanted && entry.cancel_at_ns <= now.timer_ns;
        let Some(entry) = self.orders.living(id).filter(is_due) else { return };
        let known = entry.known;
        let mut sent = self.send(Ask::Cancel(known), now, post);
        if sent == Err(NotSent::NoWay) && now.timer_ns.saturating_sub(self.silent_since_ns) >= BY_REST_AFTER_NS {
            sent = self.send(Ask::CancelByRest(known), now, post);
        }
        match sent {
            Ok(_) => {
                if let Some(entry) = self.orders.living(id) {
                    entry.cancel = Cancel::Asked;
                    // The next one of a row that leads nowhere waits longer.
                    entry.cancel_at_ns = match entry.cancels {
                        0 => 0,
                        again => now.timer_ns + (DOUBT_NS << again.min(8)).min(DOUBT_MAX_NS),
                    };
                    entry.cancels = entry.cancels.saturating_add(1);
                }
            }
            Err(NotSent::NotThere) => self.orders.refuse_cancel(id, RejectReason::NotAllowed, now),
            Err(NotSent::NotYet) => {
                // The venue names it by an id that we were not told.
                self.orders.doubt(id, now);
                self.postpone(id, TRY_AGAIN_NS, now, |entry| &mut entry.cancel_at_ns);
            }
            // Others have their turn before it is tried again.
            Err(NotSent::NoBudget | NotSent::NoWay) => {
                self.postpone(id, TRY_AGAIN_NS, now, |entry| &mut entry.cancel_at_ns);
            }
        }
    }

    /// Puts a question and hands it over.
    fn send(&mut self, ask: Ask, now: Now, post: &mut dyn Post) -> Result<AskId, NotSent> {
        let id = AskId(self.last + 1);
        self.tongue.ask(&ask, id, now.venue, &mut self.call)?;
        if let Way::Line(line) = self.call.way
            && self.lines_up & 1 << line == 0
        {
            return Err(NotSent::NoWay);
        }
        if self.asked.is_full() {
            return Err(NotSent::NoBudget);
        }
        if !self.purses.pay(&self.call, now.timer_ns) {
            return Err(NotSent::NoBudget);
        }
        if !post.send(id, &self.call) {
            return Err(NotSent::NoWay);
        }
        self.last = id.0;
        self.asked.insert(id, Asked { ask, way: self.call.way, at_ns: now.timer_ns, at: now.clock });
        self.late.push_back((now.timer_ns + self.rules.answer_within_ns, id));
        Ok(id)
    }

    /// Takes what was heard. `answers`: the question that it answers by REST.
    fn hear(&mut self, heard: &[Heard], answers: Option<AskId>, now: Now, post: &mut dyn Post) {
        let asked_ns = answers.and_then(|id| self.asked.get(id)).map(|asked| asked.at_ns);
        for said in heard {
            match said {
                Heard::Order(news) => self.hear_order(news, asked_ns, now, post),
                Heard::State { whose, state, at_ns } => {
                    // Nobody's here, or nobody can say: the next look at open orders tells.
                    if let Some(news) = self.orders.whole(*whose, *state, *at_ns) {
                        self.hear_order(&news, asked_ns, now, post);
                    }
                }
                Heard::Fill(fill) => self.hear_fill(fill, answers.is_some(), now),
                // Of an order of ours it is that order's, whatever the venue calls it.
                Heard::ClosedOut(_, fill) if self.orders.knows(fill) => self.hear_fill(fill, answers.is_some(), now),
                Heard::ClosedOut(_, FillNews { at_ns, .. }) | Heard::Paid(PaymentNews { at_ns, .. })
                    if self.orders.is_of_before(*at_ns) => {}
                Heard::ClosedOut(cause, fill) => {
                    let is_booked = self.orders.closed_out(*cause, fill, now);
                    self.troubles.push(if is_booked {
                        Trouble::ClosedOut(*cause, *fill)
                    } else {
                        Trouble::StrayFill(*fill)
                    });
                    self.tell_estimate(fill);
                }
                Heard::Triggered { whose, at_ns } => self.orders.triggered(whose, *at_ns, now),
                Heard::Paid(news) => self.orders.paid(news, &self.own, now),
                Heard::FundingSoFar(news) => self.orders.funded(news, now),
                Heard::Answer(id, answer) => {
                    if let Some(Way::Line(line)) = self.asked.get(*id).map(|asked| asked.way) {
                        self.deaf[line] = 0;
                    }
                    self.answered(*id, *answer, now, post);
                }
                Heard::Position { instrument, qty } => self.round.position(*instrument, *qty),
                Heard::Entered { instrument, avg_px_milliticks } => {
                    if let Some(takeover) = &mut self.takeover {
                        takeover.entered[instrument.index()] = *avg_px_milliticks;
                    }
                }
                Heard::Time(time) => self.set_clock(*time, answers, now),
                Heard::Used(used, _) => self.purses.used(*used, now.timer_ns),
                Heard::Unwelcome(why) => self.unwelcome(*why, now),
                Heard::Balance { asset, free_e8, locked_e8 } => {
                    self.has_coins(*asset, free_e8.saturating_add(*locked_e8));
                    self.balances.push(Balance { asset: *asset, free_e8: *free_e8, locked_e8: *locked_e8 });
                }
                Heard::Skipped(error) => {
                    self.skipped += 1;
                    self.troubles.push(Trouble::Frame(*error));
                }
                Heard::TwoWay(_) | Heard::Leverage(_) | Heard::Margin(_) => {
                    // What comes late, of a look that was broken off, is no part of this one.
                    let own = answers.filter(|id| self.round.waits_for(*id));
                    if let Some(asked) = own.and_then(|id| self.asked.get(id)) {
                        self.setups.hear(asked.ask, said);
                    }
                }
                // Rights were looked at before the start; greetings are the lines' business.
                Heard::Rights(_) | Heard::Welcome | Heard::Leave => {}
            }
        }
    }

    /// An execution. `is_past`: found among those of before, not told when it happened.
    fn hear_fill(&mut self, fill: &FillNews, is_past: bool, now: Now) {
        match self.orders.fill(fill, is_past, now) {
            Found::Stranger => self.strays.fill(fill, &mut self.troubles),
            Found::Rejected => self.troubles.push(Trouble::FillOfRejected(*fill)),
            Found::Contradicted => {
                self.strays.fill(fill, &mut self.troubles);
                self.troubles.push(Trouble::Contradiction(fill.whose));
            }
            Found::Ours(_) | Found::Risen(_) => {}
        }
        self.tell_estimate(fill);
    }

    /// What an execution cost by the rates, if it was booked with that.
    fn tell_estimate(&mut self, fill: &FillNews) {
        let estimated = self.orders.estimated.take();
        self.troubles.extend(estimated.map(|fee| Trouble::FeeEstimated { whose: fill.whose, fee }));
    }

    /// Some time between question and answer the venue's clock stood at `time`.
    fn set_clock(&mut self, time: Nanos, answers: Option<AskId>, now: Now) {
        let asked_at = answers.and_then(|id| self.asked.get(id)).map_or(now.clock, |asked| asked.at);
        self.clock.learn(time, asked_at, now.clock);
    }

    /// The venue refuses the key, our time, or a greeting: then perhaps for a token that was good when it was given.
    fn unwelcome(&mut self, why: Unwelcome, now: Now) {
        self.troubles.push(Trouble::Unwelcome(why));
        if why == Unwelcome::Clock {
            self.clock.doubt();
        }
        match (why, self.phase) {
            (Unwelcome::Key, Phase::Ending | Phase::Ended) => {}
            (Unwelcome::Key, _) => {
                (self.phase, self.prepare_at_ns) = (Phase::Refused, now.timer_ns + REFUSED_AGAIN_NS);
                self.withdraw_at_ns = now.timer_ns;
            }
            (Unwelcome::Clock, Phase::Ready | Phase::Reconciling) => self.again_at_ns = 0,
            (Unwelcome::Clock | Unwelcome::Other, Phase::Opening) | (Unwelcome::Clock, Phase::Preparing) => {
                let not_before_ns = now.timer_ns + PREPARE_AGAIN_NS;
                (self.phase, self.prepared, self.prepare_at_ns) = (Phase::Preparing, 0, not_before_ns);
            }
            (Unwelcome::Clock | Unwelcome::Other, _) => {}
        }
    }

    fn hear_order(&mut self, news: &OrderNews, asked_ns: Option<u64>, now: Now, post: &mut dyn Post) {
        match self.orders.news(news, asked_ns, now) {
            Found::Ours(id) => self.cancel(id, now, post),
            Found::Risen(id) => self.withdraw_risen(id, news.whose.venue_order_id, now, post),
            Found::Stranger => self.stranger(news, now, post),
            Found::Contradicted => {
                self.strays.note(news, now.timer_ns, &mut self.troubles);
                self.troubles.push(Trouble::Contradiction(news.whose));
            }
            Found::Rejected => {}
        }
    }

    /// An order of nobody here. One of ours was sent and is forgotten, or is of a run before: it is withdrawn, or adopted.
    fn stranger(&mut self, news: &OrderNews, now: Now, post: &mut dyn Post) {
        let here = match news.whose.ours {
            Some(id) if id.epoch() == self.rules.epoch => Here::Known(OrderStatus::Initialized),
            Some(id) if id.epoch() < self.rules.epoch => Here::Earlier,
            Some(_) | None => Here::Foreign,
        };
        if here == Here::Earlier && self.rules.adopts && self.orders.adopt(news, now) {
            return;
        }
        self.strays.note(news, now.timer_ns, &mut self.troubles);
        // One in our form is of another process with this key: the two would withdraw each other's.
        if let (true, Step::Note, Some(known)) =
            (self.withdraws_foreign, step(here, There::of(news)), Known::theirs(news))
        {
            let is_sent = self.send(Ask::Cancel(known), now, post).is_ok();
            self.troubles.push(Trouble::Foreign { whose: news.whose, is_sent });
        }
        if let (Step::Withdraw, Some(known)) = (step(here, There::of(news)), Known::of(news)) {
            if here == Here::Earlier && self.rules.adopts && news.waits {
                self.troubles.push(Trouble::Waits { id: known.id() });
            }
            self.withdraw(known, now, post);
        }
    }

    fn withdraw_risen(&mut self, id: ClientOrderId, venue_order_id: Name, now: Now, post: &mut dyn Post) {
        if let Some(entry) = self.orders.entries.get(id).copied() {
            self.withdraw(Known { venue_order_id, ..entry.known }, now, post);
        }
    }

    /// Should it not go out now, the order is met again at the next look at open orders.
    fn withdraw(&mut self, known: Known, now: Now, post: &mut dyn Post) {
        let is_sent = self.send(Ask::Cancel(known), now, post).is_ok();
        self.troubles.push(Trouble::Orphan { id: known.id(), is_sent });
    }

    /// Whether replies of a whole answer have room before the engine takes some.
    fn is_backed_up(&self) -> bool {
        self.orders.replies.len() > orders::OPEN_MAX
    }
}

/// Why a question did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotSent {
    NotThere,
    NotYet,
    NoBudget,
    NoWay,
}

impl From<Unable> for NotSent {
    fn from(unable: Unable) -> Self {
        match unable {
            Unable::NotThere => Self::NotThere,
            Unable::NotYet => Self::NotYet,
        }
    }
}

impl NotSent {
    const fn reason(self) -> RejectReason {
        match self {
            Self::NotThere => RejectReason::NotAllowed,
            Self::NoBudget => RejectReason::RateLimited,
            Self::NotYet | Self::NoWay => RejectReason::Unavailable,
        }
    }
}

//! What a gateway tells of itself while it runs. One thread writes, any thread reads.
//!
//! Owns: counts, the phase, and the last troubles as values in a short queue, so that the hot thread never formats a line
//! of log. Never: a lock, a key.

use super::Phase;
use crate::error::FrameError;
use crate::gateway::ask::Prepare;
use crate::gateway::call::Way;
use crate::gateway::heard::{FillNews, OrderNews, Unwelcome, Whose};
use crate::net::error::NetError;
use crossbeam::queue::ArrayQueue;
use engine_model::closeout::Cause;
use engine_model::instrument::{InstrumentId, Name};
use engine_model::order::ClientOrderId;
use engine_model::setup::Setup;
use engine_model::units::{Lots, Quote};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::counter::{Counter, Reading};
use std::fmt;

/// Upper bounds of the buckets from an order's sending to the venue's first word, in microseconds; the last has none.
pub const LATENCY_BOUNDS_US: [u64; 15] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
    5_000_000,
];

/// Everything that one gateway counts.
#[derive(Debug)]
pub struct GatewayGauges {
    /// Which venue.
    pub venue: VenueId,
    phase: Counter,
    /// Requests taken from the engine.
    pub requests: Counter,
    /// Replies given to the engine.
    pub replies: Counter,
    /// Orders that stand or may stand at the venue.
    pub open: Counter,
    /// Questions and orders under way.
    pub in_flight: Counter,
    /// Orders whose state the venue has not stated.
    pub unknown: Counter,
    /// Orders of others that stand at the venue.
    pub strays: Counter,
    /// Executions of orders of others.
    pub stray_fills: Counter,
    /// What is left of the venue's window of orders.
    pub budget_left: Counter,
    /// Orders refused, by the venue or before they were sent.
    pub rejects: Counter,
    /// Rows of answers that could not be read and are surely others'.
    pub skipped: Counter,
    /// Positions that differ from what our fills come to.
    pub positions_off: Counter,
    /// Contracts whose leverage, margin or position mode is not the expected one.
    pub setups_off: Counter,
    /// Fees in an asset that has no price here: told as nothing.
    pub foreign_fees: Counter,
    /// Messages that could not be understood.
    pub errors: Counter,
    /// Private lines opened.
    pub connects: Counter,
    /// Private lines that broke or could not be opened.
    pub net_errors: Counter,
    /// Times that the watchdog withdrew everything.
    pub watchdog: Counter,
    /// The stage's turns: by which the watchdog knows that it lives.
    pub turns: Counter,
    /// By bucket of [`LATENCY_BOUNDS_US`], the last one above all of them.
    pub latency: [Counter; LATENCY_BOUNDS_US.len() + 1],
    /// Sum of what stands in the buckets, in nanoseconds.
    pub latency_ns: Counter,
    troubles: ArrayQueue<Trouble>,
    balances: ArrayQueue<Balance>,
    /// Troubles that found their queue full.
    pub troubles_dropped: Counter,
}

/// Troubles kept for whoever writes the log.
const TROUBLES: usize = 64;
/// Balances kept for him; the oldest make room.
const BALANCES: usize = 256;

/// What the account holds of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// As the venue spells it.
    pub asset: Name,
    /// Not bound by orders, in 1e-8.
    pub free_e8: i64,
    /// Bound by orders, in 1e-8.
    pub locked_e8: i64,
}

impl GatewayGauges {
    /// All zero, preparing.
    #[must_use]
    pub fn new(venue: VenueId) -> Self {
        let gauges = Self {
            venue,
            phase: Counter::new(),
            requests: Counter::new(),
            replies: Counter::new(),
            open: Counter::new(),
            in_flight: Counter::new(),
            unknown: Counter::new(),
            strays: Counter::new(),
            stray_fills: Counter::new(),
            budget_left: Counter::new(),
            rejects: Counter::new(),
            skipped: Counter::new(),
            positions_off: Counter::new(),
            setups_off: Counter::new(),
            foreign_fees: Counter::new(),
            errors: Counter::new(),
            connects: Counter::new(),
            net_errors: Counter::new(),
            watchdog: Counter::new(),
            turns: Counter::new(),
            latency: [const { Counter::new() }; LATENCY_BOUNDS_US.len() + 1],
            latency_ns: Counter::new(),
            troubles: ArrayQueue::new(TROUBLES),
            balances: ArrayQueue::new(BALANCES),
            troubles_dropped: Counter::new(),
        };
        gauges.phase.set(Phase::Preparing as u64);
        gauges
    }

    /// How it was doing some time ago.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let phases = [
            Phase::Ready,
            Phase::Reconciling,
            Phase::Opening,
            Phase::Preparing,
            Phase::Ending,
            Phase::Ended,
            Phase::Refused,
        ];
        phases.into_iter().find(|phase| *phase as u64 == self.phase.get()).unwrap_or(Phase::Refused)
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.set(phase as u64);
    }

    /// The next trouble that nobody has taken yet.
    #[must_use]
    pub fn take_trouble(&self) -> Option<impl fmt::Display + use<>> {
        self.troubles.pop()
    }

    /// The next balance that the venue told and nobody has taken yet.
    #[must_use]
    pub fn take_balance(&self) -> Option<Balance> {
        self.balances.pop()
    }

    pub(super) fn holds(&self, balance: Balance) {
        let _oldest = self.balances.force_push(balance);
    }

    pub(super) fn trouble(&self, trouble: Trouble) {
        if self.troubles.push(trouble).is_err() {
            self.troubles_dropped.add(1);
        }
    }

    pub(super) fn answered_in(&self, ns: u64) {
        let at = LATENCY_BOUNDS_US.iter().position(|bound| ns <= bound * 1_000).unwrap_or(LATENCY_BOUNDS_US.len());
        self.latency[at].add(1);
        self.latency_ns.add(ns);
    }

    /// What it counts, in order; the histogram apart.
    #[must_use]
    pub fn readings(&self) -> [Reading; 17] {
        [
            Reading::level("phase", "How it is doing: 0 ready, 1 reconciling, above 1 no order passes.", &self.phase),
            Reading::count("requests", "Requests taken from the engine.", &self.requests),
            Reading::count("replies", "Replies given to the engine.", &self.replies),
            Reading::level("open", "Orders that stand or may stand at the venue.", &self.open),
            Reading::level("in_flight", "Questions and orders under way.", &self.in_flight),
            Reading::level("unknown", "Orders whose state the venue has not stated.", &self.unknown),
            Reading::level("strays", "Orders of others that stand at the venue.", &self.strays),
            Reading::count("stray_fills", "Executions of orders of others.", &self.stray_fills),
            Reading::level("budget_left", "What is left of the venue's window of orders.", &self.budget_left),
            Reading::count("rejects", "Orders refused, by the venue or before they were sent.", &self.rejects),
            Reading::count("skipped_rows", "Rows of others in answers that could not be read.", &self.skipped),
            Reading::level("positions_off", "Positions that differ from what fills come to.", &self.positions_off),
            Reading::level(
                "setups_off",
                "Contracts that are not set up as expected: of those only what reduces passes.",
                &self.setups_off,
            ),
            Reading::count("foreign_fees", "Fees in an asset that nothing of the run is of.", &self.foreign_fees),
            Reading::count("errors", "Messages that could not be understood.", &self.errors),
            Reading::count("net_errors", "Private lines that broke or could not be opened.", &self.net_errors),
            Reading::count("watchdog", "Times that the watchdog withdrew everything.", &self.watchdog),
        ]
    }
}

/// Something that a person should know. Never carries a key.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A line or an answer.
    Net(NetError),
    /// A message that could not be understood.
    Frame(FrameError),
    /// A greeting or a signature that was refused.
    Unwelcome(Unwelcome),
    /// What opens lines was refused.
    Unprepared {
        /// What.
        what: Prepare,
        /// Why.
        reason: RejectReason,
    },
    /// The venue wants to hear nothing for a while.
    Silence {
        /// On that way: by REST, or on lines.
        way: Way,
        /// For how long.
        wait_ms: u64,
    },
    /// An order of others.
    Stray(OrderNews),
    /// An execution of one.
    StrayFill(FillNews),
    /// The venue closed a position of ours, in part or whole.
    ClosedOut(Cause, FillNews),
    /// The venue did not tell what an execution cost.
    FeeEstimated {
        /// Of which order.
        whose: Whose,
        /// What it cost by the rates of the configuration, in what the instrument settles in.
        fee: Quote,
    },
    /// An execution of an order that the venue had rejected.
    FillOfRejected(FillNews),
    /// Something bears an id of ours and cannot be of our order.
    Contradiction(Whose),
    /// An order of somebody else stands, and such are to be withdrawn.
    Foreign {
        /// Which.
        whose: Whose,
        /// Whether its cancel went out at once.
        is_sent: bool,
    },
    /// An order of ours that was believed dead stands at the venue.
    Orphan {
        /// Which.
        id: ClientOrderId,
        /// Whether its cancel went out at once.
        is_sent: bool,
    },
    /// An order of a run before waits for a price, and orders are adopted.
    Waits {
        /// Which.
        id: ClientOrderId,
    },
    /// Orders that we believe open, and that the venue did not name.
    Missed {
        /// How many.
        orders: u64,
    },
    /// A position that our fills do not explain.
    Position {
        /// Of what.
        instrument: InstrumentId,
        /// What it should be.
        ours: Lots,
        /// What the venue says.
        venue: Lots,
    },
    /// Coins that our fills, their fees and payments do not explain.
    Coins {
        /// An instrument of the coin.
        instrument: InstrumentId,
        /// What the account should have, in its lots.
        ours: Lots,
        /// What the venue says.
        venue: Lots,
    },
    /// The account is not set up for a contract as the run expects it.
    Setup {
        /// Which contract.
        symbol: Name,
        /// How it is.
        found: Setup,
        /// How it should be.
        expected: Setup,
    },
    /// It is by now.
    SetupAgrees {
        /// Which contract.
        symbol: Name,
        /// How it is.
        found: Setup,
    },
    /// The venue's dead-man switch was not fed.
    DeadMan,
    /// The venue's switch is set for the account, and stays so when the run is over.
    StaysSet {
        /// How long it waits for the line to come back.
        seconds: u32,
    },
    /// The run ended, and orders may still stand: the switch is left armed.
    LeftOpen {
        /// How many.
        orders: usize,
    },
    /// The stage stood still, and the watchdog withdrew everything.
    Watchdog {
        /// For so long.
        still_s: u64,
        /// Instruments whose orders could not be withdrawn.
        failed: usize,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(error) => write!(f, "{error}"),
            Self::Frame(error) => write!(f, "a private message has no effect: {error}"),
            Self::Unwelcome(Unwelcome::Key) => f.write_str(
                "the venue refuses the key, its signature or its permission: no order passes; what stands is withdrawn by REST if it still may be; check the key, which is tried again each minute",
            ),
            Self::Unwelcome(Unwelcome::Clock) => {
                f.write_str("the venue refuses our time: it is asked for its own again")
            }
            Self::Unwelcome(Unwelcome::Other) => f.write_str("the venue refuses the greeting of a line; tried again"),
            Self::Unprepared { what, reason } => write!(f, "{what:?} was refused ({reason:?}); tried again"),
            Self::Silence { way: Way::Line(_), wait_ms } => {
                write!(f, "rate limit passed: nothing is said on the venue's lines for {wait_ms} ms")
            }
            Self::Silence { wait_ms, .. } => write!(f, "rate limit passed: nothing is asked by REST for {wait_ms} ms"),
            Self::Stray(news) => write!(
                f,
                "an order that is not of this run stands at the venue: {} {:?} {} lots, {} filled; it is left alone",
                news.whose.venue_order_id, news.side, news.qty.0, news.filled.0
            ),
            Self::StrayFill(fill) => write!(
                f,
                "an execution that is not of this run: order {} {:?} {} lots; positions move without us",
                fill.whose.venue_order_id, fill.side, fill.qty.0
            ),
            Self::ClosedOut(cause, fill) => write!(
                f,
                "{}: the venue itself executed order {} {:?} {} lots on our account; it is booked",
                cause.name(),
                fill.whose.venue_order_id,
                fill.side,
                fill.qty.0
            ),
            Self::FeeEstimated { whose, fee } => write!(
                f,
                "an execution of order {} was told without its fee: it is booked with {fee} by the venue's maker_fee_bps or \
                 taker_fee_bps; what was paid stands in the venue's statement",
                whose.venue_order_id
            ),
            Self::FillOfRejected(fill) => write!(
                f,
                "order {} was rejected, and {} lots of it were executed: the engine does not count them; mend the position",
                fill.whose.venue_order_id, fill.qty.0
            ),
            Self::Contradiction(whose) => write!(
                f,
                "what the venue says of {}, its order {}, cannot be of our order of that id: another instrument, side, order \
                 or amount; does another process use the account? It is not counted",
                whose.ours.map_or_else(|| "one without our id".to_owned(), |id| id.to_string()),
                whose.venue_order_id
            ),
            Self::Foreign { whose: Whose { venue_order_id, .. }, is_sent } => write!(
                f,
                "order {venue_order_id} of somebody else stands: {}",
                if *is_sent { "withdrawn, as run.foreign_orders says" } else { "it is withdrawn as soon as a cancel can be sent" }
            ),
            Self::Orphan { id, is_sent: true } => write!(f, "order {id} was believed dead and stands: withdrawn"),
            Self::Orphan { id, is_sent: false } => {
                write!(f, "order {id} was believed dead and stands: it is withdrawn as soon as a cancel can be sent")
            }
            Self::Waits { id } => write!(
                f,
                "order {id} of a run before waits at the venue for a price: such are withdrawn, not adopted; what it protects \
                 has no stop until its strategy places one"
            ),
            Self::Missed { orders } => {
                write!(f, "{orders} orders that we believe open were not named by the venue: each is asked for")
            }
            Self::Position { ours, venue, instrument } => write!(
                f,
                "instrument {}: the venue holds {} lots, our fills come to {}; somebody else trades on the account: only \
                 orders that make it smaller pass there",
                instrument.0, venue.0, ours.0
            ),
            Self::Coins { ours, venue, instrument } => write!(
                f,
                "instrument {}: the account has coins of {} lots, what we did comes to {}; they came or went beside the run: \
                 only orders that make them fewer pass there",
                instrument.0, venue.0, ours.0
            ),
            Self::Setup { symbol, found, expected } => write!(
                f,
                "{symbol} is set up otherwise at the venue: found {found}, expected {expected}: of it only what \
                 reduces passes; change it there, or leverage and margin_mode of its [[venue]]; it is looked at again in each \
                 round"
            ),
            Self::SetupAgrees { symbol, found } => write!(f, "{symbol} is set up as expected by now: {found}"),
            Self::DeadMan => f.write_str(
                "the venue's dead-man switch was not set or fed: no order passes unless it holds; tried again",
            ),
            Self::StaysSet { seconds } => write!(
                f,
                "the venue's switch is set for the whole account and stays set behind this run, for the venue has no way to turn \
                 it off: {seconds} s after any program's line that listens to it is lost, every order of its product is withdrawn"
            ),
            Self::LeftOpen { orders } => write!(
                f,
                "{orders} orders may still stand at the end: the venue's dead-man switch is left armed; withdraw them there"
            ),
            Self::Watchdog { still_s, failed: 0 } => {
                write!(f, "the venue's stage stood still for {still_s} s: the watchdog withdrew every order")
            }
            Self::Watchdog { still_s, failed } => write!(
                f,
                "the venue's stage stood still for {still_s} s, and orders on {failed} instruments could not be withdrawn"
            ),
        }
    }
}

//! How orders are talked about with a venue: one implementation a venue, texts in and texts out.
//!
//! A tongue owns no socket, no clock and no order: it is asked to put a question into words ([`Tongue::ask`]) and to
//! understand what a venue says ([`Tongue::hear`]). It remembers only what later words need (a token, a nonce, the id of a
//! session). The desk in between, which owns sockets, budgets, time-outs and the orders themselves, is the same for all.

use super::ask::{Ask, AskId, Known, Prepare};
use super::call::Call;
use super::heard::Heard;
use super::key::{Key, KeyError};
use crate::error::FrameError;
use crate::live::dialect::Heartbeat;
use crate::{binance, bitget, bybit, coinbase, deribit, gate, hyperliquid, kraken, kraken_futures, okx};
use engine_model::instrument::Instruments;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use thiserror::Error;

/// Where something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On that line of [`Manners::lines`].
    Line(usize),
    /// In the REST answer to that question, with that status of HTTP.
    Rest(AskId, Ask, u16),
}

/// A question that cannot be put: nothing was sent, and nothing will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unable {
    /// The venue has nothing of the kind.
    NotThere,
    /// What it needs (a token, the venue's id of the order) has not come yet.
    NotYet,
}

/// Why there is no tongue for a venue.
#[derive(Debug, Error)]
pub enum NoTongue {
    /// Nobody has taught us how.
    #[error("no orders can be sent to {0}: it is heard only; trade elsewhere, or on paper")]
    NotSpoken(&'static str),
    /// The key does not fit the venue.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A venue's tongue.
pub(crate) fn of(venue: VenueId, key: &Key, instruments: &Instruments) -> Result<Box<dyn Tongue>, NoTongue> {
    match venue {
        VenueId::Bitget => Ok(Box::new(bitget::gateway::Bitget::new(key, instruments)?)),
        VenueId::Bybit => Ok(Box::new(bybit::gateway::Bybit::new(key, instruments))),
        VenueId::Okx => Ok(Box::new(okx::gateway::Okx::new(key, instruments)?)),
        VenueId::Coinbase => Ok(Box::new(coinbase::gateway::Coinbase::new(key, instruments)?)),
        VenueId::Kraken => Ok(Box::new(kraken::gateway::Kraken::new(key, instruments)?)),
        VenueId::Deribit => Ok(Box::new(deribit::gateway::Deribit::new(key, instruments))),
        VenueId::KrakenFutures => Ok(Box::new(kraken_futures::gateway::KrakenFutures::new(key, instruments)?)),
        VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm => {
            Ok(Box::new(binance::gateway::Binance::new(venue, key, instruments)?))
        }
        VenueId::Hyperliquid => Ok(Box::new(hyperliquid::gateway::Hyperliquid::new(key, instruments)?)),
        VenueId::GateSpot | VenueId::GateFutures => Ok(Box::new(gate::gateway::Gate::new(venue, key, instruments))),
        _ => Err(NoTongue::NotSpoken(venue.name())),
    }
}

/// A venue's way with orders.
pub(crate) trait Tongue: Send {
    /// What it is like, as data.
    fn manners(&self) -> &'static Manners;

    /// The path of that line, with its token if it has one.
    fn line_path(&self, line: usize, path: &mut super::text::Text);

    /// Writes what is to be said on that line as the `step`-th thing after it opened, from 0: login, then subscriptions.
    /// The next step is asked for when the venue said [`Heard::Welcome`]. `false`: nothing more, the line is ready.
    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool;

    /// Writes what is to be said on that line before it is closed in order: that its loss means nothing. `false`: nothing.
    fn leave(&mut self, _line: usize, _call: &mut Call) -> bool {
        false
    }

    /// Puts a question into words. `now` is the venue's time as well as we know it. [`Ask::CancelAll`] and questions go by
    /// REST: they are asked while lines are down, and the first of them by a watchdog that has no line.
    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable>;

    /// Writes one message that withdraws the first of these orders, as many as it takes by REST: how many. Of a venue that
    /// has no [`Ask::CancelAll`], and whose [`Ask::OpenOrders`] tells of all instruments, whichever it was asked for. The
    /// answer is one to [`Ask::CancelByRest`].
    fn ask_to_withdraw(
        &mut self,
        _standing: &[Known],
        _id: AskId,
        _now: Nanos,
        _call: &mut Call,
    ) -> Result<usize, Unable> {
        Err(Unable::NotThere)
    }

    /// That question is about to be put for the first time: where an earlier answer to it ended, at a page or at a half, is
    /// forgotten. What was answered before a line was lost says nothing of what is behind it.
    fn begin_anew(&mut self, _ask: &Ask) {}

    /// Understands what was said and appends it. What is of no interest (an unknown kind of message, a pong) appends
    /// nothing; what should have been understood and was not is an error, and then nothing of it was appended.
    ///
    /// To a REST answer exactly one [`Heard::Answer`] is appended, or an error returned.
    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError>;
}

/// What a venue's way with orders is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Production hosts: REST, and of the lines unless a line has its own.
    pub(crate) rest: &'static str,
    /// The host that tells what a key may do, where it is another one.
    pub(crate) rights: Option<&'static str>,
    /// Connections that are kept open.
    pub(crate) lines: &'static [PrivateLine],
    /// Asked for by REST in this order before any line is opened.
    pub(crate) before: &'static [Prepare],
    /// Asked for again so often, in nanoseconds.
    pub(crate) again: Option<(Prepare, u64)>,
    /// Whether orders go out on a line (else by REST).
    pub(crate) orders_on: Option<usize>,
    /// Whether [`Answer::Done`](super::heard::Answer::Done) to an order means that it stands. Else only its news tells.
    pub(crate) answer_is_final: bool,
    /// Whether an order's price and quantity can be changed.
    pub(crate) can_modify: bool,
    /// Whether an answer about open orders, or about executions, is the whole account's, whichever instrument it was asked
    /// for.
    pub(crate) is_whole: bool,
    /// How much may be asked.
    pub(crate) allowance: Allowance,
    /// The venue's own dead-man switch.
    pub(crate) dead_man: Option<DeadMan>,
}

impl Manners {
    /// Weight that the switch may cost in a minute, apart from all else: no round and no look-up may starve it. Where each
    /// instrument is fed by itself, twice what questions have; one for all, or one that is set once, costs little.
    pub(crate) fn switch_a_minute(&self) -> u32 {
        let questions = self.allowance.questions_a_minute;
        match self.dead_man {
            None => 0,
            Some(DeadMan { by_instrument: true, is_fed: true, .. }) => questions.saturating_mul(2),
            Some(_) => questions / 2,
        }
    }
}

/// A connection for what is private.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrivateLine {
    /// Production host.
    pub(crate) host: &'static str,
    /// What must be said now and then.
    pub(crate) heartbeat: Option<Heartbeat>,
    /// A connection that says nothing for so long is given up.
    pub(crate) silent_after_ns: u64,
}

/// How much a venue lets one ask, in the venue's own unit. Orders and cancels share the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Orders, changes and cancels.
    pub(crate) orders: u32,
    /// In so many milliseconds.
    pub(crate) orders_window_ms: u32,
    /// Of `orders`, kept for cancels.
    pub(crate) kept_for_cancels: u32,
    /// Weight of questions in a minute.
    pub(crate) questions_a_minute: u32,
}

/// A switch at the venue that withdraws our orders when we have not been heard for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeadMan {
    /// How long it waits, in seconds.
    pub(crate) seconds: u32,
    /// Whether each instrument has its own; else one for all.
    pub(crate) by_instrument: bool,
    /// Whether it waits for the next feeding. Else it is set once, fires when a line that it watches is lost, and stays set:
    /// it cannot be turned off, only be left by a line that says so, see [`Tongue::leave`].
    pub(crate) is_fed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::key::Secret;
    use crate::live::dialect::{self, Resync};
    use crate::live::settings::FeedSettings;
    use crate::poll;

    /// What a gateway asks by REST in a minute, were its purses emptied, where the venue counts it with all else that comes
    /// from the address. Elsewhere it counts by the account, or each kind of question by itself.
    fn asked_from_the_address(venue: VenueId) -> u32 {
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
        let manners = match venue {
            VenueId::Hyperliquid => &hyperliquid::gateway::MANNERS,
            VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm | VenueId::Bybit => {
                of(venue, &key, &Instruments::default()).expect("spoken").manners()
            }
            _ => return 0,
        };
        manners.allowance.questions_a_minute + manners.switch_a_minute()
    }

    #[test]
    fn books_orders_the_switch_and_the_door_together_keep_to_the_limit_of_an_address() {
        for venue in VenueId::ALL {
            let Some(polls) = poll::dialect::of(venue) else { continue };
            let books = match dialect::of(venue).resync {
                Resync::Rest(_) => FeedSettings::new(venue, 1).beside_orders().weight_per_minute,
                Resync::Again | Resync::Reconnect => 0,
            };
            let all = books + (polls.weight_per_minute)(venue) + asked_from_the_address(venue);
            assert!(all <= crate::weight_limit(venue), "{}: {all}", venue.name());
        }
    }
}

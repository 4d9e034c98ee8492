//! What a venue says of orders and of the account, in no venue's words.

use super::ask::AskId;
use crate::error::FrameError;
use engine_model::closeout::Cause;
use engine_model::instrument::{InstrumentId, Name};
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::payment::PaymentKind;
use engine_model::report::Liquidity;
use engine_model::setup::{MarginMode, Setup};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// One thing that a venue said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The step of the greeting that was said last was taken: the next one may be said.
    Welcome,
    /// The greeting was refused: key, signature, permission, clock. The text is in the log, never the key.
    Unwelcome(Unwelcome),
    /// The answer to a question.
    Answer(AskId, Answer),
    /// How an order is now.
    Order(OrderNews),
    /// The same of one that is named by its ids alone: of which instrument, side and size it is was not told.
    State {
        /// Whose it is.
        whose: Whose,
        /// Where it is.
        state: OrderState,
        /// The venue's time.
        at_ns: Nanos,
    },
    /// The trigger of an order was pulled: it is a plain order from now on, and bears that id at the venue.
    Triggered {
        /// Whose it is; the venue's id is the one from now on, empty where that is told later.
        whose: Whose,
        /// The venue's time.
        at_ns: Nanos,
    },
    /// An execution.
    Fill(FillNews),
    /// An execution that the venue placed on our account, and why: it is of no order of ours.
    ClosedOut(Cause, FillNews),
    /// What the account holds of an asset.
    Balance {
        /// Which asset, as the venue spells it.
        asset: Name,
        /// Not bound by orders, in 1e-8.
        free_e8: i64,
        /// Bound by orders, in 1e-8.
        locked_e8: i64,
    },
    /// Money moved without an execution.
    Paid(PaymentNews),
    /// What the position in an instrument has paid (negative) and got for being held so far.
    FundingSoFar(FundingNews),
    /// A position of the account.
    Position {
        /// Of what.
        instrument: InstrumentId,
        /// Positive is long.
        qty: Lots,
    },
    /// What a position was entered at on average, by the venue's word.
    Entered {
        /// Of what.
        instrument: InstrumentId,
        /// In 1/1000 tick; never 0.
        avg_px_milliticks: i64,
    },
    /// Whether the account keeps longs and shorts of a contract side by side.
    TwoWay(bool),
    /// The leverage of the contract that was asked for, in hundredths; never 0.
    Leverage(u32),
    /// What stands behind the position of the contract that was asked for.
    Margin(MarginMode),
    /// What the key may do.
    Rights(Rights),
    /// The venue's time.
    Time(Nanos),
    /// How much of a limit is used, where the venue tells: (used, limit).
    Used(u32, u32),
    /// A row of an answer that cannot be read and is surely none of ours: of another instrument, or of an order that bears
    /// another's id.
    Skipped(FrameError),
    /// The venue asks for another connection: it is about to close this one.
    Leave,
}

impl Heard {
    /// Adds what it tells of how a contract is set up.
    pub(crate) fn tell(&self, setup: &mut Setup) {
        match self {
            // Of two sides one is enough.
            Self::TwoWay(is_so) => setup.is_two_way = Some(*is_so || setup.is_two_way == Some(true)),
            Self::Leverage(leverage_e2) => setup.leverage_e2 = Some(*leverage_e2),
            Self::Margin(margin) => setup.margin = Some(*margin),
            _ => {}
        }
    }
}

/// Why a greeting was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwelcome {
    /// Key, signature or permission: trying again changes nothing.
    Key,
    /// Our clock is too far from the venue's.
    Clock,
    /// Anything else: tried again with the waits of a lost line.
    Other,
}

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, or taken in where the venue tells the outcome later.
    Done,
    /// Done, and there is more of it: put again, the same question goes on where this answer ended.
    More,
    /// Refused: nothing happened.
    Refused(RejectReason),
    /// Not now: nothing happened, the same may be asked again after so long.
    Later {
        /// In milliseconds; 0: the venue did not say.
        wait_ms: u32,
    },
    /// It may have happened or not (5xx, time-out inside the venue). To be asked for by our id before anything else.
    Unknown,
    /// The order asked for is not known to the venue.
    NoSuchOrder,
}

/// Whose order something is about. At least one of the two is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whose {
    /// Our id; `None` where the order was not ours, or the venue names only its own.
    pub(crate) ours: Option<ClientOrderId>,
    /// The venue's id; empty where it was not told.
    pub(crate) venue_order_id: Name,
}

/// How an order is at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrderNews {
    pub(crate) whose: Whose,
    /// `None`: of an instrument that is not ours.
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) side: Side,
    /// Limit price as it stands; of a market order that waits for a price, that price; 0 of another.
    pub(crate) px: Ticks,
    /// Whole quantity as it stands; 0 where it was not told.
    pub(crate) qty: Lots,
    /// Executed so far; what the fills of it must come to.
    pub(crate) filled: Lots,
    pub(crate) state: OrderState,
    /// Waits at the venue for a price: there it may be a thing of its own, with another id once it is pulled.
    pub(crate) waits: bool,
    /// The venue's time.
    pub(crate) at_ns: Nanos,
}

/// Where an order is at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderState {
    /// Stands, perhaps executed in part.
    Open,
    /// Executed whole.
    Filled,
    /// Withdrawn, by us or by the venue.
    Canceled,
    /// Its time ran out: also what is left of an IOC where the venue calls that expired.
    Expired,
    /// Refused.
    Rejected(RejectReason),
}

/// An execution of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FillNews {
    pub(crate) whose: Whose,
    /// `None`: of an instrument that is not ours.
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) side: Side,
    /// Unique per venue and instrument; of a venue whose ids are texts, [`trade_id`] of the text.
    pub(crate) trade_id: u64,
    pub(crate) px: Ticks,
    pub(crate) qty: Lots,
    /// What it cost, in 1e-8 of `fee_asset`; negative is a rebate.
    pub(crate) fee_e8: i64,
    pub(crate) fee_asset: Name,
    pub(crate) liquidity: Liquidity,
    /// The venue's time.
    pub(crate) at_ns: Nanos,
}

impl FillNews {
    /// In place of the asset of a fee that was not told: no venue calls one so.
    const UNTOLD: &'static str = "?";

    /// What stands for the asset where the answer has no fee.
    pub(crate) fn untold_fee() -> Name {
        Name::new(Self::UNTOLD).unwrap_or_default()
    }

    /// Whether the venue has not told what it cost.
    pub(crate) fn has_untold_fee(&self) -> bool {
        self.fee_asset.as_str() == Self::UNTOLD
    }
}

/// Money that moved without an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PaymentNews {
    /// For the position in this one; `None`: the venue names the asset alone.
    pub(crate) instrument: Option<InstrumentId>,
    /// The venue's number of it, by which it is told once; 0: it has none.
    pub(crate) id: u64,
    pub(crate) kind: PaymentKind,
    pub(crate) asset: Name,
    /// In 1e-8 of the asset; positive is received.
    pub(crate) amount_e8: i64,
    /// The venue's time.
    pub(crate) at_ns: Nanos,
}

/// The sum of a position's funding, since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FundingNews {
    pub(crate) instrument: InstrumentId,
    /// When the position was opened, in ns of the venue's time: another one counts from nothing.
    pub(crate) opened: u64,
    pub(crate) asset: Name,
    /// In 1e-8 of the asset; positive is received.
    pub(crate) total_e8: i64,
    /// The venue's time.
    pub(crate) at_ns: Nanos,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    /// Enter and withdraw orders.
    pub(crate) trade: bool,
    /// Move money away. Such a key is refused. `None`: the venue does not tell.
    pub(crate) withdraw: Option<bool>,
    /// Whether it works from named addresses only; `None`: the venue does not tell.
    pub(crate) bound_to_addresses: Option<bool>,
}

/// The number of an execution that a venue names by a text: the number itself where the text is one, else the FNV-1a hash
/// of the text (64 bits: among a million executions of an instrument two are alike with a chance of 3e-8).
pub(crate) fn trade_id(text: &[u8]) -> u64 {
    crate::json::unsigned(text).unwrap_or_else(|| hash(text))
}

/// FNV-1a, 64 bits.
pub(crate) fn hash(text: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_named_by_a_text_has_a_number() {
        assert_eq!(trade_id(b"28457"), 28_457);
        // The published test vector of FNV-1a, 64 bits.
        assert_eq!(trade_id(b"foobar"), 0x8594_4171_f739_67e8);
    }
}

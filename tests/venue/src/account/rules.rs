//! What a venue's accounts live by: fees, limits, and what becomes of an order that cannot stand.
//!
//! Owns: the numbers by venue. Never: the enforcing.

use super::order::State;
use engine_model::venue::VenueId;

/// Which asset a fee is taken from on spot. Contracts pay in what they are settled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FeeIn {
    /// From what is bought.
    Received,
    /// Always from the quote, which a buy therefore binds beforehand.
    Quote,
}

/// So much in a window; windows start at its multiples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) window_ns: u64,
    pub(crate) max: u32,
}

/// What counts against [`Rules::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// New orders.
    Placing,
    /// New orders, changes, cancels.
    All,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// In parts per million; negative is a rebate.
    pub(crate) maker_ppm: i64,
    pub(crate) taker_ppm: i64,
    pub(crate) fee_in: FeeIn,
    /// Of contracts.
    pub(crate) leverage: i64,
    /// How many orders an account may enter. All must hold.
    pub(crate) limits: &'static [Limit],
    pub(crate) counted: Counted,
    pub(crate) open_orders_max: usize,
    /// Whether a post-only order that would take is refused; else it is entered and withdrawn at once.
    pub(crate) refuses_taking_post_only: bool,
    /// Whether a fill-or-kill order that cannot be filled is refused; else it is entered and ends at once.
    pub(crate) refuses_unfilled_fok: bool,
    /// What becomes of what an order that must not rest leaves over.
    pub(crate) left_over: State,
    /// Whether a client id may never be used again; else not while an order of that id is open.
    pub(crate) client_ids_are_for_ever: bool,
}

/// Of every contract.
pub(crate) const LEVERAGE: i64 = 10;

const SECOND_NS: u64 = 1_000_000_000;

const fn limit(seconds: u64, max: u32) -> Limit {
    Limit { window_ns: seconds * SECOND_NS, max }
}

impl Rules {
    /// The rules of that venue. Fees are those of an account without volume.
    pub(crate) fn of(venue: VenueId) -> Self {
        match venue {
            VenueId::BinanceSpot => Self {
                maker_ppm: 1_000,
                taker_ppm: 1_000,
                limits: &const { [limit(10, 100), limit(86_400, 200_000)] },
                counted: Counted::Placing,
                left_over: State::Expired,
                refuses_unfilled_fok: false,
                ..OTHERS
            },
            VenueId::BinanceUsdm | VenueId::BinanceCoinm => Self {
                limits: &const { [limit(10, 300), limit(60, 1_200)] },
                counted: Counted::Placing,
                left_over: State::Expired,
                ..OTHERS
            },
            VenueId::Bybit => Self { limits: &const { [limit(1, 10)] }, ..ENTERED_FIRST },
            VenueId::Okx => Self { limits: &const { [limit(2, 60)] }, ..ENTERED_FIRST },
            VenueId::GateSpot => {
                Self { maker_ppm: 1_000, taker_ppm: 1_000, limits: &const { [limit(1, 10)] }, ..OTHERS }
            }
            VenueId::GateFutures => Self { limits: &const { [limit(1, 100)] }, counted: Counted::Placing, ..OTHERS },
            VenueId::Bitget => Self { limits: &const { [limit(1, 10)] }, ..ENTERED_FIRST },
            VenueId::Hyperliquid => {
                Self { maker_ppm: 150, taker_ppm: 450, limits: &const { [limit(60, 1_200)] }, ..OTHERS }
            }
            VenueId::Coinbase => Self {
                maker_ppm: 4_000,
                taker_ppm: 6_000,
                fee_in: FeeIn::Quote,
                limits: &const { [limit(1, 30)] },
                ..OTHERS
            },
            // An order costs ten of 500 in ten seconds.
            VenueId::KrakenFutures => Self { limits: &const { [limit(10, 50)] }, ..OTHERS },
            VenueId::Deribit => Self {
                maker_ppm: 0,
                taker_ppm: 500,
                limits: &const { [limit(4, 20)] },
                refuses_unfilled_fok: false,
                ..OTHERS
            },
            VenueId::Kraken => Self {
                maker_ppm: 2_500,
                taker_ppm: 4_000,
                fee_in: FeeIn::Quote,
                limits: &const { [limit(1, 60)] },
                ..OTHERS
            },
            _ => OTHERS,
        }
    }
}

/// Where a venue has no word of its own.
const OTHERS: Rules = Rules {
    maker_ppm: 200,
    taker_ppm: 500,
    fee_in: FeeIn::Received,
    leverage: LEVERAGE,
    limits: &[limit(10, 500)],
    counted: Counted::All,
    open_orders_max: 200,
    refuses_taking_post_only: true,
    refuses_unfilled_fok: true,
    left_over: State::Canceled,
    client_ids_are_for_ever: false,
};

/// Venues that take an order in and tell its fate afterwards.
const ENTERED_FIRST: Rules = Rules {
    maker_ppm: 200,
    taker_ppm: 550,
    refuses_taking_post_only: false,
    refuses_unfilled_fok: false,
    client_ids_are_for_ever: true,
    ..OTHERS
};

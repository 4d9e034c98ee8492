//! What the three markets of Binance call the same things, and how much of them each allows.

use super::algo::Algo;
use crate::gateway::ask::Prepare;
use crate::gateway::tongue::{Allowance, DeadMan, Manners, PrivateLine};
use crate::live::dialect::{Beat, Heartbeat};
use engine_model::venue::VenueId;

const SECOND_NS: u64 = 1_000_000_000;

/// One market's paths, and the weights of its questions.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) manners: Manners,
    /// Paths of the lines.
    pub(super) lines: &'static [&'static str],
    pub(super) time: &'static str,
    pub(super) order: (&'static str, u32),
    pub(super) open_orders: (&'static str, u32),
    pub(super) cancel_all: &'static str,
    /// Where it has orders that wait for a price, and we ask for them.
    pub(super) algo: Option<Algo>,
    pub(super) fills: (&'static str, u32),
    pub(super) balances: (&'static str, u32),
    pub(super) positions: Option<(&'static str, u32)>,
    /// Of futures: whether longs and shorts are kept side by side.
    pub(super) mode: Option<(&'static str, u32)>,
    /// Where it tells leverage and margin of one contract.
    pub(super) setup: Option<(&'static str, u32)>,
    pub(super) dead_man: Option<(&'static str, u32)>,
    /// Of futures: what opens the user's stream.
    pub(super) listen_key: Option<&'static str>,
    /// Whether what the user hears comes by the line on which orders go out.
    pub(super) user_on_orders: bool,
    /// What the key must be allowed, in the words of the answer about it.
    pub(super) right: &'static str,
}

/// The venue pings spot's lines every 20 s and futures' every 3 minutes: too seldom. It answers ours.
const fn line(host: &'static str) -> PrivateLine {
    let heartbeat = Some(Heartbeat { every_ns: 10 * SECOND_NS, beat: Beat::Ping });
    PrivateLine { host, heartbeat, silent_after_ns: 25 * SECOND_NS }
}

/// A listen key lives for an hour; the venue wants to be told every half.
const KEEP_KEY: Option<(Prepare, u64)> = Some((Prepare::KeepToken, 30 * 60 * SECOND_NS));

pub(super) static SPOT: Words = Words {
    manners: Manners {
        rest: "https://api.binance.com",
        rights: None,
        lines: &[line("wss://ws-api.binance.com:443")],
        before: &[Prepare::Rights, Prepare::Time],
        again: None,
        orders_on: Some(0),
        answer_is_final: true,
        can_modify: true,
        is_whole: false,
        // 100 orders in 10 s; the market data takes four fifths of the 6,000 weights a minute.
        allowance: Allowance { orders: 100, orders_window_ms: 10_000, kept_for_cancels: 20, questions_a_minute: 1_200 },
        dead_man: None,
    },
    lines: &["/ws-api/v3"],
    time: "/api/v3/time",
    order: ("/api/v3/order", 4),
    open_orders: ("/api/v3/openOrders", 6),
    cancel_all: "/api/v3/openOrders",
    algo: None,
    fills: ("/api/v3/myTrades", 20),
    balances: ("/api/v3/account", 20),
    positions: None,
    mode: None,
    setup: None,
    dead_man: None,
    listen_key: None,
    user_on_orders: true,
    right: "enableSpotAndMarginTrading",
};

/// What both kinds of futures have in common.
const fn futures(rest: &'static str, lines: &'static [PrivateLine]) -> Manners {
    Manners {
        rest,
        // What a key may do is told by spot's host alone.
        rights: Some("https://api.binance.com"),
        lines,
        before: &[Prepare::Rights, Prepare::Time, Prepare::Token],
        again: KEEP_KEY,
        orders_on: Some(0),
        answer_is_final: true,
        can_modify: true,
        is_whole: false,
        // 300 orders in 10 s; a fifth of the 2,400 weights a minute.
        allowance: Allowance { orders: 300, orders_window_ms: 10_000, kept_for_cancels: 60, questions_a_minute: 480 },
        dead_man: Some(DeadMan { seconds: 60, by_instrument: true, is_fed: true }),
    }
}

pub(super) static USDM: Words = Words {
    manners: futures(
        "https://fapi.binance.com",
        &[line("wss://ws-fapi.binance.com"), line("wss://fstream.binance.com")],
    ),
    lines: &["/ws-fapi/v1", "/private/ws/"],
    time: "/fapi/v1/time",
    order: ("/fapi/v1/order", 1),
    open_orders: ("/fapi/v1/openOrders", 1),
    cancel_all: "/fapi/v1/allOpenOrders",
    algo: Some(Algo {
        is_on_line: true,
        order: ("/fapi/v1/algoOrder", 1),
        open: ("/fapi/v1/openAlgoOrders", 1),
        cancel_all: "/fapi/v1/algoOpenOrders",
    }),
    fills: ("/fapi/v1/userTrades", 5),
    balances: ("/fapi/v3/balance", 5),
    positions: Some(("/fapi/v3/positionRisk", 5)),
    mode: Some(("/fapi/v1/positionSide/dual", 30)),
    setup: Some(("/fapi/v1/symbolConfig", 5)),
    dead_man: Some(("/fapi/v1/countdownCancelAll", 10)),
    listen_key: Some("/fapi/v1/listenKey"),
    user_on_orders: false,
    right: "enableFutures",
};

pub(super) static COINM: Words = Words {
    manners: futures(
        "https://dapi.binance.com",
        &[line("wss://ws-dapi.binance.com"), line("wss://dstream.binance.com")],
    ),
    lines: &["/ws-dapi/v1", "/ws/"],
    time: "/dapi/v1/time",
    order: ("/dapi/v1/order", 1),
    open_orders: ("/dapi/v1/openOrders", 1),
    cancel_all: "/dapi/v1/allOpenOrders",
    // Since the venue runs both kinds of futures as one (2026-06-30), and by REST alone:
    // <https://developers.binance.com/en/docs/products/derivatives-trading-coin-futures/Important-CM-UM-Integration-Notice>
    algo: Some(Algo {
        is_on_line: false,
        order: ("/dapi/v1/algoOrder", 1),
        open: ("/dapi/v1/openAlgoOrders", 1),
        cancel_all: "/dapi/v1/algoOpenOrders",
    }),
    fills: ("/dapi/v1/userTrades", 20),
    balances: ("/dapi/v1/balance", 1),
    positions: Some(("/dapi/v1/positionRisk", 1)),
    mode: Some(("/dapi/v1/positionSide/dual", 30)),
    setup: None,
    dead_man: Some(("/dapi/v1/countdownCancelAll", 10)),
    listen_key: Some("/dapi/v1/listenKey"),
    user_on_orders: false,
    right: "enableFutures",
};

impl Words {
    /// # Panics
    /// Of another venue: who asks for a tongue has looked which it is.
    pub(super) const fn of(venue: VenueId) -> &'static Self {
        match venue {
            VenueId::BinanceSpot => &SPOT,
            VenueId::BinanceUsdm => &USDM,
            VenueId::BinanceCoinm => &COINM,
            _ => panic!("not a market of Binance"),
        }
    }
}

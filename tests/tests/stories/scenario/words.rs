//! The words of the scenario language: what is given, and how prices, quantities and times are read.

use engine_backtest::venue::{Collateral, Latency};
use engine_core::config::Rings;
use engine_core::topology::Ring;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::limit::{Limits, TradingState};
use engine_model::market::{Level, Side};
use engine_model::order::{Contingency, OffsetUnit, Order, OrderType, TimeInForce, TriggerType};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;

/// The instruments of every scenario.
pub(crate) fn instruments() -> Instruments {
    type Pair<'a> = (&'a str, &'a str);
    let instrument = |id, venue, symbol: &str, (base, quote): Pair<'_>, kind, decimals: (u8, u8), least| Instrument {
        id: InstrumentId(id),
        venue,
        symbol: Name::new(symbol).expect("short"),
        base: Name::new(base).expect("short"),
        quote: Name::new(quote).expect("short"),
        kind,
        grid: Grid { price_decimals: decimals.0, tick_step: 1, qty_decimals: decimals.1, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(least),
    };
    Instruments::new(vec![
        instrument(0, VenueId::BinanceUsdm, "BTCUSDT", ("BTC", "USDT"), ContractKind::Linear, (1, 3), 5),
        instrument(1, VenueId::BinanceSpot, "SOLUSDT", ("SOL", "USDT"), ContractKind::Spot, (2, 2), 5),
        instrument(2, VenueId::BinanceSpot, "ETHBTC", ("ETH", "BTC"), ContractKind::Spot, (5, 4), 0),
        instrument(3, VenueId::Bybit, "XRPUSDT", ("XRP", "USDT"), ContractKind::Linear, (4, 0), 5),
        instrument(4, VenueId::BinanceUsdm, "ETHUSDT", ("ETH", "USDT"), ContractKind::Linear, (2, 3), 5),
    ])
}

/// What a scenario begins with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) limits: Limits,
    pub(super) equity: Quote,
    pub(super) open_orders_max: usize,
    pub(super) latency: Latency,
    pub(super) collateral: Option<Collateral>,
    pub(super) rings: Rings,
    /// What the strategy may not trade.
    pub(super) forbidden: Option<InstrumentId>,
}

impl Default for Given {
    /// A hundred thousand dollars, a venue without distance, and of the limits those that every scenario lives with; the
    /// others are none until they are given.
    fn default() -> Self {
        let usual = Limits::default();
        let limits = Limits {
            order_notional_max: usual.order_notional_max,
            price_collar_bps: usual.price_collar_bps,
            market_collar_bps: usual.price_collar_bps,
            position_notional_max: usual.position_notional_max,
            position_share_max_bps: usual.position_share_max_bps,
            leverage_max_pct: usual.leverage_max_pct,
            daily_loss_reduce_bps: usual.daily_loss_reduce_bps,
            daily_loss_halt_bps: usual.daily_loss_halt_bps,
            price_age_max_ns: usual.price_age_max_ns,
            message_rate_per_s: usual.message_rate_per_s,
            message_burst: usual.message_burst,
            ..Limits::wide()
        };
        let latency = Latency::default();
        Self {
            limits,
            equity: Quote::whole(100_000),
            open_orders_max: 64,
            latency,
            collateral: None,
            rings: Rings::default(),
            forbidden: None,
        }
    }
}

impl Given {
    /// Takes a `given` line; `false` for any other.
    pub(super) fn take(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["given", name, value] = words.as_slice() else { return false };
        if *name == "forbidden" {
            let found = instruments().iter().find(|known| known.symbol.as_str() == *value).map(|known| known.id);
            self.forbidden = Some(found.unwrap_or_else(|| panic!("{line}: no such instrument")));
            return true;
        }
        let value: i64 = value.parse().unwrap_or_else(|_| panic!("{line}: a whole number"));
        let positive = || u64::try_from(value).unwrap_or_else(|_| panic!("{line}: not negative"));
        if let Some(row) = Limits::row(name) {
            row.set(&mut self.limits, value.checked_mul(row.scale).expect("in range"));
            return true;
        }
        match *name {
            "equity_usd" => self.equity = Quote::whole(value),
            "collateral_usd" => {
                let amount = Quote::whole(value);
                self.collateral = Some(Collateral { amount, fee_ppm: 5_000, fund: None });
            }
            "insurance_fund_usd" => {
                let collateral = self.collateral.as_mut().unwrap_or_else(|| panic!("{line}: of what collateral?"));
                collateral.fund = Some(Quote::whole(value));
            }
            "order_rows" => self.open_orders_max = usize::try_from(value).expect("small"),
            "order_ring" => self.rings = self.rings.with(Ring::Order, usize::try_from(value).expect("small")),
            "order_latency_ms" => self.latency.order_ns = positive() * Nanos::MILLI,
            "reply_latency_ms" => self.latency.reply_ns = positive() * Nanos::MILLI,
            other => panic!("{line}: no such thing as {other}"),
        }
        true
    }
}

pub(super) fn state(word: &str) -> TradingState {
    match word {
        "active" => TradingState::Active,
        "reducing" => TradingState::Reducing,
        "halted" => TradingState::Halted,
        other => panic!("{other}: active, reducing or halted"),
    }
}

pub(super) fn side(word: &str) -> Side {
    match word {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        other => panic!("{other}: buy or sell"),
    }
}

pub(super) fn qty(instrument: &Instrument, word: &str) -> Lots {
    instrument.grid.lots(word.as_bytes()).unwrap_or_else(|error| panic!("quantity {word}: {error:?}"))
}

pub(super) fn level(instrument: &Instrument, px: &str, quantity: &str) -> Level {
    let px = instrument.grid.ticks(px.as_bytes()).unwrap_or_else(|error| panic!("price {px}: {error:?}"));
    Level { px, qty: qty(instrument, quantity) }
}

/// `PX QTY … / PX QTY …`
pub(super) fn sides(instrument: &Instrument, words: &[&str]) -> (Vec<Level>, Vec<Level>) {
    let slash = words.iter().position(|word| *word == "/").expect("bids / asks");
    let levels = |words: &[&str]| words.chunks(2).map(|pair| level(instrument, pair[0], pair[1])).collect();
    (levels(&words[..slash]), levels(&words[slash + 1..]))
}

pub(super) fn time_ns(number: &str, unit: &str) -> u64 {
    let number: u64 = number.parse().expect("a whole number");
    number
        * match unit {
            "ms" => Nanos::MILLI,
            "s" => Nanos::SECOND,
            other => panic!("{other}: ms or s"),
        }
}

pub(super) fn tie(word: &str) -> Contingency {
    match word {
        "oco" => Contingency::Oco,
        "ouo" => Contingency::Ouo,
        "not" => Contingency::None,
        other => panic!("{other}: oco, ouo or not"),
    }
}

/// `buy QTY SYMBOL @ PX|market …`, and the number that it asks for, if it does.
pub(super) fn order(
    instrument: impl Fn(&str) -> Instrument,
    words: &[&str],
    start: Nanos,
    place: &str,
) -> (Order, Option<u32>) {
    let [side_word, quantity, symbol, "@", px, how @ ..] = words else { panic!("{place}: SIDE QTY SYMBOL @ PX") };
    let instrument = instrument(symbol);
    let price = |word: &str| level(&instrument, word, "0").px;
    let (order_type, px) = match *px {
        "market" => (OrderType::Market, Ticks(0)),
        px => (OrderType::Limit, price(px)),
    };
    let order = Order {
        instrument: instrument.id,
        side: side(side_word),
        qty: if quantity.ends_with("usd") { Lots(0) } else { qty(&instrument, quantity) },
        order_type,
        px,
        ..Order::default()
    };
    let mut number = None;
    let order = how.iter().fold(order, |order, how| {
        let is_limit = order.order_type == OrderType::Limit;
        let waits = |limit, market, px| Order {
            order_type: if is_limit { limit } else { market },
            trigger_px: price(px),
            ..order
        };
        match how.split_once('=').unwrap_or((how, "")) {
            ("post", _) => Order { post_only: true, ..order },
            ("ioc", _) => Order { time_in_force: TimeInForce::Ioc, ..order },
            ("fok", _) => Order { time_in_force: TimeInForce::Fok, ..order },
            ("day", _) => Order { time_in_force: TimeInForce::Day, ..order },
            ("until", end) => {
                let after: u64 = end.trim_end_matches('s').parse().expect("whole seconds");
                let expire_at_s = u32::try_from(start.0 / Nanos::SECOND + after).expect("this century");
                Order { time_in_force: TimeInForce::Gtd, expire_at_s, ..order }
            }
            ("reduce", _) => Order { reduce_only: true, ..order },
            ("to-limit", _) => Order { order_type: OrderType::MarketToLimit, ..order },
            ("stop", px) => waits(OrderType::StopLimit, OrderType::StopMarket, px),
            ("touch", px) => waits(OrderType::LimitIfTouched, OrderType::MarketIfTouched, px),
            ("from", px) => Order { trigger_px: price(px), ..order },
            ("trail", far) => {
                let (trailing_offset, offset_unit) = offset(far);
                Order { order_type: OrderType::TrailingStopMarket, trailing_offset, offset_unit, ..order }
            }
            ("beyond", far) => Order { order_type: OrderType::TrailingStopLimit, limit_offset: offset(far).0, ..order },
            ("by", which) => Order { trigger_type: trigger_type(which), ..order },
            ("show", shown) => Order { display_qty: qty(&instrument, shown), ..order },
            ("id", own) => {
                number = Some(own.parse().expect("a number"));
                order
            }
            _ => panic!("{place}: {how}"),
        }
    });
    (order, number)
}

/// `20` ticks, or `20bps`.
fn offset(word: &str) -> (u32, OffsetUnit) {
    let unit = if word.ends_with("bps") { OffsetUnit::Bps } else { OffsetUnit::Ticks };
    (word.trim_end_matches("bps").parse().expect("a whole number"), unit)
}

fn trigger_type(word: &str) -> TriggerType {
    match word {
        "last" => TriggerType::LastPrice,
        "mark" => TriggerType::MarkPrice,
        "index" => TriggerType::IndexPrice,
        "bid-ask" => TriggerType::BidAsk,
        "mid" => TriggerType::MidPoint,
        "double-last" => TriggerType::DoubleLast,
        "double-bid-ask" => TriggerType::DoubleBidAsk,
        "last-or-bid-ask" => TriggerType::LastOrBidAsk,
        other => panic!("{other}: no price pulls a trigger by that name"),
    }
}

//! What indicators take by nature, named as TA-Lib does: one column is `price`, several are `prices`.

use super::Input;

const fn prices(columns: &'static [&'static str]) -> Input {
    Input { name: "prices", columns }
}

const PRICE: Input = Input { name: "price", columns: &["close"] };

/// Any one series.
pub const CLOSE: &[Input] = &[PRICE];
/// A series, and how many bars back each of its values looks.
pub const CLOSE_PERIODS: &[Input] = &[PRICE, Input { name: "periods", columns: &["periods"] }];
/// A series, and what was traded at it.
pub const CLOSE_AND_VOLUME: &[Input] = &[PRICE, prices(&["volume"])];
/// A series, and when its bars opened, in ms since the epoch.
pub const CLOSE_TIME: &[Input] = &[PRICE, prices(&["time_ms"])];
/// Any two series.
pub const PAIR: &[Input] = &[Input { name: "price0", columns: &["high"] }, Input { name: "price1", columns: &["low"] }];
/// Volume.
pub const VOLUME: &[Input] = &[prices(&["volume"])];
/// High, low, and any oscillator of them.
pub const HL_OSCILLATOR: &[Input] = &[prices(&["high", "low"]), Input { name: "oscillator", columns: &["oscillator"] }];
/// Open and close.
pub const OC: &[Input] = &[prices(&["open", "close"])];
/// High and low.
pub const HL: &[Input] = &[prices(&["high", "low"])];
/// High, low, close.
pub const HLC: &[Input] = &[prices(&["high", "low", "close"])];
/// A candle.
pub const OHLC: &[Input] = &[prices(&["open", "high", "low", "close"])];
/// Close and volume.
pub const CV: &[Input] = &[prices(&["close", "volume"])];
/// High, low, volume.
pub const HLV: &[Input] = &[prices(&["high", "low", "volume"])];
/// High, low, close, volume.
pub const HLCV: &[Input] = &[prices(&["high", "low", "close", "volume"])];
/// High, low, close, volume, and when the bar opened, in ms since the epoch.
pub const HLCVT: &[Input] = &[prices(&["high", "low", "close", "volume", "time_ms"])];
/// A candle, and when it opened, in ms since the epoch.
pub const OHLCT: &[Input] = &[prices(&["open", "high", "low", "close", "time_ms"])];
/// What takers bought and sold in a bar.
pub const BUY_SELL: &[Input] = &[prices(&["buy", "sell"])];
/// Bought less sold in a bar.
pub const DELTA: &[Input] = &[prices(&["delta"])];
/// Volume of a bar, and the number of its trades.
pub const VOLUME_TRADES: &[Input] = &[prices(&["volume", "trades"])];
/// Close and delta of a bar.
pub const CLOSE_DELTA: &[Input] = &[prices(&["close", "delta"])];
/// Amount of a trade, below 0 if its taker sold.
pub const SIGNED: &[Input] = &[prices(&["signed"])];
/// Best bid and ask.
pub const QUOTE: &[Input] = &[prices(&["bid", "bid_size", "ask", "ask_size"])];
/// Prices of a perpetual and of its coin.
pub const PERP_SPOT: &[Input] = &[prices(&["perp", "spot"])];
/// Open interest.
pub const OI: &[Input] = &[prices(&["oi"])];
/// Open interest, and what exchanges hold.
pub const OI_RESERVE: &[Input] = &[prices(&["oi", "reserve"])];
/// Open interest and volume.
pub const OI_VOLUME: &[Input] = &[prices(&["oi", "volume"])];
/// Price of a perpetual and its open interest.
pub const PERP_OI: &[Input] = &[prices(&["perp", "oi"])];
/// Funding rate of an interval.
pub const FUNDING: &[Input] = &[prices(&["funding"])];
/// Liquidations of longs and of shorts.
pub const LIQUIDATIONS: &[Input] = &[prices(&["long_liq", "short_liq"])];
/// Share of those who are long: 0 to 1.
pub const LONG_SHARE: &[Input] = &[prices(&["long_share"])];
/// What takers bought and sold of a perpetual.
pub const TAKERS: &[Input] = &[prices(&["taker_buy", "taker_sell"])];
/// Delta of the coin, and what takers bought and sold of the perpetual.
pub const SPOT_PERP_DELTA: &[Input] = &[prices(&["spot_delta", "taker_buy", "taker_sell"])];
/// When a trade was, and its amount, below 0 if its taker sold.
pub const TIME_SIGNED: &[Input] = &[prices(&["time_ms", "signed"])];
/// When a trade was, its price, and its amount, below 0 if its taker sold.
pub const TRADE: &[Input] = &[prices(&["time_ms", "price", "signed"])];
/// Price and amount of a trade, the amount below 0 if its taker sold and 0 in a row that is a quote only; and the newest best
/// bid and ask.
pub const TRADE_AND_QUOTE: &[Input] = &[prices(&["price", "signed", "bid", "ask"])];
/// High and low of a bar, and when it opened, in ms since the epoch.
pub const HLT: &[Input] = &[prices(&["high", "low", "time_ms"])];
/// Twenty levels of a book on each side, the best first; an amount of 0 for a level that is not there.
pub const BOOK: &[Input] = &[
    Input {
        name: "bids",
        columns: &[
            "bid1",
            "bid1_size",
            "bid2",
            "bid2_size",
            "bid3",
            "bid3_size",
            "bid4",
            "bid4_size",
            "bid5",
            "bid5_size",
            "bid6",
            "bid6_size",
            "bid7",
            "bid7_size",
            "bid8",
            "bid8_size",
            "bid9",
            "bid9_size",
            "bid10",
            "bid10_size",
            "bid11",
            "bid11_size",
            "bid12",
            "bid12_size",
            "bid13",
            "bid13_size",
            "bid14",
            "bid14_size",
            "bid15",
            "bid15_size",
            "bid16",
            "bid16_size",
            "bid17",
            "bid17_size",
            "bid18",
            "bid18_size",
            "bid19",
            "bid19_size",
            "bid20",
            "bid20_size",
        ],
    },
    Input {
        name: "asks",
        columns: &[
            "ask1",
            "ask1_size",
            "ask2",
            "ask2_size",
            "ask3",
            "ask3_size",
            "ask4",
            "ask4_size",
            "ask5",
            "ask5_size",
            "ask6",
            "ask6_size",
            "ask7",
            "ask7_size",
            "ask8",
            "ask8_size",
            "ask9",
            "ask9_size",
            "ask10",
            "ask10_size",
            "ask11",
            "ask11_size",
            "ask12",
            "ask12_size",
            "ask13",
            "ask13_size",
            "ask14",
            "ask14_size",
            "ask15",
            "ask15_size",
            "ask16",
            "ask16_size",
            "ask17",
            "ask17_size",
            "ask18",
            "ask18_size",
            "ask19",
            "ask19_size",
            "ask20",
            "ask20_size",
        ],
    },
];

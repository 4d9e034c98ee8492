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
/// Any two series.
pub const PAIR: &[Input] = &[Input { name: "price0", columns: &["high"] }, Input { name: "price1", columns: &["low"] }];
/// Volume.
pub const VOLUME: &[Input] = &[prices(&["volume"])];
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
/// A candle and its volume.
pub const OHLCV: &[Input] = &[prices(&["open", "high", "low", "close", "volume"])];
/// High, low, close, volume, and when the bar opened, in ms since the epoch.
pub const HLCVT: &[Input] = &[prices(&["high", "low", "close", "volume", "time_ms"])];
/// A candle, and when it opened, in ms since the epoch.
pub const OHLCT: &[Input] = &[prices(&["open", "high", "low", "close", "time_ms"])];

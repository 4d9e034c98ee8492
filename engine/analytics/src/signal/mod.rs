//! Signals: opinions made of indicators. A signal wants or does not want a position; it knows nothing of orders, sizes or
//! money.

mod rsi_macd;

pub use rsi_macd::{RsiMacd, RsiMacdPeriods};

//! Signals: opinions made of indicators. A signal wants or does not want a position; it knows nothing of orders, sizes or
//! money.

mod bollinger;
mod donchian;
mod rsi_macd;
mod sma_cross;

pub use bollinger::{BollingerOpinion, BollingerReversion};
pub use donchian::{Donchian, DonchianOpinion};
pub use rsi_macd::{RsiMacd, RsiMacdOpinion, RsiMacdPeriods};
pub use sma_cross::SmaCross;

/// A position that is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i8)]
pub enum Wanted {
    /// Sold what one does not have.
    Short = -1,
    /// Nothing.
    #[default]
    Flat = 0,
    /// Bought.
    Long = 1,
}

impl Wanted {
    /// -1, 0 or 1.
    #[must_use]
    #[inline]
    pub fn sign(self) -> f64 {
        f64::from(self as i8)
    }

    /// Bought if it holds, else nothing.
    #[must_use]
    #[inline]
    pub fn long_if(holds: bool) -> Self {
        if holds { Self::Long } else { Self::Flat }
    }
}

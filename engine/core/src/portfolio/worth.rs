//! What makes dollars of a currency or coin: chosen once for a run, so that every reader takes the same price.

use engine_model::instrument::{InstrumentId, Instruments, is_dollar};
use engine_model::payment::AssetId;

/// What one of an asset is told in dollars by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It counts as a dollar.
    Par,
    /// The price of this instrument, of which it is the base.
    By(InstrumentId),
    /// Nothing in the run tells.
    Unknown,
}

/// Of every asset of the run: what is traded for dollars itself, before contracts on it, before inverse ones; the first of
/// the run among equals.
#[must_use]
pub fn worths(instruments: &Instruments) -> Box<[Worth]> {
    (0..instruments.assets()).map(|asset| worth(instruments, AssetId(asset as u16))).collect()
}

fn worth(instruments: &Instruments, asset: AssetId) -> Worth {
    let Some(name) = instruments.asset_name(asset) else { return Worth::Unknown };
    if is_dollar(name) {
        return Worth::Par;
    }
    let tells = instruments.iter().filter(|instrument| instrument.base == name && instrument.is_dollar_quoted());
    tells.min_by_key(|instrument| instrument.kind as u8).map_or(Worth::Unknown, |instrument| Worth::By(instrument.id))
}

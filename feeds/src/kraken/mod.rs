//! Kraken spot, WebSocket v2. Books are cut to the depth that was subscribed, and every message of a book carries a checksum
//! over the texts of its numbers; there are no sequence numbers.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids. Orders: `gateway`, signed by
//! `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::error::{Field, FrameError};
use crate::json::Value;
use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a pair is: `BTC/USD`. The older API writes bitcoin and dogecoin in its own way.
pub(crate) fn describe(pair: &str) -> Description {
    let (base, quote) = pair.split_once('/').unwrap_or((pair, ""));
    Description::of(asset(base), asset(quote), ContractKind::Spot)
}

/// The name that everyone else has for an asset.
pub(crate) fn asset(name: &str) -> &str {
    match name {
        "XBT" => "BTC",
        "XDG" => "DOGE",
        other => other,
    }
}

/// A CRC-32, as a number or as a text.
pub(crate) fn checksum(value: Value<'_>) -> Result<u32, FrameError> {
    let checksum = value.unsigned().and_then(|checksum| u32::try_from(checksum).ok());
    checksum.ok_or(FrameError::Unreadable(Field::Checksum))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::grid::{Grids, RunGrids};
    use engine_model::instrument::{Grid, Instrument, InstrumentId, Instruments, Name};
    use engine_model::units::{Lots, Quote};
    use engine_model::venue::VenueId;

    /// Grids of a run with one instrument.
    pub(crate) fn run(venue: VenueId, symbol: &str, price_decimals: u8, qty_decimals: u8) -> RunGrids {
        let Description { base, quote, kind, contract_size, contract_decimals } = describe(symbol);
        let instruments = Instruments::new(vec![Instrument {
            id: InstrumentId(0),
            venue,
            symbol: Name::new(symbol).expect("short"),
            base,
            quote,
            kind,
            grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
            contract_size,
            contract_decimals,
            min_qty: Lots(1),
            max_qty: Lots(i64::MAX),
            min_notional: Quote::ZERO,
        }]);
        match Grids::of_run(venue, &instruments) {
            Grids::Run(run) => run,
            Grids::Survey(_) => unreachable!("it was made for a run"),
        }
    }

    #[test]
    fn pairs_say_what_they_are() {
        for (pair, base, quote) in [
            ("BTC/USD", "BTC", "USD"),
            ("XBT/USD", "BTC", "USD"),
            ("ALGO/XBT", "ALGO", "BTC"),
            ("XDG/EUR", "DOGE", "EUR"),
        ] {
            assert_eq!(describe(pair), Description::of(base, quote, ContractKind::Spot), "{pair}");
        }
    }
}

//! Four instruments that a trader knows, for tests.

use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::margin::{MarginTier, MarginTiers};
use engine_model::units::{Lots, Quote};
use engine_model::venue::VenueId;
use std::sync::Arc;

/// BTCUSDT perpetual: ticks of 0.1, lots of 0.001. At 60,000.0 a lot is 60 dollars.
pub(crate) const LINEAR: InstrumentId = InstrumentId(0);
/// ETHUSDT spot: ticks of 0.01, lots of 0.0001.
pub(crate) const SPOT: InstrumentId = InstrumentId(1);
/// BTCUSD perpetual settled in BTC: ticks of 0.1, contracts of 100 dollars.
pub(crate) const INVERSE: InstrumentId = InstrumentId(2);
/// ETHBTC spot: not quoted in dollars.
pub(crate) const CROSS: InstrumentId = InstrumentId(3);

fn name(text: &str) -> Name {
    Name::new(text).unwrap_or_default()
}

pub(crate) fn instruments() -> Arc<Instruments> {
    use ContractKind::{Inverse, Linear, Spot};
    use VenueId::{BinanceCoinm, BinanceSpot, BinanceUsdm};
    let usdm = perpetual("BTCUSDT", "USDT", BinanceUsdm, Linear);
    let spot = Instrument {
        base: name("ETH"),
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 4, lot_step: 1 },
        max_qty: Lots(90_000_000),
        ..perpetual("ETHUSDT", "USDT", BinanceSpot, Spot)
    };
    let coinm = Instrument {
        grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 0, lot_step: 1 },
        contract_size: 100,
        contract_decimals: 0,
        min_notional: Quote::ZERO,
        ..perpetual("BTCUSD_PERP", "USD", BinanceCoinm, Inverse)
    };
    let cross = Instrument {
        symbol: name("ETHBTC"),
        quote: name("BTC"),
        grid: Grid { price_decimals: 5, tick_step: 1, qty_decimals: 4, lot_step: 1 },
        min_notional: Quote::ZERO,
        ..spot
    };
    let mut list = vec![usdm, spot, coinm, cross];
    for (index, instrument) in list.iter_mut().enumerate() {
        instrument.id = InstrumentId(index as u32);
    }
    // So small that an order or two reach over a step; of the others nobody told any.
    let tier = |up_to, leverage_max, maintenance_ppm| MarginTier { up_to, leverage_max, maintenance_ppm };
    let told = [
        tier(Quote::whole(1_000), 20, 25_000),
        tier(Quote::whole(2_500), 7, 60_000),
        tier(Quote(i64::MAX), 3, 200_000),
    ];
    let tiers = vec![MarginTiers::new(&told).ok(), None, None, None];
    Arc::new(Instruments::new(list).with_margin_tiers(tiers))
}

fn perpetual(symbol: &str, quote: &str, venue: VenueId, kind: ContractKind) -> Instrument {
    Instrument {
        id: InstrumentId(0),
        venue,
        symbol: name(symbol),
        base: name("BTC"),
        quote: name(quote),
        kind,
        grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(5),
    }
}

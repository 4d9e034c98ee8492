//! Accounts that keep longs and shorts of a contract side by side (*hedge mode*): seen at each venue that has them, before
//! anything is sent; the run is refused by what is told here.

use crate::trader::{exchange_with, key, settings};
use engine_model::instrument::InstrumentId;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use feeds::gateway::desk::{Holding, survey};
use tests_venue::account::TRADER;

fn is_seen(venue: VenueId, symbol: &str) {
    for two_way in [true, false] {
        let change = |config: &mut tests_venue::Config| config.accounts[0].setup.is_two_way = Some(two_way);
        let (exchange, instruments) = exchange_with(venue, &[symbol], change);
        let settings = settings(venue, &exchange);
        let held = survey(&settings, &key(TRADER), &instruments, &Clock::machine()).expect("told");
        let expected = if two_way { vec![(InstrumentId(0), Holding::TwoWay)] } else { vec![] };
        assert_eq!(held, expected, "{}", venue.name());
    }
}

#[test]
fn hedge_mode_is_seen_at_each_venue_that_has_it() {
    for (venue, symbol) in [
        (VenueId::BinanceUsdm, "BTCUSDT"),
        (VenueId::BinanceCoinm, "BTCUSD_PERP"),
        (VenueId::Bybit, "linear:BTCUSDT"),
        (VenueId::Okx, "BTC-USDT-SWAP"),
        (VenueId::Bitget, "USDT-FUTURES:BTCUSDT"),
        (VenueId::GateFutures, "BTC_USDT"),
    ] {
        is_seen(venue, symbol);
    }
}

//! How an account is set up at its venue: leverage, margin and position mode of contracts, as each venue tells them. What is
//! not as expected keeps back what would grow a position until it is.

use crate::trader::{Trader, exchange_with, key, settings};
use engine_model::instrument::InstrumentId;
use engine_model::setup::{MarginMode, Setup};
use engine_model::venue::{RejectReason, ReplyKind, VenueId};
use engine_ring::clock::Clock;
use feeds::gateway::desk::setups;
use tests_venue::Fault;
use tests_venue::account::{TRADER, TRADER_WALLET};

const VENUES: [(VenueId, &str); 6] = [
    (VenueId::BinanceUsdm, "BTCUSDT"),
    (VenueId::Bybit, "linear:BTCUSDT"),
    (VenueId::Okx, "BTC-USDT-SWAP"),
    (VenueId::Bitget, "USDT-FUTURES:BTCUSDT"),
    (VenueId::GateFutures, "BTC_USDT"),
    (VenueId::Hyperliquid, "BTC"),
];
const EXPECTED: Setup = Setup { leverage_e2: Some(1_000), margin: Some(MarginMode::Cross), is_two_way: Some(false) };

fn own(venue: VenueId) -> tests_venue::account::ApiKey {
    if venue == VenueId::Hyperliquid { TRADER_WALLET } else { TRADER }
}

#[test]
fn each_venue_tells_how_a_contract_is_set_up() {
    for (venue, symbol) in VENUES {
        for (leverage_e2, margin) in [(1_000, MarginMode::Cross), (2_500, MarginMode::Isolated)] {
            // There each order says by itself which margin it is for.
            let is_in_orders = [VenueId::Okx, VenueId::Bitget].contains(&venue);
            let told = if is_in_orders { MarginMode::Cross } else { margin };
            let setup = Setup { leverage_e2: Some(leverage_e2), margin: Some(margin), is_two_way: Some(false) };
            let (exchange, instruments) = exchange_with(venue, &[symbol], |config| config.accounts[0].setup = setup);
            let settings = settings(venue, &exchange);
            let found = setups(&settings, &key(own(venue)), &instruments, &Clock::machine()).expect("told");
            // There is no other mode at Hyperliquid.
            let is_two_way = setup.is_two_way.filter(|_| venue != VenueId::Hyperliquid);
            let expected = Setup { is_two_way, margin: Some(told), ..setup };
            assert_eq!(found, [(InstrumentId(0), expected)], "{}", venue.name());
        }
    }
}

#[test]
fn only_what_reduces_passes_while_a_contract_is_set_up_otherwise_and_all_when_it_agrees() {
    for (venue, symbol) in VENUES {
        let mut trader = Trader::begin_with(venue, &[symbol], key(own(venue)), |settings| settings.expected = EXPECTED);
        trader.until("the first look", |trader| trader.gauges.setups_off.get() == 0);
        let order = trader.resting(0);
        trader.stand(&order);
        // Somebody changes it there; a line that was lost is a reason to look.
        trader.venue.inject(Fault::Setup(Setup { leverage_e2: Some(2_000), ..EXPECTED }));
        trader.venue.inject(Fault::Disconnect);
        trader.until("a look", |trader| trader.gauges.setups_off.get() == 1);
        trader.until_ready();
        let kept_back = trader.resting(0);
        trader.place(&kept_back);
        trader.until_told(&kept_back, ReplyKind::Rejected(RejectReason::NotReconciled));
        // What stands can be withdrawn meanwhile.
        trader.cancel(&order);
        trader.until_told(&order, ReplyKind::Canceled);
        trader.venue.inject(Fault::Setup(EXPECTED));
        trader.until("agreement", |trader| trader.gauges.setups_off.get() == 0);
        let passes = trader.resting(0);
        trader.stand(&passes);
        trader.check(&[order, passes]);
    }
}

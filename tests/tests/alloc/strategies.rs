//! Every strategy of the catalogue, warm, in a market that goes on: not one allocation.

#![expect(clippy::expect_used, reason = "a test that cannot go on says so")]

use engine_core::strategy::catalog::{CATALOGUE, Strategy};
use engine_core::strategy::{StrategyStage, Time};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::alloc_guard::AllocGuard;
use engine_ring::ring::{Spec, Writer, ring};
use engine_ring::stage::{Poll, Stage as _};
use std::sync::Arc;

const KINDS: [ContractKind; 3] = [ContractKind::Spot, ContractKind::Linear, ContractKind::Linear];

fn instrument(id: u32) -> Instrument {
    let name = |text| Name::new(text).expect("short");
    Instrument {
        id: InstrumentId(id),
        venue: VenueId::BinanceUsdm,
        symbol: name(["XUSDT", "XPERP", "YPERP"][id as usize]),
        base: name(if id == 2 { "Y" } else { "X" }),
        quote: name("USDT"),
        kind: KINDS[id as usize],
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 2, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(10),
    }
}

/// A number that looks like none, from another.
fn scattered(n: u64) -> u64 {
    (n ^ (n >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

fn event(n: u64) -> MarketEvent {
    let id = (scattered(n) % 3) as u32;
    let px = 100_000 + (scattered(n / 3) % 400) as i64;
    let at = Stamp {
        received_at_ns: Nanos(Nanos::SECOND + n * 100 * Nanos::MILLI),
        instrument: InstrumentId(id),
        venue: VenueId::BinanceUsdm,
        ..Stamp::default()
    };
    let level = |px| Level { px: Ticks(px), qty: Lots(50) };
    let change = match scattered(n + 5) % 20 {
        _ if n < 3 => MarketChange::Book(BookState::Synced),
        0 => MarketChange::Liquidation { px: Ticks(px), qty: Lots(70), closed: Side::Buy },
        1 => MarketChange::Funding { rate_e8: 30_000, next_at_ns: Nanos(0), interval_s: 28_800 },
        2..=9 => MarketChange::Trade { px: Ticks(px), qty: Lots(1), aggressor: Side::Sell, trade_id: n },
        _ => MarketChange::Top { bid: level(px), ask: level(px + 3), imbalance_bps: 5_000 },
    };
    let instrument = if n < 3 { InstrumentId(n as u32) } else { at.instrument };
    MarketEvent { at: Stamp { instrument, ..at }, change }
}

fn play(stage: &mut StrategyStage, market: &mut Writer<MarketEvent>, events: std::ops::Range<u64>) {
    for n in events {
        market.try_publish(event(n)).expect("room");
        while stage.poll() == Poll::Worked {}
    }
}

#[test]
fn no_strategy_of_the_catalogue_allocates_once_it_is_warm() {
    for entry in &CATALOGUE {
        let ids: &[u32] = match entry.name {
            "pairs" => &[1, 2],
            "funding_carry" | "basis" => &[0, 1],
            "router" => &[1],
            _ => &[0, 1, 2],
        };
        let ids: Vec<_> = ids.iter().copied().map(InstrumentId).collect();
        let instruments = Arc::new(Instruments::new((0..3).map(instrument).collect()));
        let mut strategy = Strategy::new(entry.name, &ids, &[]).expect("defaults");
        strategy.sit(&instruments).expect("fits");
        let spec = |name, depth| Spec { name, depth, readers: &["reader"], taps: &[] };
        let (mut market, mut reports) = (ring(&spec("market", 64)), ring(&spec("report", 64)));
        // Nobody reads what is wished: behind the first ones each is refused, on the same way.
        let mut intents = ring(&spec("intent", 64));
        let _unread = intents.reader("reader").expect("granted");
        let mut stage = StrategyStage::new(
            vec![strategy],
            7,
            instruments,
            vec![(VenueId::BinanceUsdm, market.reader("reader").expect("granted"))],
            reports.reader("reader").expect("granted"),
            intents.writer("strategy").expect("free"),
            Time::Events,
        );
        let mut market = market.writer("venue").expect("free");
        play(&mut stage, &mut market, 0..20_000);
        let guard = AllocGuard::arm().expect("this process counts");
        play(&mut stage, &mut market, 20_000..60_000);
        assert_eq!(guard.disarm(), 0, "{entry:?}");
    }
}

//! Any bytes as a frame of Binance: the fast way and the general way (the same bytes behind a space) say the same, an error
//! changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const MARKETS: [VenueId; 3] = [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm];

fuzz_target!(|bytes: &[u8]| {
    let Some((venue, frame)) = bytes.split_first() else { return };
    let venue = MARKETS[usize::from(*venue) % MARKETS.len()];
    shared::same_both_ways(|| shared::synced(venue), frame);
});

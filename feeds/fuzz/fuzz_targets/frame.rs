//! Any bytes as a frame of Binance: the fast way and the general way (the same bytes behind a space) say the same, an error
//! changes nothing, nothing panics.
#![no_main]

mod shared;

use feeds::LIVE;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((venue, frame)) = bytes.split_first() else { return };
    let venue = LIVE[usize::from(*venue) % LIVE.len()];
    shared::same_both_ways(|| shared::synced(venue), frame);
});

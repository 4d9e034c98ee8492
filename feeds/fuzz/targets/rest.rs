//! Any bytes as a REST answer of Binance: an error changes nothing, nothing panics, and neither does what follows.

use super::stream;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use feeds::binance;

const MARKETS: [VenueId; 3] = [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm];
const URLS: [Option<&str>; 4] =
    [None, Some("https://a/depth?symbol=BTCUSDT"), Some("https://a/exchangeInfo"), Some("https://a/openInterest?x#y")];

/// One case.
pub(crate) fn run(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else { return };
    let venue = MARKETS[usize::from(choice >> 4) % MARKETS.len()];
    let (mut session, mut calls) = stream::BINANCE.synced(venue);
    session.on_rest(URLS[usize::from(*choice) % URLS.len()], body, Nanos(2), &mut calls);
    assert!(session.counts().errors == 0 || calls.0.len() == 1);
    let delta = br#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":101,"u":110,"pu":100,"b":[["1.05","1"]],"a":[]}"#;
    session.on_frame(0, delta, Nanos(3), &mut calls);
    let _ = binance::from_exchange_info(venue, body, &["BTCUSDT"]);
}

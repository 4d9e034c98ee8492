//! Names of streams, and which route serves them.
//!
//! Owns: `btcusdt@depth@100ms` to a [`Stream`] and back, and the USD-M routes' table. Never: sockets.

use crate::listing::Listing;
use crate::stream::Stream;
use engine_model::venue::VenueId;

/// What a stream tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Trade,
    AggTrade,
    BookTicker,
    Depth0,
    Depth100,
    Depth500,
    /// `@depth` without a speed: 1 s on spot, 250 ms on futures.
    Depth,
    MarkPrice1s,
    MarkPrice3s,
    Kline1m,
    /// Liquidations.
    ForceOrder,
}

impl Kind {
    pub(super) const DEPTHS: [Self; 4] = [Self::Depth0, Self::Depth100, Self::Depth500, Self::Depth];

    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        NAMES[usize::from(topic)].1
    }
}

/// The part of a name after the first `@`, by kind.
const NAMES: [(&str, Kind); 11] = [
    ("trade", Kind::Trade),
    ("aggTrade", Kind::AggTrade),
    ("bookTicker", Kind::BookTicker),
    ("depth@0ms", Kind::Depth0),
    ("depth@100ms", Kind::Depth100),
    ("depth@500ms", Kind::Depth500),
    ("depth", Kind::Depth),
    ("markPrice@1s", Kind::MarkPrice1s),
    ("markPrice", Kind::MarkPrice3s),
    ("kline_1m", Kind::Kline1m),
    ("forceOrder", Kind::ForceOrder),
];

fn exists_on(kind: Kind, venue: VenueId) -> bool {
    let spot = venue == VenueId::BinanceSpot;
    match kind {
        Kind::Trade | Kind::AggTrade | Kind::BookTicker | Kind::Depth100 | Kind::Depth | Kind::Kline1m => true,
        Kind::Depth0 | Kind::Depth500 | Kind::MarkPrice1s | Kind::MarkPrice3s | Kind::ForceOrder => !spot,
    }
}

/// The stream of that name; `None` for what this venue does not have. Names are lower case as at the venue: others are
/// accepted there and stay silent.
pub(super) fn parse(name: &str, venue: VenueId, listings: &[Listing]) -> Option<Stream> {
    let (symbol, kind) = name.split_once('@')?;
    let instrument = listings.iter().position(|l| is_lower_case_of(symbol, l.instrument.symbol.as_str()))?;
    let (_, kind) = NAMES.into_iter().find(|(name, _)| *name == kind)?;
    exists_on(kind, venue).then(|| kind.of(instrument))
}

pub(super) fn name(stream: Stream, listings: &[Listing]) -> String {
    let symbol = listings[stream.instrument].instrument.symbol;
    format!("{}@{}", symbol.as_str().to_ascii_lowercase(), NAMES[usize::from(stream.topic)].0)
}

fn is_lower_case_of(lower: &str, symbol: &str) -> bool {
    lower.len() == symbol.len() && lower.bytes().zip(symbol.bytes()).all(|(l, s)| l == s.to_ascii_lowercase())
}

/// The path prefix a socket came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Spot and COIN-M: everything.
    Whole,
    /// USD-M `/public`: books.
    Public,
    /// USD-M `/market`: everything else that is no secret.
    Market,
    /// USD-M `/private`: user data, of which there is none here.
    Private,
}

impl Route {
    /// The route and the rest of a path; `None` where the venue has no such path (USD-M's old `/ws` and `/stream` are
    /// switched off).
    pub(super) fn of_path(path: &str, venue: VenueId) -> Option<(Self, &str)> {
        if venue != VenueId::BinanceUsdm {
            return Some((Self::Whole, path));
        }
        [("/public", Self::Public), ("/market", Self::Market), ("/private", Self::Private)]
            .into_iter()
            .find_map(|(prefix, route)| path.strip_prefix(prefix).map(|rest| (route, rest)))
    }

    /// Whether this route sends that kind. A stream asked for on the wrong route is accepted and stays silent.
    pub(super) fn serves(self, kind: Kind) -> bool {
        let book = Kind::DEPTHS.contains(&kind) || matches!(kind, Kind::BookTicker | Kind::Trade);
        match self {
            Self::Whole => true,
            Self::Public => book,
            Self::Market => !book,
            Self::Private => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_written_and_only_where_they_exist() {
        for venue in [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm] {
            let listings = Listing::defaults(venue);
            for instrument in 0..listings.len() {
                for (_, kind) in NAMES {
                    let stream = kind.of(instrument);
                    let read = parse(&name(stream, &listings), venue, &listings);
                    assert_eq!(read, exists_on(kind, venue).then_some(stream));
                }
            }
            for bad in ["", "@", "btcusdt", "BTCUSDT@trade", "btcusdt@Trade", "nothing@trade", "btcusdt@depth@100ms@x"]
            {
                assert_eq!(parse(bad, venue, &listings), None, "{bad}");
            }
        }
    }

    #[test]
    fn the_table_of_names_is_in_order_of_the_kinds() {
        assert!(NAMES.iter().enumerate().all(|(index, (_, kind))| *kind as usize == index));
    }

    #[test]
    fn usdm_has_three_routes_and_none_of_the_old_ones() {
        let of = |path| Route::of_path(path, VenueId::BinanceUsdm);
        assert_eq!(of("/public/stream"), Some((Route::Public, "/stream")));
        assert_eq!(of("/market/ws/btcusdt@aggTrade"), Some((Route::Market, "/ws/btcusdt@aggTrade")));
        assert_eq!(of("/stream"), None);
        assert_eq!(of("/ws"), None);
        assert!(Route::Public.serves(Kind::Depth0) && !Route::Market.serves(Kind::Depth0));
        assert!(Route::Market.serves(Kind::MarkPrice1s) && !Route::Public.serves(Kind::MarkPrice1s));
        assert_eq!(Route::of_path("/stream", VenueId::BinanceCoinm), Some((Route::Whole, "/stream")));
    }
}

//! Names of streams, and which route serves them.
//!
//! Owns: `btcusdt@depth@100ms` to a [`Stream`] and back, and the USD-M routes' table. Never: sockets.

use crate::listing::Listing;
use engine_model::venue::VenueId;

/// What a stream tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
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
    ForceOrder,
}

/// The part of a name after the first `@`, by kind.
const NAMES: [(&str, Kind); Kind::COUNT] = [
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

impl Kind {
    pub(crate) const COUNT: usize = 11;
    pub(crate) const DEPTHS: [Self; 4] = [Self::Depth0, Self::Depth100, Self::Depth500, Self::Depth];

    pub(crate) fn is_depth(self) -> bool {
        Self::DEPTHS.contains(&self)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES[self as usize].0
    }

    fn exists_on(self, venue: VenueId) -> bool {
        let spot = venue == VenueId::BinanceSpot;
        match self {
            Self::Trade | Self::AggTrade | Self::BookTicker | Self::Depth100 | Self::Depth | Self::Kline1m => true,
            Self::Depth0 | Self::Depth500 | Self::MarkPrice1s | Self::MarkPrice3s | Self::ForceOrder => !spot,
        }
    }
}

/// One kind of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stream {
    pub(crate) instrument: usize,
    pub(crate) kind: Kind,
}

impl Stream {
    /// Position in tables of all streams.
    pub(crate) fn index(self) -> usize {
        self.instrument * Kind::COUNT + self.kind as usize
    }

    /// The stream of that name; `None` for what this venue does not have. Names are lower case as at the venue: others
    /// are accepted there and stay silent.
    pub(crate) fn parse(name: &str, venue: VenueId, listings: &[Listing]) -> Option<Self> {
        let (symbol, kind) = name.split_once('@')?;
        let instrument = listings.iter().position(|l| is_lower_case_of(symbol, l.instrument.symbol.as_str()))?;
        let (_, kind) = NAMES.into_iter().find(|(name, _)| *name == kind)?;
        kind.exists_on(venue).then_some(Self { instrument, kind })
    }

    pub(crate) fn name(self, listings: &[Listing]) -> String {
        let symbol = listings[self.instrument].instrument.symbol;
        format!("{}@{}", symbol.as_str().to_ascii_lowercase(), self.kind.name())
    }
}

fn is_lower_case_of(lower: &str, symbol: &str) -> bool {
    lower.len() == symbol.len() && lower.bytes().zip(symbol.bytes()).all(|(l, s)| l == s.to_ascii_lowercase())
}

/// The path prefix a socket came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
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
    pub(crate) fn of_path(path: &str, venue: VenueId) -> Option<(Self, &str)> {
        if venue != VenueId::BinanceUsdm {
            return Some((Self::Whole, path));
        }
        [("/public", Self::Public), ("/market", Self::Market), ("/private", Self::Private)]
            .into_iter()
            .find_map(|(prefix, route)| path.strip_prefix(prefix).map(|rest| (route, rest)))
    }

    /// Whether this route sends that kind. A stream asked for on the wrong route is accepted and stays silent.
    pub(crate) fn serves(self, kind: Kind) -> bool {
        let book = kind.is_depth() || matches!(kind, Kind::BookTicker | Kind::Trade);
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
        for venue in VenueId::ALL {
            let listings = Listing::defaults(venue);
            for instrument in 0..listings.len() {
                for (_, kind) in NAMES {
                    let stream = Stream { instrument, kind };
                    let read = Stream::parse(&stream.name(&listings), venue, &listings);
                    assert_eq!(read, kind.exists_on(venue).then_some(stream));
                }
            }
            for bad in ["", "@", "btcusdt", "BTCUSDT@trade", "btcusdt@Trade", "nothing@trade", "btcusdt@depth@100ms@x"]
            {
                assert_eq!(Stream::parse(bad, venue, &listings), None, "{bad}");
            }
        }
    }

    #[test]
    fn the_table_of_names_is_in_order_of_the_kinds() {
        for (index, (name, kind)) in NAMES.into_iter().enumerate() {
            assert_eq!((kind as usize, kind.name()), (index, name));
        }
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

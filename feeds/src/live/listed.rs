//! What a venue has, for whoever wrote a name that it has not: the names of everything that it lists, and its channels.
//!
//! Asked for only when a name is unknown: where instruments are asked for one by one, the whole list is long.

use super::dialect;
use super::plan::{Channel, Urls, Wanted};
use crate::net::request::Request;
use engine_model::instrument::Name;
use engine_model::venue::VenueId;
use serde_json::Value;

/// What venues call the field with the name of an instrument.
const NAME_FIELDS: [&str; 7] = ["symbol", "instId", "product_id", "instrument_name", "wsname", "name", "id"];

/// The channels that a venue has of at least one of these symbols.
#[must_use]
pub fn channels(venue: VenueId, symbols: &[Name]) -> Vec<Channel> {
    let dialect = dialect::of(venue);
    let urls = Urls::defaults(venue);
    let has = |channel: &Channel| {
        let wanted = Wanted {
            venue,
            symbols: symbols.to_vec(),
            channels: vec![*channel],
            depth_ms: 100,
            levels: 5,
            streams_max: dialect.streams_max,
        };
        (dialect.plan)(&wanted, &urls).is_ok_and(|lines| lines.iter().any(|line| !line.streams.is_empty()))
    };
    Channel::ALL.into_iter().filter(has).collect()
}

/// The question whose answer lists everything of the kind of that symbol.
#[must_use]
pub fn whole_list_request(venue: VenueId, symbol: &str) -> Option<Request> {
    match venue {
        VenueId::Bybit => {
            let category = symbol.split_once(':').map_or("spot", |(category, _)| category);
            Some(Request::get(format!("/v5/market/instruments-info?category={category}&limit=1000")))
        }
        VenueId::Okx => {
            let one = dialect::list_requests(venue, &[symbol]).pop()?;
            one.path.split_once("&instId=").map(|(kind, _)| Request::get(kind))
        }
        VenueId::Coinbase => Some(Request::get("/api/v3/brokerage/market/products")),
        // The others answer for everything at once; what is asked behind it are terms of what it lists.
        _ => dialect::list_requests(venue, &[symbol]).into_iter().next(),
    }
}

/// The names in such an answer, in our spelling: with the market of that symbol in front, where it has one.
#[must_use]
pub fn listed_names(answer: &[u8], symbol: &str) -> Vec<String> {
    let market = symbol.split_once(':').map_or(String::new(), |(market, _)| format!("{market}:"));
    let mut names = Vec::new();
    if let Ok(answer) = serde_json::from_slice(answer) {
        collect(&answer, &market, &mut names);
    }
    names
}

/// Nothing is deeper than an answer, its result, a list and an entry.
fn collect(value: &Value, market: &str, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, market, names)),
        Value::Object(fields) => {
            let named = NAME_FIELDS.iter().find_map(|field| fields.get(*field).and_then(Value::as_str));
            names.extend(named.map(|name| format!("{market}{name}")));
            fields.values().filter(|value| value.is_array() || value.is_object()).for_each(|value| {
                collect(value, market, names);
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_venue_has_the_channels_that_it_has_of_these_symbols() {
        use Channel::{AggregateTrade, Book, Candle, Liquidation, Mark, Quote, Trade};
        let of = |venue, symbol| channels(venue, &[Name::new(symbol).expect("short")]);
        assert_eq!(of(VenueId::BinanceSpot, "BTCUSDT"), [Book, Quote, Trade, AggregateTrade, Candle]);
        assert_eq!(of(VenueId::BinanceUsdm, "BTCUSDT"), [Book, Quote, AggregateTrade, Mark, Candle, Liquidation]);
        assert_eq!(of(VenueId::Bybit, "BTCUSDT"), [Book, Trade, Candle]);
        assert_eq!(of(VenueId::Bybit, "linear:BTCUSDT"), [Book, Trade, Mark, Candle, Liquidation]);
        assert_eq!(of(VenueId::Coinbase, "BTC-USD"), [Book, Quote, Trade, Candle]);
        assert_eq!(of(VenueId::Okx, "BTC-USDT"), [Book, Quote, Trade]);
    }

    #[test]
    fn names_are_found_in_the_lists_of_all_venues() {
        let path = |venue, symbol| whole_list_request(venue, symbol).expect("a list").path.to_string();
        assert_eq!(path(VenueId::Bybit, "linear:X"), "/v5/market/instruments-info?category=linear&limit=1000");
        assert_eq!(path(VenueId::Okx, "X-USDT-SWAP"), "/api/v5/public/instruments?instType=SWAP");
        assert_eq!(path(VenueId::BinanceUsdm, "X"), "/fapi/v1/exchangeInfo");
        let bybit =
            br#"{"result":{"category":"linear","list":[{"symbol":"BTCUSDT","baseCoin":"BTC"},{"symbol":"ETHUSDT"}]}}"#;
        assert_eq!(listed_names(bybit, "linear:X"), ["linear:BTCUSDT", "linear:ETHUSDT"]);
        let gate = br#"[{"id":"BTC_USDT","base":"BTC"},{"id":"ETH_USDT"}]"#;
        assert_eq!(listed_names(gate, "X"), ["BTC_USDT", "ETH_USDT"]);
        assert!(listed_names(b"<html>", "X").is_empty());
    }
}

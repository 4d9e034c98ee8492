//! What one socket has asked for: the channels of its market, and the messages that change them.
//!
//! Owns: subscribe, unsubscribe, ping and their answers; sizes cut for who did not ask for decimals. Never: bytes.

use super::private::socket::Private;
use super::{DECIMALS, is_spot, settle};
use crate::account::{Event, Teller};
use crate::http::Request;
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use engine_model::venue::VenueId;
use serde_json::Value;
use tungstenite::Utf8Bytes;

/// What a channel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Changes of the best hundred levels a side.
    Book,
    /// The best bid and ask.
    Quote,
    Trade,
    /// One-minute candles.
    Candle,
    /// Prices, funding, open interest in one. Contracts.
    Ticker,
    /// Contracts.
    Liquidation,
}

const CHANNELS: [(&str, Kind); 6] = [
    ("order_book_update", Kind::Book),
    ("book_ticker", Kind::Quote),
    ("trades", Kind::Trade),
    ("candlesticks", Kind::Candle),
    ("tickers", Kind::Ticker),
    ("public_liquidates", Kind::Liquidation),
];

impl Kind {
    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        CHANNELS[usize::from(topic)].1
    }
}

pub(super) struct Session {
    /// `spot` or `futures`.
    market: &'static str,
    /// What its contracts are settled in; of no meaning on spot.
    settle: &'static str,
    has_decimals: bool,
    connection: String,
    private: Private,
    /// By [`Stream::index`].
    wanted: Vec<bool>,
}

/// A refusal, in the venue's words.
struct Refused {
    code: u32,
    message: String,
}

impl Refused {
    fn argument(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }
}

impl Session {
    /// The session that an upgrade asks for; `None` where the venue has no such path.
    pub(super) fn of(venue: VenueId, request: &Request, listings: &[Listing], number: usize) -> Option<Self> {
        let (market, settle) = match (is_spot(venue), request.path.as_str()) {
            (true, "/ws/v4/") => ("spot", ""),
            (false, "/v4/ws/usdt") => ("futures", "usdt"),
            (false, "/v4/ws/btc") => ("futures", "btc"),
            _ => return None,
        };
        Some(Self {
            market,
            settle,
            has_decimals: request.header(DECIMALS) == Some("1"),
            connection: format!("simulated-{number:05}"),
            private: Private::default(),
            wanted: vec![false; Stream::count(listings.len())],
        })
    }

    /// Obeys a message and gives the answer. A message with one bad name changes nothing.
    fn obey(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let word = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        let (channel, event) = (word("channel"), word("event"));
        let head = format!(r#""time":{},"time_ms":{at_ms}"#, at_ms / 1_000);
        if channel.strip_prefix(self.market) == Some(".ping") {
            let market = self.market;
            return vec![Said::Text(format!(r#"{{{head},"channel":"{market}.pong","event":"","result":null}}"#))];
        }
        let payload = message.get("payload").cloned().unwrap_or_default();
        let outcome = self.streams(channel, &payload, listings).and_then(|streams| self.change(event, &streams));
        let (result, fresh) = match outcome {
            Ok(fresh) => (r#""result":{"status":"success"}"#.to_owned(), fresh),
            Err(Refused { code, message }) => {
                let message = Value::from(message);
                (format!(r#""error":{{"code":{code},"message":{message}}},"result":{{"status":"fail"}}"#), Vec::new())
            }
        };
        let (connection, channel, event) = (&self.connection, Value::from(channel), Value::from(event));
        let text = format!(
            r#"{{{head},"conn_id":"{connection}","channel":{channel},"event":{event},"payload":{payload},{result}}}"#
        );
        std::iter::once(Said::Text(text)).chain(fresh.into_iter().map(Said::Whole)).collect()
    }

    /// The streams that a payload names.
    fn streams(&self, channel: &str, payload: &Value, listings: &[Listing]) -> Result<Vec<Stream>, Refused> {
        let name = channel.strip_prefix(self.market).and_then(|rest| rest.strip_prefix('.'));
        let kind = name.and_then(|name| CHANNELS.into_iter().find(|(known, _)| *known == name)).map(|(_, kind)| kind);
        let is_ours = |kind: &Kind| self.market == "futures" || (*kind as u8) < Kind::Ticker as u8;
        let kind = kind.filter(is_ours).ok_or_else(|| Refused::argument(format!("unknown channel {channel}")))?;
        let words: Option<Vec<&str>> = payload.as_array().and_then(|all| all.iter().map(Value::as_str).collect());
        let words = words.filter(|words| !words.is_empty()).ok_or_else(|| Refused::argument("invalid payload"))?;
        let names = match (kind, words.as_slice()) {
            (Kind::Book, [name, "100ms"]) if self.market == "spot" => vec![*name],
            (Kind::Book, [name, "100ms", "100"]) if self.market == "futures" => vec![*name],
            (Kind::Candle, ["1m", name]) => vec![*name],
            (Kind::Book | Kind::Candle, _) => return Err(Refused::argument("invalid payload")),
            (_, names) => names.to_vec(),
        };
        let is_here = |listing: &Listing| self.market == "spot" || settle(listing.name()) == self.settle;
        let stream = |name: &str| {
            let place = listings.iter().position(|listing| is_here(listing) && listing.name() == name);
            place.map(|at| kind.of(at)).ok_or_else(|| Refused::argument(format!("unknown currency pair {name}")))
        };
        names.into_iter().map(stream).collect()
    }

    /// What is to be told whole: books of contracts, on whose sockets a first change has everything.
    fn change(&mut self, event: &str, streams: &[Stream]) -> Result<Vec<Stream>, Refused> {
        let is_book = |stream: &Stream| Kind::of_topic(stream.topic) == Kind::Book;
        match event {
            "subscribe" if streams.iter().any(|stream| is_book(stream) && self.wanted[stream.index()]) => {
                Err(Refused::argument("duplicate subscription"))
            }
            "subscribe" => {
                streams.iter().for_each(|stream| self.wanted[stream.index()] = true);
                Ok(streams.iter().copied().filter(|stream| self.market == "futures" && is_book(stream)).collect())
            }
            "unsubscribe" => {
                streams.iter().for_each(|stream| self.wanted[stream.index()] = false);
                Ok(Vec::new())
            }
            _ => Err(Refused { code: 1, message: format!("unknown event {event}") }),
        }
    }
}

impl protocol::Session for Session {
    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn is_private(&self) -> bool {
        self.private.is_any()
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        self.private.obey(self.market, text, listings, teller)
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        self.private.tell(event, listings)
    }

    fn control(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        self.obey(text, listings, at_ms)
    }

    fn dress(&mut self, stream: Option<Stream>, text: Utf8Bytes, _: &[Listing]) -> Utf8Bytes {
        let is_whole = self.market == "spot" || self.has_decimals || stream.is_none();
        if is_whole { text } else { Utf8Bytes::from(without_decimals(&text)) }
    }
}

/// Fields with sizes of contracts.
const SIZES: [&str; 4] = [r#""s":""#, r#""B":""#, r#""A":""#, r#""size":""#];

/// Sizes of contracts as they were before there were decimals: numbers, cut towards zero.
pub(super) fn without_decimals(text: &str) -> String {
    let mut cut = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(":\"") {
        let (before, value) = rest.split_at(at + 2);
        let end = value.find('"').unwrap_or(value.len());
        let is_size = SIZES.iter().any(|field| before.ends_with(field));
        // The same letter names a symbol.
        if is_size && value.starts_with(|sign: char| sign.is_ascii_digit() || sign == '-') {
            let whole = value[..end].split('.').next().unwrap_or_default();
            cut += &before[..before.len() - 1];
            cut += whole;
            rest = &value[(end + 1).min(value.len())..];
        } else {
            cut += before;
            rest = value;
        }
    }
    cut + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(venue: VenueId, path: &str) -> (Session, Vec<Listing>) {
        let listings = Listing::defaults(venue);
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        let crate::http::Head::Whole(request) = Request::parse(head.as_bytes()) else { panic!("{head}") };
        (Session::of(venue, &request, &listings, 7).expect("a path"), listings)
    }

    fn say(session: &mut Session, listings: &[Listing], text: &str) -> (String, usize) {
        let said = session.obey(text, listings, 7_001);
        match said.first() {
            Some(Said::Text(text)) => (text.clone(), said.len() - 1),
            other => panic!("a text comes first, not {other:?}"),
        }
    }

    #[test]
    fn messages_are_answered_as_the_venue_does() {
        let (mut session, listings) = open(VenueId::GateSpot, "/ws/v4/");
        let mut say = |text: &str| say(&mut session, &listings, text).0;
        assert_eq!(
            say(r#"{"channel":"spot.order_book_update","event":"subscribe","payload":["BTC_USDT","100ms"]}"#),
            r#"{"time":7,"time_ms":7001,"conn_id":"simulated-00007","channel":"spot.order_book_update","event":"subscribe","payload":["BTC_USDT","100ms"],"result":{"status":"success"}}"#
        );
        assert_eq!(
            say(r#"{"channel":"spot.trades","event":"subscribe","payload":["ETH_USDT","NOPE_USDT"]}"#),
            r#"{"time":7,"time_ms":7001,"conn_id":"simulated-00007","channel":"spot.trades","event":"subscribe","payload":["ETH_USDT","NOPE_USDT"],"error":{"code":2,"message":"unknown currency pair NOPE_USDT"},"result":{"status":"fail"}}"#
        );
        assert!(
            say(r#"{"time":1,"channel":"spot.ping"}"#).contains(r#""channel":"spot.pong","event":"","result":null"#)
        );
        for bad in [
            "",
            r#"{"channel":"spot.order_book_update","event":"subscribe","payload":["BTC_USDT","100ms"]}"#,
            r#"{"channel":"spot.tickers","event":"subscribe","payload":["BTC_USDT"]}"#,
            r#"{"channel":"futures.trades","event":"subscribe","payload":["BTC_USDT"]}"#,
            r#"{"channel":"spot.trades","event":"subscribe","payload":[]}"#,
            r#"{"channel":"spot.trades","event":"say","payload":["BTC_USDT"]}"#,
        ] {
            assert!(say(bad).contains(r#""result":{"status":"fail"}"#), "{bad}");
        }
        assert_eq!(session.wanted.iter().filter(|wanted| **wanted).count(), 1);
    }

    #[test]
    fn a_socket_has_the_contracts_of_its_settlement_and_their_books_come_whole() {
        let (mut session, listings) = open(VenueId::GateFutures, "/v4/ws/btc");
        let book = |name: &str| {
            format!(
                r#"{{"channel":"futures.order_book_update","event":"subscribe","payload":["{name}","100ms","100"]}}"#
            )
        };
        let (answer, fresh) = say(&mut session, &listings, &book("BTC_USD"));
        assert!(answer.contains("success") && fresh == 1, "{answer}");
        let (answer, fresh) = say(&mut session, &listings, &book("BTC_USDT"));
        assert!(answer.contains("unknown currency pair BTC_USDT") && fresh == 0, "{answer}");
    }

    #[test]
    fn sizes_are_cut_towards_zero_and_names_are_not_sizes() {
        let text = r#"{"s":"ETH_USDT","b":[{"p":"2.5","s":"1.7"},{"p":"2.4","s":"0"}],"B":"0.9","size":"-2.5"}"#;
        let cut = r#"{"s":"ETH_USDT","b":[{"p":"2.5","s":1},{"p":"2.4","s":0}],"B":0,"size":-2}"#;
        assert_eq!(without_decimals(text), cut);
    }
}

//! What one socket has asked for: a channel of any number of pairs a message, each answered for itself.
//!
//! Owns: subscribe, unsubscribe, ping and their answers. Never: bytes.

use super::private::line::Line;
use crate::account::{Event, Teller};
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use crate::text::iso;
use serde_json::Value;

/// Depths of books that the venue offers.
pub(super) const DEPTHS: [usize; 5] = [10, 25, 100, 500, 1_000];

/// What a channel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A book cut to one of [`DEPTHS`], whole at first.
    Book(usize),
    Trade,
    /// Of a minute.
    Candle,
    /// That the venue is there. Comes with any subscription, and is of no pair: it stands with the first.
    Heartbeat,
}

impl Kind {
    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        let others = DEPTHS.len() as u8;
        let topic = match self {
            Self::Book(place) => place as u8,
            Self::Trade => others,
            Self::Candle => others + 1,
            Self::Heartbeat => others + 2,
        };
        Stream { instrument, topic }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        match usize::from(topic) {
            place if place < DEPTHS.len() => Self::Book(place),
            place => [Self::Trade, Self::Candle, Self::Heartbeat][place - DEPTHS.len()],
        }
    }

    fn asked(params: &Value) -> Result<Self, &'static str> {
        match params.get("channel").and_then(Value::as_str).unwrap_or_default() {
            "book" => {
                let depth = params.get("depth").map_or(Some(10), Value::as_u64);
                let place = DEPTHS.iter().position(|known| Some(*known as u64) == depth);
                place.map(Self::Book).ok_or("Subscription depth not supported")
            }
            "trade" => Ok(Self::Trade),
            "ohlc" => match params.get("interval").map_or(Some(1), Value::as_u64) {
                Some(1) => Ok(Self::Candle),
                _ => Err("Subscription ohlc interval not supported"),
            },
            _ => Err("Unsupported event"),
        }
    }

    /// What an answer repeats of the request.
    fn words(self) -> String {
        match self {
            Self::Book(place) => format!(r#""channel":"book","depth":{}"#, DEPTHS[place]),
            Self::Trade => r#""channel":"trade""#.to_owned(),
            Self::Candle => r#""channel":"ohlc","interval":1"#.to_owned(),
            Self::Heartbeat => r#""channel":"heartbeat""#.to_owned(),
        }
    }
}

pub(super) struct Session {
    connection: usize,
    /// By [`Stream::index`].
    wanted: Vec<bool>,
    /// What a token opens: the host of it is another one, the path is not.
    account: Line,
}

/// What of a message an answer repeats, and when it came.
struct Heard<'a> {
    method: &'a str,
    req_id: Option<u64>,
    at_ms: u64,
}

impl Session {
    /// The session of that path; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, listings: &[Listing], connection: usize) -> Option<Self> {
        (path == "/v2").then(|| Self {
            connection,
            wanted: vec![false; Stream::count(listings.len())],
            account: Line::default(),
        })
    }

    fn obey(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
        let heard = Heard { method, req_id: message.get("req_id").and_then(Value::as_u64), at_ms };
        let params = message.get("params").unwrap_or(&Value::Null);
        let pairs = params.get("symbol").and_then(Value::as_array);
        match (method, Kind::asked(params), pairs) {
            ("ping", ..) => vec![heard.pong()],
            ("subscribe" | "unsubscribe", Ok(kind), Some(pairs)) => {
                let pairs: Vec<&str> = pairs.iter().filter_map(Value::as_str).collect();
                let is_whole = params.get("snapshot") != Some(&Value::Bool(false));
                pairs.iter().flat_map(|pair| self.one(&heard, kind, pair, listings, is_whole)).collect()
            }
            ("subscribe" | "unsubscribe", Err(problem), _) => vec![heard.no(problem, None)],
            _ => vec![heard.no("Unsupported event", None)],
        }
    }

    fn one(&mut self, heard: &Heard<'_>, kind: Kind, pair: &str, listings: &[Listing], is_whole: bool) -> Vec<Said> {
        let Some(instrument) = listings.iter().position(|listing| listing.name() == pair) else {
            return vec![heard.no(&format!("Currency pair not supported {pair}"), Some(pair))];
        };
        let (stream, is_wanted) = (kind.of(instrument), heard.method == "subscribe");
        if std::mem::replace(&mut self.wanted[stream.index()], is_wanted) == is_wanted {
            let problem = if is_wanted { "Already subscribed" } else { "Subscription Not Found" };
            return vec![heard.no(problem, Some(pair))];
        }
        self.wanted[Kind::Heartbeat.of(0).index()] = true;
        let whole = (is_wanted && is_whole).then_some(Said::Whole(stream));
        std::iter::once(heard.yes(kind, pair, is_whole)).chain(whole).collect()
    }
}

impl Heard<'_> {
    /// Times, and the number of the request where it has one.
    fn tail(&self) -> String {
        let (at, req_id) = (iso(self.at_ms, 6), self.req_id.map(|id| format!(r#","req_id":{id}"#)));
        format!(r#""time_in":"{at}","time_out":"{at}"{}"#, req_id.unwrap_or_default())
    }

    fn pong(&self) -> Said {
        Said::Text(format!(r#"{{"method":"pong",{}}}"#, self.tail()))
    }

    fn yes(&self, kind: Kind, pair: &str, is_whole: bool) -> Said {
        let (method, words, tail) = (self.method, kind.words(), self.tail());
        let snapshot = if method == "subscribe" { format!(r#","snapshot":{is_whole}"#) } else { String::new() };
        Said::Text(format!(
            r#"{{"method":"{method}","result":{{{words}{snapshot},"symbol":"{pair}"}},"success":true,{tail}}}"#
        ))
    }

    fn no(&self, problem: &str, pair: Option<&str>) -> Said {
        let (problem, method, tail) = (Value::from(problem), Value::from(self.method), self.tail());
        let pair = pair.map(|pair| format!(r#","symbol":{}"#, Value::from(pair))).unwrap_or_default();
        Said::Text(format!(r#"{{"error":{problem},"method":{method},"success":false{pair},{tail}}}"#))
    }
}

impl protocol::Session for Session {
    fn greeting(&self, _: u64) -> Option<String> {
        let id = 806_193_442_143_000_000 + self.connection as u64;
        Some(format!(
            r#"{{"channel":"status","type":"update","data":[{{"version":"2.0.10","system":"online","api_version":"v2","connection_id":{id}}}]}}"#
        ))
    }

    fn is_private(&self) -> bool {
        self.account.is_open()
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        let said = self.account.obey(text, listings, teller)?;
        self.wanted[Kind::Heartbeat.of(0).index()] |= self.account.is_open();
        Some(said.into_iter().map(Said::Text).collect())
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        self.account.tell(event, listings)
    }

    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn control(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        self.obey(text, listings, at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::venue::VenueId;

    #[test]
    fn each_pair_of_a_message_is_answered_for_itself() {
        let listings = Listing::defaults(VenueId::Kraken);
        let mut session = Session::of_path("/v2", &listings, 7).expect("a path");
        let mut say = |text: &str| session.obey(text, &listings, 1_787_610_116_724);
        let text = |said: &Said| match said {
            Said::Text(text) => text.clone(),
            Said::Whole(stream) => format!("{stream:?}"),
        };
        let said = say(
            r#"{"method":"subscribe","params":{"channel":"book","symbol":["ETH/USD","WWW/USD","BTC/USD"]},"req_id":3}"#,
        );
        let at = r#""time_in":"2026-08-24T22:21:56.724000Z","time_out":"2026-08-24T22:21:56.724000Z","req_id":3}"#;
        let yes = r#"{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,"symbol":"ETH/USD"},"success":true,"#;
        assert_eq!(said[0], Said::Text(format!("{yes}{at}")));
        assert_eq!((&said[1], &said[4]), (&Said::Whole(Kind::Book(0).of(1)), &Said::Whole(Kind::Book(0).of(0))));
        let no = r#"{"error":"Currency pair not supported WWW/USD","method":"subscribe","success":false,"symbol":"WWW/USD","#;
        assert_eq!(said[2], Said::Text(format!("{no}{at}")));
        let about = |method: &str, params: &str| format!(r#"{{"method":"{method}","params":{{{params}}}}}"#);
        for (method, params, told) in [
            ("subscribe", r#""channel":"book","symbol":["ETH/USD"],"depth":10"#, "Already subscribed"),
            ("unsubscribe", r#""channel":"book","symbol":["ETH/USD"],"depth":25"#, "Subscription Not Found"),
            ("subscribe", r#""channel":"book","symbol":["ETH/USD"],"depth":11"#, "Subscription depth not supported"),
            ("subscribe", r#""channel":"weather","symbol":["ETH/USD"]"#, "Unsupported event"),
            ("dance", r#""channel":"book","symbol":["ETH/USD"]"#, "Unsupported event"),
        ] {
            let said = say(&about(method, params));
            assert!(text(&said[0]).starts_with(&format!(r#"{{"error":"{told}""#)), "{said:?}");
        }
        assert!(text(&say(r#"{"method":"ping"}"#)[0]).starts_with(r#"{"method":"pong","time_in":"2026-"#));
        for bad in ["", "[]", "{"] {
            assert!(text(&say(bad)[0]).contains("Unsupported event"), "{bad}");
        }
        let trades = say(&about("subscribe", r#""channel":"trade","symbol":["SOL/USD"],"snapshot":false"#));
        assert_eq!(trades.len(), 1, "no history");
        assert_eq!(session.wanted.iter().filter(|wanted| **wanted).count(), 4, "two books, trades, the heartbeat");
        assert!(Session::of_path("/", &listings, 1).is_none());
    }
}

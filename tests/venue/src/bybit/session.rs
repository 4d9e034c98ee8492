//! What one socket has asked for: the topics of its category, and the messages that change them.
//!
//! Owns: subscribe, unsubscribe, ping and their answers. Never: bytes.

use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;

const CATEGORIES: [&str; 3] = ["spot", "linear", "inverse"];
/// Topics in a message on spot; contracts are limited by length, which no test here comes near.
const SPOT_TOPICS_MAX: usize = 10;

/// What a topic tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// The best 200 levels a side, whole at first.
    Book,
    Trade,
    /// Prices, funding, open interest in one, whole at first.
    Ticker,
    Liquidation,
}

const TOPICS: [(&str, Kind); 4] = [
    ("orderbook.200.", Kind::Book),
    ("publicTrade.", Kind::Trade),
    ("tickers.", Kind::Ticker),
    ("allLiquidation.", Kind::Liquidation),
];

impl Kind {
    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        TOPICS[usize::from(topic)].1
    }
}

pub(super) struct Session {
    category: &'static str,
    connection: String,
    /// By [`Stream::index`].
    wanted: Vec<bool>,
}

impl Session {
    /// The session that a path asks for; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, listings: &[Listing], number: usize) -> Option<Self> {
        let category = path.strip_prefix("/v5/public/")?;
        let category = CATEGORIES.into_iter().find(|known| *known == category)?;
        let wanted = vec![false; Stream::count(listings.len())];
        Some(Self { category, connection: format!("simulated-{number:05}"), wanted })
    }

    /// Obeys a message and gives the answer. A message with one bad topic changes nothing.
    fn obey(&mut self, text: &str, listings: &[Listing]) -> Vec<Said> {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let req_id = message.get("req_id").and_then(Value::as_str).unwrap_or_default();
        let op = message.get("op").and_then(Value::as_str).unwrap_or_default();
        let topics: Option<Vec<&str>> =
            message.get("args").and_then(Value::as_array).map(|args| args.iter().filter_map(Value::as_str).collect());
        let outcome = match (op, topics) {
            ("ping", _) => return self.reply(true, "pong", req_id, op, Vec::new()),
            ("subscribe", Some(topics)) => self.subscribe(&topics, listings),
            ("unsubscribe", Some(topics)) => self.unsubscribe(&topics, listings),
            _ => Err("error:request not supported".to_owned()),
        };
        match outcome {
            Ok(fresh) => {
                let told = if self.category == "spot" { op } else { "" };
                self.reply(true, told, req_id, op, fresh)
            }
            Err(problem) => self.reply(false, &problem, req_id, op, Vec::new()),
        }
    }

    fn subscribe(&mut self, topics: &[&str], listings: &[Listing]) -> Result<Vec<Stream>, String> {
        if self.category == "spot" && topics.len() > SPOT_TOPICS_MAX {
            return Err(format!("args size >{SPOT_TOPICS_MAX}"));
        }
        let streams = self.streams(topics, listings)?;
        if let Some(at) = streams.iter().position(|stream| self.wanted[stream.index()]) {
            return Err(format!("error:already subscribed,topic:{}", topics[at]));
        }
        streams.iter().for_each(|stream| self.wanted[stream.index()] = true);
        Ok(streams)
    }

    fn unsubscribe(&mut self, topics: &[&str], listings: &[Listing]) -> Result<Vec<Stream>, String> {
        self.streams(topics, listings)?.iter().for_each(|stream| self.wanted[stream.index()] = false);
        Ok(Vec::new())
    }

    fn streams(&self, topics: &[&str], listings: &[Listing]) -> Result<Vec<Stream>, String> {
        let stream =
            |topic: &&str| self.parse(topic, listings).ok_or_else(|| format!("error:handler not found,topic:{topic}"));
        topics.iter().map(stream).collect()
    }

    fn parse(&self, topic: &str, listings: &[Listing]) -> Option<Stream> {
        let (symbol, kind) =
            TOPICS.into_iter().find_map(|(prefix, kind)| topic.strip_prefix(prefix).map(|symbol| (symbol, kind)))?;
        if kind == Kind::Liquidation && self.category == "spot" {
            return None;
        }
        let instrument = listings.iter().position(|l| l.category() == self.category && l.name() == symbol)?;
        Some(kind.of(instrument))
    }

    fn reply(&self, success: bool, told: &str, req_id: &str, op: &str, fresh: Vec<Stream>) -> Vec<Said> {
        let [told, req_id, op] = [told, req_id, op].map(Value::from);
        let connection = &self.connection;
        // Spot leaves out the id of a request that has none.
        let req_id = match req_id.as_str() {
            Some("") if self.category == "spot" => String::new(),
            _ => format!(r#","req_id":{req_id}"#),
        };
        let text = format!(r#"{{"success":{success},"ret_msg":{told},"conn_id":"{connection}"{req_id},"op":{op}}}"#);
        std::iter::once(Said::Text(text)).chain(fresh.into_iter().map(Said::Whole)).collect()
    }
}

impl protocol::Session for Session {
    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn control(&mut self, text: &str, listings: &[Listing], _: u64) -> Vec<Said> {
        self.obey(text, listings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::venue::VenueId;

    fn text(said: &[Said]) -> String {
        match said.first() {
            Some(Said::Text(text)) => text.clone(),
            other => panic!("a text comes first, not {other:?}"),
        }
    }

    fn open(path: &str) -> (Session, Vec<Listing>) {
        let listings = Listing::defaults(VenueId::Bybit);
        (Session::of_path(path, &listings, 7).expect("a path"), listings)
    }

    #[test]
    fn messages_are_answered_as_the_venue_does() {
        let (mut session, listings) = open("/v5/public/linear");
        let mut say = |text: &str| session.obey(text, &listings);
        let both = r#"{"op":"subscribe","args":["orderbook.200.BTCUSDT","tickers.ETHUSDT"]}"#;
        let told = r#"{"success":true,"ret_msg":"","conn_id":"simulated-00007","req_id":"","op":"subscribe"}"#;
        let expected = [Said::Text(told.to_owned()), Said::Whole(Kind::Book.of(0)), Said::Whole(Kind::Ticker.of(1))];
        assert_eq!(say(both), expected);
        let mut say = |words: &str| text(&session.obey(words, &listings));
        assert!(say(both).contains(r#""success":false,"ret_msg":"error:already subscribed,topic:orderbook.200.BTC"#));
        assert!(say(r#"{"op":"ping","req_id":"9"}"#).ends_with(r#""req_id":"9","op":"ping"}"#));
        let bad = r#"{"op":"subscribe","args":["tickers.BTCUSDT","tickers.NOPE"]}"#;
        assert!(say(bad).contains(r#""ret_msg":"error:handler not found,topic:tickers.NOPE""#));
        for bad in ["", "[]", r#"{"op":"subscribe"}"#, r#"{"op":7,"args":[]}"#] {
            assert!(say(bad).starts_with(r#"{"success":false,"#), "{bad}");
        }
        say(r#"{"op":"unsubscribe","args":["orderbook.200.BTCUSDT"]}"#);
        assert_eq!(session.wanted.iter().filter(|wanted| **wanted).count(), 1);
    }

    #[test]
    fn each_category_has_its_own_instruments_and_spot_no_liquidations() {
        let (mut session, listings) = open("/v5/public/spot");
        let mut say = |words: &str| text(&session.obey(words, &listings));
        assert_eq!(
            say(r#"{"op":"subscribe","args":["orderbook.200.BTCUSDT"]}"#),
            r#"{"success":true,"ret_msg":"subscribe","conn_id":"simulated-00007","op":"subscribe"}"#
        );
        for absent in ["allLiquidation.BTCUSDT", "orderbook.200.SOLUSDT", "orderbook.200.BTCUSD"] {
            assert!(
                say(&format!(r#"{{"op":"subscribe","args":["{absent}"]}}"#)).contains("handler not found"),
                "{absent}"
            );
        }
        let many = ["\"tickers.BTCUSDT\""; 11].join(",");
        assert!(say(&format!(r#"{{"op":"subscribe","args":[{many}]}}"#)).contains("args size >10"));
        assert!(Session::of_path("/v5/public/option", &listings, 1).is_none());
    }
}

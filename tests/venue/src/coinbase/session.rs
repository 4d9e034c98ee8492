//! What one socket has asked for: products of a channel, the messages that change them, and the number of each text.
//!
//! Owns: subscribe, unsubscribe and their answers; the count of what the socket was sent. Never: bytes.

use super::private::line::Line;
use super::wire;
use crate::account::{Event, Teller};
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;
use tungstenite::Utf8Bytes;

/// What a channel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// The whole book, then its changes.
    Book,
    Trade,
    Ticker,
    /// Of no product: a sign of life each second.
    Heartbeat,
}

/// In the order in which the venue lists what is subscribed to.
const CHANNELS: [(&str, Kind); 4] =
    [("heartbeats", Kind::Heartbeat), ("level2", Kind::Book), ("market_trades", Kind::Trade), ("ticker", Kind::Ticker)];

impl Kind {
    /// That kind of one product.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        [Self::Book, Self::Trade, Self::Ticker, Self::Heartbeat][usize::from(topic)]
    }
}

pub(super) struct Session {
    /// Texts sent so far.
    sent: u64,
    /// By [`Stream::index`].
    wanted: Vec<bool>,
    /// Whose orders it hears of: the host for that is another one, the path is not.
    account: Line,
}

impl Session {
    /// The session that a path asks for; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, listings: &[Listing]) -> Option<Self> {
        matches!(path, "" | "/").then(|| Self {
            sent: 0,
            wanted: vec![false; Stream::count(listings.len())],
            account: Line::default(),
        })
    }

    /// What is asked for is told whole first; then comes the list of everything subscribed to.
    fn obey(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let word = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        let on = match word("type") {
            "subscribe" => true,
            "unsubscribe" => false,
            _ => return vec![refusal("malformed message")],
        };
        let Some((_, kind)) = CHANNELS.into_iter().find(|(name, _)| *name == word("channel")) else {
            return vec![refusal("invalid channel")];
        };
        let streams = match kind {
            Kind::Heartbeat => Some(vec![kind.of(0)]),
            _ => products(&message, listings)
                .map(|products| products.into_iter().map(|product| kind.of(product)).collect()),
        };
        let Some(streams) = streams else { return vec![refusal("failure to subscribe: invalid product_ids")] };
        streams.iter().for_each(|stream| self.wanted[stream.index()] = on);
        let answer = Said::Text(wire::subscriptions(&self.subscribed(listings), at_ms));
        streams.into_iter().filter(|_| on).map(Said::Whole).chain([answer]).collect()
    }

    /// By channel, those that have anything.
    fn subscribed(&self, listings: &[Listing]) -> Vec<(&'static str, Vec<String>)> {
        let of = |(channel, kind): (&'static str, Kind)| {
            let wanted = (0..listings.len()).filter(|product| self.wanted[kind.of(*product).index()]);
            let name = |product: usize| match kind {
                Kind::Heartbeat => channel.to_owned(),
                _ => listings[product].name().to_owned(),
            };
            (channel, wanted.map(name).collect::<Vec<_>>())
        };
        let user = self.account.is_open().then(|| ("user", vec!["simulated".to_owned()]));
        CHANNELS.into_iter().map(of).filter(|(_, names)| !names.is_empty()).chain(user).collect()
    }

    /// A text under its number.
    fn number(&mut self, text: &str) -> Option<String> {
        let numbered = wire::numbered(text, self.sent)?;
        self.sent += 1;
        Some(numbered)
    }
}

/// `None` when there are none, or one that is not listed.
fn products(message: &Value, listings: &[Listing]) -> Option<Vec<usize>> {
    let names = message.get("product_ids")?.as_array().filter(|names| !names.is_empty())?;
    let product = |name: &Value| listings.iter().position(|l| Some(l.name()) == name.as_str());
    names.iter().map(product).collect()
}

/// It has no channel, and no number.
fn refusal(told: &str) -> Said {
    Said::Text(format!(r#"{{"type":"error","message":"{told}"}}"#))
}

impl protocol::Session for Session {
    fn is_private(&self) -> bool {
        self.account.is_open()
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        let at_ms = teller.at_ms();
        Some(match self.account.obey(text, listings, teller)? {
            Ok(open) => {
                let all = wire::subscriptions(&self.subscribed(listings), at_ms);
                open.into_iter().chain([all]).map(Said::Text).collect()
            }
            Err(told) => vec![refusal(told)],
        })
    }

    /// Numbered here, whether it gets there or not.
    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        let texts = self.account.tell(event, listings);
        texts.iter().filter_map(|text| self.number(text)).collect()
    }

    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn control(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        self.obey(text, listings, at_ms)
    }

    fn dress(&mut self, _: Option<Stream>, text: Utf8Bytes, _: &[Listing]) -> Utf8Bytes {
        self.number(text.as_str()).map_or(text, Utf8Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::venue::VenueId;
    use protocol::Session as _;

    #[test]
    fn what_is_asked_for_comes_whole_before_the_answer_and_texts_are_numbered() {
        let listings = Listing::defaults(VenueId::Coinbase);
        let mut session = Session::of_path("/", &listings).expect("a path");
        let said = session.control(r#"{"type":"subscribe","channel":"heartbeats"}"#, &listings, 0);
        let [Said::Whole(_), Said::Text(text)] = said.as_slice() else { panic!("{said:?}") };
        let told = r#"{"channel":"subscriptions","timestamp":"1970-01-01T00:00:00.000000Z","sequence_num":0,"events":[{"subscriptions":{"heartbeats":["heartbeats"]}}]}"#;
        let mut dress = |text: &str| session.dress(None, Utf8Bytes::from(text), &listings).as_str().to_owned();
        assert_eq!((dress(text).as_str(), dress(text)), (told, told.replace(":0,", ":1,")));
        let message = r#"{"type":"subscribe","product_ids":["ETH-USD","BTC-USD"],"channel":"level2"}"#;
        let said = session.control(message, &listings, 0);
        let [Said::Whole(eth), Said::Whole(btc), Said::Text(text)] = said.as_slice() else { panic!("{said:?}") };
        assert_eq!((*eth, *btc), (Kind::Book.of(1), Kind::Book.of(0)));
        assert!(text.contains(r#"{"heartbeats":["heartbeats"],"level2":["BTC-USD","ETH-USD"]}"#), "{text}");
        session.control(&message.replace("sub", "unsub"), &listings, 0);
        assert_eq!(session.wanted.iter().filter(|wanted| **wanted).count(), 1);
    }

    #[test]
    fn what_is_refused_changes_nothing_and_has_no_number() {
        let listings = Listing::defaults(VenueId::Coinbase);
        let mut session = Session::of_path("", &listings).expect("a path");
        for bad in [
            "",
            r#"{"type":"subscribe","channel":"nothing","product_ids":["BTC-USD"]}"#,
            r#"{"type":"subscribe","channel":"level2"}"#,
            r#"{"type":"subscribe","channel":"level2","product_ids":["BTC-USD","NO-PE"]}"#,
        ] {
            let said = session.control(bad, &listings, 0);
            let [Said::Text(text)] = said.as_slice() else { panic!("{said:?}") };
            assert!(text.starts_with(r#"{"type":"error","message":""#), "{bad}: {text}");
            session.dress(None, Utf8Bytes::from(text.as_str()), &listings);
        }
        assert!(session.sent == 0 && !session.wanted.contains(&true));
        assert!(Session::of_path("/ws", &listings).is_none());
        assert!(CHANNELS.iter().all(|(_, kind)| Kind::of_topic(*kind as u8) == *kind));
    }
}

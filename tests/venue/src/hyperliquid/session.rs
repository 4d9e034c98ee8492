//! What one socket has asked for: a stream a message.
//!
//! Owns: subscribe, unsubscribe, ping and their answers. Never: bytes.

use super::private::socket::Private;
use crate::account::{Event, Teller};
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;

/// What a subscription tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// The best 20 levels a side, each 5 s.
    Book,
    /// The best 5 levels a side, each half second.
    FastBook,
    /// The best bid and ask, with the blocks that change them.
    Quote,
    Trade,
    /// Mark, oracle, funding, open interest in one.
    Context,
    /// Of a minute.
    Candle,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Book, Self::FastBook, Self::Quote, Self::Trade, Self::Context, Self::Candle];

    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        Self::ALL[usize::from(topic)]
    }

    /// What a subscription asks for; `None` where it asks for nothing that there is.
    fn asked(subscription: &Value) -> Option<Self> {
        let is = |name: &str, word: &str| subscription.get(name).is_some_and(|value| value == word);
        let is_fast = subscription.get("fast").is_some_and(|fast| fast == true);
        let kinds = [("bbo", Self::Quote), ("trades", Self::Trade), ("activeAssetCtx", Self::Context)];
        match subscription.get("type")?.as_str()? {
            "l2Book" => Some(if is_fast { Self::FastBook } else { Self::Book }),
            "candle" => is("interval", "1m").then_some(Self::Candle),
            name => kinds.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind),
        }
    }

    /// The venue's words for it.
    fn words(self, coin: &str) -> String {
        let (kind, more) = match self {
            Self::Book => ("l2Book", r#","nSigFigs":null,"mantissa":null"#),
            Self::FastBook => ("l2Book", r#","nSigFigs":null,"mantissa":null,"fast":true"#),
            Self::Quote => ("bbo", ""),
            Self::Trade => ("trades", ""),
            Self::Context => ("activeAssetCtx", ""),
            Self::Candle => ("candle", r#","interval":"1m""#),
        };
        format!(r#"{{"type":"{kind}","coin":"{coin}"{more}}}"#)
    }
}

pub(super) struct Session {
    /// By [`Stream::index`].
    wanted: Vec<bool>,
    private: Private,
}

impl Session {
    /// The session of that path; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, listings: &[Listing], private: Private) -> Option<Self> {
        (path == "/ws").then(|| Self { wanted: vec![false; Stream::count(listings.len())], private })
    }

    fn obey(&mut self, text: &str, listings: &[Listing]) -> Vec<Said> {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
        let subscription = message.get("subscription").unwrap_or(&Value::Null);
        let found = Kind::asked(subscription).zip(listings.iter().position(|l| subscription["coin"] == l.name()));
        match (method, found) {
            ("ping", _) => vec![Said::Text(r#"{"channel":"pong"}"#.to_owned())],
            ("subscribe" | "unsubscribe", Some((kind, instrument))) => {
                self.change(method == "subscribe", kind, instrument, listings[instrument].name())
            }
            ("subscribe" | "unsubscribe", None) if subscription.is_object() => {
                vec![error(&format!("Invalid subscription {subscription}"))]
            }
            _ => vec![error(&format!("Error parsing JSON into valid websocket request: {text}"))],
        }
    }

    fn change(&mut self, is_wanted: bool, kind: Kind, instrument: usize, coin: &str) -> Vec<Said> {
        let (stream, words) = (kind.of(instrument), kind.words(coin));
        let method = if is_wanted { "subscribe" } else { "unsubscribe" };
        if std::mem::replace(&mut self.wanted[stream.index()], is_wanted) == is_wanted {
            return vec![error(&format!("Already {method}d: {words}"))];
        }
        let done =
            format!(r#"{{"channel":"subscriptionResponse","data":{{"method":"{method}","subscription":{words}}}}}"#);
        let whole = is_wanted.then_some(Said::Whole(stream));
        std::iter::once(Said::Text(done)).chain(whole).collect()
    }
}

/// An error has a text alone, the request inside.
fn error(told: &str) -> Said {
    Said::Text(format!(r#"{{"channel":"error","data":{}}}"#, Value::from(told)))
}

impl protocol::Session for Session {
    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn is_private(&self) -> bool {
        self.private.is_used()
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        let answers = self.private.obey(text, listings, teller)?;
        Some(answers.into_iter().map(Said::Text).collect())
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        self.private.tell(event, listings)
    }

    fn control(&mut self, text: &str, listings: &[Listing], _: u64) -> Vec<Said> {
        self.obey(text, listings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::venue::VenueId;

    #[test]
    fn messages_are_answered_as_the_venue_does() {
        let listings = Listing::defaults(VenueId::Hyperliquid);
        let mut session = Session::of_path("/ws", &listings, Private::new(&Default::default())).expect("a path");
        let mut say = |text: &str| session.obey(text, &listings);
        let text = |said: &[Said]| match said.first() {
            Some(Said::Text(text)) => text.clone(),
            other => panic!("a text comes first, not {other:?}"),
        };
        let fast = r#"{"method":"subscribe","subscription":{"type":"l2Book","coin":"ETH","fast":true}}"#;
        let told = r#"{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":{"type":"l2Book","coin":"ETH","nSigFigs":null,"mantissa":null,"fast":true}}}"#;
        assert_eq!(say(fast), [Said::Text(told.to_owned()), Said::Whole(Kind::FastBook.of(1))]);
        assert!(text(&say(fast)).starts_with(r#"{"channel":"error","data":"Already subscribed: {\"type\":\"l2Book\""#));
        assert_eq!(text(&say(r#"{"method":"ping"}"#)), r#"{"channel":"pong"}"#);
        let unknown = r#"{"method":"subscribe","subscription":{"type":"bbo","coin":"NOPE"}}"#;
        let told = r#"{"channel":"error","data":"Invalid subscription {\"coin\":\"NOPE\",\"type\":\"bbo\"}"}"#;
        assert_eq!(text(&say(unknown)), told);
        for bad in ["", "[]", "{", r#"{"method":"subscribe"}"#, r#"{"method":"dance","subscription":{}}"#] {
            assert!(text(&say(bad)).contains("Error parsing JSON into valid websocket request"), "{bad}");
        }
        say(r#"{"method":"unsubscribe","subscription":{"type":"l2Book","coin":"ETH","fast":true}}"#);
        assert_eq!(session.wanted.iter().filter(|wanted| **wanted).count(), 0);
        assert!(Session::of_path("/stream", &listings, Private::new(&Default::default())).is_none());
    }
}

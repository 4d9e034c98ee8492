//! What one socket has asked for: a feed of any number of products a message, each answered for itself.
//!
//! Owns: subscribe, unsubscribe and their answers; what is an account's is `private::feeds`'. Never: bytes.

use super::private::feeds::Feeds;
use crate::account::{Event, Teller};
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;

/// What a feed tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Every level of a book, whole at first.
    Book,
    Trade,
    /// Prices, funding, open interest in one.
    Ticker,
    /// That the venue is there; is of no product: it stands with the first.
    Heartbeat,
}

const FEEDS: [(&str, Kind); 4] =
    [("book", Kind::Book), ("trade", Kind::Trade), ("ticker", Kind::Ticker), ("heartbeat", Kind::Heartbeat)];

impl Kind {
    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        FEEDS[usize::from(topic)].1
    }
}

pub(super) struct Session {
    /// By [`Stream::index`].
    wanted: Vec<bool>,
    feeds: Feeds,
}

impl Session {
    /// The session of that path; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, listings: &[Listing], number: usize) -> Option<Self> {
        let wanted = vec![false; Stream::count(listings.len())];
        (path == "/ws/v1").then(|| Self { wanted, feeds: Feeds::of(number) })
    }

    fn obey(&mut self, text: &str, listings: &[Listing]) -> Vec<Said> {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let word = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_wanted = match word("event") {
            "subscribe" => true,
            "unsubscribe" => false,
            _ => return vec![told("alert", "Bad request")],
        };
        let Some((feed, kind)) = FEEDS.into_iter().find(|(feed, _)| *feed == word("feed")) else {
            return vec![told("error", "Invalid feed")];
        };
        if kind == Kind::Heartbeat {
            self.wanted[kind.of(0).index()] = is_wanted;
            return vec![done(is_wanted, feed, None)];
        }
        let products = message.get("product_ids").and_then(Value::as_array).cloned().unwrap_or_default();
        let of = |product: &Value| {
            let product = product.as_str()?;
            listings.iter().position(|listing| listing.name().eq_ignore_ascii_case(product))
        };
        match products.iter().map(of).collect::<Option<Vec<usize>>>() {
            Some(found) if !found.is_empty() => {
                let one = |at: usize| self.one(is_wanted, (feed, kind), at, listings[at].name());
                found.into_iter().flat_map(one).collect()
            }
            // One bad name, and nothing of the message is done.
            _ => vec![told("error", "Invalid product id")],
        }
    }

    fn one(&mut self, is_wanted: bool, (feed, kind): (&str, Kind), instrument: usize, product: &str) -> Vec<Said> {
        let stream = kind.of(instrument);
        let before = std::mem::replace(&mut self.wanted[stream.index()], is_wanted);
        match (is_wanted, before) {
            (true, false) => vec![done(true, feed, Some(product)), Said::Whole(stream)],
            (true, true) => vec![told("alert", "Already subscribed to feed, re-requesting"), Said::Whole(stream)],
            (false, true) => vec![done(false, feed, Some(product))],
            (false, false) => vec![told("error", "Not subscribed to feed")],
        }
    }
}

fn told(event: &str, message: &str) -> Said {
    Said::Text(format!(r#"{{"event":"{event}","message":"{message}"}}"#))
}

fn done(is_wanted: bool, feed: &str, product: Option<&str>) -> Said {
    let event = if is_wanted { "subscribed" } else { "unsubscribed" };
    let products = product.map(|product| format!(r#","product_ids":["{product}"]"#)).unwrap_or_default();
    Said::Text(format!(r#"{{"event":"{event}","feed":"{feed}"{products}}}"#))
}

impl protocol::Session for Session {
    fn greeting(&self, _: u64) -> Option<String> {
        Some(r#"{"event":"info","version":1}"#.to_owned())
    }

    fn is_private(&self) -> bool {
        self.feeds.is_open()
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        let said = self.feeds.obey(text, listings, teller)?;
        Some(said.into_iter().map(Said::Text).collect())
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        self.feeds.tell(event, listings)
    }

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

    #[test]
    fn each_product_of_a_message_is_answered_for_itself() {
        let listings = Listing::defaults(VenueId::KrakenFutures);
        let mut session = Session::of_path("/ws/v1", &listings, 0).expect("a path");
        let mut say = |text: &str| session.obey(text, &listings);
        let about = |event: &str, feed: &str, products: &str| {
            format!(r#"{{"event":"{event}","feed":"{feed}","product_ids":[{products}]}}"#)
        };
        let subscribed =
            |product| Said::Text(format!(r#"{{"event":"subscribed","feed":"book","product_ids":["{product}"]}}"#));
        let both = say(&about("subscribe", "book", r#""PI_XBTUSD","pf_ethusd""#));
        let books = [4, 1].map(|instrument| Said::Whole(Kind::Book.of(instrument)));
        let [inverse, linear] = books;
        assert_eq!(both, [subscribed("PI_XBTUSD"), inverse, subscribed("PF_ETHUSD"), linear]);
        let again = say(&about("subscribe", "book", r#""PF_ETHUSD""#));
        assert_eq!(again, [told("alert", "Already subscribed to feed, re-requesting"), Said::Whole(Kind::Book.of(1))]);
        for (text, event, message) in [
            (about("subscribe", "book", r#""PF_SOLUSD","NOPE""#), "error", "Invalid product id"),
            (about("subscribe", "weather", r#""PF_SOLUSD""#), "error", "Invalid feed"),
            (about("unsubscribe", "trade", r#""PF_SOLUSD""#), "error", "Not subscribed to feed"),
            (String::new(), "alert", "Bad request"),
            ("[]".to_owned(), "alert", "Bad request"),
        ] {
            assert_eq!(say(&text), [told(event, message)], "{text}");
        }
        say(&about("unsubscribe", "book", r#""PI_XBTUSD""#));
        say(r#"{"event":"subscribe","feed":"heartbeat"}"#);
        assert_eq!(session.wanted.iter().filter(|wanted| **wanted).count(), 2, "a book and the heartbeat");
    }
}

//! What one socket has asked for: channels by name, heartbeats, and whether it answers them.
//!
//! Owns: public methods of a socket and their answers. Never: bytes of a market.

use super::private::socket::Private;
use super::rpc::{self, INVALID, NO_METHOD, No};
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
    /// Every level of a book, whole at first, then what changed each 100 ms.
    Book,
    Trade,
    /// Prices, funding, open interest in one, each 100 ms.
    Ticker,
    /// The best bid and ask.
    Quote,
    /// That the venue is there; is of no instrument: it stands with the first.
    Heartbeat,
}

const KINDS: [Kind; 5] = [Kind::Book, Kind::Trade, Kind::Ticker, Kind::Quote, Kind::Heartbeat];

impl Kind {
    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        KINDS[usize::from(topic)]
    }

    /// The channel of that instrument.
    pub(super) fn channel(self, symbol: &str) -> String {
        match self {
            Self::Book => format!("book.{symbol}.100ms"),
            Self::Trade => format!("trades.{symbol}.100ms"),
            Self::Ticker => format!("ticker.{symbol}.100ms"),
            Self::Quote => format!("quote.{symbol}"),
            Self::Heartbeat => String::new(),
        }
    }
}

pub(super) struct Session {
    /// By [`Stream::index`].
    wanted: Vec<bool>,
    /// Heartbeats told; every second one is a question.
    beats: u64,
    /// A question that nobody has answered: the next heartbeat is the last that is said.
    is_tested: bool,
    is_mute: bool,
    private: Private,
}

impl Session {
    /// The session of that path; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, listings: &[Listing]) -> Option<Self> {
        let wanted = vec![false; Stream::count(listings.len())];
        (path == "/ws/api/v2").then(|| Self {
            wanted,
            beats: 0,
            is_tested: false,
            is_mute: false,
            private: Private::default(),
        })
    }

    fn obey(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let id = message.get("id").unwrap_or(&Value::Null);
        let params = message.get("params").unwrap_or(&Value::Null);
        let mut whole = Vec::new();
        let done = match message.get("method").and_then(Value::as_str) {
            Some("public/hello" | "public/test") => {
                self.is_tested = false;
                Ok(r#"{"version":"1.2.26"}"#.to_owned())
            }
            Some("public/set_heartbeat") => match params.get("interval").and_then(Value::as_u64) {
                Some(10..) => {
                    self.wanted[Kind::Heartbeat.of(0).index()] = true;
                    Ok(r#""ok""#.to_owned())
                }
                _ => Err(INVALID),
            },
            Some(method @ ("public/subscribe" | "public/unsubscribe")) => {
                self.channels(params, method == "public/subscribe", listings, &mut whole)
            }
            _ => Err(NO_METHOD),
        };
        std::iter::once(Said::Text(rpc::answer(id, &done, at_ms))).chain(whole).collect()
    }

    /// Those that there are; of the others the answer says nothing.
    fn channels(
        &mut self,
        params: &Value,
        is_wanted: bool,
        listings: &[Listing],
        whole: &mut Vec<Said>,
    ) -> Result<String, No> {
        let names = params.get("channels").and_then(Value::as_array).ok_or(INVALID)?;
        let mut taken = Vec::new();
        for name in names.iter().filter_map(Value::as_str) {
            let Some(stream) = parse(name, listings) else { continue };
            if is_wanted && !self.wanted[stream.index()] {
                whole.push(Said::Whole(stream));
            }
            self.wanted[stream.index()] = is_wanted;
            taken.push(format!("\"{name}\""));
        }
        Ok(format!("[{}]", taken.join(",")))
    }
}

fn parse(name: &str, listings: &[Listing]) -> Option<Stream> {
    let is_it = |(instrument, listing): (usize, &Listing)| {
        let kinds = KINDS[..4].iter();
        kinds.filter(|kind| kind.channel(listing.name()) == name).map(|kind| kind.of(instrument)).next()
    };
    listings.iter().enumerate().find_map(is_it)
}

impl protocol::Session for Session {
    fn is_private(&self) -> bool {
        self.private.is_open()
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        self.private.obey(text, listings, teller).map(|said| vec![Said::Text(said)])
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        self.private.tell(event, listings)
    }

    fn closes(&mut self, _: &[Listing], teller: &mut Teller<'_>) {
        self.private.closes(teller);
    }

    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn control(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        self.obey(text, listings, at_ms)
    }

    /// The venue cuts whoever does not answer its question. Here nothing more is told, which a client must notice, too.
    fn dress(&mut self, stream: Option<Stream>, text: Utf8Bytes, _: &[Listing]) -> Utf8Bytes {
        if self.is_mute {
            return Utf8Bytes::from_static("");
        }
        if stream != Some(Kind::Heartbeat.of(0)) {
            return text;
        }
        self.is_mute = self.is_tested;
        self.beats += 1;
        self.is_tested = self.beats.is_multiple_of(2);
        Utf8Bytes::from(rpc::heartbeat(if self.is_tested { "test_request" } else { "heartbeat" }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Session as _;
    use engine_model::venue::VenueId;

    fn session(listings: &[Listing]) -> Session {
        Session::of_path("/ws/api/v2", listings).expect("a path")
    }

    #[test]
    fn methods_are_answered_under_their_numbers() {
        let listings = Listing::defaults(VenueId::Deribit);
        let mut session = session(&listings);
        let mut say = |text: &str| session.obey(text, &listings, 5);
        let ask = |method: &str, params: &str| {
            format!(r#"{{"jsonrpc":"2.0","id":7,"method":"public/{method}","params":{params}}}"#)
        };
        let yes = |result: &str| Said::Text(rpc::answer(&Value::from(7), &Ok(result.to_owned()), 5));
        let both = r#"{"channels":["book.BTC-PERPETUAL.100ms","book.NOPE.100ms","ticker.ETH_USDC-PERPETUAL.100ms"]}"#;
        let taken = yes(r#"["book.BTC-PERPETUAL.100ms","ticker.ETH_USDC-PERPETUAL.100ms"]"#);
        let whole = [Kind::Book.of(0), Kind::Ticker.of(3)].map(Said::Whole);
        let [book, ticker] = whole;
        assert_eq!(say(&ask("subscribe", both)), [taken, book, ticker]);
        let one = r#"{"channels":["book.BTC-PERPETUAL.100ms"]}"#;
        assert_eq!(say(&ask("subscribe", one)), [yes(r#"["book.BTC-PERPETUAL.100ms"]"#)], "it is told already");
        assert_eq!(say(&ask("unsubscribe", one)), [yes(r#"["book.BTC-PERPETUAL.100ms"]"#)]);
        for (text, no, id) in [
            (ask("subscribe", "{}"), INVALID, Value::from(7)),
            (ask("set_heartbeat", r#"{"interval":9}"#), INVALID, Value::from(7)),
            (ask("wish", "{}"), NO_METHOD, Value::from(7)),
            (String::new(), NO_METHOD, Value::Null),
        ] {
            assert_eq!(say(&text), [Said::Text(rpc::answer(&id, &Err(no), 5))], "{text}");
        }
        assert_eq!(session.wanted.iter().filter(|wanted| **wanted).count(), 1);
        assert!(Session::of_path("/ws/v1", &listings).is_none());
    }

    #[test]
    fn who_does_not_answer_the_question_hears_nothing_more() {
        let listings = Listing::defaults(VenueId::Deribit);
        for answers in [true, false] {
            let mut session = session(&listings);
            let beat = |session: &mut Session| {
                let dressed = session.dress(Some(Kind::Heartbeat.of(0)), Utf8Bytes::from_static("x"), &listings);
                dressed.as_str().to_owned()
            };
            assert_eq!(beat(&mut session), rpc::heartbeat("heartbeat"));
            assert_eq!(beat(&mut session), rpc::heartbeat("test_request"));
            if answers {
                session.obey(r#"{"jsonrpc":"2.0","id":9,"method":"public/test"}"#, &listings, 5);
            }
            assert_eq!(beat(&mut session), rpc::heartbeat("heartbeat"));
            let trade = session.dress(Some(Kind::Trade.of(0)), Utf8Bytes::from_static("a trade"), &listings);
            assert_eq!(trade.as_str(), if answers { "a trade" } else { "" });
        }
    }
}

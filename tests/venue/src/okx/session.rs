//! What one socket has asked for: channels of instruments, and the messages that change them.
//!
//! Owns: subscribe, unsubscribe, ping and their answers. Never: bytes.

use super::{instrument_type, is_swap, pair};
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;

/// What a channel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// The best 400 levels a side, whole at first.
    Book,
    /// The best level a side.
    Quote,
    Trade,
    Mark,
    /// Named by the pair: told of the first instrument on it.
    Index,
    Funding,
    OpenInterest,
    /// Of all instruments of a type.
    Liquidation,
    Candle,
}

const CHANNELS: [(&str, Kind); 9] = [
    ("books", Kind::Book),
    ("bbo-tbt", Kind::Quote),
    ("trades", Kind::Trade),
    ("mark-price", Kind::Mark),
    ("index-tickers", Kind::Index),
    ("funding-rate", Kind::Funding),
    ("open-interest", Kind::OpenInterest),
    ("liquidation-orders", Kind::Liquidation),
    ("candle1m", Kind::Candle),
];

impl Kind {
    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        CHANNELS[usize::from(topic)].1
    }

    /// Whether only contracts have it.
    pub(super) fn is_of_swaps(self) -> bool {
        matches!(self, Self::Mark | Self::Funding | Self::OpenInterest | Self::Liquidation)
    }
}

pub(in crate::okx) struct Session {
    /// On the path of candles, which has nothing else.
    is_business: bool,
    connection: String,
    /// By [`Stream::index`].
    wanted: Vec<bool>,
}

impl Session {
    /// The session that a path asks for; `None` where the venue has no such path.
    pub(in crate::okx) fn of_path(path: &str, listings: &[Listing], number: usize) -> Option<Self> {
        let is_business = match path {
            "/ws/v5/public" => false,
            "/ws/v5/business" => true,
            _ => return None,
        };
        let wanted = vec![false; Stream::count(listings.len())];
        Some(Self { is_business, connection: format!("{number:08x}"), wanted })
    }

    /// Each argument is obeyed and answered for itself.
    fn obey(&mut self, text: &str, listings: &[Listing]) -> Vec<Said> {
        if text == "ping" {
            return vec![Said::Text("pong".to_owned())];
        }
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let on = match message.get("op").and_then(Value::as_str) {
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            _ => return vec![self.refusal(60_012, &format!("Invalid request: {text}"))],
        };
        let args = message.get("args").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        if args.is_empty() {
            return vec![self.refusal(60_012, &format!("Invalid request: {text}"))];
        }
        args.iter().flat_map(|arg| self.obey_one(on, arg, listings)).collect()
    }

    fn obey_one(&mut self, on: bool, arg: &Value, listings: &[Listing]) -> Vec<Said> {
        let Some(streams) = self.streams(arg, listings) else {
            let word = |name: &str| arg.get(name).and_then(Value::as_str).unwrap_or_default();
            let told = format!(
                "Wrong URL or channel:{},instId:{} doesn't exist. Please use the correct URL, channel and parameters \
                 referring to API document.",
                word("channel"),
                word("instId")
            );
            return vec![self.refusal(60_018, &told)];
        };
        streams.iter().for_each(|stream| self.wanted[stream.index()] = on);
        let (event, connection) = (if on { "subscribe" } else { "unsubscribe" }, &self.connection);
        let answer = format!(r#"{{"event":"{event}","arg":{arg},"connId":"{connection}"}}"#);
        let wholes = streams.into_iter().filter(|_| on).map(Said::Whole);
        std::iter::once(Said::Text(answer)).chain(wholes).collect()
    }

    fn refusal(&self, code: u32, told: &str) -> Said {
        let (told, connection) = (Value::from(told), &self.connection);
        Said::Text(format!(r#"{{"event":"error","code":"{code}","msg":{told},"connId":"{connection}"}}"#))
    }

    /// `None` where this path has no such channel of it.
    fn streams(&self, arg: &Value, listings: &[Listing]) -> Option<Vec<Stream>> {
        let word = |name: &str| arg.get(name).and_then(Value::as_str);
        let channel = word("channel")?;
        let (_, kind) = CHANNELS.into_iter().find(|(name, _)| *name == channel)?;
        if (kind == Kind::Candle) != self.is_business {
            return None;
        }
        let position = |is_it: &dyn Fn(&Listing) -> bool| listings.iter().position(is_it);
        let instrument = match (kind, word("instId"), word("instType")) {
            (Kind::Liquidation, None, Some("SWAP")) => {
                let swaps = (0..listings.len()).filter(|at| instrument_type(&listings[*at]) == "SWAP");
                return Some(swaps.map(|instrument| kind.of(instrument)).collect());
            }
            (Kind::Liquidation, ..) => None,
            (Kind::Index, Some(name), _) => position(&|l| pair(l) == name),
            (_, name, _) => {
                position(&|l| Some(l.name()) == name).filter(|at| !kind.is_of_swaps() || is_swap(&listings[*at]))
            }
        };
        Some(vec![kind.of(instrument?)])
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

    fn open(path: &str) -> (Session, Vec<Listing>) {
        let listings = Listing::defaults(VenueId::Okx);
        (Session::of_path(path, &listings, 10).expect("a path"), listings)
    }

    #[test]
    fn every_argument_is_answered_for_itself() {
        let (mut session, listings) = open("/ws/v5/public");
        let both = r#"{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},{"channel":"books","instId":"NO-PE"}]}"#;
        let said = session.obey(both, &listings);
        let [Said::Text(yes), Said::Whole(whole), Said::Text(no)] = said.as_slice() else { panic!("{said:?}") };
        let answer = r#"{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"0000000a"}"#;
        assert_eq!((yes.as_str(), *whole), (answer, Kind::Book.of(0)));
        let refused =
            r#"{"event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:NO-PE doesn't exist."#;
        assert!(no.starts_with(&refused[..refused.len() - 1]), "{no}");
        session.obey(&both.replace("subscribe", "unsubscribe"), &listings);
        assert!(!session.wanted.contains(&true));
        assert_eq!(session.obey("ping", &listings), [Said::Text("pong".to_owned())]);
        for bad in ["", "[]", r#"{"op":"subscribe"}"#, r#"{"op":"login","args":[{}]}"#] {
            let said = session.obey(bad, &listings);
            let is_refused = matches!(&said[..], [Said::Text(text)] if text.contains(r#""code":"60012""#));
            assert!(is_refused, "{bad}: {said:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_refused_and_liquidations_come_by_type() {
        let (public, listings) = open("/ws/v5/public");
        let (business, _) = open("/ws/v5/business");
        let count = |session: &Session, arg: &str| {
            let arg: Value = serde_json::from_str(arg).expect("JSON");
            session.streams(&arg, &listings).map(|streams| streams.len())
        };
        assert_eq!(count(&public, r#"{"channel":"liquidation-orders","instType":"SWAP"}"#), Some(6));
        assert_eq!(count(&public, r#"{"channel":"index-tickers","instId":"BTC-USD"}"#), Some(1));
        assert_eq!(count(&business, r#"{"channel":"candle1m","instId":"BTC-USDT"}"#), Some(1));
        for absent in [
            r#"{"channel":"liquidation-orders","instType":"SWAP","instId":"BTC-USDT-SWAP"}"#,
            r#"{"channel":"funding-rate","instId":"BTC-USDT"}"#,
            r#"{"channel":"candle1m","instId":"BTC-USDT"}"#,
            r#"{"channel":"books"}"#,
            r#"{"channel":"nothing","instId":"BTC-USDT"}"#,
        ] {
            assert_eq!(count(&public, absent), None, "{absent}");
        }
        assert_eq!(count(&business, r#"{"channel":"books","instId":"BTC-USDT"}"#), None);
        assert!(Session::of_path("/ws/v5/private", &listings, 1).is_none());
        assert!(CHANNELS.iter().enumerate().all(|(at, (_, kind))| *kind as usize == at));
    }
}

//! What one socket has asked for, and the messages that change it.
//!
//! Owns: subscribe, unsubscribe, ping and their answers. Never: bytes.

use super::{TYPES, type_of};
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;

/// What a channel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// The best 200 levels a side, whole at first.
    Book,
    /// The last trades at first, then each.
    Trade,
    /// Prices, funding, open interest in one.
    Ticker,
    /// One-minute candles.
    Candle,
}

const CHANNELS: [(&str, Kind); 4] =
    [("books", Kind::Book), ("trade", Kind::Trade), ("ticker", Kind::Ticker), ("candle1m", Kind::Candle)];

/// Bytes of arguments in a message.
const ARGUMENTS_BYTES_MAX: usize = 4_096;

impl Kind {
    /// That kind of one instrument.
    pub(super) fn of(self, instrument: usize) -> Stream {
        Stream { instrument, topic: self as u8 }
    }

    pub(super) fn of_topic(topic: u8) -> Self {
        CHANNELS[usize::from(topic)].1
    }

    pub(super) fn name(self) -> &'static str {
        CHANNELS[self as usize].0
    }
}

pub(super) struct Session {
    /// By [`Stream::index`].
    wanted: Vec<bool>,
}

impl Session {
    /// The session that a path asks for; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, listings: &[Listing]) -> Option<Self> {
        (path == "/v2/ws/public").then(|| Self { wanted: vec![false; Stream::count(listings.len())] })
    }

    /// Obeys a message: an answer for each argument, behind it what is told whole.
    fn obey(&mut self, text: &str, listings: &[Listing]) -> Vec<Said> {
        if text == "ping" {
            return vec![Said::Text("pong".to_owned())];
        }
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let op = message.get("op").and_then(Value::as_str).unwrap_or_default();
        let arguments = message.get("args").and_then(Value::as_array);
        match (op, arguments) {
            ("subscribe" | "unsubscribe", Some(_)) if text.len() > ARGUMENTS_BYTES_MAX => {
                vec![error(30_006, "request too many", None, op)]
            }
            ("subscribe" | "unsubscribe", Some(arguments)) if !arguments.is_empty() => {
                arguments.iter().flat_map(|argument| self.change(op, argument, listings)).collect()
            }
            _ => vec![error(30_003, "INVALID op", None, op)],
        }
    }

    fn change(&mut self, op: &str, argument: &Value, listings: &[Listing]) -> Vec<Said> {
        let word = |name: &str| argument.get(name).and_then(Value::as_str).unwrap_or_default();
        let words @ [kind, channel, symbol] = ["instType", "channel", "instId"].map(word);
        let [quoted_kind, quoted_channel, quoted_symbol] = words.map(Value::from);
        let argument = format!(r#"{{"instType":{quoted_kind},"channel":{quoted_channel},"instId":{quoted_symbol}}}"#);
        let Some(stream) = parse(words, listings) else {
            let message = format!("instType:{kind},channel:{channel},instId:{symbol} doesn't exist");
            return vec![error(30_001, &message, Some(&argument), op)];
        };
        let is_wanted = op == "subscribe";
        let is_new = is_wanted && !self.wanted[stream.index()];
        self.wanted[stream.index()] = is_wanted;
        let answer = Said::Text(format!(r#"{{"event":"{op}","arg":{argument}}}"#));
        std::iter::once(answer).chain(is_new.then_some(Said::Whole(stream))).collect()
    }
}

fn parse([kind, channel, symbol]: [&str; 3], listings: &[Listing]) -> Option<Stream> {
    let (_, topic) = CHANNELS.into_iter().find(|(known, _)| *known == channel)?;
    let is_asked = |listing: &Listing| type_of(listing) == kind && listing.name() == symbol;
    TYPES.contains(&kind).then(|| listings.iter().position(is_asked).map(|instrument| topic.of(instrument)))?
}

fn error(code: u32, message: &str, argument: Option<&str>, op: &str) -> Said {
    let argument = argument.map(|argument| format!(r#""arg":{argument},"#)).unwrap_or_default();
    let [message, op] = [message, op].map(Value::from);
    Said::Text(format!(r#"{{"event":"error",{argument}"code":{code},"msg":{message},"op":{op}}}"#))
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

    #[test]
    fn messages_are_answered_as_the_venue_does() {
        let listings = Listing::defaults(VenueId::Bitget);
        let mut session = Session::of_path("/v2/ws/public", &listings).expect("a path");
        let mut say = |text: &str| session.obey(text, &listings);
        let text = |text: &str| Said::Text(text.to_owned());
        assert_eq!(say("ping"), [text("pong")]);
        let books = r#"{"instType":"SPOT","channel":"books","instId":"BTCUSDT"}"#;
        let nope = r#"{"instType":"SPOT","channel":"books","instId":"NOPE"}"#;
        let both = format!(r#"{{"op":"subscribe","args":[{nope},{books}]}}"#);
        let no = format!(
            r#"{{"event":"error","arg":{nope},"code":30001,"msg":"instType:SPOT,channel:books,instId:NOPE doesn't exist","op":"subscribe"}}"#
        );
        let yes = format!(r#"{{"event":"subscribe","arg":{books}}}"#);
        assert_eq!(say(&both), [text(&no), text(&yes), Said::Whole(Kind::Book.of(4))]);
        let given_up = say(&format!(r#"{{"op":"unsubscribe","args":[{books}]}}"#));
        assert_eq!(given_up, [text(&format!(r#"{{"event":"unsubscribe","arg":{books}}}"#))]);
        for bad in ["", "[]", r#"{"op":"subscribe"}"#, r#"{"op":"subscribe","args":[]}"#, r#"{"op":7,"args":[{}]}"#] {
            let said = say(bad);
            assert!(
                matches!(&said[..], [Said::Text(text)] if text.starts_with(r#"{"event":"error","#)),
                "{bad}: {said:?}"
            );
        }
        assert!(session.wanted.iter().all(|wanted| !wanted));
        assert!(Session::of_path("/v2/ws/private", &listings).is_none());
    }
}

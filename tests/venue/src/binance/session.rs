//! What one socket has asked for: its streams, and the control messages that change them.
//!
//! Owns: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY and their answers. Never: bytes.

use super::names::{self, Kind, Route};
use super::private::{futures, listen_key};
use crate::account::{Event, Teller};
use crate::listing::Listing;
use crate::protocol::{self, Said};
use crate::stream::Stream;
use engine_model::venue::VenueId;
use serde_json::Value;
use tungstenite::Utf8Bytes;

/// Streams a connection may have.
const STREAMS_MAX: usize = 1_024;

pub(super) struct Session {
    venue: VenueId,
    route: Route,
    /// Whether frames are wrapped in `{"stream","data"}`.
    combined: bool,
    /// As asked for, known or not: the venue lists back what it was given.
    names: Vec<String>,
    /// By [`Stream::index`]: those that are known and that this route serves.
    wanted: Vec<bool>,
    /// The user stream among the names, and the place of its account.
    follows: Option<(String, usize)>,
}

impl Session {
    /// The session that a path asks for; `None` where the venue has no such path.
    pub(super) fn of_path(path: &str, query: &str, venue: VenueId, listings: &[Listing]) -> Option<Self> {
        let (route, rest) = Route::of_path(path, venue)?;
        let (combined, names) = match (rest, rest.strip_prefix("/ws/")) {
            ("/stream", _) => (true, query.split('&').find_map(|p| p.strip_prefix("streams=")).unwrap_or("")),
            ("/ws", _) => (false, ""),
            (_, Some(names)) => (false, names),
            _ => return None,
        };
        let wanted = vec![false; Stream::count(listings.len())];
        let mut session = Self { venue, route, combined, names: Vec::new(), wanted, follows: None };
        for name in names.split('/').filter(|n| !n.is_empty()).take(STREAMS_MAX) {
            // A client may escape the sign; nothing else in a name needs it.
            session.subscribe(&name.replace("%40", "@"), listings);
        }
        Some(session)
    }

    fn subscribe(&mut self, name: &str, listings: &[Listing]) {
        if !self.names.iter().any(|n| n == name) {
            self.names.push(name.to_owned());
        }
        self.mark(name, true, listings);
    }

    fn unsubscribe(&mut self, name: &str, listings: &[Listing]) {
        self.names.retain(|n| n != name);
        self.mark(name, false, listings);
    }

    fn mark(&mut self, name: &str, on: bool, listings: &[Listing]) {
        if let Some(stream) =
            names::parse(name, self.venue, listings).filter(|s| self.route.serves(Kind::of_topic(s.topic)))
        {
            self.wanted[stream.index()] = on;
        }
    }

    /// Obeys a control message and gives the answer.
    fn obey(&mut self, text: &str, listings: &[Listing]) -> String {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            return error(3, "Invalid JSON: expected value at line 1 column 1", &Value::Null);
        };
        let id = message.get("id").cloned().unwrap_or(Value::Null);
        let params = message.get("params").and_then(Value::as_array);
        let names = params.iter().flat_map(|p| p.iter()).filter_map(Value::as_str);
        match (message.get("method").and_then(Value::as_str), params) {
            (Some("SUBSCRIBE"), Some(params)) if params.len() + self.names.len() > STREAMS_MAX => {
                return error(2, "Invalid request: too many streams", &id);
            }
            (Some("SUBSCRIBE"), Some(_)) => names.for_each(|name| self.subscribe(name, listings)),
            (Some("UNSUBSCRIBE"), Some(_)) => names.for_each(|name| self.unsubscribe(name, listings)),
            (Some("LIST_SUBSCRIPTIONS"), _) => {
                return format!("{{\"result\":{},\"id\":{id}}}", Value::from(self.names.as_slice()));
            }
            (Some("SET_PROPERTY"), Some(params)) => match params.as_slice() {
                [Value::String(property), Value::Bool(on)] if property == "combined" => self.combined = *on,
                _ => return error(0, "Unknown property", &id),
            },
            (Some("SUBSCRIBE" | "UNSUBSCRIBE" | "SET_PROPERTY"), None) => {
                return error(2, "Invalid request: missing field `params`", &id);
            }
            _ => return error(2, "Invalid request: unknown variant", &id),
        }
        // By hand: the venue writes the result first.
        format!("{{\"result\":null,\"id\":{id}}}")
    }

    /// Whether user streams come by here. Spot's come by the WebSocket API.
    fn serves_user_streams(&self) -> bool {
        self.route == Route::Private || self.venue == VenueId::BinanceCoinm
    }

    /// Looks for a user stream among the names. A key that is nobody's is accepted and stays silent.
    fn look_for_user_stream(&mut self, teller: &mut Teller<'_>) {
        let is_asked = |key: &String| self.names.iter().any(|name| name == key);
        let keys = teller.holders().map(|holder| (listen_key(holder), holder.account));
        let found = { keys }.find(|(key, _)| is_asked(key));
        if found.is_some() && self.follows.is_none() {
            teller.subscribes();
        }
        self.follows = found;
    }
}

impl protocol::Session for Session {
    fn is_private(&self) -> bool {
        self.route == Route::Private || self.follows.is_some()
    }

    fn opens(&mut self, teller: &mut Teller<'_>) {
        if self.serves_user_streams() {
            self.look_for_user_stream(teller);
        }
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        if !self.serves_user_streams() {
            return None;
        }
        let answer = self.obey(text, listings);
        self.look_for_user_stream(teller);
        Some(vec![Said::Text(answer)])
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        let Some((key, _)) = self.follows.as_ref().filter(|(_, account)| *account == event.account) else {
            return Vec::new();
        };
        let texts = futures::events(event, listings).into_iter();
        match self.combined {
            true => texts.map(|text| format!("{{\"stream\":\"{key}\",\"data\":{text}}}")).collect(),
            false => texts.collect(),
        }
    }

    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn control(&mut self, text: &str, listings: &[Listing], _: u64) -> Vec<Said> {
        vec![Said::Text(self.obey(text, listings))]
    }

    fn dress(&mut self, stream: Option<Stream>, text: Utf8Bytes, listings: &[Listing]) -> Utf8Bytes {
        match stream.filter(|_| self.combined) {
            Some(stream) => {
                let name = names::name(stream, listings);
                Utf8Bytes::from(format!("{{\"stream\":\"{name}\",\"data\":{text}}}"))
            }
            None => text,
        }
    }
}

fn error(code: u8, message: &str, id: &Value) -> String {
    let message = Value::from(message);
    format!("{{\"error\":{{\"code\":{code},\"msg\":{message}}},\"id\":{id}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &str, query: &str) -> (Session, Vec<Listing>) {
        let listings = Listing::defaults(VenueId::BinanceUsdm);
        (Session::of_path(path, query, VenueId::BinanceUsdm, &listings).expect("a route"), listings)
    }

    fn on(session: &Session) -> usize {
        session.wanted.iter().filter(|w| **w).count()
    }

    #[test]
    fn control_messages_are_answered_as_the_venue_does() {
        let (mut session, listings) = open("/public/stream", "streams=btcusdt@bookTicker");
        assert_eq!(on(&session), 1);
        let mut say = |text: &str| session.obey(text, &listings);
        assert_eq!(
            say(r#"{"method":"SUBSCRIBE","params":["btcusdt@depth@0ms","nosuch@trade"],"id":1}"#),
            r#"{"result":null,"id":1}"#
        );
        assert_eq!(
            say(r#"{"method":"LIST_SUBSCRIPTIONS","id":2}"#),
            r#"{"result":["btcusdt@bookTicker","btcusdt@depth@0ms","nosuch@trade"],"id":2}"#
        );
        assert_eq!(
            say(r#"{"method":"UNSUBSCRIBE","params":["btcusdt@bookTicker"],"id":"x"}"#),
            r#"{"result":null,"id":"x"}"#
        );
        for bad in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"method":"SUBSCRIBE"}"#,
            r#"{"method":7,"params":[]}"#,
            r#"{"method":"SET_PROPERTY","params":["a",1]}"#,
        ] {
            assert!(say(bad).starts_with("{\"error\":"), "{bad}");
        }
        assert_eq!(on(&session), 1);
        assert!(session.combined);
        assert_eq!(
            session.obey(r#"{"method":"SET_PROPERTY","params":["combined",false],"id":9}"#, &listings),
            r#"{"result":null,"id":9}"#
        );
        assert!(!session.combined);
    }

    #[test]
    fn a_stream_on_the_wrong_route_is_accepted_and_stays_silent() {
        let (mut session, listings) = open("/market/ws", "");
        let answer = session.obey(r#"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1}"#, &listings);
        assert_eq!((answer.as_str(), on(&session)), (r#"{"result":null,"id":1}"#, 0));
        session.obey(r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":2}"#, &listings);
        assert_eq!(on(&session), 1);
    }
}

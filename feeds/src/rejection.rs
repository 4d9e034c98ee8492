//! A venue's no to something we asked it: kept for whoever tells people, never written on the path.
//!
//! Owns: the words, as far as they fit, and which socket they came by. Never: which stream they are about; whoever asked
//! for the streams knows their names.

use std::collections::VecDeque;

/// The bytes of a rejection that are remembered: more than any venue's, which has a code, a sentence and an id.
const WORDS_BYTES: usize = 512;
/// Rejections that wait to be told. A venue that says no to everything says so each time it is asked again.
const WAITING_MAX: usize = 16;

/// What a venue said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The socket that it came by.
    pub channel: u32,
    words: [u8; WORDS_BYTES],
    length: usize,
}

impl Rejection {
    pub(crate) fn new(channel: u32, frame: &[u8]) -> Self {
        let length = frame.len().min(WORDS_BYTES);
        let mut words = [0; WORDS_BYTES];
        words[..length].copy_from_slice(&frame[..length]);
        Self { channel, words, length }
    }

    /// Its words, from the beginning.
    #[must_use]
    pub fn words(&self) -> &[u8] {
        &self.words[..self.length]
    }

    /// Whether it speaks of a stream: every word of the stream's name stands in it, in any order.
    #[must_use]
    pub fn names(&self, stream: &str) -> bool {
        let mut names = words_of(stream.as_bytes()).peekable();
        names.peek().is_some() && names.all(|name| words_of(self.words()).any(|word| word.eq_ignore_ascii_case(name)))
    }
}

/// Words of text: what no venue puts inside the name of a channel or an instrument stands between them.
fn words_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_between = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'));
    text.split(is_between).filter(|word| !word.is_empty())
}

/// The last rejections, in the order in which they came.
#[derive(Debug)]
pub(crate) struct RejectionLog(VecDeque<Rejection>);

impl RejectionLog {
    pub(crate) fn new() -> Self {
        Self(VecDeque::with_capacity(WAITING_MAX))
    }

    /// Remembers one. Where there is no room the oldest goes: the newest says how things are.
    pub(crate) fn note(&mut self, rejection: Rejection) {
        if self.0.len() == WAITING_MAX {
            self.0.pop_front();
        }
        self.0.push_back(rejection);
    }

    pub(crate) fn take(&mut self) -> Option<Rejection> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::is_rejection;
    use engine_model::venue::VenueId;

    /// As the venues document them, or as they were seen; and the yes of each beside its no.
    #[test]
    fn each_venue_says_no_in_its_own_way_and_its_yes_is_none() {
        let cases = [
            (
                VenueId::BinanceUsdm,
                r#"{"error":{"code":2,"msg":"Invalid request: unknown variant `X`"},"id":1}"#,
                r#"{"result":null,"id":1}"#,
            ),
            (VenueId::BinanceSpot, r#"{"code":2,"msg":"Invalid request"}"#, r#"{"result":null,"id":1}"#),
            (
                VenueId::Bybit,
                r#"{"success":false,"ret_msg":"error:handler not found,topic:tickers.X","conn_id":"c","op":"subscribe"}"#,
                r#"{"success":true,"ret_msg":"","conn_id":"c","req_id":"","op":"subscribe"}"#,
            ),
            (
                VenueId::Okx,
                r#"{"event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:X doesn't exist","connId":"c"}"#,
                r#"{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"c"}"#,
            ),
            (
                VenueId::Bitget,
                r#"{"event":"error","arg":{"instType":"SPOT","channel":"books","instId":"X"},"code":30001,"msg":"no"}"#,
                r#"{"event":"subscribe","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"}}"#,
            ),
            (
                VenueId::GateSpot,
                r#"{"time":1,"channel":"spot.trades","event":"subscribe","error":{"code":2,"message":"unknown currency pair"}}"#,
                r#"{"time":1,"channel":"spot.trades","event":"subscribe","error":null,"result":{"status":"success"}}"#,
            ),
            (
                VenueId::Coinbase,
                r#"{"type":"error","message":"GIBBERISH-USD is not a valid product"}"#,
                r#"{"channel":"subscriptions","timestamp":"","sequence_num":0,"events":[]}"#,
            ),
            (
                VenueId::Kraken,
                r#"{"error":"Currency pair not supported X/USD","method":"subscribe","success":false,"symbol":"X/USD"}"#,
                r#"{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD"},"success":true}"#,
            ),
            (
                VenueId::KrakenFutures,
                r#"{"event":"alert","message":"Bad request"}"#,
                r#"{"event":"subscribed","feed":"book","product_ids":["PF_XBTUSD"]}"#,
            ),
            (
                VenueId::Hyperliquid,
                r#"{"channel":"error","data":"Invalid subscription {\"type\":\"l2Book\",\"coin\":\"X\"}"}"#,
                r#"{"channel":"subscriptionResponse","data":{"method":"subscribe"}}"#,
            ),
            (
                VenueId::Deribit,
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":11050,"message":"bad_request","data":null}}"#,
                r#"{"jsonrpc":"2.0","id":1,"result":["book.BTC-PERPETUAL.100ms"]}"#,
            ),
        ];
        for (venue, no, yes) in cases {
            assert!(is_rejection(venue, no.as_bytes()), "{venue:?} {no}");
            assert!(!is_rejection(venue, yes.as_bytes()), "{venue:?} {yes}");
            for neither in ["pong", "", "{", "[]", "{}"] {
                assert!(!is_rejection(venue, neither.as_bytes()), "{venue:?} {neither}");
            }
        }
    }

    #[test]
    fn a_stream_is_named_by_all_of_its_words_and_by_no_part_of_one() {
        let of = |words: &str| Rejection::new(0, words.as_bytes());
        let okx =
            of(r#"{"event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:A-USDT doesn't exist"}"#);
        assert!(okx.names(r#"{"channel":"books","instId":"A-USDT"}"#));
        assert!(!okx.names(r#"{"channel":"trades","instId":"A-USDT"}"#));
        assert!(!okx.names(r#"{"channel":"books","instId":"A-USDT-SWAP"}"#));
        let bybit = of(r#"{"success":false,"ret_msg":"error:handler not found,topic:publicTrade.BTCUSDT"}"#);
        assert!(bybit.names("publicTrade.BTCUSDT") && !bybit.names("publicTrade.BTC") && !bybit.names(""));
    }

    #[test]
    fn of_more_than_can_wait_the_newest_are_told() {
        let mut log = RejectionLog::new();
        (0..20).for_each(|n| log.note(Rejection::new(n, &[b'x'; 2_000])));
        let told: Vec<u32> = std::iter::from_fn(|| log.take()).map(|rejection| rejection.channel).collect();
        assert_eq!(told, (4..20).collect::<Vec<_>>());
        assert_eq!(Rejection::new(1, &[b'x'; 2_000]).words().len(), WORDS_BYTES);
    }
}

//! Bybit's signatures: hexadecimal HMAC-SHA256 over time, key, window and exactly the bytes sent.

use crate::gateway::key::{Key, Secret};
use crate::gateway::sign::Mac;
use crate::gateway::text::Text;
use engine_model::units::Nanos;

/// How late a request may arrive, in milliseconds: the venue's default.
const WINDOW_MS: &str = "5000";

/// How long a login stays valid, in milliseconds.
const LOGIN_MS: u64 = 10_000;

/// Signs with one key.
#[derive(Debug)]
pub(super) struct Signer {
    id: Secret,
    mac: Mac,
    /// The time as a text.
    time: Text,
}

impl Signer {
    pub(super) fn new(key: &Key) -> Self {
        Self { id: key.id.clone(), mac: Mac::sha256(key.secret.bytes()), time: Text::default() }
    }

    /// The headers of a REST question; `signed` is its query or its body.
    pub(super) fn headers(&mut self, now: Nanos, signed: &[u8], headers: &mut Text) {
        self.time.clear();
        let time = self.time.whole(now.0 / Nanos::MILLI).bytes();
        let id = self.id.bytes();
        let tag = self.mac.sign(&[time, id, WINDOW_MS.as_bytes(), signed]);
        headers.put("X-BAPI-API-KEY: ").put_bytes(id).put("\r\nX-BAPI-TIMESTAMP: ").put_bytes(time);
        headers.put("\r\nX-BAPI-RECV-WINDOW: ").put(WINDOW_MS).put("\r\nX-BAPI-SIGN: ").hex(tag.as_ref()).put("\r\n");
    }

    /// The message that opens a line.
    pub(super) fn login(&mut self, now: Nanos, message: &mut Text) {
        self.time.clear();
        let expires = self.time.whole(now.0 / Nanos::MILLI + LOGIN_MS).bytes();
        let tag = self.mac.sign(&[b"GET/realtime", expires]);
        message.put(r#"{"op":"auth","args":[""#).put_bytes(self.id.bytes()).put("\",").put_bytes(expires);
        message.put(",\"").hex(tag.as_ref()).put("\"]}");
    }

    /// The time in a message to the line of orders, which is not signed.
    pub(super) fn header(now: Nanos, message: &mut Text) {
        message.put(r#""header":{"X-BAPI-TIMESTAMP":""#).whole(now.0 / Nanos::MILLI);
        message.put(r#"","X-BAPI-RECV-WINDOW":""#).put(WINDOW_MS).put("\"}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(id: &str, secret: &str) -> Signer {
        Signer::new(&Key { id: Secret::new(id), secret: Secret::new(secret), passphrase: None })
    }

    fn headers(signer: &mut Signer, ms: u64, signed: &str) -> String {
        let mut headers = Text::default();
        signer.headers(Nanos(ms * Nanos::MILLI), signed.as_bytes(), &mut headers);
        String::from_utf8(headers.bytes().to_vec()).expect("text")
    }

    /// Times, key and payloads are those of the venue's own examples; it does not publish their secret, so the signatures
    /// are those of `openssl dgst -sha256 -hmac secret`.
    #[test]
    fn the_examples_of_the_venue_are_signed_as_openssl_does() {
        let id = "X".repeat(10);
        let mut signer = signer(&id, "secret");
        let expected = format!(
            "X-BAPI-API-KEY: {id}\r\nX-BAPI-TIMESTAMP: 1658384314791\r\nX-BAPI-RECV-WINDOW: 5000\r\nX-BAPI-SIGN: \
             02e9182e346177050f199ce1e0703d738589e3763805ed71590ced65539a73a7\r\n"
        );
        let asked = headers(&mut signer, 1_658_384_314_791, "category=option&symbol=BTC-29JUL22-25000-C");
        assert_eq!(asked, expected);
        let posted = headers(&mut signer, 1_658_385_579_423, r#"{"category": "option"}"#);
        assert!(posted.contains("70b71239a836609988272df61d14ad05594dc2f475787edd2af7726a416933c5"), "{posted}");
    }

    /// The vectors by which another open adapter checks itself (NautilusTrader's), computed again with OpenSSL.
    #[test]
    fn questions_and_logins_are_signed_as_others_do() {
        let mut signer = signer("test_api_key", "test_secret");
        let asked = headers(&mut signer, 1_700_000_000_000, "category=linear&symbol=BTCUSDT");
        assert!(asked.contains("fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"), "{asked}");
        let mut login = Text::default();
        signer.login(Nanos((1_700_000_000_000 - LOGIN_MS) * Nanos::MILLI), &mut login);
        assert_eq!(
            std::str::from_utf8(login.bytes()),
            Ok(
                r#"{"op":"auth","args":["test_api_key",1700000000000,"bacffe7500499eb829bb58c45d36d1b3e5ac67c14eaeba91df5e99ccee013925"]}"#
            )
        );
    }
}

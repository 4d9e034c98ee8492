//! Bitget's signatures: base64 HMAC-SHA256 over time, method, path with query, and exactly the bytes sent.

use crate::gateway::key::{Key, KeyError};
use crate::gateway::sign::PhraseSigner;
use crate::gateway::text::Text;
use engine_model::units::Nanos;

/// Signs with one key. A request is good for 30 s.
#[derive(Debug)]
pub(super) struct Signer(PhraseSigner);

impl Signer {
    pub(super) fn new(key: &Key) -> Result<Self, KeyError> {
        let unfit = "a key of bitget has a pass phrase: name its place beside those of the key";
        PhraseSigner::new(key, unfit).map(Self)
    }

    /// The headers of a REST question: its time is in milliseconds.
    pub(super) fn headers(&mut self, now: Nanos, method: &str, path: &[u8], body: &[u8], headers: &mut Text) {
        let time = |text: &mut Text| {
            text.whole(now.0 / Nanos::MILLI);
        };
        self.0.headers("ACCESS-", time, [method.as_bytes(), path, body], headers);
    }

    /// The message that opens a line.
    pub(super) fn login(&mut self, now: Nanos, message: &mut Text) {
        self.0.login(now, b"/user/verify", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::key::Secret;

    fn said(write: impl FnOnce(&mut Signer, &mut Text)) -> String {
        let passphrase = Some(Secret::new(r#"a"b\c"#));
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase };
        let mut text = Text::default();
        write(&mut Signer::new(&key).expect("a pass phrase"), &mut text);
        String::from_utf8(text.bytes().to_vec()).expect("text")
    }

    /// Times, paths and bodies are those of the venue's own examples (the time less a digit that it has too many); it
    /// publishes no secret, so the signatures are those of `openssl dgst -sha256 -hmac hush -binary | base64`.
    #[test]
    fn the_examples_of_the_venue_are_signed_as_openssl_does() {
        let at = Nanos(1_627_366_780_545 * Nanos::MILLI);
        let path = b"/api/mix/v2/market/depth?limit=20&symbol=BTCUSDT";
        assert_eq!(
            said(|signer, text| signer.headers(at, "GET", path, b"", text)),
            "ACCESS-KEY: me\r\nACCESS-SIGN: uNaJ7xFqHECTbov0Rd22FR6ziNPb9AwXbxgPqvvCvYc=\r\nACCESS-TIMESTAMP: 1627366780545\r\n\
             ACCESS-PASSPHRASE: a\"b\\c\r\n"
        );
        let body = br#"{"productType":"usdt-futures","symbol":"BTCUSDT","size":"8","marginMode":"crossed","side":"buy","orderType":"limit","clientOid":"channel#123456"}"#;
        let posted = said(|signer, text| signer.headers(at, "POST", b"/api/v2/mix/order/place-order", body, text));
        assert!(posted.contains("ACCESS-SIGN: Wq+MhlobFKkWVxthCLihxvEviIn/ihBWs4xrcCT01Go=\r\n"), "{posted}");
        assert_eq!(
            said(|signer, text| signer.login(Nanos(1_538_054_050 * Nanos::SECOND), text)),
            r#"{"op":"login","args":[{"apiKey":"me","passphrase":"a\"b\\c","timestamp":"1538054050","sign":"6Nd5XPS8duasLmNQaYePNrEBCgB0YqzbtPI+GkkulPA="}]}"#
        );
    }

    #[test]
    fn a_key_without_a_pass_phrase_is_refused() {
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
        assert!(Signer::new(&key).expect_err("refused").to_string().contains("pass phrase"));
    }
}

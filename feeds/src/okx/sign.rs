//! OKX's signatures: base64 HMAC-SHA256 over time, method, path with query, and exactly the bytes sent.

use crate::gateway::key::{Key, KeyError};
use crate::gateway::sign::PhraseSigner;
use crate::gateway::text::Text;
use engine_model::units::Nanos;

/// Signs with one key.
#[derive(Debug)]
pub(super) struct Signer(PhraseSigner);

impl Signer {
    pub(super) fn new(key: &Key) -> Result<Self, KeyError> {
        let unfit = "a key of okx has a pass phrase: name its place beside those of the key";
        PhraseSigner::new(key, unfit).map(Self)
    }

    /// The headers of a REST question.
    pub(super) fn headers(&mut self, now: Nanos, method: &str, path: &[u8], body: &[u8], headers: &mut Text) {
        let time = |text: &mut Text| {
            text.iso_ms(now);
        };
        self.0.headers("OK-ACCESS-", time, [method.as_bytes(), path, body], headers);
    }

    /// The message that opens a line. A login is good for 30 s.
    pub(super) fn login(&mut self, now: Nanos, message: &mut Text) {
        self.0.login(now, b"/users/self/verify", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::key::Secret;

    fn signer(secret: &str) -> Signer {
        let passphrase = Some(Secret::new(r#"a"b\c"#));
        Signer::new(&Key { id: Secret::new("me"), secret: Secret::new(secret), passphrase }).expect("a pass phrase")
    }

    fn said(write: impl FnOnce(&mut Text)) -> String {
        let mut text = Text::default();
        write(&mut text);
        String::from_utf8(text.bytes().to_vec()).expect("text")
    }

    /// Secret, times and paths are those of the venue's own examples; it does not publish what comes out of them, so the
    /// signatures are those of `openssl dgst -sha256 -hmac … -binary | base64`.
    #[test]
    fn the_examples_of_the_venue_are_signed_as_openssl_does() {
        let mut signer = signer("22582BD0CFF14C41EDBF1AB98506286D");
        let at = Nanos(1_607_418_537_715 * Nanos::MILLI);
        let asked = said(|text| signer.headers(at, "GET", b"/api/v5/account/balance?ccy=BTC", b"", text));
        assert_eq!(
            asked,
            "OK-ACCESS-KEY: me\r\nOK-ACCESS-SIGN: HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=\r\n\
             OK-ACCESS-TIMESTAMP: 2020-12-08T09:08:57.715Z\r\nOK-ACCESS-PASSPHRASE: a\"b\\c\r\n"
        );
        let body = br#"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"b15","side":"buy","ordType":"limit","px":"2.15","sz":"2"}"#;
        let posted = said(|text| signer.headers(at, "POST", b"/api/v5/trade/order", body, text));
        assert!(posted.contains("SIGN: dI6rrL9rXW/HdaPKJ/6LC1OgvH4/PYju6R3CqixMTNQ="), "{posted}");
        let login = said(|text| signer.login(Nanos(1_538_054_050 * Nanos::SECOND), text));
        assert_eq!(
            login,
            r#"{"op":"login","args":[{"apiKey":"me","passphrase":"a\"b\\c","timestamp":"1538054050","sign":"+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="}]}"#
        );
    }

    /// The vector by which another open adapter checks itself (NautilusTrader's).
    #[test]
    fn a_question_is_signed_as_others_do() {
        let mut signer = signer("chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO");
        let at = Nanos(1_607_418_537_715 * Nanos::MILLI);
        let asked = said(|text| signer.headers(at, "GET", b"/api/v5/account/balance", b"", text));
        assert!(asked.contains("SIGN: PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k="), "{asked}");
    }

    #[test]
    fn a_key_without_a_pass_phrase_is_refused() {
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
        assert!(Signer::new(&key).expect_err("refused").to_string().contains("pass phrase"));
    }
}

//! OKX's signatures: base64 HMAC-SHA256 over time, method, path with query, and exactly the bytes sent.

use crate::gateway::key::{Key, KeyError, Secret};
use crate::gateway::sign::Mac;
use crate::gateway::text::Text;
use engine_model::units::Nanos;

/// Signs with one key.
#[derive(Debug)]
pub(super) struct Signer {
    id: Secret,
    passphrase: Secret,
    mac: Mac,
    /// The time as a text.
    time: Text,
}

impl Signer {
    pub(super) fn new(key: &Key) -> Result<Self, KeyError> {
        let unfit = KeyError::Unfit("a key of okx has a pass phrase: name its place beside those of the key");
        let passphrase = key.passphrase.clone().ok_or(unfit)?;
        Ok(Self { id: key.id.clone(), passphrase, mac: Mac::sha256(key.secret.bytes()), time: Text::default() })
    }

    /// The headers of a REST question.
    pub(super) fn headers(&mut self, now: Nanos, method: &str, path: &[u8], body: &[u8], headers: &mut Text) {
        self.time.clear();
        put_iso(now, &mut self.time);
        let tag = self.mac.sign(&[self.time.bytes(), method.as_bytes(), path, body]);
        headers.put("OK-ACCESS-KEY: ").put_bytes(self.id.bytes()).put("\r\nOK-ACCESS-SIGN: ").base64(tag.as_ref());
        headers.put("\r\nOK-ACCESS-TIMESTAMP: ").put_bytes(self.time.bytes());
        headers.put("\r\nOK-ACCESS-PASSPHRASE: ").put_bytes(self.passphrase.bytes()).put("\r\n");
    }

    /// The message that opens a line. A login is good for 30 s.
    pub(super) fn login(&mut self, now: Nanos, message: &mut Text) {
        self.time.clear();
        let time = self.time.whole(now.0 / Nanos::SECOND).bytes();
        let tag = self.mac.sign(&[time, b"GET", b"/users/self/verify"]);
        message.put(r#"{"op":"login","args":[{"apiKey":""#).escaped(self.id.bytes());
        message.put(r#"","passphrase":""#).escaped(self.passphrase.bytes());
        message.put(r#"","timestamp":""#).put_bytes(time).put(r#"","sign":""#).base64(tag.as_ref()).put("\"}]}");
    }
}

/// A time as `2020-12-08T09:08:57.715Z`.
fn put_iso(at: Nanos, to: &mut Text) {
    let (ms, seconds) = (at.0 / Nanos::MILLI % 1_000, at.0 / Nanos::SECOND);
    let (year, month, day) = date(seconds / 86_400);
    let of_day = seconds % 86_400;
    let parts = [
        (year, 4, "-"),
        (month, 2, "-"),
        (day, 2, "T"),
        (of_day / 3_600, 2, ":"),
        (of_day / 60 % 60, 2, ":"),
        (of_day % 60, 2, "."),
        (ms, 3, "Z"),
    ];
    for (number, digits, behind) in parts {
        let mut room = [b'0'; 4];
        let mut left = number;
        for place in room[..digits].iter_mut().rev() {
            *place = b'0' + (left % 10) as u8;
            left /= 10;
        }
        to.put_bytes(&room[..digits]).put(behind);
    }
}

/// Year, month and day of a day counted from 1970. Years are taken to begin in March, so that the day which only some have
/// is their last.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    /// From the first of March of the year 0.
    const BEFORE_1970: u64 = 719_468;
    let (eras, day) = ((days + BEFORE_1970) / DAYS_OF_400_YEARS, (days + BEFORE_1970) % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, is_next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (eras * 400 + year + is_next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn times_are_written_as_they_are_read() {
        for text in [
            "1970-01-01T00:00:00.000Z",
            "2000-02-29T23:59:59.999Z",
            "2024-02-29T12:00:00.001Z",
            "2024-03-01T00:00:00.000Z",
            "2026-12-31T23:59:59.050Z",
            "2100-03-01T00:00:00.000Z",
        ] {
            let at = crate::grid::iso_ns(text.as_bytes()).expect(text);
            assert_eq!(said(|written| put_iso(at, written)), text);
        }
    }

    #[test]
    fn a_key_without_a_pass_phrase_is_refused() {
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
        assert!(Signer::new(&key).expect_err("refused").to_string().contains("pass phrase"));
    }
}

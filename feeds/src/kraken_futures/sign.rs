//! Kraken Futures' signatures: base64 HMAC-SHA512, with the decoded secret, over the SHA-256 of what is said. Of a question
//! that is its parameters, a nonce and the path; of a line the words that it was challenged with.

use crate::gateway::key::{Key, KeyError, Secret};
use crate::gateway::sign::{Mac, from_base64};
use crate::gateway::text::Text;
use engine_model::units::Nanos;
use ring::digest;

/// What stands before a path and is not signed.
const NOT_SIGNED: &[u8] = b"/derivatives";

/// Signs with one key.
#[derive(Debug)]
pub(super) struct Signer {
    id: Secret,
    mac: Mac,
    /// The last one used: the venue refuses one that is not above it.
    nonce: u64,
    digits: Text,
}

impl Signer {
    pub(super) fn new(key: &Key) -> Result<Self, KeyError> {
        let secret = from_base64(&key.secret).filter(|secret| !secret.is_empty());
        let secret = secret.ok_or(KeyError::Unfit("a secret of kraken-futures is base64, as the venue shows it"))?;
        Ok(Self { id: key.id.clone(), mac: Mac::sha512(&secret), nonce: 0, digits: Text::default() })
    }

    /// The headers of a question with those parameters, whether they stand in its path or in its body.
    pub(super) fn headers(&mut self, now: Nanos, path: &[u8], parameters: &[u8], headers: &mut Text) {
        // The time in milliseconds, unless that was used already or went back.
        self.nonce = (now.0 / Nanos::MILLI).max(self.nonce + 1);
        self.digits.clear();
        let nonce = self.digits.whole(self.nonce).bytes();
        let path = path.strip_prefix(NOT_SIGNED).unwrap_or(path);
        let tag = hashed(&self.mac, &[parameters, nonce, path]);
        headers.put("APIKey: ").put_bytes(self.id.bytes()).put("\r\nNonce: ").put_bytes(nonce);
        headers.put("\r\nAuthent: ").base64(tag.as_ref()).put("\r\n");
    }

    /// Asks to be challenged.
    pub(super) fn challenge(&self, message: &mut Text) {
        message.put(r#"{"event":"challenge","api_key":""#).escaped(self.id.bytes()).put("\"}");
    }

    /// Members of a message that the venue takes from us alone: the words that it challenged us with, and those signed.
    pub(super) fn challenged(&self, words: &[u8], message: &mut Text) {
        let tag = hashed(&self.mac, &[words]);
        message.put(r#""api_key":""#).escaped(self.id.bytes());
        message.put(r#"","original_challenge":""#).escaped(words);
        message.put(r#"","signed_challenge":""#).base64(tag.as_ref()).put("\"");
    }
}

fn hashed(mac: &Mac, parts: &[&[u8]]) -> ring::hmac::Tag {
    let mut hash = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| hash.update(part));
    mac.sign(&[hash.finish().as_ref()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the venue's own examples.
    const SECRET: &str = "7zxMEF5p/Z8l2p2U7Ghv6x14Af+Fx+92tPgUdVQ748FOIrEoT9bgT+bTRfXc5pz8na+hL/QdrCVG7bh9KpT0eMTm";

    fn signer(secret: &str) -> Result<Signer, KeyError> {
        Signer::new(&Key { id: Secret::new("me"), secret: Secret::new(secret), passphrase: None })
    }

    fn said(write: impl FnOnce(&mut Signer, &mut Text)) -> String {
        let mut text = Text::default();
        write(&mut signer(SECRET).expect("fits"), &mut text);
        String::from_utf8(text.bytes().to_vec()).expect("text")
    }

    #[test]
    fn the_challenge_of_the_venues_example_is_signed_as_the_venue_says() {
        assert_eq!(
            said(|signer, text| signer.challenged(b"c100b894-1729-464d-ace1-52dbce11db42", text)),
            "\"api_key\":\"me\",\"original_challenge\":\"c100b894-1729-464d-ace1-52dbce11db42\",\
             \"signed_challenge\":\"4JEpF3ix66GA2B+ooK128Ift4XQVtc137N9yeg4Kqsn9PI0Kpzbysl9M1IeCEdjg0zl00wkVqcsnG4bmnlMb3A==\""
        );
        assert_eq!(said(|signer, text| signer.challenge(text)), r#"{"event":"challenge","api_key":"me"}"#);
    }

    /// Secret, parameters, nonce and path are those of the venue's own example. It publishes no output for them, so that is
    /// what Python's `hmac` and `hashlib` say.
    #[test]
    fn a_question_is_signed_over_its_parameters_a_nonce_and_the_path_without_its_first_part() {
        let at = Nanos(1_415_957_147_987 * Nanos::MILLI);
        let headers = "APIKey: me\r\nNonce: 1415957147987\r\nAuthent: \
                       JHLjN8OUDYaXjHRGT0z4nUvJorORrXoL9omot4BK5ihtp6jKHPHfzX9MrpVjqAgKqGJejoO3gySwoVCMJQlx/Q==\r\n";
        for path in [&b"/derivatives/api/v3/orderbook"[..], b"/api/v3/orderbook"] {
            assert_eq!(said(|signer, text| signer.headers(at, path, b"symbol=fi_xbtusd_180615", text)), headers);
        }
    }

    #[test]
    fn a_nonce_rises_even_when_the_clock_goes_back() {
        let mut signer = signer(SECRET).expect("fits");
        let mut nonce = |ms| {
            let mut headers = Text::default();
            signer.headers(Nanos(ms * Nanos::MILLI), b"/", b"", &mut headers);
            let text = String::from_utf8(headers.bytes().to_vec()).expect("text");
            text.lines().nth(1).map(|line| line["Nonce: ".len()..].to_owned()).expect("a nonce")
        };
        assert_eq!([nonce(1_000), nonce(1_000), nonce(500), nonce(2_000)], ["1000", "1001", "1002", "2000"]);
    }

    #[test]
    fn a_secret_that_is_no_base64_is_refused() {
        for bad in ["not base64!", "="] {
            assert!(signer(bad).expect_err("refused").to_string().contains("base64"), "{bad}");
        }
    }
}

//! Kraken's signatures: base64 HMAC-SHA512, with the decoded secret, over the path and SHA-256 of nonce and body.

use crate::gateway::key::{Key, KeyError, Secret};
use crate::gateway::sign::{Mac, from_base64};
use crate::gateway::text::Text;
use engine_model::units::Nanos;
use ring::digest;

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
        let secret = secret.ok_or(KeyError::Unfit("a secret of kraken is base64, as the venue shows it"))?;
        Ok(Self { id: key.id.clone(), mac: Mac::sha512(&secret), nonce: 0, digits: Text::default() })
    }

    /// Begins a body with the next nonce: the time, unless that was used already or went back.
    pub(super) fn begin(&mut self, now: Nanos, body: &mut Text) {
        self.nonce = now.0.max(self.nonce + 1);
        body.put("nonce=").whole(self.nonce);
    }

    /// The headers of a question with that body, which was begun last.
    pub(super) fn headers(&mut self, path: &[u8], body: &[u8], headers: &mut Text) {
        self.digits.clear();
        let nonce = self.digits.whole(self.nonce).bytes();
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(nonce);
        hash.update(body);
        let tag = self.mac.sign(&[path, hash.finish().as_ref()]);
        headers.put("Content-Type: application/x-www-form-urlencoded\r\nAPI-Key: ").put_bytes(self.id.bytes());
        headers.put("\r\nAPI-Sign: ").base64(tag.as_ref()).put("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secret: &str) -> Result<Signer, KeyError> {
        Signer::new(&Key { id: Secret::new("me"), secret: Secret::new(secret), passphrase: None })
    }

    /// The example of the venue's own documentation.
    const SECRET: &str = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";

    #[test]
    fn the_example_of_the_venue_is_signed_as_the_venue_says() {
        let mut signer = signer(SECRET).expect("fits");
        let (mut body, mut headers) = (Text::default(), Text::default());
        signer.begin(Nanos(1_616_492_376_594), &mut body);
        body.put("&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25");
        signer.headers(b"/0/private/AddOrder", body.bytes(), &mut headers);
        let expected = "Content-Type: application/x-www-form-urlencoded\r\nAPI-Key: me\r\nAPI-Sign: \
                        4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==\r\n";
        assert_eq!(std::str::from_utf8(headers.bytes()), Ok(expected));
    }

    #[test]
    fn a_nonce_rises_even_when_the_clock_goes_back() {
        let mut signer = signer(SECRET).expect("fits");
        let mut nonce = |now| {
            let mut body = Text::default();
            signer.begin(Nanos(now), &mut body);
            String::from_utf8(body.bytes().to_vec()).expect("text")
        };
        let said = [nonce(1_000), nonce(1_000), nonce(500), nonce(2_000)];
        assert_eq!(said, ["nonce=1000", "nonce=1001", "nonce=1002", "nonce=2000"]);
    }

    #[test]
    fn a_secret_that_is_no_base64_is_refused() {
        for bad in ["not base64!", "="] {
            assert!(signer(bad).expect_err("refused").to_string().contains("base64"), "{bad}");
        }
    }
}

//! The signatures that several venues share. What is signed, and where the signature goes, is in each venue's `sign` file.

use super::key::{Key, KeyError, Secret};
use super::text::Text;
use engine_model::units::Nanos;
use ring::hmac;

/// Signs with HMAC (RFC 2104) over SHA-256 or SHA-512; made once, the secret is not looked at again.
#[derive(Clone)]
pub(crate) struct Mac(hmac::Key);

impl Mac {
    pub(crate) fn sha256(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    pub(crate) fn sha512(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA512, secret))
    }

    /// The signature of the parts as one message. Allocates nothing.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        context.sign()
    }
}

impl std::fmt::Debug for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a signing key")
    }
}

/// Signs with a key that has a pass phrase: base64 HMAC-SHA256 over time, method, path with query, and exactly the bytes
/// sent. OKX and Bitget differ in the names of the headers, in how a time is written, and in the path of a login.
#[derive(Debug)]
pub(crate) struct PhraseSigner {
    id: Secret,
    passphrase: Secret,
    mac: Mac,
    /// The time as a text.
    time: Text,
}

impl PhraseSigner {
    /// `unfit`: what is said of a key without a pass phrase.
    pub(crate) fn new(key: &Key, unfit: &'static str) -> Result<Self, KeyError> {
        let passphrase = key.passphrase.clone().ok_or(KeyError::Unfit(unfit))?;
        Ok(Self { id: key.id.clone(), passphrase, mac: Mac::sha256(key.secret.bytes()), time: Text::default() })
    }

    /// The headers of a REST question, whose names begin with `prefix`; `parts`: method, path, body.
    pub(crate) fn headers(
        &mut self,
        prefix: &str,
        write_time: impl FnOnce(&mut Text),
        [method, path, body]: [&[u8]; 3],
        headers: &mut Text,
    ) {
        self.time.clear();
        write_time(&mut self.time);
        let time = self.time.bytes();
        let tag = self.mac.sign(&[time, method, path, body]);
        headers.put(prefix).put("KEY: ").put_bytes(self.id.bytes());
        headers.put("\r\n").put(prefix).put("SIGN: ").base64(tag.as_ref());
        headers.put("\r\n").put(prefix).put("TIMESTAMP: ").put_bytes(time);
        headers.put("\r\n").put(prefix).put("PASSPHRASE: ").put_bytes(self.passphrase.bytes()).put("\r\n");
    }

    /// The message that opens a line: its time is in seconds.
    pub(crate) fn login(&mut self, now: Nanos, path: &[u8], message: &mut Text) {
        self.time.clear();
        let time = self.time.whole(now.0 / Nanos::SECOND).bytes();
        let tag = self.mac.sign(&[time, b"GET", path]);
        message.put(r#"{"op":"login","args":[{"apiKey":""#).escaped(self.id.bytes());
        message.put(r#"","passphrase":""#).escaped(self.passphrase.bytes());
        message.put(r#"","timestamp":""#).put_bytes(time).put(r#"","sign":""#).base64(tag.as_ref()).put("\"}]}");
    }
}

/// The bytes of a base64 text (RFC 4648, section 4; padding may be left out); `None` where it is none.
pub(crate) fn from_base64(secret: &Secret) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let text = secret.bytes();
    let text = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(text.len() * 3 / 4));
    let (mut gathered, mut bits) = (0_u32, 0);
    for &letter in text {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        gathered = gathered << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((gathered >> bits) as u8);
            gathered &= (1 << bits) - 1;
        }
    }
    // One letter alone carries no byte, and what is left over must be nothing.
    (text.len() % 4 != 1 && gathered == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::text::Text;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // RFC 4231, test case 2.
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        let hex = |tag: hmac::Tag| {
            let mut text = Text::default();
            text.hex(tag.as_ref());
            String::from_utf8(text.bytes().to_vec()).expect("text")
        };
        assert_eq!(
            hex(Mac::sha256(b"Jefe").sign(&parts)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(hex(Mac::sha512(b"Jefe").sign(&parts)).starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd6"));
    }

    #[test]
    fn base64_is_read_with_and_without_padding_and_nothing_else_is() {
        for (text, bytes) in [("Zm9vYmFy", "foobar"), ("Zm8=", "fo"), ("Zg==", "f"), ("Zg", "f"), ("", "")] {
            assert_eq!(from_base64(&Secret::new(text)).expect(text).as_slice(), bytes.as_bytes());
        }
        for bad in ["Z", "Zh", "Zm9v!", "Zg===", "Zm 9"] {
            assert!(from_base64(&Secret::new(bad)).is_none(), "{bad}");
        }
    }
}

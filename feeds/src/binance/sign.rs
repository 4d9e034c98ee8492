//! Binance's signatures: of the text of the parameters, HMAC-SHA256 in hexadecimal digits, or Ed25519 in base64.
//!
//! Owns: which of the two a secret is for. Never: which text is signed; that is `gateway`'s.

use crate::gateway::key::{KeyError, Secret};
use crate::gateway::sign::{Mac, from_base64};
use crate::gateway::text::Text;
use ring::hmac::Tag;
use ring::signature::{Ed25519KeyPair, Signature as Ed25519Signature};

/// What a secret of the second kind begins and ends with: a private key as a file has it (RFC 7468).
const PEM: (&str, &str) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");

/// What signs.
pub(super) enum Signer {
    Mac(Mac),
    Ed25519(Box<Ed25519KeyPair>),
}

/// A signature that is not written yet.
pub(super) enum Signature {
    Mac(Tag),
    Ed25519(Ed25519Signature),
}

impl Signer {
    /// A private key in PEM signs with Ed25519; any other secret is one for HMAC.
    pub(super) fn new(secret: &Secret) -> Result<Self, KeyError> {
        let unfit = || KeyError::Unfit("the secret is a PEM text, but not of an Ed25519 private key (PKCS#8)");
        let text = std::str::from_utf8(secret.bytes()).unwrap_or_default();
        let Some(inside) = text.strip_prefix(PEM.0) else { return Ok(Self::Mac(Mac::sha256(secret.bytes()))) };
        let inside = zeroize::Zeroizing::new(inside.strip_suffix(PEM.1).ok_or_else(unfit)?.replace(['\r', '\n'], ""));
        let der = from_base64(&Secret::new(&inside)).ok_or_else(unfit)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| unfit())?;
        Ok(Self::Ed25519(Box::new(pair)))
    }

    /// Whether a session can be logged on with it, so that what follows is not signed.
    pub(super) fn logs_on(&self) -> bool {
        matches!(self, Self::Ed25519(_))
    }

    pub(super) fn sign(&self, text: &[u8]) -> Signature {
        match self {
            Self::Mac(mac) => Signature::Mac(mac.sign(&[text])),
            Self::Ed25519(pair) => Signature::Ed25519(pair.sign(text)),
        }
    }
}

impl Signature {
    /// As it stands in JSON.
    pub(super) fn write(&self, to: &mut Text) {
        match self {
            Self::Mac(tag) => to.hex(tag.as_ref()),
            Self::Ed25519(signature) => to.base64(signature.as_ref()),
        };
    }

    /// As it stands in a URL, where base64 has letters of another meaning.
    pub(super) fn write_in_url(&self, to: &mut Text) {
        match self {
            Self::Mac(_) => self.write(to),
            Self::Ed25519(_) => {
                let mut base64 = Text::default();
                self.write(&mut base64);
                to.percent(base64.bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the examples in the venue's documentation.
    const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

    fn signed(secret: &str, text: &str) -> String {
        let mut written = Text::default();
        Signer::new(&Secret::new(secret)).expect("a secret").sign(text.as_bytes()).write(&mut written);
        String::from_utf8(written.bytes().to_vec()).expect("text")
    }

    #[test]
    fn signatures_are_those_of_the_venues_own_examples() {
        assert_eq!(
            signed(
                SECRET,
                "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000\
                 &timestamp=1499827319559"
            ),
            "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
        );
        // The WebSocket API's: parameters in the order of their names.
        assert_eq!(
            signed(
                SECRET,
                "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&newOrderRespType=ACK\
                 &price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC\
                 &timestamp=1645423376532&type=LIMIT"
            ),
            "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a"
        );
    }

    /// RFC 8410, section 10.3, and the signature of nothing by the key of RFC 8032, section 7.1, test 1.
    #[test]
    fn a_private_key_in_pem_signs_with_ed25519_and_a_broken_one_is_refused() {
        let pem = |inside: &str| format!("{}\n{inside}\n{}", PEM.0, PEM.1);
        let key = pem("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g");
        let expected = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==";
        assert_eq!(signed(&key, ""), expected);
        for broken in [pem("MC4CAQAwBQYDK2Vw"), pem("no base64!"), PEM.0.to_owned()] {
            let refused = Signer::new(&Secret::new(&broken)).err().expect("refused").to_string();
            assert!(refused.contains("Ed25519") && !refused.contains("MC4C"), "{refused}");
        }
    }
}

//! What signatures are made of and checked with, in `ring`'s hands. Public, so that a test's own client signs with the same.
//! And the checksum of books.
//!
//! Owns: the primitives. Never: what is signed, which is each protocol's.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use ring::{digest, hmac};

/// Which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// HMAC (RFC 2104) of the message.
#[must_use]
pub fn hmac(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    let algorithm = match hash {
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha512 => hmac::HMAC_SHA512,
    };
    hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
}

/// The hash of the message.
#[must_use]
pub fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    let algorithm = match hash {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, message).as_ref().to_vec()
}

/// CRC-32, the one of zlib.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// Bytes as hexadecimal digits, small letters.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as base64 with padding (RFC 4648, section 4).
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let part = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let all = part(0) << 16 | part(1) << 8 | part(2);
        text.extend((0..4).map(|digit| match digit <= chunk.len() {
            true => char::from(BASE64[(all >> (18 - 6 * digit)) as usize & 63]),
            false => '=',
        }));
    }
    text
}

/// The bytes of a base64 text; `None` where it is none.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut gathered, mut bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let digit = BASE64.iter().position(|known| *known == letter)?;
        gathered = gathered << 6 | digit as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((gathered >> bits) as u8);
            gathered &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

/// Signs with an Ed25519 key that stands as PEM; `None` where it is none.
#[must_use]
pub fn ed25519(pem: &str, message: &[u8]) -> Option<Vec<u8>> {
    Some(ed25519_pair(pem)?.sign(message).as_ref().to_vec())
}

/// Whether that is the message's signature by the key that stands as PEM.
#[must_use]
pub fn is_ed25519(pem: &str, message: &[u8], signature: &[u8]) -> bool {
    let public = ed25519_pair(pem).map(|pair| pair.public_key().as_ref().to_vec());
    public.is_some_and(|public| UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok())
}

fn ed25519_pair(pem: &str) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(&inside(pem)?).ok()
}

/// The bytes of a PEM text.
fn inside(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    from_base64(&body)
}

/// Signs by ES256 (RFC 7518, 3.4) with a key that stands as PEM of SEC 1; `None` where it is none.
#[must_use]
pub fn es256(pem: &str, message: &[u8]) -> Option<Vec<u8>> {
    let (random, der) = (SystemRandom::new(), inside(pem)?);
    let (private, public) = (der.get(P256_PRIVATE)?, der.get(P256_PUBLIC)?);
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &random).ok()?;
    Some(pair.sign(&random, message).ok()?.as_ref().to_vec())
}

/// Whether that is the message's signature by the key that stands as PEM of SEC 1.
#[must_use]
pub fn is_es256(pem: &str, message: &[u8], signature: &[u8]) -> bool {
    let der = inside(pem).unwrap_or_default();
    let public = der.get(P256_PUBLIC);
    public.is_some_and(|key| UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature).is_ok())
}

/// Where the halves of a key stand in SEC 1.
const P256_PRIVATE: std::ops::Range<usize> = 7..39;
const P256_PUBLIC: std::ops::Range<usize> = 56..121;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{READER_P256, TRADER, TRADER_ED25519, TRADER_P256};

    #[test]
    fn signatures_and_texts_are_those_of_the_standards() {
        // RFC 4231, test case 2.
        let signed = hex(&hmac(Hash::Sha256, b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(signed, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let signed = hex(&hmac(Hash::Sha512, b"Jefe", b"what do ya want for nothing?"));
        assert!(signed.starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd6"));
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        // FIPS 180-4: of "abc".
        assert!(hex(&digest(Hash::Sha256, b"abc")).starts_with("ba7816bf8f01cfea"));
        assert!(hex(&digest(Hash::Sha512, b"abc")).starts_with("ddaf35a193617aba"));
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(
                (base64(plain.as_bytes()).as_str(), from_base64(coded).as_deref()),
                (coded, Some(plain.as_bytes()))
            );
        }
        assert!(from_base64(TRADER.secret).is_some_and(|bytes| bytes.starts_with(b"a secret")));
        assert_eq!(from_base64("a!"), None);
        // RFC 8032, 7.1, test 1.
        let signed = ed25519(TRADER_ED25519.secret, b"").expect("a key");
        assert!(hex(&signed).starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974"));
        assert!(is_ed25519(TRADER_ED25519.secret, b"", &signed) && !is_ed25519(TRADER_ED25519.secret, b"x", &signed));
        let signed = es256(TRADER_P256.secret, b"message").expect("a key");
        assert_eq!(signed.len(), 64);
        assert!(is_es256(TRADER_P256.secret, b"message", &signed));
        assert!(!is_es256(READER_P256.secret, b"message", &signed) && !is_es256(TRADER_P256.secret, b"x", &signed));
    }
}

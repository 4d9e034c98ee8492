//! What people and programs are known by: 256 random bits that are shown once. Kept is a digest only; whoever reads the
//! database can use none of them. (Guessing 256 bits needs no slow hash; what people make up themselves does, see
//! `password`.)

use super::PeopleError;
use blake3::Hash;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::fmt;
use std::fmt::Write as _;

/// Begins every session's token.
pub(crate) const SESSION: &str = "rss";
/// Begins every key.
pub(crate) const KEY: &str = "rsk";
/// Begins the secret of the first admin.
pub(super) const CLAIM: &str = "rsc";

/// Bytes of the part by which it is found.
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;
/// What a digest is of, so that none is good for anything else.
const CONTEXT: &str = "ringside 2026-11 token secret";

/// Random bytes of the system.
pub(crate) fn drawn<const N: usize>() -> Result<[u8; N], PeopleError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| PeopleError::Random)?;
    Ok(bytes)
}

/// A number that nobody guesses, and that every language's JSON holds exactly.
pub(crate) fn drawn_id() -> Result<i64, PeopleError> {
    let number = i64::from_le_bytes(drawn()?) & ((1 << 53) - 1);
    Ok(number.max(1))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A token as its owner has it: `rsk_<12 hex>_<64 hex>`. Never written down, and never shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(super) id: String,
    text: String,
}

impl Token {
    pub(super) fn draw(kind: &str) -> Result<Self, PeopleError> {
        let id = hex(&drawn::<ID_BYTES>()?);
        let text = format!("{kind}_{id}_{}", hex(&drawn::<SECRET_BYTES>()?));
        Ok(Self { id, text })
    }

    /// What somebody shows, if it has the form of one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        shown_id(text).map(|id| Self { id: id.to_owned(), text: text.to_owned() })
    }

    pub(super) fn digest(&self) -> Hash {
        digest(&self.text)
    }

    /// The token itself, for its owner's eyes.
    pub(crate) fn reveal(&self) -> &str {
        &self.text
    }

    /// The part that is no secret.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// The part that is no secret of what somebody shows, if it has the form of a token. Asked with every request, so nothing is
/// copied.
pub(super) fn shown_id(text: &str) -> Option<&str> {
    let is_hex = |part: &str, bytes: usize| {
        part.len() == bytes * 2 && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let mut parts = text.split('_');
    let (kind, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
    let is_one = parts.next().is_none() && [SESSION, KEY, CLAIM].contains(&kind);
    (is_one && is_hex(id, ID_BYTES) && is_hex(secret, SECRET_BYTES)).then_some(id)
}

/// A text in which every token has lost its secret: people paste what they have at hand, and what is written down stays.
pub(super) fn veiled(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut veiled = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !is_word(c)) {
        let word = piece.trim_end_matches(|c| !is_word(c));
        match shown_id(word) {
            // The kind and the part that is no secret: three letters, a line, and the id.
            Some(id) => veiled.push_str(&format!("{}_{id}_…{}", &word[..3], &piece[word.len()..])),
            None => veiled.push_str(piece),
        }
    }
    veiled
}

/// Of the whole text, so that a session is no key.
pub(super) fn digest(shown: &str) -> Hash {
    Hash::from_bytes(blake3::derive_key(CONTEXT, shown.as_bytes()))
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_has_no_token_wherever_it_stood() {
        let token = Token::draw(KEY).expect("random bytes");
        let (text, id) = (token.reveal(), token.id());
        let secret = text.rsplit('_').next().expect("three parts");
        for (said, kept) in [
            (text.to_owned(), format!("rsk_{id}_…")),
            (format!("buy 1 {text}, at once: {text}"), format!("buy 1 rsk_{id}_…, at once: rsk_{id}_…")),
            (format!("({text})é"), format!("(rsk_{id}_…)é")),
            ("buy 1 BTCUSDT.binance-usdm — ok".to_owned(), "buy 1 BTCUSDT.binance-usdm — ok".to_owned()),
            (String::new(), String::new()),
        ] {
            assert_eq!(veiled(&said), kept);
            assert!(!veiled(&said).contains(secret));
        }
    }

    #[test]
    fn a_token_is_what_was_drawn_and_nothing_near_it() {
        let token = Token::draw(KEY).expect("random bytes");
        assert_eq!(Token::parse(token.reveal()).as_ref(), Some(&token));
        assert!(!format!("{token:?}").contains(token.reveal()), "shown by accident");
        let text = token.reveal();
        for place in 0..text.len() {
            for to in ["0", "f", "_", "g", "A", "é"] {
                let changed = format!("{}{to}{}", &text[..place], &text[place + 1..]);
                if changed != text {
                    let near = Token::parse(&changed);
                    assert!(near.is_none_or(|near| near.digest() != token.digest()), "{changed}");
                }
            }
            assert_eq!(Token::parse(&text[..place]), None);
        }
        assert_eq!(Token::parse(&format!("{text}0")), None);
        let as_session = Token::parse(&text.replacen(KEY, SESSION, 1)).expect("the form of one");
        assert_ne!(as_session.digest(), token.digest(), "a key is no session");
    }
}

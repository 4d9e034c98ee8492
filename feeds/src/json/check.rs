//! Whether bytes are a JSON value.
//!
//! Owns: the grammar. Never: what a value says; the text encoding, which was checked before.
//!
//! Strings are ended by [`Marks`], and the grammar only finds those where it expects them: lists of instruments took 0.5 ns a
//! byte without, nearly all of it waiting for where the string before ends.

use super::{DEPTH_MAX, JsonError, after_space, hex4};
use crate::marks::Marks;
use crate::word::{ZEROS, non_digits, word};

/// Checks one value that starts at `at` and returns where it ends.
pub(super) fn value(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    Check { bytes, marks: Marks::new(bytes) }.value(at)
}

struct Check<'a> {
    bytes: &'a [u8],
    marks: Marks<'a>,
}

impl Check<'_> {
    /// No recursion: one bit a level says whether the level is an object.
    fn value(&mut self, mut at: usize) -> Result<usize, JsonError> {
        let bytes = self.bytes;
        let mut objects = 0u32;
        let mut depth = 0u32;
        loop {
            let opened = match bytes.get(at) {
                Some(b'{') => Some(true),
                Some(b'[') => Some(false),
                _ => None,
            };
            if let Some(object) = opened {
                if depth == DEPTH_MAX {
                    return Err(JsonError::TooDeep);
                }
                depth += 1;
                objects = objects << 1 | u32::from(object);
                at = after_space(bytes, at + 1);
                let closing = if object { b'}' } else { b']' };
                if bytes.get(at) != Some(&closing) {
                    if object {
                        at = self.key(at)?;
                    }
                    continue;
                }
            } else {
                at = self.scalar(at)?;
            }
            // A value has ended (or an empty container is about to): close what closes here, or step to the next value.
            loop {
                if depth == 0 {
                    return Ok(at);
                }
                at = after_space(bytes, at);
                let object = objects & 1 == 1;
                match bytes.get(at) {
                    Some(b',') if object => {
                        at = self.key(after_space(bytes, at + 1))?;
                        break;
                    }
                    Some(b',') => {
                        at = after_space(bytes, at + 1);
                        break;
                    }
                    Some(b'}') if object => {}
                    Some(b']') if !object => {}
                    _ => return Err(JsonError::Malformed),
                }
                at += 1;
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// A key and its colon; returns where the value starts.
    #[inline(always)]
    fn key(&mut self, at: usize) -> Result<usize, JsonError> {
        let colon = after_space(self.bytes, self.string(at)?);
        if self.bytes.get(colon) == Some(&b':') {
            Ok(after_space(self.bytes, colon + 1))
        } else {
            Err(JsonError::Malformed)
        }
    }

    #[inline(always)]
    fn scalar(&mut self, at: usize) -> Result<usize, JsonError> {
        let word = |word: &[u8]| match self.bytes[at..].starts_with(word) {
            true => Ok(at + word.len()),
            false => Err(JsonError::Malformed),
        };
        match self.bytes.get(at) {
            Some(b'"') => self.string(at),
            Some(b't') => word(b"true"),
            Some(b'f') => word(b"false"),
            Some(b'n') => word(b"null"),
            Some(b'-' | b'0'..=b'9') => number(self.bytes, at),
            _ => Err(JsonError::Malformed),
        }
    }

    #[inline(always)]
    fn string(&mut self, at: usize) -> Result<usize, JsonError> {
        if self.bytes.get(at) != Some(&b'"') {
            return Err(JsonError::Malformed);
        }
        let end = self.marks.take_behind(at);
        if self.bytes.get(end) == Some(&b'"') { Ok(end + 1) } else { self.string_with_more(end) }
    }

    /// The same from its first byte on that is not plain.
    #[cold]
    #[inline(never)]
    fn string_with_more(&mut self, mut at: usize) -> Result<usize, JsonError> {
        loop {
            let behind = match self.bytes.get(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => match self.bytes.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 1,
                    Some(b'u') if hex4(&self.bytes[at + 2..]).is_some() => at + 5,
                    _ => return Err(JsonError::Malformed),
                },
                Some(0x20..) => at,
                _ => return Err(JsonError::Malformed),
            };
            at = self.marks.take_behind(behind);
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    let digits = |from: usize| {
        let mut end = from;
        loop {
            let count = non_digits(word(&bytes[end..]) ^ ZEROS).trailing_zeros() as usize / 8;
            end += count;
            if count < 8 {
                return if end > from { Ok(end) } else { Err(JsonError::Malformed) };
            }
        }
    };
    let start = at + usize::from(bytes.get(at) == Some(&b'-'));
    let mut end = if bytes.get(start) == Some(&b'0') { start + 1 } else { digits(start)? };
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        end = digits(end + 1 + usize::from(signed))?;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use crate::json::{JsonError, Value};
    use proptest::prelude::*;

    /// What `serde_json` says of a text; it holds strings to whole pairs of surrogates only where it keeps them.
    fn is_json(text: &str) -> bool {
        serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
    }

    /// Strings of any length around that of a block, plain, escaped, of other alphabets, and spoiled.
    fn string() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            12 => "[ !#-\\[\\]-~]{0,20}",
            3 => "[ -~]{60,70}".prop_map(|text| text.replace(['"', '\\'], "_")),
            2 => prop_oneof![Just(r#"\""#), Just(r"\\"), Just(r"\n"), Just(r"\u00e9"), Just(r"\ud83d\ude00")].prop_map(String::from),
            2 => "[é\u{20AC}\u{1F600}\u{7F}]{1,3}",
            1 => prop_oneof![Just("\""), Just("\\"), Just("\n"), Just(r"\u12"), Just(r"\x"), Just("\u{1}")].prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
    }

    fn value() -> impl Strategy<Value = String> {
        let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?";
        let scalar = prop_oneof![
            6 => string(),
            4 => number,
            1 => prop_oneof![Just("true"), Just("false"), Just("null"), Just("[]"), Just("{}")].prop_map(String::from),
            1 => "[-+0-9.eE]{1,6}",
            1 => "[\\[\\]{},:\"\\\\a-z ]{1,4}",
        ];
        scalar.prop_recursive(3, 24, 5, |inner| {
            let space = prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\n\t")];
            let members = proptest::collection::vec((string(), space.clone(), inner.clone()), 0..5);
            let object = members.prop_map(|all| {
                let all: Vec<_> =
                    all.iter().map(|(key, space, value)| format!("{space}{key}:{space}{value}{space}")).collect();
                format!("{{{}}}", all.join(","))
            });
            let elements = proptest::collection::vec((space, inner), 0..5);
            let array = elements.prop_map(|all| {
                let all: Vec<_> = all.iter().map(|(space, value)| format!("{value}{space}")).collect();
                format!("[{}]", all.join(","))
            });
            prop_oneof![object, array]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_json_is_what_serde_json_says(text in value()) {
            let checked = Value::parse(text.as_bytes());
            prop_assert_eq!(checked.is_ok(), is_json(&text), "{}", text);
            // Cut anywhere, it is none.
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                prop_assert_eq!(Value::parse(&text.as_bytes()[..end]).is_ok(), is_json(&text[..end]), "{}", &text[..end]);
            }
        }
    }

    #[test]
    fn a_string_ends_where_it_ends_wherever_the_blocks_do() {
        for length in 0..200 {
            let plain = "x".repeat(length);
            for (text, is_right) in [
                (format!("[\"{plain}\",\"{plain}\",\"{plain}\"]"), true),
                (format!("[\"{plain}\\\"\",\"\\\\{plain}\\\\\"]"), true),
                (format!("{{\"{plain}\":\"é{plain}\\u0022\"}}"), true),
                (format!("[\"{plain}\",\"{plain}]"), false),
                (format!("[\"{plain}\\\"]"), false),
                (format!("[\"{plain}\n\"]"), false),
            ] {
                assert_eq!(Value::parse(text.as_bytes()).is_ok(), is_right, "{text}");
            }
        }
        assert_eq!(Value::parse(b"\""), Err(JsonError::Malformed));
    }
}

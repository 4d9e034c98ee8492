//! JSON found in place: a document is checked once, whole, and then walked as slices of its own bytes.
//!
//! Owns: the grammar (equal to `serde_json`'s for a `&str`), the bounds on size and depth that hold before anything is
//! read, and borrowed values. Never: allocation, numbers as floats, venues.
//!
//! This is the general way, about 1 ns a byte: any order of keys, escapes, white space, unknown fields. Frames of the
//! usual shape are taken by literal matching before they come here (`binance::fast`).

mod check;

use crate::word::not_plain;

/// Deepest nesting accepted. The deepest frame of a venue has 5 (`{"data":{"b":[["…"]]}}`), `exchangeInfo` has 6.
pub const DEPTH_MAX: u32 = 16;
/// Largest document accepted. The largest answer of a venue is Binance's `exchangeInfo`, about 12 MB when it lists all.
pub const BYTES_MAX: usize = 16 << 20;

/// Why bytes are not a document that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// More than [`BYTES_MAX`] bytes.
    TooLarge,
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// Not UTF-8, or not JSON.
    Malformed,
}

/// One checked value: exactly its own bytes, no white space around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a>(&'a [u8]);

impl<'a> Value<'a> {
    /// Checks a whole document, bounds first.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        if bytes.len() > BYTES_MAX {
            return Err(JsonError::TooLarge);
        }
        std::str::from_utf8(bytes).map_err(|_| JsonError::Malformed)?;
        let start = after_space(bytes, 0);
        let end = check::value(bytes, start)?;
        if after_space(bytes, end) == bytes.len() { Ok(Self(&bytes[start..end])) } else { Err(JsonError::Malformed) }
    }

    /// The value's own text.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_object(self) -> bool {
        self.0.first() == Some(&b'{')
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        self.0.first() == Some(&b'[')
    }

    /// `true` or `false`.
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.0 {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The members of an object, in order; nothing for any other value.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        Members(Inside::new(self.0, self.is_object()))
    }

    /// The elements of an array, in order; nothing for any other value.
    #[must_use]
    pub fn elements(self) -> Elements<'a> {
        Elements(Inside::new(self.0, self.is_array()))
    }

    /// The member of that name; of several the last, as in every usual parser.
    #[must_use]
    pub fn member(self, name: &str) -> Option<Value<'a>> {
        self.members().filter(|(key, _)| key.is(name)).last().map(|(_, value)| value)
    }

    /// Whether the member of that name is one of these texts.
    #[must_use]
    pub fn says(self, name: &str, texts: &[&str]) -> bool {
        let said = self.member(name).and_then(Value::string);
        said.is_some_and(|said| texts.iter().any(|text| said.is(text)))
    }

    /// The members of those names, in one walk.
    #[must_use]
    pub fn pick<const N: usize>(self, names: [&str; N]) -> [Option<Value<'a>>; N] {
        let mut picked = [None; N];
        for (key, value) in self.members() {
            if let Some(index) = names.iter().position(|name| key.is(name)) {
                picked[index] = Some(value);
            }
        }
        picked
    }

    /// The string, if it is one.
    #[must_use]
    pub fn string(self) -> Option<Text<'a>> {
        (self.0.first() == Some(&b'"')).then(|| Text(&self.0[1..self.0.len() - 1]))
    }

    /// The text of a number, sent as a number or as a string: venues do both.
    #[must_use]
    pub fn number_text<'b>(self, buffer: &'b mut TextBuffer) -> Option<&'b [u8]>
    where
        'a: 'b,
    {
        match self.0.first() {
            Some(b'"') => Text(&self.0[1..self.0.len() - 1]).plain(buffer),
            Some(b'-' | b'0'..=b'9') => Some(self.0),
            _ => None,
        }
    }

    /// A whole number without sign, sent as a number or as a string.
    #[must_use]
    pub fn unsigned(self) -> Option<u64> {
        let mut buffer = TextBuffer::default();
        unsigned(self.number_text(&mut buffer)?)
    }
}

/// Decimal digits to a number; `None` when empty, not digits, or beyond 64 bits.
#[must_use]
pub fn unsigned(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |value, &byte| match byte {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    })
}

/// Room for one unescaped text: longer than any symbol, number or word that a decoder asks for.
#[derive(Debug)]
pub struct TextBuffer([u8; 64]);

impl Default for TextBuffer {
    fn default() -> Self {
        Self([0; 64])
    }
}

/// The inside of a checked string, escapes and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Whether the unescaped text is this one.
    #[must_use]
    pub fn is(self, text: &str) -> bool {
        // What is escaped is longer than what it means.
        if self.0.len() <= text.len() {
            return self.0 == text.as_bytes() && !self.0.contains(&b'\\');
        }
        self.0.contains(&b'\\') && self.plain(&mut TextBuffer::default()) == Some(text.as_bytes())
    }

    /// The text itself; `None` where anything is escaped in it.
    #[must_use]
    pub(crate) fn unescaped(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok().filter(|text| !text.contains('\\'))
    }

    /// Whether these words stand in it as they are.
    #[must_use]
    pub(crate) fn contains(self, words: &str) -> bool {
        self.0.windows(words.len()).any(|part| part == words.as_bytes())
    }

    /// The unescaped text: the bytes themselves where nothing is escaped, else written to `buffer`.
    /// `None` when an escaped text is longer than the buffer or names half a surrogate pair.
    #[must_use]
    pub fn plain<'b>(self, buffer: &'b mut TextBuffer) -> Option<&'b [u8]>
    where
        'a: 'b,
    {
        if !self.0.contains(&b'\\') {
            return Some(self.0);
        }
        let mut length = 0;
        let mut rest = self.0;
        while let [byte, tail @ ..] = rest {
            let (character, after) = if *byte == b'\\' { unescape(tail)? } else { (None, tail) };
            rest = after;
            let mut utf8 = [0; 4];
            let piece = match character {
                Some(character) => character.encode_utf8(&mut utf8).as_bytes(),
                None => std::slice::from_ref(byte),
            };
            buffer.0.get_mut(length..length + piece.len())?.copy_from_slice(piece);
            length += piece.len();
        }
        Some(&buffer.0[..length])
    }
}

/// What follows a backslash: the character meant, and what comes after it.
fn unescape(tail: &[u8]) -> Option<(Option<char>, &[u8])> {
    let (kind, rest) = tail.split_first()?;
    let character = match kind {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_unicode(rest),
        other => char::from(*other),
    };
    Some((Some(character), rest))
}

fn unescape_unicode(rest: &[u8]) -> Option<(Option<char>, &[u8])> {
    let (high, rest) = hex4(rest)?;
    if !(0xD800..0xDC00).contains(&high) {
        return Some((Some(char::from_u32(high)?), rest));
    }
    let (low, rest) = hex4(rest.strip_prefix(b"\\u")?)?;
    let low = low.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    Some((Some(char::from_u32(0x10000 + ((high - 0xD800) << 10) + low)?), rest))
}

fn hex4(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_first_chunk::<4>()?;
    let value = digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))?;
    Some((value, rest))
}

/// A walk through the inside of a checked object or array.
#[derive(Clone, Debug)]
struct Inside<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Inside<'a> {
    fn new(bytes: &'a [u8], any: bool) -> Self {
        Self { bytes, at: if any { 1 } else { bytes.len() } }
    }

    /// The next value behind separators; `None` at the closing bracket.
    fn next_value(&mut self) -> Option<Value<'a>> {
        while matches!(self.bytes.get(self.at)?, b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        let start = self.at;
        self.at = after_checked_value(self.bytes, start);
        (self.at > start).then(|| Value(&self.bytes[start..self.at]))
    }
}

/// The members of an object.
#[derive(Clone, Debug)]
pub struct Members<'a>(Inside<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Text<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.next_value()?.string()?;
        Some((key, self.0.next_value()?))
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a>(Inside<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_value()
    }
}

fn after_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Where the value that starts at `at` ends, in bytes that were checked before: brackets need only be counted.
/// At a closing bracket: `at` itself.
fn after_checked_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0u32;
    loop {
        match bytes.get(at) {
            Some(b'"') => at = after_checked_string(bytes, at),
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
            }
            Some(b'}' | b']') if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') if depth > 0 => at += 1,
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                while matches!(bytes.get(at), Some(b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')) {
                    at += 1;
                }
            }
            _ => return at,
        }
        if depth == 0 {
            return at;
        }
    }
}

fn after_checked_string(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    loop {
        at = after_plain(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// Past printable ASCII that neither ends a string nor escapes anything, eight bytes at a time: to the first other byte, or
/// somewhere into the last eight.
#[inline(always)]
fn after_plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let plain = not_plain(u64::from_le_bytes(*chunk)).trailing_zeros() as usize / 8;
        at += plain;
        if plain < 8 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Option<Value<'_>>) -> String {
        value.map_or(String::from("-"), |v| String::from_utf8_lossy(v.bytes()).into_owned())
    }

    #[test]
    fn members_are_found_in_any_order_with_escapes_and_white_space() {
        let raw =
            br#" { "b" : [ [ "1.5" , "2" ] , [ ] ] , "\u0073" : "BTC\u0055SDT", "s2":{"a":"}]\"" } , "n" : -1.5e+3 } "#;
        let value = Value::parse(raw).expect("valid");
        assert_eq!(text(value.member("n")), "-1.5e+3");
        assert_eq!(text(value.member("s2")), r#"{"a":"}]\"" }"#);
        assert!(value.member("s").and_then(Value::string).is_some_and(|s| s.is("BTCUSDT")));
        let rows: Vec<_> =
            value.member("b").into_iter().flat_map(Value::elements).map(|r| r.elements().count()).collect();
        assert_eq!(rows, [2, 0]);
    }

    #[test]
    fn a_text_is_what_it_means_and_not_how_it_is_written() {
        let is = |sent: &str, text| Text(sent.as_bytes()).is(text);
        assert!(is("BTC", "BTC") && is(r"B\u0054C", "BTC") && is(r"\n", "\n") && is(r"\\", r"\"));
        assert!(!is("BTC", "BT") && !is("BT", "BTC") && !is(r"\n", r"\n") && !is(r"B\u0055C", "BTC"));
    }

    #[test]
    fn of_two_members_of_one_name_the_last_counts() {
        let value = Value::parse(br#"{"a":1,"a":2}"#).expect("valid");
        assert_eq!(text(value.member("a")), "2");
    }

    #[test]
    fn size_and_depth_are_bounded_before_anything_is_read() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(Value::parse(deep(16).as_bytes()).is_ok());
        assert_eq!(Value::parse(deep(17).as_bytes()), Err(JsonError::TooDeep));
        assert_eq!(Value::parse("[".repeat(1_000_000).as_bytes()), Err(JsonError::TooDeep));
        assert_eq!(Value::parse(&vec![b' '; BYTES_MAX + 1]), Err(JsonError::TooLarge));
    }

    #[test]
    fn whole_numbers_are_read_from_numbers_and_strings_and_never_wrap() {
        let read = |text: &str| Value::parse(text.as_bytes()).expect("valid").unsigned();
        assert_eq!(read("18446744073709551615"), Some(u64::MAX));
        assert_eq!(read("\"17\""), Some(17));
        for bad in ["18446744073709551616", "-1", "1.0", "1e3", "\"\"", "null", "true", "[1]"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_text_and_a_whole_one_is() {
        let mut buffer = TextBuffer::default();
        assert_eq!(Text(br"\ud83d\ude00").plain(&mut buffer), Some("😀".as_bytes()));
        assert_eq!(Text(br"\ud83d").plain(&mut buffer), None);
        assert_eq!(Text(br"\ude00").plain(&mut buffer), None);
        assert_eq!(Text(br"\ud83dx").plain(&mut buffer), None);
        let long = r"\n".repeat(65);
        assert_eq!(Text(long.as_bytes()).plain(&mut buffer), None);
    }
}

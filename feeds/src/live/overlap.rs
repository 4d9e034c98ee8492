//! Two lines that say the same: which of their messages count while one relieves the other.
//!
//! The venue ends every connection after 24 h, so the next one is opened before. For a few seconds both talk. Each stream
//! has ids that only rise; a message whose id was already passed is a double. The relief may be ahead of the old line by
//! the difference of two network paths: what it says *too early* must wait until the old line got there, else the message
//! would look like a gap. Books and trades count without holes, so early is known; other streams cannot be early.
//!
//! Only asked while two lines talk: it looks for fields by their names, which costs 50 to 100 ns a message.

/// Which line a message came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The one that is to end.
    Old,
    /// The one that relieves it.
    Relief,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts.
    Pass,
    /// The other line brought it.
    Double,
    /// It is ahead of the old line: ask again later, and read nothing behind it.
    Early,
}

/// The last id of every stream of a line.
#[derive(Debug)]
pub(super) struct Overlap {
    /// Sorted by name.
    streams: Vec<(Box<[u8]>, Option<u64>)>,
}

/// Where the ids of a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids {
    /// Counted without holes: it covers `first..=last`, and the one before it ended with `before`.
    Chained { before: u64, last: u64 },
    /// Rising, with holes.
    Rising(u64),
}

/// Ids stand before the levels of a book, within this many bytes.
const HEAD_BYTES: usize = 512;

impl Overlap {
    /// For a line with these streams.
    pub(super) fn new(streams: &[String]) -> Self {
        let mut streams: Vec<_> = streams.iter().map(|name| (Box::from(name.as_bytes()), None)).collect();
        streams.sort();
        Self { streams }
    }

    /// A relief was dialled: what was seen of an earlier overlap is forgotten.
    pub(super) fn begin(&mut self) {
        self.streams.iter_mut().for_each(|(_, last)| *last = None);
    }

    /// Judges a message and, if it counts, remembers it.
    pub(super) fn judge(&mut self, frame: &[u8], by: By) -> Verdict {
        let head = &frame[..frame.len().min(HEAD_BYTES)];
        let Some((passed, ids)) = self.stream_of(head) else {
            return Verdict::Pass;
        };
        let (Ids::Chained { last, .. } | Ids::Rising(last)) = ids;
        match (*passed, ids, by) {
            (Some(seen), ..) if last <= seen => return Verdict::Double,
            (Some(seen), Ids::Chained { before, .. }, By::Relief) if before > seen => return Verdict::Early,
            // Nothing was heard of this stream yet: the old line must speak first.
            (None, Ids::Chained { .. }, By::Relief) => return Verdict::Early,
            // From the old line a hole is a real gap: the session finds it.
            _ => {}
        }
        *passed = Some(last);
        Verdict::Pass
    }

    /// The stream of a message and its ids; `None` for acknowledgements, unknown streams and messages without ids.
    fn stream_of(&mut self, head: &[u8]) -> Option<(&mut Option<u64>, Ids)> {
        let name = text_after(head, b"\"stream\":\"")?;
        let ids = ids_of(name, head)?;
        let found = self.streams.binary_search_by(|(known, _)| known.as_ref().cmp(name)).ok()?;
        Some((&mut self.streams[found].1, ids))
    }
}

fn ids_of(stream: &[u8], head: &[u8]) -> Option<Ids> {
    let number = |key: &[u8]| number_after(head, key);
    let at = stream.iter().position(|byte| *byte == b'@')?;
    let channel = &stream[at + 1..];
    let counted = |id: u64| Ids::Chained { before: id.saturating_sub(1), last: id };
    if channel.starts_with(b"depth") {
        let before = number(b"\"pu\":").or_else(|| Some(number(b"\"U\":")?.saturating_sub(1)))?;
        return Some(Ids::Chained { before, last: number(b"\"u\":")? });
    }
    match channel {
        b"trade" => number(b"\"t\":").map(counted),
        b"aggTrade" => number(b"\"a\":").map(counted),
        b"bookTicker" => number(b"\"u\":").map(Ids::Rising),
        // Mark, candles, liquidations: the venue's time rises within a stream.
        _ => number(b"\"E\":").map(Ids::Rising),
    }
}

fn after<'a>(bytes: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(key.len()).position(|window| *window == *key)?;
    Some(&bytes[at + key.len()..])
}

fn text_after<'a>(bytes: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let rest = after(bytes, key)?;
    rest.iter().position(|byte| *byte == b'"').map(|end| &rest[..end])
}

fn number_after(bytes: &[u8], key: &[u8]) -> Option<u64> {
    let rest = after(bytes, key)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::By::{Old, Relief};
    use super::Verdict::{Double, Early, Pass};
    use super::*;

    fn overlap() -> Overlap {
        let names = ["b@depth@100ms", "b@trade", "b@aggTrade", "b@bookTicker", "b@markPrice@1s"];
        Overlap::new(&names.map(str::to_owned))
    }

    fn frame(stream: &str, body: &str) -> Vec<u8> {
        format!("{{\"stream\":\"{stream}\",\"data\":{{{body}}}}}").into_bytes()
    }

    #[test]
    fn what_one_line_brought_is_a_double_on_the_other() {
        let mut overlap = overlap();
        let cases = [
            frame("b@depth@100ms", r#""e":"depthUpdate","E":9,"s":"B","U":11,"u":15,"b":[],"a":[]"#),
            frame("b@trade", r#""e":"trade","E":9,"s":"B","t":77,"p":"1""#),
            frame("b@aggTrade", r#""e":"aggTrade","E":9,"s":"B","a":78,"p":"1""#),
            frame("b@bookTicker", r#""u":400,"s":"B","b":"1""#),
            frame("b@markPrice@1s", r#""e":"markPriceUpdate","E":1700,"s":"B""#),
        ];
        for case in cases {
            assert_eq!(overlap.judge(&case, Old), Pass);
            assert_eq!(overlap.judge(&case, Relief), Double);
            assert_eq!(overlap.judge(&case, Old), Double);
        }
    }

    #[test]
    fn a_relief_that_is_ahead_waits_until_the_old_line_got_there() {
        let mut overlap = overlap();
        let trade = |id: u64| frame("b@trade", &format!("\"t\":{id}"));
        assert_eq!(overlap.judge(&trade(12), Relief), Early, "nothing was heard yet");
        assert_eq!(overlap.judge(&trade(10), Old), Pass);
        assert_eq!(overlap.judge(&trade(12), Relief), Early, "11 is missing");
        assert_eq!(overlap.judge(&trade(11), Old), Pass);
        assert_eq!(overlap.judge(&trade(12), Relief), Pass);
        assert_eq!(overlap.judge(&trade(12), Old), Double);
        assert_eq!(overlap.judge(&trade(13), Relief), Pass);
    }

    #[test]
    fn books_are_chained_by_the_rule_of_their_venue() {
        let mut overlap = overlap();
        let spot = |first: u64, last: u64| frame("b@depth@100ms", &format!("\"U\":{first},\"u\":{last}"));
        let futures = |before: u64, last: u64| frame("b@depth@100ms", &format!("\"U\":1,\"u\":{last},\"pu\":{before}"));
        assert_eq!(overlap.judge(&spot(1, 10), Old), Pass);
        assert_eq!(overlap.judge(&spot(12, 20), Relief), Early);
        assert_eq!(overlap.judge(&spot(8, 20), Relief), Pass);
        assert_eq!(overlap.judge(&futures(21, 30), Relief), Early);
        assert_eq!(overlap.judge(&futures(20, 30), Relief), Pass);
    }

    #[test]
    fn a_gap_on_the_old_line_is_left_to_the_session() {
        let mut overlap = overlap();
        let trade = |id: u64| frame("b@trade", &format!("\"t\":{id}"));
        assert_eq!(overlap.judge(&trade(10), Old), Pass);
        assert_eq!(overlap.judge(&trade(15), Old), Pass);
    }

    #[test]
    fn what_has_no_ids_passes_and_a_new_overlap_forgets() {
        let mut overlap = overlap();
        for text in [&br#"{"result":null,"id":1}"#[..], b"", b"garbage", b"{\"stream\":\"x@trade\",\"data\":{\"t\":1}}"]
        {
            assert_eq!(overlap.judge(text, Relief), Pass);
            assert_eq!(overlap.judge(text, Relief), Pass);
        }
        let trade = frame("b@trade", "\"t\":5");
        assert_eq!(overlap.judge(&trade, Old), Pass);
        overlap.begin();
        assert_eq!(overlap.judge(&trade, Old), Pass);
    }
}

//! Frames that are not quite right any more.

use proptest::prelude::*;

/// Where, where else, with what, and what of it.
pub(crate) type Change = (usize, usize, u8, u8);

/// A frame with a few bytes changed, cut, doubled or moved.
pub(crate) fn changed(frame: &'static str) -> impl Strategy<Value = Vec<u8>> {
    changes(frame.len()).prop_map(|changes| with(frame, &changes))
}

/// Up to three changes of a frame of about that length.
pub(crate) fn changes(length: usize) -> impl Strategy<Value = Vec<Change>> {
    proptest::collection::vec((0..length, 0..length, any::<u8>(), 0u8..6), 0..4)
}

/// That frame with these changes.
pub(crate) fn with(frame: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = frame.as_bytes().to_vec();
    for (at, other, byte, kind) in changes {
        let (at, other) = (at % bytes.len().max(1), other % bytes.len().max(1));
        match kind {
            _ if bytes.is_empty() => {}
            0 => bytes[at] = *byte,
            1 => bytes[at] = b"0123456789.-\",:[]{}"[usize::from(*byte) % 19],
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, b"0123456789.-\",:[]{} "[usize::from(*byte) % 20]),
            4 => bytes.swap(at, other),
            _ => bytes.extend_from_within(at.min(other)..at.max(other)),
        }
    }
    bytes
}

/// The same document in a form that the fast way does not take: the general way must say the same of it.
pub(crate) fn spaced(bytes: &[u8]) -> Vec<u8> {
    [b" ", bytes].concat()
}

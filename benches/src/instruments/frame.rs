//! A frame that is sent again and again, its numbers written anew each time.
//!
//! Owns the places of the numbers. Asks for no memory once made.

/// Where the numbers stand in a frame's words: the first and the last change in it, the last one before, and the number of
/// the message on its socket.
pub(super) const FIRST: &str = "<first>";
pub(super) const LAST: &str = "<last>";
pub(super) const BEFORE: &str = "<before>";
pub(super) const SOCKET: &str = "<socket>";

/// Numbers begin here, so that they have as many digits as long as the bench runs.
pub(super) const BEGIN: u64 = 1_000_000_000_000;
/// The frame.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    bytes: Vec<u8>,
    /// Which of the four, and where.
    numbers: Vec<(&'static str, usize)>,
    /// Whether it goes on in the book's numbers.
    counts: bool,
}

impl Frame {
    /// Of these words.
    pub(super) fn new(words: &str) -> Self {
        let (mut bytes, mut numbers, mut rest) = (Vec::new(), Vec::new(), words);
        let next = |rest: &str| {
            let found = [FIRST, LAST, BEFORE, SOCKET].into_iter().filter_map(|name| Some((rest.find(name)?, name)));
            found.min()
        };
        while let Some((at, name)) = next(rest) {
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            numbers.push((name, bytes.len()));
            bytes.extend_from_slice(BEGIN.to_string().as_bytes());
            rest = &rest[at + name.len()..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        let counts = numbers.iter().any(|(name, _)| *name == LAST);
        Self { bytes, numbers, counts }
    }

    /// The frame that follows `last` on its book and `socket` on its socket, which both move on.
    #[inline]
    pub(super) fn next(&mut self, last: &mut u64, socket: &mut u64) -> &[u8] {
        let before = *last;
        *last += u64::from(self.counts);
        for (name, at) in &self.numbers {
            let number = match *name {
                FIRST => before + 1,
                LAST => *last,
                BEFORE => before,
                _ => {
                    *socket += 1;
                    *socket
                }
            };
            put(&mut self.bytes[*at..*at + DIGITS], number);
        }
        &self.bytes
    }
}

const DIGITS: usize = 13;

#[inline]
fn put(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_continues_the_one_before() {
        let mut frame = Frame::new(&format!("{{\"U\":{FIRST},\"u\":{LAST},\"pu\":{BEFORE},\"n\":{SOCKET}}}"));
        let (mut last, mut socket) = (BEGIN, BEGIN);
        frame.next(&mut last, &mut socket);
        let second = String::from_utf8_lossy(frame.next(&mut last, &mut socket)).into_owned();
        assert_eq!(second, "{\"U\":1000000000002,\"u\":1000000000002,\"pu\":1000000000001,\"n\":1000000000002}");
    }
}

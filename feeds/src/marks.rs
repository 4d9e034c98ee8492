//! Where texts of a frame begin and end, known before any of them is read.
//!
//! Owns: [`Marks`], the places of quotes and of what spoils a text, in order. Never: what stands between them: who reads
//! it finds each mark where it expects it, or has another frame before it.
//!
//! Where a text or a number ends, looked for from where it begins, is known some twenty cycles later, and where the next one
//! begins only then. Marks are made for 64 bytes at once and taken off one after the other, so that texts wait for no other.

use engine_ring::plain::not_plain;

/// Bytes that are marked at once.
const BLOCK: usize = 64;

/// The places of all bytes that end a text or spoil it: quotes, backslashes, what is no printable ASCII.
pub(crate) struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the next block begins; `bits` are of the one before.
    next: usize,
    bits: u64,
}

impl<'a> Marks<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, bits: 0 }
    }

    /// The next mark, which is then gone; the end of the bytes where there is none.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> usize {
        while self.bits == 0 {
            if self.next >= self.bytes.len() {
                return self.bytes.len();
            }
            self.bits = self.block();
            self.next += BLOCK;
        }
        let place = self.next - BLOCK + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        place
    }

    /// The first mark behind `at`; marks up to it are gone. The end of the bytes where there is none.
    #[inline(always)]
    pub(crate) fn take_behind(&mut self, at: usize) -> usize {
        loop {
            let place = self.take();
            if place > at || place == self.bytes.len() {
                return place;
            }
        }
    }

    /// The marks of the next block.
    #[inline(always)]
    fn block(&self) -> u64 {
        match self.bytes[self.next..].first_chunk::<BLOCK>() {
            Some(block) => marks_of(block),
            None => self.last_block(),
        }
    }

    #[inline(never)]
    fn last_block(&self) -> u64 {
        let rest = &self.bytes[self.next..];
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        marks_of(&block)
    }
}

#[inline(always)]
fn marks_of(block: &[u8; BLOCK]) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    parts.iter().rev().fold(0, |marks, part| marks << 16 | u64::from(not_plain(part)))
}

//! Records of any length from one thread to another, in order and none lost in silence: one writer, one reader, so many
//! bytes.
//!
//! Owns the memory, touched before the first record, and two positions. A record is its length and its bytes, laid behind
//! the one before it and around the end. The writer copies in and never waits: where a record finds no room it is told
//! [`Full`] and the record is its own to count. The reader copies out, on its own time.
//!
//! Never: a part of a record, a record overwritten, an allocation after the start (but for a reader's longer record).

use crate::counter::CachePadded;
use crate::ring::Full;
use crate::sync::{Arc, AtomicU64, Ordering, UnsafeCell, Weakness, order};

/// Bytes that are copied in one piece. In the model each byte is its own, so that it sees who touches which.
const BLOCK_BYTES: usize = if cfg!(loom) { 1 } else { 4_096 };
/// Bytes of a record's length.
const LENGTH_BYTES: usize = size_of::<u32>();

/// Set in the writer's position when it has gone. Positions themselves do not come so far in a thousand years.
const CLOSED: u64 = 1 << 63;

type Block = UnsafeCell<[u8; BLOCK_BYTES]>;

/// What both ends see. Positions count bytes since the start and only rise.
struct Shared {
    blocks: Box<[Block]>,
    /// Up to here records are whole; and [`CLOSED`].
    written: CachePadded<AtomicU64>,
    /// Up to here the memory is free again.
    read: CachePadded<AtomicU64>,
}

// SAFETY: the writer touches only bytes from its own position up to `read` plus the capacity, the reader only those from its
// own position up to `written`; each moves its position, with release, after it has finished with the bytes behind it, and
// looks at the other's with acquire. So no byte is ever reached by both ends at once. Both ends are unique: neither `Clone`.
// Tests: tests/loom.rs `byte_ring_records_come_whole_and_in_order`, whose cells report any simultaneous access.
unsafe impl Sync for Shared {}
// SAFETY: bytes and atomics, bound to no thread.
// Test: tests/byte_ring.rs `records_pushed_by_one_thread_are_taken_whole_by_another`.
unsafe impl Send for Shared {}

/// The writing end.
pub struct ByteWriter {
    shared: Arc<Shared>,
    written: u64,
    /// The reader's position when it was last looked at.
    read: u64,
}

/// The reading end.
pub struct ByteReader {
    shared: Arc<Shared>,
    read: u64,
    /// The writer's position when it was last looked at.
    written: u64,
    /// Whether the writer was gone by then.
    is_closed: bool,
}

/// Makes both ends of a ring of that many bytes, every page of it touched.
///
/// # Panics
/// If `bytes` is not a power of two of at least a page: it is a constant of whoever calls, a wrong one is a bug.
#[must_use]
pub fn byte_ring(bytes: usize) -> (ByteWriter, ByteReader) {
    assert!(bytes.is_power_of_two() && bytes >= BLOCK_BYTES, "a byte ring has a power of two of bytes, not {bytes}");
    // Not zero: memory full of zeros may be one that the system has yet to find.
    let blocks = (0..bytes / BLOCK_BYTES).map(|_| UnsafeCell::new([0xA5; BLOCK_BYTES])).collect();
    let position = || CachePadded::new(AtomicU64::new(0));
    let shared = Arc::new(Shared { blocks, written: position(), read: position() });
    (
        ByteWriter { shared: shared.clone(), written: 0, read: 0 },
        ByteReader { shared, read: 0, written: 0, is_closed: false },
    )
}

impl Shared {
    fn capacity(&self) -> u64 {
        (self.blocks.len() * BLOCK_BYTES) as u64
    }

    /// The block of a position, the place in it, and how many of `wanted` bytes lie in it from there.
    #[inline(always)]
    fn place(&self, position: u64, wanted: usize) -> (&Block, usize, usize) {
        let at = (position & (self.capacity() - 1)) as usize;
        let within = at % BLOCK_BYTES;
        (&self.blocks[at / BLOCK_BYTES], within, wanted.min(BLOCK_BYTES - within))
    }

    /// Lays bytes from that position on. For the writer, of bytes that are free.
    #[inline]
    fn put(&self, mut position: u64, mut bytes: &[u8]) -> u64 {
        while !bytes.is_empty() {
            let (block, within, length) = self.place(position, bytes.len());
            block.with_mut(|block| {
                // SAFETY: `within + length` lies inside the block; the writer alone may touch these bytes (see `Sync`), and
                // no reference to the block is made. The source is somebody else's memory.
                // Test: tests/byte_ring.rs `a_record_lies_around_the_end_of_the_memory`.
                unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), block.cast::<u8>().add(within), length) }
            });
            bytes = &bytes[length..];
            position += length as u64;
        }
        position
    }

    /// Fills `bytes` from that position on. For the reader, of bytes that are written.
    #[inline]
    fn get(&self, mut position: u64, bytes: &mut [u8]) -> u64 {
        let mut done = 0;
        while done < bytes.len() {
            let rest = &mut bytes[done..];
            let (block, within, length) = self.place(position, rest.len());
            block.with(|block| {
                // SAFETY: as in `put`, with the roles exchanged: these bytes are written, and the writer leaves them alone
                // until they are given back.
                // Test: tests/byte_ring.rs `a_record_lies_around_the_end_of_the_memory`.
                unsafe { std::ptr::copy_nonoverlapping(block.cast::<u8>().add(within), rest.as_mut_ptr(), length) }
            });
            done += length;
            position += length as u64;
        }
        position
    }
}

impl ByteWriter {
    /// Appends one record, made of these parts one behind the other.
    ///
    /// # Errors
    /// [`Full`]: no room for it now, or ever if it is longer than the ring; nothing of it was written.
    #[inline]
    pub fn try_push(&mut self, parts: &[&[u8]]) -> Result<(), Full> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let end = self.written + (LENGTH_BYTES + length) as u64;
        if end - self.read > self.shared.capacity() {
            let acquire = order(Ordering::Acquire, Weakness::BytesFreedSeenRelaxed, Ordering::Relaxed);
            self.read = self.shared.read.load(acquire);
            if end - self.read > self.shared.capacity() {
                return Err(Full);
            }
        }
        let told = u32::try_from(length).map_err(|_| Full)?;
        let start = self.shared.put(self.written, &told.to_le_bytes());
        self.written = parts.iter().fold(start, |position, part| self.shared.put(position, part));
        self.show(self.written);
        Ok(())
    }

    #[inline]
    fn show(&self, position: u64) {
        let release = order(Ordering::Release, Weakness::BytesWrittenRelaxed, Ordering::Relaxed);
        self.shared.written.store(position, release);
    }

    /// Bytes that the ring has room for, the lengths of records among them.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.shared.capacity()
    }

    /// Bytes that lie in the ring, at most: the reader may be taking some of them.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.written - self.shared.read.load(Ordering::Relaxed)
    }
}

impl ByteReader {
    /// Puts the next record in place of what is in `record`. `false`: there is none now, and `record` is as it was.
    #[inline]
    pub fn take_into(&mut self, record: &mut Vec<u8>) -> bool {
        if self.read == self.written {
            let acquire = order(Ordering::Acquire, Weakness::BytesSeenRelaxed, Ordering::Relaxed);
            let shown = self.shared.written.load(acquire);
            (self.written, self.is_closed) = (shown & !CLOSED, shown & CLOSED != 0);
            if self.read == self.written {
                return false;
            }
        }
        let mut length = [0; LENGTH_BYTES];
        let start = self.shared.get(self.read, &mut length);
        record.resize(u32::from_le_bytes(length) as usize, 0);
        self.read = self.shared.get(start, record);
        let release = order(Ordering::Release, Weakness::BytesFreedRelaxed, Ordering::Relaxed);
        self.shared.read.store(self.read, release);
        true
    }

    /// Whether the last look found nothing and nobody who could write more: all that ever came was taken.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_closed && self.read == self.written
    }
}

impl Drop for ByteWriter {
    fn drop(&mut self) {
        self.show(self.written | CLOSED);
    }
}

impl std::fmt::Debug for ByteWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByteWriter").field("written", &self.written).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ByteReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByteReader").field("read", &self.read).finish_non_exhaustive()
    }
}

//! Slots that may be overwritten while they are read: a seqlock for each, made of atomic words.
//!
//! Owns the memory and the five orderings of the lossy ring ([`crate::lossy`]) and of the clock's calibration. A slot is a
//! version word and then the event's bytes as 64-bit words. The writer never looks at readers; a reader copies first and
//! asks afterwards whether the copy is whole. Because every word is atomic there is no data race, only a copy that is
//! thrown away.
//!
//! The version of the slot of sequence `s` is `2s + 1` while it is written and `2s + 2` when it is whole, so it also says
//! *which* lap the slot holds. Never decides what a lap means: that is the reader's.

use crate::sync::{AtomicU64, Ordering, Weakness, fence, is_planted, order};
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// Words in a cache line: one line is read with one transfer.
const LINE_WORDS: usize = 8;
/// Bytes in a word.
const WORD_BYTES: usize = 8;

/// A cache line of words. A 64-byte event and its version take two: 128 bytes, the pair that prefetchers fetch together.
#[repr(align(64))]
struct Line([AtomicU64; LINE_WORDS]);

/// What a reader found in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<E> {
    /// The event asked for, whole.
    Event(E),
    /// The writer has not (completely) written it yet.
    NotYet,
    /// The writer has come round: the slot holds, or is about to hold, this later sequence.
    Overwritten(u64),
}

/// A power of two of slots, each a version and the words of one `E`.
pub(crate) struct Slots<E> {
    lines: Box<[Line]>,
    mask: u64,
    events: PhantomData<fn(E) -> E>,
}

impl<E: Copy> Slots<E> {
    /// Words an event takes; the last may be used in part.
    const WORDS: usize = size_of::<E>().div_ceil(WORD_BYTES);
    /// Lines a slot takes: its words and the version before them.
    const LINES: usize = (Self::WORDS + 1).div_ceil(LINE_WORDS);

    /// Allocates and touches `depth` slots.
    ///
    /// # Panics
    /// If `depth` is not a power of two: depths are constants of a table, a wrong one is a bug.
    pub(crate) fn new(depth: usize) -> Self {
        assert!(depth.is_power_of_two(), "a ring's depth must be a power of two, not {depth}");
        let line = || Line(std::array::from_fn(|_| AtomicU64::new(0)));
        let lines = (0..depth * Self::LINES).map(|_| line()).collect();
        Self { lines, mask: depth as u64 - 1, events: PhantomData }
    }

    /// How many slots.
    pub(crate) fn depth(&self) -> u64 {
        self.mask + 1
    }

    /// The lines of the slot of `sequence`.
    #[inline(always)]
    fn slot(&self, sequence: u64) -> &[Line] {
        let first = (sequence & self.mask) as usize * Self::LINES;
        &self.lines[first..first + Self::LINES]
    }

    /// Writes the event of `sequence`. For the one writer only, each sequence once and in order.
    #[inline]
    pub(crate) fn write(&self, sequence: u64, event: &E) {
        let slot = self.slot(sequence);
        let version = &slot[0].0[0];
        version.store(2 * sequence + 1, Ordering::Relaxed);
        // Whoever sees one of the new words will also see "being written", or something later, in the version.
        fence(Ordering::Release, Weakness::BeginFenceMissing);
        for index in 0..Self::WORDS {
            word(slot, index).store(Self::word_of(event, index), Ordering::Relaxed);
        }
        // Whoever sees this version sees all words of it.
        version.store(2 * sequence + 2, order(Ordering::Release, Weakness::CommitRelaxed, Ordering::Relaxed));
    }

    /// Reads the event of `sequence`, if the slot holds it whole.
    #[inline]
    pub(crate) fn read(&self, sequence: u64) -> Found<E> {
        let slot = self.slot(sequence);
        let version = &slot[0].0[0];
        let whole = 2 * sequence + 2;
        let before = version.load(order(Ordering::Acquire, Weakness::FirstLookRelaxed, Ordering::Relaxed));
        if before != whole {
            return if before < whole { Found::NotYet } else { Found::Overwritten((before - 1) / 2) };
        }
        let mut copy = MaybeUninit::<E>::uninit();
        for index in 0..Self::WORDS {
            Self::put_word(&mut copy, index, word(slot, index).load(Ordering::Relaxed));
        }
        // The second look is not taken before the words are.
        fence(Ordering::Acquire, Weakness::SecondLookFenceMissing);
        let after = version.load(Ordering::Relaxed);
        if after != whole && !is_planted(Weakness::SecondLookMissing) {
            return Found::Overwritten((after - 1) / 2);
        }
        // SAFETY: the version was `whole` before and after, so no word of another sequence was among those copied (see the
        // two fences): the bytes are those of one `write`, of a valid `E`. `E: Copy`, so a second copy of it is fine.
        // Tests: tests/loom.rs `lossy_reader_never_sees_a_torn_event`, tests/lossy.rs.
        Found::Event(unsafe { reveal(copy).assume_init() })
    }

    /// The bytes of word `index` of the event.
    #[inline(always)]
    fn word_of(event: &E, index: usize) -> u64 {
        let at = index * WORD_BYTES;
        let mut bytes = MaybeUninit::<u64>::uninit();
        // SAFETY: `index < WORDS`, so `at` lies inside the event, and `width` bytes from there do too; a word has room for
        // them. Bytes are copied as `MaybeUninit`, so padding inside `E` is no obstacle.
        // Test: tests/lossy.rs `events_of_any_size_and_with_padding_come_out_as_they_went_in`.
        unsafe {
            let from = std::ptr::from_ref(event).cast::<MaybeUninit<u8>>().add(at);
            std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr().cast(), Self::width(index));
        }
        freeze(bytes)
    }

    /// Puts word `index` into the copy.
    #[inline(always)]
    fn put_word(copy: &mut MaybeUninit<E>, index: usize, word: u64) {
        // SAFETY: as in `word_of`, with the event as the target: `width` bytes at word `index` lie inside `E`.
        // Test: tests/lossy.rs `events_of_any_size_and_with_padding_come_out_as_they_went_in`.
        unsafe {
            let to = copy.as_mut_ptr().cast::<MaybeUninit<u8>>().add(index * WORD_BYTES);
            std::ptr::copy_nonoverlapping((&raw const word).cast(), to, Self::width(index));
        }
    }

    /// How many bytes of word `index` belong to the event: eight, or fewer in the last word.
    const fn width(index: usize) -> usize {
        let rest = size_of::<E>() - index * WORD_BYTES;
        if rest < WORD_BYTES { rest } else { WORD_BYTES }
    }
}

/// Word `index` of the event in a slot; the version stands before word 0.
#[inline(always)]
fn word(slot: &[Line], index: usize) -> &AtomicU64 {
    &slot[(index + 1) / LINE_WORDS].0[(index + 1) % LINE_WORDS]
}

/// Makes a word out of bytes of which some may be padding. Padding has no value, and a number must have one; passing it
/// through an empty piece of assembly gives it whatever the register holds. Costs no instruction.
#[inline(always)]
fn freeze(bytes: MaybeUninit<u64>) -> u64 {
    let word: u64;
    // SAFETY: no instruction at all; the operand is only renamed from "maybe without value" to a value.
    // Test: tests/lossy.rs `events_of_any_size_and_with_padding_come_out_as_they_went_in`.
    unsafe {
        std::arch::asm!("/* {0} */", inlateout(reg) bytes => word, options(pure, nomem, nostack, preserves_flags));
    }
    word
}

/// Tells the compiler that the copy was written by something it cannot see. An event that holds a reference to something
/// `'static` (none of ours does) keeps a usable one: its way through integers is hidden here. Costs no instruction.
#[inline(always)]
fn reveal<E>(mut copy: MaybeUninit<E>) -> MaybeUninit<E> {
    // SAFETY: no instruction at all; the memory named is the local copy, which may be written.
    // Test: tests/lossy.rs `events_of_any_size_and_with_padding_come_out_as_they_went_in`.
    unsafe {
        std::arch::asm!("/* {0} */", in(reg) copy.as_mut_ptr(), options(nostack, preserves_flags));
    }
    copy
}

//! The switch between the standard atomics and loom's, and the list of planted weakenings.
//!
//! Own lock-free code (`slots`, `lossy`, `snapshot`, `ring_gauges`, `byte_ring`) names its atomics through this module only.
//! In an ordinary build they are the standard ones and `order` and `fence` are constants. In a build with `--cfg loom` the
//! same code runs under the model checker, and `tests/loom.rs` can weaken one ordering at a time and demand that the model
//! finds it: a model that passes everything is worth nothing (a ring whose consumer ran on the model's main thread was once
//! explored a single time, and passed a relaxed store).

#[cfg(loom)]
pub(crate) use loom::sync::{Arc, atomic::AtomicU8, atomic::AtomicU64};
#[cfg(not(loom))]
pub(crate) use std::sync::{Arc, atomic::AtomicU8, atomic::AtomicU64};

pub(crate) use std::sync::atomic::Ordering;

#[cfg(loom)]
pub(crate) use loom::cell::UnsafeCell;

/// The standard cell with the shape of loom's: access is a closure over a raw pointer, so that the model can see it.
#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Every ordering the own structures stand on, as something that can be taken away. The first five belong to the slots of
/// the lossy ring, the next four to the snapshot, two to the gating ring's positions, the last four to the byte ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// The version that commits a slot is stored relaxed: a reader may see the new version and old words.
    CommitRelaxed,
    /// The fence between "being written" and the words is gone: new words may be seen under the old version.
    BeginFenceMissing,
    /// The reader's first look at the version is relaxed: it may read words older than the version promises.
    FirstLookRelaxed,
    /// The reader's fence before its second look is gone: the second look may be older than the words.
    SecondLookFenceMissing,
    /// The reader does not look a second time: a lap during the copy goes unseen.
    SecondLookMissing,
    /// The snapshot's writer hands its buffer over without release: the reader may see it half written.
    HandOverWithoutRelease,
    /// The snapshot's writer takes the spare buffer without acquire: it may overwrite what is still being read.
    TakeBackWithoutAcquire,
    /// The snapshot's reader takes the fresh buffer without acquire: it may see it half written.
    TakeFreshWithoutAcquire,
    /// The snapshot's reader gives its buffer back without release: its last reads may be overwritten.
    GiveBackWithoutRelease,
    /// A gating reader shows its position without release: what followed from its events may not be seen with it.
    PositionShownRelaxed,
    /// A gating reader's position is looked at without acquire: the same, from the other side.
    PositionSeenRelaxed,
    /// The byte ring's writer shows its position without release: the reader may take bytes that are not there yet.
    BytesWrittenRelaxed,
    /// The byte ring's reader looks at that position without acquire: the same, from the other side.
    BytesSeenRelaxed,
    /// The byte ring's reader gives bytes back without release: its last reads may be overwritten.
    BytesFreedRelaxed,
    /// The byte ring's writer looks at what is free without acquire: the same, from the other side.
    BytesFreedSeenRelaxed,
}

impl Weakness {
    /// All of them; the loom test walks this list and demands that each is caught.
    pub const ALL: [Self; 15] = [
        Self::CommitRelaxed,
        Self::BeginFenceMissing,
        Self::FirstLookRelaxed,
        Self::SecondLookFenceMissing,
        Self::SecondLookMissing,
        Self::HandOverWithoutRelease,
        Self::TakeBackWithoutAcquire,
        Self::TakeFreshWithoutAcquire,
        Self::GiveBackWithoutRelease,
        Self::PositionShownRelaxed,
        Self::PositionSeenRelaxed,
        Self::BytesWrittenRelaxed,
        Self::BytesSeenRelaxed,
        Self::BytesFreedRelaxed,
        Self::BytesFreedSeenRelaxed,
    ];
}

#[cfg(loom)]
std::thread_local! {
    /// Loom runs all threads of a model as coroutines of one real thread, so a thread-local reaches all of them and
    /// several models can be tested at once.
    static PLANTED: std::cell::Cell<Option<Weakness>> = const { std::cell::Cell::new(None) };
}

/// Plants `weakness` (or none) in the models that this thread runs from now on.
#[cfg(loom)]
pub fn plant(weakness: Option<Weakness>) {
    PLANTED.with(|planted| planted.set(weakness));
}

/// Whether `weakness` is planted on this thread.
#[cfg(loom)]
pub(crate) fn is_planted(weakness: Weakness) -> bool {
    PLANTED.with(|planted| planted.get() == Some(weakness))
}

/// Whether `weakness` is planted; always `false` outside the model, at compile time.
#[cfg(not(loom))]
#[inline(always)]
pub(crate) const fn is_planted(_: Weakness) -> bool {
    false
}

/// `strong`, unless the model has planted `weakness`: then `weak`.
#[inline(always)]
pub(crate) fn order(strong: Ordering, weakness: Weakness, weak: Ordering) -> Ordering {
    if is_planted(weakness) { weak } else { strong }
}

/// A fence of `strong`, unless the model has planted `weakness`: then nothing.
#[inline(always)]
pub(crate) fn fence(strong: Ordering, weakness: Weakness) {
    if !is_planted(weakness) {
        #[cfg(loom)]
        loom::sync::atomic::fence(strong);
        #[cfg(not(loom))]
        std::sync::atomic::fence(strong);
    }
}

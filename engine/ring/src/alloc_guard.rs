//! The allocator that counts.
//!
//! Owns [`CountingAllocator`] and the question "did this thread allocate since?". Counting costs 0.4 ns an allocation and
//! is per thread, so a bridge that allocates all day does not hide a hot thread that does it once. Never refuses an
//! allocation: after a run the count is demanded to be zero.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // Without a destructor and with a constant start: usable at any moment of a thread's life, and never allocates itself.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator with a count for each thread. Binaries install it:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: engine_ring::alloc_guard::CountingAllocator = engine_ring::alloc_guard::CountingAllocator;
///
/// assert!(engine_ring::alloc_guard::is_counting());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

fn count() {
    // `try_with` cannot fail for a thread-local without destructor; an allocator must not panic in any case.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every method passes its arguments to `System` unchanged and returns what it returns; counting neither allocates
// nor unwinds. Tests: tests/alloc.rs.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on. Tests: tests/alloc.rs.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on. Tests: tests/alloc.rs.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on. Tests: tests/alloc.rs.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on. Tests: tests/alloc.rs.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Allocations (and reallocations) on the calling thread since it began, if [`CountingAllocator`] is installed; else zero.
#[must_use]
pub fn allocations_on_this_thread() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// Does what may take memory on a thread that is watched, without its being counted: a person's deed, or what says by its
/// name that it takes memory. How often that is done is for the caller to tell.
pub fn uncounted<T>(deed: impl FnOnce() -> T) -> T {
    let before = allocations_on_this_thread();
    let done = deed();
    ALLOCATIONS.with(|count| count.set(before));
    done
}

/// Whether allocations are counted in this process: tries one.
#[must_use]
pub fn is_counting() -> bool {
    let before = allocations_on_this_thread();
    drop(std::hint::black_box(Box::new(0_u64)));
    allocations_on_this_thread() != before
}

/// Counts the allocations of one thread from the moment it was armed.
#[derive(Debug)]
pub struct AllocGuard {
    at: u64,
    /// The count belongs to a thread, so the guard stays on it.
    stays: std::marker::PhantomData<*const ()>,
}

impl AllocGuard {
    /// Arms a guard on the calling thread; `None` if nothing is counted in this process, so that nobody mistakes an
    /// absent allocator for a clean run.
    #[must_use]
    pub fn arm() -> Option<Self> {
        let counting = is_counting();
        counting.then(|| Self { at: allocations_on_this_thread(), stays: std::marker::PhantomData })
    }

    /// Allocations on this thread since it was armed.
    #[inline]
    #[must_use]
    pub fn allocations(&self) -> u64 {
        allocations_on_this_thread() - self.at
    }

    /// Ends the watch; the allocations since it was armed.
    #[must_use]
    pub fn disarm(self) -> u64 {
        self.allocations()
    }
}

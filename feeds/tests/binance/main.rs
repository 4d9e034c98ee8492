//! Real Binance bytes through the decoder and the session, into a slow and obvious book.

#![expect(clippy::expect_used, reason = "a test stops where its fixture is not what it says")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use engine_ring::alloc_guard::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

mod allocation;
mod book;
mod changed;
mod faults;
mod fuzz;
mod hostile;
mod law;
mod replay;
mod shared;

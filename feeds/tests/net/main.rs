//! The network half of the room against small servers on loopback that behave, and misbehave, as venues do.

#![expect(clippy::expect_used, reason = "a test says what it expects by failing")]

use engine_ring::alloc_guard::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

mod allocation;
mod exchange;
mod feed;
mod rest;
mod server;
mod tls;
mod ws;

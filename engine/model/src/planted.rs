//! Faults that are planted on purpose: each must be caught by the test that stands beside it in `xtask/src/faults/table.rs`.
//!
//! Owns the one question that production code asks where a fault can be planted. In an ordinary build the answer is `false`
//! while compiling, and nothing of the fault is left. In a build with the feature `planted`, which only `cargo xtask faults`
//! makes, the fault that the environment names is there for the whole process: one build, one process a fault.
//! Never: in a build that trades.

/// Whether the fault of that name is planted.
#[cfg(not(feature = "planted"))]
#[inline(always)]
#[must_use]
pub const fn planted(_: &str) -> bool {
    false
}

/// Whether the fault of that name is planted: whether `RINGSIDE_PLANTED` says so.
#[cfg(feature = "planted")]
#[must_use]
pub fn planted(name: &str) -> bool {
    static PLANTED: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    PLANTED.get_or_init(|| std::env::var("RINGSIDE_PLANTED").unwrap_or_default()) == name
}

//! The fixed work of a bench, nothing timed: something to hold a profiler to.
//!
//! `cargo build --profile bench -p benches --example steady`, then `perf record … steady tick-to-order 50`.

use benches::call::steady;
use benches::{Bench, Call};
use std::error::Error;
use std::io::Write as _;

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: steady BENCH PASSES";
    let mut words = std::env::args().skip(1);
    let bench = words.next().and_then(|name| Bench::from_name(&name)).ok_or(usage)?;
    let passes = words.next().and_then(|passes| passes.parse().ok()).ok_or(usage)?;
    let messages = steady(bench, &Call::default(), passes)?;
    Ok(writeln!(std::io::stdout(), "{messages} messages")?)
}

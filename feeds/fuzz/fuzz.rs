//! One program for all targets: `RINGSIDE_FUZZ` says which, and with `?` it prints their names and ends.
#![no_main]

#[path = "targets/mod.rs"]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use targets::Target;

static TARGET: OnceLock<&Target> = OnceLock::new();

fuzz_target!(
    init: {
        let asked = std::env::var("RINGSIDE_FUZZ").unwrap_or_default();
        match targets::ALL.iter().find(|target| target.name == asked) {
            Some(target) => _ = TARGET.set(target),
            None => {
                targets::ALL.iter().for_each(|target| println!("{}", target.name));
                std::process::exit(i32::from(asked != "?"));
            }
        }
    },
    |bytes: &[u8]| TARGET.get().expect("chosen at the start").run(bytes)
);

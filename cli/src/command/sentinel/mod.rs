//! `sentinel`: a process beside a live engine that withdraws its orders when it hangs, freezes, dies or is killed.
//!
//! It shares one page of memory with the engine and nothing else: own process, own connections, own reading of the keys.
//! What it withdraws it withdraws by REST, everything of the account on the instruments of the configuration.
//!
//! Never: enters an order, waits for the engine, ends while the engine lives.

mod watch;

use crate::args::Sentinel;
use crate::exit::Exit;
use crate::terms::Terms;
use crate::{config, gateways, log, venues};
use anyhow::{Context as _, anyhow};
use engine_core::config::{Config, Mode};
use engine_ring::clock::Clock;
use engine_ring::pulse::{Fact, Pulse};
use feeds::gateway::desk::Errands;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use watch::{Finding, LOOK_EVERY, Watch};

/// Rounds at least: an order may have been on its way to the venue in the first one.
const ROUNDS_MIN: u32 = 2;
/// Rounds at most, behind which a person has to look.
const ROUNDS_MAX: u32 = 60;
/// Between two looks at the wall clock.
const CLOCK_SET_EVERY: Duration = Duration::from_secs(60);
/// Between two rounds.
const ROUND_EVERY: Duration = Duration::from_secs(1);

/// Runs the command.
pub(crate) fn run(args: &Sentinel) -> Result<(), Exit> {
    let mut config = config::read(Some(&args.config))?;
    config.run.mode = Mode::Live;
    log::start(&config.log);
    stay()?;
    let pulse = Pulse::open(&args.page).with_context(|| format!("the page {}", args.page.display()))?;
    let of_engine = Terms::of_words([pulse.get(Fact::Build), pulse.get(Fact::Terms)]);
    Terms::of(&config).agree_with(of_engine, "this sentinel", "the engine that it would watch")?;
    let pulse = Arc::new(pulse);
    let mut hands = hands(&config)?;
    pulse.set(Fact::Watcher, u64::from(std::process::id()));
    let engine = pulse.get(Fact::Process);
    tracing::info!(engine, "the sentinel watches");
    let mut watch = Watch::new(config.sentinel.still_after, Instant::now());
    let mut set_at = Instant::now();
    loop {
        if set_at.elapsed() > CLOCK_SET_EVERY {
            set_at = Instant::now();
            // What is signed bears the time: a drift of days would be refused in the round that counts.
            Clock::machine().recalibrate();
        }
        pulse.set(Fact::Looks, pulse.get(Fact::Looks) + 1);
        match watch.look(&pulse, Instant::now()) {
            Finding::Well => {}
            Finding::Over => return Ok(()),
            Finding::Alarm(alarm) => {
                // Before anything else: if it wakes up, nothing more leaves it.
                pulse.kill().set(true);
                tracing::error!(engine, "the engine {alarm}: its orders are withdrawn");
                let left = withdraw(&mut hands);
                if !left.is_empty() {
                    tracing::error!("NOT withdrawn at {}: look at the venue now", left.join(", "));
                }
                if alarm.is_last() {
                    let failed = || Exit::Failed(anyhow!("orders may stand at {}", left.join(", ")));
                    return if left.is_empty() { Ok(()) } else { Err(failed()) };
                }
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What asks the engine to end is often sent to its whole group of processes. This one ends when there is nothing left to
/// watch.
fn stay() -> Result<(), Exit> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).context("signals")?;
    }
    Ok(())
}

/// What withdraws at one venue.
struct Hand {
    venue: &'static str,
    errands: Errands,
}

fn hands(config: &Config) -> Result<Vec<Hand>, Exit> {
    let clock = Clock::machine();
    let instruments = venues::instruments(&config.venues, &clock, &AtomicBool::new(false))?;
    let mut hands = Vec::new();
    for venue in &config.venues {
        let key = gateways::key(venue)?;
        let settings = gateways::settings(venue, 0, config.run.seed);
        let mut errands = Errands::of(&settings, &key, &instruments, &clock).map_err(|error| anyhow!(error))?;
        // And again before each withdrawal; if that answer is lost, this one stands.
        errands.learn_time();
        hands.push(Hand { venue: venue.id.name(), errands });
    }
    Ok(hands)
}

/// Withdraws everything everywhere, all venues at once, again and again until each said yes twice. Where it did not.
fn withdraw(hands: &mut [Hand]) -> Vec<&'static str> {
    let all = std::thread::scope(|scope| {
        let each = |hand| scope.spawn(move || withdraw_at(hand));
        let threads: Vec<_> = hands.iter_mut().map(each).collect();
        // A thread that panicked has withdrawn nothing that we know of.
        threads.into_iter().map(|thread| thread.join().unwrap_or(false)).collect::<Vec<_>>()
    });
    hands.iter().zip(all).filter(|(_, is_done)| !is_done).map(|(hand, _)| hand.venue).collect()
}

/// Whether everything was withdrawn.
fn withdraw_at(hand: &mut Hand) -> bool {
    let (venue, mut done) = (hand.venue, 0);
    for round in 1..=ROUNDS_MAX {
        let began = Instant::now();
        let failed = hand.errands.withdraw_all();
        done = if failed == 0 { done + 1 } else { 0 };
        let took_ms = began.elapsed().as_millis() as u64;
        match failed {
            0 => tracing::warn!(venue, round, took_ms, "withdrawn"),
            failed => tracing::error!(venue, round, took_ms, failed, "instruments of which the venue did not say yes"),
        }
        if done >= ROUNDS_MIN {
            return true;
        }
        std::thread::sleep(ROUND_EVERY.saturating_sub(began.elapsed()));
    }
    false
}

//! How an order is worked, in the words of a scenario: `as twap for=60s parts=6 …`.
//!
//! `twap for parts` · `vwap for parts profile=4000,6000` · `shortfall for parts urgency=200` · `pov part=1000bps [for]` ·
//! `iceberg show=QTY` · `sniper shown=QTY` · `peg to=own|other|mid away=TICKS moves=TICKS`; each of them with `most=QTY`,
//! `sizes=2000bps`, `times=2000bps`, `seed=7`.

use super::words::{qty, time_ns};
use engine_model::algorithm::{Algorithm, Manner, PegTo, Profile, Work, WorkFault};
use engine_model::instrument::Instrument;
use engine_model::units::{Lots, Nanos};

/// What stands behind `as`.
pub(super) fn work(instrument: &Instrument, words: &[&str], place: &str) -> Result<Work, WorkFault> {
    let [name, how @ ..] = words else { panic!("{place}: as what?") };
    let word = |key: &str| {
        let pairs = how.iter().map(|word| word.split_once('=').unwrap_or_else(|| panic!("{place}: {word}=?")));
        pairs.into_iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    };
    let number =
        |key: &str| word(key).map_or(0, |value| value.trim_end_matches("bps").parse::<i64>().expect("a number"));
    let lots = |key: &str| word(key).map_or(Lots(0), |value| qty(instrument, value));
    let duration_ms = word("for").map_or(0, |value| time_ns(value.trim_end_matches('s'), "s") / Nanos::MILLI);
    let slices = number("parts") as u32;
    let algorithm = match *name {
        "twap" => Algorithm::Twap { duration_ms, slices },
        "vwap" => {
            let parts: Vec<u16> =
                word("profile").unwrap_or_default().split(',').map(|part| part.parse().expect("bps")).collect();
            Algorithm::Vwap { duration_ms, slices, profile: Profile::new(&parts)? }
        }
        "shortfall" => Algorithm::Shortfall { duration_ms, slices, urgency_centi: number("urgency") as u32 },
        "pov" => Algorithm::Pov { participation_bps: number("part") as u32, duration_ms },
        "iceberg" => Algorithm::Iceberg { display: lots("show") },
        "sniper" => Algorithm::Sniper { shown_min: lots("shown") },
        "peg" => {
            let to = match word("to") {
                Some("own") => PegTo::Own,
                Some("other") => PegTo::Opposite,
                Some("mid") => PegTo::Mid,
                other => panic!("{place}: pegged to {other:?}"),
            };
            Algorithm::Peg { to, offset_ticks: number("away"), reprice_ticks: number("moves") }
        }
        other => panic!("{place}: no algorithm {other}"),
    };
    let manner = Manner {
        child_max: lots("most"),
        size_jitter_bps: number("sizes") as u32,
        time_jitter_bps: number("times") as u32,
        seed: number("seed") as u64,
    };
    Work::new(algorithm, manner)
}

//! Scenarios that a trader can read, played through the real stages: paper venue, risk, execution, journal. Only the
//! strategy is replaced, by what the file says it wants.
//!
//! A file of `tests/scenario` is a list of lines; `#` begins a remark. Nothing happens by itself: each line is done, then
//! all stages are turned until they rest. What was told meanwhile must stand in the `expect` lines right behind, word for
//! word and complete; so a line that is followed by no `expect` tells nothing.
//!
//! ```text
//! given NAME VALUE                       a limit, before anything happens: those of [risk] in config/base.toml, equity_usd,
//!                                        open_orders_max, order_ring, order_latency_ms, reply_latency_ms
//! book SYMBOL PX QTY … / PX QTY …        the venue's whole book: bids / asks
//! change SYMBOL PX QTY … / PX QTY …      some levels are now these; 0 is gone
//! trade SYMBOL buy|sell QTY @ PX         somebody else took it
//! lost SYMBOL                            the book cannot be trusted any more
//! wait N ms|s                            what is under way arrives
//! strategy wants NAME buy|sell QTY SYMBOL @ PX|market [post] [ioc] [fok] [reduce] [id=N]
//! strategy cancels NAME
//! operator sets active|reducing|halted
//! operator cancels everything
//! kill switch on|off
//! execution sleeps|wakes                 it reads nothing meanwhile
//! expect WHAT, WHAT …                    NAME submitted|accepted|pending cancel|canceled|filled QTY @ PX maker|taker
//!                                        NAME rejected REASON · NAME cancel rejected REASON · NAME denied CODE and CODE …
//!                                        cancel of NAME denied CODE · state STATE by CAUSE · operator obeyed
//! check position SYMBOL QTY · check state STATE · check open N
//! ```
//!
//! There are three instruments: BTCUSDT (contracts in dollars: ticks of 0.1, lots of 0.001, at least 5 dollars), SOLUSDT
//! (spot: 0.01, 0.01, at least 5 dollars), ETHBTC (spot, quoted in bitcoin: 0.00001, 0.0001).
//!
//! At the end of each scenario its journal is replayed and must lead to the same state.

mod told;
mod words;
mod world;

use engine_model::refusal::Check;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
pub(crate) use words::instruments;
use world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenario")
}

fn text(name: &str) -> String {
    let path = folder().join(name).with_extension("txt");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Plays a file.
fn play(name: &str) {
    let text = text(name);
    let mut given = words::Given::default();
    let mut world = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let place = format!("tests/scenario/{name}.txt:{}: {line}", number + 1);
        if given.take(line) {
            assert!(world.is_none(), "{place}: too late, something has happened");
            continue;
        }
        world.get_or_insert_with(|| World::new(&given)).act(line, &place);
    }
    world.expect("something happens").end(name);
}

/// One test a file, of the same name.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

scenarios! {
    a_book_that_is_lost_or_never_came_prices_nothing,
    a_cancel_that_crosses_a_fill_finds_nothing_to_withdraw,
    a_daily_loss_first_only_reduces_then_halts,
    a_day_turns_and_the_loss_counts_from_there,
    a_price_far_from_the_market_is_outside_the_collar,
    a_price_that_is_too_old_is_no_price,
    a_strategy_that_talks_too_much_is_slowed_and_may_still_cancel,
    an_order_has_a_size_that_the_venue_and_we_can_bear,
    an_order_lives_from_a_wish_to_a_fill,
    an_order_waits_behind_what_stood_before_it,
    an_order_with_a_number_that_is_not_its_own_is_nobodys,
    execution_that_does_not_keep_up_is_not_given_more,
    halted_is_halted_until_the_operator_says_otherwise,
    positions_have_a_limit_of_their_own_and_can_always_be_made_smaller,
    reducing_lets_nothing_grow,
    spot_is_not_sold_short_and_what_has_no_dollars_is_not_traded,
    the_kill_switch_withdraws_everything_at_once,
    the_venue_says_no_and_nothing_is_left_behind,
    too_many_orders_are_too_many,
}

#[test]
fn every_file_of_scenarios_is_played() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, NAMES.iter().map(|name| (*name).to_owned()).collect());
}

/// A denial tells every check that it broke, so deleting a check makes the scenario red that expects its code; this makes
/// sure that there is one for each.
#[test]
fn every_check_of_risk_has_a_scenario_in_which_it_says_no() {
    let mut told = BTreeSet::new();
    for name in NAMES {
        let text = text(name);
        let denials = text.lines().filter_map(|line| line.strip_prefix("expect ")).flat_map(|line| line.split(", "));
        for (_, codes) in denials.filter_map(|what| what.split_once(" denied ")) {
            told.extend(codes.split(" and ").map(str::to_owned));
        }
    }
    let all: BTreeSet<String> = Check::ALL.into_iter().map(|check| check.code().to_owned()).collect();
    let missing: Vec<_> = all.symmetric_difference(&told).collect();
    assert!(missing.is_empty(), "checks without a scenario, or codes without a check: {missing:?}");
}

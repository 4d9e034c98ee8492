//! What is true of every row of the catalogue.

use super::*;
use crate::strategy::params::ParamFault;
use crate::strategy::play::Need;
use engine_model::instrument::InstrumentId;

fn given(params: &[(&str, i64)]) -> Vec<(String, i64)> {
    params.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
}

fn ids(entry: &Entry) -> Vec<InstrumentId> {
    (0..entry.instruments.0 as u32).map(InstrumentId).collect()
}

fn fault(name: &str, params: &[(&str, i64)]) -> String {
    let entry = CATALOGUE.iter().find(|entry| entry.name == name).expect("known");
    Strategy::new(name, &ids(entry), &given(params)).expect_err("must be refused").to_string()
}

#[test]
fn every_row_says_what_it_is_and_makes_a_strategy_of_its_defaults() {
    for entry in &CATALOGUE {
        let params = entry.params;
        assert!(params.iter().all(|param| (param.min..=param.max).contains(&param.default)), "{entry:?}");
        assert!(params.iter().all(|param| !param.why.is_empty()), "{entry:?}");
        assert!(entry.idea.len() > 20 && entry.risks.len() > 20, "{entry:?}");
        let made = Strategy::new(entry.name, &ids(entry), &[]).expect("defaults");
        assert_eq!((made.name(), made.values().len()), (entry.name, params.len()));
        assert_eq!(CATALOGUE.iter().filter(|other| other.name == entry.name).count(), 1, "{entry:?} stands twice");
    }
}

#[test]
fn what_is_unknown_repeated_out_of_range_or_senseless_is_refused_by_name() {
    let unknown = Strategy::new("martingale", &[InstrumentId(0)], &[]).expect_err("unknown");
    assert_eq!(unknown.to_string(), "there is no strategy `martingale`");
    let told = fault("rsi_macd", &[("rsl", 3)]);
    assert!(told.starts_with("there is no parameter `rsl`; nearest: rsi, "), "{told}");
    assert_eq!(fault("rsi_macd", &[("rsi", 3), ("rsi", 4)]), "parameter `rsi` is given twice");
    assert_eq!(fault("rsi_macd", &[("rsi", 0)]), "parameter `rsi` is 0, must be 1 to 1000");
    assert!(fault("rsi_macd", &[("low", 70), ("high", 60)]).contains("low"));
    assert!(fault("rsi_macd", &[("fast", 26)]).contains("fast"));
    assert!(fault("sma_cross", &[("fast", 50)]).contains("`fast` must be below `slow`"));
    assert!(fault("pairs", &[("exit_centi", 300)]).contains("exit_centi"));
    assert!(fault("imbalance_maker", &[("order_quote", 2_000)]).contains("inventory_max_quote"));
    assert!(matches!(Strategy::new("rsi_macd", &[], &[]), Err(ParamFault::NoInstrument)));
    let one = Strategy::new("pairs", &[InstrumentId(0)], &[]).expect_err("half a pair");
    assert_eq!(one.to_string(), "1 instruments, it trades 2");
}

/// A row that is in neither list was added without asking what it lives on.
#[test]
fn every_row_that_lives_on_more_than_one_price_says_so() {
    let needs = |entry: &Entry| Strategy::new(entry.name, &ids(entry), &[]).expect("defaults").needs();
    let told = |entry: &Entry| (entry.name, needs(entry));
    let (plain, others): (Vec<_>, Vec<_>) = CATALOGUE.iter().map(told).partition(|(_, needs)| needs.is_empty());
    let names: Vec<&str> = plain.iter().map(|(name, _)| *name).collect();
    let wanted =
        "rsi_macd twap vwap pov iceberg shortfall peg sma_cross donchian bollinger_reversion momentum grid streak";
    assert_eq!(names.join(" "), wanted);
    let wanted = [
        ("imbalance_maker", vec![Need::Depth]),
        ("bracket", vec![Need::Depth]),
        ("router", vec![Need::Depth]),
        ("sniper", vec![Need::Depth]),
        ("pairs", vec![Need::Instruments]),
        ("funding_carry", vec![Need::Instruments, Need::Funding]),
        ("basis", vec![Need::Instruments]),
        ("order_flow", vec![Need::Depth]),
        ("avellaneda_stoikov", vec![Need::Seconds]),
        ("liquidation_fade", vec![Need::Liquidations]),
    ];
    assert_eq!(others, wanted);
}

#[test]
fn the_strategy_of_the_walk_is_as_short_as_the_walk_promises() {
    assert!(include_str!("streak.rs").lines().count() < 60, "docs/adding-a-strategy.md promises fewer than 60 lines");
}

//! The list of strategies. A new one is a file here and a row in [`CATALOGUE`].

mod avellaneda_stoikov;
mod basis;
mod bollinger_reversion;
mod bracket;
mod donchian;
/// What strategies of one opinion on each bar have in common.
mod follow;
mod funding_carry;
mod grid;
mod imbalance_maker;
/// What strategies of coins against a contract have in common.
mod legs;
mod liquidation_fade;
mod momentum;
mod order_flow;
mod pairs;
/// What strategies that quote have in common.
mod quotes;
mod router;
mod rsi_macd;
mod sma_cross;
mod streak;
/// What strategies that want a position have in common.
mod towards;
mod worker;

pub use super::hosted::Strategy;
use super::play::Entry;
pub use towards::towards;

/// Every strategy: its name, its idea, its risks, its parameters, and how it is made.
pub static CATALOGUE: [Entry; 23] = [
    rsi_macd::ENTRY,
    imbalance_maker::ENTRY,
    bracket::ENTRY,
    router::ENTRY,
    worker::ENTRIES[0],
    worker::ENTRIES[1],
    worker::ENTRIES[2],
    worker::ENTRIES[3],
    worker::ENTRIES[4],
    worker::ENTRIES[5],
    worker::ENTRIES[6],
    sma_cross::ENTRY,
    donchian::ENTRY,
    bollinger_reversion::ENTRY,
    momentum::ENTRY,
    pairs::ENTRY,
    funding_carry::ENTRY,
    basis::ENTRY,
    order_flow::ENTRY,
    avellaneda_stoikov::ENTRY,
    grid::ENTRY,
    liquidation_fade::ENTRY,
    streak::ENTRY,
];

#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod tests;

//! What each stage counts, as lists of name, meaning and value: metrics, the monitor and the documents read these, so that
//! nothing is counted that nobody can see. A field that is added and not listed does not compile.
//!
//! Never counts anything itself, and never says how a number is shown.

use crate::execution::Anomaly;
use crate::execution::stage::ExecutionCounters;
use crate::market::MarketCounters;
use crate::risk::stage::RiskCounters;
use crate::strategy::stage::StrategyCounters;
use engine_model::refusal::Check;
use engine_ring::counter::Reading;

impl MarketCounters {
    /// What it counts, in order.
    #[must_use]
    pub fn readings(&self) -> [Reading; 10] {
        let Self { snapshots, deltas, levels, crossed, lost, tops, trades, others, waited, far_growths } = self;
        [
            Reading::count("snapshots", "Snapshots applied.", snapshots),
            Reading::count("deltas", "Deltas applied.", deltas),
            Reading::count("levels", "Levels in snapshots and deltas.", levels),
            Reading::count("crossed", "Messages that left a book crossed.", crossed),
            Reading::count("lost", "Books lost.", lost),
            Reading::count("tops", "Tops published.", tops),
            Reading::count("trades", "Trades published.", trades),
            Reading::count("others", "Other events passed on.", others),
            Reading::count("waited", "Events that found no room on the ring and had to wait.", waited),
            Reading::count("far_growths", "Times that the list of a book's far levels had to grow.", far_growths),
        ]
    }
}

impl StrategyCounters {
    /// What it counts, in order.
    #[must_use]
    pub fn readings(&self) -> [Reading; 5] {
        let Self { events, reports, timers, intents, refused } = self;
        [
            Reading::count("events", "Market events read.", events),
            Reading::count("reports", "Reports read.", reports),
            Reading::count("timers", "Timer calls made.", timers),
            Reading::count("intents", "Wishes published.", intents),
            Reading::count("refused", "Wishes refused: ring full, or the bound of the call used up.", refused),
        ]
    }
}

impl RiskCounters {
    /// What it counts, in order; breaches have a list of their own.
    #[must_use]
    pub fn readings(&self) -> [Reading; 7] {
        // What was broken has labels of its own; what is closed beside its book is told in the log.
        let Self { events, reports, commands, approved, denied, cancels, breaches: _, blocked, beside: _ } = self;
        [
            Reading::count("events", "Market events read.", events),
            Reading::count("reports", "Reports read.", reports),
            Reading::count("commands", "Commands obeyed.", commands),
            Reading::count("approved", "Orders approved.", approved),
            Reading::count("denied", "Orders denied.", denied),
            Reading::count("cancels", "Cancels passed on.", cancels),
            Reading::count("blocked", "Polls that found a wish and no room for its decision.", blocked),
        ]
    }

    /// Each check, and how often it was broken; one order may break several.
    pub fn broken(&self) -> impl Iterator<Item = (Check, u64)> {
        Check::ALL.into_iter().zip(self.breaches.iter().map(engine_ring::counter::Counter::get))
    }
}

impl ExecutionCounters {
    /// What it counts, in order; anomalies have a list of their own.
    #[must_use]
    pub fn readings(&self) -> [Reading; 7] {
        let Self { decisions, replies, placed, cancels, reports, open, anomalies: _, anomaly_orders: _, blocked } =
            self;
        [
            Reading::count("decisions", "Decisions carried out.", decisions),
            Reading::count("replies", "Replies taken in.", replies),
            Reading::count("placed", "Orders handed to a venue.", placed),
            Reading::count("cancels", "Cancels handed to a venue.", cancels),
            Reading::count("reports", "Reports published.", reports),
            Reading::level("open", "Orders that are not over.", open),
            Reading::count("blocked", "Polls that found an input and no room for what follows from it.", blocked),
        ]
    }

    /// What did not fit the order table: each anomaly, and how often it was met.
    pub fn anomalies(&self) -> impl Iterator<Item = (Anomaly, u64)> {
        Anomaly::ALL.into_iter().zip(self.anomalies.iter().map(engine_ring::counter::Counter::get))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn check(readings: &[Reading]) {
        let names: BTreeSet<&str> = readings.iter().map(|reading| reading.name).collect();
        assert_eq!(names.len(), readings.len(), "{names:?}");
        for Reading { name, meaning, .. } in readings {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert!(meaning.ends_with('.') && meaning.starts_with(char::is_uppercase), "{meaning}");
        }
    }

    #[test]
    fn names_are_words_of_metrics_and_meanings_are_sentences() {
        check(&MarketCounters::default().readings());
        check(&StrategyCounters::default().readings());
        check(&RiskCounters::default().readings());
        check(&ExecutionCounters::default().readings());
    }

    #[test]
    fn a_reading_is_of_the_field_of_its_name() {
        let counters = ExecutionCounters::default();
        counters.open.set(3);
        counters.blocked.set(4);
        counters.anomalies[Anomaly::Overfill as usize].set(5);
        let of =
            |name| counters.readings().into_iter().find(|reading| reading.name == name).map(|reading| reading.value);
        assert_eq!((of("open"), of("blocked"), of("placed")), (Some(3), Some(4), Some(0)));
        let met: Vec<_> = counters.anomalies().filter(|(_, count)| *count > 0).collect();
        assert_eq!(met, [(Anomaly::Overfill, 5)]);
    }
}

//! What did not fit the order table, told in the log: execution counts it and may not log.

use engine_core::execution::Anomaly;
use engine_core::execution::stage::ExecutionCounters;
use engine_model::order::ClientOrderId;

/// Tells what is new since the last look.
pub(crate) struct Anomalies<'a> {
    counters: &'a ExecutionCounters,
    told: [u64; Anomaly::ALL.len()],
}

impl<'a> Anomalies<'a> {
    pub(crate) fn new(counters: &'a ExecutionCounters) -> Self {
        Self { counters, told: [0; Anomaly::ALL.len()] }
    }

    /// One line for each anomaly that was met again, however often.
    pub(crate) fn tell(&mut self) {
        for (anomaly, order, new) in self.news() {
            let name = anomaly.name();
            if anomaly.is_race() {
                tracing::info!(anomaly = name, new, %order, "messages about an order crossed on their ways");
            } else {
                tracing::warn!(anomaly = name, new, %order, "does not fit our orders, and was not applied");
            }
        }
    }

    /// Each anomaly that was met again, the order that it was last met with, and how often since the last look.
    fn news(&mut self) -> Vec<(Anomaly, ClientOrderId, u64)> {
        let mut news = Vec::new();
        for (anomaly, count) in self.counters.anomalies() {
            let told = std::mem::replace(&mut self.told[anomaly as usize], count);
            if count > told {
                let order = ClientOrderId(self.counters.anomaly_orders[anomaly as usize].get());
                news.push((anomaly, order, count - told));
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rise_is_told_once_with_its_last_order() {
        let counters = ExecutionCounters::default();
        let mut anomalies = Anomalies::new(&counters);
        assert_eq!(anomalies.news(), []);
        let place = Anomaly::Overfill as usize;
        counters.anomaly_orders[place].set(ClientOrderId::new(1, 2, 3).0);
        counters.anomalies[place].add(2);
        assert_eq!(anomalies.news(), [(Anomaly::Overfill, ClientOrderId::new(1, 2, 3), 2)]);
        assert_eq!(anomalies.news(), [], "once");
    }
}

//! Ways out of everything that were priced beside their own book, told in the log: risk counts them and may not log.

use engine_core::risk::Beside;
use engine_core::risk::stage::RiskCounters;

/// Tells what is new since the last look.
pub(crate) struct Closings<'a> {
    counters: &'a RiskCounters,
    told: [u64; Beside::ALL.len()],
}

impl<'a> Closings<'a> {
    pub(crate) fn new(counters: &'a RiskCounters) -> Self {
        Self { counters, told: [0; Beside::ALL.len()] }
    }

    pub(crate) fn tell(&mut self) {
        for (by, new) in self.news() {
            let by = by.words();
            tracing::warn!(
                by,
                new,
                "a position is being closed whose book is stale or lost: its orders were priced by another price"
            );
        }
    }

    fn news(&mut self) -> Vec<(Beside, u64)> {
        let counts = Beside::ALL.map(|by| (by, self.counters.beside[by as usize].get()));
        let news = counts.into_iter().zip(self.told).filter(|((_, count), told)| count > told);
        let news = news.map(|((by, count), told)| (by, count - told)).collect();
        self.told = counts.map(|(_, count)| count);
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rise_is_told_once() {
        let counters = RiskCounters::default();
        let mut closings = Closings::new(&counters);
        assert_eq!(closings.news(), []);
        counters.beside[Beside::Book as usize].add(2);
        assert_eq!(closings.news(), [(Beside::Book, 2)]);
        assert_eq!(closings.news(), [], "once");
    }
}

//! Contenders in turn, round after round: A B C, A B C, … so that a machine that slows down slows down all of them.
//!
//! Owns how rounds become figures. A contender's headline is the median of its rounds and a ratio the median of the ratios
//! within each round; where the same work is done in every round it is measured in short parts, and the headline is the
//! sum of each part's median, so that a core lost for a while is not in it. Never: what is measured.

use crate::error::BenchError;
use hdrhistogram::Histogram;
use std::ops::Range;

/// One contender and how it runs one round.
pub struct Contender<'a> {
    /// Its name in the report.
    pub name: &'static str,
    /// Runs one round.
    pub round: Box<dyn FnMut() -> Result<Round, BenchError> + 'a>,
}

impl<'a> Contender<'a> {
    /// A contender.
    pub fn new(name: &'static str, round: impl FnMut() -> Result<Round, BenchError> + 'a) -> Self {
        Self { name, round: Box::new(round) }
    }
}

/// What one round gave.
#[derive(Debug, Default)]
pub struct Round {
    /// What contenders are compared by, in ns; less is better. `None` when the round gave no clean sample.
    pub headline_ns: Option<f64>,
    /// The headline in parts: how long each part of the work took, the same work in every round; in place of
    /// `headline_ns`.
    pub parts: Parts,
    /// Single samples, in ns, where single samples can be told.
    pub samples_ns: Vec<u64>,
    /// Samples that were dropped because the system took the core away.
    pub dropped: u64,
    /// Other figures of the round, in ns; less is better.
    pub metrics: Vec<(&'static str, f64)>,
}

/// Times of the parts of a round's work.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Of each part, in order.
    pub ns: Vec<u64>,
    /// How many messages or updates all of them are.
    pub work: usize,
    /// Figures of their own: a name, the part behind the last of them, and how many messages they are.
    pub groups: Vec<(&'static str, usize, usize)>,
}

/// All rounds of one contender.
pub struct Series {
    /// Whose.
    pub name: &'static str,
    /// By round.
    pub headlines_ns: Vec<Option<f64>>,
    /// By round, where the headline is in parts.
    pub parts: Vec<Parts>,
    /// All single samples.
    pub samples: Histogram<u64>,
    /// Samples that were dropped.
    pub dropped: u64,
    /// By name, by round.
    pub metrics: Vec<(&'static str, Vec<Option<f64>>)>,
}

/// The longest sample told apart: 10 s.
const LONGEST_NS: u64 = 10_000_000_000;

/// Runs all contenders `rounds` times in turn.
pub fn interleave(contenders: &mut [Contender<'_>], rounds: usize) -> Result<Vec<Series>, BenchError> {
    let mut all: Vec<Series> = contenders.iter().map(|contender| Series::new(contender.name)).collect();
    for _ in 0..rounds {
        for (contender, series) in contenders.iter_mut().zip(&mut all) {
            series.add((contender.round)()?);
        }
    }
    Ok(all)
}

impl Series {
    fn new(name: &'static str) -> Self {
        let samples = match Histogram::new_with_bounds(1, LONGEST_NS, 3) {
            Ok(histogram) => histogram,
            Err(error) => unreachable!("bounds are constant: {error}"),
        };
        Self { name, headlines_ns: Vec::new(), parts: Vec::new(), samples, dropped: 0, metrics: Vec::new() }
    }

    fn add(&mut self, round: Round) {
        if round.parts.work > 0 {
            let ns: u64 = round.parts.ns.iter().sum();
            self.headlines_ns.push(Some(ns as f64 / round.parts.work as f64));
            self.parts.push(round.parts);
        } else {
            self.headlines_ns.push(round.headline_ns);
        }
        self.dropped += round.dropped;
        round.samples_ns.iter().for_each(|&ns| self.samples.saturating_record(ns));
        let round_number = self.headlines_ns.len();
        for (name, value) in round.metrics {
            let place = self.metrics.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                self.metrics.push((name, Vec::new()));
                self.metrics.len() - 1
            });
            let values = &mut self.metrics[place].1;
            values.resize(round_number - 1, None);
            values.push(Some(value));
        }
    }

    /// The headline: the median of the rounds, part by part where there are parts.
    #[must_use]
    pub fn headline_ns(&self) -> Option<f64> {
        let Some(first) = self.parts.first() else { return median(self.headlines_ns.iter().copied().flatten()) };
        Some(self.sum_of_medians(0..first.ns.len()) / first.work as f64)
    }

    /// The time of some parts, each at its median.
    fn sum_of_medians(&self, range: Range<usize>) -> f64 {
        let part = |at: usize| median(self.parts.iter().filter_map(|parts| parts.ns.get(at)).map(|ns| *ns as f64));
        range.filter_map(part).sum()
    }

    /// The figures of the groups of parts.
    #[must_use]
    pub fn groups(&self) -> Vec<(&'static str, f64)> {
        let Some(first) = self.parts.first() else { return Vec::new() };
        let begins = std::iter::once(0).chain(first.groups.iter().map(|(_, end, _)| *end));
        let groups = first.groups.iter().zip(begins);
        groups.map(|(&(name, end, work), begin)| (name, self.sum_of_medians(begin..end) / work as f64)).collect()
    }

    /// How many times longer than `ours` it takes, by a metric.
    #[must_use]
    pub fn metric_ratio_to(&self, ours: &Self, name: &str) -> Option<f64> {
        let rounds = |series: &Self| series.metrics.iter().find(|(known, _)| *known == name).map(|(_, r)| r.clone());
        match (rounds(ours), rounds(self)) {
            (Some(ours), Some(own)) => ratio(&ours, &own),
            _ => Some(self.metric(name)? / ours.metric(name)?),
        }
    }

    /// How many times longer than `ours` it takes.
    #[must_use]
    pub fn ratio_to(&self, ours: &Self) -> Option<f64> {
        if self.parts.is_empty() || ours.parts.is_empty() {
            return ratio(&ours.headlines_ns, &self.headlines_ns);
        }
        Some(self.headline_ns()? / ours.headline_ns().filter(|ns| *ns > 0.0)?)
    }

    /// The best round.
    #[must_use]
    pub fn best_ns(&self) -> Option<f64> {
        self.headlines_ns.iter().copied().flatten().min_by(f64::total_cmp)
    }

    /// The names of all metrics, groups of parts included.
    pub fn metric_names(&self) -> impl Iterator<Item = &'static str> {
        let groups = self.parts.first().map(|parts| parts.groups.as_slice()).unwrap_or_default();
        groups.iter().map(|(name, _, _)| *name).chain(self.metrics.iter().map(|(name, _)| *name))
    }

    /// The median of a metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        if let Some((_, ns)) = self.groups().into_iter().find(|(group, _)| *group == name) {
            return Some(ns);
        }
        let (_, values) = self.metrics.iter().find(|(known, _)| *known == name)?;
        median(values.iter().copied().flatten())
    }
}

/// How many times longer `rival` took: the median of the ratios of each round in which both have a figure.
#[must_use]
pub fn ratio(ours: &[Option<f64>], rival: &[Option<f64>]) -> Option<f64> {
    median(ours.iter().zip(rival).filter_map(|(ours, rival)| Some((*rival)? / (*ours).filter(|ns| *ns > 0.0)?)))
}

/// The middle value.
#[must_use]
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The value that `share` of the samples do not exceed.
#[must_use]
pub fn percentile(samples_ns: &[u64], share: f64) -> Option<f64> {
    let mut sorted = samples_ns.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).map(|ns| *ns as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_rounds_in_which_both_have_a_figure() {
        let ours = [Some(10.0), None, Some(10.0), Some(20.0)];
        let rival = [Some(20.0), Some(999.0), Some(40.0), Some(60.0)];
        assert_eq!(ratio(&ours, &rival), Some(3.0));
        assert_eq!(ratio(&[None], &[Some(1.0)]), None);
    }

    #[test]
    fn contenders_run_in_turn_and_metrics_stay_with_their_round() {
        let order = std::cell::RefCell::new(Vec::new());
        let round = |name, metric: bool| {
            let order = &order;
            move || {
                order.borrow_mut().push(name);
                let metrics = if metric && order.borrow().len() > 2 { vec![("late", 5.0)] } else { Vec::new() };
                Ok(Round { headline_ns: Some(1.0), samples_ns: vec![7], dropped: 1, metrics, ..Round::default() })
            }
        };
        let mut contenders = [Contender::new("a", round("a", true)), Contender::new("b", round("b", false))];
        let all = interleave(&mut contenders, 2).expect("nothing fails");
        drop(contenders);
        assert_eq!(*order.borrow(), ["a", "b", "a", "b"]);
        assert_eq!(all[0].metrics, [("late", vec![None, Some(5.0)])]);
        assert_eq!((all[0].samples.len(), all[0].dropped), (2, 2));
    }

    #[test]
    fn a_part_that_was_slow_once_does_not_count() {
        let times = std::cell::RefCell::new(vec![[10, 90], [10, 20], [70, 20]]);
        let round = || {
            let ns = times.borrow_mut().pop().map(Vec::from).unwrap_or_default();
            Ok(Round {
                parts: Parts { ns, work: 3, groups: vec![("first", 1, 1), ("second", 2, 2)] },
                ..Round::default()
            })
        };
        let all = interleave(&mut [Contender::new("a", round)], 3).expect("nothing fails");
        assert_eq!(all[0].headline_ns(), Some(10.0), "not one round was as good as all parts at their median");
        assert_eq!(all[0].groups(), [("first", 10.0), ("second", 10.0)]);
        assert_eq!(all[0].headlines_ns, [Some(30.0), Some(10.0), Some(100.0 / 3.0)]);
    }

    #[test]
    fn a_percentile_is_a_sample_that_enough_do_not_exceed() {
        let samples: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(percentile(&samples, 0.5), Some(50.0));
        assert_eq!(percentile(&samples, 0.99), Some(99.0));
        assert_eq!(percentile(&samples, 1.0), Some(100.0));
        assert_eq!(percentile(&[], 0.5), None);
    }
}

//! Tick-to-order: from the moment bytes reached us to the moment the order they caused is handed to its venue.
//!
//! Owns one histogram, allocated at start. Recording costs a few nanoseconds; reading percentiles walks every bucket (tens
//! of microseconds), so it is left to moments without work.

use engine_model::image::LatencyImage;
use engine_model::units::Nanos;
use hdrhistogram::Histogram;

/// Longest latency told apart; longer ones count as this.
const LONGEST_NS: u64 = 10 * Nanos::SECOND;
/// Significant digits: a reading is right to 0.1 %.
const DIGITS: u8 = 3;

/// The record.
#[derive(Clone, Debug)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        match Histogram::new_with_bounds(1, LONGEST_NS, DIGITS) {
            Ok(histogram) => Self(histogram),
            Err(error) => panic!("histogram of constant bounds: {error}"),
        }
    }
}

impl Latency {
    /// Records one order.
    #[inline]
    pub fn record(&mut self, caused_at_ns: Nanos, sent_at_ns: Nanos) {
        self.0.saturating_record(sent_at_ns.since(caused_at_ns));
    }

    /// Orders recorded.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.0.len()
    }

    /// The histogram itself.
    #[must_use]
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.0
    }

    /// All percentiles in one walk.
    #[must_use]
    pub fn image(&self) -> LatencyImage {
        let samples = self.samples();
        // The smallest value that at least this many per thousand of the samples do not exceed.
        let rank = |per_thousand: u64| (samples * per_thousand).div_ceil(1_000).max(1);
        let ranks = [rank(500), rank(900), rank(990), rank(999)];
        let mut values = [0; 4];
        let (mut next, mut below) = (0, 0);
        for bucket in self.0.iter_recorded() {
            below += bucket.count_at_value();
            while next < ranks.len() && below >= ranks[next] {
                values[next] = bucket.value_iterated_to();
                next += 1;
            }
        }
        let [p50_ns, p90_ns, p99_ns, p999_ns] = values;
        LatencyImage { samples, p50_ns, p90_ns, p99_ns, p999_ns, max_ns: self.0.max() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let mut latency = Latency::default();
        assert_eq!(latency.image(), LatencyImage::default());
        for ns in (1..=1_000).rev() {
            latency.record(Nanos(5), Nanos(5 + ns));
        }
        let LatencyImage { samples, p50_ns, p90_ns, p99_ns, p999_ns, max_ns } = latency.image();
        assert_eq!((samples, p50_ns, p90_ns, p99_ns, p999_ns, max_ns), (1_000, 500, 900, 990, 999, 1_000));
    }

    #[test]
    fn what_is_longer_than_the_longest_counts_as_the_longest_and_time_never_runs_back() {
        let mut latency = Latency::default();
        latency.record(Nanos(0), Nanos(u64::MAX));
        assert!(latency.image().max_ns >= LONGEST_NS);
        latency.record(Nanos(7), Nanos(3));
        assert_eq!(latency.histogram().min(), 0);
    }
}

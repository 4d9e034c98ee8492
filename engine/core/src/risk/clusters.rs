//! Clusters that follow the market: coins whose minutes move together are limited as one, whatever the file says of them;
//! what the file ties stays tied.
//!
//! Owns the returns of the last minute and what products of them came to, each minute counting a 1024th less than the one
//! before. Believed from four hours on. Worked out once a minute, at a moment that is written down: the same in a replay.
//!
//! Never: follows more than [`FOLLOWED`] clusters of the file (a coin that is in none is one by itself), those with the
//! lowest numbers: the cost of a minute grows with their square.

use crate::risk::Risk;
use crate::risk::check::BPS;
use crate::tape::carry;
use engine_model::instrument::InstrumentId;
use engine_model::units::Nanos;

/// Clusters of the file that are followed, at most.
const FOLLOWED: usize = 64;
/// Minutes from which it is believed.
const HISTORY: u32 = 240;
/// Weight of a minute.
const MEMORY: i64 = 1_024;
/// Beyond a tenth a minute counts as a tenth: products of such moves still fit many times over.
const MOST_PPM: i64 = 100_000;
const MINUTE_NS: u64 = 60 * Nanos::SECOND;

/// What is kept.
#[derive(Clone, Debug)]
pub(super) struct Clusters {
    /// By instrument: which of those that are followed it is the teller of.
    tells: Box<[Option<u8>]>,
    /// By followed cluster: its number in the file, and the return of the last minute in 1/1000000.
    numbers: Vec<u16>,
    returns: Vec<i64>,
    /// Mean products of returns, times [`MEMORY`]: of `a` and `b` at `a * count + b`, for `a >= b`.
    products: Box<[i64]>,
    minutes: u32,
    due_at: Nanos,
}

carry!(Clusters { returns, products, minutes, due_at } fixed { tells, numbers });

impl Clusters {
    /// `numbers`: of each instrument in turn, as the file has it. Its first instrument tells of a cluster.
    pub(super) fn new(numbers: impl Iterator<Item = u16> + Clone) -> Self {
        let mut followed: Vec<u16> = numbers.clone().collect();
        followed.sort_unstable();
        followed.dedup();
        followed.truncate(FOLLOWED);
        let mut told = vec![false; followed.len()];
        let teller = |number: u16| {
            let place = followed.binary_search(&number).ok().filter(|place| !told[*place])?;
            told[place] = true;
            u8::try_from(place).ok()
        };
        let tells = numbers.map(teller).collect();
        let count = followed.len();
        Self {
            tells,
            returns: vec![0; count],
            products: vec![0; count * count].into_boxed_slice(),
            numbers: followed,
            minutes: 0,
            due_at: Nanos(0),
        }
    }

    /// An instrument's return over its last minute.
    pub(super) fn note(&mut self, id: InstrumentId, ppm: i64) {
        if let Some(place) = self.tells[id.index()] {
            self.returns[usize::from(place)] = ppm.clamp(-MOST_PPM, MOST_PPM);
        }
    }

    /// Once a minute; whether it was.
    pub(super) fn turn(&mut self, now: Nanos) -> bool {
        if now < self.due_at {
            return false;
        }
        // Half past: by then every market that moves has told where it was when the minute began.
        let shifted = now.plus(MINUTE_NS / 2).0;
        self.due_at = Nanos((shifted / MINUTE_NS + 1).saturating_mul(MINUTE_NS) - MINUTE_NS / 2);
        let count = self.numbers.len();
        for a in 0..count {
            for b in 0..=a {
                let product = &mut self.products[a * count + b];
                *product += self.returns[a] * self.returns[b] - *product / MEMORY;
            }
        }
        self.returns.fill(0); // a coin of which nothing is heard did not move
        self.minutes = self.minutes.saturating_add(1);
        true
    }

    /// Whether two of them move together: by more than `min_bps` of all they move.
    pub(super) fn move_together(&self, a: usize, b: usize, min_bps: i64) -> bool {
        let count = self.numbers.len();
        let of = |a: usize, b: usize| i128::from(self.products[a.max(b) * count + a.min(b)]);
        let (both, alone, min) = (of(a, b), of(a, a) * of(b, b), i128::from(min_bps));
        // The root of `alone` is what `both` could be at most. All fits: a product is at most 1e10 times MEMORY.
        both > 0 && min_bps < BPS && both * both * i128::from(BPS * BPS) > min * min * alone
    }

    /// The lowest number of those that move with each other, for each that is followed.
    fn groups(&self, min_bps: i64) -> [u8; FOLLOWED] {
        let mut of: [u8; FOLLOWED] = std::array::from_fn(|place| place as u8);
        for a in 0..self.numbers.len() {
            for b in 0..a {
                if of[a] != of[b] && self.move_together(a, b, min_bps) {
                    let (low, high) = (of[a].min(of[b]), of[a].max(of[b]));
                    of.iter_mut().filter(|group| **group == high).for_each(|group| *group = low);
                }
            }
        }
        of
    }
}

impl Risk {
    /// Once a minute, with the mark: who moves with whom.
    #[cold]
    pub(super) fn look_at_clusters(&mut self, now: Nanos) {
        if !self.clusters.turn(now) || self.clusters.minutes < HISTORY {
            return;
        }
        let groups = self.clusters.groups(self.limits.cluster_correlation_bps);
        let numbers = &self.clusters.numbers;
        self.exposure.tie(|number| match numbers.binary_search(&number) {
            Ok(place) => numbers[usize::from(groups[place])],
            Err(_) => number,
        });
    }
}

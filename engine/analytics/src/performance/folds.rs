//! Folds for looking at what was not learned from: purged and embargoed (Lopez de Prado, "Advances in financial machine
//! learning", 2018, chapters 7 and 12).
//!
//! What is learned from knows a span of time: a label until the price has touched its barrier, a bar until what was bought at
//! it is sold. Where that reaches into a test it is left out (purged), and so is what begins soon after one (embargoed).

use std::ops::Range;

/// From when until when something is known; both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first bar.
    pub from: usize,
    /// The last one.
    pub until: usize,
}

/// `count` things in order cut into groups, as equal as can be, the longer ones first.
///
/// # Panics
/// On no groups.
#[must_use]
pub fn groups(count: usize, groups: usize) -> Vec<Range<usize>> {
    let (length, longer) = (count / groups, count % groups);
    let begin = |group: usize| group * length + group.min(longer);
    (0..groups).map(|group| begin(group)..begin(group + 1)).collect()
}

/// Which of the spans may be learned from where some are tests: those that overlap none of the tests, each from its first
/// beginning to its last end, and that do not begin within `embargo` bars after one. Spans are in the order of their
/// beginnings.
#[must_use]
pub fn trainable(spans: &[Span], tests: &[Range<usize>], embargo: usize) -> Vec<usize> {
    let over = |test: &Range<usize>| {
        let tested = &spans[test.clone()];
        let until = tested.iter().map(|span| span.until).max()?;
        Some(Span { from: tested.first()?.from, until })
    };
    let closed: Vec<Span> = tests.iter().filter_map(over).collect();
    let is_clear = |span: &Span| {
        closed.iter().all(|test| span.until < test.from || span.from > test.until.saturating_add(embargo))
    };
    (0..spans.len()).filter(|at| is_clear(&spans[*at])).collect()
}

/// All ways to take some of `count` groups, each in rising order: the splits of a combinatorial cross-validation. Each group
/// is taken equally often; that many paths through all groups can be put together of the tests.
#[must_use]
pub fn combinations(count: usize, taken: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    let mut now: Vec<usize> = (0..taken).collect();
    while now.last().is_none_or(|last| *last < count) {
        all.push(now.clone());
        // The last that can move on does, and those behind it follow close.
        let Some(at) = (0..taken).rev().find(|at| now[*at] + (taken - at) < count) else { break };
        let next = now[at] + 1;
        now[at..].iter_mut().zip(next..).for_each(|(place, to)| *place = to);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{json_of, oracles};

    #[test]
    fn the_folds_of_labelled_events_are_those_of_elsewhere() {
        let Some(oracles) = oracles() else { return };
        let expected = json_of(&oracles.join("ml/expected.json.gz"));
        let number = |value: &serde_json::Value| value.as_u64().unwrap() as usize;
        let labels = expected["triple_barrier"].as_array().unwrap().iter();
        let spans: Vec<Span> = labels.map(|label| Span { from: number(&label[0]), until: number(&label[1]) }).collect();
        let folds = expected["purged_kfold"].as_array().unwrap();
        // A hundredth of 2,000 bars.
        for (test, wanted) in groups(spans.len(), number(&expected["params"]["k"])).into_iter().zip(folds) {
            assert_eq!([test.start, test.end - 1], [0, 1].map(|at| number(&wanted["test"][at])));
            let train = trainable(&spans, std::slice::from_ref(&test), 20);
            assert_eq!(train.len(), number(&wanted["train_size"]), "{test:?}");
            assert_eq!(train.iter().sum::<usize>(), number(&wanted["train_index_sum"]), "{test:?}");
        }
        let cpcv = &expected["cpcv"];
        let splits = combinations(number(&cpcv["groups"]), number(&cpcv["test_groups"]));
        assert_eq!(splits.len(), number(&cpcv["splits"]));
        for group in 0..number(&cpcv["groups"]) {
            let tests = splits.iter().filter(|split| split.contains(&group)).count();
            assert_eq!(tests, number(&cpcv["paths"]), "group {group}");
        }
    }

    #[test]
    fn groups_share_what_is_left_over_among_the_first() {
        assert_eq!(groups(10, 3), [0..4, 4..7, 7..10]);
        assert_eq!(groups(2, 3), [0..1, 1..2, 2..2]);
    }

    #[test]
    fn every_way_is_taken_once_in_order() {
        assert_eq!(combinations(4, 2), [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(combinations(3, 3), [[0, 1, 2]]);
        assert_eq!(combinations(2, 3), Vec::<Vec<usize>>::new());
        for (count, taken, wanted) in [(10, 3, 120), (8, 4, 70), (5, 1, 5)] {
            let all = combinations(count, taken);
            assert_eq!(all.len(), wanted);
            assert!(all.is_sorted() && all.iter().all(|way| way.is_sorted()), "{all:?}");
        }
    }

    #[expect(clippy::single_range_in_vec_init, reason = "tests are stretches of bars, of which there may be one")]
    #[test]
    fn what_reaches_into_a_test_or_begins_soon_after_is_left_out() {
        // Each bar is known for two more.
        let spans: Vec<Span> = (0..20).map(|from| Span { from, until: from + 2 }).collect();
        // Bars 8 and 9 are the test, known until 11; three more are under embargo.
        assert_eq!(trainable(&spans, &[8..10], 3), [0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 19]);
        assert_eq!(trainable(&spans, &[0..2, 18..20], 0), (4..16).collect::<Vec<_>>());
        assert_eq!(trainable(&spans, &[5..5], 3).len(), 20, "no test closes nothing");
    }
}

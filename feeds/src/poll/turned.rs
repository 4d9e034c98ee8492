//! The pages of trades against venues of a few lines: whatever the trades are and however the pages are turned, a span comes
//! whole, each trade once, and what cannot be had is named.

use super::answer::{Rows, Trade};
use super::backfill::Part;
use super::error::PollError;
use super::pages::{Order, Turns, fetch};
use super::question::{Page, Span};
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

const SECOND: u64 = Nanos::SECOND;
const MILLI: u64 = Nanos::MILLI;
/// Rows of a page: few, that there are many pages.
const ROWS: usize = 7;

/// Numbers that look like nothing.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Trades over an hour and a half from `START`: bursts, single ones, silences; some at one moment.
fn past(dice: &mut Dice, most_at_once: u64) -> Vec<Trade> {
    let (mut at, mut trades) = (START.0, Vec::new());
    while trades.len() < 400 {
        at += MILLI
            * match dice.below(10) {
                0 => dice.below(1_800_000),
                1..4 => dice.below(20_000),
                _ => 1 + dice.below(900),
            };
        for _ in 0..=dice.below(most_at_once) {
            let id = Some(1_000 + trades.len() as u64);
            trades.push(Trade { at: Nanos(at), id, px: Ticks(1), qty: Lots(1), aggressor: Side::Buy });
        }
    }
    trades
}

const START: Nanos = Nanos(1_790_812_800 * SECOND);

/// A venue: which of its trades a page has.
type Venue = fn(&[Trade], Page, Span) -> Vec<Trade>;

fn oldest(trades: impl Iterator<Item = Trade>) -> Vec<Trade> {
    trades.take(ROWS).collect()
}

fn newest<'a>(trades: impl DoubleEndedIterator<Item = &'a Trade>) -> Vec<Trade> {
    let mut rows: Vec<Trade> = trades.rev().take(ROWS).copied().collect();
    rows.reverse();
    rows
}

/// By number behind the first page, which is of a span.
fn by_number_on(trades: &[Trade], page: Page, span: Span) -> Vec<Trade> {
    assert!(span.to.since(span.from) <= 3_600 * SECOND, "longer than an hour");
    match page.behind.and_then(|mark| mark.id) {
        Some(id) => oldest(trades.iter().filter(|row| row.id > Some(id)).copied()),
        None => oldest(trades.iter().filter(|row| (span.from..=span.to).contains(&row.at)).copied()),
    }
}

/// By the millisecond.
fn by_time_on(trades: &[Trade], page: Page, span: Span) -> Vec<Trade> {
    let from = Nanos(page.since(span).0 / MILLI * MILLI);
    oldest(trades.iter().filter(|row| (from..=span.to).contains(&row.at)).copied())
}

fn by_number_back(trades: &[Trade], page: Page, span: Span) -> Vec<Trade> {
    match page.behind.and_then(|mark| mark.id) {
        Some(id) => newest(trades.iter().filter(|row| row.id < Some(id))),
        None => newest(trades.iter().filter(|row| row.at <= page.until(span))),
    }
}

/// By the second.
fn by_time_back(trades: &[Trade], page: Page, span: Span) -> Vec<Trade> {
    let (from, to) = (span.from.0 / SECOND * SECOND, (page.until(span).0 / SECOND + 1) * SECOND);
    newest(trades.iter().filter(|row| (from..to).contains(&row.at.0)))
}

fn by_page(trades: &[Trade], page: Page, span: Span) -> Vec<Trade> {
    let within: Vec<Trade> =
        trades.iter().rev().filter(|row| (span.from..=span.to).contains(&row.at)).copied().collect();
    let from = (page.rows as usize).min(within.len());
    within[from..].iter().take(ROWS).copied().collect()
}

const HOUR: Turns = Turns { span_ns: 3_600 * SECOND - MILLI, ..Turns::by_ms(Order::Forwards, ROWS) };
const BY_SECOND: Turns = Turns { unit_ns: SECOND, ..Turns::by_ms(Order::Backwards, ROWS) };
const VENUES: [(Turns, Venue); 5] = [
    (HOUR, by_number_on),
    (Turns::by_ms(Order::Forwards, ROWS), by_time_on),
    (Turns::by_ms(Order::Backwards, ROWS), by_number_back),
    (BY_SECOND, by_time_back),
    (Turns::by_ms(Order::Numbered, ROWS), by_page),
];

/// What came of a span, what is missing, and how many pages it took.
fn fetched(turns: &Turns, span: Span, venue: impl Fn(Page, Span) -> Result<Vec<Trade>, PollError>) -> Fetched {
    let mut fetched = Fetched { rows: Vec::new(), missing: Vec::new(), pages: 0 };
    let mut pages = 0;
    let mut turn = |page: Page, span: Span| {
        pages += 1;
        assert!(pages < 100_000, "it goes round in a circle");
        let mut rows = venue(page, span)?;
        rows.sort_by_key(|row| (row.at, row.id));
        Ok(Some(rows))
    };
    let mut each = |part: Part| -> Result<(), PollError> {
        match part {
            Part::Rows(Rows::Trades(rows)) => fetched.rows.extend(rows),
            Part::Rows(_) => panic!("trades"),
            Part::Missing(span) => fetched.missing.push(span),
        }
        Ok(())
    };
    assert!(fetch(turns, span, &mut turn, &mut each).expect("it answers"), "nobody interrupted");
    fetched.pages = pages;
    fetched
}

struct Fetched {
    rows: Vec<Trade>,
    missing: Vec<Span>,
    pages: u64,
}

fn within(trades: &[Trade], span: Span) -> Vec<Trade> {
    trades.iter().filter(|row| (span.from..=span.to).contains(&row.at)).copied().collect()
}

#[test]
fn a_span_comes_whole_and_each_trade_once() {
    for seed in 1..200 {
        let mut dice = Dice(seed << 32 | 0x9E37_79B9);
        // Of one second a page holds all: by the second no more can be had.
        let trades = past(&mut dice, 1 + seed % 3);
        let from = START.plus(dice.below(1_800) * SECOND + dice.below(SECOND));
        let span = Span { from, to: from.plus(dice.below(7_200 * SECOND)) };
        for (turns, venue) in VENUES {
            let came = fetched(&turns, span, |page, span| Ok(venue(&trades, page, span)));
            let (expected, missing) = (within(&trades, span), &came.missing);
            let lost: Vec<Trade> = expected.iter().filter(|row| !came.rows.contains(row)).copied().collect();
            let named = |row: &Trade| missing.iter().any(|span| (span.from..=span.to).contains(&row.at));
            assert!(lost.iter().all(named), "seed {seed}, {turns:?}: {lost:?} are not named");
            assert!(turns.unit_ns == SECOND || lost.is_empty(), "seed {seed}, {turns:?}: {lost:?}");
            let mut once = came.rows.clone();
            once.sort_by_key(|row| row.id);
            once.dedup();
            assert_eq!(once, came.rows, "seed {seed}, {turns:?}: in order, none twice");
            assert_eq!(once.len() + lost.len(), expected.len(), "seed {seed}, {turns:?}: none from outside");
        }
    }
}

#[test]
fn more_than_a_page_at_one_moment_is_named_and_passed() {
    let mut trades = past(&mut Dice(7), 2);
    let at = trades[200].at;
    for id in 0..20 {
        trades.push(Trade { id: Some(9_000 + id), at, ..trades[0] });
    }
    trades.sort_by_key(|row| (row.at, row.id));
    let span = Span { from: START, to: trades[trades.len() - 1].at };
    for (turns, venue) in [(VENUES[1]), (VENUES[3])] {
        let came = fetched(&turns, span, |page, span| Ok(venue(&trades, page, span)));
        let named = |row: &Trade| came.missing.iter().any(|span| (span.from..=span.to).contains(&row.at));
        assert!(came.missing.iter().any(|span| (span.from..=span.to).contains(&at)), "{turns:?}: {:?}", came.missing);
        assert!(trades.iter().all(|row| came.rows.contains(row) || named(row)), "{turns:?}: the others are there");
    }
}

#[test]
fn what_a_venue_does_not_keep_is_named_and_the_rest_comes() {
    let trades = past(&mut Dice(3), 2);
    let kept = START.plus(5_000 * SECOND);
    let span = Span { from: START, to: START.plus(9_000 * SECOND) };
    let refusal = || PollError::Refused { code: "-1130".to_owned(), told: "startTime is invalid".to_owned() };
    for (turns, venue) in VENUES {
        let came = fetched(&turns, span, |page, span| match span.from < kept {
            true => Err(refusal()),
            false => Ok(venue(&trades, page, span)),
        });
        let [missing] = came.missing.as_slice() else { panic!("{turns:?}: {:?}", came.missing) };
        assert_eq!(missing.from, span.from);
        assert!(
            (kept.plus(60 * SECOND)..kept.plus(120 * SECOND)).contains(&missing.to.plus(1)),
            "{turns:?}: {missing:?}"
        );
        assert_eq!(came.rows, within(&trades, Span { from: missing.to.plus(1), ..span }), "{turns:?}");
        // Whatever it is asked: then the time is not to blame.
        let error = fetch::<PollError>(&turns, span, &mut |_, _| Err(refusal()), &mut |_| Ok(()));
        assert!(matches!(error, Err(PollError::Refused { .. })), "{error:?}");
    }
}

#[test]
fn a_venue_that_turns_no_page_is_an_error_and_no_circle() {
    let trades = past(&mut Dice(5), 1);
    let span = Span { from: START, to: trades[399].at };
    let (turns, _) = VENUES[4];
    let first = |page: Page, span| Ok(Some(by_page(&trades, Page { rows: 0, ..page }, span)));
    let error = fetch::<PollError>(&turns, span, &mut { first }, &mut |_| Ok(()));
    assert!(matches!(error, Err(PollError::SamePage)), "{error:?}");
}

#[test]
fn of_the_newest_only_what_was_before_is_named() {
    let trades = past(&mut Dice(9), 1);
    let turns = Turns::by_ms(Order::NewestOnly, ROWS);
    let span = Span { from: START, to: trades[398].at };
    let came = fetched(&turns, span, |_, _| Ok(newest(trades.iter())));
    assert_eq!((came.rows.as_slice(), came.pages), (&trades[393..399], 1));
    assert_eq!(came.missing, [Span { from: START, to: Nanos(trades[393].at.0 - 1) }]);
    let nothing = fetched(&turns, span, |_, _| Ok(Vec::new()));
    assert_eq!((nothing.rows.len(), nothing.missing), (0, vec![span]));
}

#[test]
fn a_quiet_day_takes_few_pages_and_a_wild_minute_is_cut() {
    // One trade an hour for a month, from the newest: the windows grow.
    let hourly: Vec<Trade> = past(&mut Dice(1), 1)
        .into_iter()
        .enumerate()
        .map(|(hour, trade)| Trade { at: START.plus(hour as u64 * 3_600 * SECOND), ..trade })
        .collect();
    let span = Span { from: START, to: START.plus(400 * 3_600 * SECOND) };
    let came = fetched(&VENUES[2].0, span, |page, span| Ok(by_number_back(&hourly, page, span)));
    assert_eq!(came.rows, hourly);
    assert!(came.pages < 150, "{} pages", came.pages);
    // Ten a millisecond for a second, in a minute that would take 1,400 pages.
    let wild: Vec<Trade> =
        (0..10_000).map(|n| Trade { at: START.plus(n / 10 * MILLI), id: Some(n), ..hourly[0] }).collect();
    let span = Span { from: START, to: START.plus(60 * SECOND) };
    let came = fetched(&VENUES[2].0, span, |page, span| Ok(by_number_back(&wild, page, span)));
    assert_eq!(came.rows, wild);
}

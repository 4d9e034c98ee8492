//! What the tests of every venue's questions have in common: instruments, readings, and what must be refused.

use super::answer::Rows;
use super::dialect;
use super::error::PollError;
use super::question::{Mark, Page, Question, Span};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Name};
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::VenueId;

/// What an instrument is, in short: symbol, base and quote, kind, decimals of price and quantity, contract size and its
/// decimals.
pub(crate) type Short<'a> = (&'a str, &'a str, &'a str, ContractKind, (u8, u8), (i64, u8));

pub(crate) fn instrument(venue: VenueId, (symbol, base, quote, kind, decimals, size): Short<'_>) -> Instrument {
    let name = |text| Name::new(text).expect("short");
    let (price_decimals, qty_decimals) = decimals;
    let (contract_size, contract_decimals) = size;
    Instrument {
        id: InstrumentId(0),
        venue,
        symbol: name(symbol),
        base: name(base),
        quote: name(quote),
        kind,
        grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
        contract_size,
        contract_decimals,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    }
}

/// 2026-10-01T00:00:00Z to an hour later.
pub(crate) const SPAN: Span =
    Span { from: Nanos(1_790_812_800 * Nanos::SECOND), to: Nanos(1_790_816_400 * Nanos::SECOND) };

/// The first page of trades, and the one behind a trade of half past.
pub(crate) const FIRST: Question = Question::Trades(Page { behind: None, rows: 0 });
pub(crate) const NEXT: Question =
    Question::Trades(Page { behind: Some(Mark { at: HALF_PAST, id: Some(77) }), rows: 1_000 });
const HALF_PAST: Nanos = Nanos(1_790_814_600_500 * Nanos::MILLI);

/// Weight, path and body of a question, or "-" where there is none.
pub(crate) fn asked(of: &Instrument, question: Question) -> String {
    let polls = dialect::of(of.venue).expect("polled");
    (polls.ask)(of, question, SPAN).map_or("-".to_owned(), |ask| {
        let body = String::from_utf8(ask.request.body).expect("text");
        format!("{} {} {body}", ask.weight, ask.request.path).trim_end().to_owned()
    })
}

/// What an answer says.
pub(crate) fn read(of: &Instrument, question: Question, body: &str) -> Result<Rows, PollError> {
    dialect::read(dialect::of(of.venue).expect("polled"), of, question, body.as_bytes())
}

/// What a right answer says, and that it says the same with its numbers sent as numbers instead of as texts; and that
/// nothing is made of it when it is cut, when any of `fields` is missing, empty or nonsense, when it is about another
/// instrument than `symbol`, or when it is something else altogether.
pub(crate) fn proven(of: &Instrument, question: Question, body: &str, fields: &[&str], symbol: Option<&str>) -> Rows {
    let rows = read(of, question, body).unwrap_or_else(|error| panic!("{body}: {error}"));
    let bare = unquoted(body);
    assert_eq!(read(of, question, &bare).ok().as_ref(), Some(&rows), "{bare}");
    for end in [0, 1, body.len() / 2, body.len() - 1] {
        refused(of, question, &body[..end]);
    }
    for other in [
        "[]",
        "{}",
        "null",
        "\"\"",
        "<html>502 Bad Gateway</html>",
        "{\"code\":\"50011\",\"msg\":\"Too Many Requests\"}",
    ] {
        refused(of, question, other);
    }
    for field in fields {
        let key = format!("\"{field}\":");
        assert!(body.contains(&key), "{field} is not in {body}");
        refused(of, question, &body.replace(&key, "\"another\":"));
        for value in ["\"\"", "null", "\"x\"", "[]", "\"-5\"", "1e400", "99999999999999999999999999"] {
            refused(of, question, &with_value(body, &key, value));
        }
    }
    if let Some(symbol) = symbol {
        let other = body.replace(&format!("\"{symbol}\""), "\"OTHER\"");
        let error = read(of, question, &other).expect_err("another instrument");
        assert!(matches!(error, PollError::OtherSymbol { .. }), "{other}: {error}");
    }
    rows
}

/// That an answer is refused, with a message.
pub(crate) fn refused(of: &Instrument, question: Question, body: &str) -> String {
    match read(of, question, body) {
        Ok(rows) => panic!("{question:?} made {rows:?} of {body}"),
        Err(error) => error.to_string(),
    }
}

/// The document with that value in place of each one behind the key.
fn with_value(body: &str, key: &str, value: &str) -> String {
    let mut parts = body.split(key);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Behind a text, or behind what is up to the next comma or bracket.
        let end = match part.strip_prefix('"') {
            Some(text) => 2 + text.find('"').expect("a text ends"),
            None => part.find([',', '}', ']']).expect("a member ends"),
        };
        changed += &format!("{key}{value}{}", &part[end..]);
    }
    changed
}

/// Each text that is a number, as a number.
fn unquoted(body: &str) -> String {
    let parts: Vec<&str> = body.split('"').collect();
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let is_number = index % 2 == 1
            && part.parse::<f64>().is_ok_and(f64::is_finite)
            && !part.starts_with('+')
            && !part.starts_with("00")
            && parts.get(index + 1).is_some_and(|next| !next.starts_with(':'));
        out += &if index % 2 == 0 || is_number { (*part).to_owned() } else { format!("\"{part}\"") };
    }
    out
}

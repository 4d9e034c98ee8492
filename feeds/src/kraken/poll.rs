//! What Kraken's spot is asked: candles and trades. There is nothing else: spot has no open interest. Pairs have other names
//! here than in the stream (`XBTUSD`), and yet others in the answer (`XXBTZUSD`).

use crate::error::{Field, FrameError};
use crate::grid::text;
use crate::json::{TextBuffer, Value};
use crate::poll::answer::{Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Question, Span};
use crate::poll::read::{self, Read, candle, columns, excerpt, rows, time_s};
use engine_model::instrument::Instrument;
use engine_model::market::Side;

/// How Kraken's spot is asked: the public questions are counted by address, about one a second.
pub(crate) static POLLS: Polls = Polls { ask, read, rows_max: |_| 720, trades: TRADES, weight_per_minute: |_| 12 };

/// Times are told less exactly than they are asked by: a page begins a microsecond before the one before ended.
const TRADES: Turns = Turns { unit_ns: 2 * OVERLAP_NS, ..Turns::by_ms(Order::Forwards, 1_000) };
const OVERLAP_NS: u64 = 1_000;

/// What this API calls an asset.
fn asset(name: &str) -> &str {
    match name {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    }
}

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let (base, quote) = (asset(of.base.as_str()), asset(of.quote.as_str()));
    Ask::get(match question {
        // Never more than the last 720, whatever the time asked for; the one that begins there is left out.
        Question::Candles(period) => {
            let (minutes, since) = (period.seconds() / 60, span.seconds().0.saturating_sub(1));
            format!("/0/public/OHLC?pair={base}{quote}&interval={minutes}&since={since}")
        }
        Question::Trades(page) => {
            let since = page.since(span).0.saturating_sub(OVERLAP_NS);
            format!("/0/public/Trades?pair={base}{quote}&since={since}&count=1000")
        }
        Question::OpenInterest
        | Question::OpenInterestHistory(_)
        | Question::LongShort(..)
        | Question::FundingHistory => return None,
    })
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let [errors, result] = Value::parse(body)?.pick(["error", "result"]);
    // Errors come with status 200.
    if let Some(error) = rows(errors)?.next() {
        return Err(PollError::Refused { code: "error".to_owned(), told: excerpt(error) });
    }
    let result = result.ok_or(FrameError::Missing(Field::Rows))?;
    let mut room = TextBuffer::default();
    let pair = result.members().find(|(name, _)| !name.is("last"));
    let (name, list) = pair.ok_or(FrameError::Missing(Field::Symbol))?;
    same_pair(of, name.plain(&mut room).unwrap_or_default())?;
    let rows = rows(Some(list))?;
    Ok(match question {
        Question::Trades(_) => Rows::Trades(rows.map(|row| trade(of, row)).collect::<Read<_>>()?),
        _ => {
            let read = |row| {
                let [opened, open, high, low, close, _, volume] = columns(row)?;
                candle(of, time_s(Some(opened))?, [open, high, low, close].map(Some), Some(volume))
            };
            Rows::Candles(rows.map(read).collect::<Read<_>>()?)
        }
    })
}

/// `XXBTZUSD`, `XBTUSDT`: both assets, each perhaps with a letter in front.
fn same_pair(of: &Instrument, found: &[u8]) -> Read<()> {
    let (base, quote) = (asset(of.base.as_str()), asset(of.quote.as_str()));
    let found = String::from_utf8_lossy(found);
    let front = found.strip_suffix(quote).map(|front| front.strip_suffix('Z').unwrap_or(front));
    match front {
        Some(front) if front == base || front.strip_prefix('X') == Some(base) => Ok(()),
        _ => Err(PollError::OtherSymbol { found: found.into_owned(), expected: format!("{base}{quote}") }),
    }
}

fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [px, qty, time, side, _, _, id] = columns(row)?;
    let aggressor = match text(Some(side), Field::Side)? {
        side if side.is("b") => Side::Buy,
        side if side.is("s") => Side::Sell,
        _ => return Err(FrameError::Unreadable(Field::Side).into()),
    };
    read::trade(of, time_s(Some(time))?, aggressor, [id, px, qty].map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::Candle;
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, read as read_answer, refused};
    use crate::poll::question::Period;
    use engine_model::instrument::ContractKind::Spot;
    use engine_model::units::{Lots, Nanos, Ticks};
    use engine_model::venue::VenueId;

    fn spot() -> Instrument {
        instrument(VenueId::Kraken, ("BTC/USD", "BTC", "USD", Spot, (1, 8), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    #[test]
    fn pairs_are_spelt_as_this_api_spells_them() {
        let doge = instrument(VenueId::Kraken, ("DOGE/EUR", "DOGE", "EUR", Spot, (5, 8), (1, 0)));
        for (of, question, expected) in [
            (spot(), Question::Candles(Period::H1), "1 /0/public/OHLC?pair=XBTUSD&interval=60&since=1790812799"),
            (doge, FIRST, "1 /0/public/Trades?pair=XDGEUR&since=1790812799999999000&count=1000"),
            (spot(), NEXT, "1 /0/public/Trades?pair=XBTUSD&since=1790814600499999000&count=1000"),
            (spot(), Question::OpenInterest, "-"),
            (spot(), Question::FundingHistory, "-"),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn candles_have_a_mean_price_before_their_volume() {
        let body = r#"{"error":[],"result":{"XXBTZUSD":[[1790812800,"61800.1","61850.0","61790.0","61820.5","61815.2","15.72000100",52]],"last":1790812800}}"#;
        let rows = proven(&spot(), Question::Candles(Period::M1), body, &["error", "result"], None);
        let [open, high, low, close] = [618_001, 618_500, 617_900, 618_205].map(Ticks);
        let volume = Lots(1_572_000_100);
        assert_eq!(rows, Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume }]));
        for other in ["XETHZUSD", "XXBTZEUR", "XXXBTZUSD", "USD", ""] {
            let told = refused(&spot(), Question::Candles(Period::M1), &body.replace("XXBTZUSD", other));
            assert!(told.contains("expected XBTUSD"), "{other}: {told}");
        }
        let other_name = body.replace("XXBTZUSD", "XBTUSD");
        assert!(read_answer(&spot(), Question::Candles(Period::M1), &other_name).is_ok());
    }

    #[test]
    fn trades_are_read_and_a_refusal_comes_with_status_200() {
        let body = r#"{"error":[],"result":{"XXBTZUSD":[["61820.50000","0.00027625",1790812800.9717445,"b","l","",10218208]],"last":"1790812800971744497"}}"#;
        let rows = proven(&spot(), FIRST, body, &["error", "result"], None);
        let bought = Trade {
            at: AT.plus(971_744_500),
            id: Some(10_218_208),
            px: Ticks(618_205),
            qty: Lots(27_625),
            aggressor: Side::Buy,
        };
        assert_eq!(rows, Rows::Trades(vec![bought]));
        refused(&spot(), FIRST, &body.replace("\"b\"", "\"x\""));
        let told = refused(&spot(), FIRST, r#"{"error":["EQuery:Unknown asset pair"]}"#);
        assert!(told.contains("EQuery:Unknown asset pair"), "{told}");
    }
}

//! What Deribit is asked. Open interest is dollars of inverse contracts, coins of the others. Funding goes on all the time;
//! its history has a row each hour with the part of a position that was paid in it. Candles count coins and money: of an
//! inverse contract, whose amounts are dollars, the second is the volume.

use crate::error::{Field, FrameError};
use crate::grid::{buy_or_sell, text};
use crate::json::Value;
use crate::poll::answer::{Candle, Funding, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Period, Question, Span};
use crate::poll::read::{Read, candle, excerpt, open_interest, price, quantity, rate, rows, same_symbol, time_ms};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::units::Nanos;

/// How Deribit is asked.
pub(crate) static POLLS: Polls =
    Polls { ask, read, rows_max: |_| 700, trades: Turns::by_ms(Order::Forwards, 1_000), weight_per_minute: |_| 60 };

/// What a method of the venue begins with.
const PATH: &str = "/api/v2/public/";

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let (symbol, (from, to)) = (of.symbol.as_str(), span.ms());
    let of_what = format!("instrument_name={symbol}");
    let times = format!("{of_what}&start_timestamp={from}&end_timestamp={to}");
    Ask::get(match question {
        Question::OpenInterest if of.kind != ContractKind::Spot => {
            format!("{PATH}get_book_summary_by_instrument?{of_what}")
        }
        Question::FundingHistory if symbol.ends_with("-PERPETUAL") => format!("{PATH}get_funding_rate_history?{times}"),
        Question::Candles(period) => {
            format!("{PATH}get_tradingview_chart_data?{times}&resolution={}", resolution(period)?)
        }
        Question::Trades(page) => {
            let from = page.since(span).0 / Nanos::MILLI;
            let times = format!("start_timestamp={from}&end_timestamp={to}");
            format!("{PATH}get_last_trades_by_instrument_and_time?{of_what}&{times}&count=1000&sorting=asc")
        }
        _ => return None,
    })
}

/// The venue has no candles of four hours.
fn resolution(period: Period) -> Option<&'static str> {
    match period {
        Period::M1 => Some("1"),
        Period::M5 => Some("5"),
        Period::M15 => Some("15"),
        Period::H1 => Some("60"),
        Period::H4 => None,
        Period::D1 => Some("1D"),
    }
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let [result, error] = Value::parse(body)?.pick(["result", "error"]);
    if let Some(error) = error {
        let code = error.member("code").and_then(Value::unsigned).unwrap_or(0).to_string();
        return Err(PollError::Refused { code, told: excerpt(error) });
    }
    let result = result.ok_or(FrameError::Missing(Field::Rows))?;
    Ok(match question {
        Question::FundingHistory => {
            let read = |row: Value<'_>| {
                let [paid, at] = row.pick(["interest_1h", "timestamp"]);
                Ok(Funding { at: time_ms(at)?, rate_e8: rate(paid)? })
            };
            Rows::Funding(rows(Some(result))?.map(read).collect::<Read<_>>()?)
        }
        Question::Candles(_) => Rows::Candles(candles(of, result)?),
        Question::Trades(_) => {
            Rows::Trades(rows(result.member("trades"))?.map(|row| trade(of, row)).collect::<Read<_>>()?)
        }
        Question::OpenInterest | Question::OpenInterestHistory(_) | Question::LongShort(..) => {
            let row = rows(Some(result))?.next().ok_or(FrameError::Missing(Field::Symbol))?;
            let [symbol, open, at] = row.pick(["instrument_name", "open_interest", "creation_timestamp"]);
            same_symbol(symbol, of.symbol.as_str())?;
            Rows::OpenInterest(vec![open_interest(of, time_ms(at)?, open)?])
        }
    })
}

/// A list for each column, all of one length.
fn candles(of: &Instrument, result: Value<'_>) -> Read<Vec<Candle>> {
    let volume = if of.kind == ContractKind::Inverse { "cost" } else { "volume" };
    let lists = ["ticks", "open", "high", "low", "close", volume].map(|name| rows(result.member(name)));
    let [opened, open, high, low, close, volume] = lists;
    let mut columns = [open?, high?, low?, close?, volume?];
    let mut candles = Vec::new();
    for at in opened? {
        let [open, high, low, close, volume] = columns.each_mut().map(Iterator::next);
        candles.push(candle(of, time_ms(Some(at))?, [open, high, low, close], volume)?);
    }
    // One that is longer than the others is of other candles.
    match columns.iter_mut().any(|column| column.next().is_some()) {
        true => Err(FrameError::Missing(Field::Time).into()),
        false => Ok(candles),
    }
}

fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [symbol, id, px, qty, side, at] =
        row.pick(["instrument_name", "trade_id", "price", "amount", "direction", "timestamp"]);
    same_symbol(symbol, of.symbol.as_str())?;
    Ok(Trade {
        at: time_ms(at)?,
        id: id.and_then(super::trade_number),
        px: price(of, px)?,
        qty: quantity(of, qty, false)?,
        aggressor: buy_or_sell(text(side, Field::Side)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::OpenInterest;
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, refused};
    use crate::poll::question::Crowd;
    use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
    use engine_model::market::Side;
    use engine_model::units::{Lots, Quote, Ticks};
    use engine_model::venue::VenueId;

    fn inverse() -> Instrument {
        instrument(VenueId::Deribit, ("BTC-PERPETUAL", "BTC", "USD", Inverse, (1, 0), (1, 0)))
    }

    fn linear() -> Instrument {
        instrument(VenueId::Deribit, ("BTC_USDC-PERPETUAL", "BTC", "USDC", Linear, (1, 4), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    #[test]
    fn perpetuals_have_funding_and_nothing_has_ratios() {
        let dated = instrument(VenueId::Deribit, ("BTC-25DEC26", "BTC", "USD", Inverse, (1, 0), (1, 0)));
        let spot = instrument(VenueId::Deribit, ("BTC_USDC", "BTC", "USDC", Spot, (1, 4), (1, 0)));
        let span = "instrument_name=BTC-PERPETUAL&start_timestamp=1790812800000&end_timestamp=1790816400000";
        let one = |method: &str, rest: &str| format!("1 {PATH}{method}?{rest}");
        for (of, question, expected) in [
            (inverse(), Question::OpenInterest, one("get_book_summary_by_instrument", "instrument_name=BTC-PERPETUAL")),
            (spot, Question::OpenInterest, "-".to_owned()),
            (inverse(), Question::FundingHistory, one("get_funding_rate_history", span)),
            (dated, Question::FundingHistory, "-".to_owned()),
            (inverse(), Question::LongShort(Crowd::AllAccounts, Period::M5), "-".to_owned()),
            (
                inverse(),
                Question::Candles(Period::H1),
                one("get_tradingview_chart_data", &format!("{span}&resolution=60")),
            ),
            (inverse(), Question::Candles(Period::H4), "-".to_owned()),
            (
                inverse(),
                FIRST,
                one("get_last_trades_by_instrument_and_time", &format!("{span}&count=1000&sorting=asc")),
            ),
            (
                inverse(),
                NEXT,
                one(
                    "get_last_trades_by_instrument_and_time",
                    &format!("{}&count=1000&sorting=asc", span.replace("=1790812800000", "=1790814600500")),
                ),
            ),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_dollars_of_inverse_contracts_and_coins_of_the_others() {
        let body = r#"{"jsonrpc":"2.0","result":[{"instrument_name":"BTC-PERPETUAL","open_interest":1031762500.0,"creation_timestamp":1790812800000,"mark_price":91415.0}]}"#;
        let fields = ["instrument_name", "open_interest", "creation_timestamp"];
        let rows = proven(&inverse(), Question::OpenInterest, body, &fields, Some("BTC-PERPETUAL"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(1_031_762_500) }]));
        assert_eq!(inverse().notional(Ticks(914_150), Lots(1_031_762_500)), Some(Quote::whole(1_031_762_500)));
        let body = body.replace("BTC-P", "BTC_USDC-P").replace("1031762500.0", "1000.25");
        let rows = proven(&linear(), Question::OpenInterest, &body, &fields, Some("BTC_USDC-PERPETUAL"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(10_002_500) }]));
    }

    #[test]
    fn funding_is_what_an_hour_paid() {
        let body = r#"{"jsonrpc":"2.0","result":[{"timestamp":1790812800000,"index_price":91000.5,"prev_index_price":91001,"interest_8h":0.0008,"interest_1h":0.0001}]}"#;
        let rows = proven(&inverse(), Question::FundingHistory, body, &["timestamp", "interest_1h"], None);
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: 10_000 }]));
    }

    #[test]
    fn candles_are_columns_of_one_length() {
        let body = r#"{"jsonrpc":"2.0","result":{"status":"ok","ticks":[1790812800000],"open":[91069],"high":[91373.5],"low":[90956],"close":[91045.5],"volume":[3.5],"cost":[319490]}}"#;
        let fields = ["ticks", "open", "high", "low", "close", "cost"];
        let rows = proven(&inverse(), Question::Candles(Period::H1), body, &fields, None);
        let [open, high, low, close] = [910_690, 913_735, 909_560, 910_455].map(Ticks);
        let told = |volume| Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume: Lots(volume) }]);
        assert_eq!(rows, told(319_490));
        let fields = ["ticks", "open", "high", "low", "close", "volume"];
        assert_eq!(proven(&linear(), Question::Candles(Period::H1), body, &fields, None), told(35_000));
        refused(&linear(), Question::Candles(Period::H1), &body.replace("[3.5]", "[3.5,4.5]"));
    }

    #[test]
    fn trades_and_refusals_are_read() {
        let body = r#"{"jsonrpc":"2.0","result":{"trades":[{"instrument_name":"BTC-PERPETUAL","trade_id":"48079269","price":91069.0,"amount":250,"direction":"sell","timestamp":1790812800500}],"has_more":true}}"#;
        let fields = ["timestamp", "price", "amount", "direction"];
        let rows = proven(&inverse(), FIRST, body, &fields, Some("BTC-PERPETUAL"));
        let at = AT.plus(500 * Nanos::MILLI);
        let sold = Trade { at, id: Some(48_079_269), px: Ticks(910_690), qty: Lots(250), aggressor: Side::Sell };
        assert_eq!(rows, Rows::Trades(vec![sold]));
        let no = r#"{"jsonrpc":"2.0","error":{"code":10028,"message":"too_many_requests"}}"#;
        let told = refused(&inverse(), Question::OpenInterest, no);
        assert!(told.contains("10028") && told.contains("too_many_requests"), "{told}");
    }
}

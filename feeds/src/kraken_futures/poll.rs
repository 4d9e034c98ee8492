//! What Kraken Futures is asked. Open interest is dollars of inverse contracts (`PI_`), coins of the others. Two funding
//! rates are told: money a contract, and `relativeFundingRate`, the part of the position that is meant everywhere else; it is
//! paid each hour.

use crate::error::{Field, FrameError};
use crate::gateway::text::Text;
use crate::grid::{buy_or_sell, text};
use crate::json::Value;
use crate::poll::answer::{Funding, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Question, Span};
use crate::poll::read::{self, Read, candle, excerpt, open_interest, rate, rows, time_iso, time_ms};
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;

/// How Kraken Futures is asked.
pub(crate) static POLLS: Polls =
    Polls { ask, read, rows_max: |_| 1_000, trades: Turns::by_ms(Order::Backwards, 100), weight_per_minute: |_| 60 };

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let symbol = of.symbol.as_str();
    Ask::get(match question {
        // Of all contracts at once: there is no other.
        Question::OpenInterest => "/derivatives/api/v3/tickers".to_owned(),
        Question::FundingHistory if symbol.starts_with('P') => {
            format!("/derivatives/api/v4/historicalfundingrates?symbol={symbol}")
        }
        Question::Candles(period) => {
            let ((from, to), period) = (span.seconds(), period.name());
            format!("/api/charts/v1/trade/{symbol}/{period}?from={from}&to={to}")
        }
        Question::Trades(page) => {
            let mut last = Text::default();
            last.iso_ms(page.until(span).plus(Nanos::MILLI));
            let last = String::from_utf8_lossy(last.bytes());
            format!("/derivatives/api/v3/history?symbol={symbol}&lastTime={last}")
        }
        Question::FundingHistory | Question::OpenInterestHistory(_) | Question::LongShort(..) => return None,
    })
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let answer = Value::parse(body)?;
    let [result, error, told_at] = answer.pick(["result", "error", "serverTime"]);
    // Charts do not say that all is well.
    if let Some(error) = error.filter(|_| result.and_then(Value::string).is_none_or(|result| !result.is("success"))) {
        return Err(PollError::Refused { code: "error".to_owned(), told: excerpt(error) });
    }
    Ok(match question {
        Question::FundingHistory => {
            let read = |row: Value<'_>| {
                let [paid, time] = row.pick(["relativeFundingRate", "timestamp"]);
                Ok(Funding { at: time_iso(time)?, rate_e8: rate(paid)? })
            };
            Rows::Funding(rows(answer.member("rates"))?.map(read).collect::<Read<_>>()?)
        }
        Question::Candles(_) => {
            let read = |row: Value<'_>| {
                let [opened, open, high, low, close, volume] =
                    row.pick(["time", "open", "high", "low", "close", "volume"]);
                candle(of, time_ms(opened)?, [open, high, low, close], volume)
            };
            Rows::Candles(rows(answer.member("candles"))?.map(read).collect::<Read<_>>()?)
        }
        Question::Trades(_) => {
            Rows::Trades(rows(answer.member("history"))?.map(|row| trade(of, row)).collect::<Read<_>>()?)
        }
        Question::OpenInterest | Question::OpenInterestHistory(_) | Question::LongShort(..) => {
            let is_ours = |row: &Value<'_>| {
                row.member("symbol").and_then(Value::string).is_some_and(|symbol| symbol.is(of.symbol.as_str()))
            };
            let ours = rows(answer.member("tickers"))?.find(is_ours).ok_or(FrameError::Missing(Field::Symbol))?;
            Rows::OpenInterest(vec![open_interest(of, time_iso(told_at)?, ours.member("openInterest"))?])
        }
    })
}

fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [id, px, qty, side, time] = row.pick(["trade_id", "price", "size", "side", "time"]);
    read::trade(of, time_iso(time)?, buy_or_sell(text(side, Field::Side)?)?, [id, px, qty])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::{Candle, OpenInterest};
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, refused};
    use crate::poll::question::{Crowd, Period};
    use engine_model::instrument::ContractKind::{Inverse, Linear};
    use engine_model::market::Side;
    use engine_model::units::{Lots, Quote, Ticks};
    use engine_model::venue::VenueId;

    fn inverse() -> Instrument {
        instrument(VenueId::KrakenFutures, ("PI_XBTUSD", "BTC", "USD", Inverse, (1, 0), (1, 0)))
    }

    fn linear() -> Instrument {
        instrument(VenueId::KrakenFutures, ("PF_XBTUSD", "BTC", "USD", Linear, (1, 4), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    #[test]
    fn perpetuals_have_funding_and_nothing_has_ratios() {
        let dated = instrument(VenueId::KrakenFutures, ("FI_XBTUSD_261225", "BTC", "USD", Inverse, (1, 0), (1, 0)));
        for (of, question, expected) in [
            (linear(), Question::OpenInterest, "1 /derivatives/api/v3/tickers"),
            (linear(), Question::FundingHistory, "1 /derivatives/api/v4/historicalfundingrates?symbol=PF_XBTUSD"),
            (dated, Question::FundingHistory, "-"),
            (linear(), FIRST, "1 /derivatives/api/v3/history?symbol=PF_XBTUSD&lastTime=2026-10-01T01:00:00.001Z"),
            (linear(), NEXT, "1 /derivatives/api/v3/history?symbol=PF_XBTUSD&lastTime=2026-10-01T00:30:00.501Z"),
            (linear(), Question::LongShort(Crowd::AllAccounts, Period::M5), "-"),
            (
                linear(),
                Question::Candles(Period::M5),
                "1 /api/charts/v1/trade/PF_XBTUSD/5m?from=1790812800&to=1790816400",
            ),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_dollars_of_inverse_contracts_and_coins_of_the_others() {
        let body = r#"{"result":"success","tickers":[{"symbol":"PI_XBTUSD","openInterest":21279580.0,"fundingRate":-3.995839963e-09},{"symbol":"PF_XBTUSD","openInterest":1000.25}],"serverTime":"2026-10-01T00:00:00.000Z"}"#;
        let fields = ["symbol", "openInterest", "serverTime"];
        let rows = proven(&inverse(), Question::OpenInterest, body, &fields, None);
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(21_279_580) }]));
        assert_eq!(inverse().notional(Ticks(914_150), Lots(21_279_580)), Some(Quote::whole(21_279_580)));
        let rows = proven(&linear(), Question::OpenInterest, body, &fields, None);
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(10_002_500) }]));
        let told = refused(&inverse(), Question::OpenInterest, &body.replace("PI_XBTUSD", "PI_ETHUSD"));
        assert!(told.contains("symbol is missing"), "{told}");
    }

    #[test]
    fn the_relative_rate_is_the_rate() {
        let body = r#"{"result":"success","rates":[{"timestamp":"2026-10-01T00:00:00.000Z","relativeFundingRate":0.0001,"fundingRate":6.18}]}"#;
        let fields = ["timestamp", "rates"];
        let rows = proven(&linear(), Question::FundingHistory, body, &fields, None);
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: 10_000 }]));
        refused(&linear(), Question::FundingHistory, &body.replace("relativeFundingRate", "another"));
    }

    #[test]
    fn candles_trades_and_refusals_are_read() {
        let body = r#"{"candles":[{"time":1790812800000,"open":"91069","high":"91373.5","low":"90956","close":"91045.5","volume":"319499"}],"more_candles":false}"#;
        let fields = ["time", "open", "high", "low", "close", "volume"];
        let rows = proven(&inverse(), Question::Candles(Period::H1), body, &fields, None);
        let [open, high, low, close] = [910_690, 913_735, 909_560, 910_455].map(Ticks);
        assert_eq!(rows, Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume: Lots(319_499) }]));
        let body = r#"{"result":"success","history":[{"time":"2026-10-01T00:00:00.5Z","trade_id":100,"price":91069.0,"size":250,"side":"sell","type":"fill"}],"serverTime":"2026-10-01T00:00:01Z"}"#;
        let fields = ["time", "price", "size", "side"];
        let rows = proven(&inverse(), FIRST, body, &fields, None);
        let at = AT.plus(500 * Nanos::MILLI);
        let sold = Trade { at, id: Some(100), px: Ticks(910_690), qty: Lots(250), aggressor: Side::Sell };
        assert_eq!(rows, Rows::Trades(vec![sold]));
        let told = refused(&inverse(), Question::OpenInterest, r#"{"result":"error","error":"apiLimitExceeded"}"#);
        assert!(told.contains("apiLimitExceeded"), "{told}");
    }
}

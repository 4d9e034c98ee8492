//! What Bybit is asked. Open interest and volume of inverse contracts are dollars, which are their contracts; of linear ones
//! coins. There is no ratio of top traders.

use super::session::parts;
use crate::error::{Field, FrameError};
use crate::grid::text;
use crate::json::Value;
use crate::poll::answer::{Funding, LongShort, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Crowd, Period, Question, Span};
use crate::poll::read::{self, Read, candle, columns, excerpt, open_interest, rate, rows, same_symbol, share, time_ms};
use engine_model::instrument::Instrument;
use engine_model::market::Side;

/// How Bybit is asked.
pub(crate) static POLLS: Polls =
    Polls { ask, read, rows_max, trades: Turns::by_ms(Order::NewestOnly, 1_000), weight_per_minute: |_| 900 };

const fn rows_max(question: Question) -> u64 {
    match question {
        Question::OpenInterest => 1,
        Question::OpenInterestHistory(_) | Question::FundingHistory => 200,
        Question::LongShort(..) => 500,
        Question::Candles(_) | Question::Trades(_) => 1_000,
    }
}

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let (category, symbol) = parts(of.symbol.as_str());
    let (from, to) = span.ms();
    let of_what = format!("category={category}&symbol={symbol}");
    let limit = rows_max(question);
    let is_spot = category == "spot";
    Ask::get(match question {
        Question::Candles(period) => {
            let interval = candle_word(period);
            format!("/v5/market/kline?{of_what}&interval={interval}&start={from}&end={to}&limit={limit}")
        }
        // Of spot there are 60 at most.
        Question::Trades(_) => format!("/v5/market/recent-trade?{of_what}&limit={}", if is_spot { 60 } else { limit }),
        _ if is_spot => return None,
        // The ticker's is of now; the question made for it gives one in five minutes.
        Question::OpenInterest => format!("/v5/market/tickers?{of_what}"),
        Question::OpenInterestHistory(period) => {
            let interval = word(period)?;
            format!(
                "/v5/market/open-interest?{of_what}&intervalTime={interval}&startTime={from}&endTime={to}&limit={limit}"
            )
        }
        Question::LongShort(Crowd::AllAccounts, period) => {
            let period = word(period)?;
            format!("/v5/market/account-ratio?{of_what}&period={period}&startTime={from}&endTime={to}&limit={limit}")
        }
        Question::LongShort(Crowd::TopPositions | Crowd::TopAccounts, _) => return None,
        Question::FundingHistory => {
            format!("/v5/market/funding/history?{of_what}&startTime={from}&endTime={to}&limit={limit}")
        }
    })
}

/// Candles are told by minutes.
const fn candle_word(period: Period) -> &'static str {
    match period {
        Period::M1 => "1",
        Period::M5 => "5",
        Period::M15 => "15",
        Period::H1 => "60",
        Period::H4 => "240",
        Period::D1 => "D",
    }
}

/// Statistics begin at five minutes.
const fn word(period: Period) -> Option<&'static str> {
    match period {
        Period::M1 => None,
        Period::M5 => Some("5min"),
        Period::M15 => Some("15min"),
        Period::H1 => Some("1h"),
        Period::H4 => Some("4h"),
        Period::D1 => Some("1d"),
    }
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let answer = Value::parse(body)?;
    let (_, symbol) = parts(of.symbol.as_str());
    let [code, told, result, sent] = answer.pick(["retCode", "retMsg", "result", "time"]);
    let code = code.ok_or(FrameError::Missing(Field::Code))?;
    if code.bytes() != b"0" {
        return Err(PollError::Refused { code: excerpt(code), told: told.map(excerpt).unwrap_or_default() });
    }
    let result = result.ok_or(FrameError::Missing(Field::Rows))?;
    let rows = rows(result.member("list"))?;
    Ok(match question {
        Question::OpenInterest => {
            let read = |row: Value<'_>| {
                same_symbol(row.member("symbol"), symbol)?;
                open_interest(of, time_ms(sent)?, row.member("openInterest"))
            };
            Rows::OpenInterest(rows.map(read).collect::<Read<_>>()?)
        }
        Question::OpenInterestHistory(_) => {
            same_symbol(result.member("symbol"), symbol)?;
            let read = |row: Value<'_>| {
                let [qty, time] = row.pick(["openInterest", "timestamp"]);
                open_interest(of, time_ms(time)?, qty)
            };
            Rows::OpenInterest(rows.map(read).collect::<Read<_>>()?)
        }
        Question::LongShort(..) => Rows::LongShort(rows.map(|row| long_short(symbol, row)).collect::<Read<_>>()?),
        Question::FundingHistory => Rows::Funding(rows.map(|row| funding(symbol, row)).collect::<Read<_>>()?),
        Question::Candles(_) => {
            same_symbol(result.member("symbol"), symbol)?;
            let read = |row| {
                let [opened, open, high, low, close, volume] = columns(row)?;
                candle(of, time_ms(Some(opened))?, [open, high, low, close].map(Some), Some(volume))
            };
            Rows::Candles(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Trades(_) => Rows::Trades(rows.map(|row| trade(of, symbol, row)).collect::<Read<_>>()?),
    })
}

fn long_short(symbol: &str, row: Value<'_>) -> Read<LongShort> {
    let [of, long, short, time] = row.pick(["symbol", "buyRatio", "sellRatio", "timestamp"]);
    same_symbol(of, symbol)?;
    Ok(LongShort { at: time_ms(time)?, long_e8: share(long, short)? })
}

fn funding(symbol: &str, row: Value<'_>) -> Read<Funding> {
    let [of, paid, time] = row.pick(["symbol", "fundingRate", "fundingRateTimestamp"]);
    same_symbol(of, symbol)?;
    Ok(Funding { at: time_ms(time)?, rate_e8: rate(paid)? })
}

/// Trades of contracts are numbered by UUIDs, which are no numbers.
fn trade(of: &Instrument, symbol: &str, row: Value<'_>) -> Read<Trade> {
    let [named, id, px, qty, side, time] = row.pick(["symbol", "execId", "price", "size", "side", "time"]);
    same_symbol(named, symbol)?;
    let aggressor = match text(side, Field::Side)? {
        side if side.is("Buy") => Side::Buy,
        side if side.is("Sell") => Side::Sell,
        _ => return Err(FrameError::Unreadable(Field::Side).into()),
    };
    read::trade(of, time_ms(time)?, aggressor, [id, px, qty])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::{Candle, OpenInterest};
    use crate::poll::proof::{FIRST, asked, instrument, proven, refused};
    use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
    use engine_model::units::{Lots, Nanos, Ticks};
    use engine_model::venue::VenueId;

    fn linear() -> Instrument {
        instrument(VenueId::Bybit, ("linear:BTCUSDT", "BTC", "USDT", Linear, (2, 3), (1, 0)))
    }

    fn inverse() -> Instrument {
        instrument(VenueId::Bybit, ("inverse:BTCUSD", "BTC", "USD", Inverse, (2, 0), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    fn enveloped(result: &str) -> String {
        format!(r#"{{"retCode":0,"retMsg":"OK","result":{result},"retExtInfo":{{}},"time":1790812800000}}"#)
    }

    #[test]
    fn each_category_is_asked_by_its_name() {
        let spot = instrument(VenueId::Bybit, ("spot:BTCUSDT", "BTC", "USDT", Spot, (2, 6), (1, 0)));
        let span = "startTime=1790812800000&endTime=1790816400000";
        let all = Question::LongShort(Crowd::AllAccounts, Period::M5);
        for (of, question, expected) in [
            (linear(), Question::OpenInterest, "1 /v5/market/tickers?category=linear&symbol=BTCUSDT".to_owned()),
            (spot, Question::OpenInterest, "-".to_owned()),
            (spot, FIRST, "1 /v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=60".to_owned()),
            (linear(), Question::LongShort(Crowd::TopPositions, Period::M5), "-".to_owned()),
            (linear(), Question::LongShort(Crowd::AllAccounts, Period::M1), "-".to_owned()),
            (
                inverse(),
                all,
                format!("1 /v5/market/account-ratio?category=inverse&symbol=BTCUSD&period=5min&{span}&limit=500"),
            ),
            (
                linear(),
                Question::FundingHistory,
                format!("1 /v5/market/funding/history?category=linear&symbol=BTCUSDT&{span}&limit=200"),
            ),
            (
                linear(),
                Question::OpenInterestHistory(Period::H1),
                format!("1 /v5/market/open-interest?category=linear&symbol=BTCUSDT&intervalTime=1h&{span}&limit=200"),
            ),
            (
                linear(),
                Question::Candles(Period::D1),
                "1 /v5/market/kline?category=linear&symbol=BTCUSDT&interval=D&start=1790812800000&end=1790816400000&limit=1000"
                    .to_owned(),
            ),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_coins_on_linear_and_dollars_on_inverse_contracts() {
        let body = enveloped(
            r#"{"category":"linear","list":[{"symbol":"BTCUSDT","openInterest":"58123.456","openInterestValue":"3595994223.27","markPrice":"61875.06"}]}"#,
        );
        let rows = proven(
            &linear(),
            Question::OpenInterest,
            &body,
            &["retCode", "time", "symbol", "openInterest"],
            Some("BTCUSDT"),
        );
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(58_123_456) }]));
        // What is called its value is in coins here.
        let body = enveloped(
            r#"{"category":"inverse","list":[{"symbol":"BTCUSD","openInterest":"462135817","openInterestValue":"7468.86"}]}"#,
        );
        let rows = proven(&inverse(), Question::OpenInterest, &body, &["openInterest"], Some("BTCUSD"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(462_135_817) }]));
        let one_dollar = inverse().notional(Ticks(6_187_506), Lots(462_135_817)).map(|usd| usd.to_string());
        assert_eq!(one_dollar.as_deref(), Some("462135817.00"), "each contract is a dollar at any price");
    }

    #[test]
    fn histories_come_newest_first_and_leave_oldest_first() {
        let body = enveloped(
            r#"{"symbol":"BTCUSDT","category":"linear","list":[{"openInterest":"2.000","timestamp":"1790813100000"},{"openInterest":"1.000","timestamp":"1790812800000"}],"nextPageCursor":""}"#,
        );
        let question = Question::OpenInterestHistory(Period::M5);
        let rows = proven(&linear(), question, &body, &["symbol", "openInterest", "timestamp"], Some("BTCUSDT"));
        let row = |minutes: u64, lots| OpenInterest { at: AT.plus(minutes * 60 * Nanos::SECOND), qty: Lots(lots) };
        assert_eq!(rows, Rows::OpenInterest(vec![row(0, 1_000), row(5, 2_000)]));
    }

    #[test]
    fn ratios_funding_candles_and_trades_are_read() {
        let body = enveloped(
            r#"{"list":[{"symbol":"BTCUSDT","buyRatio":"0.4927","sellRatio":"0.5073","timestamp":"1790812800000"}]}"#,
        );
        let all = Question::LongShort(Crowd::AllAccounts, Period::M5);
        let rows = proven(&linear(), all, &body, &["symbol", "buyRatio", "sellRatio", "timestamp"], Some("BTCUSDT"));
        assert_eq!(rows, Rows::LongShort(vec![LongShort { at: AT, long_e8: 49_270_000 }]));

        let body = enveloped(
            r#"{"category":"linear","list":[{"symbol":"BTCUSDT","fundingRate":"-0.00015","fundingRateTimestamp":"1790812800000"}]}"#,
        );
        let fields = ["symbol", "fundingRateTimestamp"];
        let rows = proven(&linear(), Question::FundingHistory, &body, &fields, Some("BTCUSDT"));
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: -15_000 }]));

        let body = enveloped(
            r#"{"category":"linear","symbol":"BTCUSDT","list":[["1790812800000","27450","27460","27440.5","27455","123.45","3390000"]]}"#,
        );
        let rows = proven(&linear(), Question::Candles(Period::M1), &body, &["symbol"], Some("BTCUSDT"));
        let [open, high, low, close] = [2_745_000, 2_746_000, 2_744_050, 2_745_500].map(Ticks);
        assert_eq!(rows, Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume: Lots(123_450) }]));

        let body = enveloped(
            r#"{"category":"linear","list":[{"execId":"a905d5c3-1ed0-4f37-83e4-9c73a2fe2f01","symbol":"BTCUSDT","price":"27450.50","size":"0.005","side":"Sell","time":"1790812800000","isBlockTrade":false}]}"#,
        );
        let fields = ["symbol", "price", "size", "side", "time"];
        // The envelope has a time, too: the row's is in front of it.
        let rows = proven(&linear(), FIRST, &body, &fields[..4], Some("BTCUSDT"));
        let sold = Trade { at: AT, id: None, px: Ticks(2_745_050), qty: Lots(5), aggressor: Side::Sell };
        assert_eq!(rows, Rows::Trades(vec![sold]));
    }

    #[test]
    fn a_refusal_comes_with_status_200() {
        let body = r#"{"retCode":10001,"retMsg":"params error: symbol invalid","result":{},"retExtInfo":{},"time":1790812800000}"#;
        assert!(refused(&linear(), Question::OpenInterest, body).contains("code 10001: params error: symbol invalid"));
        assert_eq!(refused(&linear(), Question::OpenInterest, &enveloped(r#"{"list":[]}"#)), "the answer has no rows");
    }
}

//! What Binance is asked, on its three markets. Quantities of COIN-M are contracts, also those in the statistics; its
//! statistics are asked for by pair, and call the shares of positions by another name.

use crate::error::{Field, FrameError};
use crate::json::Value;
use crate::net::request::Request;
use crate::poll::answer::{Funding, LongShort, OpenInterest, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Crowd, Mark, Period, Question, Span};
use crate::poll::read::{
    Read, candle, columns, excerpt, open_interest, price, quantity, rate, rows, same_symbol, share, sum, time_ms,
};
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;

/// How Binance is asked.
pub(crate) static POLLS: Polls = Polls { ask, read, rows_max, trades: TRADES, weight_per_minute };

/// Of a number on, or of less than an hour.
const TRADES: Turns = Turns { span_ns: 3_600 * Nanos::SECOND - Nanos::MILLI, ..Turns::by_ms(Order::Forwards, 1_000) };

/// Most candles: more weigh twice as much on contracts.
const CANDLES: u64 = 499;

const fn rows_max(question: Question) -> u64 {
    match question {
        Question::OpenInterest => 1,
        Question::OpenInterestHistory(_) | Question::LongShort(..) => 500,
        Question::FundingHistory | Question::Trades(_) => 1_000,
        Question::Candles(_) => CANDLES,
    }
}

const fn weight_per_minute(venue: VenueId) -> u32 {
    match venue {
        VenueId::BinanceSpot => 750,
        _ => 300,
    }
}

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let (symbol, venue) = (of.symbol, of.venue);
    let (from, to) = span.ms();
    let is_spot = venue == VenueId::BinanceSpot;
    let base = match venue {
        VenueId::BinanceSpot => "/api/v3",
        VenueId::BinanceUsdm => "/fapi/v1",
        _ => "/dapi/v1",
    };
    let ask = |path: String, weight| Some(Ask { request: Request::get(path), weight });
    match question {
        Question::Candles(period) => {
            let interval = period.name();
            let limit = rows_max(question);
            let path = format!(
                "{base}/klines?symbol={symbol}&interval={interval}&startTime={from}&endTime={to}&limit={limit}"
            );
            ask(path, 2)
        }
        // What one taker order took at one price: each match of the past is told only to who has a key.
        Question::Trades(page) => {
            let which = match page.behind {
                Some(Mark { id: Some(id), .. }) => format!("fromId={}", id + 1),
                _ => format!("startTime={from}&endTime={to}"),
            };
            ask(format!("{base}/aggTrades?symbol={symbol}&{which}&limit=1000"), if is_spot { 4 } else { 20 })
        }
        _ if is_spot => None,
        Question::OpenInterest => Ask::get(format!("{base}/openInterest?symbol={symbol}")),
        Question::FundingHistory => {
            Ask::get(format!("{base}/fundingRate?symbol={symbol}&startTime={from}&endTime={to}&limit=1000"))
        }
        Question::OpenInterestHistory(period) => {
            let extra = if venue == VenueId::BinanceCoinm { "&contractType=PERPETUAL" } else { "" };
            statistics("openInterestHist", of, period, span).and_then(|path| ask(path + extra, 1))
        }
        Question::LongShort(crowd, period) => {
            let name = match crowd {
                Crowd::TopPositions => "topLongShortPositionRatio",
                Crowd::TopAccounts => "topLongShortAccountRatio",
                Crowd::AllAccounts => "globalLongShortAccountRatio",
            };
            statistics(name, of, period, span).and_then(Ask::get)
        }
    }
}

/// A path of the statistics, which begin at five minutes.
fn statistics(name: &str, of: &Instrument, period: Period, span: Span) -> Option<String> {
    if period == Period::M1 {
        return None;
    }
    let ((from, to), period) = (span.ms(), period.name());
    let by = match of.venue {
        VenueId::BinanceCoinm => format!("pair={}", pair(of)),
        _ => format!("symbol={}", of.symbol),
    };
    Some(format!("/futures/data/{name}?{by}&period={period}&startTime={from}&endTime={to}&limit=500"))
}

/// `BTCUSD` of `BTCUSD_PERP`.
fn pair(of: &Instrument) -> &str {
    of.symbol.as_str().split('_').next().unwrap_or_default()
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let answer = Value::parse(body)?;
    refused(answer)?;
    if question == Question::OpenInterest {
        let [symbol, qty, time] = answer.pick(["symbol", "openInterest", "time"]);
        same_symbol(symbol, of.symbol.as_str())?;
        return Ok(Rows::OpenInterest(vec![open_interest(of, time_ms(time)?, qty)?]));
    }
    let rows = rows(Some(answer))?;
    Ok(match question {
        Question::OpenInterest | Question::OpenInterestHistory(_) => {
            Rows::OpenInterest(rows.map(|row| past_interest(of, row)).collect::<Read<_>>()?)
        }
        Question::LongShort(..) => Rows::LongShort(rows.map(|row| long_short(of, row)).collect::<Read<_>>()?),
        Question::FundingHistory => Rows::Funding(rows.map(|row| funding(of, row)).collect::<Read<_>>()?),
        Question::Candles(_) => {
            let read = |row| {
                let [opened, open, high, low, close, volume] = columns(row)?;
                candle(of, time_ms(Some(opened))?, [open, high, low, close].map(Some), Some(volume))
            };
            Rows::Candles(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Trades(_) => Rows::Trades(rows.map(|row| trade(of, row)).collect::<Read<_>>()?),
    })
}

/// `{"code":-1121,"msg":"Invalid symbol."}`
fn refused(answer: Value<'_>) -> Read<()> {
    match answer.pick(["code", "msg"]) {
        [Some(code), Some(told)] => Err(PollError::Refused { code: excerpt(code), told: excerpt(told) }),
        _ => Ok(()),
    }
}

/// Statistics name the pair on COIN-M, the symbol elsewhere.
fn same(of: &Instrument, row: Value<'_>) -> Read<()> {
    match of.venue {
        VenueId::BinanceCoinm => same_symbol(row.member("pair"), pair(of)),
        _ => same_symbol(row.member("symbol"), of.symbol.as_str()),
    }
}

/// The sum of contracts. What is called its value is in coins on COIN-M, in dollars elsewhere.
fn past_interest(of: &Instrument, row: Value<'_>) -> Read<OpenInterest> {
    same(of, row)?;
    let [qty, time] = row.pick(["sumOpenInterest", "timestamp"]);
    Ok(OpenInterest { at: time_ms(time)?, qty: sum(of, qty)? })
}

/// Shares of positions are called accounts on USD-M, positions on COIN-M.
fn long_short(of: &Instrument, row: Value<'_>) -> Read<LongShort> {
    same(of, row)?;
    let [accounts, positions, short_accounts, short_positions, time] =
        row.pick(["longAccount", "longPosition", "shortAccount", "shortPosition", "timestamp"]);
    let long_e8 = share(accounts.or(positions), short_accounts.or(short_positions))?;
    Ok(LongShort { at: time_ms(time)?, long_e8 })
}

fn funding(of: &Instrument, row: Value<'_>) -> Read<Funding> {
    let [symbol, paid, time] = row.pick(["symbol", "fundingRate", "fundingTime"]);
    same_symbol(symbol, of.symbol.as_str())?;
    Ok(Funding { at: time_ms(time)?, rate_e8: rate(paid)? })
}

fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [id, px, qty, time, buyer_rests] = row.pick(["a", "p", "q", "T", "m"]);
    let buyer_rests = buyer_rests.and_then(Value::boolean).ok_or(FrameError::Unreadable(Field::Side))?;
    Ok(Trade {
        at: time_ms(time)?,
        id: Some(id.and_then(Value::unsigned).ok_or(FrameError::Unreadable(Field::Sequence))?),
        px: price(of, px)?,
        qty: quantity(of, qty, false)?,
        aggressor: if buyer_rests { Side::Sell } else { Side::Buy },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, read as read_answer, refused as must_refuse};
    use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
    use engine_model::units::{Lots, Ticks};

    fn usdm() -> Instrument {
        instrument(VenueId::BinanceUsdm, ("BTCUSDT", "BTC", "USDT", Linear, (2, 3), (1, 0)))
    }

    fn coinm() -> Instrument {
        instrument(VenueId::BinanceCoinm, ("BTCUSD_PERP", "BTC", "USD", Inverse, (1, 0), (100, 0)))
    }

    fn spot() -> Instrument {
        instrument(VenueId::BinanceSpot, ("BTCUSDT", "BTC", "USDT", Spot, (2, 5), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    #[test]
    fn each_market_is_asked_on_its_own_paths() {
        let span = "startTime=1790812800000&endTime=1790816400000";
        let top = Question::LongShort(Crowd::TopPositions, Period::M5);
        let all = Question::LongShort(Crowd::AllAccounts, Period::H1);
        for (of, question, expected) in [
            (usdm(), Question::OpenInterest, "1 /fapi/v1/openInterest?symbol=BTCUSDT".to_owned()),
            (coinm(), Question::OpenInterest, "1 /dapi/v1/openInterest?symbol=BTCUSD_PERP".to_owned()),
            (spot(), Question::OpenInterest, "-".to_owned()),
            (spot(), Question::FundingHistory, "-".to_owned()),
            (spot(), top, "-".to_owned()),
            (usdm(), Question::FundingHistory, format!("1 /fapi/v1/fundingRate?symbol=BTCUSDT&{span}&limit=1000")),
            (
                usdm(),
                top,
                format!("1 /futures/data/topLongShortPositionRatio?symbol=BTCUSDT&period=5m&{span}&limit=500"),
            ),
            (
                coinm(),
                all,
                format!("1 /futures/data/globalLongShortAccountRatio?pair=BTCUSD&period=1h&{span}&limit=500"),
            ),
            (usdm(), Question::LongShort(Crowd::TopAccounts, Period::M1), "-".to_owned()),
            (
                coinm(),
                Question::OpenInterestHistory(Period::H1),
                format!(
                    "1 /futures/data/openInterestHist?pair=BTCUSD&period=1h&{span}&limit=500&contractType=PERPETUAL"
                ),
            ),
            (
                spot(),
                Question::Candles(Period::M1),
                format!("2 /api/v3/klines?symbol=BTCUSDT&interval=1m&{span}&limit=499"),
            ),
            (spot(), FIRST, format!("4 /api/v3/aggTrades?symbol=BTCUSDT&{span}&limit=1000")),
            (usdm(), FIRST, format!("20 /fapi/v1/aggTrades?symbol=BTCUSDT&{span}&limit=1000")),
            (coinm(), NEXT, "20 /dapi/v1/aggTrades?symbol=BTCUSD_PERP&fromId=78&limit=1000".to_owned()),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_coins_on_usdm_and_contracts_on_coinm() {
        let fields = ["symbol", "openInterest", "time"];
        let body = r#"{"symbol":"BTCUSDT","openInterest":"84617.188","time":"1790812800000"}"#;
        let rows = proven(&usdm(), Question::OpenInterest, body, &fields, Some("BTCUSDT"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(84_617_188) }]));
        let body = r#"{"symbol":"BTCUSD_PERP","pair":"BTCUSD","openInterest":"5827897","contractType":"PERPETUAL","time":1790812800000}"#;
        let rows = proven(&coinm(), Question::OpenInterest, body, &fields, Some("BTCUSD_PERP"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(5_827_897) }]));
    }

    #[test]
    fn what_history_calls_a_value_is_never_taken_for_contracts() {
        let question = Question::OpenInterestHistory(Period::M5);
        let body = r#"[{"pair":"BTCUSD","contractType":"PERPETUAL","sumOpenInterest":"20403","sumOpenInterestValue":"176.196512","timestamp":"1790812800000"}]"#;
        let rows = proven(&coinm(), question, body, &["pair", "sumOpenInterest", "timestamp"], Some("BTCUSD"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(20_403) }]));
    }

    #[test]
    fn shares_of_positions_are_read_by_either_name() {
        let question = Question::LongShort(Crowd::TopPositions, Period::M5);
        let body = r#"[{"symbol":"BTCUSDT","longAccount":"0.5293","longShortRatio":"1.1246","shortAccount":"0.4707","timestamp":"1790812800000"}]"#;
        let fields = ["symbol", "longAccount", "shortAccount", "timestamp"];
        let rows = proven(&usdm(), question, body, &fields, Some("BTCUSDT"));
        assert_eq!(rows, Rows::LongShort(vec![LongShort { at: AT, long_e8: 52_930_000 }]));
        let body = r#"[{"pair":"BTCUSD","longPosition":"0.7869","shortPosition":"0.2131","longShortRatio":"3.6927","timestamp":"1790812800000"}]"#;
        let fields = ["pair", "longPosition", "shortPosition", "timestamp"];
        let rows = proven(&coinm(), question, body, &fields, Some("BTCUSD"));
        assert_eq!(rows, Rows::LongShort(vec![LongShort { at: AT, long_e8: 78_690_000 }]));
        let percent = body.replace("0.7869", "78.69").replace("0.2131", "21.31");
        assert!(must_refuse(&coinm(), question, &percent).contains("long/short share is 78.69"));
    }

    #[test]
    fn rows_are_put_in_order_and_seconds_are_not_taken_for_milliseconds() {
        let body = r#"[{"symbol":"BTCUSDT","fundingRate":"0.00010000","fundingTime":1790841600000,"markPrice":"1"},
            {"symbol":"BTCUSDT","fundingRate":"-0.03750000","fundingTime":1790812800000}]"#;
        let fields = ["symbol", "fundingRate", "fundingTime"];
        // A funding rate may be below zero; that alone is not refused.
        let rows = read_answer(&usdm(), Question::FundingHistory, body).expect("right");
        let paid = |hours: u64, rate_e8| Funding { at: AT.plus(hours * 3_600 * Nanos::SECOND), rate_e8 };
        assert_eq!(rows, Rows::Funding(vec![paid(0, -3_750_000), paid(8, 10_000)]));
        for field in fields {
            must_refuse(&usdm(), Question::FundingHistory, &body.replace(field, "another"));
        }
        let seconds = body.replace("1790841600000", "1790841600");
        assert!(must_refuse(&usdm(), Question::FundingHistory, &seconds).contains("expected a time from 2010 to 2100"));
        let money = body.replace("0.00010000", "3.5");
        assert!(must_refuse(&usdm(), Question::FundingHistory, &money).contains("rate is 3.5"));
    }

    #[test]
    fn candles_are_in_lots_and_contradict_themselves_nowhere() {
        let body = r#"[[1790812800000,"61800.10","61850.00","61790.00","61820.50","12.345",1790812859999,"763001.1",10,"6.1","377000.0","0"]]"#;
        let rows = proven(&usdm(), Question::Candles(Period::M1), body, &[], None);
        let Rows::Candles(candles) = rows else { panic!("candles") };
        let [open, high, low, close] = [6_180_010, 6_185_000, 6_179_000, 6_182_050].map(Ticks);
        let expected = crate::poll::answer::Candle { opened_at: AT, open, high, low, close, volume: Lots(12_345) };
        assert_eq!(candles, [expected]);
        let torn = body.replace("61850.00", "61810.00");
        assert!(must_refuse(&usdm(), Question::Candles(Period::M1), &torn).contains("price is 61810.00"));
        must_refuse(&usdm(), Question::Candles(Period::M1), r#"[[1790812800000,"1","1","1","1"]]"#);
    }

    #[test]
    fn whoever_did_not_rest_crossed_the_spread() {
        let body = r#"[{"a":7,"p":"61800.10","q":"0.015","f":1,"l":2,"T":1790812800000,"m":true}]"#;
        let rows = proven(&usdm(), FIRST, body, &["p", "q", "T", "m"], None);
        let sold = Trade { at: AT, id: Some(7), px: Ticks(6_180_010), qty: Lots(15), aggressor: Side::Sell };
        assert_eq!(rows, Rows::Trades(vec![sold]));
        let body = r#"[{"a":9,"p":"61800.10","q":"0.00015","f":11,"l":12,"T":1790812800000,"m":false,"M":true}]"#;
        let rows = proven(&spot(), FIRST, body, &["p", "q", "T", "m"], None);
        assert_eq!(rows, Rows::Trades(vec![Trade { id: Some(9), qty: Lots(15), aggressor: Side::Buy, ..sold }]));
    }

    #[test]
    fn a_refusal_is_told_in_the_venues_words() {
        let told = must_refuse(&usdm(), Question::OpenInterest, r#"{"code":-1121,"msg":"Invalid symbol."}"#);
        assert_eq!(told, "the venue refused with code -1121: Invalid symbol.; check the symbol in the configuration");
    }
}

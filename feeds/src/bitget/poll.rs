//! What Bitget is asked (v2). Sizes are coins on all contracts. Ratios of accounts are of everybody, those of positions of
//! top traders.

use crate::error::{Field, FrameError};
use crate::grid::text;
use crate::json::Value;
use crate::poll::answer::{Funding, LongShort, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Crowd, Period, Question, Span};
use crate::poll::read::{self, Read, candle, columns, excerpt, open_interest, rate, rows, same_symbol, share, time_ms};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::units::Nanos;

/// How Bitget is asked.
pub(crate) static POLLS: Polls =
    Polls { ask, read, rows_max, trades: Turns::by_ms(Order::Backwards, 1_000), weight_per_minute: |_| 750 };

const fn rows_max(question: Question) -> u64 {
    match question {
        Question::OpenInterest => 1,
        Question::OpenInterestHistory(_) | Question::LongShort(..) | Question::FundingHistory => 100,
        Question::Candles(_) => 200,
        Question::Trades(_) => 1_000,
    }
}

/// Type and the venue's own symbol of ours: `USDT-FUTURES:BTCUSDT`.
fn parts(of: &Instrument) -> (&str, &str) {
    of.symbol.as_str().split_once(':').unwrap_or(("SPOT", of.symbol.as_str()))
}

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let (product, symbol) = parts(of);
    let (from, to) = span.ms();
    let is_spot = of.kind == ContractKind::Spot;
    let of_what = if is_spot { format!("symbol={symbol}") } else { format!("symbol={symbol}&productType={product}") };
    let base = if is_spot { "/api/v2/spot/market" } else { "/api/v2/mix/market" };
    Ask::get(match question {
        Question::Candles(period) => {
            let (granularity, limit) = (candle_word(period, is_spot), rows_max(question));
            format!("{base}/candles?{of_what}&granularity={granularity}&startTime={from}&endTime={to}&limit={limit}")
        }
        Question::Trades(page) => {
            let older = page.behind.and_then(|mark| mark.id).map_or(String::new(), |id| format!("&idLessThan={id}"));
            let to = page.until(span).0 / Nanos::MILLI;
            format!("{base}/fills-history?{of_what}&startTime={from}&endTime={to}&limit=1000{older}")
        }
        _ if is_spot => return None,
        Question::OpenInterest => format!("{base}/open-interest?{of_what}"),
        // By pages from the newest, not by time.
        Question::FundingHistory => format!("{base}/history-fund-rate?{of_what}&pageSize=100"),
        Question::OpenInterestHistory(_)
        | Question::LongShort(Crowd::TopAccounts, _)
        | Question::LongShort(_, Period::M1) => {
            return None;
        }
        Question::LongShort(Crowd::AllAccounts, period) => {
            format!("{base}/account-long-short?{of_what}&period={}", period.name())
        }
        Question::LongShort(Crowd::TopPositions, period) => {
            format!("{base}/position-long-short?{of_what}&period={}", period.name())
        }
    })
}

/// Days without `utc` are those of Hong Kong.
const fn candle_word(period: Period, is_spot: bool) -> &'static str {
    match (period, is_spot) {
        (Period::M1, true) => "1min",
        (Period::M5, true) => "5min",
        (Period::M15, true) => "15min",
        (Period::H1, true) => "1h",
        (Period::H4, true) => "4h",
        (Period::M1, false) => "1m",
        (Period::M5, false) => "5m",
        (Period::M15, false) => "15m",
        (Period::H1, false) => "1H",
        (Period::H4, false) => "4H",
        (Period::D1, _) => "1Dutc",
    }
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let [code, told, data] = Value::parse(body)?.pick(["code", "msg", "data"]);
    let code = code.ok_or(FrameError::Missing(Field::Code))?;
    if code.unsigned() != Some(0) {
        return Err(PollError::Refused { code: excerpt(code), told: told.map(excerpt).unwrap_or_default() });
    }
    let (_, symbol) = parts(of);
    let data = data.ok_or(FrameError::Missing(Field::Rows))?;
    // Open interest alone has its rows a level deeper, and its time beside them.
    let [list, time] = data.pick(["openInterestList", "ts"]);
    let rows = rows(list.or(Some(data)))?;
    Ok(match question {
        Question::OpenInterest | Question::OpenInterestHistory(_) => {
            let read = |row: Value<'_>| {
                same_symbol(row.member("symbol"), symbol)?;
                open_interest(of, time_ms(time)?, row.member("size"))
            };
            Rows::OpenInterest(rows.map(read).collect::<Read<_>>()?)
        }
        Question::LongShort(crowd, _) => {
            let names = match crowd {
                Crowd::TopPositions => ["longPositionRatio", "shortPositionRatio", "ts"],
                Crowd::TopAccounts | Crowd::AllAccounts => ["longAccountRatio", "shortAccountRatio", "ts"],
            };
            let read = |row: Value<'_>| {
                let [long, short, time] = row.pick(names);
                Ok(LongShort { at: time_ms(time)?, long_e8: share(long, short)? })
            };
            Rows::LongShort(rows.map(read).collect::<Read<_>>()?)
        }
        Question::FundingHistory => {
            let read = |row: Value<'_>| {
                let [named, paid, time] = row.pick(["symbol", "fundingRate", "fundingTime"]);
                same_symbol(named, symbol)?;
                Ok(Funding { at: time_ms(time)?, rate_e8: rate(paid)? })
            };
            Rows::Funding(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Candles(_) => {
            let read = |row| {
                let [opened, open, high, low, close, volume] = columns(row)?;
                candle(of, time_ms(Some(opened))?, [open, high, low, close].map(Some), Some(volume))
            };
            Rows::Candles(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Trades(_) => Rows::Trades(rows.map(|row| trade(of, symbol, row)).collect::<Read<_>>()?),
    })
}

/// Sides are written `Buy` on contracts, `buy` on spot.
fn trade(of: &Instrument, symbol: &str, row: Value<'_>) -> Read<Trade> {
    let [named, id, px, qty, side, time] = row.pick(["symbol", "tradeId", "price", "size", "side", "ts"]);
    same_symbol(named, symbol)?;
    let aggressor = match text(side, Field::Side)? {
        side if side.is("buy") || side.is("Buy") => Side::Buy,
        side if side.is("sell") || side.is("Sell") => Side::Sell,
        _ => return Err(FrameError::Unreadable(Field::Side).into()),
    };
    read::trade(of, time_ms(time)?, aggressor, [id, px, qty])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::{Candle, OpenInterest};
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, refused};
    use engine_model::instrument::ContractKind::{Linear, Spot};
    use engine_model::units::{Lots, Ticks};
    use engine_model::venue::VenueId;

    fn linear() -> Instrument {
        instrument(VenueId::Bitget, ("USDT-FUTURES:BTCUSDT", "BTC", "USDT", Linear, (1, 4), (1, 0)))
    }

    /// Counted in coins, though settled in them.
    fn inverse() -> Instrument {
        instrument(VenueId::Bitget, ("COIN-FUTURES:BTCUSD", "BTC", "USD", Linear, (1, 4), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    fn enveloped(data: &str) -> String {
        format!(r#"{{"code":"00000","msg":"success","requestTime":1790812800001,"data":{data}}}"#)
    }

    #[test]
    fn each_type_is_asked_by_its_name() {
        let spot = instrument(VenueId::Bitget, ("SPOT:BTCUSDT", "BTC", "USDT", Spot, (2, 6), (1, 0)));
        let of_what = "symbol=BTCUSDT&productType=USDT-FUTURES";
        for (of, question, expected) in [
            (linear(), Question::OpenInterest, format!("1 /api/v2/mix/market/open-interest?{of_what}")),
            (linear(), Question::LongShort(Crowd::AllAccounts, Period::M5), format!("1 /api/v2/mix/market/account-long-short?{of_what}&period=5m")),
            (linear(), Question::LongShort(Crowd::TopPositions, Period::H1), format!("1 /api/v2/mix/market/position-long-short?{of_what}&period=1h")),
            (linear(), Question::LongShort(Crowd::TopAccounts, Period::M5), "-".to_owned()),
            (linear(), Question::OpenInterestHistory(Period::M5), "-".to_owned()),
            (spot, Question::FundingHistory, "-".to_owned()),
            (
                linear(),
                FIRST,
                format!(
                    "1 /api/v2/mix/market/fills-history?{of_what}&startTime=1790812800000&endTime=1790816400000&limit=1000"
                ),
            ),
            (
                spot,
                NEXT,
                "1 /api/v2/spot/market/fills-history?symbol=BTCUSDT&startTime=1790812800000&endTime=1790814600500&limit=1000&idLessThan=77".to_owned(),
            ),
            (
                spot,
                Question::Candles(Period::M1),
                "1 /api/v2/spot/market/candles?symbol=BTCUSDT&granularity=1min&startTime=1790812800000&endTime=1790816400000&limit=200".to_owned(),
            ),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_coins_also_where_coins_settle() {
        let body = enveloped(r#"{"openInterestList":[{"symbol":"BTCUSDT","size":"34278.06"}],"ts":"1790812800000"}"#);
        let fields = ["code", "symbol", "size", "ts"];
        let rows = proven(&linear(), Question::OpenInterest, &body, &fields, Some("BTCUSDT"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(342_780_600) }]));
        let body = body.replace("BTCUSDT", "BTCUSD");
        let rows = proven(&inverse(), Question::OpenInterest, &body, &fields, Some("BTCUSD"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(342_780_600) }]));
        refused(&linear(), Question::OpenInterest, &enveloped(r#"{"openInterestList":[],"ts":"1790812800000"}"#));
    }

    #[test]
    fn ratios_funding_candles_and_trades_are_read() {
        let body = enveloped(
            r#"[{"longAccountRatio":"0.45","shortAccountRatio":"0.55","longShortAccountRatio":"0.8182","ts":"1790812800000"}]"#,
        );
        let all = Question::LongShort(Crowd::AllAccounts, Period::M5);
        let rows = proven(&linear(), all, &body, &["longAccountRatio", "shortAccountRatio", "ts"], None);
        assert_eq!(rows, Rows::LongShort(vec![LongShort { at: AT, long_e8: 45_000_000 }]));
        let body = body.replace("Account", "Position");
        let top = Question::LongShort(Crowd::TopPositions, Period::M5);
        let rows = proven(&linear(), top, &body, &["longPositionRatio", "shortPositionRatio", "ts"], None);
        assert_eq!(rows, Rows::LongShort(vec![LongShort { at: AT, long_e8: 45_000_000 }]));

        let body = enveloped(r#"[{"symbol":"BTCUSDT","fundingRate":"-0.0005","fundingTime":"1790812800000"}]"#);
        let rows = proven(&linear(), Question::FundingHistory, &body, &["symbol", "fundingTime"], Some("BTCUSDT"));
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: -50_000 }]));

        let body = enveloped(r#"[["1790812800000","61800.1","61850","61790","61820.5","12.3456","763001.1"]]"#);
        let rows = proven(&linear(), Question::Candles(Period::M1), &body, &[], None);
        let [open, high, low, close] = [618_001, 618_500, 617_900, 618_205].map(Ticks);
        assert_eq!(rows, Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume: Lots(123_456) }]));

        let body = enveloped(
            r#"[{"tradeId":"1","price":"61820.5","size":"0.01","side":"Sell","ts":"1790812800000","symbol":"BTCUSDT"}]"#,
        );
        let fields = ["price", "size", "side", "ts", "symbol"];
        let rows = proven(&linear(), FIRST, &body, &fields, Some("BTCUSDT"));
        let sold = Trade { at: AT, id: Some(1), px: Ticks(618_205), qty: Lots(100), aggressor: Side::Sell };
        assert_eq!(rows, Rows::Trades(vec![sold]));
    }

    #[test]
    fn a_refusal_is_told_in_the_venues_words() {
        let body =
            r#"{"code":"40034","msg":"Parameter BTCUSDX does not exist","requestTime":1790812800001,"data":null}"#;
        assert!(refused(&linear(), Question::OpenInterest, body).contains("code 40034"));
    }
}

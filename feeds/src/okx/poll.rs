//! What OKX is asked. Open interest comes in contracts (`oi`), coins (`oiCcy`) and dollars: our lots are contracts, and what
//! one holds is in the metadata. Of a funding rate the prediction is told, too; what was paid is `realizedRate`.

use crate::error::{Field, FrameError};
use crate::grid::{buy_or_sell, not_empty, text};
use crate::json::Value;
use crate::poll::answer::{Funding, LongShort, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Crowd, Mark, Period, Question, Span};
use crate::poll::read::{
    self, Read, candle, columns, excerpt, open_interest, rate, rows, same_symbol, share_of_ratio, time_ms,
};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::units::Nanos;

/// How OKX is asked.
pub(crate) static POLLS: Polls =
    Polls { ask, read, rows_max, trades: Turns::by_ms(Order::Backwards, 100), weight_per_minute: |_| 75 };

const fn rows_max(question: Question) -> u64 {
    match question {
        Question::OpenInterest => 1,
        Question::OpenInterestHistory(_)
        | Question::LongShort(..)
        | Question::FundingHistory
        | Question::Candles(_)
        | Question::Trades(_) => 100,
    }
}

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let symbol = of.symbol.as_str();
    let (from, to) = span.ms();
    // Neither end is included here.
    let (after, before) = (to.saturating_add(1), from.saturating_sub(1));
    Ask::get(match question {
        // The one for candles of long ago answers for those of a moment ago, too.
        Question::Candles(period) => {
            let bar = candle_word(period);
            format!("/api/v5/market/history-candles?instId={symbol}&bar={bar}&after={after}&before={before}&limit=100")
        }
        // Behind a time, and then each page behind the number of the one before.
        Question::Trades(page) => {
            let (kind, after) = match page.behind {
                Some(Mark { id: Some(id), .. }) => (1, id),
                _ => (2, page.until(span).0 / Nanos::MILLI + 1),
            };
            format!("/api/v5/market/history-trades?instId={symbol}&type={kind}&after={after}&limit=100")
        }
        _ if of.kind == ContractKind::Spot => return None,
        Question::OpenInterest => {
            let kind = if symbol.ends_with("-SWAP") { "SWAP" } else { "FUTURES" };
            format!("/api/v5/public/open-interest?instType={kind}&instId={symbol}")
        }
        Question::FundingHistory if !symbol.ends_with("-SWAP") => return None,
        Question::FundingHistory => {
            format!("/api/v5/public/funding-rate-history?instId={symbol}&after={after}&before={before}&limit=100")
        }
        Question::OpenInterestHistory(period) => statistics("open-interest-history", symbol, period, span)?,
        Question::LongShort(crowd, period) => {
            let name = match crowd {
                Crowd::TopPositions => "long-short-position-ratio-contract-top-trader",
                Crowd::TopAccounts => "long-short-account-ratio-contract-top-trader",
                Crowd::AllAccounts => "long-short-account-ratio-contract",
            };
            statistics(name, symbol, period, span)?
        }
    })
}

fn statistics(name: &str, symbol: &str, period: Period, span: Span) -> Option<String> {
    let (from, to) = span.ms();
    let period = match period {
        Period::M5 => "5m",
        Period::H1 => "1H",
        Period::D1 => "1Dutc",
        Period::M1 | Period::M15 | Period::H4 => return None,
    };
    Some(format!("/api/v5/rubik/stat/contracts/{name}?instId={symbol}&period={period}&begin={from}&end={to}&limit=100"))
}

/// `1D` alone is a day of Hong Kong.
const fn candle_word(period: Period) -> &'static str {
    match period {
        Period::M1 => "1m",
        Period::M5 => "5m",
        Period::M15 => "15m",
        Period::H1 => "1H",
        Period::H4 => "4H",
        Period::D1 => "1Dutc",
    }
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let [code, told, data] = Value::parse(body)?.pick(["code", "msg", "data"]);
    let code = code.ok_or(FrameError::Missing(Field::Code))?;
    if code.unsigned() != Some(0) {
        return Err(PollError::Refused { code: excerpt(code), told: told.map(excerpt).unwrap_or_default() });
    }
    let rows = rows(data)?;
    Ok(match question {
        Question::OpenInterest => {
            let read = |row: Value<'_>| {
                let [symbol, contracts, time] = row.pick(["instId", "oi", "ts"]);
                same_symbol(symbol, of.symbol.as_str())?;
                open_interest(of, time_ms(time)?, contracts)
            };
            Rows::OpenInterest(rows.map(read).collect::<Read<_>>()?)
        }
        Question::OpenInterestHistory(_) => {
            let read = |row| {
                let [time, contracts] = columns(row)?;
                open_interest(of, time_ms(Some(time))?, Some(contracts))
            };
            Rows::OpenInterest(rows.map(read).collect::<Read<_>>()?)
        }
        Question::LongShort(..) => {
            let read = |row| {
                let [time, ratio] = columns(row)?;
                Ok(LongShort { at: time_ms(Some(time))?, long_e8: share_of_ratio(Some(ratio))? })
            };
            Rows::LongShort(rows.map(read).collect::<Read<_>>()?)
        }
        Question::FundingHistory => Rows::Funding(rows.map(|row| funding(of, row)).collect::<Read<_>>()?),
        Question::Candles(_) => {
            // The volume behind the prices is in contracts, the next one in coins.
            let read = |row| {
                let [opened, open, high, low, close, volume] = columns(row)?;
                candle(of, time_ms(Some(opened))?, [open, high, low, close].map(Some), Some(volume))
            };
            Rows::Candles(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Trades(_) => Rows::Trades(rows.map(|row| trade(of, row)).collect::<Read<_>>()?),
    })
}

fn funding(of: &Instrument, row: Value<'_>) -> Read<Funding> {
    let [symbol, paid, predicted, time] = row.pick(["instId", "realizedRate", "fundingRate", "fundingTime"]);
    same_symbol(symbol, of.symbol.as_str())?;
    Ok(Funding { at: time_ms(time)?, rate_e8: rate(not_empty(paid).or(predicted))? })
}

fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [symbol, id, px, qty, side, time] = row.pick(["instId", "tradeId", "px", "sz", "side", "ts"]);
    same_symbol(symbol, of.symbol.as_str())?;
    read::trade(of, time_ms(time)?, buy_or_sell(text(side, Field::Side)?)?, [id, px, qty])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::{Candle, OpenInterest};
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, read as read_answer, refused};
    use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
    use engine_model::market::Side;
    use engine_model::units::{Lots, Ticks};
    use engine_model::venue::VenueId;

    /// 0.01 bitcoin a contract, and hundredths of one are traded.
    fn linear() -> Instrument {
        instrument(VenueId::Okx, ("BTC-USDT-SWAP", "BTC", "USDT", Linear, (1, 2), (1, 2)))
    }

    fn inverse() -> Instrument {
        instrument(VenueId::Okx, ("BTC-USD-SWAP", "BTC", "USD", Inverse, (1, 0), (100, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    fn enveloped(rows: &str) -> String {
        format!(r#"{{"code":"0","msg":"","data":[{rows}]}}"#)
    }

    #[test]
    fn paths_include_both_ends_of_a_span_and_days_are_utc() {
        let spot = instrument(VenueId::Okx, ("BTC-USDT", "BTC", "USDT", Spot, (1, 8), (1, 0)));
        let dated = instrument(VenueId::Okx, ("BTC-USD-261225", "BTC", "USD", Inverse, (1, 0), (100, 0)));
        let open = "after=1790816400001&before=1790812799999&limit=100";
        let trades = "1 /api/v5/market/history-trades?instId=BTC-USDT-SWAP";
        let begin = "begin=1790812800000&end=1790816400000&limit=100";
        let top = Question::LongShort(Crowd::TopPositions, Period::M5);
        for (of, question, expected) in [
            (
                linear(),
                Question::OpenInterest,
                "1 /api/v5/public/open-interest?instType=SWAP&instId=BTC-USDT-SWAP".to_owned(),
            ),
            (
                dated,
                Question::OpenInterest,
                "1 /api/v5/public/open-interest?instType=FUTURES&instId=BTC-USD-261225".to_owned(),
            ),
            (dated, Question::FundingHistory, "-".to_owned()),
            (spot, top, "-".to_owned()),
            (
                spot,
                Question::Candles(Period::D1),
                format!("1 /api/v5/market/history-candles?instId=BTC-USDT&bar=1Dutc&{open}"),
            ),
            (
                linear(),
                Question::FundingHistory,
                format!("1 /api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP&{open}"),
            ),
            (
                linear(),
                top,
                format!(
                    "1 /api/v5/rubik/stat/contracts/long-short-position-ratio-contract-top-trader?instId=BTC-USDT-SWAP&period=5m&{begin}"
                ),
            ),
            (linear(), Question::LongShort(Crowd::AllAccounts, Period::M1), "-".to_owned()),
            (linear(), FIRST, format!("{trades}&type=2&after=1790816400001&limit=100")),
            (linear(), NEXT, format!("{trades}&type=1&after=77&limit=100")),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_contracts_whatever_else_is_told() {
        let body = enveloped(
            r#"{"instType":"SWAP","instId":"BTC-USDT-SWAP","oi":"2216113.01000000309","oiCcy":"22161.1301","oiUsd":"1371234567.1","ts":"1790812800000"}"#,
        );
        let fields = ["code", "instId", "oi", "ts"];
        let rows = proven(&linear(), Question::OpenInterest, &body, &fields, Some("BTC-USDT-SWAP"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(221_611_301) }]));
        let dollars = linear().notional(Ticks(618_750), Lots(221_611_301)).map(|usd| usd.to_string());
        assert_eq!(dollars.as_deref(), Some("1371219924.9375"), "22161.1301 bitcoins, as oiCcy says, at 61875.0");
        let body = enveloped(
            r#"{"instType":"SWAP","instId":"BTC-USD-SWAP","oi":"5000000","oiCcy":"8080.8","ts":"1790812800000"}"#,
        );
        let rows = proven(&inverse(), Question::OpenInterest, &body, &["oi"], Some("BTC-USD-SWAP"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(5_000_000) }]));
        let body = enveloped(r#"["1790812800000","2216113.01","22161.1301","1371234567.1"]"#);
        let rows = proven(&linear(), Question::OpenInterestHistory(Period::M5), &body, &["code"], None);
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(221_611_301) }]));
    }

    #[test]
    fn a_ratio_becomes_a_share() {
        let question = Question::LongShort(Crowd::AllAccounts, Period::M5);
        for (ratio, long_e8) in
            [("1", 50_000_000), ("1.5", 60_000_000), ("0.25", 20_000_000), ("0", 0), ("3", 75_000_000)]
        {
            let rows = proven(&linear(), question, &enveloped(&format!(r#"["1790812800000","{ratio}"]"#)), &[], None);
            assert_eq!(rows, Rows::LongShort(vec![LongShort { at: AT, long_e8 }]), "{ratio}");
        }
        for ratio in ["-1", "", "x", "1e9"] {
            refused(&linear(), question, &enveloped(&format!(r#"["1790812800000","{ratio}"]"#)));
        }
    }

    #[test]
    fn what_was_paid_counts_not_what_was_predicted() {
        let row = r#"{"instType":"SWAP","instId":"BTC-USDT-SWAP","fundingRate":"0.0001","realizedRate":"0.00009","fundingTime":"1790812800000","method":"current_period"}"#;
        let fields = ["instId", "fundingTime"];
        let rows = proven(&linear(), Question::FundingHistory, &enveloped(row), &fields, Some("BTC-USDT-SWAP"));
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: 9_000 }]));
        let unpaid = row.replace("0.00009", "");
        let rows = read_answer(&linear(), Question::FundingHistory, &enveloped(&unpaid)).expect("not told yet");
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: 10_000 }]));
    }

    #[test]
    fn candles_and_trades_are_in_contracts() {
        let body = enveloped(
            r#"["1790812800000","102806.1","102820.4","102806.1","102820.4","1040.37","10.4037","1069603.34883","1"]"#,
        );
        let rows = proven(&linear(), Question::Candles(Period::M1), &body, &[], None);
        let [open, high, low, close] = [1_028_061, 1_028_204, 1_028_061, 1_028_204].map(Ticks);
        assert_eq!(rows, Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume: Lots(104_037) }]));
        let body = enveloped(
            r#"{"instId":"BTC-USDT-SWAP","side":"sell","sz":"1.25","px":"102537.9","tradeId":"734864333","ts":"1790812800000"}"#,
        );
        let fields = ["instId", "side", "sz", "px", "ts"];
        let rows = proven(&linear(), FIRST, &body, &fields, Some("BTC-USDT-SWAP"));
        let sold = Trade { at: AT, id: Some(734_864_333), px: Ticks(1_025_379), qty: Lots(125), aggressor: Side::Sell };
        assert_eq!(rows, Rows::Trades(vec![sold]));
    }

    #[test]
    fn a_refusal_comes_with_status_200() {
        let body = r#"{"code":"51001","msg":"Instrument ID does not exist","data":[]}"#;
        let told = refused(&linear(), Question::OpenInterest, body);
        assert!(told.contains("code 51001: Instrument ID does not exist"), "{told}");
    }
}

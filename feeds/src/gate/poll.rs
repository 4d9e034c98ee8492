//! What Gate is asked, on spot and futures. Sizes of futures are contracts, also open interest: what one holds is in the
//! metadata, and is another amount on each contract. Contracts have no names in their statistics and candles; the newest
//! open interest comes without a time.

use crate::error::{Field, FrameError};
use crate::grid::{buy_or_sell, text};
use crate::json::Value;
use crate::net::request::Request;
use crate::poll::answer::{Funding, LongShort, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Crowd, Period, Question, Span};
use crate::poll::read::{
    self, Read, candle, columns, excerpt, open_interest, price, quantity, rate, rows, same_symbol, share_of_ratio,
    time_ms, time_s,
};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos};

/// How Gate is asked: 200 requests in 10 s, on each path.
pub(crate) static POLLS: Polls =
    Polls { ask, read, rows_max, trades: Turns::by_ms(Order::Numbered, 1_000), weight_per_minute: |_| 150 };

const fn rows_max(question: Question) -> u64 {
    match question {
        Question::OpenInterest => 1,
        Question::OpenInterestHistory(_) | Question::LongShort(..) => 100,
        Question::FundingHistory | Question::Trades(_) | Question::Candles(_) => 1_000,
    }
}

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let symbol = of.symbol.as_str();
    let (from, to) = span.seconds();
    let is_spot = of.kind == ContractKind::Spot;
    let settle = if of.kind == ContractKind::Inverse { "btc" } else { "usdt" };
    let futures = format!("/api/v4/futures/{settle}");
    let limit = rows_max(question);
    let path = match question {
        Question::Candles(period) => {
            let interval = period.name();
            let of_what = if is_spot {
                format!("/api/v4/spot/candlesticks?currency_pair={symbol}")
            } else {
                format!("{futures}/candlesticks?contract={symbol}")
            };
            format!("{of_what}&interval={interval}&from={from}&to={to}")
        }
        Question::Trades(page) => {
            // All of the last second; what is behind the span is left out later.
            let (to, offset, number) = (to + 1, page.rows, page.rows.div_ceil(limit) + 1);
            if is_spot {
                format!("/api/v4/spot/trades?currency_pair={symbol}&from={from}&to={to}&limit={limit}&page={number}")
            } else {
                format!("{futures}/trades?contract={symbol}&from={from}&to={to}&limit={limit}&offset={offset}")
            }
        }
        _ if is_spot => return None,
        Question::OpenInterest => format!("{futures}/tickers?contract={symbol}"),
        Question::FundingHistory => {
            format!("{futures}/funding_rate?contract={symbol}&from={from}&to={to}&limit={limit}")
        }
        Question::OpenInterestHistory(Period::M1) | Question::LongShort(_, Period::M1) => return None,
        // One answer has both; where it ends is told by how many rows are wanted.
        Question::OpenInterestHistory(period) | Question::LongShort(_, period) => {
            let interval = period.name();
            format!("{futures}/contract_stats?contract={symbol}&interval={interval}&from={from}&limit={limit}")
        }
    };
    Some(Ask { request: Request::get(path), weight: 1 })
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let answer = Value::parse(body)?;
    if let [Some(label), told] = answer.pick(["label", "message"]) {
        return Err(PollError::Refused { code: excerpt(label), told: told.map(excerpt).unwrap_or_default() });
    }
    let rows = rows(Some(answer))?;
    let symbol = of.symbol.as_str();
    let is_spot = of.kind == ContractKind::Spot;
    Ok(match question {
        Question::OpenInterest => {
            let read = |row: Value<'_>| {
                same_symbol(row.member("contract"), symbol)?;
                open_interest(of, Nanos(0), row.member("total_size"))
            };
            Rows::OpenInterest(rows.map(read).collect::<Read<_>>()?)
        }
        Question::OpenInterestHistory(_) => {
            let read = |row: Value<'_>| {
                let [contracts, time] = row.pick(["open_interest", "time"]);
                open_interest(of, time_s(time)?, contracts)
            };
            Rows::OpenInterest(rows.map(read).collect::<Read<_>>()?)
        }
        Question::LongShort(crowd, _) => {
            let name = match crowd {
                Crowd::TopPositions => "top_lsr_size",
                Crowd::TopAccounts => "top_lsr_account",
                Crowd::AllAccounts => "lsr_account",
            };
            let read = |row: Value<'_>| {
                let [ratio, time] = row.pick([name, "time"]);
                Ok(LongShort { at: time_s(time)?, long_e8: share_of_ratio(ratio)? })
            };
            Rows::LongShort(rows.map(read).collect::<Read<_>>()?)
        }
        Question::FundingHistory => {
            let read = |row: Value<'_>| {
                let [paid, time] = row.pick(["r", "t"]);
                Ok(Funding { at: time_s(time)?, rate_e8: rate(paid)? })
            };
            Rows::Funding(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Candles(_) if is_spot => {
            // Money traded stands in front of the prices, and these in an order of their own; coins come last but one.
            let read = |row| {
                let [opened, _, close, high, low, open, volume] = columns(row)?;
                candle(of, time_s(Some(opened))?, [open, high, low, close].map(Some), Some(volume))
            };
            Rows::Candles(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Candles(_) => {
            let read = |row: Value<'_>| {
                let [opened, open, high, low, close, volume] = row.pick(["t", "o", "h", "l", "c", "v"]);
                candle(of, time_s(opened)?, [open, high, low, close], volume)
            };
            Rows::Candles(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Trades(_) if is_spot => Rows::Trades(rows.map(|row| spot_trade(of, row)).collect::<Read<_>>()?),
        Question::Trades(_) => Rows::Trades(rows.map(|row| trade(of, row)).collect::<Read<_>>()?),
    })
}

/// What is called milliseconds on spot is; its side is the taker's.
fn spot_trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [symbol, id, px, qty, side, time] =
        row.pick(["currency_pair", "id", "price", "amount", "side", "create_time_ms"]);
    same_symbol(symbol, of.symbol.as_str())?;
    read::trade(of, time_ms(time)?, buy_or_sell(text(side, Field::Side)?)?, [id, px, qty])
}

/// What is called milliseconds on futures is seconds with three decimals. Below zero the taker sold.
fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [symbol, id, px, size, ms, s] = row.pick(["contract", "id", "price", "size", "create_time_ms", "create_time"]);
    same_symbol(symbol, of.symbol.as_str())?;
    let size = quantity(of, size, true)?;
    if size.0 == 0 {
        return Err(FrameError::Unreadable(Field::Quantity).into());
    }
    Ok(Trade {
        at: time_s(ms.or(s))?,
        id: id.and_then(Value::unsigned),
        px: price(of, px)?,
        qty: Lots(size.0.saturating_abs()),
        aggressor: if size.0 < 0 { Side::Sell } else { Side::Buy },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::{Candle, OpenInterest};
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, read as read_answer, refused};
    use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
    use engine_model::units::{Quote, Ticks};
    use engine_model::venue::VenueId;

    fn linear() -> Instrument {
        instrument(VenueId::GateFutures, ("BTC_USDT", "BTC", "USDT", Linear, (1, 0), (1, 4)))
    }

    fn inverse() -> Instrument {
        instrument(VenueId::GateFutures, ("BTC_USD", "BTC", "USD", Inverse, (1, 0), (1, 0)))
    }

    fn spot() -> Instrument {
        instrument(VenueId::GateSpot, ("BTC_USDT", "BTC", "USDT", Spot, (1, 6), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    #[test]
    fn contracts_are_asked_where_they_settle() {
        let from = "from=1790812800";
        let second = format!("{from}&to=1790816401&limit=1000");
        let top = Question::LongShort(Crowd::TopAccounts, Period::M5);
        for (of, question, expected) in [
            (linear(), Question::OpenInterest, "1 /api/v4/futures/usdt/tickers?contract=BTC_USDT".to_owned()),
            (inverse(), Question::OpenInterest, "1 /api/v4/futures/btc/tickers?contract=BTC_USD".to_owned()),
            (spot(), Question::OpenInterest, "-".to_owned()),
            (
                linear(),
                top,
                format!("1 /api/v4/futures/usdt/contract_stats?contract=BTC_USDT&interval=5m&{from}&limit=100"),
            ),
            (linear(), Question::LongShort(Crowd::TopAccounts, Period::M1), "-".to_owned()),
            (
                linear(),
                Question::FundingHistory,
                format!("1 /api/v4/futures/usdt/funding_rate?contract=BTC_USDT&{from}&to=1790816400&limit=1000"),
            ),
            (
                spot(),
                Question::Candles(Period::H1),
                format!("1 /api/v4/spot/candlesticks?currency_pair=BTC_USDT&interval=1h&{from}&to=1790816400"),
            ),
            (spot(), FIRST, format!("1 /api/v4/spot/trades?currency_pair=BTC_USDT&{second}&page=1")),
            (spot(), NEXT, format!("1 /api/v4/spot/trades?currency_pair=BTC_USDT&{second}&page=2")),
            (linear(), NEXT, format!("1 /api/v4/futures/usdt/trades?contract=BTC_USDT&{second}&offset=1000")),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_contracts_and_each_contract_holds_its_own() {
        let body = r#"[{"contract":"BTC_USDT","last":"61875.0","total_size":"749773515","quanto_multiplier":"0.0001","mark_price":"61875.1"}]"#;
        let rows = proven(&linear(), Question::OpenInterest, body, &["contract", "total_size"], Some("BTC_USDT"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: Nanos(0), qty: Lots(749_773_515) }]));
        let worth = |of: Instrument| of.notional(Ticks(600_000), Lots(10_000));
        assert_eq!(worth(linear()), Some(Quote::whole(60_000)), "10000 contracts of 0.0001 bitcoin");
        assert_eq!(worth(inverse()), Some(Quote::whole(10_000)), "10000 contracts of a dollar");
    }

    #[test]
    fn statistics_have_contracts_and_three_ratios() {
        let body = r#"[{"lsr_account":1.5,"top_lsr_size":0.25,"time":1790812800,"open_interest_usd":2226295750.1279,"top_lsr_account":3,"open_interest":749773515,"lsr_taker":0.07}]"#;
        let rows = proven(&linear(), Question::OpenInterestHistory(Period::M5), body, &["open_interest", "time"], None);
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: AT, qty: Lots(749_773_515) }]));
        for (crowd, field, long_e8) in [
            (Crowd::AllAccounts, "lsr_account", 60_000_000),
            (Crowd::TopPositions, "top_lsr_size", 20_000_000),
            (Crowd::TopAccounts, "top_lsr_account", 75_000_000),
        ] {
            let question = Question::LongShort(crowd, Period::M5);
            let rows = proven(&linear(), question, body, &[field, "time"], None);
            assert_eq!(rows, Rows::LongShort(vec![LongShort { at: AT, long_e8 }]), "{crowd:?}");
        }
    }

    #[test]
    fn candles_of_spot_have_an_order_of_their_own() {
        let body = r#"[["1790812800","971519.677","61820.5","61850.0","61790.0","61800.1","15.720001","true"]]"#;
        let [open, high, low, close] = [618_001, 618_500, 617_900, 618_205].map(Ticks);
        let expected = Candle { opened_at: AT, open, high, low, close, volume: Lots(15_720_001) };
        let rows = proven(&spot(), Question::Candles(Period::M1), body, &[], None);
        assert_eq!(rows, Rows::Candles(vec![expected]));
        let body = r#"[{"t":1790812800,"v":97151,"c":"61820.5","h":"61850.0","l":"61790.0","o":"61800.1","sum":"1"}]"#;
        let rows = proven(&linear(), Question::Candles(Period::M1), body, &["t", "v", "c", "h", "l", "o"], None);
        assert_eq!(rows, Rows::Candles(vec![Candle { volume: Lots(97_151), ..expected }]));
    }

    #[test]
    fn trades_of_futures_tell_their_side_by_a_sign_and_milliseconds_in_seconds() {
        let body = r#"[{"id":121234231,"create_time":1790812800,"create_time_ms":1790812800.123,"contract":"BTC_USDT","size":-100,"price":"61820.5"}]"#;
        let sold = Trade {
            at: AT.plus(123 * Nanos::MILLI),
            id: Some(121_234_231),
            px: Ticks(618_205),
            qty: Lots(100),
            aggressor: Side::Sell,
        };
        assert_eq!(read_answer(&linear(), FIRST, body).ok(), Some(Rows::Trades(vec![sold])));
        let bought = body.replace("-100", "\"100\"");
        let rows = read_answer(&linear(), FIRST, &bought).ok();
        assert_eq!(rows, Some(Rows::Trades(vec![Trade { aggressor: Side::Buy, ..sold }])));
        for (from, to) in
            [("-100", "0"), ("-100", "0.5"), ("BTC_USDT", "ETH_USDT"), ("1790812800.123", "1790812800123")]
        {
            refused(&linear(), FIRST, &body.replace(from, to));
        }
        let body = r#"[{"id":"9","create_time":"1790812800","create_time_ms":"1790812800123.000000","currency_pair":"BTC_USDT","side":"buy","role":"taker","amount":"0.15","price":"61820.5"}]"#;
        let fields = ["currency_pair", "create_time_ms", "side", "amount", "price"];
        let rows = proven(&spot(), FIRST, body, &fields, Some("BTC_USDT"));
        assert_eq!(rows, Rows::Trades(vec![Trade { id: Some(9), qty: Lots(150_000), aggressor: Side::Buy, ..sold }]));
    }

    #[test]
    fn funding_is_read_and_refusals_have_labels() {
        let body = r#"[{"r":"-0.000157","t":1790812800}]"#;
        let rows = proven(&linear(), Question::FundingHistory, body, &["t"], None);
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: -15_700 }]));
        let told = refused(
            &linear(),
            Question::OpenInterest,
            r#"{"label":"CONTRACT_NOT_FOUND","message":"no such contract"}"#,
        );
        assert!(told.contains("code CONTRACT_NOT_FOUND: no such contract"), "{told}");
    }
}

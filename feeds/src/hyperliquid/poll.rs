//! What Hyperliquid is asked: one path, the question in the body. Open interest is coins, found by the coin's place in the
//! list of names, which is another after each listing; it comes without a time. Funding is paid each hour. There are no
//! ratios and no history of open interest.

use crate::error::{Field, FrameError};
use crate::grid::{needed, text};
use crate::json::{Elements, Value};
use crate::net::request::Request;
use crate::poll::answer::{Funding, Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Period, Question, Span};
use crate::poll::read::{self, Read, candle, open_interest, rate, rows, same_symbol, time_ms};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::units::Nanos;

/// How Hyperliquid is asked: 1,200 a minute, of which most of these questions cost 20.
pub(crate) static POLLS: Polls =
    Polls { ask, read, rows_max, trades: Turns::by_ms(Order::NewestOnly, 10), weight_per_minute: |_| 150 };

const fn rows_max(question: Question) -> u64 {
    match question {
        Question::Candles(_) => 5_000,
        _ => 500,
    }
}

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let coin = of.symbol.as_str();
    let (from, to) = span.ms();
    let body = match question {
        Question::Candles(period) => {
            let interval = period.name();
            let wanted = format!(r#"{{"coin":"{coin}","interval":"{interval}","startTime":{from},"endTime":{to}}}"#);
            format!(r#"{{"type":"candleSnapshot","req":{wanted}}}"#)
        }
        Question::Trades(_) => format!(r#"{{"type":"recentTrades","coin":"{coin}"}}"#),
        _ if of.kind == ContractKind::Spot => return None,
        Question::OpenInterest => r#"{"type":"metaAndAssetCtxs"}"#.to_owned(),
        Question::FundingHistory => {
            format!(r#"{{"type":"fundingHistory","coin":"{coin}","startTime":{from},"endTime":{to}}}"#)
        }
        Question::OpenInterestHistory(_) | Question::LongShort(..) => return None,
    };
    Some(Ask { request: Request::post_json("/info", body), weight: 20 })
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let mut rows = rows(Some(Value::parse(body)?))?;
    let coin = of.symbol.as_str();
    Ok(match question {
        Question::OpenInterest | Question::OpenInterestHistory(_) | Question::LongShort(..) => {
            let context = context_of(coin, &mut rows)?;
            Rows::OpenInterest(vec![open_interest(of, Nanos(0), context.member("openInterest"))?])
        }
        Question::FundingHistory => {
            let read = |row: Value<'_>| {
                let [named, paid, time] = row.pick(["coin", "fundingRate", "time"]);
                same_symbol(named, coin)?;
                Ok(Funding { at: time_ms(time)?, rate_e8: rate(paid)? })
            };
            Rows::Funding(rows.map(read).collect::<Read<_>>()?)
        }
        Question::Candles(period) => Rows::Candles(rows.map(|row| one_candle(of, period, row)).collect::<Read<_>>()?),
        Question::Trades(_) => Rows::Trades(rows.map(|row| trade(of, row)).collect::<Read<_>>()?),
    })
}

/// What is told of a coin: its place among the names is its place among the contexts.
fn context_of<'a>(coin: &str, answer: &mut Elements<'a>) -> Read<Value<'a>> {
    let names = needed(answer.next(), Field::Rows)?.member("universe");
    let contexts = rows(answer.next())?;
    let is_ours =
        |name: &(Value<'_>, Value<'_>)| name.0.member("name").and_then(Value::string).is_some_and(|name| name.is(coin));
    let ours = rows(names)?.zip(contexts).find(is_ours);
    Ok(needed(ours.map(|(_, context)| context), Field::Symbol)?)
}

fn one_candle(of: &Instrument, period: Period, row: Value<'_>) -> Read<crate::poll::answer::Candle> {
    let [coin, interval, opened, open, high, low, close, volume] = row.pick(["s", "i", "t", "o", "h", "l", "c", "v"]);
    same_symbol(coin, of.symbol.as_str())?;
    same_symbol(interval, period.name())?;
    candle(of, time_ms(opened)?, [open, high, low, close], volume)
}

fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [coin, id, px, qty, side, time] = row.pick(["coin", "tid", "px", "sz", "side", "time"]);
    same_symbol(coin, of.symbol.as_str())?;
    let aggressor = match text(side, Field::Side)? {
        side if side.is("B") => Side::Buy,
        side if side.is("A") => Side::Sell,
        _ => return Err(FrameError::Unreadable(Field::Side).into()),
    };
    read::trade(of, time_ms(time)?, aggressor, [id, px, qty])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::{Candle, OpenInterest};
    use crate::poll::proof::{FIRST, asked, instrument, proven, refused};
    use crate::poll::question::Crowd;
    use engine_model::instrument::ContractKind::{Linear, Spot};
    use engine_model::units::{Lots, Ticks};
    use engine_model::venue::VenueId;

    fn perpetual(coin: &str) -> Instrument {
        instrument(VenueId::Hyperliquid, (coin, coin, "USDC", Linear, (1, 5), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    #[test]
    fn every_question_is_a_body() {
        let spot = instrument(VenueId::Hyperliquid, ("PURR/USDC", "PURR", "USDC", Spot, (5, 0), (1, 0)));
        let span = r#""startTime":1790812800000,"endTime":1790816400000"#;
        for (of, question, expected) in [
            (perpetual("BTC"), Question::OpenInterest, r#"20 /info {"type":"metaAndAssetCtxs"}"#.to_owned()),
            (
                perpetual("BTC"),
                Question::FundingHistory,
                format!(r#"20 /info {{"type":"fundingHistory","coin":"BTC",{span}}}"#),
            ),
            (
                perpetual("kPEPE"),
                Question::Candles(Period::H1),
                format!(r#"20 /info {{"type":"candleSnapshot","req":{{"coin":"kPEPE","interval":"1h",{span}}}}}"#),
            ),
            (spot, Question::OpenInterest, "-".to_owned()),
            (perpetual("BTC"), Question::LongShort(Crowd::AllAccounts, Period::M5), "-".to_owned()),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn a_coin_is_found_by_its_name_wherever_it_stands() {
        let body = r#"[{"universe":[{"name":"ETH","szDecimals":4},{"name":"BTC","szDecimals":5}]},[{"openInterest":"1.5","markPx":"2600.1"},{"openInterest":"27353.17682","markPx":"61875.0"}]]"#;
        let fields = ["universe", "name", "openInterest"];
        let rows = proven(&perpetual("BTC"), Question::OpenInterest, body, &fields, None);
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: Nanos(0), qty: Lots(2_735_317_682) }]));
        let rows = proven(&perpetual("ETH"), Question::OpenInterest, body, &fields, None);
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: Nanos(0), qty: Lots(150_000) }]));
        assert!(refused(&perpetual("SOL"), Question::OpenInterest, body).contains("symbol is missing"));
        let short = body.replace(r#",{"openInterest":"27353.17682","markPx":"61875.0"}"#, "");
        assert!(refused(&perpetual("BTC"), Question::OpenInterest, &short).contains("symbol is missing"));
    }

    #[test]
    fn funding_candles_and_trades_are_read() {
        let btc = perpetual("BTC");
        let body = r#"[{"coin":"BTC","fundingRate":"-0.0000081","premium":"-0.00012500","time":1790812800000}]"#;
        let rows = proven(&btc, Question::FundingHistory, body, &["coin", "time"], Some("BTC"));
        assert_eq!(rows, Rows::Funding(vec![Funding { at: AT, rate_e8: -810 }]));

        let body = r#"[{"T":1790816399999,"c":"61820.5","h":"61850.0","i":"1h","l":"61790.0","n":709,"o":"61800.1","s":"BTC","t":1790812800000,"v":"15.72"}]"#;
        let fields = ["c", "h", "i", "l", "o", "s", "t", "v"];
        let rows = proven(&btc, Question::Candles(Period::H1), body, &fields, Some("BTC"));
        let [open, high, low, close] = [618_001, 618_500, 617_900, 618_205].map(Ticks);
        let volume = Lots(1_572_000);
        assert_eq!(rows, Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume }]));

        let body = r#"[{"coin":"BTC","side":"A","px":"104320.0","sz":"0.01500","hash":"0x3","time":1790812800000,"tid":300003,"users":["0xa","0xb"]}]"#;
        let fields = ["coin", "side", "px", "sz", "time"];
        let rows = proven(&btc, FIRST, body, &fields, Some("BTC"));
        let sold = Trade { at: AT, id: Some(300_003), px: Ticks(1_043_200), qty: Lots(1_500), aggressor: Side::Sell };
        assert_eq!(rows, Rows::Trades(vec![sold]));
    }
}

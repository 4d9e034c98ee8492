//! What Coinbase Advanced Trade is asked: candles and trades, and the open interest of perpetuals. The side of a trade is the
//! maker's, as in the stream. There are no ratios, and funding only as it is now.

use crate::error::{Field, FrameError};
use crate::grid::text;
use crate::json::Value;
use crate::poll::answer::{Rows, Trade};
use crate::poll::dialect::{Ask, Polls};
use crate::poll::error::PollError;
use crate::poll::pages::{Order, Turns};
use crate::poll::question::{Period, Question, Span};
use crate::poll::read::{self, Read, candle, excerpt, open_interest, rows, same_symbol, time_iso, time_s};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::units::Nanos;

/// How Coinbase is asked: 10 requests a second.
pub(crate) static POLLS: Polls = Polls { ask, read, rows_max: |_| 350, trades: TRADES, weight_per_minute: |_| 75 };

/// By the second.
const TRADES: Turns = Turns { unit_ns: Nanos::SECOND, ..Turns::by_ms(Order::Backwards, 1_000) };

fn ask(of: &Instrument, question: Question, span: Span) -> Option<Ask> {
    let product = format!("/api/v3/brokerage/market/products/{}", of.symbol);
    Ask::get(match question {
        Question::Candles(period) => {
            let ((start, end), granularity) = (span.seconds(), candle_word(period)?);
            format!("{product}/candles?start={start}&end={end}&granularity={granularity}&limit=350")
        }
        Question::Trades(page) => {
            let (start, end) = (span.seconds().0, page.until(span).0 / Nanos::SECOND + 1);
            format!("{product}/ticker?limit=1000&start={start}&end={end}")
        }
        Question::OpenInterest if of.kind != ContractKind::Spot => product,
        Question::OpenInterest
        | Question::OpenInterestHistory(_)
        | Question::LongShort(..)
        | Question::FundingHistory => return None,
    })
}

const fn candle_word(period: Period) -> Option<&'static str> {
    match period {
        Period::M1 => Some("ONE_MINUTE"),
        Period::M5 => Some("FIVE_MINUTE"),
        Period::M15 => Some("FIFTEEN_MINUTE"),
        Period::H1 => Some("ONE_HOUR"),
        Period::D1 => Some("ONE_DAY"),
        Period::H4 => None,
    }
}

fn read(of: &Instrument, question: Question, body: &[u8]) -> Read<Rows> {
    let answer = Value::parse(body)?;
    if let [Some(error), told] = answer.pick(["error", "message"]) {
        return Err(PollError::Refused { code: excerpt(error), told: told.map(excerpt).unwrap_or_default() });
    }
    Ok(match question {
        Question::Candles(_) => {
            let read = |row: Value<'_>| {
                let [opened, open, high, low, close, volume] =
                    row.pick(["start", "open", "high", "low", "close", "volume"]);
                candle(of, time_s(opened)?, [open, high, low, close], volume)
            };
            Rows::Candles(rows(answer.member("candles"))?.map(read).collect::<Read<_>>()?)
        }
        Question::Trades(_) => {
            Rows::Trades(rows(answer.member("trades"))?.map(|row| trade(of, row)).collect::<Read<_>>()?)
        }
        Question::OpenInterest
        | Question::OpenInterestHistory(_)
        | Question::LongShort(..)
        | Question::FundingHistory => {
            let [symbol, details] = answer.pick(["product_id", "future_product_details"]);
            same_symbol(symbol, of.symbol.as_str())?;
            let perpetual = details.and_then(|details| details.member("perpetual_details"));
            let open = perpetual.and_then(|perpetual| perpetual.member("open_interest"));
            Rows::OpenInterest(vec![open_interest(of, Nanos(0), open)?])
        }
    })
}

fn trade(of: &Instrument, row: Value<'_>) -> Read<Trade> {
    let [symbol, id, px, qty, side, time] = row.pick(["product_id", "trade_id", "price", "size", "side", "time"]);
    same_symbol(symbol, of.symbol.as_str())?;
    let maker = match text(side, Field::Side)? {
        side if side.is("BUY") => Side::Buy,
        side if side.is("SELL") => Side::Sell,
        _ => return Err(FrameError::Unreadable(Field::Side).into()),
    };
    read::trade(of, time_iso(time)?, maker.opposite(), [id, px, qty])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::answer::{Candle, OpenInterest};
    use crate::poll::proof::{FIRST, NEXT, asked, instrument, proven, refused};
    use engine_model::instrument::ContractKind::{Linear, Spot};
    use engine_model::units::{Lots, Ticks};
    use engine_model::venue::VenueId;

    fn spot() -> Instrument {
        instrument(VenueId::Coinbase, ("BTC-USD", "BTC", "USD", Spot, (2, 8), (1, 0)))
    }

    fn perpetual() -> Instrument {
        instrument(VenueId::Coinbase, ("BTC-PERP-INTX", "BTC", "USDC", Linear, (1, 4), (1, 0)))
    }

    const AT: Nanos = Nanos(1_790_812_800 * Nanos::SECOND);

    #[test]
    fn only_perpetuals_have_open_interest_and_nothing_has_four_hours() {
        let product = "1 /api/v3/brokerage/market/products/BTC-";
        for (of, question, expected) in [
            (spot(), Question::OpenInterest, "-".to_owned()),
            (perpetual(), Question::OpenInterest, format!("{product}PERP-INTX")),
            (perpetual(), Question::FundingHistory, "-".to_owned()),
            (spot(), Question::Candles(Period::H4), "-".to_owned()),
            (spot(), FIRST, format!("{product}USD/ticker?limit=1000&start=1790812800&end=1790816401")),
            (spot(), NEXT, format!("{product}USD/ticker?limit=1000&start=1790812800&end=1790814601")),
            (
                spot(),
                Question::Candles(Period::M1),
                format!("{product}USD/candles?start=1790812800&end=1790816400&granularity=ONE_MINUTE&limit=350"),
            ),
        ] {
            assert_eq!(asked(&of, question), expected);
        }
    }

    #[test]
    fn open_interest_is_coins_and_of_the_perpetual() {
        let body = r#"{"product_id":"BTC-PERP-INTX","price":"61820.5","future_product_details":{"venue":"","contract_size":"1","perpetual_details":{"open_interest":"1234.5678","funding_rate":"0.000012"}}}"#;
        let fields = ["product_id", "perpetual_details", "open_interest"];
        let rows = proven(&perpetual(), Question::OpenInterest, body, &fields[..1], Some("BTC-PERP-INTX"));
        assert_eq!(rows, Rows::OpenInterest(vec![OpenInterest { at: Nanos(0), qty: Lots(12_345_678) }]));
        for field in fields {
            refused(&perpetual(), Question::OpenInterest, &body.replace(field, "another"));
        }
    }

    #[test]
    fn candles_are_read_and_the_maker_is_not_the_taker() {
        let body = r#"{"candles":[{"start":"1790812800","low":"61790.00","high":"61850.00","open":"61800.10","close":"61820.50","volume":"355.82896243"}]}"#;
        let fields = ["start", "low", "high", "open", "close", "volume"];
        let rows = proven(&spot(), Question::Candles(Period::H1), body, &fields, None);
        let [open, high, low, close] = [6_180_010, 6_185_000, 6_179_000, 6_182_050].map(Ticks);
        let volume = Lots(35_582_896_243);
        assert_eq!(rows, Rows::Candles(vec![Candle { opened_at: AT, open, high, low, close, volume }]));
        // At the best ask: somebody bought.
        let body = r#"{"trades":[{"trade_id":"995098663","product_id":"BTC-USD","price":"68923.67","size":"0.00064","time":"2026-10-01T00:00:00Z","side":"SELL","bid":"","ask":""}],"best_bid":"68923.66","best_ask":"68923.67"}"#;
        let fields = ["product_id", "price", "size", "time", "side"];
        let rows = proven(&spot(), FIRST, body, &fields, Some("BTC-USD"));
        let bought =
            Trade { at: AT, id: Some(995_098_663), px: Ticks(6_892_367), qty: Lots(64_000), aggressor: Side::Buy };
        assert_eq!(rows, Rows::Trades(vec![bought]));
        let told = refused(&spot(), FIRST, r#"{"error":"NOT_FOUND","message":"product not found"}"#);
        assert!(told.contains("code NOT_FOUND: product not found"), "{told}");
    }
}

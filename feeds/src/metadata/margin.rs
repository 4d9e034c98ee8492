//! What venues want to see behind a position, by their own tables: asked for at the start, without a key.
//!
//! | venue | counted in | where |
//! |---|---|---|
//! | Bybit, linear | quote | <https://bybit-exchange.github.io/docs/v5/market/risk-limit> |
//! | OKX, swaps | contracts | <https://www.okx.com/docs-v5/en/#public-data-rest-api-get-position-tiers> |
//! | Gate, linear | quote | <https://www.gate.com/docs/developers/apiv4/en/#query-risk-limit-tiers> |
//! | Bitget, linear | quote | <https://www.bitget.com/api-doc/contract/position/Get-Query-Position-Lever> |
//! | Hyperliquid | quote | <https://hyperliquid.gitbook.io/hyperliquid-docs/trading/margin-tiers> |
//!
//! A step in contracts is worth what the price makes of it, and a table here is in quote: it is told at half the price of the
//! start, so that it is no cheaper than the venue's until the price has halved. Inverse contracts' steps are counted in
//! coins, and Binance tells its table to keys alone: neither is read.
//!
//! Owns: questions and reading. Never: which table counts.

use super::{MetadataError, written_out};
use crate::json::Value;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, Grid, Instrument};
use engine_model::margin::{MarginTier, MarginTiers};
use engine_model::units::{Quote, Ticks};
use engine_model::venue::VenueId;

/// Money, and rates, in 1e-8.
const E8: Grid = Grid { price_decimals: 8, tick_step: 1, qty_decimals: 0, lot_step: 1 };
/// 1e-8 in one part in a million.
const E8_IN_PPM: i64 = 100;

/// What is to be asked about a contract, in this order; nothing where the venue has no table of it, or none that is read.
#[must_use]
pub fn margin_requests(instrument: &Instrument) -> Vec<Request> {
    requests(instrument).unwrap_or_default()
}

fn requests(instrument: &Instrument) -> Option<Vec<Request>> {
    let symbol = instrument.symbol.as_str();
    let get = |path: String| vec![Request::get(path)];
    Some(match (instrument.venue, instrument.kind) {
        (VenueId::Bybit, ContractKind::Linear) => {
            let (category, symbol) = symbol.split_once(':')?;
            get(format!("/v5/market/risk-limit?category={category}&symbol={symbol}"))
        }
        (VenueId::Okx, ContractKind::Linear) if symbol.ends_with("-SWAP") => {
            let family = symbol.trim_end_matches("-SWAP");
            vec![
                Request::get(format!("/api/v5/public/mark-price?instType=SWAP&instId={symbol}")),
                Request::get(format!("/api/v5/public/position-tiers?instType=SWAP&tdMode=cross&instFamily={family}")),
            ]
        }
        (VenueId::GateFutures, ContractKind::Linear) => {
            get(format!("/api/v4/futures/usdt/risk_limit_tiers?contract={symbol}"))
        }
        (VenueId::Bitget, ContractKind::Linear) => {
            let (kind, symbol) = symbol.split_once(':')?;
            get(format!("/api/v2/mix/market/query-position-lever?symbol={symbol}&productType={kind}"))
        }
        (VenueId::Hyperliquid, ContractKind::Linear) => vec![Request::post_json("/info", *br#"{"type":"meta"}"#)],
        _ => return None,
    })
}

/// The table out of the answers to these questions, in their order.
///
/// # Errors
/// Which rule of the instrument is missing or cannot be read, or the venue's own words.
pub fn read_margin(instrument: &Instrument, answers: &[Vec<u8>]) -> Result<MarginTiers, MetadataError> {
    let broken = || MetadataError::Rule { symbol: instrument.symbol.to_string(), rule: "margin table" };
    let parsed: Option<Vec<Value<'_>>> = answers.iter().map(|answer| Value::parse(answer).ok()).collect();
    let steps = parsed.and_then(|parsed| match instrument.venue {
        VenueId::Bybit => bybit(&parsed),
        VenueId::Okx => okx(instrument, &parsed),
        VenueId::GateFutures => gate(&parsed),
        VenueId::Bitget => bitget(&parsed),
        VenueId::Hyperliquid => hyperliquid(instrument, &parsed),
        _ => None,
    });
    let mut steps = steps.ok_or_else(broken)?;
    steps.sort_by_key(|step| step.up_to);
    MarginTiers::told(&steps).map_err(|_| broken())
}

/// A step: to that value in quote, at that leverage, with that rate of maintenance; rounded to the strict side.
fn step(up_to: Option<Value<'_>>, leverage: Option<Value<'_>>, rate: Option<Value<'_>>) -> Option<MarginTier> {
    Some(MarginTier { up_to: Quote(e8(up_to?)?), leverage_max: whole(leverage?)?, maintenance_ppm: ppm(e8(rate?)?)? })
}

/// A number in 1e-8; what is beyond is the most there is. Digits behind the eighth say nothing here.
fn e8(value: Value<'_>) -> Option<i64> {
    let text = written_out(value)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let short = format!("{whole}.{}", fraction.get(..fraction.len().min(8))?);
    match E8.ticks(short.trim_end_matches('.').as_bytes()) {
        Ok(ticks) => Some(ticks.0).filter(|e8| *e8 >= 0),
        Err(engine_model::instrument::DecimalError::OutOfRange) => Some(i64::MAX),
        Err(_) => None,
    }
}

/// The whole part of a leverage.
fn whole(value: Value<'_>) -> Option<u16> {
    let text = written_out(value)?;
    let whole = text.split('.').next()?;
    whole.parse().ok().filter(|leverage| *leverage > 0)
}

fn ppm(e8: i64) -> Option<u32> {
    u32::try_from(e8 / E8_IN_PPM + i64::from(e8 % E8_IN_PPM > 0)).ok()
}

fn bybit(answers: &[Value<'_>]) -> Option<Vec<MarginTier>> {
    let [answer] = answers else { return None };
    let list = answer.member("result")?.member("list")?;
    list.elements()
        .map(|row| {
            let [up_to, rate, leverage] = row.pick(["riskLimitValue", "maintenanceMargin", "maxLeverage"]);
            step(up_to, leverage, rate)
        })
        .collect()
}

fn gate(answers: &[Value<'_>]) -> Option<Vec<MarginTier>> {
    let [answer] = answers else { return None };
    let rows = answer.elements().map(|row| {
        let [up_to, rate, leverage] = row.pick(["risk_limit", "maintenance_rate", "leverage_max"]);
        step(up_to, leverage, rate)
    });
    rows.collect()
}

fn bitget(answers: &[Value<'_>]) -> Option<Vec<MarginTier>> {
    let [answer] = answers else { return None };
    let rows = answer.member("data")?.elements().map(|row| {
        let [up_to, rate, leverage] = row.pick(["endUnit", "keepMarginRate", "leverage"]);
        step(up_to, leverage, rate)
    });
    rows.collect()
}

fn okx(instrument: &Instrument, answers: &[Value<'_>]) -> Option<Vec<MarginTier>> {
    let [mark, tiers] = answers else { return None };
    let mark = mark.member("data")?.elements().next()?.member("markPx")?;
    let px = Ticks(instrument.grid.ticks(nearest(&written_out(mark)?, instrument.grid)?.as_bytes()).ok()?.0 / 2);
    let rows = tiers.member("data")?.elements().map(|row| {
        let [size, rate, leverage] = row.pick(["maxSz", "mmr", "maxLever"]);
        let lots = instrument.grid.lots(written_out(size?)?.as_bytes()).ok()?;
        let up_to = instrument.notional(px, lots).unwrap_or(Quote(i64::MAX));
        Some(MarginTier { up_to, leverage_max: whole(leverage?)?, maintenance_ppm: ppm(e8(rate?)?)? })
    });
    rows.collect()
}

/// A price that need not lie on the grid, cut to its decimals, and to its steps.
fn nearest(px: &str, grid: Grid) -> Option<String> {
    let fine = Grid { tick_step: 1, ..grid };
    let (whole, fraction) = px.split_once('.').unwrap_or((px, ""));
    let short = format!("{whole}.{}", fraction.get(..fraction.len().min(usize::from(grid.price_decimals)))?);
    let units = fine.ticks(short.trim_end_matches('.').as_bytes()).ok()?.0;
    Some(grid.price_text(Ticks(units / grid.tick_step)))
}

/// What must stay is half of what opening takes at the most leverage. A coin names its table by number; one that the answer
/// does not have has one step.
fn hyperliquid(instrument: &Instrument, answers: &[Value<'_>]) -> Option<Vec<MarginTier>> {
    let [answer] = answers else { return None };
    let [universe, tables] = answer.pick(["universe", "marginTables"]);
    let coin = universe?.elements().find(|row| row.says("name", &[instrument.symbol.as_str()]))?;
    let [leverage, table] = coin.pick(["maxLeverage", "marginTableId"]);
    let number = table.and_then(Value::unsigned);
    let named = tables.into_iter().flat_map(Value::elements).find_map(|pair| {
        let mut parts = pair.elements();
        let id = parts.next().and_then(Value::unsigned);
        parts.next().filter(|_| id.is_some() && id == number)
    });
    let of = |leverage_max: u16, up_to: Quote| {
        let twice = 2 * u32::from(leverage_max);
        MarginTier { up_to, leverage_max, maintenance_ppm: 1_000_000_u32.div_ceil(twice) }
    };
    let Some(named) = named else { return Some(vec![of(whole(leverage?)?, Quote(i64::MAX))]) };
    let rows: Option<Vec<(i64, u16)>> = named
        .member("marginTiers")?
        .elements()
        .map(|row| {
            let [from, leverage] = row.pick(["lowerBound", "maxLeverage"]);
            Some((e8(from?)?, whole(leverage?)?))
        })
        .collect();
    let rows = rows?;
    let ends = rows.iter().skip(1).map(|(from, _)| *from).chain([i64::MAX]);
    Some(rows.iter().zip(ends).map(|((_, leverage), end)| of(*leverage, Quote(end))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{InstrumentId, Name};
    use engine_model::units::Lots;

    fn of(venue: VenueId, symbol: &str, contract_decimals: u8) -> Instrument {
        Instrument {
            id: InstrumentId(0),
            venue,
            symbol: Name::new(symbol).expect("fits"),
            base: Name::new("BTC").expect("fits"),
            quote: Name::new("USDT").expect("fits"),
            kind: ContractKind::Linear,
            grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 2, lot_step: 1 },
            contract_size: 1,
            contract_decimals,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000_000),
            min_notional: Quote::ZERO,
        }
    }

    fn read(instrument: &Instrument, answers: &[&str]) -> Vec<(i64, u16, u32)> {
        let paths = margin_requests(instrument).len();
        assert_eq!(paths, answers.len(), "one answer a question");
        let answers: Vec<Vec<u8>> = answers.iter().map(|answer| answer.as_bytes().to_vec()).collect();
        let table = read_margin(instrument, &answers).expect("a table");
        let row = |step: &MarginTier| (step.up_to.0, step.leverage_max, step.maintenance_ppm);
        table.steps().map(|(step, _)| row(step)).collect()
    }

    const ONE: i64 = 100_000_000;

    #[test]
    fn the_venues_own_tables_are_read() {
        let bybit = of(VenueId::Bybit, "linear:BTCUSDT", 0);
        let path = margin_requests(&bybit)[0].path.to_string();
        assert_eq!(path, "/v5/market/risk-limit?category=linear&symbol=BTCUSDT");
        let said = r#"{"retCode":0,"result":{"category":"linear","list":[{"id":2,"symbol":"BTCUSDT","riskLimitValue":"4000000",
            "maintenanceMargin":"0.01","initialMargin":"0.0175","isLowestRisk":0,"maxLeverage":"57.14","mmDeduction":"10000"},
            {"id":1,"symbol":"BTCUSDT","riskLimitValue":"2000000","maintenanceMargin":"0.005","initialMargin":"0.01",
            "isLowestRisk":1,"maxLeverage":"100.00","mmDeduction":""}]}}"#;
        assert_eq!(read(&bybit, &[said]), [(2_000_000 * ONE, 100, 5_000), (4_000_000 * ONE, 57, 10_000)]);

        let gate = of(VenueId::GateFutures, "BTC_USDT", 4);
        let said = r#"[{"tier":1,"risk_limit":"20000","initial_rate":"0.008","maintenance_rate":"0.004","leverage_max":"125"},
            {"tier":2,"risk_limit":"1000000","initial_rate":"0.01","maintenance_rate":"0.00500001","leverage_max":"100"}]"#;
        assert_eq!(read(&gate, &[said]), [(20_000 * ONE, 125, 4_000), (1_000_000 * ONE, 100, 5_001)]);

        let bitget = of(VenueId::Bitget, "USDT-FUTURES:BTCUSDT", 0);
        let path = margin_requests(&bitget)[0].path.to_string();
        assert_eq!(path, "/api/v2/mix/market/query-position-lever?symbol=BTCUSDT&productType=USDT-FUTURES");
        let said = r#"{"code":"00000","data":[{"symbol":"BTCUSDT","level":"1","startUnit":"0","endUnit":"150000",
            "leverage":"125","keepMarginRate":"0.004"}]}"#;
        assert_eq!(read(&bitget, &[said]), [(150_000 * ONE, 125, 4_000)]);
    }

    /// Of 500 contracts of a hundredth of a coin, at half of 60,000.
    #[test]
    fn steps_in_contracts_are_told_at_half_the_price() {
        let okx = of(VenueId::Okx, "BTC-USDT-SWAP", 2);
        let mark = r#"{"code":"0","data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","markPx":"60000.04","ts":"1"}]}"#;
        let tiers = r#"{"code":"0","data":[{"instFamily":"BTC-USDT","imr":"0.01","maxLever":"100","maxSz":"500","minSz":"0",
            "mmr":"0.004","tier":"1"},{"maxLever":"66.66","maxSz":"1000","minSz":"500.01","mmr":"0.006","tier":"2"}]}"#;
        assert_eq!(read(&okx, &[mark, tiers]), [(150_000 * ONE, 100, 4_000), (300_000 * ONE, 66, 6_000)]);
    }

    #[test]
    fn a_coin_names_its_table_and_what_must_stay_is_half_of_what_opening_takes() {
        let said = r#"{"universe":[{"name":"ETH","maxLeverage":25,"marginTableId":25},{"name":"BTC","maxLeverage":40,
            "marginTableId":56}],"marginTables":[[50,{"description":"","marginTiers":[{"lowerBound":"0.0","maxLeverage":50}]}],
            [56,{"description":"tiered","marginTiers":[{"lowerBound":"0.0","maxLeverage":40},
            {"lowerBound":"150000000.0","maxLeverage":20}]}]]}"#;
        let btc = of(VenueId::Hyperliquid, "BTC", 0);
        assert_eq!(read(&btc, &[said]), [(150_000_000 * ONE, 40, 12_500), (i64::MAX, 20, 25_000)]);
        assert_eq!(read(&of(VenueId::Hyperliquid, "ETH", 0), &[said]), [(i64::MAX, 25, 20_000)]);
    }

    #[test]
    fn what_is_no_table_is_named_and_what_has_none_is_not_asked() {
        let bybit = of(VenueId::Bybit, "linear:BTCUSDT", 0);
        for said in [
            "",
            "{}",
            r#"{"retCode":10001,"retMsg":"params error","result":{}}"#,
            r#"{"result":{"list":[]}}"#,
            r#"{"result":{"list":[{"riskLimitValue":"-1","maintenanceMargin":"0.005","maxLeverage":"100"}]}}"#,
            r#"{"result":{"list":[{"riskLimitValue":"1","maintenanceMargin":"0.005","maxLeverage":"0.5"}]}}"#,
            r#"{"result":{"list":[{"riskLimitValue":"1","maintenanceMargin":"half","maxLeverage":"100"}]}}"#,
            r#"{"result":{"list":[{"riskLimitValue":"1","maintenanceMargin":"0.02","maxLeverage":"100"}]}}"#,
        ] {
            let error = read_margin(&bybit, &[said.as_bytes().to_vec()]).expect_err("no table");
            assert_eq!(error.to_string(), "linear:BTCUSDT: margin table is missing or cannot be read", "{said}");
        }
        let spot = Instrument { kind: ContractKind::Spot, ..bybit };
        let inverse = Instrument { kind: ContractKind::Inverse, ..of(VenueId::Bybit, "inverse:BTCUSD", 0) };
        let usdm = of(VenueId::BinanceUsdm, "BTCUSDT", 0);
        assert!([spot, inverse, usdm].iter().all(|of| margin_requests(of).is_empty()));
    }
}

//! Answers about perpetuals: open interest of all at once, in the order of their names; funding that was paid.

use super::rest::of_kind;
use crate::floor::Floor;
use crate::past::rate_e8;
use crate::text::Text;
use engine_model::units::Lots;
use serde_json::Value;

/// It is paid each hour.
const FUNDING_MS: u64 = 3_600_000;
/// Payments told at once.
const FUNDING_ROWS: usize = 500;

/// The list of names, and behind it what is told of each of them.
pub(super) fn contexts(floor: &Floor, meta: &str) -> String {
    let context = |instrument: usize| {
        let open = floor.listings[instrument].instrument.grid.qty_text(Lots(floor.open_interest_lots(instrument)));
        format!(r#"{{"openInterest":"{open}"}}"#)
    };
    let contexts: Vec<String> = of_kind(&floor.listings, false).map(|l| context(l.instrument.id.index())).collect();
    format!("[{meta},[{}]]", contexts.join(","))
}

/// From the oldest that is asked for; `None` of a question without a coin or a time.
pub(super) fn funding(floor: &Floor, question: &Value, at_ms: u64) -> Option<String> {
    let coin = question.get("coin")?.as_str()?;
    let from_ms = question.get("startTime")?.as_u64()?;
    let to_ms = question.get("endTime").and_then(Value::as_u64).map_or(at_ms, |to| to.min(at_ms));
    let instrument = of_kind(&floor.listings, false).find(|listing| listing.name() == coin)?.instrument.id.index();
    let row = |index: u64| {
        let time = index * FUNDING_MS;
        // An eighth of what is paid elsewhere in eight hours.
        let rate = Text::new().decimal(i128::from(rate_e8(instrument as u64, time)) * 100 / 8, 10).take();
        format!(r#"{{"coin":"{coin}","fundingRate":"{rate}","premium":"0.0","time":{time}}}"#)
    };
    let first = from_ms.div_ceil(FUNDING_MS);
    let rows: Vec<String> = (first..=to_ms / FUNDING_MS).take(FUNDING_ROWS).map(row).collect();
    Some(format!("[{}]", rows.join(",")))
}

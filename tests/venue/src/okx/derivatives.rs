//! Answers about contracts: open interest now, ratios of long to short, funding that was paid. Lists begin with the newest.

use crate::floor::Floor;
use crate::http::Request;
use crate::margin::{Step, steps};
use crate::past::{FUNDING_MS, long_e4, newest, rate_e8};
use crate::text::Text;
use engine_model::units::{Lots, Ticks};

/// Rows of an answer at most.
const ROWS: u64 = 100;

/// The rows of an answer; `None` of a path that is none of these. `instrument`: the swap asked for.
pub(super) fn rows(floor: &Floor, request: &Request, instrument: usize, at_ms: u64) -> Option<Vec<String>> {
    let name = floor.listings[instrument].name();
    match request.path.strip_prefix("/api/v5/")? {
        "public/open-interest" => {
            let contracts =
                floor.listings[instrument].instrument.grid.qty_text(Lots(floor.open_interest_lots(instrument)));
            Some(vec![format!(r#"{{"instId":"{name}","instType":"SWAP","oi":"{contracts}","ts":"{at_ms}"}}"#)])
        }
        "public/mark-price" => {
            let mark = floor.listings[instrument].instrument.grid.price_text(floor.fair(instrument));
            Some(vec![format!(r#"{{"instId":"{name}","instType":"SWAP","markPx":"{mark}","ts":"{at_ms}"}}"#)])
        }
        "public/funding-rate-history" => {
            let row = |at_ms: u64| {
                let rate = Text::new().decimal(i128::from(rate_e8(instrument as u64, at_ms)), 8).take();
                format!(
                    r#"{{"fundingRate":"{rate}","fundingTime":"{at_ms}","instId":"{name}","instType":"SWAP","method":"current_period","realizedRate":"{rate}"}}"#
                )
            };
            Some(newest(FUNDING_MS, ROWS, at_ms).into_iter().rev().map(row).collect())
        }
        statistics => {
            let whose = match statistics.strip_prefix("rubik/stat/contracts/")? {
                "long-short-position-ratio-contract-top-trader" => 1,
                "long-short-account-ratio-contract-top-trader" => 2,
                "long-short-account-ratio-contract" => 3,
                _ => return None,
            };
            let minutes = match request.parameter("period")? {
                "5m" => 5,
                "1H" => 60,
                _ => return None,
            };
            // Long over short.
            let row = |at_ms: u64| {
                let long = long_e4(whose + 10 * instrument as u64, at_ms);
                let ratio = Text::new().decimal(i128::from(long * 1_000_000 / (10_000 - long)), 6).take();
                format!(r#"["{at_ms}","{ratio}"]"#)
            };
            Some(newest(minutes * 60_000, ROWS, at_ms).into_iter().rev().map(row).collect())
        }
    }
}

/// The table of a swap, in contracts: worth what they are at half the price, as a reader of it must count.
pub(super) fn tiers(floor: &Floor, instrument: usize) -> Vec<String> {
    let listed = &floor.listings[instrument].instrument;
    let half = Ticks(floor.fair(instrument).0 / 2);
    let one = listed.notional(half, Lots(1)).map_or(1, |worth| worth.0.max(1));
    let row = |(step, tier): (Step, usize)| {
        let Step { end, leverage, rate, .. } = step;
        let size = listed.grid.qty_text(Lots(end.0 / one));
        format!(r#"{{"tier":"{tier}","maxSz":"{size}","minSz":"0","mmr":"{rate}","imr":"","maxLever":"{leverage}"}}"#)
    };
    steps().into_iter().zip(1..).map(row).collect()
}

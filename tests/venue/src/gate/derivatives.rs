//! Answers about contracts: open interest now and in statistics, ratios of long to short, funding that was paid.

use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::margin::{Step, steps};
use crate::past::{FUNDING_MS, long_e4, newest, rate_e8};
use crate::text::Text;
use engine_model::units::Lots;

/// `None` of a name that is none of these. `instrument`: the contract asked for.
pub(super) fn answer(floor: &Floor, name: &str, request: &Request, instrument: usize, at_ms: u64) -> Option<Answer> {
    let listing = &floor.listings[instrument];
    let open = listing.instrument.grid.qty_text(Lots(floor.open_interest_lots(instrument)));
    let rows: Vec<String> = match name {
        "tickers" => vec![format!(r#"{{"contract":"{}","total_size":"{open}"}}"#, listing.name())],
        "contract_stats" => {
            let minutes = if request.parameter("interval") == Some("1h") { 60 } else { 5 };
            let row = |at_ms: u64| {
                let ratio = |whose: u64| {
                    let long = long_e4(whose + 10 * instrument as u64, at_ms);
                    Text::new().decimal(i128::from(long * 1_000_000 / (10_000 - long)), 6).take()
                };
                let [top_size, top_account, account] = [1, 2, 3].map(ratio);
                let time = at_ms / 1_000;
                format!(
                    r#"{{"time":{time},"lsr_account":{account},"top_lsr_account":{top_account},"top_lsr_size":{top_size},"open_interest":"{open}"}}"#
                )
            };
            newest(minutes * 60_000, 12, at_ms).into_iter().map(row).collect()
        }
        "risk_limit_tiers" => {
            let row = |(step, tier): (Step, usize)| {
                let Step { up_to, leverage, rate, .. } = step;
                format!(
                    r#"{{"tier":{tier},"risk_limit":"{up_to}","initial_rate":"","maintenance_rate":"{rate}","leverage_max":"{leverage}","contract":"{}","deduction":""}}"#,
                    listing.name()
                )
            };
            steps().into_iter().zip(1..).map(row).collect()
        }
        "funding_rate" => {
            let row = |at_ms: u64| {
                let rate = Text::new().decimal(i128::from(rate_e8(instrument as u64, at_ms)), 8).take();
                format!(r#"{{"r":"{rate}","t":{}}}"#, at_ms / 1_000)
            };
            newest(FUNDING_MS, 12, at_ms).into_iter().rev().map(row).collect()
        }
        _ => return None,
    };
    Some(Answer::of(200, format!("[{}]", rows.join(","))))
}

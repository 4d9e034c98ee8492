//! Answers about contracts: open interest now, ratios of long to short, funding that was paid.

use crate::floor::Floor;
use crate::margin::{Step, steps};
use crate::past::{FUNDING_MS, long_e4, newest, rate_e8};
use crate::text::Text;
use engine_model::units::Lots;

/// The data of an answer; `None` of a name that is none of these.
pub(super) fn data(floor: &Floor, name: &str, instrument: usize, at_ms: u64) -> Option<String> {
    let listing = &floor.listings[instrument];
    let symbol = listing.name();
    let ratios = |whose: u64, word: &str| {
        let row = |at_ms: u64| {
            let long = long_e4(whose + 10 * instrument as u64, at_ms);
            let [long, short] = [long, 10_000 - long].map(|share| Text::new().decimal(i128::from(share), 4).take());
            format!(r#"{{"long{word}Ratio":"{long}","short{word}Ratio":"{short}","ts":"{at_ms}"}}"#)
        };
        newest(300_000, 12, at_ms).into_iter().map(row).collect::<Vec<_>>()
    };
    let rows = match name {
        "open-interest" => {
            let open = listing.instrument.grid.qty_text(Lots(floor.open_interest_lots(instrument)));
            return Some(format!(r#"{{"openInterestList":[{{"symbol":"{symbol}","size":"{open}"}}],"ts":"{at_ms}"}}"#));
        }
        "position-long-short" => ratios(1, "Position"),
        "account-long-short" => ratios(3, "Account"),
        "query-position-lever" => {
            let row = |(step, level): (Step, usize)| {
                let Step { from, up_to, leverage, rate, .. } = step;
                format!(
                    r#"{{"symbol":"{symbol}","level":"{level}","startUnit":"{from}","endUnit":"{up_to}","leverage":"{leverage}","keepMarginRate":"{rate}"}}"#
                )
            };
            steps().into_iter().zip(1..).map(row).collect()
        }
        "history-fund-rate" => {
            let row = |at_ms: u64| {
                let rate = Text::new().decimal(i128::from(rate_e8(instrument as u64, at_ms)), 8).take();
                format!(r#"{{"symbol":"{symbol}","fundingRate":"{rate}","fundingTime":"{at_ms}"}}"#)
            };
            newest(FUNDING_MS, 100, at_ms).into_iter().rev().map(row).collect()
        }
        _ => return None,
    };
    Some(format!("[{}]", rows.join(",")))
}

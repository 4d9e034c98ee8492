//! Answers about contracts: open interest of all at once, funding that was paid.

use crate::floor::Floor;
use crate::http::Request;
use crate::listing::Listing;
use crate::past::{newest, rate_e8};
use crate::text::{Text, iso};
use engine_model::units::Lots;

/// It is paid each hour.
const FUNDING_MS: u64 = 3_600_000;
/// Payments told: two days.
const FUNDING_ROWS: u64 = 48;

/// The member that holds them. Contracts of inverse ones, coins of the others.
pub(super) fn tickers(floor: &Floor) -> String {
    let ticker = |(instrument, listing): (usize, &Listing)| {
        let open = listing.instrument.grid.qty_text(Lots(floor.open_interest_lots(instrument)));
        let symbol = listing.name();
        format!(r#"{{"symbol":"{symbol}","tag":"perpetual","openInterest":{open},"suspended":false}}"#)
    };
    let tickers: Vec<String> = floor.listings.iter().enumerate().map(ticker).collect();
    format!(r#""tickers":[{}]"#, tickers.join(","))
}

/// The member that holds what was paid, oldest first: money a contract, and the part of a position. `None` of a contract
/// that is not listed.
pub(super) fn funding(floor: &Floor, request: &Request, at_ms: u64) -> Option<String> {
    let asked = request.parameter("symbol")?;
    let listing = floor.listings.iter().find(|listing| listing.name() == asked)?;
    let (instrument, grid) = (listing.instrument.id.index() as u64, listing.instrument.grid);
    let px_e8 = i128::from(listing.start_px.0) * i128::from(grid.tick_step) * 100_000_000
        / 10i128.pow(u32::from(grid.price_decimals));
    let row = |at_ms: u64| {
        // An eighth of what is paid elsewhere in eight hours.
        let rate_e10 = i128::from(rate_e8(instrument, at_ms)) * 100 / 8;
        let relative = Text::new().decimal(rate_e10, 10).take();
        let money = Text::new().decimal(rate_e10 * px_e8 / 10_000_000_000, 8).take();
        let time = iso(at_ms, 3);
        format!(r#"{{"timestamp":"{time}","fundingRate":{money},"relativeFundingRate":{relative}}}"#)
    };
    let rates: Vec<String> = newest(FUNDING_MS, FUNDING_ROWS, at_ms).into_iter().map(row).collect();
    Some(format!(r#""rates":[{}]"#, rates.join(",")))
}

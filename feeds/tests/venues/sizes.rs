//! What a quantity is worth: the venue's own list of instruments, one trade and one best bid of each, from the texts that the
//! venue sends to lots, to coins and to money. A multiplier read wrong shows here as a position ten times too large.

mod frames;
mod golden;
mod lists;

use crate::book::plain;
use crate::desk::Desk;
use engine_model::instrument::{ContractKind, Grid, Instrument};
use engine_model::market::MarketChange;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;
use golden::{ABSENT, MARKETS, Market};

/// What each market has a row for, or says why not.
const TOKENS: [&str; 4] = ["BTC", "ETH", "SOL", "1000x"];

/// A row of the table of an instrument that there is.
struct Row {
    symbol: &'static str,
    price: &'static str,
    /// Of the trade.
    qty: &'static str,
    /// Of the best bid.
    best: &'static str,
    /// What must come of them, in the words of [`told`].
    expected: String,
}

/// The rows of a market; a token that it does not have says so.
fn rows(market: &Market) -> Vec<Row> {
    let lines = market.rows.lines().map(str::trim).filter(|line| !line.is_empty());
    let (mut tokens, mut rows) = (Vec::new(), Vec::new());
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        tokens.push(words[0]);
        match words[1..] {
            ["none:", _, ..] => {}
            [symbol, price, qty, best, ref expected @ ..] => {
                rows.push(Row { symbol, price, qty, best, expected: expected.join(" ") });
            }
            _ => panic!("no row: {line}"),
        }
    }
    assert_eq!(tokens, TOKENS, "{}", market.name);
    rows
}

/// So many lots as what they are: coins, or of an inverse contract its quote.
fn amount(instrument: &Instrument, lots: Lots) -> String {
    let Instrument { grid, contract_size, .. } = instrument;
    let sizes =
        Grid { qty_decimals: instrument.size_decimals(), lot_step: grid.lot_step * contract_size, ..instrument.grid };
    let unit = if instrument.kind == ContractKind::Inverse { instrument.quote } else { instrument.base };
    format!("{} {unit}", plain(&sizes.qty_text(lots)))
}

/// Decimals/step of a price and of a quantity, kind, size/decimals of a contract, lots of the trade and of the best bid, what
/// the trade's are, and what they are worth at its price.
fn told(instrument: &Instrument, px: Ticks, qty: Lots, best: Lots) -> String {
    let Instrument { grid, kind, contract_size, contract_decimals, quote, .. } = instrument;
    let Grid { price_decimals, tick_step, qty_decimals, lot_step } = grid;
    let (amount, notional) = (amount(instrument, qty), instrument.notional(px, qty).expect("fits"));
    format!(
        "{price_decimals}/{tick_step} {qty_decimals}/{lot_step} {kind:?} {contract_size}/{contract_decimals} {} {} {amount} {notional} {quote}",
        qty.0, best.0
    )
}

/// The market's instruments out of its list, and its frames through one session.
fn check(market: &Market) {
    let (rows, Market { name, venue, .. }) = (rows(market), market);
    let symbols: Vec<String> = rows.iter().map(|row| format!("{}{}", market.prefix, row.symbol)).collect();
    let wanted: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let instruments = feeds::read_list(*venue, &lists::answers(market, &wanted), &wanted).expect(name);
    let mut desk = Desk::of(*venue, &instruments).open(market.url);
    for (row, instrument) in rows.iter().zip(&instruments) {
        let frames = frames::of(market, row, instrument.id);
        if let Some((url, body)) = &frames.snapshot {
            desk.rest(url, body);
        }
        [frames.book, frames.trade].iter().for_each(|frame| desk.frame(frame.as_bytes()));
        let price = instrument.grid.ticks(row.price.as_bytes()).expect("on the grid");
        let events = desk.take_events();
        let [(of, MarketChange::Trade { px, qty, .. })] = events[..] else {
            panic!("{name} {}: {events:?}", row.symbol)
        };
        assert_eq!((of, px), (instrument.id.0, price), "{name} {}", row.symbol);
        let bids: Vec<_> = desk.books.of(instrument.id).bids.iter().collect();
        let [(level, best)] = bids[..] else { panic!("{name} {}: {bids:?}", row.symbol) };
        assert_eq!(*level, price, "{name} {}", row.symbol);
        assert_eq!(told(instrument, px, qty, *best), row.expected, "{name} {}", row.symbol);
    }
    assert_eq!((desk.counts().errors, desk.counts().unknown), (0, 0), "{name}");
}

#[test]
fn sizes_are_lots_of_the_listed_multiplier_on_every_market() {
    MARKETS.iter().for_each(check);
}

/// Every venue that a run can be connected to has spot, linear and inverse instruments in the table, or a reason.
#[test]
fn sizes_are_told_of_every_kind_that_a_live_venue_has() {
    let has = |venue: VenueId, kind: ContractKind| {
        let word = format!(" {kind:?} ");
        MARKETS.iter().any(|market| market.venue == venue && market.rows.contains(&word))
    };
    for venue in feeds::LIVE {
        for kind in [ContractKind::Spot, ContractKind::Linear, ContractKind::Inverse] {
            let reasons = ABSENT.iter().filter(|(of, kinds, _)| *of == venue && kinds.contains(&kind)).count();
            assert_eq!(reasons, usize::from(!has(venue, kind)), "{} {kind:?}", venue.name());
        }
    }
}

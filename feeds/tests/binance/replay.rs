//! Every Binance capture, against values made by an independent implementation.

use crate::shared::{expected, shared};
use crate::summary::{check, replay, summary};
use engine_model::market::Side;
use engine_model::venue::VenueId;

/// Every file and sequence of that venue; how many there were.
fn check_captures(venue: VenueId) -> Option<usize> {
    let root = shared()?;
    let mut replayed = 0;
    for (name, expected) in expected(&root, "expected.json") {
        if expected["venue"] != venue.name() {
            continue;
        }
        let files: Vec<_> = name.split('+').map(|file| root.join("data").join(file)).collect();
        let (instruments, session, books) = replay(venue, &files);
        check(&name, &summary(&instruments, &session, &books), &expected);
        assert_eq!(session.counts().foreign, 0, "{name}");
        replayed += 1;
    }
    Some(replayed)
}

#[test]
fn every_spot_capture_gives_what_an_independent_decoder_gave() {
    assert!(check_captures(VenueId::BinanceSpot).is_none_or(|replayed| replayed >= 11));
}

#[test]
fn every_usdm_capture_gives_what_an_independent_decoder_gave() {
    assert!(check_captures(VenueId::BinanceUsdm).is_none_or(|replayed| replayed >= 6));
}

#[test]
fn every_coinm_capture_gives_what_an_independent_decoder_gave() {
    assert!(check_captures(VenueId::BinanceCoinm).is_none_or(|replayed| replayed >= 4));
}

#[test]
fn events_carry_what_the_frames_say() {
    let Some(root) = shared() else { return };
    let file = root.join("data/binance_usdm/hft_btcusdt_20230404.ndjson.zst");
    let (instruments, _, books) = replay(VenueId::BinanceUsdm, &[file]);
    let grid = instruments.iter().next().expect("one").grid;
    let text = |event: &engine_model::market::MarketEvent| {
        use engine_model::market::MarketChange as C;
        let at = event.at;
        let what = match event.change {
            C::Quote { bid, ask } => format!("quote {} {}", grid.price_text(bid.px), grid.qty_text(ask.qty)),
            C::Trade { px, qty, aggressor, trade_id } => {
                let side = if aggressor == Side::Buy { "buy" } else { "sell" };
                format!("trade {side} {} {} {trade_id}", grid.price_text(px), grid.qty_text(qty))
            }
            C::Mark { px } => format!("mark {}", grid.price_text(px)),
            C::Index { px } => format!("index {}", grid.price_text(px)),
            C::Funding { rate_e8, next_at_ns, .. } => format!("funding {rate_e8} {}", next_at_ns.0),
            C::OpenInterest { qty } => format!("open_interest {}", qty.0),
            other => format!("{other:?}"),
        };
        format!("{} {} {what}", at.venue_at_ns.0, at.received_at_ns.0)
    };
    let first = |word: &str| {
        books.events.iter().map(text).find(|text| text.split(' ').nth(2) == Some(word)).unwrap_or_default()
    };
    assert_eq!(first("quote"), "1680652700435000000 1680652700423575000 quote 28145.1 6.887");
    assert_eq!(first("trade"), "1680652700452000000 1680652700441533000 trade sell 28145.1 0.002 3535186032");
    // 28147.27373413, 28159.75642857 and 0.00002754 in the frame: averages, to the nearest tick.
    assert_eq!(first("mark"), "1680652701000000000 1680652701048293000 mark 28147.3");
    assert_eq!(first("index"), "1680652701000000000 1680652701048293000 index 28159.8");
    assert_eq!(first("funding"), "1680652701000000000 1680652701048293000 funding 2754 1680652800000000000");
}

//! OKX.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};

/// Of today: numbered.
const SNAPSHOT: &str = r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["100.5","3","0","2"]],"bids":[["100","1.5","0","1"],["99.5","2","0","1"]],"ts":"4","checksum":0,"seqId":10,"prevSeqId":-1}]}"#;

fn fresh() -> Desk {
    let rows = [("BTC-USDT", 1, 3), ("BTC-USDT-SWAP", 1, 2), ("BTC-USD-SWAP", 1, 0), ("ETH-USD", 2, 0)];
    Desk::new(VenueId::Okx, &rows)
}

fn desk() -> Desk {
    fresh().after(&[SNAPSHOT])
}

/// A message of a book, with what stands behind its two sides.
fn book(action: &str, bids: &str, asks: &str, behind: &str) -> String {
    format!(
        r#"{{"arg":{{"channel":"books","instId":"BTC-USDT"}},"action":"{action}","data":[{{"asks":{asks},"bids":{bids},"ts":"5"{behind}}}]}}"#
    )
}

fn update(bids: &str, asks: &str, ids: &str) -> String {
    book("update", bids, asks, &format!(r#","checksum":0,{ids}"#))
}

#[test]
fn numbers_go_back_after_maintenance_and_an_idle_message_stands_where_it_stood() {
    let frames = [
        update("[]", "[]", r#""seqId":10,"prevSeqId":10"#),
        update(r#"[["99","1","0","1"]]"#, "[]", r#""seqId":3,"prevSeqId":10"#),
        update(r#"[["98.5","1","0","1"]]"#, "[]", r#""seqId":5,"prevSeqId":3"#),
    ];
    let desk = desk().after(&frames.each_ref().map(String::as_str));
    assert_eq!((desk.state(0), desk.counts().gaps), (BookState::Synced, 0));
    assert_eq!((desk.books.books[0].bids.len(), desk.counts().checksum_ok), (4, 0));
}

/// The texts are those of the venue, without the zeros behind: `100`, not `100.0`.
#[test]
fn a_book_without_numbers_holds_as_long_as_its_checksum_does() {
    let signed = |text: &str| crc32fast::hash(text.as_bytes()).cast_signed();
    let (first, second) = (signed("100:1.5:100.5:3:99.5:2"), signed("100:1.5:100.5:3"));
    let sides = (r#"[["100","1.5","0","1"],["99.5","2","0","1"]]"#, r#"[["100.5","3","0","1"]]"#);
    let snapshot = book("snapshot", sides.0, sides.1, &format!(r#","checksum":{first}"#));
    let delta =
        |checksum: i32| book("update", r#"[["99.5","0","0","0"]]"#, "[]", &format!(r#","checksum":{checksum}"#));
    let desk = fresh().after(&[&snapshot, &delta(second)]);
    assert_eq!((desk.counts().checksum_ok, desk.counts().checksum_failed), (2, 0));
    let desk = desk.after(&[&delta(second ^ 1), &delta(second)]);
    assert_eq!((desk.state(0), desk.counts().checksum_failed), (BookState::Lost, 1));
    let desk = desk.after(&[&snapshot]);
    assert_eq!((desk.state(0), desk.counts().resyncs, desk.counts().gaps), (BookState::Synced, 1, 0));
}

#[test]
fn a_liquidation_names_the_position_that_was_closed() {
    let detail = |position: &str, side: &str| {
        format!(
            r#"{{"bkLoss":"0","bkPx":"82655.73","ccy":"","posSide":"{position}","side":"{side}","sz":"8.55","ts":"7"}}"#
        )
    };
    let details =
        [("long", "sell"), ("short", "buy"), ("net", "sell"), ("net", "buy")].map(|(p, s)| detail(p, s)).join(",");
    let frame = format!(
        r#"{{"arg":{{"channel":"liquidation-orders","instType":"SWAP"}},"data":[{{"details":[{details}],"instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP"}}]}}"#
    );
    let mut desk = desk().after(&[&frame]);
    let expected = [Side::Buy, Side::Sell, Side::Buy, Side::Sell]
        .map(|closed| (1, MarketChange::Liquidation { px: Ticks(826_557), qty: Lots(855), closed }));
    assert_eq!(desk.take_events(), expected);
}

#[test]
fn funding_says_when_it_is_paid_and_how_often() {
    let funding = r#"{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"fundingRate":"-0.0001534702159002","fundingTime":"1646323200000","instId":"BTC-USDT-SWAP","instType":"SWAP","nextFundingRate":"","nextFundingTime":"1646337600000"}]}"#;
    let old = r#"{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"fundingRate":"0.0001","fundingTime":"1646323200000","instId":"BTC-USDT-SWAP"}]}"#;
    let of = |rate_e8, interval_s| {
        (1, MarketChange::Funding { rate_e8, next_at_ns: Nanos(1_646_323_200_000_000_000), interval_s })
    };
    assert_eq!(desk().after(&[funding, old]).take_events(), [of(-15_347, 14_400), of(10_000, 0)]);
}

#[test]
fn each_channel_tells_what_it_is_named_after() {
    let frames = [
        r#"{"arg":{"channel":"mark-price","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","instType":"SWAP","markPx":"36.26","ts":"7"}]}"#,
        r#"{"arg":{"channel":"index-tickers","instId":"ETH-USD"},"data":[{"instId":"ETH-USD","idxPx":"3814.05","open24h":"3928.05","ts":"7"}]}"#,
        r#"{"arg":{"channel":"open-interest","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","instType":"SWAP","oi":"2216113.01000000309","oiCcy":"22161.1301000000309","ts":"7"}]}"#,
        r#"{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["101.5","3","0","1"]],"bids":[["101","0.5","0","1"]],"ts":"7","seqId":12}]}"#,
        r#"{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"77","px":"100.5","sz":"0.001","side":"sell","ts":"7","count":"1"}]}"#,
    ];
    let mut desk = desk().after(&frames);
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    assert_eq!(
        desk.take_events(),
        [
            (1, MarketChange::Mark { px: Ticks(363) }),
            (3, MarketChange::Index { px: Ticks(381_405) }),
            (1, MarketChange::OpenInterest { qty: Lots(221_611_301) }),
            (0, MarketChange::Quote { bid: level(1_010, 500), ask: level(1_015, 3_000) }),
            (0, MarketChange::Trade { px: Ticks(1_005), qty: Lots(1), aggressor: Side::Sell, trade_id: 77 }),
        ]
    );
}

#[test]
fn the_five_best_are_a_whole_book_and_lists_are_lists() {
    let five = r#"{"arg":{"channel":"books5","instId":"BTC-USDT"},"data":[{"asks":[["31","1","0","1"]],"bids":[["30","1","0","1"]],"instId":"BTC-USDT","ts":"1653997473120","seqId":99}]}"#;
    let list = r#"{"arg":{"channel":"instruments","instType":"SWAP"},"data":[{"instId":"BTC-USDT-SWAP"}]}"#;
    let mut desk = desk().after(&[five, list]);
    desk.rest("https://www.okx.com/api/v5/public/instruments?instType=SPOT", r#"{"code":"0","data":[]}"#);
    desk.rest("https://www.okx.com/api/v5/market/books?instId=BTC-USDT", r#"{"code":"0","data":[]}"#);
    assert_eq!(desk.books.books[0].bids.len(), 1);
    assert_eq!((desk.counts().unknown, desk.counts().errors), (1, 0));
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, TooDeep, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let next = r#""seqId":11,"prevSeqId":10"#;
    let delta = |bids: &str| update(bids, "[]", next);
    let row = |inside: &str| {
        format!(r#"{{"arg":{{"channel":"books","instId":"BTC-USDT"}},"action":"update","data":[{{{inside}}}]}}"#)
    };
    let trade = |row: &str| format!(r#"{{"arg":{{"channel":"trades","instId":"BTC-USDT"}},"data":[{row}]}}"#);
    let of = |channel: &str, row: &str| {
        format!(r#"{{"arg":{{"channel":"{channel}","instId":"BTC-USDT-SWAP"}},"data":[{row}]}}"#)
    };
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("no json", "hello".to_owned(), Refused(NotJson)),
        ("too deep", format!("{}{}", "[".repeat(40), "]".repeat(40)), Refused(TooDeep)),
        ("a number alone", "1".to_owned(), Unknown),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an argument that is a text", r#"{"arg":"books","data":[]}"#.to_owned(), Unknown),
        ("a channel that is a number", r#"{"arg":{"channel":5},"data":[]}"#.to_owned(), Unknown),
        ("an unknown channel", of("price-limit", r#"{"buyLmt":"1"}"#), Unknown),
        ("a bare pong", "pong".to_owned(), Control),
        ("an acknowledgement", r#"{"event":"subscribe","arg":{"channel":"books","instId":"X"}}"#.to_owned(), Control),
        ("a refused subscription", r#"{"event":"error","code":"60012","msg":"Invalid request"}"#.to_owned(), Control),
        ("a notice", r#"{"event":"notice","code":"64008","msg":"soon"}"#.to_owned(), Control),
        (
            "a book without data",
            r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update"}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        (
            "data that is an object",
            r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":{}}"#.to_owned(),
            Refused(Unreadable(Field::Levels)),
        ),
        (
            "a book without action",
            r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"data":[]}"#.to_owned(),
            Refused(Missing(Field::Action)),
        ),
        ("a book of another action", book("partial", "[]", "[]", ""), Refused(Unreadable(Field::Action))),
        (
            "a book without instrument",
            r#"{"arg":{"channel":"books"},"action":"update","data":[]}"#.to_owned(),
            Refused(Missing(Field::Symbol)),
        ),
        (
            "an instrument that is a number",
            r#"{"arg":{"channel":"books","instId":1},"action":"update","data":[]}"#.to_owned(),
            Refused(Unreadable(Field::Symbol)),
        ),
        ("a book without bids", row(&format!(r#""asks":[],{next}"#)), Refused(Missing(Field::Levels))),
        ("a book without asks", row(&format!(r#""bids":[],{next}"#)), Refused(Missing(Field::Levels))),
        ("bids that are null", delta("null"), Refused(Unreadable(Field::Levels))),
        (
            "a number that is none",
            update("[]", "[]", r#""seqId":"x","prevSeqId":10"#),
            Refused(Unreadable(Field::Sequence)),
        ),
        (
            "a change that follows nothing",
            update("[]", "[]", r#""seqId":11,"prevSeqId":-1"#),
            Refused(Unreadable(Field::Sequence)),
        ),
        (
            "a number before but none of its own",
            update("[]", "[]", r#""prevSeqId":10"#),
            Refused(Missing(Field::Sequence)),
        ),
        (
            "a checksum that is none",
            book("update", "[]", "[]", r#","checksum":"x","seqId":11,"prevSeqId":10"#),
            Refused(Unreadable(Field::Checksum)),
        ),
        (
            "a checksum beyond 32 bits",
            book("update", "[]", "[]", r#","checksum":4294967296"#),
            Refused(Unreadable(Field::Checksum)),
        ),
        ("a level without price", delta("[[]]"), Refused(Missing(Field::Price))),
        ("a level without quantity", delta(r#"[["100"]]"#), Refused(Missing(Field::Quantity))),
        ("a price of words", delta(r#"[["cheap","1","0","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price with an exponent", delta(r#"[["1e2","1","0","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a negative price", delta(r#"[["-100","1","0","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", delta(r#"[["100.05","1","0","1"]]"#), Refused(OffGrid(Field::Price))),
        ("a price beyond 64 bits", delta(r#"[["99999999999999999999","1"]]"#), Refused(OutOfRange(Field::Price))),
        ("a negative quantity", delta(r#"[["100","-1","0","1"]]"#), Refused(Unreadable(Field::Quantity))),
        ("a quantity between two lots", delta(r#"[["100","0.0001","0","1"]]"#), Refused(OffGrid(Field::Quantity))),
        ("a good level before a bad one", delta(r#"[["100","9"],["x","1"]]"#), Refused(Unreadable(Field::Price))),
        (
            "no book",
            r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[]}"#.to_owned(),
            NoEffect,
        ),
        ("a foreign instrument", delta(r#"[["1","1"]]"#).replace("BTC-USDT", "DOGE-USDT"), NoEffect),
        ("an old delta", update(r#"[["1","1"]]"#, "[]", r#""seqId":10,"prevSeqId":9"#), NoEffect),
        ("an empty delta", delta("[]"), NoEffect),
        ("a delta that deletes what is not there", delta(r#"[["1","0","0","0"]]"#), NoEffect),
        ("a gap", update("[]", "[]", r#""seqId":12,"prevSeqId":11"#), Lost),
        ("a wrong checksum", book("update", "[]", "[]", r#","checksum":7,"seqId":11,"prevSeqId":10"#), Lost),
        ("a crossed book", delta(r#"[["101","1","0","1"]]"#), Lost),
        ("a locked book", delta(r#"[["100.5","1","0","1"]]"#), Lost),
        (
            "trades without rows",
            r#"{"arg":{"channel":"trades","instId":"A"}}"#.to_owned(),
            Refused(Missing(Field::Price)),
        ),
        ("a trade without side", trade(r#"{"instId":"BTC-USDT","px":"1","sz":"1"}"#), Refused(Missing(Field::Side))),
        ("a trade of an unknown side", trade(r#"{"side":"hold","px":"1","sz":"1"}"#), Refused(Unreadable(Field::Side))),
        ("a trade without price", trade(r#"{"side":"buy","sz":"1"}"#), Refused(Missing(Field::Price))),
        ("a trade without quantity", trade(r#"{"side":"buy","px":"1"}"#), Refused(Missing(Field::Quantity))),
        (
            "a good trade before a bad one",
            trade(r#"{"side":"buy","px":"1","sz":"1"},{"side":"buy","px":"x","sz":"1"}"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("no trades", trade(""), NoEffect),
        ("a ticker of empty texts", of("tickers", r#"{"last":"","bidPx":"","markPx":""}"#), NoEffect),
        ("a bad mark", of("mark-price", r#"{"markPx":"x"}"#), Refused(Unreadable(Field::Price))),
        ("a bad rate", of("funding-rate", r#"{"fundingRate":"x"}"#), Refused(Unreadable(Field::Rate))),
        ("an empty rate", of("funding-rate", r#"{"fundingRate":""}"#), NoEffect),
        ("a bad open interest", of("open-interest", r#"{"oi":"-1"}"#), Refused(Unreadable(Field::Quantity))),
        ("a quote of one side", of("bbo-tbt", r#"{"asks":[["1","1"]],"bids":[]}"#), NoEffect),
        ("liquidations without details", of("liquidation-orders", "{}"), Refused(Missing(Field::Side))),
        ("a liquidation without side", of("liquidation-orders", r#"{"details":[{"bkPx":"1","sz":"1"}]}"#), NoEffect),
        (
            "a bad liquidation",
            of("liquidation-orders", r#"{"details":[{"bkPx":"x"}]}"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("a candle", of("candle1m", r#"["1654154580000","1","1","1","1","1"]"#), NoEffect),
        (
            "a candle without instrument",
            r#"{"arg":{"channel":"candle1m"},"data":[]}"#.to_owned(),
            Refused(Missing(Field::Symbol)),
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}

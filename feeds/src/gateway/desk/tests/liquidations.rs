//! A liquidation in the words of each venue whose list of executions tells it as its line does: booked once, whichever of the
//! two comes first and however often, and not at all where it was before the run.

use super::*;
use crate::gateway::key::{Key, Secret};
use crate::gateway::tongue;

/// A long of 0.3 that was sold at 30000.5, for 1.5 dollars.
struct Told {
    venue: VenueId,
    symbol: &'static str,
    quote: &'static str,
    key: [&'static str; 2],
    /// On the line, and in the list of executions.
    said: [&'static str; 2],
}

const ACCOUNT: &str = "0x1719884eb866cb12b2287399b15f7db5e7d775ea";
const WALLET: &str = "0123456789012345678901234567890123456789012345678901234567890123";

#[rustfmt::skip]
const ALL: [Told; 7] = [
    Told { venue: VenueId::Bybit, symbol: "linear:BTCUSDT", quote: "USDT", key: ["me", "hush"], said: [
        r#"{"id":"x","topic":"execution","creationTime":1700000000124,"data":[{"category":"linear","symbol":"BTCUSDT",
        "execFee":"1.5","execId":"77","execPrice":"30000.5","execQty":"0.3","execType":"Trade","createType":"CreateByLiq",
        "isMaker":false,"leavesQty":"0","orderId":"8","orderLinkId":"","side":"Sell","execTime":"1700000000123",
        "feeCurrency":"","seq":1}]}"#,
        r#"{"retCode":0,"retMsg":"OK","result":{"category":"linear","nextPageCursor":"","list":[{"symbol":"BTCUSDT",
        "execFee":"1.5","execId":"77","execPrice":"30000.5","execQty":"0.3","execType":"Trade","createType":"CreateByLiq",
        "isMaker":false,"leavesQty":"0","orderId":"8","orderLinkId":"","side":"Sell","execTime":"1700000000123",
        "feeCurrency":"","seq":1}]},"time":1700000000200}"#] },
    Told { venue: VenueId::Okx, symbol: "BTC-USDT-SWAP", quote: "USDT", key: ["me", "hush"], said: [
        r#"{"arg":{"channel":"orders","instType":"ANY","uid":"7"},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP",
        "ordId":"8","clOrdId":"","px":"","sz":"0.3","ordType":"market","side":"sell","posSide":"net","category":
        "full_liquidation","accFillSz":"0.3","fillPx":"30000.5","fillSz":"0.3","tradeId":"77","fillTime":"1700000000123",
        "fillFee":"-1.5","fillFeeCcy":"USDT","execType":"","state":"filled","cancelSource":"","uTime":"1700000000124"}]}"#,
        r#"{"code":"0","msg":"","data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","tradeId":"77","ordId":"8","clOrdId":"",
        "billId":"1","subType":"107","fillPx":"30000.5","fillSz":"0.3","side":"sell","posSide":"net","execType":"",
        "feeCcy":"USDT","fee":"-1.5","ts":"1700000000124","fillTime":"1700000000123"}]}"#] },
    Told { venue: VenueId::GateFutures, symbol: "BTC_USDT", quote: "USDT", key: ["me", "hush"], said: [
        r#"{"time":1700000000,"channel":"futures.usertrades","event":"update","result":[{"id":"77","create_time":1700000000,
        "create_time_ms":1700000000123,"contract":"BTC_USDT","order_id":"8","size":"-0.3","price":"30000.5","role":"taker",
        "text":"liq-8","fee":"1.5","point_fee":0}]}"#,
        r#"[{"trade_id":"77","create_time":1700000000.123,"contract":"BTC_USDT","order_id":"8","size":"-0.3","close_size":"-0.3",
        "price":"30000.5","role":"taker","text":"liq-8","fee":"1.5","point_fee":"0"}]"#] },
    Told { venue: VenueId::Bitget, symbol: "USDT-FUTURES:BTCUSDT", quote: "USDT", key: ["me", "hush"], said: [
        r#"{"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"fill","instId":"default"},"data":[{"orderId":"8",
        "clientOid":"9","tradeId":"77","symbol":"BTCUSDT","side":"sell","orderType":"market","posMode":"one_way_mode",
        "price":"30000.5","baseVolume":"0.3","quoteVolume":"9000.15","profit":"-1","tradeSide":"burst_sell_single",
        "tradeScope":"taker","feeDetail":[{"feeCoin":"USDT","deduction":"no","totalDeductionFee":"0","totalFee":"-1.5"}],
        "cTime":"1700000000123","uTime":"1700000000123"}],"ts":1700000000124}"#,
        r#"{"code":"00000","msg":"success","requestTime":1,"data":{"fillList":[{"tradeId":"77","symbol":"BTCUSDT","orderId":"8",
        "price":"30000.5","baseVolume":"0.3","feeDetail":[{"deduction":"no","feeCoin":"USDT","totalDeductionFee":"",
        "totalFee":"-1.5"}],"side":"sell","quoteVolume":"9000.15","profit":"-1","enterPointSource":"sys",
        "tradeSide":"burst_sell_single","posMode":"one_way_mode","tradeScope":"taker","cTime":"1700000000123"}],"endId":"77"}}"#] },
    Told { venue: VenueId::Hyperliquid, symbol: "BTC", quote: "USDC", key: [ACCOUNT, WALLET], said: [
        r#"{"channel":"userFills","data":{"user":"0x1719884eb866cb12b2287399b15f7db5e7d775ea","fills":[{"coin":"BTC",
        "px":"30000.5","sz":"0.3","side":"A","time":1700000000123,"startPosition":"0.3","dir":"Close Long","closedPnl":"-1.0",
        "hash":"0xa1","oid":8,"crossed":true,"fee":"1.5","tid":77,"liquidation":{"liquidatedUser":
        "0x1719884eb866cb12b2287399b15f7db5e7d775ea","markPx":"30010.1","method":"market"},"feeToken":"USDC"}]}}"#,
        r#"[{"coin":"BTC","px":"30000.5","sz":"0.3","side":"A","time":1700000000123,"startPosition":"0.3","dir":"Close Long",
        "closedPnl":"-1.0","hash":"0xa1","oid":8,"crossed":true,"fee":"1.5","tid":77,"liquidation":{"liquidatedUser":
        "0x1719884eb866cb12b2287399b15f7db5e7d775ea","markPx":"30010.1","method":"market"},"feeToken":"USDC","twapId":null}]"#] },
    Told { venue: VenueId::KrakenFutures, symbol: "PF_XBTUSD", quote: "USD", key: ["me", "aHVzaA=="], said: [
        r#"{"feed":"fills","username":"1","fills":[{"instrument":"PF_XBTUSD","time":1700000000123,"price":30000.5,"seq":1,
        "buy":false,"qty":0.3,"remaining_order_qty":0.0,"order_id":"8","fill_id":"77","fill_type":"liquidation","fee_paid":1.5,
        "fee_currency":"USD","taker_order_type":"liquidation","order_type":"liquidation"}]}"#,
        r#"{"result":"success","serverTime":"2023-11-14T22:13:21.000Z","fills":[{"fill_id":"77","symbol":"PF_XBTUSD",
        "side":"sell","order_id":"8","size":0.3,"price":30000.5,"fillTime":"2023-11-14T22:13:20.123Z",
        "fillType":"liquidation"}]}"#] },
    Told { venue: VenueId::Deribit, symbol: "BTC_USDC-PERPETUAL", quote: "USDC", key: ["me", "hush"], said: [
        r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"user.trades.any.any.raw","data":[{"trade_seq":1,
        "trade_id":"77","timestamp":1700000000123,"tick_direction":0,"state":"filled","self_trade":false,"reduce_only":false,
        "price":30000.5,"post_only":false,"order_type":"liquidation","order_id":"8","liquidity":"T","liquidation":"T",
        "instrument_name":"BTC_USDC-PERPETUAL","fee_currency":"USDC","fee":1.5,"direction":"sell","amount":0.3}]}}"#,
        r#"{"jsonrpc":"2.0","id":null,"result":{"trades":[{"trade_seq":1,"trade_id":"77","timestamp":1700000000123,
        "state":"filled","price":30000.5,"order_type":"liquidation","order_id":"8","liquidity":"T","liquidation":"T",
        "instrument_name":"BTC_USDC-PERPETUAL","fee_currency":"USDC","fee":1.5,"direction":"sell","amount":0.3}],
        "has_more":false}}"#] },
];

/// A desk with the venue's own tongue, whose lines were opened at that second.
struct Venue {
    desk: Desk,
    now: Now,
}

impl Venue {
    fn begun(told: &Told, at_s: u64) -> Self {
        let name = |text| Name::new(text).expect("short");
        let listed = Instrument {
            venue: told.venue,
            symbol: name(told.symbol),
            quote: name(told.quote),
            grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 1, lot_step: 1 },
            ..instrument()
        };
        let [id, secret] = told.key.map(Secret::new);
        let key = Key { id, secret, passphrase: Some(Secret::new("word")) };
        let instruments = Instruments::new(vec![listed]);
        let tongue = tongue::of(told.venue, &key, &instruments).expect("spoken");
        let (answer_within_ns, reconcile_every_ns) = (1_000_000_000, 1_000_000_000);
        let rules = Rules { answer_within_ns, reconcile_every_ns, orders: None, epoch: EPOCH, adopts: false };
        let at = Nanos(at_s * Nanos::SECOND);
        let now = Now { timer_ns: 1, clock: at, venue: at };
        let mut desk = Desk::new(tongue, &instruments, vec![BTC], rules);
        desk.orders.begins(now);
        Self { desk, now }
    }

    /// Said on the line, or found when executions are asked for. What the engine is told of it.
    fn says(&mut self, said: &str, is_list: bool) -> Vec<Reply> {
        let (mut heard, answers) = (Vec::new(), is_list.then_some(AskId(9)));
        let place = answers.map_or(Place::Line(0), |id| Place::Rest(id, Ask::Fills(BTC, Nanos(0)), 200));
        self.desk.tongue.hear(place, said.as_bytes(), &mut heard).expect("understood");
        self.desk.hear(&heard, answers, self.now, &mut Pigeon::default());
        self.desk.orders.replies.drain(..).collect()
    }
}

#[test]
fn a_liquidation_is_booked_once_on_the_line_or_behind_a_lost_one() {
    for told in &ALL {
        let [line, list] = told.said.map(|said| (said, said == told.said[1]));
        for order in [[line, line, list], [list, list, line]] {
            let mut venue = Venue::begun(told, 1_699_999_999);
            venue.desk.orders.fees_ppm = [0, 166];
            let replies: Vec<Reply> = order.iter().flat_map(|(said, is_list)| venue.says(said, *is_list)).collect();
            let [Reply { what: ReplyKind::ClosedOut { side, closeout }, venue_at_ns, .. }] = replies[..] else {
                panic!("{} told {replies:?}", told.venue.name())
            };
            assert_eq!(tell(&replies[0]), "0 closed out Sell 3x300005 LIQUIDATION", "{}", told.venue.name());
            assert_eq!((side, venue.desk.orders.net[BTC.index()]), (Side::Sell, -3), "{}", told.venue.name());
            assert_eq!(venue_at_ns, Nanos(1_700_000_000_123_000_000), "{}", told.venue.name());
            // Where the list does not tell what it cost: the worth of it at our rate.
            let is_estimated = told.venue == VenueId::KrakenFutures && order[0] == list;
            let fee = if is_estimated { 149_402_490 } else { 150_000_000 };
            assert_eq!(closeout.fee, Quote(fee), "{}", told.venue.name());
        }
    }
}

#[test]
fn a_liquidation_of_before_the_run_is_in_what_the_account_held() {
    for told in &ALL {
        let mut venue = Venue::begun(told, 1_700_000_001);
        for (said, is_list) in told.said.into_iter().zip([false, true]) {
            assert_eq!(venue.says(said, is_list), [], "{}", told.venue.name());
        }
        assert_eq!((venue.desk.orders.net[BTC.index()], venue.desk.troubles.len()), (0, 0), "{}", told.venue.name());
    }
}

//! What withdraws by REST, one order or all.

use super::*;

#[test]
fn withdrawing_all_and_the_switch_of_the_venue_name_the_instrument() {
    let call = asked(&mut spot(), Ask::CancelByRest(known(BTC, "")));
    assert_eq!(text(&call.path), "/api/v4/spot/orders/t-R1-2-3?currency_pair=BTC_USDT");
    let call = asked(&mut futures(), Ask::CancelByRest(known(BTC, "12")));
    assert_eq!((text(&call.path), call.way), ("/api/v4/futures/usdt/orders/12", Way::Delete));
    let call = asked(&mut spot(), Ask::CancelAll(ETH));
    assert_eq!((text(&call.path), call.way), ("/api/v4/spot/orders?currency_pair=ETH_USDT", Way::Delete));
    let call = asked(&mut futures(), Ask::CancelAll(ETH));
    assert_eq!((text(&call.path), call.purse), ("/api/v4/futures/usdt/orders?contract=ETH_USDT", Purse::Cancels));
    for (seconds, told) in [(15, 15), (1, 5), (0, 0)] {
        let call = asked(&mut spot(), Ask::DeadMan(BTC, seconds));
        assert_eq!((text(&call.path), call.way), ("/api/v4/spot/countdown_cancel_all", Way::Post));
        assert_eq!(text(&call.body), format!(r#"{{"timeout":{told},"currency_pair":"BTC_USDT"}}"#));
        let call = asked(&mut futures(), Ask::DeadMan(BTC, seconds));
        assert_eq!(text(&call.path), "/api/v4/futures/usdt/countdown_cancel_all");
        assert_eq!(text(&call.body), format!(r#"{{"timeout":{told},"contract":"BTC_USDT"}}"#));
        assert!(text(&call.headers).contains("Content-Type: application/json\r\n"));
    }
}

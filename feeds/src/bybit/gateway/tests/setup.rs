//! How a contract is set up at Bybit.

use super::*;
use engine_model::setup::MarginMode;

#[test]
fn the_leverage_of_a_contract_and_then_the_margin_of_the_account_are_asked_for() {
    let mut gateway = gateway();
    let done = |answer| Heard::Answer(AskId(9), answer);
    let mut step = |said: &str| {
        let mut call = Call::default();
        gateway.ask(&Ask::Setup(LINEAR), AskId(9), Nanos(1), &mut call).expect("asked");
        let mut heard = Vec::new();
        let place = Place::Rest(AskId(9), Ask::Setup(LINEAR), 200);
        gateway.hear(place, said.as_bytes(), &mut heard).expect("understood");
        (path(&call).to_owned(), heard)
    };
    let rows = |rows: &str| format!(r#"{{"retCode":0,"result":{{"category":"linear","list":[{rows}]}},"time":1}}"#);
    let account =
        |mode: &str| format!(r#"{{"retCode":0,"result":{{"marginMode":"{mode}","updatedTime":"1"}},"time":1}}"#);
    let contract = "/v5/position/list?category=linear&symbol=BTCUSDT".to_owned();
    for (word, margin) in [
        ("REGULAR_MARGIN", MarginMode::Cross),
        ("ISOLATED_MARGIN", MarginMode::Isolated),
        ("PORTFOLIO_MARGIN", MarginMode::Portfolio),
    ] {
        let row = rows(r#"{"positionIdx":0,"tradeMode":0,"symbol":"BTCUSDT","size":"0","leverage":"12.5"}"#);
        let heard = vec![Heard::TwoWay(false), Heard::Leverage(1_250), done(Answer::More)];
        assert_eq!(step(&row), (contract.clone(), heard));
        let heard = vec![Heard::Margin(margin), done(Answer::Done)];
        assert_eq!(step(&account(word)), ("/v5/account/info".to_owned(), heard));
    }
    let none = rows(r#"{"positionIdx":0,"symbol":"BTCUSDT","size":"0","leverage":""}"#);
    assert_eq!(step(&none).1, [Heard::TwoWay(false), done(Answer::More)], "portfolio margin has no leverage");
}

//! How a contract is set up at Hyperliquid.

use super::*;
use engine_model::setup::MarginMode;

#[test]
fn leverage_and_margin_of_a_contract_stand_in_one_answer() {
    let call = asked(Ask::Setup(BTC));
    let wanted = r#"{"type":"activeAssetData","user":""#;
    assert!(body(&call).starts_with(wanted) && body(&call).ends_with(r#","coin":"BTC"}"#), "{}", body(&call));
    for (word, margin) in [("cross", MarginMode::Cross), ("isolated", MarginMode::Isolated)] {
        let said =
            format!(r#"{{"user":"0x1","coin":"BTC","leverage":{{"type":"{word}","value":20}},"markPx":"50000"}}"#);
        let done = Heard::Answer(AskId(9), Answer::Done);
        assert_eq!(answered(Ask::Setup(BTC), &said), [Heard::Leverage(2_000), Heard::Margin(margin), done]);
    }
    assert_eq!(unable(&mut gateway(), Ask::Setup(HYPE)), Unable::NotThere);
}

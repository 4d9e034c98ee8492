//! What Gate says of how its account holds positions.

use super::*;
use engine_model::setup::MarginMode;

#[test]
fn whether_sides_are_kept_apart_stands_in_the_account_of_contracts() {
    let mut gate = futures();
    let call = asked(&mut gate, Ask::Mode(BTC));
    assert_eq!(std::str::from_utf8(call.path.bytes()), Ok("/api/v4/futures/usdt/accounts"));
    for is_so in [false, true] {
        let said = format!(r#"{{"currency":"USDT","total":"5","available":"5","in_dual_mode":{is_so}}}"#);
        let expected = [Heard::TwoWay(is_so), Heard::Answer(AskId(9), Answer::Done)];
        assert_eq!(answered(&mut gate, Ask::Mode(BTC), &said), expected);
    }
    let none = spot().ask(&Ask::Mode(BTC), AskId(7), NOW, &mut Call::default());
    assert_eq!(none, Err(Unable::NotThere));
}

#[test]
fn a_contract_without_a_leverage_of_its_own_stands_on_the_whole_wallet() {
    let mut gate = futures();
    let call = asked(&mut gate, Ask::Setup(BTC));
    assert_eq!(std::str::from_utf8(call.path.bytes()), Ok("/api/v4/futures/usdt/positions/BTC_USDT"));
    for (own, cross, leverage_e2, margin) in
        [("0", "10", 1_000, MarginMode::Cross), ("5", "0", 500, MarginMode::Isolated)]
    {
        let said = format!(
            r#"{{"contract":"BTC_USDT","size":0,"leverage":"{own}","cross_leverage_limit":"{cross}","mode":"single"}}"#
        );
        let expected = [Heard::Leverage(leverage_e2), Heard::Margin(margin), Heard::Answer(AskId(9), Answer::Done)];
        assert_eq!(answered(&mut gate, Ask::Setup(BTC), &said), expected);
    }
}

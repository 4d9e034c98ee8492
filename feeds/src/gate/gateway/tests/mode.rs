//! What Gate says of how its account holds positions.

use super::*;

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

//! JSON-RPC as Deribit frames it: answers that carry our number, errors with a code, messages that nobody asked for.
//!
//! Owns: the frame. Never: what is in it.

use serde_json::Value;

/// Why not: a code and the venue's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct No {
    pub(super) code: i32,
    pub(super) word: &'static str,
}

pub(super) const fn no(code: i32, word: &'static str) -> No {
    No { code, word }
}

/// A parameter has another type or value than it may.
pub(super) const INVALID: No = no(-32_602, "Invalid params");
/// There is no such method.
pub(super) const NO_METHOD: No = no(-32_601, "Method not found");

/// The answer to a request of that number; `Null` of one that had none.
pub(super) fn answer(id: &Value, done: &Result<String, No>, at_ms: u64) -> String {
    let times = format!(r#""usIn":{0},"usOut":{0},"usDiff":0,"testnet":false"#, at_ms * 1_000);
    match done {
        Ok(result) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result},{times}}}"#),
        Err(No { code, word }) => {
            format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"message":"{word}","code":{code}}},{times}}}"#)
        }
    }
}

/// What a channel tells.
pub(super) fn told(channel: &str, data: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{channel}","data":{data}}}}}"#)
}

/// A heartbeat, which may be a question.
pub(super) fn heartbeat(kind: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"heartbeat","params":{{"type":"{kind}"}}}}"#)
}
/// A parameter as a text, whether it came as one or as a number.
pub(super) fn word(params: &Value, name: &str) -> Option<String> {
    match params.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

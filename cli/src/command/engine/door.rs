//! The words of the operator's line, said to an engine's API: the same questions, the same answers.
//!
//! Owns: which request a question is, and which answer a response. Never: what either means.

use crate::command::ask::Caller;
use crate::exit::Exit;
use crate::http::{Answered, HttpError, words};
use bridges::dto::{Again, Failure, OrderOutcome, Standing, Strategies, StrategyStatus};
use bridges::operator::words::{Answer, Ask, LimitTold, Steering, Told, Trading};
use bridges::role::segment;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// How a question is asked.
#[derive(Debug, PartialEq)]
struct Asked {
    verb: &'static str,
    path: String,
    body: Option<Value>,
}

/// Asks, and reads the answer.
pub(super) fn ask(caller: &Caller, ask: &Ask) -> Result<Answer, Exit> {
    let Some(Asked { verb, path, body }) = asked(ask) else {
        return Ok(Answer::Refused { why: "this is not asked over the API".to_owned(), found: ask.word().to_owned() });
    };
    let body = body.map(|body| body.to_string());
    let answered = caller.ask(verb, &path, body.as_deref()).map_err(|error| caller.refused(&error))?;
    match (answered.status, ask) {
        // It has to be said again, or said with what it is worth; of an order it is an outcome that is not known yet.
        (202, Ask::Resume { .. } | Ask::SetLimit { .. }) => {
            let Again { token, not_before_ns, until_ns } = caller.parsed(&answered.body)?;
            Ok(Answer::Again { token, not_before_ns, until_ns })
        }
        (200..300, _) => read(caller, ask, &answered.body),
        (422, Ask::Place { .. } | Ask::Cancel { .. } | Ask::Modify { .. }) if is_outcome(&answered.body) => {
            read(caller, ask, &answered.body)
        }
        (400 | 404 | 409 | 422, _) => {
            let (why, found) = (words(&answered.body), String::new());
            Ok(worth(&answered).map_or(Answer::Refused { why, found }, |worth_usd| Answer::Confirm { worth_usd }))
        }
        (status, _) => Err(caller.refused(&HttpError::Status(status, words(&answered.body)))),
    }
}

/// `None`: no route does that.
fn asked(ask: &Ask) -> Option<Asked> {
    let (verb, path, body) = match ask {
        Ask::State => ("GET", "/trading/state".to_owned(), None),
        Ask::Halt { scope } => ("POST", "/trading/halt".to_owned(), Some(json!({ "scope": scope }))),
        Ask::Reduce { scope } => ("POST", "/trading/reduce".to_owned(), Some(json!({ "scope": scope }))),
        Ask::Resume { scope, token } => {
            ("POST", "/trading/resume".to_owned(), Some(json!({ "scope": scope, "token": token })))
        }
        Ask::Flatten => ("POST", "/trading/flatten".to_owned(), None),
        Ask::CancelAll => ("POST", "/trading/cancel-all".to_owned(), None),
        Ask::Place { order } => ("POST", "/trading/orders".to_owned(), Some(json!(order))),
        Ask::Cancel { order } => ("DELETE", format!("/trading/orders/{}", segment(order)), None),
        Ask::Modify { order, to } => ("PATCH", format!("/trading/orders/{}", segment(order)), Some(json!(to))),
        Ask::Close { .. } => return None,
        Ask::SetLimit { key, value, token } => {
            ("PUT", format!("/risk/limits/{}", segment(key)), Some(json!({ "value": value, "token": token })))
        }
        Ask::Strategies => ("GET", "/trading/strategies".to_owned(), None),
        Ask::Steer { strategy, what } => {
            let of = |deed: &str| format!("/trading/strategies/{}/{deed}", segment(strategy));
            match what {
                Steering::Start => ("POST", of("start"), None),
                Steering::Pause => ("POST", of("pause"), None),
                Steering::Stop => ("POST", of("stop"), None),
                Steering::Set(params) => {
                    let params: serde_json::Map<String, Value> =
                        params.iter().map(|(name, value)| (name.clone(), Value::from(*value))).collect();
                    ("PATCH", of("params"), Some(json!({ "params": params })))
                }
            }
        }
    };
    Some(Asked { verb, path: format!("/api/v1{path}"), body })
}

fn read(caller: &Caller, ask: &Ask, body: &str) -> Result<Answer, Exit> {
    Ok(match ask {
        Ask::State | Ask::Halt { .. } | Ask::Reduce { .. } | Ask::Resume { .. } | Ask::Flatten | Ask::CancelAll => {
            let Standing { trading_state, scopes, open_orders, positions } = caller.parsed(body)?;
            let scopes = scopes.into_iter().map(|of| (of.scope, of.state)).collect();
            Answer::Done(Trading { state: trading_state, scopes, open_orders, positions })
        }
        Ask::Place { .. } | Ask::Cancel { .. } | Ask::Modify { .. } | Ask::Close { .. } => {
            Answer::Order(caller.parsed(body)?)
        }
        Ask::SetLimit { .. } => Answer::Limit(caller.parsed::<LimitTold>(body)?),
        Ask::Strategies => {
            let Strategies { strategies, .. } = caller.parsed(body)?;
            Answer::Strategies { strategies: strategies.into_iter().map(told).collect() }
        }
        Ask::Steer { .. } => Answer::Strategies { strategies: vec![told(caller.parsed(body)?)] },
    })
}

fn told(of: StrategyStatus) -> Told {
    let StrategyStatus { strategy, name, mode, fault, is_fixed, params, .. } = of;
    let (mode, idea, risks) = (mode.unwrap_or_else(|| "UNKNOWN".to_owned()), String::new(), String::new());
    Told { strategy, name, mode, fault, is_fixed, idea, risks, params }
}

fn is_outcome(body: &str) -> bool {
    parsed::<OrderOutcome>(body).is_some()
}

/// What an order is worth that is to be confirmed: `confirm_usd: "6000"` is what would have been right.
fn worth(answered: &Answered) -> Option<String> {
    let error = parsed::<Failure>(&answered.body)?.error;
    let right = error.expected.first().filter(|_| error.code == "not_confirmed")?;
    Some(right.split('"').nth(1)?.to_owned())
}

fn parsed<T: DeserializeOwned>(body: &str) -> Option<T> {
    serde_json::from_str(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridges::dto::NewOrder;

    #[test]
    fn a_question_of_the_line_is_one_request() {
        let scope = "strategy:1".to_owned();
        let asked = |ask: &Ask| asked(ask).expect("a route");
        let halt = asked(&Ask::Halt { scope: scope.clone() });
        let wanted =
            Asked { verb: "POST", path: "/api/v1/trading/halt".to_owned(), body: Some(json!({ "scope": scope })) };
        assert_eq!(halt, wanted);
        let what = Steering::Set(vec![("fast".to_owned(), 10)]);
        let set = asked(&Ask::Steer { strategy: "strategy:2/../x".to_owned(), what });
        assert_eq!((set.verb, set.path.as_str()), ("PATCH", "/api/v1/trading/strategies/strategy%3A2%2F..%2Fx/params"));
        assert_eq!(set.body, Some(json!({ "params": { "fast": 10 } })));
        let order = NewOrder { symbol: "BTC-PERP".to_owned(), qty: "0.01".to_owned(), ..NewOrder::default() };
        let place = asked(&Ask::Place { order: Box::new(order) });
        assert_eq!((place.verb, &place.body.expect("a body")["qty"]), ("POST", &json!("0.01")));
    }

    #[test]
    fn what_an_order_is_worth_is_read_from_the_refusal_and_from_no_other() {
        let refusal = |code: &str, expected: &str| Answered {
            status: 409,
            body: json!({ "type": "urn:x", "title": "t", "status": 409,
                "error": { "code": code, "message": "m", "found": null, "expected": [expected] } })
            .to_string(),
        };
        assert_eq!(worth(&refusal("not_confirmed", "confirm_usd: \"6000\"")).as_deref(), Some("6000"));
        assert_eq!(worth(&refusal("refused", "confirm_usd: \"6000\"")), None);
        assert_eq!(worth(&Answered { status: 409, body: "no".to_owned() }), None);
    }
}

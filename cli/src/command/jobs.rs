//! `jobs`: the queue of a running engine, over its API.
//!
//! Owns: what was typed as the body of a request, and how a refusal ends a call. Never: what may be asked; the engine says.

use super::ask::Caller;
use crate::args::{Asked, JobBackfill, JobBacktest, JobOptimize, JobPast, JobTerms, Jobs, JobsList, JobsStart};
use crate::exit::Exit;
use crate::http::HttpError;
use serde_json::{Value, json};
use std::fmt::Write as _;

const JOBS: &str = "/api/v1/jobs";

/// Runs the command.
pub(crate) fn run(args: &Jobs) -> Result<(), Exit> {
    match args {
        Jobs::List(list) => get(&list.asked, &listed(list)),
        Jobs::Show(of) => get(&of.asked, &format!("{JOBS}/{}", of.id)),
        Jobs::Result(of) => get(&of.asked, &format!("/api/v1/backtesting/results/{}", of.id)),
        Jobs::Cancel(of) => post(&of.asked, &format!("{JOBS}/{}/cancel", of.id), None),
        Jobs::Schedules(at) => get(&at.asked, &format!("{JOBS}/schedules")),
        Jobs::Start(JobsStart::Backtest(of)) => post(&of.asked, "/api/v1/backtesting/runs", Some(&backtest(of)?)),
        Jobs::Start(JobsStart::Optimize(of)) => {
            post(&of.asked, "/api/v1/backtesting/optimization", Some(&optimization(of)?))
        }
        Jobs::Start(JobsStart::Backfill(of)) => post(&of.asked, &format!("{JOBS}/backfill"), Some(&backfill(of))),
        Jobs::Start(JobsStart::Report(at)) => post(&at.asked, &format!("{JOBS}/report"), None),
        Jobs::Start(JobsStart::Snapshot(at)) => post(&at.asked, &format!("{JOBS}/snapshot"), None),
        Jobs::Start(JobsStart::Backup(at)) => post(&at.asked, &format!("{JOBS}/backup"), None),
    }
}

fn listed(list: &JobsList) -> String {
    let mut path = format!("{JOBS}?limit={}", list.limit);
    // A string takes whatever is written to it.
    let _ = list.kind.iter().try_for_each(|kind| write!(path, "&kind={kind}"));
    let _ = list.before.iter().try_for_each(|before| write!(path, "&before={before}"));
    path
}

fn backtest(of: &JobBacktest) -> Result<Value, Exit> {
    Ok(json!({
        "strategy": of.strategy,
        "params": typed("--params", &of.params)?,
        "past": past(&of.past),
        "terms": terms(&of.terms),
    }))
}

fn optimization(of: &JobOptimize) -> Result<Value, Exit> {
    let walk = of.walk_forward.as_deref().map(|text| typed("--walk-forward", text)).transpose()?;
    Ok(json!({
        "strategy": of.strategy,
        "space": typed("--space", &of.space)?,
        "where": of.where_,
        "method": of.method,
        "objective": of.objective,
        "trials": of.trials,
        "seed": of.seed,
        "walk_forward": walk,
        "past": past(&of.past),
        "terms": terms(&of.terms),
    }))
}

fn backfill(of: &JobBackfill) -> Value {
    json!({
        "venue": of.venue,
        "symbol": of.symbol,
        "candles": of.interval.map(feeds::poll::question::Period::name),
        "from_ns": of.from,
        "to_ns": of.to,
        "days": of.days,
    })
}

fn past(JobPast { data, tf, from, to, days }: &JobPast) -> Value {
    json!({ "data": data, "timeframe": tf, "from_ns": from, "to_ns": to, "days": days })
}

fn terms(JobTerms { cash, fee, slippage, stop, target, units }: &JobTerms) -> Value {
    json!({ "cash": cash, "fee": fee, "slippage": slippage, "stop": stop, "target": target, "units": units })
}

fn typed(key: &str, text: &str) -> Result<Value, Exit> {
    let value = serde_json::from_str(text).ok().filter(Value::is_object);
    value.ok_or_else(|| Exit::Usage(format!("{key}: found {text}, accepted: a JSON object")))
}

fn get(asked: &Asked, path: &str) -> Result<(), Exit> {
    let caller = Caller::new(&asked.door)?;
    let answer = caller.get(path).map_err(|error| refused(&caller, error))?;
    caller.tell(asked, &[], &answer)
}

fn post(asked: &Asked, path: &str, body: Option<&Value>) -> Result<(), Exit> {
    let (caller, body) = (Caller::new(&asked.door)?, body.map(Value::to_string));
    let answer = caller.post(path, body.as_deref()).map_err(|error| refused(&caller, error))?;
    caller.tell(asked, &[], &answer)
}

/// What was asked for wrongly is another end than what cannot be done now.
fn refused(caller: &Caller, error: HttpError) -> Exit {
    match error {
        HttpError::Status(400, words) => Exit::Usage(words),
        HttpError::Status(404 | 409, words) => Exit::Failed(anyhow::anyhow!(words)),
        error => caller.refused(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command, Door};
    use clap::Parser as _;

    fn start(words: &[&str]) -> JobsStart {
        let call = Cli::try_parse_from(["ringside", "jobs", "start"].iter().chain(words)).expect("a call");
        let Command::Jobs(Jobs::Start(start)) = call.command else { panic!("another command") };
        start
    }

    #[test]
    fn what_is_typed_is_what_is_asked() {
        let words =
            ["backtest", "--strategy", "sma_cross", "--params", r#"{"fast": 5}"#, "--data", "bybit:linear:BTCUSDT"];
        let JobsStart::Backtest(of) = start(&[&words[..], &["--from", "2026-01-31", "--fee", "0.001"]].concat()) else {
            panic!("another job")
        };
        let asked = backtest(&of).expect("an object");
        assert_eq!(asked["params"], json!({ "fast": 5 }));
        assert_eq!(asked["past"]["from_ns"], 1_769_817_600_000_000_000_u64);
        assert_eq!((&asked["past"]["timeframe"], &asked["terms"]["fee"]), (&json!("1h"), &json!(0.001)));
        let words = ["optimize", "--strategy", "sma_cross", "--space", r#"{"fast": [5, 60]}"#, "--method", "grid"];
        let more = ["--where", "fast < slow", "--where", "fast != 7", "--data", "okx:BTC-USDT"];
        let JobsStart::Optimize(of) = start(&[&words[..], &more].concat()) else { panic!("another job") };
        assert_eq!(optimization(&of).expect("an object")["where"], json!(["fast < slow", "fast != 7"]));
        let JobsStart::Backfill(of) =
            start(&["backfill", "--venue", "bybit", "--symbol", "linear:BTCUSDT", "--interval", "1h", "--days", "3"])
        else {
            panic!("another job")
        };
        let wanted = json!({ "venue": "bybit", "symbol": "linear:BTCUSDT", "candles": "1h", "from_ns": null, "to_ns": null,
            "days": 3 });
        assert_eq!(backfill(&of), wanted);
        let exit = typed("--space", "[1]").expect_err("no object");
        assert!(
            matches!(&exit, Exit::Usage(told) if told == "--space: found [1], accepted: a JSON object"),
            "{exit:?}"
        );
    }

    #[test]
    fn what_cannot_be_done_now_is_another_end_than_a_wrong_call() {
        let caller = Caller::new(&Door::default()).expect("no key is none");
        let code = |status| refused(&caller, HttpError::Status(status, "words".to_owned())).code();
        assert_eq!([400, 403, 404, 409, 503].map(code), [2, 3, 1, 1, 4]);
    }
}

//! `strategy list|start|pause|stop|set`: what a person asks of a strategy of a running engine, over its line or its
//! API.
//!
//! Owns: what is asked back, how the answers read. Never: whether it is allowed; the engine says.

use super::engine::{Engine, engines, one};
use super::operate::confirm;
use crate::args::{Named, Set, Steered, StrategyAsked, Whom};
use crate::exit::Exit;
use crate::output;
use bridges::operator::words::{Answer, Ask, Steering, Told};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// `strategy …`.
pub(crate) fn run(args: &StrategyAsked) -> Result<(), Exit> {
    match args {
        StrategyAsked::List(whom) => list(whom),
        StrategyAsked::Start(args) => start(args),
        StrategyAsked::Pause(args) => steer(args, Steering::Pause),
        StrategyAsked::Stop(args) => steer(args, Steering::Stop),
        StrategyAsked::Set(args) => set(args),
    }
}

fn list(args: &Whom) -> Result<(), Exit> {
    let asked = |engine: Engine| {
        let told = strategies(&engine, engine.ask(&Ask::Strategies)?)?;
        Ok((engine, told))
    };
    let told = engines(args)?.into_iter().map(asked);
    tell(args, &told.collect::<Result<Vec<_>, Exit>>()?)
}

fn start(args: &Steered) -> Result<(), Exit> {
    if !args.yes {
        confirm(&format!("Let {} trade again?", args.of.name))?;
    }
    steer(&args.of, Steering::Start)
}

fn set(args: &Set) -> Result<(), Exit> {
    let Steered { of, yes } = &args.of;
    let twice = |at: &usize| args.params[..*at].iter().any(|(name, _)| *name == args.params[*at].0);
    if let Some(at) = (0..args.params.len()).find(twice) {
        return Err(Exit::Usage(format!("{}: found it twice, accepted: each parameter once", args.params[at].0)));
    }
    if !yes {
        let params: Vec<String> = args.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        confirm(&format!("Let {} trade by {} from now on?", of.name, params.join(" ")))?;
    }
    steer(of, Steering::Set(args.params.clone()))
}

fn steer(args: &Named, what: Steering) -> Result<(), Exit> {
    let engine = one(&args.whom)?;
    let answer = engine.ask(&Ask::Steer { strategy: args.name.clone(), what })?;
    let told = strategies(&engine, answer)?;
    tell(&args.whom, &[(engine, told)])
}

fn strategies(engine: &Engine, answer: Answer) -> Result<Vec<Told>, Exit> {
    match answer {
        Answer::Strategies { strategies } => Ok(strategies),
        _ => Err(engine.misunderstood()),
    }
}

fn tell(args: &Whom, all: &[(Engine, Vec<Told>)]) -> Result<(), Exit> {
    if args.here.json {
        let engine = |(engine, told): &(Engine, Vec<Told>)| engine.json(json!({ "strategies": told }));
        return output::print_json(&json!({ "engines": all.iter().map(engine).collect::<Vec<Value>>() }));
    }
    output::print(&all.iter().map(|(engine, told)| text(&engine.to_string(), told)).collect::<String>())
}

fn text(engine: &str, strategies: &[Told]) -> String {
    let mut text = format!("{engine}\n");
    for Told { strategy, name, mode, fault, is_fixed, params, .. } in strategies {
        let fault = fault.as_ref().map(|fault| format!("  gave up: {fault}")).unwrap_or_default();
        let fixed = if *is_fixed { "  (parameters stand while it runs)" } else { "" };
        let _ = writeln!(text, "  strategy:{strategy} {name} {mode}{fixed}{fault}");
        for param in params {
            let (range, unit) = (format!("{} to {}", param.min, param.max), &param.unit);
            let _ = writeln!(text, "    {:<24} {:>10}  {range}, {unit}", param.name, param.value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridges::operator::words::ToldParam;

    #[test]
    fn a_list_says_what_each_may_do_by_which_parameters_and_why_one_gave_up() {
        let unit = "bps".to_owned();
        let param = ToldParam { name: "step_bps".to_owned(), value: 20, min: 1, max: 5_000, unit };
        let told = Told {
            strategy: 2,
            name: "grid".to_owned(),
            mode: "FAILED".to_owned(),
            fault: Some("line 3: too many steps".to_owned()),
            is_fixed: false,
            idea: String::new(),
            risks: String::new(),
            params: vec![param],
        };
        let expected = "process 7\n  strategy:2 grid FAILED  gave up: line 3: too many steps\n    step_bps                         20  1 to 5000, bps\n";
        assert_eq!(text("process 7", &[told]), expected);
    }
}

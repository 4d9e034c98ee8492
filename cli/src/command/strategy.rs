//! `strategy list|start|pause|stop|set`: what a person asks of a strategy of a running engine, over its line.
//!
//! Owns: what is asked back, how the answers read. Never: whether it is allowed; the engine says.

use super::operate::{Engine, confirm, engines, one};
use crate::args::{Engines, Named, Set, Steered, StrategyAsked};
use crate::exit::Exit;
use crate::output;
use bridges::operator::words::{Answer, Ask, Steering, Told};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// `strategy …`.
pub(crate) fn run(args: &StrategyAsked) -> Result<(), Exit> {
    match args {
        StrategyAsked::List(engines) => list(engines),
        StrategyAsked::Start(args) => start(args),
        StrategyAsked::Pause(args) => steer(args, Steering::Pause),
        StrategyAsked::Stop(args) => steer(args, Steering::Stop),
        StrategyAsked::Set(args) => set(args),
    }
}

fn list(args: &Engines) -> Result<(), Exit> {
    let all = engines(args)?;
    let told = all.iter().map(|engine| Ok((engine.pid, strategies(engine, engine.ask(&Ask::Strategies)?)?)));
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
    let engine = one(&args.engines)?;
    let answer = engine.ask(&Ask::Steer { strategy: args.name.clone(), what })?;
    tell(&args.engines, &[(engine.pid, strategies(&engine, answer)?)])
}

fn strategies(engine: &Engine, answer: Answer) -> Result<Vec<Told>, Exit> {
    let pid = engine.pid;
    match answer {
        Answer::Strategies { strategies } => Ok(strategies),
        Answer::Refused { why, found } => Err(Exit::Refused(format!("process {pid}: {why}: {found}"))),
        Answer::Done(_) | Answer::Again { .. } | Answer::Order(_) | Answer::Confirm { .. } | Answer::Limit(_) => {
            Err(Exit::Refused(format!("process {pid} answers another question: is it of another version?")))
        }
    }
}

fn tell(args: &Engines, all: &[(u32, Vec<Told>)]) -> Result<(), Exit> {
    if args.json {
        let engine = |(pid, told): &(u32, Vec<Told>)| json!({ "pid": pid, "strategies": told });
        return output::print_json(&json!({ "engines": all.iter().map(engine).collect::<Vec<Value>>() }));
    }
    output::print(&text(all))
}

fn text(all: &[(u32, Vec<Told>)]) -> String {
    let mut text = String::new();
    for (pid, strategies) in all {
        let _ = writeln!(text, "process {pid}");
        for Told { strategy, name, mode, fault, is_fixed, params, .. } in strategies {
            let fault = fault.as_ref().map(|fault| format!("  gave up: {fault}")).unwrap_or_default();
            let fixed = if *is_fixed { "  (parameters stand while it runs)" } else { "" };
            let _ = writeln!(text, "  strategy:{strategy} {name} {mode}{fixed}{fault}");
            for param in params {
                let (range, unit) = (format!("{} to {}", param.min, param.max), &param.unit);
                let _ = writeln!(text, "    {:<24} {:>10}  {range}, {unit}", param.name, param.value);
            }
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
        assert_eq!(text(&[(7, vec![told])]), expected);
    }
}

//! What a person asks of a strategy: held against its row before it is handed on, so that what the engine takes holds.
//!
//! Owns: which strategy is meant, and the commands that a deed becomes. Never: what a command does.

use super::sight::Sight;
use crate::operator::words::{Steering, Told, ToldParam};
use engine_core::strategy::board::{Board, BoardRow};
use engine_core::strategy::manual::is_manual;
use engine_core::strategy::params::{Given, Param};
use engine_model::command::CommandKind;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::steer::{Mode, Steer};

/// Why nothing was asked of the engine, and what was found.
pub(crate) type No = (String, String);

/// A deed that holds.
pub(crate) struct Meant<'a> {
    row: &'a BoardRow,
    /// In this order.
    pub(crate) commands: Vec<CommandKind>,
    mode: Option<Mode>,
    values: Vec<i64>,
}

impl Meant<'_> {
    /// Whether the strategy has it.
    pub(crate) fn is_done(&self) -> bool {
        self.mode.is_none_or(|mode| self.row.mode() == mode) && self.row.values() == self.values
    }
}

/// All strategies that are seen, as they are now.
pub(crate) fn told(board: &Board, sight: &Sight) -> Vec<Told> {
    let one = |(strategy, row): (u8, &BoardRow)| Told {
        strategy,
        name: row.entry.name.to_owned(),
        mode: row.mode().name().to_owned(),
        fault: row.fault().map(str::to_owned),
        is_fixed: is_fixed(row),
        idea: row.entry.idea.to_owned(),
        risks: row.entry.risks.to_owned(),
        params: params(row),
    };
    (1..).zip(&board.rows).filter(|(id, _)| sight.sees(StrategyId(*id))).map(one).collect()
}

/// Whether its parameters stand while it runs.
pub(crate) fn is_fixed(row: &BoardRow) -> bool {
    row.entry.is_fixed || is_manual(row.entry)
}

/// Its parameters in force. Those of the desk of people are its last order, and not told.
pub(crate) fn params(row: &BoardRow) -> Vec<ToldParam> {
    if is_manual(row.entry) {
        return Vec::new();
    }
    row.entry.params.iter().zip(row.values()).map(param).collect()
}

/// What a deed changes, as it is now, for the audit: the mode, or the parameters that are named.
pub(crate) fn shown(board: &Board, sight: &Sight, name: &str, deed: &Steering) -> String {
    let Ok(row) = find(board, sight, name).map(|at| &board.rows[at]) else { return "unknown".to_owned() };
    let Steering::Set(named) = deed else { return row.mode().name().to_owned() };
    let is_named = |param: &ToldParam| named.iter().any(|(name, _)| *name == param.name);
    let shown = params(row).into_iter().filter(is_named).map(|param| format!("{}={}", param.name, param.value));
    shown.collect::<Vec<_>>().join(" ")
}

fn param((param, value): (&Param, i64)) -> ToldParam {
    let (name, unit) = (param.name.to_owned(), param.unit().to_owned());
    ToldParam { name, value, min: param.min, max: param.max, unit }
}

/// What a deed comes to.
pub(crate) fn meant<'a>(board: &'a Board, sight: &Sight, name: &str, deed: &Steering) -> Result<Meant<'a>, No> {
    let at = find(board, sight, name)?;
    let row = &board.rows[at];
    if is_manual(row.entry) && matches!(deed, Steering::Set(_)) {
        return Err(("its parameters are people's orders: ringside order place".to_owned(), row.entry.name.to_owned()));
    }
    let strategy = StrategyId(at as u8 + 1);
    let command = |what| CommandKind::Steer { strategy, what };
    let simply = |steer: Steer| Meant { row, commands: vec![command(steer)], mode: steer.mode(), values: row.values() };
    match deed {
        Steering::Start => Ok(simply(Steer::Start)),
        Steering::Pause => Ok(simply(Steer::Pause)),
        Steering::Stop => Ok(simply(Steer::Stop)),
        Steering::Set(params) => {
            let (values, set) = values(row, params)?;
            let last = set.len() - 1;
            let one =
                |(at, &(param, value)): (usize, &(u8, i64))| command(Steer::Set { param, value, is_last: at == last });
            Ok(Meant { row, commands: set.iter().enumerate().map(one).collect(), mode: None, values })
        }
    }
}

/// The place of the strategy of that name or number (`strategy:2`, `2`), from 0. What is not seen is not there.
pub(crate) fn find(board: &Board, sight: &Sight, name: &str) -> Result<usize, No> {
    let is_seen = |at: &usize| sight.sees(StrategyId(*at as u8 + 1));
    let seen: Vec<usize> = (0..board.rows.len()).filter(is_seen).collect();
    let number: Option<usize> = name.strip_prefix("strategy:").unwrap_or(name).parse().ok();
    if let Some(at) = number.and_then(|number| number.checked_sub(1)).filter(|at| seen.contains(at)) {
        return Ok(at);
    }
    let all: Vec<usize> = seen.iter().copied().filter(|at| board.rows[*at].entry.name == name).collect();
    match all[..] {
        [at] => Ok(at),
        [] if seen.is_empty() => Err(("this run has no strategy".to_owned(), name.to_owned())),
        [] => {
            let known: Vec<&str> = seen.iter().map(|at| board.rows[*at].entry.name).collect();
            Err((format!("this run has no such strategy, it has {}", known.join(", ")), name.to_owned()))
        }
        _ => {
            let numbers: Vec<String> = all.iter().map(|at| format!("strategy:{}", at + 1)).collect();
            Err((format!("several have this name, say which: {}", numbers.join(", ")), name.to_owned()))
        }
    }
}

/// New values by place.
type Places = Vec<(u8, i64)>;

/// All values with the new ones, and the new ones by place.
fn values(row: &BoardRow, params: &[(String, i64)]) -> Result<(Vec<i64>, Places), No> {
    let entry = row.entry;
    let (mut values, mut set) = (row.values(), Vec::new());
    let no = |why: String, found: &str| Err((why, found.to_owned()));
    if entry.is_fixed {
        return no(format!("the parameters of {} stand while it runs: it began by them", entry.name), entry.name);
    }
    if params.is_empty() {
        return no("nothing to set: say NAME=VALUE".to_owned(), entry.name);
    }
    for (name, value) in params {
        let Some(at) = entry.params.iter().position(|param| param.name == name) else {
            let known: Vec<&str> = entry.params.iter().map(|param| param.name).collect();
            return no(format!("{} has no such parameter, it has {}", entry.name, known.join(", ")), name);
        };
        if set.iter().any(|(known, _)| usize::from(*known) == at) {
            return no("the parameter is given twice".to_owned(), name);
        }
        values[at] = *value;
        set.push((at as u8, *value));
    }
    // The strategy itself is asked whether the values make sense together; how many instruments it has, they do not touch.
    let ids: Vec<InstrumentId> = (0..entry.instruments.0 as u32).map(InstrumentId).collect();
    match entry.check(&Given::new(&ids, &values)) {
        Ok(_) => Ok((values, set)),
        Err(fault) => no(fault.to_string(), entry.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_core::strategy::catalog::Strategy;

    fn board() -> Board {
        let make = |name| Strategy::new(name, &[InstrumentId(0)], &[]).expect("defaults");
        Board::new(&["sma_cross", "grid", "grid", "twap"].map(make))
    }

    fn no(name: &str, deed: Steering) -> String {
        meant(&board(), &Sight::WHOLE, name, &deed)
            .map(|_| ())
            .map_err(|(why, found)| format!("{why}: {found}"))
            .expect_err("no")
    }

    fn set(params: &[(&str, i64)]) -> Steering {
        Steering::Set(params.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
    }

    #[test]
    fn a_change_becomes_one_command_a_parameter_and_the_last_brings_them_into_force() {
        let board = board();
        let meant = meant(&board, &Sight::WHOLE, "sma_cross", &set(&[("slow", 40), ("fast", 10)])).expect("good");
        let one = |param, value, is_last| {
            let what = Steer::Set { param, value, is_last };
            CommandKind::Steer { strategy: StrategyId(1), what }
        };
        assert_eq!(meant.commands, [one(2, 40, false), one(1, 10, true)]);
        assert!(!meant.is_done(), "nothing is in force yet");
    }

    #[test]
    fn who_is_meant_and_what_cannot_be_is_said_before_anything_is_asked() {
        let pause = || Steering::Pause;
        assert!(no("grit", pause()).contains("it has sma_cross, grid, grid, twap: grit"));
        assert!(no("grid", pause()).contains("say which: strategy:2, strategy:3"));
        assert!(no("strategy:5", pause()).contains("no such strategy"));
        assert!(no("strategy:0", pause()).contains("no such strategy"));
        assert!(
            meant(&board(), &Sight::WHOLE, "strategy:3", &pause()).is_ok()
                && meant(&board(), &Sight::WHOLE, "4", &Steering::Start).is_ok()
        );
        assert!(no("twap", set(&[("slices", 3)])).contains("stand while it runs"));
        assert!(no("sma_cross", set(&[("fats", 3)])).contains("it has candle_ms, fast, slow, order_quote: fats"));
        assert!(no("sma_cross", set(&[("fast", 3), ("fast", 4)])).contains("given twice"));
        assert!(no("sma_cross", set(&[("fast", 50)])).contains("`fast` must be below `slow`"));
        assert!(no("sma_cross", set(&[("fast", 0)])).contains("must be 1 to 999"));
        assert!(no("sma_cross", set(&[])).contains("nothing to set"));
    }

    #[test]
    fn each_is_told_with_its_parameters_their_ranges_and_units() {
        let told = told(&board(), &Sight::WHOLE);
        assert_eq!((told.len(), told[1].strategy, told[1].name.as_str()), (4, 2, "grid"));
        let step = &told[1].params[0];
        assert_eq!((step.name.as_str(), step.value, step.max, step.unit.as_str()), ("step_bps", 20, 5_000, "bps"));
        assert!(told[3].is_fixed && told[0].mode == "RUNNING");
    }
}

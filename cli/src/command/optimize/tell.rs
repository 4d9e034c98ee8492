//! How a sweep is told: as JSON, as text.

use super::asked::Asked;
use crate::command::backtest::tell::{number, terms};
use engine_analytics::performance::curve::CurveMeasures;
use engine_backtest::bars::account::Terms;
use engine_backtest::sweep::judge::Doubt;
use engine_backtest::sweep::run::{Shard, Trial, best};
use engine_backtest::sweep::walk::{Walked, Window};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// Trials that people are shown.
const SHOWN: usize = 10;

/// A sweep, and what was asked.
pub(super) struct Told {
    pub(super) asked: Asked,
    pub(super) method: String,
    pub(super) seed: u64,
    pub(super) terms: Terms,
    pub(super) periods_per_year: f64,
    pub(super) bars: usize,
    pub(super) threads: usize,
    pub(super) trials: Vec<Trial>,
    pub(super) doubt: Option<Doubt>,
    pub(super) walked: Option<Walked>,
    pub(super) elapsed: Duration,
}

impl Told {
    /// The contract of `--json`.
    pub(super) fn json(&self) -> Value {
        let Asked { space, objective, shard, .. } = &self.asked;
        let deflated = self.doubt.and_then(|doubt| doubt.deflated);
        let overfit = self.doubt.and_then(|doubt| doubt.overfit);
        json!({
            "strategy": space.rule_name().name(),
            "method": self.method,
            "objective": objective.to_string(),
            "seed": self.seed,
            "shard": (*shard != Shard::WHOLE).then(|| format!("{}/{}", shard.index + 1, shard.of)),
            "space": space.axes().iter().map(|axis| {
                (axis.name.to_owned(), axis.values.iter().copied().map(number).collect())
            }).collect::<Map<_, Value>>(),
            "points": space.size(),
            "terms": terms(&self.terms, self.periods_per_year),
            "bars": self.bars,
            "trials": self.trials.iter().map(|trial| self.trial(trial)).collect::<Vec<_>>(),
            "best": best(&self.trials).map(|trial| self.trial(trial)),
            "deflated_sharpe": deflated.map(|deflated| deflated.probability),
            "luck_sharpe_per_bar": deflated.map(|deflated| deflated.expected),
            "pbo": overfit.map(|overfit| overfit.probability),
            "pbo_trials": self.doubt.map(|doubt| doubt.compared),
            "pbo_splits": overfit.map(|overfit| overfit.splits),
            "walk_forward": self.walked.as_ref().map(|walked| self.walked(walked)),
            "threads": self.threads,
            "elapsed_ns": self.elapsed.as_nanos() as u64,
            "runs_per_s": self.runs_per_s(),
        })
    }

    fn runs_per_s(&self) -> f64 {
        self.trials.len() as f64 / self.elapsed.as_secs_f64()
    }

    fn params(&self, trial: &Trial) -> Map<String, Value> {
        self.asked.space.values(trial.point).map(|(name, value)| (name.to_owned(), number(value))).collect()
    }

    fn trial(&self, trial: &Trial) -> Value {
        json!({
            "trial": trial.number, "params": self.params(trial), "objective": trial.objective,
            "final_equity": trial.equity_final, "sharpe_per_bar": trial.sharpe_per_bar,
            "max_drawdown": trial.max_drawdown, "trades": trial.trades, "closed_fees": trial.fees,
        })
    }

    fn walked(&self, walked: &Walked) -> Value {
        let tested = |of: &CurveMeasures| json!({"return": of.total_return, "sharpe": of.sharpe, "max_drawdown": of.max_drawdown});
        let window = |window: &Window| {
            json!({
                "train": [window.train.start, window.train.end], "test": [window.test.start, window.test.end],
                "params": self.params(&window.winner), "objective": window.winner.objective,
                "tested": tested(&window.tested),
            })
        };
        let windows: Vec<Value> = walked.windows.iter().map(window).collect();
        json!({"windows": windows, "tested": tested(&walked.tested), "runs": walked.runs})
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let Asked { space, objective, shard, .. } = &self.asked;
        let mut text = format!(
            "{} over {} bars: {} of {} points by {}, seed {}\n",
            space.rule_name().name(),
            self.bars,
            self.trials.len(),
            space.size(),
            self.method,
            self.seed
        );
        let mut ranked: Vec<&Trial> = self.trials.iter().collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.number.cmp(&b.number)));
        let shown = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| format!("{value:.4}"));
        let objective = objective.to_string();
        _ = writeln!(text, "\n  {objective:>14}{:>18}{:>10}{:>8}   parameters", "final equity", "deepest", "trades");
        for trial in ranked.into_iter().take(SHOWN) {
            let params: Vec<String> =
                space.values(trial.point).map(|(name, value)| format!("{name} {value}")).collect();
            let deepest = trial.max_drawdown.map_or_else(|| "n/a".to_owned(), |fall| format!("{:.1} %", fall * 100.0));
            let (measure, equity) = (shown(trial.objective), trial.equity_final);
            let params = params.join(", ");
            _ = writeln!(text, "  {measure:>14}{equity:>18.2}{deepest:>10}{:>8}   {params}", trial.trades);
        }
        if *shard == Shard::WHOLE {
            let deflated = self.doubt.and_then(|doubt| doubt.deflated).map(|deflated| deflated.probability);
            let overfit = self.doubt.and_then(|doubt| doubt.overfit).map(|overfit| overfit.probability);
            let compared = self.doubt.map_or(0, |doubt| doubt.compared);
            _ = writeln!(text, "\n  deflated Sharpe {}   how sure it is that the best is no luck", shown(deflated));
            let of = format!("of {compared} trials compared");
            _ = writeln!(
                text,
                "  overfitting     {}   how likely the best of the past is below the middle, {of}",
                shown(overfit)
            );
        } else {
            _ = writeln!(
                text,
                "\n  part {} of {}: what of the best is luck is told by the whole",
                shard.index + 1,
                shard.of
            );
        }
        self.walked.iter().for_each(|walked| text.push_str(&self.windows(walked)));
        _ = writeln!(text, "\n  {:.0} runs a second on {} threads", self.runs_per_s(), self.threads);
        text
    }

    fn windows(&self, walked: &Walked) -> String {
        let percent =
            |share: Option<f64>| share.map_or_else(|| "n/a".to_owned(), |share| format!("{:.2} %", share * 100.0));
        let mut text = "\nWalking forward: the winner of each stretch, on the bars after it\n".to_owned();
        for window in &walked.windows {
            let params = self.asked.space.values(window.winner.point).map(|(name, value)| format!("{name} {value}"));
            let params = params.collect::<Vec<_>>().join(", ");
            let test = format!("{}..{}", window.test.start, window.test.end);
            _ = writeln!(text, "  {test:<18}{:>12}   {params}", percent(window.tested.total_return));
        }
        _ = writeln!(text, "  {:<18}{:>12}", "all of them", percent(walked.tested.total_return));
        text
    }
}

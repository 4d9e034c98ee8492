//! What risk refused in a run, and what it halted: told so that one sees which number of the settings says so.

use super::Ran;
use crate::command::backtest::page::table::{Cell, Table};
use crate::command::pnl::table::rows;
use crate::time::utc;
use engine_backtest::ticks::refused::{Row, SetBy, StateChange};
use engine_core::risk::Cause;
use engine_model::instrument::InstrumentId;
use engine_model::limit::{Limits, Unit};
use engine_model::market::Side;
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Quote};
use serde_json::{Value, json};
use std::time::Duration;

/// The cause of a state that the warm-up set.
const WARM_UP: &str = "WARM_UP";

impl Ran {
    /// For `--json`.
    pub(super) fn refused(&self) -> Value {
        let (states, more) = self.outcome.refused.states();
        json!({
            "checks": self.outcome.refused.checks().iter().map(|row| self.check(row)).collect::<Vec<_>>(),
            "states": states.iter().map(|change| self.state(change)).collect::<Vec<_>>(),
            "states_more": more,
            "what_to_do": self.what_to_do(),
        })
    }

    fn check(&self, (check, row): &(Check, Row)) -> Value {
        let amount =
            |value: i64| if check.unit() == Some(Unit::Usd) { json!(Quote(value).to_string()) } else { json!(value) };
        let first = row.first.map(|first| {
            let (order, refusal) = (first.order, first.refusal);
            json!({
                "at_ns": first.at.0, "strategy": order.client_order_id.strategy(),
                "instrument": self.symbol(order.instrument),
                "side": if order.side == Side::Buy { 1 } else { -1 },
                "qty": self.instrument(order.instrument).grid.qty_text(order.qty),
                "value": amount(refusal.value), "limit": amount(refusal.limit),
            })
        });
        json!({
            "check": check.code(), "count": row.count, "also": row.also, "unit": check.unit().map(Unit::name),
            "limit_key": self.key(*check, row), "first": first,
        })
    }

    fn state(&self, change: &StateChange) -> Value {
        json!({
            "at_ns": change.at.0, "scope": self.scope(change), "state": change.state.name(), "cause": cause(change),
            "limit_key": key_of(change),
        })
    }

    fn scope(&self, change: &StateChange) -> String {
        let instruments: Vec<_> = self.instruments.iter().copied().collect();
        change.scope.name(&instruments)
    }

    /// The limit behind a check. Of the two collars the one that judged.
    fn key(&self, check: Check, row: &Row) -> Option<&'static str> {
        let judged = row.first.map(|first| first.refusal.limit);
        let is_of_others = judged == Some(self.config.limits.price_collar_others_bps)
            && judged != Some(self.config.limits.price_collar_bps);
        if check == Check::PriceCollar && is_of_others { Some("price_collar_others_bps") } else { check.limit_key() }
    }

    /// One sentence: which limits are in the way, as they are now. `None` where nothing was refused or halted.
    fn what_to_do(&self) -> Option<String> {
        let (checks, (states, _)) = (self.outcome.refused.checks(), self.outcome.refused.states());
        if checks.is_empty() && states.iter().all(|change| change.by == SetBy::WarmUp) {
            return None;
        }
        let mut keys: Vec<&str> = checks.iter().filter_map(|(check, row)| self.key(*check, row)).collect();
        keys.extend(states.iter().filter_map(key_of));
        let mut told: Vec<String> = Vec::new();
        for key in keys {
            let one = self.now(key);
            if !told.contains(&one) {
                told.push(one);
            }
        }
        let warm_up =
            if self.warm_up.is_zero() { "" } else { "; while it warms up (--warm-up) nothing is meant to pass" };
        Some(if told.is_empty() {
            format!("no limit of the settings says so: docs/RISK.md tells what each check holds{warm_up}")
        } else {
            let keys = told.join(", ");
            format!("to let them pass, widen {keys} under [risk] of a --config FILE, or trade smaller{warm_up}")
        })
    }

    /// A limit and what it is set to, in the unit of its key.
    fn now(&self, key: &str) -> String {
        let set = Limits::row(key).map(|row| (row.get(&self.config.limits), row.scale));
        match set {
            Some((value, scale)) if value != i64::MAX => format!("{key} (now {})", value / scale),
            _ => key.to_owned(),
        }
    }

    /// For people; nothing where nothing was refused or halted.
    pub(super) fn refused_text(&self) -> String {
        let tables = [self.checks_table(), self.states_table()];
        let told = tables.iter().filter(|table| !table.rows.is_empty()).map(|table| {
            let cells = |row: &Vec<Cell>| row.iter().map(Cell::text).collect();
            let lines: Vec<Vec<String>> =
                [table.head.clone()].into_iter().chain(table.rows.iter().map(cells)).collect();
            format!("\n{}\n{}", table.title, rows(&lines))
        });
        let what_to_do = self.what_to_do().map(|told| format!("  {told}\n"));
        told.chain(what_to_do).collect()
    }

    pub(super) fn checks_table(&self) -> Table {
        let row = |(check, row): &(Check, Row)| {
            let first = row.first.map_or_else(Default::default, |first| {
                let of = first.order.instrument;
                let Refusal { value, limit, .. } = first.refusal;
                [utc(first.at.0), self.amount(*check, value, of), self.amount(*check, limit, of)]
            });
            let [at, found, allowed] = first;
            let key = self.key(*check, row).unwrap_or_default().to_owned();
            let cells = [check.code().to_owned(), row.count.to_string(), row.also.to_string(), at, found, allowed, key];
            cells.into_iter().map(Cell::plain).collect()
        };
        let head = ["check", "orders", "and beside a worse one", "first", "found", "allowed", "limit"];
        Table {
            title: format!("What risk refused: {} orders", self.ended.denied),
            head: head.map(str::to_owned).to_vec(),
            rows: self.outcome.refused.checks().iter().map(row).collect(),
        }
    }

    pub(super) fn states_table(&self) -> Table {
        let (states, more) = self.outcome.refused.states();
        let row = |change: &StateChange| {
            let key = key_of(change).unwrap_or_default();
            let cells = [&utc(change.at.0), &self.scope(change), change.state.name(), cause(change), key];
            cells.into_iter().map(|text| Cell::plain(text.to_owned())).collect()
        };
        let more = if more > 0 {
            format!(", the first {} of {}", states.len(), states.len() as u64 + more)
        } else {
            String::new()
        };
        Table {
            title: format!("What was halted, and why{more}"),
            head: ["at", "of", "state", "cause", "limit"].map(str::to_owned).to_vec(),
            rows: states.iter().map(row).collect(),
        }
    }

    /// A number of a check, in its unit.
    fn amount(&self, check: Check, value: i64, of: InstrumentId) -> String {
        match check.unit() {
            _ if value == i64::MAX => "no end".to_owned(),
            Some(Unit::Usd) => format!("{} dollars", Quote(value)),
            Some(Unit::Bps) => format!("{value} bps"),
            Some(Unit::Percent) => format!("{value} %"),
            Some(Unit::Lots) => self.instrument(of).grid.qty_text(Lots(value)),
            Some(Unit::Time) => format!("{:?}", Duration::from_nanos(value.unsigned_abs())),
            Some(Unit::PerSecond) => format!("{value} a second"),
            Some(Unit::Count) | None => value.to_string(),
        }
    }
}

fn cause(change: &StateChange) -> &'static str {
    match change.by {
        SetBy::WarmUp => WARM_UP,
        SetBy::Risk(cause) => Cause::name(cause),
    }
}

fn key_of(change: &StateChange) -> Option<&'static str> {
    match change.by {
        SetBy::WarmUp => None,
        SetBy::Risk(cause) => cause.limit_key(change.scope),
    }
}

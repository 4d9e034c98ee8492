//! A limit that a person sets: read against its row of the table, and what it takes.
//!
//! Tighter is one step of one person, and holds at once. Looser is two steps of two people, and never beyond what the
//! configuration says: that takes the file and a restart.
//!
//! Owns: text to number and back, which way it goes. Never: the limit itself; risk has it, and the journal keeps it.

use super::Desk;
use super::order::No;
use crate::operator::words::LimitTold;
use engine_model::command::CommandKind;
use engine_model::limit::{Limits, Row, Unit};
use engine_model::units::Quote;

/// A limit that can be set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meant {
    row: &'static Row,
    pub(super) command: CommandKind,
    /// It lets more pass than what is in force, or it is not known here what is: two people have to say so.
    pub(crate) is_looser: bool,
}

impl Desk {
    /// What is meant by it.
    pub(crate) fn limit_meant(&self, key: &str, text: &str) -> Result<Meant, No> {
        let key = key.trim().trim_start_matches("risk.");
        let Some((limit, row)) = (0u8..).zip(Limits::TABLE).find(|(_, row)| row.key == key) else {
            return Err(("there is no such limit; `ringside limits` lists them".to_owned(), key.to_owned()));
        };
        if !row.is_settable() {
            return Err(("it stands while a run lasts: set it in the file".to_owned(), key.to_owned()));
        }
        let value = number(row, text.trim())?;
        let (ceiling, now) = (row.get(&self.limits), row.get(&self.limits_now()));
        if row.is_tighter(ceiling, value) {
            let file = told(row, ceiling);
            return Err((
                format!("the file says {file}, and only the file and a restart let more pass"),
                text.to_owned(),
            ));
        }
        let command = CommandKind::SetLimit { limit, value };
        // Of the decisions that were missed one may have been a tighter limit.
        let is_known = self.hub.image().verdicts.missed == 0;
        Ok(Meant { row, command, is_looser: !is_known || row.is_tighter(now, value) })
    }

    /// A limit as it stands.
    pub(super) fn limit_told(&self, meant: &Meant) -> LimitTold {
        let row = meant.row;
        LimitTold {
            limit: row.key.to_owned(),
            value: told(row, row.get(&self.limits_now())),
            file: told(row, row.get(&self.limits)),
        }
    }

    /// The same by its key, for the audit.
    pub(super) fn limit_shown(&self, key: &str) -> Option<String> {
        Limits::row(key.trim().trim_start_matches("risk.")).map(|row| told(row, row.get(&self.limits_now())))
    }
}

/// In the unit of the key, which its end tells.
fn number(row: &Row, text: &str) -> Result<i64, No> {
    let wrong = || (format!("{} must be a {} from {} to {}", row.key, kind(row), row.min, row.max), text.to_owned());
    let value = match row.unit {
        Unit::Usd => cents(text).ok_or_else(wrong)?,
        _ => text.parse::<i64>().ok().and_then(|whole| whole.checked_mul(row.scale)).ok_or_else(wrong)?,
    };
    let (least, most) = (row.min.saturating_mul(row.scale), row.max.saturating_mul(row.scale));
    if (least..=most).contains(&value) { Ok(value) } else { Err(wrong()) }
}

fn kind(row: &Row) -> &'static str {
    if row.unit == Unit::Usd { "decimal" } else { "whole number" }
}

/// Dollars with at most eight decimals.
fn cents(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(whole) || !is_plain(part) || part.len() > 8 {
        return None;
    }
    let part: i64 = format!("{part:0<8}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(Quote::ONE)?.checked_add(part)
}

pub(super) fn told(row: &Row, value: i64) -> String {
    match row.unit {
        _ if value == i64::MAX => "none".to_owned(),
        Unit::Usd => Quote(value).to_string(),
        _ => (value / row.scale).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_written_in_the_unit_that_its_key_ends_with() {
        let read = |key, text| {
            number(Limits::row(key).expect("known"), text).map_err(|(why, found)| format!("{why}: {found}"))
        };
        assert_eq!(read("order_notional_max_usd", "500"), Ok(Quote::whole(500).0));
        assert_eq!(read("order_notional_max_usd", "0.25"), Ok(Quote::ONE / 4));
        assert_eq!(read("price_age_max_ms", "250"), Ok(250_000_000));
        assert_eq!(read("leverage_max_pct", "150"), Ok(150));
        let range = "order_notional_max_usd must be a decimal from 0 to 1000000000: ";
        for bad in ["", "-1", "1e3", "1.123456789", ".5", "1000000001", "500 usd"] {
            assert_eq!(read("order_notional_max_usd", bad), Err(format!("{range}{bad}")));
        }
        assert_eq!(
            read("price_age_max_ms", "0"),
            Err("price_age_max_ms must be a whole number from 1 to 600000: 0".to_owned())
        );
        let row = Limits::row("order_notional_max_usd").expect("known");
        assert_eq!((told(row, Quote::ONE / 4), told(row, i64::MAX)), ("0.25".to_owned(), "none".to_owned()));
    }
}

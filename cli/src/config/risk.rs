//! The limits: each key of the table in the file, within its bounds, in its unit; which coins belong together; and margin
//! tables.
//!
//! A strategy may have limits of its own, tighter than those of the run and never looser.

use super::error::ConfigError;
use super::raw::Section;
use engine_core::config::{Coins, MarginTable};
use engine_model::limit::{Limits, Row, Tighter, Unit};
use engine_model::margin::{MarginTier, MarginTiers};
use engine_model::units::Quote;
use engine_model::venue::VenueId;

/// Sectors and clusters are numbered in eight bits.
const GROUPS_MAX: usize = 200;

/// What stands under `risk`.
pub(super) struct Read {
    pub(super) limits: Limits,
    pub(super) coins: Coins,
    pub(super) margin: Vec<MarginTable>,
}

/// The limits of the run, which coins belong together, and what their venues want behind them.
pub(super) fn read(section: &Section<'_>) -> Result<Read, ConfigError> {
    let mut limits = Limits::default();
    for row in Limits::TABLE {
        row.set(&mut limits, value(section, row)?);
    }
    let coins = Coins {
        majors: coins(section, "majors")?,
        sectors: groups(section, "sector")?,
        clusters: groups(section, "cluster")?,
    };
    let margin = section.entries("margin")?.iter().map(margin).collect::<Result<_, _>>()?;
    section.finish()?;
    Ok(Read { limits, coins, margin })
}

fn margin(section: &Section<'_>) -> Result<MarginTable, ConfigError> {
    section.text("name", "a text", |text| (!text.is_empty()).then_some(()))?;
    let instruments = section.texts("instruments", "venue:SYMBOL", |text| {
        let (venue, symbol) = text.split_once(':')?;
        let venue = VenueId::ALL.into_iter().find(|known| known.name() == venue)?;
        (!symbol.is_empty()).then(|| (venue, symbol.to_owned()))
    })?;
    let steps = section.entries("step")?.iter().map(step).collect::<Result<Vec<_>, _>>()?;
    let tiers = MarginTiers::new(&steps).map_err(|error| section.refuse("step", &error.to_string()))?;
    section.finish()?;
    Ok(MarginTable { instruments, tiers })
}

fn step(section: &Section<'_>) -> Result<MarginTier, ConfigError> {
    let most = 1_000_000_000 * Quote::ONE;
    let step = MarginTier {
        up_to: section.decimal_or("up_to_usd", "any", 8, 1..=most, "dollars")?.map_or(Quote(i64::MAX), Quote),
        leverage_max: section.integer("leverage_max", 1..=1_000, "times")?,
        maintenance_ppm: section.integer("maintenance_ppm", 1..=1_000_000, "1/1000000 of the value")?,
    };
    section.finish()?;
    Ok(step)
}

/// The limits of the run with those that a strategy's own table tightens.
pub(super) fn tightened(of_run: &Limits, section: &Section<'_>) -> Result<Limits, ConfigError> {
    let mut limits = *of_run;
    for row in Limits::TABLE.iter().filter(|row| section.has(row.key)) {
        let (own, run) = (value(section, row)?, row.get(of_run));
        let is_looser = if row.tighter == Tighter::Down { own > run } else { own < run };
        if is_looser {
            let than = if row.tighter == Tighter::Down { "at most" } else { "at least" };
            return Err(
                section.refuse(row.key, &format!("{than} risk.{}: a strategy's limits are only tighter", row.key))
            );
        }
        row.set(&mut limits, own);
    }
    section.finish()?;
    Ok(limits)
}

/// A limit's number, as it is stored.
fn value(section: &Section<'_>, row: &Row) -> Result<i64, ConfigError> {
    let range = row.min..=row.max;
    match row.unit {
        Unit::Usd => section.decimal(row.key, 8, row.min * row.scale..=row.max * row.scale, "dollars"),
        Unit::Lots => Ok(section.integer_or(row.key, "venue", range, "lots")?.unwrap_or(i64::MAX)),
        unit if row.is_optional() => {
            let told = section.integer_or(row.key, "none", range, words(unit, row))?;
            Ok(told.map_or(i64::MAX, |told| told * row.scale))
        }
        unit => Ok(section.integer(row.key, range, words(unit, row))? * row.scale),
    }
}

fn words(unit: Unit, row: &Row) -> &'static str {
    match unit {
        Unit::Bps => "bps (1/10000)",
        Unit::Percent => "percent",
        Unit::Time if row.key.ends_with("_ms") => "milliseconds",
        Unit::Time => "seconds",
        Unit::PerSecond => "orders a second",
        Unit::Count | Unit::Usd | Unit::Lots => "orders",
    }
}

fn groups(section: &Section<'_>, key: &str) -> Result<Vec<Vec<String>>, ConfigError> {
    let entries = section.entries(key)?;
    if entries.len() > GROUPS_MAX {
        return Err(section.refuse(key, "at most 200 of them"));
    }
    let (mut groups, mut known) = (Vec::new(), Vec::new());
    for entry in &entries {
        entry.text("name", "a text", |text| (!text.is_empty()).then_some(()))?;
        let coins = coins(entry, "coins")?;
        if coins.iter().any(|coin| known.contains(coin)) {
            return Err(entry.refuse("coins", "each coin in one of them only"));
        }
        known.extend(coins.iter().cloned());
        groups.push(coins);
        entry.finish()?;
    }
    Ok(groups)
}

fn coins(section: &Section<'_>, key: &str) -> Result<Vec<String>, ConfigError> {
    section.texts(key, "a coin as venues spell it", |text| {
        let fits = !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        fits.then(|| text.to_owned())
    })
}

//! Which grid numbers lie on, when nobody said: the decimals that they use.
//!
//! Owns: decimals and steps. Never: an instrument.

/// Most decimals that are looked for: what real venues use.
const DECIMALS_MAX: usize = 11;
/// Most decimals of a lot that nobody asked for: what a bitcoin has.
const LOT_DECIMALS_MAX: u8 = 8;
/// Decimals of what the books count in.
const MONEY_DECIMALS: u8 = 18;
/// No number may be more units than this: what a price and a quantity make together must fit their types.
const UNITS_MAX: f64 = 1e12;

/// A step of a grid, as a float is held against it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    per_unit: f64,
    step: f64,
}

/// `step` units of the last of so many decimals.
pub(super) fn step(decimals: u8, step: i64) -> Step {
    Step { per_unit: 10f64.powi(i32::from(decimals)), step: step as f64 }
}

impl Step {
    /// The nearest whole number of steps.
    pub(super) fn whole(self, found: f64) -> f64 {
        (found * self.per_unit / self.step).round()
    }

    /// How far so many steps are off.
    pub(super) fn off(self, found: f64, steps: f64) -> f64 {
        (steps * self.step / self.per_unit - found).abs()
    }
}

/// The decimals that finite numbers use, and no more than they have room for.
#[must_use]
pub fn decimals<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> u8 {
    let (mut used, mut largest) = (0, 0.0_f64);
    for number in numbers {
        largest = largest.max(number.abs());
        if used < DECIMALS_MAX {
            // The shortest text that is this very number.
            let text = number.to_string();
            used = used.max(text.split_once('.').map_or(0, |(_, behind)| behind.len()));
        }
    }
    let has_room = |decimals: &usize| largest * 10f64.powi(*decimals as i32) <= UNITS_MAX;
    (0..=used.min(DECIMALS_MAX)).rev().find(has_room).unwrap_or_default() as u8
}

/// Decimals of a quantity where nobody said a lot: those that volumes use, and as many that a lot at the highest price is
/// worth a cent at most, for volumes in whole coins do not say that nobody trades less. Together with a price's they fit
/// money.
#[must_use]
pub fn lot_decimals(volumes: &[f64], price_max: f64, price_decimals: u8) -> u8 {
    let largest = volumes.iter().fold(0.0_f64, |largest, volume| largest.max(volume.abs()));
    let is_a_cent = |decimals: &u8| price_max * 10f64.powi(-i32::from(*decimals)) <= 0.01;
    let has_room = |decimals: &u8| largest * 10f64.powi(i32::from(*decimals)) <= UNITS_MAX;
    let fine = (0..=LOT_DECIMALS_MAX).find(is_a_cent).unwrap_or(LOT_DECIMALS_MAX);
    let most = decimals(volumes).max(fine).min(MONEY_DECIMALS.saturating_sub(price_decimals));
    (0..=most).rev().find(has_room).unwrap_or_default()
}

/// A step that was typed: `0.01` is 2 decimals and 1 unit, `0.5` is 1 and 5. `None`: it is no step.
#[must_use]
pub fn typed(text: &str) -> Option<(u8, i64)> {
    let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
    let is_text = !whole.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let behind = behind.trim_end_matches('0');
    let units: i64 = format!("{whole}{behind}").parse().ok().filter(|_| is_text)?;
    (units > 0 && behind.len() <= DECIMALS_MAX).then_some((behind.len() as u8, units))
}

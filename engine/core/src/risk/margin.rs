//! What a venue asks for a contract's worth, by steps of its size.
//!
//! The steps are no venue's own: they are at least as dear as those that the large venues publish for their majors, so what
//! passes here has margin there.

use engine_model::units::Quote;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Largest worth that it is of, in 1e-8 dollars.
    pub up_to: i64,
    /// To open: in 1/10000 of the worth.
    pub initial_bps: i64,
    /// To keep: in 1/10000 of the worth.
    pub maintenance_bps: i64,
}

/// The steps; each is of the whole worth, not of what exceeds the step before.
pub const TIERS: [Tier; 3] = [
    Tier { up_to: Quote::whole(250_000).0, initial_bps: 500, maintenance_bps: 250 },
    Tier { up_to: Quote::whole(1_000_000).0, initial_bps: 1_000, maintenance_bps: 500 },
    Tier { up_to: i64::MAX, initial_bps: 2_000, maintenance_bps: 1_000 },
];

/// The step of a worth in 1e-8 dollars.
#[inline]
#[must_use]
pub(super) fn tier(worth: i128) -> &'static Tier {
    let [small, middle, large] = &TIERS;
    match worth {
        _ if worth <= i128::from(small.up_to) => small,
        _ if worth <= i128::from(middle.up_to) => middle,
        _ => large,
    }
}

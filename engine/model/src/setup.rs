//! How an account is set up for a contract at its venue: what a person chose there, and what every order there lives by.

use core::fmt;

/// What stands behind a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginMode {
    /// The whole wallet, with all other positions.
    Cross,
    /// What was set aside for it.
    Isolated,
    /// The whole wallet, by the venue's own model of what positions lose together.
    Portfolio,
}

impl MarginMode {
    /// Its word in configuration, logs and APIs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cross => "cross",
            Self::Isolated => "isolated",
            Self::Portfolio => "portfolio",
        }
    }
}

/// See the module. What was not told, or is not asked for, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// In hundredths: venues have 12.5 times, too.
    pub leverage_e2: Option<u32>,
    /// What stands behind its position.
    pub margin: Option<MarginMode>,
    /// Whether a long and a short of it are kept side by side (*hedge mode*).
    pub is_two_way: Option<bool>,
}

impl Setup {
    /// What the engine lives by, whatever else is expected: it keeps one net position.
    pub const ONE_WAY: Self = Self { leverage_e2: None, margin: None, is_two_way: Some(false) };

    /// Whether what was found is what is expected here. Leverage and margin that are expected must be told; who tells nothing
    /// of sides has one.
    #[must_use]
    pub fn is_met_by(&self, found: &Self) -> bool {
        (self.leverage_e2.is_none() || self.leverage_e2 == found.leverage_e2)
            && (self.margin.is_none() || self.margin == found.margin)
            && (self.is_two_way.is_none() || found.is_two_way.is_none() || self.is_two_way == found.is_two_way)
    }

    /// Whether more is expected than what every account must be.
    #[must_use]
    pub fn names_terms(&self) -> bool {
        self.leverage_e2.is_some() || self.margin.is_some()
    }
}

/// Without what is not there: `leverage 12.5, cross margin, one-way`.
impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        if let Some(leverage_e2) = self.leverage_e2 {
            let (whole, cents) = (leverage_e2 / 100, leverage_e2 % 100);
            match (cents / 10, cents % 10) {
                (0, 0) => write!(f, "leverage {whole}")?,
                (tenths, 0) => write!(f, "leverage {whole}.{tenths}")?,
                _ => write!(f, "leverage {whole}.{cents:02}")?,
            }
            between = ", ";
        }
        if let Some(margin) = self.margin {
            write!(f, "{between}{} margin", margin.name())?;
            between = ", ";
        }
        match self.is_two_way {
            Some(true) => write!(f, "{between}longs and shorts side by side (hedge mode)"),
            Some(false) => write!(f, "{between}one-way"),
            None if between.is_empty() => f.write_str("nothing told"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_must_be_told_and_be_the_same() {
        let ten = Setup { leverage_e2: Some(1_000), margin: Some(MarginMode::Cross), is_two_way: Some(false) };
        assert!(ten.is_met_by(&ten) && Setup::ONE_WAY.is_met_by(&ten) && Setup::ONE_WAY.is_met_by(&Setup::default()));
        for found in [
            Setup { leverage_e2: Some(999), ..ten },
            Setup { leverage_e2: None, ..ten },
            Setup { margin: Some(MarginMode::Isolated), ..ten },
            Setup { margin: None, ..ten },
            Setup { is_two_way: Some(true), ..ten },
        ] {
            assert!(!ten.is_met_by(&found), "{found}");
        }
        assert!(ten.is_met_by(&Setup { is_two_way: None, ..ten }), "a venue without hedge mode");
        assert!(!Setup::ONE_WAY.is_met_by(&Setup { is_two_way: Some(true), ..Setup::default() }));
    }

    #[test]
    fn it_reads_as_people_say_it() {
        let told = |leverage_e2, margin, is_two_way| Setup { leverage_e2, margin, is_two_way }.to_string();
        assert_eq!(told(Some(1_250), Some(MarginMode::Cross), Some(false)), "leverage 12.5, cross margin, one-way");
        assert_eq!(told(Some(333), None, None), "leverage 3.33");
        assert_eq!(told(None, Some(MarginMode::Isolated), None), "isolated margin");
        assert_eq!(told(Some(1_000), None, Some(true)), "leverage 10, longs and shorts side by side (hedge mode)");
        assert_eq!(told(None, None, None), "nothing told");
    }
}

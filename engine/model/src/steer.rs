//! What a person asks of one strategy while it runs.

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steer {
    /// Its wishes pass again.
    #[default]
    Start,
    /// It goes on looking, and may only make positions smaller; what it has standing that does not is withdrawn.
    Pause,
    /// It goes on looking, and may do nothing; all that it has standing is withdrawn. What it holds, it holds.
    Stop,
    /// Another value for one of its parameters.
    Set {
        /// Place of the parameter in its table.
        param: u8,
        /// In the parameter's unit.
        value: i64,
        /// With this one, all that were set since the last come into force together.
        is_last: bool,
    },
    /// Nobody's own word to a strategy: everything that it has standing was withdrawn, so what its desk would enter anew is
    /// not to come, either. Told of all strategies under number 0.
    Withdraw,
}

/// What a strategy may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// All that risk lets pass.
    #[default]
    Running = 0,
    /// Make positions smaller.
    Paused = 1,
    /// Nothing.
    Stopped = 2,
    /// Nothing: it gave up by itself.
    Failed = 3,
}

impl Mode {
    /// Every mode, by number.
    pub const ALL: [Self; 4] = [Self::Running, Self::Paused, Self::Stopped, Self::Failed];

    /// The name used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
            Self::Failed => "FAILED",
        }
    }
}

impl Steer {
    /// The mode that it brings about, if it does.
    #[must_use]
    pub const fn mode(self) -> Option<Mode> {
        match self {
            Self::Start => Some(Mode::Running),
            Self::Pause => Some(Mode::Paused),
            Self::Stop => Some(Mode::Stopped),
            Self::Set { .. } | Self::Withdraw => None,
        }
    }
}

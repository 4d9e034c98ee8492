//! How a call ends: one type for every command, so that scripts can rely on the code.

use crate::config::ConfigError;
use std::process::ExitCode;

/// Why a command did not end with 0. `main` prints the message on standard error and returns the code.
#[derive(Debug)]
pub(crate) enum Exit {
    /// 1: the thing asked for failed, or a check did not hold. The chain of causes is printed.
    Failed(anyhow::Error),
    /// 1: a check did not hold, and the output has already said so.
    NotHeld,
    /// 2: the call or the configuration is wrong.
    Usage(String),
    /// 3: refused: risk, role, or a confirmation that is missing.
    Refused(String),
    /// 4: the engine could not be reached.
    Unreachable(String),
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Failed(_) | Self::NotHeld => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::Unreachable(_) => 4,
            Self::Interrupted => 130,
        }
    }

    /// What is said of it on standard error, if anything.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Self::Failed(error) => Some(format!("{error:#}")),
            Self::Usage(text) | Self::Refused(text) | Self::Unreachable(text) => Some(text.clone()),
            Self::NotHeld | Self::Interrupted => None,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<anyhow::Error> for Exit {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<ConfigError> for Exit {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

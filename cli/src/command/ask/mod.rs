//! `positions`, `orders`, `trades`, `balances`, `portfolio`, `limits`, `strategies`, `alerts`: what a running engine
//! answers to a question, over its API.
//!
//! Owns: which route a question is, who asks, how an engine is told from something else. [`text`] lays out any answer.
//! Never: a number of its own.

mod text;
mod tree;

use crate::args::{Asked, Door, Question};
use crate::exit::Exit;
use crate::http::{self, HttpError};
use crate::output;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Where a key may stand, if not in a file.
const KEY_NAME: &str = "RINGSIDE_KEY";

impl Question {
    const fn route(self) -> &'static str {
        match self {
            Self::Positions => "/api/v1/portfolio/positions",
            Self::Orders => "/api/v1/trading/orders",
            Self::Trades => "/api/v1/trading/executions",
            Self::Balances => "/api/v1/portfolio/balance",
            Self::Portfolio => "/api/v1/portfolio/performance",
            Self::Limits => "/api/v1/risk/limits",
            Self::Strategies => "/api/v1/trading/strategies",
            Self::Alerts => "/api/v1/alerts",
        }
    }
}

/// Asks, and prints the answer: as it is with `--json`, else laid out.
pub(crate) fn run(question: Question, args: &Asked) -> Result<(), Exit> {
    let body = Caller::new(&args.door)?.asks(question.route())?;
    tell(args, &body)
}

/// Prints an answer: as it is with `--json`, else laid out.
pub(super) fn tell(args: &Asked, body: &str) -> Result<(), Exit> {
    if args.json {
        let value: serde_json::Value = parsed(args.door.address, body)?;
        return output::print_json(&value);
    }
    output::print(&text::text(&parsed(args.door.address, body)?))
}

/// Somebody who asks an engine: where it is, and his key, read once.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    key: Option<String>,
}

impl Caller {
    /// Reads the key, if there is one.
    pub(crate) fn new(door: &Door) -> Result<Self, Exit> {
        Ok(Self { address: door.address, key: key(door.key.as_deref())? })
    }

    /// What the engine answers, or why that is nothing.
    pub(crate) fn get(&self, route: &str) -> Result<String, HttpError> {
        http::get(self.address, route, self.key.as_deref())
    }

    /// The same of what does something.
    pub(super) fn post(&self, route: &str, body: Option<&str>) -> Result<String, HttpError> {
        http::post(self.address, route, self.key.as_deref(), body)
    }

    fn asks(&self, route: &str) -> Result<String, Exit> {
        self.get(route).map_err(|error| refused(self.address, &error))
    }

    /// One question, one answer.
    pub(crate) fn one<T: DeserializeOwned>(&self, route: &str) -> Result<T, Exit> {
        parsed(self.address, &self.asks(route)?)
    }
}

fn parsed<T: DeserializeOwned>(address: SocketAddr, body: &str) -> Result<T, Exit> {
    serde_json::from_str(body).map_err(|error| not_an_engine(address, &error))
}

/// An engine that answers and says no is another thing than none.
pub(super) fn refused(address: SocketAddr, error: &HttpError) -> Exit {
    match error {
        HttpError::Status(401 | 403, _) => Exit::Refused(format!(
            "the engine at {address} {error}; name a key of yours with --key FILE, or put it into {KEY_NAME}"
        )),
        HttpError::Open => Exit::Refused(error.to_string()),
        HttpError::Late { is_deed: true } => Exit::Refused(format!("the engine at {address}: {error}")),
        _ => unreachable(address, error),
    }
}

pub(crate) fn unreachable(address: SocketAddr, error: &HttpError) -> Exit {
    Exit::Unreachable(format!(
        "no engine at {address}: {error}; start one with `ringside demo`, or name its address with --address"
    ))
}

pub(crate) fn not_an_engine(address: SocketAddr, error: &serde_json::Error) -> Exit {
    Exit::Unreachable(format!(
        "what listens at {address} is no engine of this version: {error}; name the engine's address with --address"
    ))
}

/// The key in a file that nobody else may read, or in the environment; none is none.
fn key(file: Option<&Path>) -> Result<Option<String>, Exit> {
    let Some(file) = file else {
        return Ok(std::env::var(KEY_NAME).ok().filter(|key| !key.is_empty()));
    };
    let wrong = |why: &str| Exit::Usage(format!("--key {}: {why}", file.display()));
    let mode = std::fs::metadata(file).map_err(|error| wrong(&error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(wrong(&format!(
            "found mode {:o}, accepted: a file that only you may open (chmod 600)",
            mode & 0o777
        )));
    }
    let key = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    Ok(Some(key.trim().to_owned()))
}

#[cfg(test)]
mod tests;

//! `positions`, `orders`, `trades`, `balances`, `portfolio`, `limits`, `strategies`, `alerts`: what a running engine
//! answers to a question, over its API.
//!
//! Owns: which route a question is, who asks, how an engine is told from something else. [`text`] lays out any answer.
//! Never: a number of its own.

mod text;
mod tree;

use text::Room;

use crate::args::{Asked, Door, Question};
use crate::exit::Exit;
use crate::http::{Answered, Client, HttpError, Place, Trust};
use crate::output;
use serde::de::DeserializeOwned;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where an engine may be named, if not in the call.
const URL_NAME: &str = "RINGSIDE_URL";
/// Where a key may stand, if not in a file.
const KEY_NAME: &str = "RINGSIDE_KEY";
/// Of a table where nobody says how wide it may be.
const COLUMNS: usize = 120;
/// Where the file of the believed certificates may be named.
const CA_NAME: &str = "RINGSIDE_CA";

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
            Self::AllAlerts => "/api/v1/alerts/all",
        }
    }

    /// Columns that are shown before others, where there is not room for all.
    const fn first(self) -> &'static [&'static str] {
        match self {
            Self::Positions => &[
                "symbol",
                "venue",
                "qty",
                "avg_px",
                "mark_px",
                "unrealised",
                "realised",
                "currency",
                "stop_px",
                "liquidation_px",
                "notional",
                "fees",
                "payments",
                "strategies",
            ],
            Self::Orders => &[
                "client_order_id",
                "symbol",
                "venue",
                "side",
                "terms_type",
                "px",
                "terms_trigger_px",
                "qty",
                "filled_qty",
                "status",
                "changed_at_ns",
            ],
            _ => &[],
        }
    }
}

/// Asks, and prints the answer: as it is with `--json`, else laid out.
pub(crate) fn run(question: Question, args: &Asked) -> Result<(), Exit> {
    let caller = Caller::new(&args.door)?;
    caller.tell(args, question.first(), &caller.asks(question.route())?)
}

/// Somebody who asks an engine: where it is, whom he believes, and his key, each read once.
#[derive(Clone)]
pub(crate) struct Caller(Client);

impl Caller {
    /// Reads the URL, the certificates, and the key if there is one.
    pub(crate) fn new(door: &Door) -> Result<Self, Exit> {
        let place = match url(door) {
            Some(text) => Place::read(&text).map_err(|why| Exit::Usage(format!("--url: {why}")))?,
            None => Place::default(),
        };
        let ca = door.ca.clone().or_else(|| told(CA_NAME).map(PathBuf::from));
        Ok(Self(Client { place, trust: Trust::new(ca.as_deref())?, key: key(door.key_file.as_deref())? }))
    }

    /// Where the engine is.
    pub(crate) const fn place(&self) -> &Place {
        &self.0.place
    }

    /// What the engine answers, or why that is nothing.
    pub(crate) fn get(&self, route: &str) -> Result<String, HttpError> {
        self.0.ask("GET", route, None)?.good()
    }

    /// The same of what does something.
    pub(super) fn post(&self, route: &str, body: Option<&str>) -> Result<String, HttpError> {
        self.0.ask("POST", route, body)?.good()
    }

    /// Whatever it answers, a no included.
    pub(super) fn ask(&self, verb: &str, route: &str, body: Option<&str>) -> Result<Answered, HttpError> {
        self.0.ask(verb, route, body)
    }

    fn asks(&self, route: &str) -> Result<String, Exit> {
        self.get(route).map_err(|error| self.refused(&error))
    }

    /// One question, one answer.
    pub(crate) fn one<T: DeserializeOwned>(&self, route: &str) -> Result<T, Exit> {
        self.parsed(&self.asks(route)?)
    }

    /// Prints an answer: as it is with `--json`, else laid out. `first`: columns that are shown before others.
    pub(super) fn tell(&self, args: &Asked, first: &'static [&'static str], body: &str) -> Result<(), Exit> {
        if args.json {
            return output::print_json(&self.parsed::<serde_json::Value>(body)?);
        }
        let columns = if args.wide { None } else { Some(output::columns().unwrap_or(COLUMNS)) };
        output::print(&text::text(&self.parsed(body)?, Room { columns, first }))
    }

    pub(super) fn parsed<T: DeserializeOwned>(&self, body: &str) -> Result<T, Exit> {
        serde_json::from_str(body).map_err(|error| {
            let place = self.place();
            Exit::Unreachable(format!(
                "what listens at {place} is no engine of this version: {error}; name the engine's with --url"
            ))
        })
    }

    /// An engine that answers and says no is another thing than none.
    pub(super) fn refused(&self, error: &HttpError) -> Exit {
        let place = self.place();
        match error {
            HttpError::Status(401 | 403, _) => Exit::Refused(format!(
                "the engine at {place} {error}; name a good key of yours with --key-file FILE, or put it into {KEY_NAME}"
            )),
            HttpError::Open => Exit::Refused(format!("{place}: {error}")),
            HttpError::Trust(_) | HttpError::Unsure(_) => Exit::Unreachable(format!("the engine at {place}: {error}")),
            _ => Exit::Unreachable(format!(
                "no engine at {place}: {error}; start one with `ringside demo`, or name its door with --url"
            )),
        }
    }
}

/// The engine that is meant, if the call or the environment names one.
pub(super) fn url(door: &Door) -> Option<String> {
    door.url.clone().or_else(|| told(URL_NAME))
}

/// What the environment has under a name; nothing is nothing.
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// The key in a file that nobody else may read, or in the environment; none is none. No message repeats it.
fn key(file: Option<&Path>) -> Result<Option<String>, Exit> {
    let Some(file) = file else {
        return told(KEY_NAME).map(|text| one_word(&text, KEY_NAME)).transpose();
    };
    let name = format!("--key-file {}", file.display());
    let wrong = |why: &str| Exit::Usage(format!("{name}: {why}"));
    let mode = std::fs::metadata(file).map_err(|error| wrong(&error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(wrong(&format!(
            "found mode {:o}, accepted: a file that only you may open (chmod 600)",
            mode & 0o777
        )));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    one_word(&text, &name).map(Some)
}

/// Anything else would end its line of the request, and begin one of its own.
fn one_word(text: &str, name: &str) -> Result<String, Exit> {
    let key = text.trim();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Exit::Usage(format!("{name}: found no key, accepted: one word as `ringside key create` shows it")));
    }
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests;

//! What a key may do, asked before anything begins: one that may move money away is refused.

use super::mail::{method, request, rest};
use super::stage::{GatewayError, GatewaySettings};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::call::Call;
use crate::gateway::heard::{Answer, Heard, Rights};
use crate::gateway::key::Key;
use crate::gateway::tongue::{self, Place, Tongue};
use crate::net::error::NetError;
use crate::net::rest::{Job, Outcome, RestClient};
use engine_model::instrument::Instruments;
use engine_model::units::Nanos;
use engine_model::venue::RejectReason;
use engine_ring::clock::Clock;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Tries before a venue that does not answer is given up.
const TRIES: usize = 3;

/// Why a key is not used.
#[derive(Debug, Error)]
pub enum KeyRefusal {
    /// It could take the money away.
    #[error(
        "{venue}: this key may withdraw or transfer; a key that trades must not be able to: make one without, and bind it \
         to this machine's address"
    )]
    MayWithdraw {
        /// Whose.
        venue: &'static str,
    },
    /// It could not trade.
    #[error("{venue}: this key may not trade; allow it to enter orders, and nothing else")]
    MayNotTrade {
        /// Whose.
        venue: &'static str,
    },
    /// The venue does not take it.
    #[error(
        "{venue}: the venue refuses the key ({reason:?}): check the key, its secret, and the addresses it is bound to"
    )]
    Refused {
        /// Whose.
        venue: &'static str,
        /// Why.
        reason: RejectReason,
    },
    /// The venue did not say.
    #[error("{venue}: what the key may do could not be learnt: {told}")]
    Silent {
        /// Whose.
        venue: &'static str,
        /// What was heard instead.
        told: String,
    },
    /// It cannot even be asked.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// Asks the venue what the key may do. What should be told although the key will do; `Err`: it is not to be used.
pub fn inspect(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
) -> Result<Option<&'static str>, KeyRefusal> {
    let mut tongue = tongue::of(settings.venue, key, instruments).map_err(GatewayError::from)?;
    let manners = tongue.manners();
    if !manners.before.contains(&Prepare::Rights) {
        return Ok(Some("the venue does not tell what a key may do: make sure that it cannot withdraw"));
    }
    let endpoint = settings.rest_endpoint(manners.rights.unwrap_or(manners.rest)).map_err(GatewayError::from)?;
    let tls = settings.tls_for(&endpoint).map_err(GatewayError::from)?;
    let client = |endpoint| rest(settings, endpoint, tls.as_ref(), clock, None).map_err(GatewayError::from);
    // The time is told where orders are taken, rights perhaps elsewhere.
    let own = settings.rest_endpoint(manners.rest).map_err(GatewayError::from)?;
    let clients = Clients { time: client(&own)?, rights: client(&endpoint)? };
    let rights = ask(&mut *tongue, &clients, settings, clock)?;
    judge(rights, settings.venue.name())
}

/// A key that may do too much, or too little.
fn judge(rights: Rights, venue: &'static str) -> Result<Option<&'static str>, KeyRefusal> {
    match rights {
        Rights { withdraw: Some(true), .. } => Err(KeyRefusal::MayWithdraw { venue }),
        Rights { trade: false, .. } => Err(KeyRefusal::MayNotTrade { venue }),
        Rights { withdraw: None, .. } => {
            Ok(Some("the venue does not tell whether the key may withdraw: make sure that it cannot"))
        }
        Rights { bound_to_addresses: Some(false), .. } => {
            Ok(Some("the key works from any address: bind it to this machine's"))
        }
        Rights { .. } => Ok(None),
    }
}

/// Whom to ask.
struct Clients {
    time: RestClient,
    rights: RestClient,
}

fn ask(
    tongue: &mut dyn Tongue,
    clients: &Clients,
    settings: &GatewaySettings,
    clock: &Clock,
) -> Result<Rights, KeyRefusal> {
    let venue = settings.venue.name();
    let mut told = "no answer".to_owned();
    for _ in 0..TRIES {
        let offset_ns = offset(tongue, &clients.time, settings, clock);
        let now = Nanos(clock.now().saturating_add_signed(offset_ns));
        let rights = Ask::Prepare(Prepare::Rights);
        let heard = match answer(tongue, &clients.rights, rights, now, settings.answer_within) {
            Ok(heard) => heard,
            Err(why) => {
                told = why;
                continue;
            }
        };
        for said in heard {
            match said {
                Heard::Rights(rights) => return Ok(rights),
                Heard::Answer(_, Answer::Refused(reason)) => return Err(KeyRefusal::Refused { venue, reason }),
                other => told = format!("{other:?}"),
            }
        }
    }
    Err(KeyRefusal::Silent { venue, told })
}

/// The venue's clock less ours, which may be too far off for any signature; 0 where the venue does not tell.
pub(super) fn offset(tongue: &mut dyn Tongue, client: &RestClient, settings: &GatewaySettings, clock: &Clock) -> i64 {
    let before = clock.now();
    let time = Ask::Prepare(Prepare::Time);
    let Ok(heard) = answer(tongue, client, time, Nanos(before), settings.answer_within) else { return 0 };
    let middle = i128::from(before + (clock.now() - before) / 2);
    let time = heard.iter().find_map(|said| if let Heard::Time(time) = said { Some(i128::from(time.0)) } else { None });
    time.and_then(|time| i64::try_from(time - middle).ok()).unwrap_or(0)
}

/// What is heard in answer to a question that goes by REST.
pub(super) fn answer(
    tongue: &mut dyn Tongue,
    client: &RestClient,
    ask: Ask,
    now: Nanos,
    within: Duration,
) -> Result<Vec<Heard>, String> {
    let (id, mut call) = (AskId(1), Call::default());
    tongue.ask(&ask, id, now, &mut call).map_err(|unable| format!("{unable:?}"))?;
    let method = method(call.way).ok_or("the question goes by a line")?;
    let job = Job::Send { id: id.0, request: request(&call, method), weight: 1, body: Vec::new() };
    client.try_ask(job).map_err(|_| "no room")?;
    let until = Instant::now() + 2 * within;
    while Instant::now() < until {
        let (status, body) = match client.try_take().map(|answer| answer.outcome) {
            None => {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            Some(Outcome::Body(body)) => (200, body),
            Some(Outcome::Failed(NetError::Status { status, .. } | NetError::Limited { status, .. }, body)) => {
                (status, body)
            }
            Some(Outcome::Failed(error, _) | Outcome::NoAddress(error)) => return Err(error.to_string()),
            Some(Outcome::Address(_)) => return Err("an address".to_owned()),
        };
        let mut heard = Vec::new();
        let understood = tongue.hear(Place::Rest(id, ask, status), &body, &mut heard);
        return understood.map(|()| heard).map_err(|error| error.to_string());
    }
    Err("no answer in time".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_may_move_money_or_may_not_trade_is_not_used() {
        let rights = |trade, withdraw, bound| Rights { trade, withdraw, bound_to_addresses: bound };
        let judged = |rights| judge(rights, "venue").map_err(|refusal| refusal.to_string());
        assert!(judged(rights(true, Some(true), Some(true))).expect_err("refused").contains("may withdraw"));
        assert!(judged(rights(false, Some(false), Some(true))).expect_err("refused").contains("may not trade"));
        assert_eq!(judged(rights(true, Some(false), Some(true))), Ok(None));
        assert!(judged(rights(true, Some(false), Some(false))).is_ok_and(|warning| warning.is_some()));
        assert!(judged(rights(true, None, None)).is_ok_and(|warning| warning.is_some()));
    }
}

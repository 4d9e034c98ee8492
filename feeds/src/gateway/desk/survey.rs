//! What an account holds on the instruments of a run before it begins: positions, and orders that stand.
//!
//! The engine begins flat and counts its own fills alone. On an account that is not flat, or whose orders may be executed
//! behind its back, every limit would be counted from a lie.
//!
//! Owns: the questions and what was told. Never: what follows from it; what is held of a coin, which is a balance.

use super::errand::Errands;
use super::inspect::{answer, offset};
use super::mail::rest;
use super::stage::{GatewayError, GatewaySettings};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::call::Call;
use crate::gateway::heard::{Answer, Heard, OrderNews, OrderState};
use crate::gateway::key::Key;
use crate::gateway::tongue::{self, Tongue, Unable};
use crate::net::rest::RestClient;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::order::ClientOrderId;
use engine_model::setup::Setup;
use engine_model::units::{Lots, Nanos};
use engine_model::venue::RejectReason;
use engine_ring::clock::Clock;
use std::thread;
use std::time::Duration;
use thiserror::Error;

/// Times that a question is put: for pages of a list, and where the venue is busy.
const TRIES: usize = 20;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(250);

/// What an account holds on one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// A position that is not flat; positive is long.
    Position(Lots),
    /// Nothing, but the account may hold a long and a short of it side by side: it is in *hedge mode*.
    TwoWay,
    /// Orders that stand.
    Orders {
        /// How many.
        all: usize,
        /// How many of them have an id in our form, of an earlier run or another process.
        in_our_form: usize,
        /// Of those the one of the latest run.
        one: Option<ClientOrderId>,
    },
}

/// Why it could not be learnt.
#[derive(Debug, Error)]
pub enum SurveyError {
    /// Nobody to ask.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The venue did not say.
    #[error("what the account holds of {symbol} could not be learnt: {told}")]
    Silent {
        /// Of what.
        symbol: String,
        /// What was heard instead.
        told: String,
    },
    /// The venue did not say how a contract is set up.
    #[error("how {symbol} is set up could not be learnt: {told}")]
    SetupSilent {
        /// Which contract.
        symbol: String,
        /// What was heard instead.
        told: String,
    },
}

/// Asks what the account holds on each instrument of the venue. Empty: flat, and nothing stands.
pub fn survey(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
) -> Result<Vec<(InstrumentId, Holding)>, SurveyError> {
    let client = client(settings, key, instruments, clock)?;
    let mut held = Vec::new();
    for instrument in instruments.iter().filter(|instrument| instrument.venue == settings.venue) {
        // Alone: some venues tell the positions of one kind of contract in one answer.
        let alone = Instruments::new(vec![Instrument { id: InstrumentId(0), ..*instrument }]);
        let tongue = tongue::of(settings.venue, key, &alone).map_err(GatewayError::from)?;
        let mut inquiry = Inquiry { tongue, client: &client, settings, clock };
        let silent = |told| SurveyError::Silent { symbol: instrument.symbol.to_string(), told };
        held.extend(inquiry.of(instrument.kind).map_err(silent)?.into_iter().map(|holding| (instrument.id, holding)));
    }
    Ok(held)
}

/// Asks how each contract of the venue is set up on the account; of a venue that does not tell nothing is said.
pub fn setups(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
) -> Result<Vec<(InstrumentId, Setup)>, SurveyError> {
    let client = client(settings, key, instruments, clock)?;
    let is_one = |of: &&Instrument| of.venue == settings.venue && of.kind != ContractKind::Spot;
    let contracts: Vec<InstrumentId> = instruments.iter().filter(is_one).map(|of| of.id).collect();
    let tongue = tongue::of(settings.venue, key, instruments).map_err(GatewayError::from)?;
    let mut inquiry = Inquiry { tongue, client: &client, settings, clock };
    let silent = |(of, told): (InstrumentId, String)| SurveyError::SetupSilent {
        symbol: instruments.get(of).symbol.to_string(),
        told,
    };
    inquiry.setups(&contracts).map_err(silent)
}

/// Withdraws every order on the venue's instruments, whose ever it is. On how many instruments that failed.
pub fn withdraw_standing(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
) -> Result<usize, GatewayError> {
    Ok(Errands::of(settings, key, instruments, clock)?.withdraw_all())
}

fn client(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
) -> Result<RestClient, GatewayError> {
    let manners = tongue::of(settings.venue, key, instruments)?.manners();
    let endpoint = settings.rest_endpoint(manners.rest)?;
    let tls = settings.tls_for(&endpoint)?;
    Ok(rest(settings, &endpoint, tls.as_ref(), clock, None)?)
}

/// Questions about the only instrument that a tongue knows.
struct Inquiry<'a> {
    tongue: Box<dyn Tongue>,
    client: &'a RestClient,
    settings: &'a GatewaySettings,
    clock: &'a Clock,
}

impl Inquiry<'_> {
    fn of(&mut self, kind: ContractKind) -> Result<Vec<Holding>, String> {
        const ONLY: InstrumentId = InstrumentId(0);
        let offset_ns = offset(&mut *self.tongue, self.client, self.settings, self.clock);
        let token = Ask::Prepare(Prepare::Token);
        if self.tongue.manners().before.contains(&Prepare::Token) {
            self.ask(token, offset_ns)?;
        }
        let mut held = Vec::new();
        if kind != ContractKind::Spot && self.knows(Ask::Mode(ONLY)) {
            let rows = self.ask(Ask::Mode(ONLY), offset_ns)?;
            let told = |said: &Heard| if let Heard::TwoWay(is_so) = said { Some(*is_so) } else { None };
            match rows.iter().filter_map(told).reduce(|one, other| one || other) {
                Some(true) => held.push(Holding::TwoWay),
                Some(false) => {}
                None => return Err("not whether the account is in hedge mode".to_owned()),
            }
        }
        if kind != ContractKind::Spot {
            let rows = self.ask(Ask::Positions, offset_ns)?;
            let qty = |said: &Heard| if let Heard::Position { qty, .. } = said { Some(*qty) } else { None };
            held.extend(rows.iter().filter_map(qty).filter(|qty| *qty != Lots(0)).map(Holding::Position));
        }
        let rows = self.ask(Ask::OpenOrders(ONLY), offset_ns)?;
        let standing: Vec<&OrderNews> = rows.iter().filter_map(|said| standing(said, ONLY)).collect();
        if !standing.is_empty() {
            let ours = || standing.iter().filter_map(|news| news.whose.ours);
            held.push(Holding::Orders {
                all: standing.len(),
                in_our_form: ours().count(),
                one: ours().max_by_key(|id| id.epoch()),
            });
        }
        Ok(held)
    }

    /// Leverage, margin and mode of contracts, the mode asked for once; nothing where the venue has no words for the first
    /// two. Or of which it told nothing, and what instead.
    fn setups(&mut self, contracts: &[InstrumentId]) -> Result<Vec<(InstrumentId, Setup)>, (InstrumentId, String)> {
        let Some(first) = contracts.first().copied().filter(|first| self.knows(Ask::Setup(*first))) else {
            return Ok(Vec::new());
        };
        let offset_ns = offset(&mut *self.tongue, self.client, self.settings, self.clock);
        let mut mode = Setup::default();
        if self.knows(Ask::Mode(first)) {
            let rows = self.ask(Ask::Mode(first), offset_ns).map_err(|told| (first, told))?;
            rows.iter().for_each(|said| said.tell(&mut mode));
        }
        let one = |of: &InstrumentId| {
            let mut setup = mode;
            let rows = self.ask(Ask::Setup(*of), offset_ns).map_err(|told| (*of, told))?;
            rows.iter().for_each(|said| said.tell(&mut setup));
            Ok((*of, setup))
        };
        contracts.iter().map(one).collect()
    }

    /// Whether the venue has words for it.
    fn knows(&mut self, ask: Ask) -> bool {
        self.tongue.ask(&ask, AskId(1), Nanos(self.clock.now()), &mut Call::default()) != Err(Unable::NotThere)
    }

    /// Everything that was told until the answer was whole.
    fn ask(&mut self, ask: Ask, offset_ns: i64) -> Result<Vec<Heard>, String> {
        let (mut all, mut told) = (Vec::new(), String::new());
        for _ in 0..TRIES {
            let now = Nanos(self.clock.now().saturating_add_signed(offset_ns));
            match answer(&mut *self.tongue, self.client, ask, now, self.settings.answer_within) {
                Ok(mut heard) => {
                    let last = heard.iter().rev().find_map(|said| match said {
                        Heard::Answer(_, answer) => Some(*answer),
                        _ => None,
                    });
                    all.append(&mut heard);
                    match last {
                        Some(Answer::Done) => return Ok(all),
                        Some(Answer::More) => {
                            told = format!("no end of a list in {TRIES} pages");
                            continue;
                        }
                        // A clock or a nonce that is behind that of another program; busy.
                        Some(Answer::Refused(RejectReason::Unavailable | RejectReason::RateLimited)) => {
                            told = format!("{last:?}");
                        }
                        Some(Answer::Refused(_)) | None => return Err(format!("{last:?}")),
                        Some(other) => told = format!("{other:?}"),
                    }
                }
                Err(why) => told = why,
            }
            thread::sleep(PAUSE);
        }
        Err(told)
    }
}

/// An order that stands on the instrument: some venues tell of all of them whatever they were asked for.
fn standing(said: &Heard, of: InstrumentId) -> Option<&OrderNews> {
    match said {
        Heard::Order(news) if news.state == OrderState::Open && news.instrument == Some(of) => Some(news),
        _ => None,
    }
}

//! Gateways of a live run: the keys they sign with, what is looked at before the start, what they tell, and their end.
//!
//! Never: a key in a message.

use crate::account::Account;
use crate::exit::Exit;
use crate::holdings;
use crate::setups;
use crate::terms::Terms;
use anyhow::Context as _;
use engine_core::config::{Config, EPOCHS, Mode, Venue};
use engine_model::instrument::Instruments;
use engine_model::order::ClientOrderId;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use feeds::gateway::desk::gauges::GatewayGauges;
use feeds::gateway::desk::{GatewaySettings, KeyRefusal, Phase, inspect};
use feeds::gateway::key::{Key, KeySource};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for the venues' last words about orders at the end: a lost answer takes two of their time-outs.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// Longest wait for the venues' switches to be turned off.
const END_WITHIN: Duration = Duration::from_secs(5);

/// The keys of a live run, each with its account, which is nobody else's meanwhile, and the order of the latest run that
/// stands there and is to be adopted; none of a paper run.
pub(crate) struct Keys(Vec<(VenueId, Key, Option<ClientOrderId>, Account)>);

impl Keys {
    /// A venue's.
    pub(crate) fn of(&self, venue: VenueId) -> anyhow::Result<&Key> {
        let found = self.0.iter().find(|(of, ..)| *of == venue);
        found.map(|(_, key, ..)| key).with_context(|| format!("{} has no key", venue.name()))
    }

    /// The least number that no run on these accounts had; `None` without accounts.
    pub(crate) fn least_epoch(&self) -> Result<Option<u32>, Exit> {
        match self.0.iter().map(|(.., account)| account.last()).max() {
            Some(Some(last)) if last >= EPOCHS - 1 => Err(Exit::Refused(format!(
                "mode live: run {last} had the last number that order ids have room for, and none is used again: trade on with \
                 another account"
            ))),
            least => Ok(least.map(|last| last.map_or(0, |last| last + 1))),
        }
    }

    /// Refuses a number that orders which are to be adopted are not before.
    pub(crate) fn are_before(&self, epoch: u32) -> Result<(), Exit> {
        self.0.iter().try_for_each(|(venue, _, latest, _)| holdings::is_before(venue.name(), *latest, epoch))
    }

    /// The run has that number.
    pub(crate) fn are_of(&mut self, epoch: u32) -> anyhow::Result<()> {
        self.0.iter_mut().try_for_each(|(.., account)| account.is_of(epoch))
    }
}

/// Reads every venue's key and asks the venue what it may do, and what the account holds: a key that could move money away,
/// and an account that is not flat, end the run before it begins.
pub(crate) fn keys(config: &Config, instruments: &Instruments, clock: &Clock) -> Result<Keys, Exit> {
    if config.run.mode != Mode::Live {
        return Ok(Keys(Vec::new()));
    }
    let mut all = Vec::new();
    for venue in &config.venues {
        let (name, key) = (venue.id.name(), key(venue)?);
        let terms = Terms::of(config);
        let account = Account::take(venue.id, key.fingerprint(), venue.account.rest_url.as_deref(), terms)?;
        let settings = settings(venue, 0, config.run.seed);
        match inspect(&settings, &key, instruments, clock) {
            Ok(warning) => warning.into_iter().for_each(|warning| tracing::warn!(venue = name, "{warning}")),
            Err(KeyRefusal::Silent { venue, told }) => {
                return Err(Exit::Failed(anyhow::anyhow!("{venue}: what the key may do could not be learnt: {told}")));
            }
            Err(refusal) => return Err(Exit::Refused(refusal.to_string())),
        }
        setups::look(venue, &settings, &key, instruments, clock)?;
        let latest = holdings::clear(&settings, &key, instruments, clock, &config.run)?;
        all.push((venue.id, key, latest, account));
    }
    Ok(Keys(all))
}

/// Reads a venue's key.
pub(crate) fn key(venue: &Venue) -> Result<Key, Exit> {
    let name = venue.id.name();
    let places = venue.account.key.as_ref().with_context(|| format!("{name} has no key"))?;
    let (id, secret, passphrase) = (places.id.clone(), places.secret.clone(), places.passphrase.clone());
    let key = Key::read(&KeySource { id, secret, passphrase });
    key.map_err(|error| Exit::Refused(format!("venue.{name}.key: {error}{}", cause(&error))))
}

/// What lies below an error.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or(String::new(), |source| format!(": {source}"))
}

/// The settings of a venue's gateway.
pub(crate) fn settings(venue: &Venue, epoch: u32, seed: u64) -> GatewaySettings {
    GatewaySettings {
        rest_url: venue.account.rest_url.clone(),
        ws_url: venue.account.ws_url.clone(),
        expected: venue.account.expected,
        fees_ppm: [venue.maker_fee_e6, venue.taker_fee_e6],
        ..GatewaySettings::new(venue.id, epoch, seed)
    }
}

/// Tells what people should know.
pub(crate) fn tell(gateways: &[Arc<GatewayGauges>]) {
    for gauges in gateways {
        let venue = gauges.venue.name();
        while let Some(trouble) = gauges.take_trouble() {
            tracing::warn!(venue, "{trouble}");
        }
        while let Some(balance) = gauges.take_balance() {
            let (asset, free_e8, locked_e8) = (balance.asset, balance.free_e8, balance.locked_e8);
            tracing::debug!(venue, %asset, free_e8, locked_e8, "held");
        }
    }
}

/// Until every venue's switch is turned off.
pub(crate) fn wait_for_end(gateways: &[Arc<GatewayGauges>], stop: &StopFlag) {
    let until = Instant::now() + END_WITHIN;
    let is_over = |gauges: &Arc<GatewayGauges>| matches!(gauges.phase(), Phase::Ended | Phase::Refused);
    while !gateways.iter().all(is_over) && Instant::now() < until && !stop.is_raised() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

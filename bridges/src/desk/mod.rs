//! The desk: the answers, the same for whoever asks. It reads the image and the gauges; what people
//! want done it hands to the hub's command task, users and jobs to the store. It knows nothing of HTTP, and never touches a
//! ring.

pub(crate) mod alerts;
pub(crate) mod analysis;
pub(crate) mod answer;
pub(crate) mod behind;
pub(crate) mod candle;
pub(crate) mod coin;
pub(crate) mod derivatives;
pub(crate) mod engine;
pub(crate) mod flow;
pub(crate) mod jobs;
pub(crate) mod limit;
pub(crate) mod manual;
pub(crate) mod market;
pub(crate) mod measure;
pub(crate) mod order;
pub(crate) mod overview;
pub(crate) mod part;
pub(crate) mod people;
pub(crate) mod portfolio;
pub(crate) mod reading;
pub(crate) mod risk;
pub(crate) mod second;
pub(crate) mod session;
pub(crate) mod sight;
pub(crate) mod steering;
pub(crate) mod strategies;
pub(crate) mod symbol;
pub(crate) mod teller;

use crate::hub::Hub;
use crate::hub::polled::{CandleSource, PolledSource};
use crate::hub::venues::VenueSource;
use crate::ops::alert::Alerts;
use crate::role::UserId;
use engine::{Gauges, Run};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::limit::Limits;
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use jobs::Jobs;
use people::People;
use sight::Listed;
use std::sync::Arc;
use teller::Teller;
use tokio::sync::watch;

/// See the module.
pub(crate) struct Desk {
    pub(crate) hub: Arc<Hub>,
    pub(crate) instruments: Arc<Instruments>,
    pub(crate) limits: Limits,
    pub(crate) gauges: Gauges,
    pub(crate) venues: VenueSource,
    pub(crate) polled: PolledSource,
    pub(crate) told: CandleSource,
    pub(crate) run: Run,
    /// Rules of people, and what they found.
    pub(crate) alerts: Alerts,
    /// The engine's: in a replay it shows the time of the record.
    pub(crate) clock: Clock,
    /// Heartbeats are always told in machine time.
    pub(crate) machine: Clock,
    /// The way to the engine for people's wishes.
    pub(crate) teller: Teller,
    /// `None`: users are off.
    pub(crate) people: Option<Arc<People>>,
    /// Those of the settings, whom that table does not know.
    pub(crate) listed: Vec<Listed>,
    /// `None`: there is no queue.
    pub(crate) jobs: Option<Arc<Jobs>>,
}

impl Desk {
    /// Whether that is a user who is not let in: nothing is told him either. Where there are no users, all that there were;
    /// where there are, whoever it was that needed no name.
    pub(crate) fn is_shut_out(&self, user: UserId) -> bool {
        self.people.as_ref().map_or(user > UserId::LOCAL, |people| user == UserId::LOCAL || people.is_shut_out(user))
    }

    /// Now, as the engine's events know it.
    pub(crate) fn now(&self) -> Nanos {
        Nanos(self.clock.now())
    }

    pub(crate) fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// Wakes when something of the instrument changed.
    pub(crate) fn watch_market(&self, id: InstrumentId) -> watch::Receiver<()> {
        self.hub.watch_market(id)
    }

    /// Wakes when orders, positions or money changed.
    pub(crate) fn watch_portfolio(&self) -> watch::Receiver<()> {
        self.hub.watch_portfolio()
    }
}

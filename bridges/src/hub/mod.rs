//! The hub: the one place where the slow side touches the engine. The pump reads, the command task writes, and all
//! others read the image between them.

pub(crate) mod command;
pub(crate) mod flow;
pub(crate) mod image;
pub(crate) mod polled;
pub(crate) mod pump;
pub(crate) mod terms;
pub(crate) mod trail;
pub(crate) mod venues;
pub(crate) mod verdicts;
pub(crate) mod whose;

pub(crate) use trail::Since;

use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::limit::{Scope, TradingState};
use image::Image;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The image, and who to wake when it changes.
pub(crate) struct Hub {
    /// Pump and doors live on one thread, so the lock is never contended; it is there because handlers must be `Send`.
    /// Never held across an await.
    image: Mutex<Image>,
    /// One for each instrument.
    market: Vec<watch::Sender<()>>,
    portfolio: watch::Sender<()>,
}

impl Hub {
    pub(crate) fn new(instruments: &Arc<Instruments>, begun: &[(Scope, TradingState)]) -> Self {
        Self {
            image: Mutex::new(Image::new(instruments, begun)),
            market: instruments.iter().map(|_| watch::Sender::new(())).collect(),
            portfolio: watch::Sender::new(()),
        }
    }

    pub(crate) fn image(&self) -> MutexGuard<'_, Image> {
        // A poisoned image is as good as another: every fold leaves it whole.
        self.image.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes when something of the instrument changed.
    pub(crate) fn watch_market(&self, id: InstrumentId) -> watch::Receiver<()> {
        self.market[id.index()].subscribe()
    }

    /// Wakes when orders, positions or money changed.
    pub(crate) fn watch_portfolio(&self) -> watch::Receiver<()> {
        self.portfolio.subscribe()
    }

    fn wake_market(&self, index: usize) {
        self.market[index].send_replace(());
    }

    fn wake_portfolio(&self) {
        self.portfolio.send_replace(());
    }
}

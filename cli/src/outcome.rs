//! What a run came to: the stages it gave back, taken apart.

use crate::exit::Exit;
use anyhow::{Context as _, anyhow};
use engine_core::config::Config;
use engine_core::execution::stage::ExecutionStage;
use engine_core::journal::stage::JournalStage;
use engine_core::risk::stage::RiskStage;
use engine_core::state::{hex, state_hash};
use engine_core::topology::Stage as Place;
use engine_model::image::{LatencyImage, PortfolioImage};
use engine_model::units::Nanos;
use engine_ring::driver::Finished;
use engine_ring::stage::{Stage, StageExt as _};

/// A run that ended.
pub(crate) struct Ended {
    /// The venues' stages, in order.
    pub(crate) venues: Vec<Box<dyn Stage>>,
    pub(crate) orders: u64,
    pub(crate) fills: u64,
    pub(crate) denied: u64,
    /// Why the journal could not be written to its end.
    pub(crate) journal_fault: Option<String>,
    /// Orders that were not over at the end.
    pub(crate) open_orders: usize,
    pub(crate) portfolio: PortfolioImage,
    pub(crate) latency: LatencyImage,
    pub(crate) state_hash: String,
    /// Allocations on hot threads after the warm-up; `None` when the run was too short to be warm.
    pub(crate) hot_allocations: Option<u64>,
}

/// The name of this build in a journal's prologue.
pub(crate) fn build_id() -> [u8; 16] {
    let mut id = [0; 16];
    let name = env!("RINGSIDE_BUILD").as_bytes();
    let length = name.len().min(id.len());
    id[..length].copy_from_slice(&name[..length]);
    id
}

/// A digest of the settings in force, so that two journals can be told apart by what their runs were set to.
pub(crate) fn config_hash(config: &Config) -> [u8; 16] {
    let text = format!("{config:?}");
    let hash = engine_core::state::text_hash(text.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    first
}

/// Takes a finished run apart.
pub(crate) fn ended(finished: Finished, at: Nanos) -> Result<Ended, Exit> {
    let hot = finished.threads.iter().filter(|thread| !thread.stages.iter().all(|(name, _)| is_cold(name)));
    let hot_allocations = hot.map(|thread| thread.allocations).sum();
    let (mut venues, mut risk, mut execution, mut journal_fault) = (Vec::new(), None, None, None);
    for stage in finished.stages {
        match stage.name() {
            name if name == Place::Risk.name() => risk = Some(into::<RiskStage>(stage)?),
            name if name == Place::Execution.name() => execution = Some(into::<ExecutionStage>(stage)?),
            name if name.starts_with(Place::Venue.name()) => venues.push(stage),
            name if name == Place::Journal.name() => {
                let journal = into::<JournalStage>(stage)?;
                let told = |fault| format!("journal {}: {fault}", journal.path().display());
                journal_fault = journal.gauges().fault().map(told);
            }
            _ => {}
        }
    }
    let (risk, execution) = (risk.context("a run has a risk stage")?, execution.context("and execution")?);
    let state_hash = hex(&state_hash(risk.risk(), execution.execution().orders()));
    let mut portfolio = PortfolioImage::default();
    // Valuing is a fold of its own; on a copy, so that the hash above stays that of the run.
    risk.risk().clone().write_image(at, &mut portfolio);
    Ok(Ended {
        venues,
        orders: portfolio.orders,
        fills: portfolio.fills,
        denied: portfolio.denied,
        journal_fault,
        open_orders: execution.execution().orders().open_count(),
        portfolio,
        latency: execution.latency().image(),
        state_hash,
        hot_allocations,
    })
}

/// The journal encodes on its own time; what it allocates delays nobody.
fn is_cold(stage: &str) -> bool {
    stage == Place::Journal.name()
}

fn into<S: Stage>(stage: Box<dyn Stage>) -> Result<Box<S>, Exit> {
    let name = stage.name().to_owned();
    stage.into_stage::<S>().map_err(|_| Exit::Failed(anyhow!("stage `{name}` is of another type")))
}

//! Questions about strategies.

use super::sight::{Sight, fills, verdicts};
use super::{Desk, steering};
use crate::hub::verdicts::StateSetBy;
use engine_core::portfolio::books::Group;
use engine_core::strategy::board::BoardRow;
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::units::Nanos;

/// One strategy of the run, as it stands.
#[derive(Clone, Debug)]
pub(crate) struct StrategyNow<'d> {
    pub(crate) id: StrategyId,
    /// As in configuration.
    pub(crate) name: &'d str,
    /// Whose it is; `None`: the house's.
    pub(crate) owner: Option<&'d str>,
    /// What it tells of itself: mode, parameters, why it gave up.
    pub(crate) row: Option<&'d BoardRow>,
    /// Risk's, of its own; the whole run's may be stricter.
    pub(crate) state: TradingState,
    /// Who set that; `None`: nobody did.
    pub(crate) set_by: Option<StateSetBy>,
    pub(crate) open_orders: usize,
    /// When it last executed, of the executions that are kept.
    pub(crate) last_fill: Option<Nanos>,
    /// When risk last said no to it, of the denials that are kept.
    pub(crate) last_denied: Option<Nanos>,
    /// What it has earned, by the books; `None` where they cannot be kept.
    pub(crate) earned: Option<Group>,
}

impl Desk {
    /// Each strategy that is seen, in the order of configuration.
    pub(crate) fn strategies(&self, sight: &Sight) -> Vec<StrategyNow<'_>> {
        let image = self.hub.image();
        let (fills, denied) =
            (fills(&image, sight).last(usize::MAX), verdicts(&image, sight).denied.all.last(usize::MAX));
        let groups = image.books.as_ref().ok().map(|books| books.by(|_, owner| owner.strategy));
        let mut all = Vec::with_capacity(self.run.strategies.len());
        let rows = &self.gauges.counters.strategies.rows;
        let numbered = (1_u8..).map(StrategyId).zip(&self.run.strategies);
        for (place, (id, strategy)) in numbered.enumerate().filter(|(_, (id, _))| sight.sees(*id)) {
            let set = image.verdicts.scopes.iter().find(|(scope, ..)| *scope == Scope::Strategy(id));
            all.push(StrategyNow {
                id,
                name: &strategy.name,
                owner: strategy.owner.as_deref(),
                row: rows.get(place),
                state: set.map_or(TradingState::Active, |(_, state, _)| *state),
                set_by: set.map(|(.., by)| *by),
                open_orders: image.orders.open.values().filter(|report| report.strategy == id).count(),
                last_fill: fills.iter().rfind(|report| report.strategy == id).map(|report| report.received_at_ns),
                last_denied: denied.iter().rfind(|denied| denied.strategy == id).map(|denied| denied.at_ns),
                earned: groups.as_ref().map(|groups| groups.get(&id).copied().unwrap_or_default()),
            });
        }
        all
    }

    /// The one of that name that is seen, or of that number where several have it.
    pub(crate) fn strategy(&self, sight: &Sight, name: &str) -> Option<StrategyNow<'_>> {
        let place = steering::find(&self.gauges.counters.strategies, sight, name).ok()?;
        self.strategies(sight).into_iter().find(|one| usize::from(one.id.0) == place + 1)
    }
}

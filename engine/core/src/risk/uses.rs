//! How much of each limit is used, for people to see. Reads what risk keeps, looks at every instrument once, and is asked a
//! few times a second.

use crate::risk::Risk;
use crate::risk::check::shown;
use engine_model::instrument::InstrumentId;
use engine_model::limit::{LIMITS, Limits};
use engine_model::units::Nanos;

impl Risk {
    /// What is used of each limit of the table, in its unit as stored, working orders at their worst included; `None` where
    /// a limit judges single orders, or a share is of no equity.
    pub(super) fn uses(&self, now: Nanos) -> [Option<i64>; LIMITS] {
        let mut uses = [None; LIMITS];
        for (place, row) in uses.iter_mut().zip(Limits::TABLE) {
            *place = self.use_of(row.key, now);
        }
        uses
    }

    fn use_of(&self, key: &str, now: Nanos) -> Option<i64> {
        let (equity, total) = (self.portfolio.equity(), self.exposure.total());
        let bps = |part: i128| share(part, equity, 10_000);
        let ids = || (0..self.desks.len() as u32).map(InstrumentId);
        let worst = || ids().map(|id| self.exposure.weight(id).worth).max().unwrap_or(0);
        let group = |which: usize| ids().map(|id| self.exposure.groups(id)[which]).max().unwrap_or(0);
        let of_day = |loss: i128| share(loss.max(0), self.ladder.day_open, 10_000);
        let most = |counts: &mut dyn Iterator<Item = u32>| counts.max().map(i64::from);
        match key {
            "position_notional_max_usd" => Some(shown(worst())),
            "position_share_max_bps" => bps(worst()),
            "sector_share_max_bps" => bps(group(0)),
            "cluster_share_max_bps" => bps(group(1)),
            "venue_share_max_bps" => bps(group(2)),
            "leverage_max_pct" => share(total.worth, equity, 100),
            "margin_use_max_bps" => bps(total.initial),
            "liquidation_distance_min_bps" | "liquidation_flatten_bps" => {
                let free = equity - total.maintenance;
                (total.contracts > 0).then(|| shown((free * 10_000).div_euclid(total.contracts)))
            }
            "var_max_bps" => share(total.var, equity, 1),
            "cvar_max_bps" => share(total.cvar, equity, 1),
            "model_age_max_s" => self.oldest_model.map(|at| now.since(at) as i64),
            "clock_skew_max_ms" => self.venues.iter().map(|venue| venue.skew.ns() as i64).max(),
            "open_orders_instrument_max" => most(&mut self.desks.iter().map(|desk| desk.open_orders)),
            "open_orders_venue_max" => most(&mut self.venues.iter().map(|venue| venue.open_orders)),
            "open_orders_max" => i64::try_from(self.orders.open_count()).ok(),
            "orders_per_fill_max" => {
                let ratio = |trader: &super::trader::Trader| trader.minute.ratio(1);
                let per_fill = |(orders, fills): (u64, u64)| (orders - 1).div_ceil(fills.max(1)) as i64;
                self.traders.iter().map(ratio).map(per_fill).max()
            }
            "daily_loss_reduce_bps" | "daily_loss_halt_bps" | "daily_loss_flatten_bps" => of_day(self.day_loss()),
            "loss_speed_max_bps" => of_day(self.ladder.high - equity),
            "strategy_loss_reduce_bps" | "strategy_loss_halt_bps" => self.of_strategies(|lost, _, _| lost),
            "strategy_loss_speed_max_bps" => self.of_strategies(|_, _, speed| speed),
            "strategy_drawdown_max_bps" => self.of_strategies(|_, fall, _| fall),
            "drawdown_max_bps" => share((self.ladder.peak - equity).max(0), self.ladder.peak, 10_000),
            _ => None,
        }
    }

    /// The most that a strategy uses of what it may lose.
    fn of_strategies(&self, of: fn(Used, Used, Used) -> Used) -> Option<i64> {
        let used = |trader: &super::trader::Trader| {
            let [lost, fall, speed] = trader.purse.used();
            let (part, whole) = of(lost, fall, speed);
            share(part.max(0), whole, 10_000)
        };
        self.traders.iter().skip(1).filter_map(used).max()
    }
}

/// A part, and what it is a part of.
type Used = (i128, i128);

/// `part / whole` in `1/unit`, rounded up: use must not look smaller than it is.
fn share(part: i128, whole: i128, unit: i128) -> Option<i64> {
    let part = part.checked_mul(unit)?;
    (whole > 0).then(|| shown(part.div_euclid(whole) + i128::from(part.rem_euclid(whole) != 0)))
}

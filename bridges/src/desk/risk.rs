//! Questions about limits: what is allowed, and how much of it is used.

use super::Desk;
use super::answer::{Answer, Known, Source, Unknown};
use super::portfolio::MINUTES_RUNNING_NS;
use super::sight::{self, Sight};
use crate::hub::image::Image;
use crate::hub::verdicts::Verdicts;
use crate::operator::words::Trading;
use engine_analytics::performance::loss::{self, Tail};
use engine_analytics::performance::{drawdown, stats};
use engine_model::image::PortfolioImage;
use engine_model::instrument::InstrumentId;
use engine_model::limit::{Limits, Scope, Tighter, TradingState, Unit};
use engine_model::market::BookState;
use engine_model::units::{Nanos, Quote};
use engine_model::venue::VenueId;

/// Returns that it takes to say what is seldom.
const RETURNS_MIN: usize = 100;
/// Once in twenty times.
const CONFIDENCE: f64 = 0.95;
/// Why somebody is not told what is of no part of it.
pub(crate) const OF_ACCOUNT: &str = "it is of the whole account, and told the roles that see it";
/// Minutes in a day.
const DAY_MINUTES: f64 = 1_440.0;

/// What the equity of the run did from minute to minute.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) minutes: usize,
    /// Historical, of one minute.
    pub(crate) minute: Answer<Tail>,
    /// By a normal curve, of one day.
    pub(crate) day_var: Answer<f64>,
    pub(crate) volatility: Answer<f64>,
    /// Largest fall from a peak, as a share of the peak.
    pub(crate) drawdown: Answer<f64>,
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LimitUse {
    /// As in configuration.
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// `None`: the venue's own limit only.
    pub(crate) limit: Option<i64>,
    /// `None` where the limit judges single orders, or nothing is known yet.
    pub(crate) used: Option<i64>,
    /// The instrument that uses the most of it.
    pub(crate) by: Option<InstrumentId>,
    /// A least value: below it, it is broken.
    pub(crate) is_least: bool,
}

impl LimitUse {
    /// Used over limit; above 1 it is broken. For a limit that is a least value, limit over what is left.
    pub(crate) fn share(&self) -> Option<f64> {
        let (limit, used) = (self.limit?, self.used?);
        let (part, whole) = if self.is_least { (limit, used) } else { (used, limit) };
        (whole > 0).then(|| part as f64 / whole as f64)
    }

    /// What is left of it; negative when it is broken.
    pub(crate) fn headroom(&self) -> Option<i64> {
        let (limit, used) = (self.limit?, self.used?);
        Some(if self.is_least { used.saturating_sub(limit) } else { limit.saturating_sub(used) })
    }

    /// `OK`, `NEAR` from four fifths on, or `BROKEN`.
    pub(crate) fn state(&self) -> Option<&'static str> {
        let left = self.headroom()?;
        Some(match self.share() {
            _ if left < 0 => "BROKEN",
            Some(share) if share < 0.8 => "OK",
            None if left > 0 => "OK",
            _ => "NEAR",
        })
    }
}

impl Desk {
    /// Every limit, in the order of configuration. Use is as risk told it last: positions, and working orders at their worst.
    /// It is the whole account's, and told to whoever sees that.
    pub(crate) fn limits(&self, sight: &Sight) -> Vec<LimitUse> {
        let portfolio = self.portfolio(sight);
        let oldest = self.oldest_price();
        limit_uses(&self.limits_now(), portfolio.as_ref(), oldest)
    }

    /// The limits in force: those of the file, with what people have set since.
    pub(crate) fn limits_now(&self) -> Limits {
        let mut limits = self.limits;
        for (limit, value) in &self.hub.image().verdicts.limits {
            let Some(row) = Limits::TABLE.get(usize::from(*limit)).filter(|row| row.is_settable()) else { continue };
            let mut within = self.limits;
            row.tighten(&mut within, *value);
            row.set(&mut limits, row.get(&within));
        }
        limits
    }

    /// What may be lost, by what equity did so far from minute to minute.
    pub(crate) fn risk_metrics(&self, sight: &Sight) -> Metrics {
        let now = self.now();
        let curve = self.equity(sight);
        let equity: Vec<f64> = curve.iter().map(|(_, equity)| equity.0 as f64).collect();
        let returns = by_minute(&curve);
        let at = curve.last().map_or(now, |(at, _)| *at);
        let few = || match sight.is_whole() {
            true => Unknown(format!("it takes {RETURNS_MIN} minutes, there were {}", returns.len())),
            false => Unknown::because(OF_ACCOUNT),
        };
        let known = |value: Option<f64>| {
            let value = value.filter(|value| value.is_finite() && returns.len() >= RETURNS_MIN);
            value.map(|value| Known::new(value, Source::Computed, at, now)).ok_or_else(few)
        };
        let tail = loss::historical(&returns, CONFIDENCE).filter(|_| returns.len() >= RETURNS_MIN);
        let deepest = drawdown::depths(&equity).fold(0.0, f64::min);
        Metrics {
            minutes: returns.len(),
            minute: tail.map(|tail| Known::new(tail, Source::Computed, at, now)).ok_or_else(few),
            day_var: known(loss::normal_over(&returns, CONFIDENCE, DAY_MINUTES)),
            volatility: known(stats::deviation(&returns, 1)),
            drawdown: known((!equity.is_empty()).then_some(-deepest)),
        }
    }

    /// What risk refused so far.
    pub(crate) fn verdicts(&self, sight: &Sight) -> Verdicts {
        sight::verdicts(&self.hub.image(), sight)
    }

    /// The newest command that risk has taken. Where the pump was too late for decisions it may be among those: what the
    /// engine shows of its state then is newer than the command, or will be.
    pub(crate) fn command_taken(&self) -> u64 {
        self.hub.image().verdicts.command_taken
    }

    /// The scope of that name, if this run has it and it is seen.
    pub(crate) fn scope(&self, sight: &Sight, name: &str) -> Option<Scope> {
        let is_here = |scope: &Scope| match scope {
            Scope::Whole | Scope::Instrument(_) => true,
            Scope::Strategy(strategy) => (1..=self.run.strategies.len()).contains(&usize::from(strategy.0)),
            Scope::Venue(venue) => self.instruments.iter().any(|instrument| instrument.venue == *venue),
        };
        let scope = Scope::of_name(name, self.instruments.iter().as_slice()).filter(is_here);
        scope.filter(|scope| sight.sees_scope(*scope))
    }

    /// The first venue of a scope whose gateway does not know how orders and positions stand there. Of what may trade on
    /// several only if none does: the gate of each one is closed by itself, and one that is away for hours holds up no other.
    pub(crate) fn unreconciled(&self, scope: Scope) -> Option<VenueId> {
        let is_any_ready = self.gauges.counters.venues.iter().any(|of| of.orders.is_ready());
        let is_of_scope = |venue| match scope {
            Scope::Whole | Scope::Strategy(_) => !is_any_ready,
            Scope::Venue(of) => of == venue,
            Scope::Instrument(id) => self.instruments.get(id).venue == venue,
        };
        let mut venues = self.gauges.counters.venues.iter();
        venues.find(|of| is_of_scope(of.venue) && !of.orders.is_ready()).map(|of| of.venue)
    }

    /// The state of a scope by itself; `None`: of the whole, while the engine has not told it; of any other of which nothing
    /// was heard, while decisions were missed.
    pub(crate) fn state_of(&self, scope: Scope) -> Option<TradingState> {
        let image = self.hub.image();
        if scope == Scope::Whole {
            return whole_state(&image);
        }
        let set = image.verdicts.scopes.iter().find(|(known, ..)| *known == scope);
        let unheard = (image.verdicts.missed == 0).then_some(TradingState::Active);
        set.map(|(_, state, _)| *state).or(unheard)
    }

    /// Of the whole, as the engine shows it: everybody's.
    pub(crate) fn trading_state(&self) -> Option<TradingState> {
        self.hub.image().portfolio.map(|portfolio| portfolio.trading_state)
    }

    /// How trading stands.
    pub(crate) fn trading(&self, sight: &Sight) -> Trading {
        let part = self.part(sight);
        let image = self.hub.image();
        let instruments = self.instruments.iter().as_slice();
        let named = |(scope, state, _): &(Scope, TradingState, _)| (scope.name(instruments), state.name().to_owned());
        let held = |portfolio: &PortfolioImage| {
            portfolio.positions[..portfolio.positions_count as usize].iter().filter(|p| p.qty.0 != 0).count() as u64
        };
        Trading {
            state: whole_state(&image).map(|state| state.name().to_owned()),
            scopes: image.verdicts.scopes.iter().filter(|(scope, ..)| sight.sees_scope(*scope)).map(named).collect(),
            open_orders: sight::open(&image, sight).count() as u64,
            positions: match part {
                Some(part) => {
                    let held = part.held.iter().filter(|share| share.position.qty.0 != 0).count() as u64;
                    part.sum.map(|_| held)
                }
                None => image.portfolio.as_ref().map(held),
            },
        }
    }

    /// The synced instrument whose top of book is oldest, and its age.
    fn oldest_price(&self) -> Option<(InstrumentId, u64)> {
        let now = self.now();
        let image = self.hub.image();
        image
            .instruments
            .iter()
            .filter(|i| i.book.state == BookState::Synced)
            .map(|i| (i.book.instrument, now.since(i.top.map_or(i.book.received_at_ns, |top| top.at_ns))))
            .max_by_key(|(_, age)| *age)
    }
}

fn limit_uses(
    limits: &Limits,
    portfolio: Option<&PortfolioImage>,
    oldest: Option<(InstrumentId, u64)>,
) -> Vec<LimitUse> {
    let by = portfolio.and_then(largest_position).and_then(|(instrument, _)| instrument);
    let row = |(index, row): (usize, &engine_model::limit::Row)| {
        let limit = Some(row.get(limits)).filter(|limit| *limit != i64::MAX);
        let told = portfolio.and_then(|portfolio| portfolio.limit_uses[index]);
        let (used, by) = match row.key {
            "price_age_max_ms" => (oldest.map(|(_, age)| whole(age)), oldest.map(|(id, _)| id)),
            "position_notional_max_usd" | "position_share_max_bps" => (told, by),
            _ => (told, None),
        };
        let is_least = matches!(row.key, "liquidation_distance_min_bps" | "liquidation_flatten_bps");
        debug_assert!(!is_least || row.tighter == Tighter::Up);
        LimitUse { name: row.key, unit: row.unit, limit, used, by, is_least }
    };
    Limits::TABLE.iter().enumerate().map(row).collect()
}

/// Of the whole: as the last decision that was told has it, else as the engine shows it. Decisions that were missed may have
/// set another.
fn whole_state(image: &Image) -> Option<TradingState> {
    let told = image.verdicts.whole.filter(|_| image.verdicts.missed == 0).map(|(state, _)| state);
    told.or(image.portfolio.map(|portfolio| portfolio.trading_state))
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// `None` when a position has no price, or no place in the list: then the largest is unknown. Flat everywhere is a use of
/// zero, by nobody.
fn largest_position(portfolio: &PortfolioImage) -> Option<(Option<InstrumentId>, Quote)> {
    if !portfolio.is_complete {
        return None;
    }
    let mut largest = (None, Quote::ZERO);
    for position in portfolio.positions[..portfolio.positions_count as usize].iter().filter(|p| p.qty.0 != 0) {
        let notional = position.notional?;
        if notional >= largest.1 {
            largest = (Some(position.instrument), notional);
        }
    }
    Some(largest)
}

/// What it did in each minute. Where no run was up a pair is longer than a minute, and no return of one.
fn by_minute(curve: &[(Nanos, Quote)]) -> Vec<f64> {
    let is_minute = |pair: &&[(Nanos, Quote)]| pair[0].1.0 > 0 && pair[1].0.since(pair[0].0) <= MINUTES_RUNNING_NS;
    curve.windows(2).filter(is_minute).map(|pair| pair[1].1.0 as f64 / pair[0].1.0 as f64 - 1.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::position::Position;
    use engine_model::units::Lots;

    fn portfolio(notionals: &[Option<i64>]) -> PortfolioImage {
        let mut image = PortfolioImage {
            positions_count: notionals.len() as u32,
            equity_start: Quote::whole(1_000_000),
            day_open: Quote::whole(100_000),
            equity: Quote::whole(99_000),
            gross: Quote::whole(33_333),
            ..PortfolioImage::default()
        };
        for (index, notional) in notionals.iter().enumerate() {
            let instrument = InstrumentId(index as u32);
            image.positions[index] =
                Position { instrument, qty: Lots(1), notional: notional.map(Quote::whole), ..Position::default() };
        }
        image
    }

    #[test]
    fn use_is_what_risk_told_and_named_after_the_largest_position() {
        let mut image = portfolio(&[Some(1_000), Some(4_951), Some(7)]);
        for (used, row) in image.limit_uses.iter_mut().zip(Limits::TABLE) {
            *used = Some(row.get(&Limits::default()) / 2).filter(|_| row.unit != Unit::Lots);
        }
        let place = |key| Limits::TABLE.iter().position(|row| row.key == key).expect("a limit of that key");
        image.limit_uses[place("position_share_max_bps")] = Some(501);
        image.limit_uses[place("liquidation_flatten_bps")] = Some(801);
        let uses = limit_uses(&Limits::default(), Some(&image), None);
        assert_eq!(uses.len(), Limits::TABLE.len());
        let [share, near, half] =
            ["position_share_max_bps", "liquidation_flatten_bps", "leverage_max_pct"].map(|key| uses[place(key)]);
        assert_eq!((share.by, share.headroom(), share.state()), (Some(InstrumentId(1)), Some(-1), Some("BROKEN")));
        assert_eq!((near.headroom(), near.state()), (Some(1), Some("NEAR")), "a liquidation may not be nearer");
        assert_eq!((half.used, half.headroom(), half.state()), (Some(150), Some(150), Some("OK")));
        let none_allowed = LimitUse { limit: Some(0), used: Some(0), ..half };
        assert_eq!((none_allowed.share(), none_allowed.state()), (None, Some("NEAR")), "nothing of nothing is left");
    }

    #[test]
    fn a_night_without_a_run_is_no_minute() {
        let minute = |n: u64| Nanos((29_000_000 + n) * 60 * Nanos::SECOND);
        let curve = [(0, 100), (1, 101), (500, 50), (501, 51)].map(|(n, usd)| (minute(n), Quote::whole(usd)));
        let returns = by_minute(&curve);
        assert_eq!(returns.len(), 2);
        assert!((returns[0] - 0.01).abs() < 1e-12 && (returns[1] - 0.02).abs() < 1e-12, "{returns:?}");
    }

    #[test]
    fn what_is_unknown_is_not_called_zero() {
        let uses = limit_uses(&Limits::default(), None, None);
        assert!(uses.iter().all(|u| u.used.is_none() && u.share().is_none() && u.state().is_none()));
        assert_eq!(uses[0].limit, None, "the venue's own maximum only");
    }
}

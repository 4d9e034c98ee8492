//! Who sees what of what is traded here: one rule, and every door asks by it.
//!
//! A strategy is the house's, or whose its settings say; an order by hand is its author's. While nobody owns a strategy, all
//! see all. Else whoever answers for the account (the roles risk and admin) sees the whole, and a viewer or trader the
//! house's strategies and his own, and of the desk of people the orders that he asked for. What the account does as a whole
//! (its equity, what risk counts, closings of the operator's) is told of somebody's part alone, or not at all.
//!
//! Owns: that rule. Never: how something is told, who somebody is.

use super::Desk;
use crate::hub::image::Image;
use crate::hub::trail::Trail;
use crate::hub::verdicts::Verdicts;
use crate::hub::whose::{Authors, Whose};
use crate::role::{Caller, Role, UserId};
use engine_core::strategy::manual::NAME;
use engine_model::intent::StrategyId;
use engine_model::limit::Scope;
use engine_model::order::{ClientOrderId, Order};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// By which he owns, and what he asks for by hand is his; `None`: he has none, or another has the same.
    name: Option<Arc<str>>,
    /// Strategies that he sees; `None`: the whole.
    part: Option<BTreeSet<StrategyId>>,
}

/// A person of the settings, whom the table of users does not know.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) role: Role,
}

impl Sight {
    /// Of whoever is the house itself: the operator's line, and what the bridge does by itself.
    pub(crate) const WHOLE: Self = Self { name: None, part: None };

    pub(crate) const fn is_whole(&self) -> bool {
        self.part.is_none()
    }

    /// Whose orders by hand are his; `None`: nobody's.
    pub(crate) const fn author(&self) -> Option<&Arc<str>> {
        self.name.as_ref()
    }

    /// The same of whoever sees the same.
    pub(crate) fn unnamed(self) -> Self {
        Self { name: None, ..self }
    }

    pub(crate) fn sees(&self, strategy: StrategyId) -> bool {
        self.part.as_ref().is_none_or(|part| part.contains(&strategy))
    }

    pub(crate) fn sees_of(&self, whose: &Whose) -> bool {
        self.sees(whose.strategy) || whose.author.is_some() && whose.author == self.name
    }

    /// What a refusal found and allows, where that tells nothing of what others hold and do: of checks that look at the order
    /// and its market alone.
    pub(crate) fn figures(&self, refusal: &Refusal) -> Option<Refusal> {
        (self.is_whole() || is_of_order(refusal.check)).then_some(*refusal)
    }

    pub(crate) fn sees_scope(&self, scope: Scope) -> bool {
        if let Scope::Strategy(strategy) = scope { self.sees(strategy) } else { true }
    }
}

const fn is_of_order(check: Check) -> bool {
    matches!(
        check,
        Check::NotAllowed
            | Check::ClientOrderId
            | Check::OrderTerms
            | Check::BookNotSynced
            | Check::BookCrossed
            | Check::StalePrice
            | Check::ClockSkew
            | Check::ReferenceDeviation
            | Check::VolatilityPause
            | Check::NoConversion
            | Check::OrderQtyMin
            | Check::OrderQtyMax
            | Check::VolumeShare
            | Check::OrderNotionalMin
            | Check::OrderNotionalMax
            | Check::PriceCollarHard
            | Check::PriceCollar
            | Check::ParentQty
            | Check::UnknownOrder
    )
}

/// A sight, beside the image's own knowledge of who asked for what.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) sight: &'a Sight,
    authors: &'a Authors,
}

impl<'a> Seen<'a> {
    pub(super) const fn of(sight: &'a Sight, image: &'a Image) -> Self {
        Self { sight, authors: &image.authors }
    }

    pub(crate) fn report(self, report: &Report) -> bool {
        self.sight.is_whole() || self.sight.sees_of(&self.authors.of_report(report))
    }

    pub(super) fn order(self, order: &Order) -> bool {
        let (id, parent) = (order.client_order_id, order.parent);
        self.sight.is_whole() || self.sight.sees_of(&self.authors.whose(id, StrategyId(id.strategy()), parent))
    }

    /// An order that is no part of another.
    pub(crate) fn number(self, id: ClientOrderId) -> bool {
        self.order(&Order { client_order_id: id, ..Order::default() })
    }
}

/// Executions, numbered as if there were nobody else.
pub(super) fn fills<'i>(image: &'i Image, sight: &Sight) -> Cow<'i, Trail<Report>> {
    let fills = &image.orders.fills;
    if sight.is_whole() {
        return Cow::Borrowed(&fills.all);
    }
    Cow::Owned(fills.of(|report| image.authors.of_report(report), |whose| sight.sees_of(whose)))
}

/// Open orders, in the order of their ids.
pub(super) fn open<'i>(image: &'i Image, sight: &'i Sight) -> impl Iterator<Item = &'i Report> {
    let seen = Seen::of(sight, image);
    image.orders.open.values().filter(move |report| seen.report(report))
}

/// Another one when what is open of that has changed.
pub(super) fn orders_version(image: &Image, sight: &Sight) -> u64 {
    if sight.is_whole() { image.orders.version } else { image.orders.version_of(|whose| sight.sees_of(whose)) }
}

/// What risk said of that.
pub(super) fn verdicts(image: &Image, sight: &Sight) -> Verdicts {
    let mut verdicts = image.verdicts.clone();
    if !sight.is_whole() {
        let denied = verdicts.denied.of(|denied| denied.whose(&image.authors), |whose| sight.sees_of(whose));
        verdicts.denied.all = denied;
        verdicts.wishes.retain(|strategy, _| sight.sees(*strategy));
        verdicts.scopes.retain(|(scope, ..)| sight.sees_scope(*scope));
    }
    verdicts
}

impl Desk {
    /// What whoever asks sees. His role is that of what he shows, which may be less than his own.
    pub(crate) fn sight(&self, caller: Caller) -> Sight {
        let name = self.name_of(caller.user);
        let is_shared = self.run.strategies.iter().any(|strategy| strategy.owner.is_some());
        let is_his = |owner: &Option<String>| owner.is_none() || owner.as_deref() == name.as_deref();
        let part = (is_shared && caller.role < Role::Risk).then(|| {
            let numbered = (1..).map(StrategyId).zip(&self.run.strategies);
            let seen = numbered.filter(|(_, strategy)| strategy.name != NAME && is_his(&strategy.owner));
            seen.map(|(id, _)| id).collect()
        });
        Sight { name, part }
    }

    /// What a user sees who does not ask now: of his rules and his jobs.
    pub(crate) fn sight_of(&self, user: UserId) -> Sight {
        let listed = || self.listed.iter().find(|person| person.user == user).map(|person| person.role);
        let role = match &self.people {
            Some(people) if user > UserId::LOCAL => people.picture().role(user),
            _ => listed(),
        };
        self.sight(Caller { user, role: role.unwrap_or(Role::Viewer) })
    }

    /// Whether he shows a key that sees less than he does: what goes on without him would tell its holder more.
    pub(crate) fn sees_less(&self, caller: Caller) -> bool {
        self.sight(caller).part.is_some() && self.sight_of(caller.user).is_whole()
    }

    /// The same of whose job it is. What is begun by the clock is the house's own, and where there are users an admin's to
    /// see.
    pub(crate) fn sight_of_job(&self, owner: UserId) -> Sight {
        let is_clocks = owner == UserId::LOCAL && self.people.is_some();
        if is_clocks { Sight::WHOLE } else { self.sight_of(owner) }
    }

    /// The names of the strategies that somebody sees; `None`: the whole account.
    pub(crate) fn part_names(&self, sight: &Sight) -> Option<Vec<String>> {
        let part = sight.part.as_ref()?;
        Some(part.iter().map(|strategy| self.strategy_name(*strategy).to_owned()).collect())
    }

    /// By which somebody owns. One that two people of Telegram have is nobody's: who is meant is not known.
    fn name_of(&self, user: UserId) -> Option<Arc<str>> {
        if user > UserId::LOCAL {
            return self.people.as_ref().and_then(|people| people.picture().name(user).map(Arc::from));
        }
        let name = &self.listed.iter().find(|person| person.user == user)?.name;
        let is_alone = self.listed.iter().filter(|person| person.name == *name).count() == 1;
        is_alone.then(|| Arc::from(name.as_str()))
    }

    /// Says which owners nobody is, so far.
    pub(crate) fn tell_unknown_owners(&self) {
        let is_user = |name: &str| self.people.as_ref().is_some_and(|people| people.picture().user(name).is_ok());
        for strategy in &self.run.strategies {
            let unknown = |name: &&String| !is_user(name) && self.listed.iter().all(|person| person.name != **name);
            if let Some(owner) = strategy.owner.as_ref().filter(unknown) {
                let name = &strategy.name;
                tracing::warn!("{name} is {owner}'s, and nobody has that name yet: add him, or name another owner");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_the_account_are_told_whoever_sees_it_alone() {
        let part = Sight { name: None, part: Some(BTreeSet::from([StrategyId(1)])) };
        // What a reduce-only order of the wrong way finds is the position of all.
        for check in [Check::ReduceOnly, Check::PositionNotional, Check::DailyLoss, Check::OpenOrders, Check::SelfMatch]
        {
            let refusal = Refusal::new(check, 7, 3);
            assert_eq!((part.figures(&refusal), Sight::WHOLE.figures(&refusal)), (None, Some(refusal)), "{check:?}");
        }
        let of_order = Refusal::new(Check::PriceCollar, 900, 200);
        assert_eq!(part.figures(&of_order), Some(of_order));
    }
}

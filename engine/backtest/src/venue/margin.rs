//! What stands behind our positions at a venue, and what the venue does when it is too little.
//!
//! One account a venue, all of its money behind every contract (cross margin): the collateral it began with, what its
//! executions and payments have made of that, and what is open at the mark; at the middle of the book where no mark is told.
//! The arithmetic is [`Portfolio`]'s, which risk uses, so venue and risk do not differ. Contracts that are not quoted in
//! dollars have no part in it.
//!
//! **When** equity is no more than the maintenance margin of all contracts ([`MarginTiers`]), everything that stands is
//! withdrawn. If that does not help, for it cost nothing to hold, the contract that needs most margin is made smaller: to the
//! step of its table below the one that it is in, in the lowest step whole. It is sold (bought) in the book like any other
//! order, with a fee, and not below its *bankruptcy price*, at which nothing of the account's money would be left. That is
//! looked at anew after each such order, so a liquidation ends as soon as enough stands behind what is left. What the book
//! does not take, the venue's fund takes over at the bankruptcy price.
//!
//! So an account never ends below zero by a price. Where it is below zero and holds nothing (a fee, funding), the fund makes
//! that good, too.
//!
//! Owns: equity, maintenance, and which step is next. Never: the book, replies, ids, a clock.

use engine_core::portfolio::wide::product;
use engine_core::portfolio::{Portfolio, UNTELLABLE};
use engine_core::risk::legacy::Holding;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::payment::{Payment, PaymentKind};
use engine_model::units::{Lots, Quote, Ticks};
use engine_model::venue::VenueId;

/// The account's money, and the venue's terms for taking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collateral {
    /// What the account begins with, in dollars.
    pub amount: Quote,
    /// Of the value of what is liquidated, in millionths; never more than what is left.
    pub fee_ppm: i64,
    /// What the venue's fund can lose, in dollars; `None`: anything.
    pub fund: Option<Quote>,
}

/// What a venue does next to an account that has too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Makes a position smaller, in the market.
    Reduce(Close),
    /// Its fund pays what is missing: nothing is held any more.
    Insure(InstrumentId, Quote),
}

/// A position that is closed, in part or whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) instrument: InstrumentId,
    /// Of the execution.
    pub(super) side: Side,
    /// How much in this step.
    pub(super) lots: i64,
    /// All that is held.
    pub(super) whole: i64,
    /// At which nothing of the account's money would be left.
    pub(super) bankruptcy_px: Ticks,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Margin {
    portfolio: Portfolio,
    instruments: Instruments,
    /// By instrument: whether margin is asked for it.
    is_margined: Box<[bool]>,
    marks: Box<[Option<Ticks>]>,
    middles: Box<[Option<Ticks>]>,
    fee_ppm: i64,
    /// In 1e-8 dollars.
    fund: Option<i128>,
    /// Something changed since it was last found to be enough.
    is_stale: bool,
}

impl Margin {
    pub(super) fn new(venue: VenueId, instruments: &Instruments, collateral: Collateral) -> Self {
        let is_contract = |i: &Instrument| i.venue == venue && i.kind != ContractKind::Spot && i.is_dollar_quoted();
        Self {
            portfolio: Portfolio::new(instruments, collateral.amount),
            is_margined: instruments.iter().map(is_contract).collect(),
            marks: vec![None; instruments.len()].into_boxed_slice(),
            middles: vec![None; instruments.len()].into_boxed_slice(),
            instruments: instruments.clone(),
            fee_ppm: collateral.fee_ppm,
            fund: collateral.fund.map(|fund| i128::from(fund.0)),
            is_stale: false,
        }
    }

    /// An earlier run left that. What it is worth is known with the first price.
    pub(super) fn inherit(&mut self, held: &Holding) {
        self.portfolio.inherit(held.instrument, &held.ledger);
        self.portfolio.value_at(held.instrument, held.px);
    }

    /// The venue told a mark.
    pub(super) fn marked(&mut self, id: InstrumentId, px: Ticks) {
        self.marks[id.index()] = Some(px).filter(|px| px.0 > 0);
        self.moved(id);
    }

    /// The book's best changed, or may have.
    #[inline]
    pub(super) fn shown(&mut self, id: InstrumentId, bid: Option<Ticks>, ask: Option<Ticks>) {
        let middle = bid.zip(ask).map(|(bid, ask)| Ticks(bid.0.midpoint(ask.0))).filter(|px| px.0 > 0);
        if middle.is_some() && self.middles[id.index()] != middle {
            self.middles[id.index()] = middle;
            if self.marks[id.index()].is_none() {
                self.moved(id);
            }
        }
    }

    fn moved(&mut self, id: InstrumentId) {
        if self.portfolio.has_traded(id) {
            self.value(id);
        }
    }

    /// An execution, whoever placed it.
    pub(super) fn filled(&mut self, id: InstrumentId, side: Side, px: Ticks, qty: Lots, fee: Quote) {
        self.portfolio.book(id, side, px, qty, fee);
        self.value(id);
    }

    /// Money moved.
    pub(super) fn paid(&mut self, id: InstrumentId, payment: &Payment) {
        let Self { portfolio, marks, middles, .. } = self;
        portfolio.pay(id, payment, |id| marks[id.index()].or(middles[id.index()]));
        self.value(id);
    }

    fn value(&mut self, id: InstrumentId) {
        self.portfolio.value_at(id, self.px(id));
        self.is_stale = true;
    }

    /// Where it is valued.
    pub(super) fn px(&self, id: InstrumentId) -> Option<Ticks> {
        self.marks[id.index()].or(self.middles[id.index()])
    }

    /// Profit of what is open at the mark, before fees, in 1e-8 dollars.
    pub(super) fn unrealised(&self, id: InstrumentId) -> i128 {
        self.portfolio.value(id).unrealised
    }

    /// What the account is worth, in 1e-8 dollars.
    pub(super) fn equity(&self) -> i128 {
        self.portfolio.equity()
    }

    /// What must stay behind all contracts, in 1e-8 dollars.
    pub(super) fn maintenance(&self) -> i128 {
        self.contracts().map(|id| self.maintenance_of(id)).sum()
    }

    fn contracts(&self) -> impl Iterator<Item = InstrumentId> + '_ {
        let all = (0u32..).map(InstrumentId).take(self.is_margined.len());
        all.filter(|id| self.is_margined[id.index()] && self.portfolio.qty(*id) != 0)
    }

    fn maintenance_of(&self, id: InstrumentId) -> i128 {
        let value = self.portfolio.value(id).gross;
        self.instruments.margin_tiers(id).maintenance(value).unwrap_or(UNTELLABLE)
    }

    /// Whether an order that makes a position larger is opened with enough behind it: the initial margin of all contracts,
    /// this one as the order would leave it at `px`. What else rests binds nothing.
    pub(super) fn bears(&self, id: InstrumentId, side: Side, px: Ticks, qty: Lots) -> bool {
        let held = i128::from(self.portfolio.qty(id));
        let after = held + i128::from(side.sign()) * i128::from(qty.0);
        if !self.is_margined[id.index()] || after.abs() <= held.abs() {
            return true;
        }
        let initial = |id, value| self.instruments.margin_tiers(id).initial(value, u16::MAX);
        let others = self.contracts().filter(|other| *other != id);
        let others: i128 = others.map(|other| initial(other, self.portfolio.value(other).gross)).sum();
        let value = self.portfolio.scale(id).notional(px, after.abs()).unwrap_or(UNTELLABLE);
        others.saturating_add(initial(id, value)) <= self.equity()
    }

    /// Whether too little stands behind what is held.
    pub(super) fn is_short(&mut self) -> bool {
        if !self.is_stale {
            return false;
        }
        let (equity, maintenance) = (self.equity(), self.maintenance());
        let is_short = if maintenance > 0 { equity <= maintenance } else { equity < 0 };
        self.is_stale = is_short;
        is_short
    }

    /// What the venue does next, of an account that is short.
    pub(super) fn next(&self) -> Option<Step> {
        let Some(id) = self.contracts().max_by_key(|id| (self.maintenance_of(*id), std::cmp::Reverse(*id))) else {
            let first =
                (0u32..).map(InstrumentId).take(self.is_margined.len()).find(|id| self.is_margined[id.index()])?;
            return Some(Step::Insure(first, Quote::from_wide(-self.equity())?));
        };
        let (qty, value) = (self.portfolio.qty(id), self.portfolio.value(id).gross);
        let tiers = self.instruments.margin_tiers(id);
        let below = tiers.steps().map(|(step, _)| i128::from(step.up_to.0)).take_while(|up_to| *up_to < value).last();
        let whole = qty.abs();
        // Rounded down: what stays is within the step below.
        let stays = below.and_then(|up_to| Some(product(i128::from(whole), up_to)? / value)).unwrap_or(0) as i64;
        let side = if qty > 0 { Side::Sell } else { Side::Buy };
        let bankruptcy_px = self.bankruptcy_px(id);
        Some(Step::Reduce(Close { instrument: id, side, lots: whole - stays, whole, bankruptcy_px }))
    }

    /// The price at which closing the whole position would leave the account nothing, all else at its mark. Rounded in
    /// favour of the account, whose rest the fee takes; a tick at least.
    fn bankruptcy_px(&self, id: InstrumentId) -> Ticks {
        let (equity, value) = (self.equity(), self.portfolio.value(id).gross);
        let is_long = self.portfolio.qty(id) > 0;
        let signed = if is_long { -equity } else { equity };
        let mark = i128::from(self.px(id).unwrap_or(self.portfolio.ledger(id).last_px).0);
        // Linear: mark * (1 -+ equity / value). Inverse: mark / (1 +- equity / value).
        let (over, under) = match self.instruments.get(id).kind {
            ContractKind::Inverse => (value, value - signed),
            ContractKind::Spot | ContractKind::Linear => (value + signed, value),
        };
        let px = match product(mark, over) {
            _ if under <= 0 => i128::MAX,
            Some(px) if is_long => px.div_euclid(under) + i128::from(px.rem_euclid(under) > 0),
            Some(px) => px.div_euclid(under),
            None => i128::MAX,
        };
        // No further than a thousand times the mark: an amount at that price still fits.
        Ticks(i64::try_from(px.clamp(1, mark.saturating_mul(1_000).max(1))).unwrap_or(i64::MAX))
    }

    /// Books an execution that the venue placed, and gives back its fee: of what is left, no more.
    pub(super) fn closed(&mut self, id: InstrumentId, side: Side, px: Ticks, qty: Lots, fee: Quote) -> Quote {
        self.filled(id, side, px, qty, Quote::ZERO);
        let left = self.equity().max(0);
        let at = self.px(id).unwrap_or(px);
        let in_dollars = self.portfolio.scale(id).fee_in_quote(i128::from(fee.0), at).unwrap_or(UNTELLABLE);
        let fee = match in_dollars <= left {
            true => fee,
            false => Quote(product(i128::from(fee.0), left).map_or(0, |part| (part / in_dollars) as i64)),
        };
        let asset = self.instruments.asset(self.instruments.get(id).settlement()).unwrap_or_default();
        let amount = Quote(-fee.0);
        self.paid(id, &Payment { kind: PaymentKind::Fee, asset, amount });
        if let Some(fund) = &mut self.fund {
            *fund += in_dollars.min(left);
        }
        fee
    }

    /// The venue's fee for so much, before it is cut to what is left.
    pub(super) fn fee_ppm(&self) -> i64 {
        self.fee_ppm
    }

    /// The fund took over a position of ours, or a debt: what it is worse than the mark is the fund's loss.
    pub(super) fn took_over(&mut self, id: InstrumentId, side: Side, px: Ticks, qty: Lots) {
        let loss = self.loss(id, side, px, qty);
        self.spend(loss);
    }

    /// So many dollars of the fund's, as far as it has them.
    pub(super) fn spend(&mut self, loss: i128) {
        if let Some(fund) = &mut self.fund {
            *fund = (*fund - loss.max(0)).max(0);
        }
    }

    /// What whoever takes the other side of an execution loses at the mark, in 1e-8 dollars; negative is a gain.
    fn loss(&self, id: InstrumentId, side: Side, px: Ticks, qty: Lots) -> i128 {
        let scale = self.portfolio.scale(id);
        let worth = |px| scale.cash(side, px, i128::from(qty.0));
        let Some(mark) = self.px(id) else { return 0 };
        let gained = worth(px).zip(worth(mark)).and_then(|(at_px, at_mark)| scale.in_quote(at_px - at_mark, mark));
        gained.unwrap_or(UNTELLABLE)
    }

    /// Somebody else's position was closed at `px`, his bankruptcy price; `closed` is the side that it was on. While the
    /// fund can bear what that is worse than the mark, it does. When it cannot, whoever profits on the other side is
    /// deleveraged: so much of ours, on that side.
    pub(super) fn deleverages(&mut self, id: InstrumentId, closed: Side, px: Ticks, qty: Lots) -> Option<Close> {
        let fund = self.fund?;
        // His position was sold if it was a long.
        let loss = self.loss(id, closed.opposite(), px, qty);
        if !self.is_margined[id.index()] || loss <= 0 {
            return None;
        }
        if loss <= fund {
            self.spend(loss);
            return None;
        }
        let held = self.portfolio.qty(id);
        let is_other_side = (held > 0) != (closed == Side::Buy);
        let whole = held.abs();
        let lots = whole.min(qty.0);
        let chosen = held != 0 && is_other_side && self.unrealised(id) > 0 && lots > 0;
        chosen.then_some(Close { instrument: id, side: closed, lots, whole, bankruptcy_px: px })
    }
}

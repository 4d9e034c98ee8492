//! Money that moves without an execution, or beside one: funding, interest, fees in another asset.
//!
//! Owns: whose a payment is, and that it is told once. Never: a quantity or a price.

use super::{Now, Orders};
use crate::gateway::heard::{FillNews, FundingNews, PaymentNews};
use engine_model::closeout::{Cause, Closeout};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Name};
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::payment::{Payment, PaymentKind};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::ReplyKind;

/// So many lots of spot in 1e-8 of the coin, to the nearest below.
fn coins_e8(of: &Instrument, qty: Lots) -> i64 {
    let units = i128::from(qty.0) * i128::from(of.grid.lot_step) * 100_000_000;
    i64::try_from(units / 10i128.pow(u32::from(of.size_decimals()))).unwrap_or(i64::MAX)
}

/// So many lots of spot as hold that much of the coin: to the nearest above.
fn lots_of(of: &Instrument, coins_e8: i64) -> Lots {
    let units = i128::from(coins_e8) * 10i128.pow(u32::from(of.size_decimals()));
    let lot = 100_000_000 * i128::from(of.grid.lot_step.max(1));
    Lots(i64::try_from((units + lot - 1) / lot).unwrap_or(i64::MAX))
}

/// So much of the quote in the base, at that price.
fn in_coins(of: &Instrument, px: Ticks, worth_e8: i128) -> i128 {
    let units = i128::from(px.0.max(1)) * i128::from(of.grid.tick_step.max(1));
    worth_e8 * 10i128.pow(u32::from(of.grid.price_decimals)) / units
}

impl Orders {
    /// Money moved without an execution. Told once. Of an asset that nothing of the run is of, there is nobody to tell.
    pub(in super::super) fn paid(&mut self, news: &PaymentNews, own: &[InstrumentId], now: Now) {
        let PaymentNews { instrument, id, kind, asset, amount_e8, at_ns } = *news;
        let known = (ClientOrderId(0), id);
        if id != 0 && self.trades.get(known).is_some() {
            return;
        }
        let Some(instrument) = instrument.or_else(|| self.holder(own, asset)) else { return };
        if let Some(asset) = self.instruments.asset(asset) {
            self.move_by(usize::from(asset.0), amount_e8);
            let payment = Payment { kind, asset, amount: Quote(amount_e8) };
            self.tell(ClientOrderId(0), instrument, ReplyKind::Paid(payment), at_ns, now);
        }
        if id != 0 {
            self.remember(known);
        }
    }

    /// Whose a payment is that names the asset alone: the contract's that is held, the first of several; of none that is
    /// held, the first that settles in the asset.
    fn holder(&self, own: &[InstrumentId], asset: Name) -> Option<InstrumentId> {
        let settles = |of: &Instrument| of.kind != ContractKind::Spot && of.settlement() == asset;
        let mut contracts = own.iter().copied().filter(|id| settles(self.instruments.get(*id)));
        contracts.clone().find(|id| self.net[id.index()] != 0).or_else(|| contracts.next())
    }

    /// The place of an asset among those of the run.
    pub(in super::super) fn asset(&self, name: Name) -> Option<usize> {
        self.instruments.asset(name).map(|asset| usize::from(asset.0))
    }

    /// What an execution moves: of spot both legs, of all the fee.
    pub(super) fn moves(&mut self, instrument: InstrumentId, side: Side, fill: &FillNews) {
        let of = *self.instruments.get(instrument);
        if of.kind == ContractKind::Spot {
            // A lot of spot is so much of the coin whatever it costs.
            let coins_e8 = coins_e8(&of, fill.qty).saturating_mul(side.sign());
            let worth_e8 = of.notional(fill.px, fill.qty).map_or(i64::MAX, |worth| worth.0).saturating_mul(side.sign());
            for (asset, amount_e8) in [(of.base, coins_e8), (of.quote, worth_e8.saturating_neg())] {
                if let Some(asset) = self.asset(asset) {
                    self.move_by(asset, amount_e8);
                }
            }
        }
        if let Some(asset) = self.asset(fill.fee_asset) {
            self.move_by(asset, fill.fee_e8.saturating_neg());
        }
    }

    /// With what it cost by the rates, if the venue does not tell.
    pub(super) fn with_fee(&mut self, instrument: InstrumentId, fill: &FillNews) -> FillNews {
        if !fill.has_untold_fee() {
            return *fill;
        }
        let of = self.instruments.get(instrument);
        let [maker, taker] = self.fees_ppm;
        let ppm = if fill.liquidity == Liquidity::Maker { maker } else { taker };
        // Of an inverse contract the worth in its coin, at the price of the execution.
        let worth = of.notional(fill.px, fill.qty).map_or(0, |worth| i128::from(worth.0));
        let worth = if of.kind == ContractKind::Inverse { in_coins(of, fill.px, worth) } else { worth };
        let fee_e8 = i64::try_from((worth * i128::from(ppm) + 999_999).div_euclid(1_000_000)).unwrap_or(i64::MAX);
        self.estimated = Some(Quote(fee_e8));
        FillNews { fee_e8, fee_asset: of.settlement(), ..*fill }
    }

    /// A fee in the coin that is traded: its worth was told as the fee of the execution, its lots are taken off at the same
    /// price, rounded up; what that is too much is kept for the next fee. Else the position would be more than the account
    /// has, and no order out of it would pass.
    pub(super) fn take_coin_fee(&mut self, id: ClientOrderId, instrument: InstrumentId, fill: &FillNews, now: Now) {
        let of = *self.instruments.get(instrument);
        if of.kind != ContractKind::Spot || fill.fee_asset != of.base || fill.fee_e8 == 0 {
            return;
        }
        let owed_e8 = &mut self.coin_fees_e8[instrument.index()];
        *owed_e8 = owed_e8.saturating_add(fill.fee_e8);
        if *owed_e8 <= 0 {
            return;
        }
        let qty = lots_of(&of, *owed_e8);
        *owed_e8 = owed_e8.saturating_sub(coins_e8(&of, qty)).min(0);
        let net = &mut self.net[instrument.index()];
        *net = net.saturating_sub(qty.0);
        let closeout = Closeout { cause: Cause::CoinFee, trade_id: fill.trade_id, px: fill.px, qty, fee: Quote::ZERO };
        self.tell(id, instrument, ReplyKind::ClosedOut { side: Side::Sell, closeout }, fill.at_ns, now);
    }

    fn move_by(&mut self, asset: usize, amount_e8: i64) {
        self.moved_e8[asset] = self.moved_e8[asset].saturating_add(amount_e8);
    }

    /// Lines are about to be opened: once.
    pub(in super::super) fn begins(&mut self, now: Now) {
        self.begun_at.get_or_insert(now.venue);
    }

    /// Whether something of that time of the venue's was before the run: a look back behind a lost line may find it.
    pub(in super::super) fn is_of_before(&self, at: Nanos) -> bool {
        at != Nanos(0) && self.begun_at.is_some_and(|begun| at <= begun)
    }

    /// What a position's funding grew by since it was told last. Of one that was opened before the run, what it got by the
    /// first word of it was got before: a run before has told that.
    pub(in super::super) fn funded(&mut self, news: &FundingNews, now: Now) {
        let FundingNews { instrument, opened, asset, total_e8, at_ns } = *news;
        let told = &mut self.funding[instrument.index()];
        // A row of the position before, behind one of this: its sum was told.
        if opened < told.0 {
            return;
        }
        let is_of_before = told.0 == 0 && self.begun_at.is_none_or(|begun| Nanos(opened) < begun);
        let before = match told.0 == opened {
            true => told.1,
            false if is_of_before => total_e8,
            false => 0,
        };
        *told = (opened, total_e8);
        let amount_e8 = total_e8.saturating_sub(before);
        if amount_e8 != 0 {
            let (kind, id) = (PaymentKind::Funding, 0);
            self.paid(&PaymentNews { instrument: Some(instrument), id, kind, asset, amount_e8, at_ns }, &[], now);
        }
    }

    /// A fee in a token of the venue's, or another asset that the instrument does not settle in: a payment of its own.
    pub(super) fn tell_foreign_fee(&mut self, id: ClientOrderId, instrument: InstrumentId, fill: &FillNews, now: Now) {
        let Some(asset) = self.instruments.asset(fill.fee_asset) else {
            self.foreign_fees += 1;
            return;
        };
        let payment = Payment { kind: PaymentKind::Fee, asset, amount: Quote(fill.fee_e8.saturating_neg()) };
        self.tell(id, instrument, ReplyKind::Paid(payment), fill.at_ns, now);
    }
}

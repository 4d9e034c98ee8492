//! Money that moves without an execution, or beside one: funding, interest, fees in another asset.
//!
//! Owns: whose a payment is, and that it is told once. Never: a quantity or a price.

use super::{Now, Orders};
use crate::gateway::heard::{FillNews, FundingNews, PaymentNews};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Name};
use engine_model::order::ClientOrderId;
use engine_model::payment::{Payment, PaymentKind};
use engine_model::units::Quote;
use engine_model::venue::ReplyKind;

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

    /// What a position's funding grew by since it was told last.
    pub(in super::super) fn funded(&mut self, news: &FundingNews, now: Now) {
        let FundingNews { instrument, opened, asset, total_e8, at_ns } = *news;
        let told = &mut self.funding[instrument.index()];
        // A row of the position before, behind one of this: its sum was told.
        if opened < told.0 {
            return;
        }
        let before = if told.0 == opened { told.1 } else { 0 };
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

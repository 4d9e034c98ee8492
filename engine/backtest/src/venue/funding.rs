//! Funding of perpetual contracts: what the venue takes from one side and gives to the other when its time has come.
//!
//! A payment is the rate that was last told before its time, of what the position is worth then: at the mark, or at the
//! last execution where no mark is told. Venues that do not say when they pay (a next time of 0) pay nothing here: a paper
//! run of theirs has no funding.
//!
//! Owns: the position of each instrument as its own executions make it. Never: a clock; time is handed in.

use engine_core::portfolio::Scale;
use engine_core::risk::legacy::Holding;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::market::{MarketChange, MarketEvent, Side};
use engine_model::payment::{AssetId, Payment, PaymentKind};
use engine_model::units::{Lots, Nanos, Quote, Ticks};

/// Units of an inverse contract's coins (1e-16) in one of 1e-8.
const COIN_UNITS_PER_E8: i128 = 100_000_000;

/// One instrument.
#[derive(Clone, Debug)]
struct Contract {
    scale: Scale,
    settlement: AssetId,
    is_inverse: bool,
    qty: i64,
    mark: Option<Ticks>,
    /// Of our last execution, where no mark is told.
    last_px: Option<Ticks>,
    /// The rate, and when it is paid.
    due: Option<(i64, Nanos)>,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Funding {
    contracts: Box<[Contract]>,
    /// The earliest payment; none is looked for before it.
    next_at: Nanos,
}

const NEVER: Nanos = Nanos(u64::MAX);

impl Funding {
    pub(super) fn new(instruments: &Instruments) -> Self {
        let contract = |instrument: &Instrument| Contract {
            scale: Scale::new(instrument),
            settlement: instruments.asset(instrument.settlement()).unwrap_or_default(),
            is_inverse: instrument.kind == ContractKind::Inverse,
            qty: 0,
            mark: None,
            last_px: None,
            due: None,
        };
        Self { contracts: instruments.iter().map(contract).collect(), next_at: NEVER }
    }

    /// Takes in what the market tells of a contract. What was due by then has been paid.
    pub(super) fn told(&mut self, event: &MarketEvent) {
        let contract = &mut self.contracts[event.at.instrument.index()];
        match event.change {
            MarketChange::Mark { px } => contract.mark = Some(px),
            MarketChange::Funding { rate_e8, next_at_ns, .. } => {
                contract.due = (next_at_ns > event.at.received_at_ns).then_some((rate_e8, next_at_ns));
                self.look_ahead();
            }
            _ => {}
        }
    }

    /// An earlier run left that.
    pub(super) fn inherit(&mut self, held: &Holding) {
        let contract = &mut self.contracts[held.instrument.index()];
        (contract.qty, contract.last_px) = (held.ledger.qty, Some(held.ledger.last_px));
    }

    /// An execution of ours.
    pub(super) fn filled(&mut self, instrument: InstrumentId, side: Side, px: Ticks, qty: Lots) {
        let contract = &mut self.contracts[instrument.index()];
        contract.qty = contract.qty.saturating_add(side.sign() * qty.0);
        contract.last_px = Some(px);
    }

    /// The next payment that is due by `now`. Who holds nothing pays nothing, and is not told.
    pub(super) fn pay(&mut self, now: Nanos) -> Option<(InstrumentId, Payment)> {
        while now >= self.next_at {
            let due = |contract: &Contract| contract.due.is_some_and(|(_, at)| at <= now);
            let place = self.contracts.iter().position(due)?;
            let payment = self.contracts[place].take_due();
            self.look_ahead();
            if let Some(payment) = payment {
                return Some((InstrumentId(place as u32), payment));
            }
        }
        None
    }

    fn look_ahead(&mut self) {
        self.next_at = self.contracts.iter().filter_map(|contract| Some(contract.due?.1)).min().unwrap_or(NEVER);
    }
}

impl Contract {
    fn take_due(&mut self) -> Option<Payment> {
        let (rate_e8, _) = self.due.take()?;
        let amount = self.worth().and_then(|(value, per_e8)| Payment::funding(value, per_e8, self.qty > 0, rate_e8));
        amount.filter(|amount| *amount != Quote::ZERO).map(|amount| Payment {
            kind: PaymentKind::Funding,
            asset: self.settlement,
            amount,
        })
    }

    /// What is held, unsigned, in the settlement currency, and how many of those units are 1e-8.
    fn worth(&self) -> Option<(i128, i128)> {
        let (px, lots) = (self.mark.or(self.last_px)?, i128::from(self.qty).abs());
        if self.is_inverse {
            return Some((self.scale.cash(Side::Buy, px, lots)?, COIN_UNITS_PER_E8));
        }
        Some((self.scale.notional(px, lots)?, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use engine_model::market::Stamp;
    use engine_model::venue::VenueId;

    const ID: InstrumentId = InstrumentId(0);
    const HOUR: u64 = 3_600 * Nanos::SECOND;

    fn funding(venue: VenueId) -> Funding {
        Funding::new(&Instruments::new(vec![fixture::instrument(0, venue)]))
    }

    fn tell(funding: &mut Funding, at: u64, change: MarketChange) {
        let at = Stamp { instrument: ID, received_at_ns: Nanos(at), ..Stamp::default() };
        funding.told(&MarketEvent { at, change });
    }

    fn rate(funding: &mut Funding, at: u64, rate_e8: i64, next_at_ns: u64) {
        tell(funding, at, MarketChange::Funding { rate_e8, next_at_ns: Nanos(next_at_ns), interval_s: 0 });
    }

    fn paid(funding: &mut Funding, now: u64) -> Option<i64> {
        let (id, payment) = funding.pay(Nanos(now))?;
        assert_eq!((id, payment.kind), (ID, PaymentKind::Funding));
        Some(payment.amount.0)
    }

    #[test]
    fn the_rate_of_before_its_time_is_paid_once_on_what_is_held_then_at_the_mark() {
        let mut funding = funding(VenueId::BinanceUsdm);
        // 1 BTC at 60,000.0; the mark at the time is 61,000.0: 0.01 % are 6.10 dollars, and longs pay.
        funding.filled(ID, Side::Buy, Ticks(600_000), Lots(1_000));
        rate(&mut funding, 1, 99_999, 8 * HOUR);
        rate(&mut funding, 2, 10_000, 8 * HOUR);
        tell(&mut funding, 3, MarketChange::Mark { px: Ticks(610_000) });
        assert_eq!(paid(&mut funding, 8 * HOUR - 1), None);
        assert_eq!(paid(&mut funding, 8 * HOUR), Some(-610_000_000));
        assert_eq!(paid(&mut funding, 8 * HOUR), None, "once");
        // Told late, or with no time at all, it is not paid again.
        rate(&mut funding, 8 * HOUR, 10_000, 8 * HOUR);
        rate(&mut funding, 8 * HOUR, 10_000, 0);
        assert_eq!(paid(&mut funding, 100 * HOUR), None);
        // Half is sold: a short of nothing would pay nothing, half a long pays half.
        funding.filled(ID, Side::Sell, Ticks(610_000), Lots(500));
        rate(&mut funding, 9 * HOUR, -10_000, 16 * HOUR);
        assert_eq!(paid(&mut funding, 16 * HOUR), Some(305_000_000), "a negative rate is paid to longs");
        funding.filled(ID, Side::Sell, Ticks(610_000), Lots(500));
        rate(&mut funding, 17 * HOUR, 10_000, 24 * HOUR);
        assert_eq!(paid(&mut funding, 24 * HOUR), None, "flat");
    }

    #[test]
    fn without_a_mark_the_last_execution_is_the_price() {
        let mut funding = funding(VenueId::BinanceUsdm);
        funding.filled(ID, Side::Buy, Ticks(600_000), Lots(500));
        funding.filled(ID, Side::Buy, Ticks(610_000), Lots(500));
        rate(&mut funding, 2, 10_000, 8 * HOUR);
        assert_eq!(paid(&mut funding, 8 * HOUR), Some(-610_000_000));
    }

    #[test]
    fn an_inverse_contract_pays_in_coins_and_a_fraction_is_ours_to_pay() {
        let mut funding = funding(VenueId::BinanceCoinm);
        // 600 contracts of 100 dollars short at 60,000.0 are a coin: shorts get 0.0001 of it.
        funding.filled(ID, Side::Sell, Ticks(600_000), Lots(600));
        rate(&mut funding, 1, 10_000, HOUR);
        assert_eq!(paid(&mut funding, HOUR), Some(10_000));
        // A third of a coin: 3,333.33 units got, 3,334 paid.
        funding.filled(ID, Side::Buy, Ticks(600_000), Lots(400));
        rate(&mut funding, HOUR + 1, 10_000, 2 * HOUR);
        assert_eq!(paid(&mut funding, 2 * HOUR), Some(3_333));
        rate(&mut funding, 2 * HOUR + 1, -10_000, 3 * HOUR);
        assert_eq!(paid(&mut funding, 3 * HOUR), Some(-3_334));
    }
}

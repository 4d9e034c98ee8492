//! Positions and money: what the fills of the run have made of the equity it started with.
//!
//! **Owns** one [`Ledger`] an instrument, exact to the last unit, and the run's totals in dollars, kept up to date one
//! instrument at a time so that reading equity costs nothing.
//!
//! **Never** decides anything, reads a clock or looks at a book: executions and prices are handed in. Runs on risk's
//! thread, because limits need it.
//!
//! Enter at [`Portfolio`].

pub mod books;
pub mod costs;
mod ledger;
pub mod margin;
mod scale;
#[cfg(test)]
mod tests;
pub mod wide;
mod worth;

pub use ledger::Ledger;
pub use scale::{Scale, saturated};
pub use worth::{Worth, worths};

use crate::tape::carry;
use engine_model::image::{POSITIONS_MAX, PortfolioImage};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::payment::{AssetId, Payment, PaymentKind};
use engine_model::position::{Opening, Position};
use engine_model::units::{Lots, Quote, Ticks};

/// Stands for an amount that does not fit: beyond any limit, and 2^27 of them still sum within an i128. Whoever compares
/// it with a limit refuses.
pub const UNTELLABLE: i128 = 1 << 100;

/// Money in units of 1e-8 dollars: of one instrument, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// Profit of what was closed, before fees.
    pub realised: i128,
    /// Profit of what is open at the mark, before fees.
    pub unrealised: i128,
    /// Fees paid.
    pub fees: i128,
    /// Funding and interest: received less paid.
    pub payments: i128,
    /// Value of what is held, unsigned.
    pub gross: i128,
}

carry!(Value { realised, unrealised, fees, payments, gross });

impl Value {
    /// Profit after fees, funding and interest.
    #[must_use]
    pub fn profit(&self) -> i128 {
        self.realised + self.unrealised - self.fees + self.payments
    }
}

/// The run's positions and money.
#[derive(Clone, Debug)]
pub struct Portfolio {
    scales: Box<[Scale]>,
    ledgers: Box<[Ledger]>,
    /// Instruments that have traded, or were held when the run began, ascending.
    traded: Vec<InstrumentId>,
    /// Dollars of each instrument when it was last valued.
    values: Box<[Value]>,
    /// Sum of `values`, with `foreign`.
    total: Value,
    /// By asset of the run.
    worths: Box<[Worth]>,
    /// By instrument: what it settles in.
    settlements: Box<[Option<AssetId>]>,
    /// Fees paid in assets that their instruments do not settle in, in 1e-8 dollars of when they were paid.
    foreign: i128,
    /// Such fees that there was no price for.
    unpriced: u64,
    fills: u64,
    equity_start: Quote,
    /// Highest equity seen. Watched, not acted on: when it is looked at depends on the threads, so it is in no digest.
    peak: i128,
    /// Largest fall from a peak. Watched, as `peak`.
    drawdown: i128,
}

carry!(Portfolio {
    ledgers, traded, values, total, foreign, unpriced, fills, peak, drawdown
} fixed { scales, worths, settlements, equity_start });

impl Portfolio {
    /// Flat in every instrument.
    #[must_use]
    pub fn new(instruments: &Instruments, equity_start: Quote) -> Self {
        let count = instruments.len();
        Self {
            scales: instruments.iter().map(Scale::new).collect(),
            ledgers: vec![Ledger::default(); count].into_boxed_slice(),
            traded: Vec::with_capacity(count),
            values: vec![Value::default(); count].into_boxed_slice(),
            total: Value::default(),
            worths: worths(instruments),
            settlements: instruments.iter().map(|instrument| instruments.asset(instrument.settlement())).collect(),
            foreign: 0,
            unpriced: 0,
            fills: 0,
            equity_start,
            peak: i128::from(equity_start.0),
            drawdown: 0,
        }
    }

    /// Books one execution. Dollars follow at the next [`Portfolio::value_at`].
    pub fn book(&mut self, instrument: InstrumentId, side: Side, px: Ticks, qty: Lots, fee: Quote) {
        let index = instrument.index();
        if self.ledgers[index].fills == 0 {
            self.trades(instrument);
        }
        self.ledgers[index].book(&self.scales[index], side, px, qty, fee);
        self.fills += 1;
    }

    /// Books what the account held when the run began, at the first price that the run saw.
    pub fn open(&mut self, instrument: InstrumentId, px: Ticks, opening: &Opening) {
        let index = instrument.index();
        self.trades(instrument);
        self.ledgers[index].open(&self.scales[index], px, opening);
    }

    /// Goes on from what an earlier run left of an instrument. Its executions are not this run's.
    pub fn inherit(&mut self, instrument: InstrumentId, ledger: &Ledger) {
        self.trades(instrument);
        self.ledgers[instrument.index()] = *ledger;
    }

    /// Books money that moved without an execution. In what the instrument settles in it is exact; a fee in another asset
    /// counts in dollars at the price of that asset now (`px`), which is what risk needs: its later change is the books'.
    pub fn pay(&mut self, instrument: InstrumentId, payment: &Payment, px: impl Fn(InstrumentId) -> Option<Ticks>) {
        let amount = i128::from(payment.amount.0);
        let index = instrument.index();
        if self.settles_in(instrument, payment.asset) {
            self.trades(instrument);
            let ledger = &mut self.ledgers[index];
            match payment.kind {
                PaymentKind::Fee => ledger.fees -= amount,
                PaymentKind::Funding | PaymentKind::Interest | PaymentKind::Insurance => ledger.payments += amount,
            }
            return;
        }
        let dollars = match self.worths.get(usize::from(payment.asset.0)) {
            Some(Worth::Par) => Some(amount),
            Some(Worth::By(id)) => px(*id).and_then(|px| self.scales[id.index()].coins_in_quote(amount, px)),
            Some(Worth::Unknown) | None => None,
        };
        match dollars {
            Some(dollars) => {
                self.foreign -= dollars;
                self.total.fees -= dollars;
            }
            None => self.unpriced += 1,
        }
    }

    /// Whether the instrument settles in that asset.
    #[must_use]
    pub fn settles_in(&self, instrument: InstrumentId, asset: AssetId) -> bool {
        self.settlements[instrument.index()] == Some(asset)
    }

    /// An instrument has a place among those that traded from its first movement of money.
    fn trades(&mut self, instrument: InstrumentId) {
        if let Err(place) = self.traded.binary_search(&instrument) {
            self.traded.insert(place, instrument);
        }
    }

    /// Values one instrument at `px`, else at the price of its last execution.
    pub fn value_at(&mut self, instrument: InstrumentId, px: Option<Ticks>) {
        let index = instrument.index();
        if self.ledgers[index].is_blank() {
            return; // nothing was earned and nothing is held: worth nothing, as from the start
        }
        let now = dollars(&self.scales[index], &self.ledgers[index], px);
        let then = std::mem::replace(&mut self.values[index], now);
        self.total.realised += now.realised - then.realised;
        self.total.unrealised += now.unrealised - then.unrealised;
        self.total.fees += now.fees - then.fees;
        self.total.payments += now.payments - then.payments;
        self.total.gross += now.gross - then.gross;
    }

    /// Takes note of the equity reached, for peak and drawdown.
    pub fn watch(&mut self) {
        let equity = self.equity();
        self.peak = self.peak.max(equity);
        self.drawdown = self.drawdown.max(self.peak - equity);
    }

    /// Net quantity in lots.
    #[must_use]
    pub fn qty(&self, instrument: InstrumentId) -> i64 {
        self.ledgers[instrument.index()].qty
    }

    /// Whether the instrument has a fill, or was held when the run began.
    #[must_use]
    pub fn has_traded(&self, instrument: InstrumentId) -> bool {
        let ledger = self.ledger(instrument);
        ledger.fills > 0 || ledger.opening.qty.0 != 0
    }

    /// An instrument's factors.
    #[must_use]
    pub fn scale(&self, instrument: InstrumentId) -> &Scale {
        &self.scales[instrument.index()]
    }

    /// An instrument's book-keeping.
    #[must_use]
    pub fn ledger(&self, instrument: InstrumentId) -> &Ledger {
        &self.ledgers[instrument.index()]
    }

    /// One instrument's money in 1e-8 dollars, as last valued: what exposures by venue, sector or strategy are sums of.
    #[must_use]
    pub fn value(&self, instrument: InstrumentId) -> &Value {
        &self.values[instrument.index()]
    }

    /// All instruments' money in 1e-8 dollars.
    #[must_use]
    pub fn total(&self) -> &Value {
        &self.total
    }

    /// Equity in 1e-8 dollars, as last valued.
    #[must_use]
    pub fn equity(&self) -> i128 {
        i128::from(self.equity_start.0) + self.total.profit()
    }

    /// Equity at the start of the run.
    #[must_use]
    pub fn equity_start(&self) -> Quote {
        self.equity_start
    }

    /// Highest equity watched so far, in 1e-8 dollars.
    #[must_use]
    pub fn peak(&self) -> i128 {
        self.peak
    }

    /// Largest fall from a peak watched so far, in 1e-8 dollars.
    #[must_use]
    pub fn drawdown(&self) -> i128 {
        self.drawdown
    }

    /// Fees paid in assets that nothing of the run prices: they are missing from equity.
    #[must_use]
    pub fn unpriced(&self) -> u64 {
        self.unpriced
    }

    /// Whether anything was ever held.
    #[inline]
    #[must_use]
    pub fn has_any(&self) -> bool {
        !self.traded.is_empty()
    }

    /// Executions booked.
    #[must_use]
    pub fn fills(&self) -> u64 {
        self.fills
    }

    /// One position, valued at `px` if there is a price.
    #[must_use]
    pub fn position(&self, instrument: InstrumentId, px: Option<Ticks>) -> Position {
        let (scale, ledger) = (self.scale(instrument), self.ledger(instrument));
        let unrealised = px.and_then(|px| scale.settled(ledger.unrealised(scale, px)?));
        let notional = px.and_then(|px| scale.notional(px, i128::from(ledger.qty).abs()));
        Position {
            instrument,
            qty: Lots(ledger.qty),
            opening: ledger.opening,
            avg_px_milliticks: scale.average_milliticks(ledger.cost, ledger.qty),
            realised: saturated(scale.settled(ledger.realised).unwrap_or(UNTELLABLE)),
            unrealised: unrealised.map(saturated),
            fees: saturated(ledger.fees),
            payments: saturated(ledger.payments),
            mark_px: px,
            notional: notional.map(saturated),
        }
    }

    /// Writes the portfolio's part of the image; what is risk's alone is left as it was.
    pub fn write_image(&self, image: &mut PortfolioImage, px: impl Fn(InstrumentId) -> Option<Ticks>) {
        let shown = self.traded.len().min(POSITIONS_MAX);
        for (place, instrument) in image.positions.iter_mut().zip(&self.traded) {
            *place = self.position(*instrument, px(*instrument));
        }
        image.positions[shown..].fill(Position::default());
        image.positions_count = shown as u32;
        image.is_complete = shown == self.traded.len();
        image.equity_start = self.equity_start;
        image.equity = saturated(self.equity());
        image.realised = saturated(self.total.realised);
        image.unrealised = saturated(self.total.unrealised);
        image.fees = saturated(self.total.fees);
        image.payments = saturated(self.total.payments);
        image.gross = saturated(self.total.gross);
        image.peak = saturated(self.peak);
        image.drawdown = saturated(self.drawdown);
        image.fills = self.fills;
    }

    /// Writes every ledger in the order of the instruments, then the starting equity. Dollars follow from ledgers and
    /// prices and are not written.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        for ledger in &self.ledgers {
            ledger.digest(hasher);
        }
        hasher.update(&self.equity_start.0.to_le_bytes());
        hasher.update(&self.foreign.to_le_bytes());
        hasher.update(&self.unpriced.to_le_bytes());
    }
}

/// One ledger in 1e-8 dollars. Zero where quote is not dollars: risk lets no order pass there. What does not fit counts
/// against us.
pub(crate) fn dollars(scale: &Scale, ledger: &Ledger, px: Option<Ticks>) -> Value {
    if !scale.is_dollar_quoted() {
        return Value::default();
    }
    let px = px.unwrap_or(ledger.last_px);
    let in_quote = |native: i128| scale.in_quote(native, px);
    Value {
        realised: in_quote(ledger.realised).unwrap_or(-UNTELLABLE),
        unrealised: ledger.unrealised(scale, px).and_then(in_quote).unwrap_or(-UNTELLABLE),
        fees: scale.fee_in_quote(ledger.fees, px).unwrap_or(UNTELLABLE),
        payments: scale.fee_in_quote(-ledger.payments, px).map_or(-UNTELLABLE, |paid| -paid),
        gross: scale.notional(px, i128::from(ledger.qty).abs()).unwrap_or(UNTELLABLE).abs(),
    }
}

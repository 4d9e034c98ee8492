//! Round trips: from flat to flat in an instrument, out of the reports.
//!
//! Owns: where one begins and ends. Its money is the books', so all profits of an instrument's round trips, closed and open,
//! are what the books say it has earned. An execution that turns a position round is booked as two: what closes, what opens.

use engine_core::portfolio::books::{ATOMS_PER_E8, Books, Part};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::order::OrderEvent;
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use std::sync::Arc;

/// A position from flat to flat, or up to now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Of what.
    pub instrument: InstrumentId,
    /// Which way it was held.
    pub side: Side,
    /// The most that was held.
    pub qty: Lots,
    /// When it was opened.
    pub entry_at: Nanos,
    /// When it was left; of an open one, its last execution.
    pub exit_at: Nanos,
    /// The last sample before it was opened.
    pub entry_sample: usize,
    /// The last sample before it was left.
    pub exit_sample: usize,
    /// Mean price of what made it larger.
    pub entry_px: f64,
    /// Mean price of what made it smaller; `NaN` of nothing.
    pub exit_px: f64,
    /// Executions.
    pub fills: u32,
    /// Fees in dollars, rebates taken off.
    pub fees: f64,
    /// Profit in dollars, after fees and funding; of an open one at today's price.
    pub pnl: f64,
    /// The same by the value of what made it larger.
    pub share: f64,
}

/// One that goes on.
#[derive(Clone, Copy, Debug)]
struct Going {
    round: Round,
    entries: Executed,
    exits: Executed,
    /// What the instrument had earned, and paid in fees, when it began.
    earned: Earned,
}

#[derive(Clone, Copy, Debug, Default)]
struct Executed {
    qty: i128,
    /// Ticks times lots.
    size: i128,
    /// In 1e-8 of quote.
    notional: i128,
}

/// In atoms of a dollar.
#[derive(Clone, Copy, Debug, Default)]
struct Earned {
    all: i128,
    fees: i128,
    qty: i64,
}

impl Earned {
    fn of(books: &Books, id: InstrumentId) -> Self {
        let rows = books.rows().filter(|(of, _)| *of == id);
        rows.fold(Self::default(), |sum, (_, row)| Self {
            all: sum.all + row.value(),
            fees: sum.fees - row.parts()[Part::Fee],
            qty: sum.qty + row.lots().qty(),
        })
    }
}

/// See the module.
pub(super) struct Rounds {
    instruments: Arc<Instruments>,
    going: Vec<Option<Going>>,
}

impl Rounds {
    pub(super) fn new(instruments: Arc<Instruments>) -> Self {
        let going = vec![None; instruments.len()];
        Self { instruments, going }
    }

    /// Whether there is a position in anything.
    pub(super) fn is_holding(&self) -> bool {
        self.going.iter().any(Option::is_some)
    }

    /// Those that go on, at the prices of the books.
    pub(super) fn open(&self, books: &Books) -> Vec<Round> {
        let going = self.going.iter().flatten();
        going.map(|going| self.told(going, Earned::of(books, going.round.instrument))).collect()
    }

    /// Books a report, and notes what it opens or closes.
    pub(super) fn on_report(&mut self, report: &Report, books: &mut Books, sample: usize, closed: &mut Vec<Round>) {
        match report.event {
            OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity } => {
                let part = |last_qty, fee| Report {
                    event: OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity },
                    ..*report
                };
                let held = Earned::of(books, report.instrument).qty;
                let is_against = held.signum() == -report.side.sign();
                if !(is_against && last_qty.0 > held.abs()) {
                    return self.step(report, last_px, last_qty, books, sample, closed);
                }
                let (closing, opening) = (Lots(held.abs()), Lots(last_qty.0 - held.abs()));
                let share = Quote((i128::from(fee.0) * i128::from(closing.0) / i128::from(last_qty.0)) as i64);
                self.step(&part(closing, share), last_px, closing, books, sample, closed);
                self.step(&part(opening, Quote(fee.0 - share.0)), last_px, opening, books, sample, closed);
                books.join_last(report.instrument, report.strategy);
            }
            OrderEvent::ClosedOut(out) => self.step(report, out.px, out.qty, books, sample, closed),
            _ => books.on_report(report),
        }
    }

    /// One execution that does not turn a position round.
    fn step(
        &mut self,
        report: &Report,
        px: Ticks,
        qty: Lots,
        books: &mut Books,
        sample: usize,
        closed: &mut Vec<Round>,
    ) {
        let (id, at) = (report.instrument, report.received_at_ns);
        let before = Earned::of(books, id);
        books.on_report(report);
        let after = Earned::of(books, id);
        let going = self.going[id.index()].take();
        let mut going = going.unwrap_or_else(|| Going::new(id, report.side, at, sample, before));
        let notional = self.instruments.get(id).notional(px, qty).map_or(0, |quote| i128::from(quote.0));
        let is_more = report.side == going.round.side;
        let executed = if is_more { &mut going.entries } else { &mut going.exits };
        executed.qty += i128::from(qty.0);
        executed.size += i128::from(px.0) * i128::from(qty.0);
        executed.notional += notional;
        going.round.fills += 1;
        going.round.exit_at = at;
        going.round.exit_sample = sample;
        going.round.qty = Lots(going.round.qty.0.max(after.qty.abs()));
        match after.qty {
            0 => closed.push(self.told(&going, after)),
            _ => self.going[id.index()] = Some(going),
        }
    }

    fn told(&self, going: &Going, now: Earned) -> Round {
        let tick = self.instruments.get(going.round.instrument).grid.tick_size();
        let dollars = |atoms: i128| atoms as f64 / (ATOMS_PER_E8 as f64 * 1e8);
        let pnl = dollars(now.all - going.earned.all);
        let mean = |executed: &Executed| executed.size as f64 / executed.qty as f64 * tick;
        Round {
            entry_px: mean(&going.entries),
            exit_px: mean(&going.exits),
            fees: dollars(now.fees - going.earned.fees),
            pnl,
            share: pnl / (going.entries.notional as f64 * 1e-8),
            ..going.round
        }
    }
}

impl Going {
    fn new(instrument: InstrumentId, side: Side, at: Nanos, sample: usize, earned: Earned) -> Self {
        let round = Round {
            instrument,
            side,
            qty: Lots(0),
            entry_at: at,
            exit_at: at,
            entry_sample: sample,
            exit_sample: sample,
            entry_px: f64::NAN,
            exit_px: f64::NAN,
            fills: 0,
            fees: 0.0,
            pnl: 0.0,
            share: 0.0,
        };
        Self { round, entries: Executed::default(), exits: Executed::default(), earned }
    }
}

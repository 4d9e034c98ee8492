//! The records that tell of one order, in the order in which they happened.

use crate::command::pnl::journal::{Unread, fold};
use crate::exit::Exit;
use anyhow::anyhow;
use bridges::dto::Attribution;
use engine_core::journal::reader::{Entry, Fault};
use engine_core::journal::record::{Judgement, Record, Verdict};
use engine_core::portfolio::books::LotMethod;
use engine_model::command::CommandKind;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::intent::{Seen, StrategyId, ahead};
use engine_model::market::{Level, MarketChange, MarketEvent, Side};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use std::collections::BTreeMap;
use std::path::Path;

/// How many ids are named on either side of one that is not there.
const NEAREST: usize = 2;

/// Everything that a journal tells of one order.
pub(super) struct Story {
    pub(super) id: ClientOrderId,
    pub(super) instruments: Vec<Instrument>,
    /// What is known of it at the end.
    pub(super) known: Known,
    pub(super) steps: Vec<Step>,
    /// When the event came that led to it.
    pub(super) caused_at: Option<Nanos>,
    pub(super) arrival: Option<Arrival>,
    pub(super) fills: Vec<Fill>,
    pub(super) kin: Vec<Kin>,
    /// The books of its reports alone, at the end of the journal.
    pub(super) profit: Attribution,
    /// The first damage, with the number of whole records before it.
    pub(super) damage: Option<(Fault, u64)>,
}

/// What a journal knows of an order: as risk last saw it whole, and what was last reported of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) order: Option<Order>,
    pub(super) last: Option<Report>,
}

impl Known {
    pub(super) fn instrument(&self) -> Option<InstrumentId> {
        self.order.map(|order| order.instrument).or(self.last.map(|report| report.instrument))
    }

    /// The name of its status; `None` where no report tells it.
    pub(super) fn status(&self) -> Option<&'static str> {
        self.last.map(|report| report.status.name())
    }
}

/// What a step is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StepKind {
    Cause,
    Decision,
    Report,
}

impl StepKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Decision => "decision",
            Self::Report => "report",
        }
    }
}

/// One line of the tale.
pub(super) struct Step {
    pub(super) at: Nanos,
    pub(super) kind: StepKind,
    /// Number and text of the record; `None`: the journal has no event of that time.
    pub(super) record: Option<(u64, Record)>,
}

/// The book that risk saw when it let the order go.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub(super) bid: Level,
    pub(super) ask: Level,
}

impl Arrival {
    /// Twice the middle, in ticks: whole where the middle is not.
    pub(super) const fn mid_twice(self) -> i64 {
        self.bid.px.0 + self.ask.px.0
    }
}

/// One execution.
pub(super) struct Fill {
    pub(super) at: Nanos,
    pub(super) px: Ticks,
    pub(super) qty: Lots,
    pub(super) fee: Quote,
    /// Worse than the middle at arrival, in hundredths of a basis point; negative: better.
    pub(super) slippage: Option<i64>,
}

/// An order that is tied to it.
pub(super) struct Kin {
    pub(super) relation: &'static str,
    pub(super) id: ClientOrderId,
    pub(super) known: Known,
}

impl Story {
    pub(super) fn holds(&self) -> bool {
        self.damage.is_none() && self.profit.complete && self.profit.adds_up
    }

    pub(super) fn instrument(&self) -> Option<&Instrument> {
        self.instruments.get(self.known.instrument()?.index())
    }
}

/// The first reading: every order there is, and what was decided and reported of this one.
#[derive(Default)]
struct Orders {
    instruments: Vec<Instrument>,
    known: BTreeMap<ClientOrderId, Known>,
    decisions: Vec<(u64, Judgement)>,
    reports: Vec<(u64, Report)>,
    /// What venues closed by themselves, of any instrument.
    closeouts: Vec<(u64, Report)>,
    damage: Option<(Fault, u64)>,
    /// Why risk last began to close a position: of one instrument, or of all.
    closings: BTreeMap<Option<InstrumentId>, (u64, Judgement)>,
}

/// Reads the journal three times: what is told of the order, what risk saw of the market then, and the books.
pub(super) fn story<I>(passes: [I; 3], id: ClientOrderId, path: &Path) -> Result<Story, Exit>
where
    I: IntoIterator<Item = Result<Entry, Fault>>,
{
    let [first, second, third] = passes;
    let failed = |what: &str| Exit::Failed(anyhow!("{}: {what}", path.display()));
    let orders = orders(first, id).map_err(|fault| failed(&format!("the run's own record has {fault}")))?;
    let known = *orders.known.get(&id).ok_or_else(|| Exit::Usage(nearest(&orders.known, id, path)))?;
    let (arrival, causes) = market(second, &orders, known);
    let caused_at = orders.decisions.first().map(|(_, judgement)| judgement.caused_at_ns).filter(|at| at.0 != 0);
    let is_of_it = |entry: &Entry| !matches!(&entry.record, Record::Report(report) if report.client_order_id != id);
    let alone = third.into_iter().map_while(Result::ok).filter(is_of_it).map(Ok);
    let profit = fold(alone, LotMethod::Average, &mut 0).map_err(|unread| match unread {
        Unread::Fault(fault) => failed(&fault.damage.to_string()),
        Unread::Not(what) => failed(&what),
    })?;
    let kin = kin(&orders.known, id, known.order);
    let fills = orders.reports.iter().filter_map(|(_, report)| fill(report, arrival)).collect();
    let first = orders.decisions.first().map(|(sequence, _)| *sequence);
    let first = first.or(orders.reports.first().map(|(sequence, _)| *sequence)).unwrap_or_default();
    // What the venue closed of its instrument afterwards may be what it had bought or sold.
    let is_near = |(at, report): &(u64, Report)| *at > first && Some(report.instrument) == known.instrument();
    let closeouts = orders.closeouts.into_iter().filter(is_near);
    let steps = steps(orders.decisions, orders.reports.into_iter().chain(closeouts).collect(), causes);
    let (instruments, damage) = (orders.instruments, orders.damage);
    Ok(Story { id, instruments, known, steps, caused_at, arrival, fills, kin, profit, damage })
}

fn orders(entries: impl IntoIterator<Item = Result<Entry, Fault>>, id: ClientOrderId) -> Result<Orders, &'static str> {
    let mut orders = Orders::default();
    for (entry, whole) in entries.into_iter().zip(0..) {
        let Entry { head, record, .. } = match entry {
            Ok(entry) => entry,
            Err(fault) => {
                orders.damage = Some((fault, whole));
                break;
            }
        };
        match record {
            Record::Run(run) => {
                run.fault().map_or(Ok(()), Err)?;
                orders.instruments = run.instruments;
            }
            Record::Decision(judgement) => {
                if let Some(order) = judgement.verdict.order() {
                    orders.known.entry(order.client_order_id).or_default().order = Some(*order);
                }
                if let Some(what) = closed(&judgement.verdict) {
                    orders.closings.insert(what, (head.sequence, judgement));
                }
                if subject(&judgement.verdict) == Some(id) {
                    if let (StrategyId(0), Verdict::Submit(order)) = (judgement.strategy, &judgement.verdict) {
                        let of_it = orders.closings.get(&Some(order.instrument)).or(orders.closings.get(&None));
                        orders.decisions.extend(of_it.cloned());
                    }
                    orders.decisions.push((head.sequence, judgement));
                }
            }
            Record::Report(report) if report.client_order_id != ClientOrderId::default() => {
                let is_step = !report.event.is_of_account();
                let known = orders.known.entry(report.client_order_id).or_default();
                known.last = if is_step { Some(report) } else { known.last };
                if report.client_order_id == id {
                    orders.reports.push((head.sequence, report));
                }
            }
            Record::Report(report) if matches!(report.event, OrderEvent::ClosedOut(_)) => {
                orders.closeouts.push((head.sequence, report));
            }
            Record::Report(_) | Record::Market(_) => {}
        }
    }
    Ok(orders)
}

/// What risk closes by itself from this decision on, if anything: `None` is everything.
fn closed(verdict: &Verdict) -> Option<Option<InstrumentId>> {
    match verdict {
        Verdict::Stop { instrument, cause: Some(_), .. } => Some(Some(*instrument)),
        Verdict::State { cause, .. } if cause.flattens() => Some(None),
        Verdict::Command { what: CommandKind::Flatten, .. } => Some(None),
        _ => None,
    }
}

/// The order that was decided on.
fn subject(verdict: &Verdict) -> Option<ClientOrderId> {
    match verdict {
        Verdict::Modify(change) => Some(change.client_order_id),
        Verdict::Cancel(id) | Verdict::Expire(id) | Verdict::CancelDenied(id) => Some(*id),
        other => other.order().map(|order| order.client_order_id),
    }
}

fn nearest(known: &BTreeMap<ClientOrderId, Known>, id: ClientOrderId, path: &Path) -> String {
    let before = known.range(..id).rev().take(NEAREST).map(|(id, _)| *id);
    let mut near: Vec<ClientOrderId> = before.chain(known.range(id..).take(NEAREST).map(|(id, _)| *id)).collect();
    near.sort_unstable();
    let near: Vec<String> = near.iter().map(ClientOrderId::to_string).collect();
    let path = path.display();
    match near.is_empty() {
        true => format!("ORDER: found {id}, but {path} holds no order"),
        false => format!("ORDER: found {id}, which {path} does not hold; the nearest it holds: {}", near.join(", ")),
    }
}

/// The book at arrival, and the events of the times that led to decisions.
fn market(
    entries: impl IntoIterator<Item = Result<Entry, Fault>>,
    orders: &Orders,
    known: Known,
) -> (Option<Arrival>, Vec<Step>) {
    let instruments = Instruments::new(orders.instruments.clone());
    let mut times: Vec<Nanos> = orders.decisions.iter().map(|(_, judgement)| judgement.caused_at_ns).collect();
    times.dedup();
    let mut causes = Vec::new();
    let (mut arrival, mut read) = (None, Seen::default());
    let left = leaving(&orders.decisions);
    for Entry { head, record, .. } in entries.into_iter().map_while(Result::ok) {
        let at = match &record {
            Record::Market(event) => {
                let slot = instruments.slot(event.at.venue);
                read.market[slot] = read.market[slot].wrapping_add(1);
                let is_seen = left.is_some_and(|seen| ahead(read.market[slot], seen.market[slot]) == 0);
                if is_seen && Some(event.at.instrument) == known.instrument() {
                    arrival = touch(event, arrival);
                }
                event.at.received_at_ns
            }
            Record::Report(report) => report.received_at_ns,
            Record::Run(_) | Record::Decision(_) => continue,
        };
        if at.0 != 0 && times.contains(&at) {
            causes.push(Step { at, kind: StepKind::Cause, record: Some((head.sequence, record)) });
        }
    }
    let missing: Vec<Nanos> =
        times.into_iter().filter(|time| !causes.iter().any(|cause: &Step| cause.at == *time)).collect();
    causes.extend(missing.into_iter().map(|at| Step { at, kind: StepKind::Cause, record: None }));
    (arrival, causes)
}

/// How far risk had read when it last judged whether the order goes.
fn leaving(decisions: &[(u64, Judgement)]) -> Option<Seen> {
    let is_leave = |what: &Verdict| matches!(what, Verdict::Submit(_) | Verdict::Release(_) | Verdict::Denied { .. });
    let left = decisions.iter().find(|(_, judgement)| is_leave(&judgement.verdict));
    left.or(decisions.first()).map(|(_, judgement)| judgement.seen)
}

fn touch(event: &MarketEvent, before: Option<Arrival>) -> Option<Arrival> {
    match event.change {
        MarketChange::Top { bid, ask, .. } if bid.px.0 > 0 && ask.px.0 > 0 => Some(Arrival { bid, ask }),
        MarketChange::Top { .. } | MarketChange::Book(_) => None,
        _ => before,
    }
}

fn fill(report: &Report, arrival: Option<Arrival>) -> Option<Fill> {
    let OrderEvent::Filled { last_px: px, last_qty: qty, fee, .. } = report.event else { return None };
    let slippage = arrival.and_then(|arrival| {
        let (twice, mid) = (i128::from(px.0) * 2, i128::from(arrival.mid_twice()));
        let worse = if report.side == Side::Buy { twice - mid } else { mid - twice };
        i64::try_from(worse * 1_000_000 / mid).ok()
    });
    Some(Fill { at: report.received_at_ns, px, qty, fee, slippage })
}

fn kin(known: &BTreeMap<ClientOrderId, Known>, id: ClientOrderId, order: Option<Order>) -> Vec<Kin> {
    let is_near = |other: ClientOrderId| other.strategy() == id.strategy() && other.epoch() == id.epoch();
    let parent = order.map_or(0, |order| order.parent);
    let list = order.map_or(0, |order| order.list);
    let relation = |other: ClientOrderId, its: &Known| {
        if parent != 0 && other.counter() == parent {
            return Some("parent");
        }
        let its = its.order?;
        match () {
            () if its.parent == id.counter() && its.contingency == Contingency::Spawned => Some("slice"),
            () if its.parent == id.counter() => Some("child"),
            () if list != 0 && its.list == list => Some("same list"),
            () => None,
        }
    };
    let near = known.iter().filter(|(other, _)| **other != id && is_near(**other));
    near.filter_map(|(id, known)| Some(Kin { relation: relation(*id, known)?, id: *id, known: *known })).collect()
}

fn steps(decisions: Vec<(u64, Judgement)>, reports: Vec<(u64, Report)>, mut steps: Vec<Step>) -> Vec<Step> {
    // A report of the order itself that led to a decision is told once, as the report.
    let is_own =
        |step: &Step| step.record.as_ref().is_some_and(|(found, _)| reports.iter().any(|(own, _)| own == found));
    steps.retain(|step| !is_own(step));
    steps.extend(decisions.into_iter().map(|(sequence, judgement)| Step {
        at: judgement.at_ns,
        kind: StepKind::Decision,
        record: Some((sequence, Record::Decision(judgement))),
    }));
    steps.extend(reports.into_iter().map(|(sequence, report)| Step {
        at: report.received_at_ns,
        kind: StepKind::Report,
        record: Some((sequence, Record::Report(report))),
    }));
    steps.sort_by_key(|step| (step.at, step.kind, step.record.as_ref().map(|(sequence, _)| *sequence)));
    steps
}

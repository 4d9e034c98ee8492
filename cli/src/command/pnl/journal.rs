//! The books of a run, out of its journal.

use crate::command::journal::file::{Which, damage_text, files, reader, stored};
use crate::exit::Exit;
use anyhow::anyhow;
use bridges::dto::Attribution;
use engine_core::journal::reader::{Entry, Fault};
use engine_core::journal::record::{Record, Run};
use engine_core::portfolio::books::{Books, BooksFault, LotMethod, Terms};
use engine_model::instrument::InstrumentId;
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::units::Nanos;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::Path;
use std::sync::Arc;

/// The journal's thread reads its rings one after the other, so that what happened together stands apart by as long as one
/// of its rounds takes. So much later nothing comes that was earlier.
const APART_NS: u64 = Nanos::SECOND;

/// The books at the end of the newest journal at `path`.
pub(super) fn read(path: &Path, method: LotMethod) -> Result<Attribution, Exit> {
    let files = files(path, Which::Newest)?;
    let path = &files[0]; // never none
    let stored = stored(path)?;
    let mut whole = 0;
    fold(reader(path, &stored)?, method, &mut whole).map_err(|unread| match unread {
        Unread::Fault(fault) => Exit::Failed(anyhow!("{}", damage_text(path, &fault, whole))),
        Unread::Not(what) => Exit::Failed(anyhow!("{}: {what}", path.display())),
    })
}

/// Why there are no books.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The file is damaged.
    Fault(Fault),
    /// It is whole, and no run's that books can be kept of.
    Not(String),
}

/// One entry that moves the books.
enum Moves {
    Market(MarketEvent),
    Report(Report),
}

/// Folds a journal in the order of the times at which things were received.
pub(crate) fn fold(
    entries: impl IntoIterator<Item = Result<Entry, Fault>>,
    method: LotMethod,
    whole: &mut u64,
) -> Result<Attribution, Unread> {
    let mut entries = entries.into_iter();
    let first = entries.next().ok_or_else(|| Unread::Not("journal holds no run".to_owned()))?.map_err(Unread::Fault)?;
    let Record::Run(run) = first.record else {
        return Err(Unread::Not("journal does not begin with a run".to_owned()));
    };
    let mut books = begin(run, method)?;
    let count = books.instruments().len();
    let (mut waiting, mut order) = (BTreeMap::new(), BinaryHeap::new());
    let mut newest = Nanos(0);
    *whole += 1;
    for entry in entries {
        let Entry { head, record, .. } = entry.map_err(Unread::Fault)?;
        *whole += 1;
        let (at, id, moves) = match record {
            Record::Market(event) => (event.at.received_at_ns, event.at.instrument, Moves::Market(event)),
            Record::Report(report) => (report.received_at_ns, report.instrument, Moves::Report(report)),
            Record::Decision(_) | Record::Run(_) => continue,
        };
        is_of_the_run(id, count, head.sequence)?;
        waiting.insert(head.sequence, moves);
        order.push(Reverse((at, head.sequence)));
        newest = newest.max(at);
        while order.peek().is_some_and(|Reverse((at, _))| newest.since(*at) > APART_NS) {
            next(&mut books, &mut order, &mut waiting);
        }
    }
    while !order.is_empty() {
        next(&mut books, &mut order, &mut waiting);
    }
    Ok(Attribution::new(&books, (newest != Nanos(0)).then_some(newest.0), true))
}

fn begin(run: Run, method: LotMethod) -> Result<Books, Unread> {
    if let Some(fault) = run.fault() {
        return Err(Unread::Not(format!("the run's own record is not one of a run: it has {fault}")));
    }
    let terms = Terms { method, equity_start: run.equity_start, ..Terms::default() };
    let not = |fault: BooksFault| Unread::Not(fault.to_string());
    let mut books = Books::new(Arc::new(run.listed()), terms).map_err(not)?;
    run.rules.legacy.map_or(Ok(()), |legacy| books.inherit(&legacy).map_err(not))?;
    Ok(books)
}

/// Refuses an instrument that a run of `count` does not have.
pub(crate) fn is_of_the_run(id: InstrumentId, count: usize, sequence: u64) -> Result<(), Unread> {
    if id.index() < count {
        return Ok(());
    }
    Err(Unread::Not(format!("record {sequence} is of an instrument that the run does not have")))
}

fn next(books: &mut Books, order: &mut BinaryHeap<Reverse<(Nanos, u64)>>, waiting: &mut BTreeMap<u64, Moves>) {
    let moves = order.pop().and_then(|Reverse((_, sequence))| waiting.remove(&sequence));
    match moves {
        Some(Moves::Market(event)) => books.on_market(&event),
        Some(Moves::Report(report)) => books.on_report(&report),
        None => {}
    }
}

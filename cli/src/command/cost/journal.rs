//! The costs of a run, out of its journal.

use crate::command::journal::file::{Which, damage_text, files, reader, stored};
use crate::command::pnl::journal::{Unread, is_of_the_run};
use crate::exit::Exit;
use anyhow::anyhow;
use bridges::dto::Costs as Told;
use engine_core::journal::reader::{Entry, Fault};
use engine_core::journal::record::Record;
use engine_core::portfolio::costs::Costs;
use engine_model::instrument::Instruments;
use std::path::Path;
use std::sync::Arc;

/// What the newest journal at `path` tells.
pub(super) fn read(path: &Path) -> Result<Told, Exit> {
    let files = files(path, Which::Newest)?;
    let path = &files[0]; // never none
    let stored = stored(path)?;
    let mut whole = 0;
    fold(reader(path, &stored)?, &mut whole).map_err(|unread| match unread {
        Unread::Fault(fault) => Exit::Failed(anyhow!("{}", damage_text(path, &fault, whole))),
        Unread::Not(what) => Exit::Failed(anyhow!("{}: {what}", path.display())),
    })
}

/// Folds a journal, every order kept.
pub(super) fn fold(entries: impl IntoIterator<Item = Result<Entry, Fault>>, whole: &mut u64) -> Result<Told, Unread> {
    let mut costs: Option<Costs> = None;
    for entry in entries {
        let Entry { head, record, .. } = entry.map_err(Unread::Fault)?;
        *whole += 1;
        if let Record::Run(run) = record {
            let fault = run.fault().map(|fault| format!("the run's own record is not one of a run: it has {fault}"));
            fault.map_or(Ok(()), |fault| Err(Unread::Not(fault)))?;
            let fresh = Costs::new(Arc::new(Instruments::new(run.instruments)), usize::MAX);
            costs = Some(fresh.map_err(|fault| Unread::Not(fault.to_string()))?);
            continue;
        }
        let Some(costs) = &mut costs else {
            return Err(Unread::Not("journal does not begin with a run".to_owned()));
        };
        let count = costs.instruments().len();
        match record {
            Record::Market(event) => {
                is_of_the_run(event.at.instrument, count, head.sequence)?;
                costs.on_market(&event);
            }
            Record::Report(report) => {
                is_of_the_run(report.instrument, count, head.sequence)?;
                costs.on_report(&report);
            }
            Record::Decision(judgement) => {
                if let Some(order) = judgement.verdict.order() {
                    is_of_the_run(order.instrument, count, head.sequence)?;
                }
                costs.on_decision(&judgement);
            }
            Record::Run(_) => {}
        }
    }
    let mut costs = costs.ok_or_else(|| Unread::Not("journal holds no run".to_owned()))?;
    costs.finish();
    Ok(Told::new(&costs, true))
}

//! Orders and executions at the venue that are nobody's here: of a person, of another program, of an earlier run. They are
//! kept, counted and told; never touched.

use super::gauges::Trouble;
use crate::gateway::heard::{FillNews, OrderNews, OrderState};
use engine_model::instrument::InstrumentId;

/// More are counted and not kept.
const KEPT_MAX: usize = 64;

/// Such an order.
#[derive(Clone, Copy, Debug)]
struct Stray {
    news: OrderNews,
    seen_ns: u64,
}

/// Those that stand.
#[derive(Debug, Default)]
pub(super) struct Strays {
    kept: Vec<Stray>,
    /// Seen in all.
    pub(super) orders: u64,
    /// Executions of them.
    pub(super) fills: u64,
}

impl Strays {
    /// How many stand, of those that are kept.
    pub(super) fn standing(&self) -> usize {
        self.kept.len()
    }

    /// News of such an order. Told once, when it is first seen.
    pub(super) fn note(&mut self, news: &OrderNews, now_ns: u64, troubles: &mut Vec<Trouble>) {
        let known = self.kept.iter().position(|stray| stray.news.whose == news.whose);
        match (known, news.state) {
            (Some(at), OrderState::Open) => self.kept[at] = Stray { news: *news, seen_ns: now_ns },
            (Some(at), _) => drop(self.kept.swap_remove(at)),
            (None, OrderState::Open) => {
                self.orders += 1;
                troubles.push(Trouble::Stray(*news));
                if self.kept.len() < KEPT_MAX {
                    self.kept.push(Stray { news: *news, seen_ns: now_ns });
                }
            }
            (None, _) => {}
        }
    }

    /// An execution of one.
    pub(super) fn fill(&mut self, fill: &FillNews, troubles: &mut Vec<Trouble>) {
        self.fills += 1;
        troubles.push(Trouble::StrayFill(*fill));
    }

    /// The venue named all that stand on the instrument, or in the account: who was not among them is gone.
    pub(super) fn forget_unseen(&mut self, of: Option<InstrumentId>, asked_ns: u64) {
        let is_told = |stray: &Stray| of.is_none_or(|of| stray.news.instrument == Some(of));
        self.kept.retain(|stray| !is_told(stray) || stray.seen_ns >= asked_ns);
    }
}

//! `/ws/analysis/{symbol}`: a market in words and numbers, anew whenever it changed and a while has passed.

use super::{Topic, Upgrade, open};
use crate::desk::flow::Timeframe;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::rest::market::{Symbol, find};
use crate::door::shape::TIMEFRAME;
use crate::door::{Door, dto};
use crate::role::Stream;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use dto::AnalysisMessage;
use engine_model::instrument::InstrumentId;
use std::sync::Arc;
use std::time::Duration;

/// It folds thousands of bars: more often nobody can read it.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn analysis(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let query = Query::of_stream(Stream::Analysis, raw.as_deref())?;
    let timeframe = query.word(&TIMEFRAME, Timeframe::from_name)?;
    let instrument = find(&door, symbol, &query)?.id;
    let changed = door.desk.watch_market(instrument);
    open(door, upgrade, AnalysisTopic { instrument, timeframe }, changed)
}

struct AnalysisTopic {
    instrument: InstrumentId,
    timeframe: Timeframe,
}

impl AnalysisTopic {
    fn now(&self, door: &Door) -> Box<dto::Analysis> {
        Box::new(dto::Analysis::new(&door.desk.analysis(self.instrument, self.timeframe)))
    }
}

impl Topic for AnalysisTopic {
    type Message = AnalysisMessage;
    const EVERY: Duration = EVERY;

    fn first(&mut self, door: &Door) -> AnalysisMessage {
        AnalysisMessage::Snapshot(self.now(door))
    }

    fn news(&mut self, door: &Door) -> Vec<AnalysisMessage> {
        vec![AnalysisMessage::Analysis(self.now(door))]
    }
}

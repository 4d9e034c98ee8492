//! `/ws/alerts`: what concerns whoever listens.

use super::{RECENT, Topic, Upgrade, lapped, open};
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::{Door, dto};
use crate::ops::alert::HitCursor;
use crate::role::{Caller, Stream, UserId};
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use dto::{AlertHits, AlertMessage};
use std::sync::Arc;

pub(crate) async fn alerts(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    Query::of_stream(Stream::Alerts, raw.as_deref())?;
    // Before the first look, so that no hit falls between the two.
    let changed = door.desk.alerts.watch();
    open(door, upgrade, AlertTopic { user: caller.user, next: HitCursor::default() }, changed)
}

struct AlertTopic {
    user: UserId,
    next: HitCursor,
}

impl Topic for AlertTopic {
    type Message = AlertMessage;

    fn first(&mut self, door: &Door) -> AlertMessage {
        let (hits, next) = door.desk.alerts.hits(self.user, RECENT);
        self.next = next;
        AlertMessage::Snapshot(AlertHits::new(&hits))
    }

    fn news(&mut self, door: &Door) -> Vec<AlertMessage> {
        let since = door.desk.alerts.hits_since(self.user, self.next);
        self.next = since.next;
        let hits = (!since.hits.is_empty()).then(|| AlertMessage::Hits(AlertHits::new(&since.hits)));
        [lapped(since.missed).map(AlertMessage::Lapped), hits].into_iter().flatten().collect()
    }
}

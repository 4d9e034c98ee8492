//! `/health` and `/api/v1/engine`

use crate::desk::sight::Sight;
use crate::door::auth::Sees;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use std::sync::Arc;

/// 200 when all is well, else 503 with the reasons.
pub(crate) async fn health(State(door): State<Arc<Door>>) -> (StatusCode, Json<dto::Health>) {
    let health = door.desk.health();
    let status = if health.reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(dto::Health::new(health, door.desk.now(), door.outbox())))
}

pub(crate) async fn engine(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Engine>, ApiError> {
    Query::of(Route::Engine, raw.as_deref())?;
    Ok(Json(picture(&door, &sight)))
}

/// How many wishes, orders and reports passed tells whoever sees a part of them what others do.
fn is_told(ring: &str, sight: &Sight) -> bool {
    sight.is_whole() || ring.starts_with("market.")
}

/// All that somebody sees, at one moment.
pub(crate) fn picture(door: &Door, sight: &Sight) -> dto::Engine {
    let desk = &door.desk;
    let now = desk.now();
    let machine_now = desk.machine_now();
    dto::Engine {
        version: desk.run.version.clone(),
        mode: desk.run.mode.clone(),
        layout: desk.run.layout.clone(),
        started_at_ns: desk.run.started_at_ns.0,
        at_ns: now.0,
        trading_state: desk.trading_state().map(|state| state.name().to_owned()),
        stages: desk.gauges.stages.iter().map(|stage| dto::Stage::new(stage, machine_now)).collect(),
        threads: desk.gauges.threads.iter().map(|thread| dto::Thread::new(thread)).collect(),
        rings: desk.gauges.rings.iter().filter(|ring| is_told(&ring.name, sight)).map(|r| dto::Ring::new(r)).collect(),
        tick_to_order_ns: desk.latency(sight).as_ref().map(dto::Latency::new),
        venues: desk.venues().iter().map(|venue| dto::Venue::new(venue, now)).collect(),
        books: desk.feeds().iter().map(dto::Book::new).collect(),
        positions: dto::Positions::new(desk, sight),
        counters: dto::Counters::new(&desk.gauges.counters, sight.is_whole()),
        followers: desk.followers().map(|all| all.into_iter().map(dto::Follower::new).collect()),
        door: dto::Door {
            requests: door.counters.requests.get(),
            refused: door.counters.refused.get(),
            clients: door.clients() as u64,
            clients_max: door.bounds.sockets_max as u64,
            stuck: door.counters.stuck.get(),
        },
    }
}

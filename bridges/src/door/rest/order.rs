//! `/api/v1/trading/orders`, where something is changed: a person's order is entered, changed, withdrawn. What risk or the
//! venue refuses is answered with 422 and the check that did, in the shape of every other outcome.

use super::command::{Key, Told, once};
use super::{Name, name};
use crate::door::auth::Known;
use crate::door::body::Body;
use crate::door::error::ApiError;
use crate::door::{Door, dto};
use crate::operator::words::Ask;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Its own name of the order is its idempotency key, too.
pub(crate) async fn place(door: State<Arc<Door>>, who: Known, key: Key, Body(mut order): Body<dto::NewOrder>) -> Told {
    let key = key.or(order.client_order_id.as_deref())?;
    if order.client_order_id.is_none() {
        order.client_order_id = key.text().map(str::to_owned);
    }
    once(&door, who.0, key, Ask::Place { order: Box::new(order) }).await
}

pub(crate) async fn modify(
    door: State<Arc<Door>>,
    who: Known,
    key: Key,
    order: Name,
    Body(to): Body<dto::OrderChange>,
) -> Told {
    once(&door, who.0, key, Ask::Modify { order: name(order)?, to }).await
}

pub(crate) async fn cancel(door: State<Arc<Door>>, who: Known, key: Key, order: Name) -> Told {
    once(&door, who.0, key, Ask::Cancel { order: name(order)? }).await
}

/// The status of an outcome.
pub(super) fn status(outcome: &dto::OrderOutcome, is_new: bool) -> StatusCode {
    match outcome.status.as_str() {
        _ if outcome.is_refused() => StatusCode::UNPROCESSABLE_ENTITY,
        "UNKNOWN" | "SUBMITTED" | "PENDING_UPDATE" => StatusCode::ACCEPTED,
        _ if is_new => StatusCode::CREATED,
        _ => StatusCode::OK,
    }
}

/// It is to be said with what it is worth.
pub(super) fn unconfirmed(worth_usd: &str) -> ApiError {
    let message = "an order of that worth, or on that account, is confirmed by saying what it is worth";
    ApiError::new(StatusCode::CONFLICT, "not_confirmed", message)
        .found("no confirm_usd, or another")
        .expected([format!("confirm_usd: \"{worth_usd}\"")])
}

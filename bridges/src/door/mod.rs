//! The door: HTTP and WebSocket on a loopback address. It turns a request into a question for the desk, and the answer
//! into JSON; it holds no knowledge of its own.
//!
//! Never: order entry (there are no roles yet), a body, another machine, another site's page.

pub(crate) mod bounds;
pub mod dto;
mod error;
mod guard;
pub(crate) mod listen;
mod metrics;
mod page;
mod query;
mod rest;
mod ws;

use crate::desk::Desk;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use bounds::Bounds;
use engine_ring::counter::Counter;
use error::ApiError;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// What every request sees.
pub(crate) struct Door {
    pub(crate) desk: Desk,
    pub(crate) bounds: Bounds,
    /// Places for WebSocket clients.
    pub(crate) sockets: Arc<Semaphore>,
    /// Becomes true when the bridge ends.
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) counters: Counters,
}

/// Written by the bridge thread alone.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Requests read, whatever the answer.
    pub(crate) requests: Counter,
    /// Connections without a place, requests of a wrong host or origin or with a body, clients beyond the last place.
    pub(crate) refused: Counter,
    /// WebSocket clients cut because they took nothing.
    pub(crate) stuck: Counter,
}

impl Door {
    pub(crate) fn new(desk: Desk, bounds: Bounds, stop: watch::Receiver<bool>) -> Self {
        let sockets = Arc::new(Semaphore::new(bounds.sockets_max));
        Self { desk, bounds, sockets, stop, counters: Counters::default() }
    }

    /// WebSocket clients now.
    fn clients(&self) -> usize {
        self.bounds.sockets_max - self.sockets.available_permits()
    }
}

/// Every route of the house.
pub(crate) fn router(door: Arc<Door>) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/health", get(rest::engine::health))
        .route("/metrics", get(metrics::metrics))
        .route("/api/v1/engine", get(rest::engine::engine))
        .route("/api/v1/market/orderbook/{symbol}", get(rest::market::orderbook))
        .route("/api/v1/market/venues", get(rest::market::venues))
        .route("/api/v1/market/trades/{symbol}", get(rest::market::trades))
        .route("/api/v1/market/open-interest/{symbol}", get(rest::derivatives::open_interest))
        .route("/api/v1/market/funding/{symbol}", get(rest::derivatives::funding))
        .route("/api/v1/market/long-short/{symbol}", get(rest::derivatives::long_short))
        .route("/api/v1/portfolio/positions", get(rest::portfolio::positions))
        .route("/api/v1/portfolio/performance", get(rest::portfolio::performance))
        .route("/api/v1/portfolio/attribution", get(rest::portfolio::attribution))
        .route("/api/v1/portfolio/costs", get(rest::portfolio::costs))
        .route("/api/v1/risk/limits", get(rest::risk::limits))
        .route("/ws/market-data/{symbol}", get(ws::market::market_data))
        .route("/ws/portfolio", get(ws::portfolio::portfolio))
        .fallback(no_such_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(door.clone(), guard::guard))
        .with_state(door)
}

async fn no_such_route(uri: axum::http::Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_route", "nothing is served at this path; / lists what is")
        .found(uri.path())
}

async fn method_not_allowed(method: axum::http::Method) -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path is only for reading")
        .found(method.as_str())
        .expected(["GET", "HEAD"])
}

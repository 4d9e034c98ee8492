//! The door: HTTP and WebSocket. It turns a request into a question for the desk, and the answer
//! into JSON; it holds no knowledge of its own.
//!
//! Never: an order that risk does not judge, another site's page; another machine only by TLS and with a key ([`auth`]).

pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod bounds;
mod cookie;
pub mod dto;
mod error;
pub(crate) mod guard;
mod kept;
pub(crate) mod listen;
mod login;
mod metrics;
mod openapi;
mod pace;
mod page;
mod query;
mod rest;
mod shape;
mod shares;
pub(crate) mod telegram;
pub(crate) mod tls;
mod ws;

use crate::desk::Desk;
use crate::ops::webhook::WebhookSettings;
use crate::role::{Route, Stream, Verb};
use axum::Router;
use axum::extract::MatchedPath;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use bounds::Bounds;
use engine_ring::counter::Counter;
use error::ApiError;
use guard::Names;
use kept::Kept;
use shares::{Listener, Shares};
use std::sync::{Arc, OnceLock, Weak};
use tokio::sync::{Semaphore, watch};

/// What every request sees.
pub(crate) struct Door {
    pub(crate) desk: Desk,
    pub(crate) bounds: Bounds,
    /// What it is called.
    names: Names,
    /// What many ask for.
    kept: Kept,
    /// Places for WebSocket clients.
    pub(crate) sockets: Arc<Semaphore>,
    /// Whose they are.
    listeners: Arc<Shares<Listener>>,
    /// Becomes true when the bridge ends.
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) counters: Counters,
    /// The door to Telegram, where there is one.
    telegram: OnceLock<Weak<telegram::Telegram>>,
    /// How hits of alerts are sent, where they are.
    pub(crate) webhooks: Option<WebhookSettings>,
}

/// Written by the bridge thread alone.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Requests read, whatever the answer.
    pub(crate) requests: Counter,
    /// Connections without a place, requests of a wrong host or origin or with a body, clients beyond the last place.
    pub(crate) refused: Counter,
    /// Clients cut because they did not take what they were told.
    pub(crate) stuck: Counter,
}

impl Door {
    pub(crate) fn new(
        desk: Desk,
        bounds: Bounds,
        names: Names,
        webhooks: Option<WebhookSettings>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let sockets = Arc::new(Semaphore::new(bounds.sockets_max));
        let kept = Kept::new(desk.instruments().len());
        let (listeners, counters, telegram) = Default::default();
        Self { desk, bounds, names, kept, sockets, listeners, stop, counters, telegram, webhooks }
    }

    /// How what is to be sent by Telegram stands; `None`: there is no such door.
    fn outbox(&self) -> Option<dto::Outbox> {
        self.telegram.get()?.upgrade().map(|telegram| telegram.outbox())
    }

    /// WebSocket clients now.
    fn clients(&self) -> usize {
        self.bounds.sockets_max - self.sockets.available_permits()
    }
}

/// Every row of the table, each behind what it needs.
pub(crate) fn router(door: Arc<Door>) -> Router {
    let rows = Route::ALL.iter().map(|&route| (route.path(), handler(route), route.needs()));
    let streams = Stream::ALL.iter().map(|&stream| (stream.path(), opener(stream), stream.needs()));
    rows.chain(streams)
        .fold(Router::new(), |router, (path, answers, needs)| {
            router.route(path, answers.route_layer(middleware::from_fn_with_state(needs, auth::gate)))
        })
        .fallback(no_such_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(door.clone(), guard::guard))
        .with_state(door)
}

/// Who answers. A row without a line here does not compile.
fn handler(route: Route) -> MethodRouter<Arc<Door>> {
    let on = Answering(route.verb());
    match route {
        Route::Index => on.by(page::index),
        Route::Health => on.by(rest::engine::health),
        Route::Metrics => on.by(metrics::metrics),
        Route::OpenApi => on.by(openapi::document),
        Route::Docs => on.by(openapi::page),
        Route::Engine => on.by(rest::engine::engine),
        Route::OrderBook => on.by(rest::market::orderbook),
        Route::Venues => on.by(rest::market::venues),
        Route::Trades => on.by(rest::market::trades),
        Route::Ohlcv => on.by(rest::flow::ohlcv),
        Route::Overview => on.by(rest::analysis::overview),
        Route::MarketAnalysis => on.by(rest::analysis::analysis),
        Route::MarketVolume => on.by(rest::flow::volume),
        Route::Cvd => on.by(rest::flow::cvd),
        Route::Profile => on.by(rest::flow::profile),
        Route::Liquidations => on.by(rest::flow::liquidations),
        Route::OpenInterest => on.by(rest::derivatives::open_interest),
        Route::Funding => on.by(rest::derivatives::funding),
        Route::LongShort => on.by(rest::derivatives::long_short),
        Route::Positions => on.by(rest::portfolio::positions),
        Route::Balance => on.by(rest::portfolio::balance),
        Route::PortfolioRisk => on.by(rest::portfolio::risk),
        Route::Performance => on.by(rest::portfolio::performance),
        Route::Attribution => on.by(rest::portfolio::attribution),
        Route::Costs => on.by(rest::portfolio::costs),
        Route::Orders => on.by(rest::trading::orders),
        Route::TradingState => on.by(rest::trading::state),
        Route::PlaceOrder => on.by(rest::order::place),
        Route::ModifyOrder => on.by(rest::order::modify),
        Route::CancelOrder => on.by(rest::order::cancel),
        Route::Executions => on.by(rest::trading::executions),
        Route::Strategies => on.by(rest::trading::strategies),
        Route::StartStrategy => on.by(rest::strategy::start),
        Route::PauseStrategy => on.by(rest::strategy::pause),
        Route::StopStrategy => on.by(rest::strategy::stop),
        Route::SetStrategy => on.by(rest::strategy::set),
        Route::RiskAlerts => on.by(rest::risk::alerts),
        Route::RiskMetrics => on.by(rest::risk::metrics),
        Route::Limits => on.by(rest::risk::limits),
        Route::SetLimit => on.by(rest::command::set_limit),
        Route::Alerts => on.by(rest::alert::list),
        Route::AddAlert => on.by(rest::alert::add),
        Route::AlertHits => on.by(rest::alert::hits),
        Route::RemoveAlert => on.by(rest::alert::remove),
        Route::SnoozeAlert => on.by(rest::alert::snooze),
        Route::AllAlerts => on.by(rest::alert::all),
        Route::RemoveAnyAlert => on.by(rest::alert::remove_any),
        Route::Halt => on.by(rest::command::halt),
        Route::Reduce => on.by(rest::command::reduce),
        Route::Resume => on.by(rest::command::resume),
        Route::Flatten => on.by(rest::command::flatten),
        Route::CancelAll => on.by(rest::command::cancel_all),
        Route::Backtests => on.by(rest::jobs::backtests),
        Route::StartBacktest => on.by(rest::jobs::start_backtest),
        Route::JobResult => on.by(rest::jobs::result),
        Route::Optimizations => on.by(rest::jobs::optimizations),
        Route::StartOptimization => on.by(rest::jobs::start_optimization),
        Route::Jobs => on.by(rest::jobs::list),
        Route::Job => on.by(rest::jobs::one),
        Route::CancelJob => on.by(rest::jobs::cancel),
        Route::StartBackfill => on.by(rest::jobs::start_backfill),
        Route::StartReport => on.by(rest::jobs::start_report),
        Route::StartSnapshot => on.by(rest::jobs::start_snapshot),
        Route::StartBackup => on.by(rest::jobs::start_backup),
        Route::Schedules => on.by(rest::jobs::schedules),
        Route::LoginPage => on.by(login::page),
        Route::LoginForm => on.by(login::enter),
        Route::LogoutForm => on.by(login::leave),
        Route::Login => on.by(rest::session::login),
        Route::Claim => on.by(rest::session::claim),
        Route::Logout => on.by(rest::session::logout),
        Route::Me => on.by(rest::session::me),
        Route::OwnPassword => on.by(rest::session::password),
        Route::Keys => on.by(rest::people::keys),
        Route::AddKey => on.by(rest::people::add_key),
        Route::RevokeKey => on.by(rest::people::revoke_key),
        Route::Users => on.by(rest::people::users),
        Route::AddUser => on.by(rest::people::add_user),
        Route::ChangeUser => on.by(rest::people::change_user),
        Route::Audit => on.by(rest::people::audit),
    }
}

/// The same for streams.
fn opener(stream: Stream) -> MethodRouter<Arc<Door>> {
    match stream {
        Stream::MarketData => get(ws::market::market_data),
        Stream::Portfolio => get(ws::portfolio::portfolio),
        Stream::Orders => get(ws::orders::orders),
        Stream::Alerts => get(ws::alerts::alerts),
        Stream::Analysis => get(ws::analysis::analysis),
    }
}

/// A row's verb, which its handler is bound to.
struct Answering(Verb);

impl Answering {
    fn by<H: Handler<T, Arc<Door>>, T: 'static>(self, handler: H) -> MethodRouter<Arc<Door>> {
        match self.0 {
            Verb::Get => get(handler),
            Verb::Post => post(handler),
            Verb::Put => put(handler),
            Verb::Patch => patch(handler),
            Verb::Delete => delete(handler),
        }
    }
}

async fn no_such_route(uri: axum::http::Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_route", "nothing is served at this path; / lists what is")
        .found(uri.path())
}

async fn method_not_allowed(method: axum::http::Method, path: MatchedPath) -> ApiError {
    let here = Route::ALL.iter().filter(|route| route.path() == path.as_str());
    let mut verbs: Vec<&str> = here.map(|route| route.verb().name()).collect();
    // A stream has no row among the routes.
    if verbs.is_empty() || verbs.contains(&"GET") {
        verbs.retain(|verb| *verb != "GET");
        verbs.splice(0..0, ["GET", "HEAD"]);
    }
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path is not asked like that")
        .found(method.as_str())
        .expected(verbs)
}

//! What each route takes and gives: the one list that handlers read their questions by and the OpenAPI document is made of.
//! A route without a line here does not compile.

use super::{dto, login};
use crate::desk::flow::Timeframe;
use crate::desk::jobs::work::KINDS;
use crate::hub::flow::{LIQUIDATIONS_KEPT, SNAPSHOTS_KEPT};
use crate::hub::image::{FILLS_KEPT, ORDERS_KEPT, TRADES_KEPT};
use crate::ops::alert::HITS_KEPT;
use crate::role::{Route, Stream, Verb};
use engine_model::image::BOOK_IMAGE_LEVELS;
use engine_model::venue::VenueId;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// Names and schemas of everything that an answer refers to.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// A value behind the question mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) is: Kind,
}

/// What may be written there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A whole number from 1.
    Count { default: usize, max: usize },
    /// One of these.
    Word { default: Option<&'static str>, of: fn() -> Vec<&'static str> },
    /// Nanoseconds since 1970.
    Time,
    /// Any number of a row, from 0.
    Number,
}

/// What a route takes and gives.
pub(super) struct Shape {
    pub(super) params: &'static [Param],
    pub(super) body: Option<Json>,
    pub(super) answer: Answer,
    /// The status of an answer that is no error.
    pub(super) status: u16,
    /// What else may be answered that is no error.
    pub(super) also: [Option<(u16, Json)>; 2],
}

/// What is answered.
pub(super) enum Answer {
    Json(Json),
    /// Of this media type.
    Text(&'static str),
    Nothing,
}

/// Puts the schemas of a type into the list, and tells its name.
pub(super) type Json = fn(&mut Schemas) -> String;

fn json<T: ToSchema>(schemas: &mut Schemas) -> String {
    T::schemas(schemas);
    let name = T::name().into_owned();
    schemas.push((name.clone(), T::schema()));
    name
}

pub(crate) const VENUE: Param = Param {
    name: "venue",
    about: "The venue, or the exchange, where the symbol names none.",
    is: Kind::Word { default: None, of: || VenueId::ALL.map(VenueId::name).to_vec() },
};
pub(crate) const DEPTH: Param = Param {
    name: "depth",
    about: "Levels a side.",
    is: Kind::Count { default: BOOK_IMAGE_LEVELS, max: BOOK_IMAGE_LEVELS },
};
pub(crate) const TRADES: Param =
    Param { name: "limit", about: "The last so many.", is: Kind::Count { default: 50, max: TRADES_KEPT } };
pub(crate) const CANDLES: Param =
    Param { name: "limit", about: "The last so many.", is: Kind::Count { default: 100, max: 1_000 } };
pub(crate) const BEFORE: Param =
    Param { name: "before", about: "Only what began before this time, in ns since 1970.", is: Kind::Time };
pub(crate) const FILLS: Param =
    Param { name: "limit", about: "At most so many.", is: Kind::Count { default: 50, max: FILLS_KEPT } };
pub(crate) const BEFORE_NUMBER: Param =
    Param { name: "before", about: "Only those with a smaller number.", is: Kind::Number };
pub(crate) const ORDERS: Param =
    Param { name: "limit", about: "At most so many.", is: Kind::Count { default: 100, max: ORDERS_KEPT } };
pub(crate) const PAGE: Param =
    Param { name: "skip", about: "How many to leave out at the beginning.", is: Kind::Number };
pub(crate) const HITS: Param =
    Param { name: "limit", about: "The last so many.", is: Kind::Count { default: 50, max: HITS_KEPT } };
pub(crate) const ROWS: Param =
    Param { name: "limit", about: "At most so many.", is: Kind::Count { default: 100, max: 1_000 } };
pub(crate) const AFTER: Param = Param { name: "after", about: "Only those with a larger number.", is: Kind::Number };
pub(crate) const JOB_KIND: Param =
    Param { name: "kind", about: "Only these.", is: Kind::Word { default: None, of: || KINDS.to_vec() } };
pub(crate) const LOGIN_REFUSED: Param = Param {
    name: "no",
    about: "Why the page is shown again.",
    is: Kind::Word { default: None, of: || vec![login::WRONG, login::OFTEN] },
};
pub(crate) const TIMEFRAME: Param = Param {
    name: "timeframe",
    about: "Length of a bar.",
    is: Kind::Word { default: Some("15m"), of: || Timeframe::ALL.map(Timeframe::name).to_vec() },
};
pub(crate) const WINDOW: Param = Param {
    name: "window",
    about: "How far back.",
    is: Kind::Word { default: Some("1h"), of: || Timeframe::ALL.map(Timeframe::name).to_vec() },
};
pub(crate) const POINTS: Param = Param {
    name: "points",
    about: "Of each market the last so many snapshots.",
    is: Kind::Count { default: 15, max: SNAPSHOTS_KEPT },
};
pub(crate) const LIQUIDATIONS: Param = Param {
    name: "limit",
    about: "Of each market the last so many.",
    is: Kind::Count { default: 20, max: LIQUIDATIONS_KEPT },
};

impl Shape {
    const fn of(params: &'static [Param], answer: Json) -> Self {
        Self { params, body: None, answer: Answer::Json(answer), status: 200, also: [None; 2] }
    }

    /// Nothing but the status.
    const fn done(status: u16) -> Self {
        Self { params: &[], body: None, answer: Answer::Nothing, status, also: [None; 2] }
    }

    const fn with_body(self, body: Json) -> Self {
        Self { body: Some(body), ..self }
    }

    const fn or(self, status: u16, answer: Json) -> Self {
        let also = match self.also {
            [None, _] => [Some((status, answer)), None],
            [first, _] => [first, Some((status, answer))],
        };
        Self { also, ..self }
    }

    const fn text(media: &'static str) -> Self {
        Self { params: &[], body: None, answer: Answer::Text(media), status: 200, also: [None; 2] }
    }
}

/// It waits in the queue.
const fn accepted() -> Shape {
    Shape { status: 202, ..Shape::of(&[], json::<dto::Job>) }
}

/// Of a route.
pub(super) fn route(route: Route) -> Shape {
    match route {
        Route::Index | Route::Docs => Shape::text("text/html"),
        Route::Metrics => Shape::text("text/plain"),
        Route::OpenApi => Shape::text("application/json"),
        Route::Health => Shape::of(&[], json::<dto::Health>).or(503, json::<dto::Health>),
        Route::Engine => Shape::of(&[], json::<dto::Engine>),
        Route::OrderBook => Shape::of(&[VENUE, DEPTH], json::<dto::OrderBook>),
        Route::Venues => Shape::of(&[], json::<dto::Venues>),
        Route::Trades => Shape::of(&[VENUE, TRADES], json::<dto::Trades>),
        Route::Ohlcv => Shape::of(&[VENUE, TIMEFRAME, CANDLES, BEFORE], json::<dto::Ohlcv>),
        Route::Overview => Shape::of(&[TIMEFRAME], json::<dto::Overview>),
        Route::MarketAnalysis => Shape::of(&[VENUE, TIMEFRAME], json::<dto::Analysis>),
        Route::MarketVolume => Shape::of(&[VENUE, TIMEFRAME], json::<dto::VolumeOverVenues>),
        Route::Cvd => Shape::of(&[VENUE, TIMEFRAME, CANDLES], json::<dto::Cvd>),
        Route::Profile => Shape::of(&[VENUE], json::<dto::Profile>),
        Route::Liquidations => Shape::of(&[WINDOW, LIQUIDATIONS], json::<dto::Liquidations>),
        Route::OpenInterest => Shape::of(&[POINTS], json::<dto::OpenInterest>),
        Route::Funding => Shape::of(&[], json::<dto::FundingOverVenues>),
        Route::LongShort => Shape::of(&[], json::<dto::LongShortOverVenues>),
        Route::Positions => Shape::of(&[], json::<dto::Positions>),
        Route::Balance => Shape::of(&[], json::<dto::Balance>),
        Route::Performance => Shape::of(&[], json::<dto::Performance>),
        Route::PortfolioRisk => Shape::of(&[], json::<dto::PortfolioRisk>),
        Route::Attribution => Shape::of(&[], json::<dto::Attribution>),
        Route::Costs => Shape::of(&[], json::<dto::Costs>),
        Route::Orders => Shape::of(&[ORDERS, PAGE], json::<dto::OrdersPage>),
        Route::PlaceOrder => {
            Shape { status: 201, ..Shape::of(&[], json::<dto::OrderOutcome>).with_body(json::<dto::NewOrder>) }
                .or(202, json::<dto::OrderOutcome>)
                .or(422, json::<dto::OrderOutcome>)
        }
        Route::ModifyOrder => Shape::of(&[], json::<dto::OrderOutcome>)
            .with_body(json::<dto::OrderChange>)
            .or(202, json::<dto::OrderOutcome>)
            .or(422, json::<dto::OrderOutcome>),
        Route::CancelOrder => Shape::of(&[], json::<dto::OrderOutcome>)
            .or(202, json::<dto::OrderOutcome>)
            .or(422, json::<dto::OrderOutcome>),
        Route::Executions => Shape::of(&[FILLS, BEFORE_NUMBER], json::<dto::Executions>),
        Route::Strategies => Shape::of(&[], json::<dto::Strategies>),
        Route::StartStrategy | Route::PauseStrategy | Route::StopStrategy => {
            Shape::of(&[], json::<dto::StrategyStatus>)
        }
        Route::SetStrategy => Shape::of(&[], json::<dto::StrategyStatus>).with_body(json::<dto::NewParams>),
        Route::Limits => Shape::of(&[], json::<dto::LimitsInForce>),
        Route::SetLimit => {
            Shape::of(&[], json::<dto::LimitTold>).with_body(json::<dto::NewLimit>).or(202, json::<dto::Again>)
        }
        Route::RiskAlerts => Shape::of(&[], json::<dto::RiskAlerts>),
        Route::Alerts => Shape::of(&[], json::<dto::AlertRules>),
        Route::AddAlert => {
            Shape { status: 201, ..Shape::of(&[], json::<dto::AlertRule>).with_body(json::<dto::NewAlert>) }
        }
        Route::AlertHits => Shape::of(&[HITS], json::<dto::AlertHits>),
        Route::AllAlerts => Shape::of(&[], json::<dto::AllAlerts>),
        Route::RemoveAlert | Route::RemoveAnyAlert => Shape::done(204),
        Route::SnoozeAlert => Shape::of(&[], json::<dto::AlertRule>).with_body(json::<dto::Snooze>),
        Route::Halt | Route::Reduce => Shape::of(&[], json::<dto::Standing>).with_body(json::<dto::Scoped>),
        Route::Resume => {
            Shape::of(&[], json::<dto::Standing>).with_body(json::<dto::Resume>).or(202, json::<dto::Again>)
        }
        Route::TradingState | Route::Flatten | Route::CancelAll => Shape::of(&[], json::<dto::Standing>),
        Route::Backtests | Route::Optimizations => Shape::of(&[ROWS, BEFORE_NUMBER], json::<dto::Jobs>),
        Route::Jobs => Shape::of(&[ROWS, BEFORE_NUMBER, JOB_KIND], json::<dto::Jobs>),
        Route::StartBacktest => accepted().with_body(json::<dto::NewBacktest>),
        Route::StartOptimization => accepted().with_body(json::<dto::NewOptimization>),
        Route::StartBackfill => accepted().with_body(json::<dto::NewBackfill>),
        Route::StartReport | Route::StartSnapshot | Route::StartBackup => accepted(),
        Route::JobResult => Shape::text("application/json"),
        Route::Job | Route::CancelJob => Shape::of(&[], json::<dto::Job>),
        Route::Schedules => Shape::of(&[], json::<dto::Schedules>),
        Route::LoginPage => Shape { params: &[LOGIN_REFUSED], ..Shape::text("text/html") },
        Route::LoginForm => Shape::done(303).with_body(json::<dto::Login>),
        Route::LogoutForm => Shape::done(303),
        Route::Login => Shape::of(&[], json::<dto::Session>).with_body(json::<dto::Login>),
        Route::Claim => Shape::done(201).with_body(json::<dto::FirstAdmin>),
        Route::Logout | Route::RevokeKey => Shape::done(204),
        Route::Me => Shape::of(&[], json::<dto::Me>),
        Route::OwnPassword => Shape::done(204).with_body(json::<dto::NewPassword>),
        Route::Keys => Shape::of(&[], json::<dto::Keys>),
        Route::AddKey => {
            // Asked again under the same idempotency key: without the key itself.
            Shape { status: 201, ..Shape::of(&[], json::<dto::KeyShownOnce>).with_body(json::<dto::NewKey>) }
                .or(200, json::<dto::Key>)
        }
        Route::Users => Shape::of(&[], json::<dto::Users>),
        Route::AddUser => Shape::done(201).with_body(json::<dto::NewUser>),
        Route::ChangeUser => Shape::done(204).with_body(json::<dto::UserChange>),
        Route::Audit => Shape::of(&[ROWS, AFTER], json::<dto::Audit>),
        Route::RiskMetrics => Shape::of(&[], json::<dto::RiskMetrics>),
    }
}

/// With what status a route may say no: as many as it can, and no more. One that says another is a fault of ours.
pub(super) fn refusals(route: Route) -> Vec<u16> {
    let shape = self::route(route);
    let (path, is_read) = (route.path(), route.verb() == Verb::Get);
    // Of whoever is known, which a run without users or without a queue of jobs has nobody of.
    let may_be_off = [
        "/api/v1/session",
        "/api/v1/me",
        "/api/v1/keys",
        "/api/v1/users",
        "/api/v1/audit",
        "/api/v1/jobs",
        "/login",
        "/logout",
    ];
    let may_be_off = may_be_off.iter().any(|off| path.starts_with(off)) || path.starts_with("/api/v1/backtesting");
    let is_unfound = path.contains('{') || may_be_off || !is_read;
    let is_at_odds = !is_read || matches!(route, Route::JobResult);
    let more = [(is_unfound, 404), (is_at_odds, 409), (shape.body.is_some(), 415)];
    ANYWHERE.into_iter().chain(more.into_iter().filter_map(|(may, status)| may.then_some(status))).collect()
}

/// The same of a stream.
pub(super) fn stream_refusals(stream: Stream) -> Vec<u16> {
    let is_unfound = stream.path().contains('{').then_some(404);
    ANYWHERE.into_iter().chain(is_unfound).chain([426]).collect()
}

/// What is not understood, who is not known, who may not, what is too long, who asks too often, what takes too long.
const ANYWHERE: [u16; 6] = [400, 401, 403, 413, 429, 503];

/// With what anything here says no.
pub(super) const REFUSALS: [u16; 10] = [400, 401, 403, 404, 409, 413, 415, 426, 429, 503];

/// Of a stream: what it takes, and what its messages are.
pub(super) fn stream(stream: Stream) -> (&'static [Param], Json) {
    match stream {
        Stream::MarketData => (&[VENUE, DEPTH], json::<dto::MarketMessage>),
        Stream::Portfolio => (&[], json::<dto::PortfolioMessage>),
        Stream::Orders => (&[], json::<dto::OrderMessage>),
        Stream::Alerts => (&[], json::<dto::AlertMessage>),
        Stream::Analysis => (&[VENUE, TIMEFRAME], json::<dto::AnalysisMessage>),
    }
}

/// What every error is.
pub(super) fn failure(schemas: &mut Schemas) -> String {
    json::<dto::Failure>(schemas)
}

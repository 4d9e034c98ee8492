//! The rows. To add a route: a line here, and the `match` in `door/mod.rs` asks for its handler.

use super::{Needs, Role, Verb};

/// A line each: its name, how it is asked, the least role. Makes the enum, the list of all, and what each row says.
macro_rules! routes {
    ($($(#[doc = $about:literal])+ $name:ident = $verb:ident $path:literal needs $needs:ident;)+) => {
        /// A route of the house.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Route {
            $($(#[doc = $about])+ $name,)+
        }

        impl Route {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// How it is asked.
            #[must_use]
            pub const fn verb(self) -> Verb {
                match self { $(Self::$name => Verb::$verb,)+ }
            }

            /// Where, with `{names}` for what varies.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)+ }
            }

            /// Of whom.
            #[must_use]
            pub const fn needs(self) -> Needs {
                match self { $(Self::$name => needs!($needs),)+ }
            }

            /// What it is for, in a sentence.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($about),+).trim_ascii(),)+ }
            }
        }
    };
}

/// The same for what has a name instead of a verb and a path.
macro_rules! words {
    ($(#[doc = $what:literal])+ $table:ident, $word:ident:
        $($(#[doc = $about:literal])+ $name:ident = $text:literal needs $needs:ident;)+) => {
        $(#[doc = $what])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $table {
            $($(#[doc = $about])+ $name,)+
        }

        impl $table {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As it is written.
            #[must_use]
            pub const fn $word(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Of whom.
            #[must_use]
            pub const fn needs(self) -> Needs {
                match self { $(Self::$name => needs!($needs),)+ }
            }

            /// What it is for, in a sentence.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($about),+).trim_ascii(),)+ }
            }
        }
    };
}

macro_rules! needs {
    (Nothing) => {
        Needs::Nothing
    };
    ($role:ident) => {
        Needs::Role(Role::$role)
    };
}

routes! {
    /// What is served here.
    Index = Get "/" needs Viewer;
    /// Whether all is well, and what is not.
    Health = Get "/health" needs Viewer;
    /// Prometheus text.
    Metrics = Get "/metrics" needs Viewer;
    /// The OpenAPI document of this door.
    OpenApi = Get "/api/openapi.json" needs Viewer;
    /// The same for people.
    Docs = Get "/api/docs" needs Viewer;
    /// Stages, rings, latency, feeds, positions.
    Engine = Get "/api/v1/engine" needs Viewer;
    /// An instrument's book.
    OrderBook = Get "/api/v1/market/orderbook/{symbol}" needs Viewer;
    /// How every venue and instrument is doing.
    Venues = Get "/api/v1/market/venues" needs Viewer;
    /// An instrument's last trades.
    Trades = Get "/api/v1/market/trades/{symbol}" needs Viewer;
    /// An instrument's candles, oldest first.
    Ohlcv = Get "/api/v1/market/ohlcv/{symbol}" needs Viewer;
    /// A coin over all its markets: prices, volume, funding, spot against perpetual.
    Overview = Get "/api/v1/market/overview/{symbol}" needs Viewer;
    /// An instrument in words and numbers: control, momentum, volume, trend, indicators, score.
    MarketAnalysis = Get "/api/v1/market/analysis/{symbol}" needs Viewer;
    /// Volume of the last closed bar against what is usual, by venue.
    MarketVolume = Get "/api/v1/market/volume/{symbol}" needs Viewer;
    /// Cumulative volume delta.
    Cvd = Get "/api/v1/market/cvd/{symbol}" needs Viewer;
    /// Volume by price: point of control and value area of several look-backs.
    Profile = Get "/api/v1/market/profile/{symbol}" needs Viewer;
    /// What venues closed by force.
    Liquidations = Get "/api/v1/market/liquidations/{symbol}" needs Viewer;
    /// Open interest by venue and kind of contract, in coins and dollars.
    OpenInterest = Get "/api/v1/market/open-interest/{symbol}" needs Viewer;
    /// Funding rates, now and paid.
    Funding = Get "/api/v1/market/funding/{symbol}" needs Viewer;
    /// Long against short: top traders and everybody.
    LongShort = Get "/api/v1/market/long-short/{symbol}" needs Viewer;
    /// Positions.
    Positions = Get "/api/v1/portfolio/positions" needs Viewer;
    /// Equity, and how each venue's balances changed.
    Balance = Get "/api/v1/portfolio/balance" needs Viewer;
    /// Exposure, leverage, concentration.
    PortfolioRisk = Get "/api/v1/portfolio/risk" needs Viewer;
    /// Money.
    Performance = Get "/api/v1/portfolio/performance" needs Viewer;
    /// What the profit is made of, and whose it is.
    Attribution = Get "/api/v1/portfolio/attribution" needs Viewer;
    /// What executions have cost, and what came after them.
    Costs = Get "/api/v1/portfolio/costs" needs Viewer;
    /// Open orders.
    Orders = Get "/api/v1/trading/orders" needs Viewer;
    /// How trading stands: the whole, scopes that are stricter, open orders, positions.
    TradingState = Get "/api/v1/trading/state" needs Viewer;
    /// Enters an order of a person's: judged by risk as any strategy's.
    PlaceOrder = Post "/api/v1/trading/orders" needs Trader;
    /// Changes an order of the desk of people.
    ModifyOrder = Patch "/api/v1/trading/orders/{order}" needs Trader;
    /// Withdraws an order, whosever it is.
    CancelOrder = Delete "/api/v1/trading/orders/{order}" needs Trader;
    /// The last executions.
    Executions = Get "/api/v1/trading/executions" needs Viewer;
    /// Strategies, and how each stands.
    Strategies = Get "/api/v1/trading/strategies" needs Viewer;
    /// Lets a strategy wish again that was paused, was stopped or gave up.
    StartStrategy = Post "/api/v1/trading/strategies/{strategy}/start" needs Risk;
    /// Lets a strategy only make positions smaller.
    PauseStrategy = Post "/api/v1/trading/strategies/{strategy}/pause" needs Trader;
    /// Lets a strategy do nothing, and withdraws its orders. What it holds, it holds.
    StopStrategy = Post "/api/v1/trading/strategies/{strategy}/stop" needs Trader;
    /// Gives a strategy other parameters: all that are named in force together, or none.
    SetStrategy = Patch "/api/v1/trading/strategies/{strategy}/params" needs Risk;
    /// What is near or beyond its limit, what is halted, and what risk refused last.
    RiskAlerts = Get "/api/v1/risk/alerts" needs Viewer;
    /// Value at risk and what lies beyond it, from equity by the minute.
    RiskMetrics = Get "/api/v1/risk/metrics" needs Viewer;
    /// One's own alerts.
    Alerts = Get "/api/v1/alerts" needs Viewer;
    /// Adds an alert of one's own.
    AddAlert = Post "/api/v1/alerts" needs Viewer;
    /// What one's own alerts found, and what concerns everybody.
    AlertHits = Get "/api/v1/alerts/hits" needs Viewer;
    /// Takes an alert of one's own away.
    RemoveAlert = Delete "/api/v1/alerts/{id}" needs Viewer;
    /// Has an alert of one's own say nothing for a while.
    SnoozeAlert = Post "/api/v1/alerts/{id}/snooze" needs Viewer;
    /// Everybody's alerts, and whose each is.
    AllAlerts = Get "/api/v1/alerts/all" needs Admin;
    /// Takes an alert away, whosever it is.
    RemoveAnyAlert = Delete "/api/v1/alerts/all/{id}" needs Admin;
    /// Limits, and how much of each is used.
    Limits = Get "/api/v1/risk/limits" needs Viewer;
    /// Sets a limit: tighter at once, looser when another person says the same; never looser than the configuration.
    SetLimit = Put "/api/v1/risk/limits/{limit}" needs Risk;
    /// Lets no order of a scope pass any more and withdraws those that work.
    Halt = Post "/api/v1/trading/halt" needs Trader;
    /// Lets only orders of a scope pass that make a position smaller.
    Reduce = Post "/api/v1/trading/reduce" needs Trader;
    /// Lets a scope trade again: said by one, and again by another.
    Resume = Post "/api/v1/trading/resume" needs Risk;
    /// Halts everything and closes every position.
    Flatten = Post "/api/v1/trading/flatten" needs Trader;
    /// Withdraws every working order.
    CancelAll = Post "/api/v1/trading/cancel-all" needs Trader;
    /// Backtests, newest first: one's own.
    Backtests = Get "/api/v1/backtesting/runs" needs Viewer;
    /// Runs a strategy over the past, in the background.
    StartBacktest = Post "/api/v1/backtesting/runs" needs Trader;
    /// What a job came to.
    JobResult = Get "/api/v1/backtesting/results/{id}" needs Viewer;
    /// Searches for parameters, newest first: one's own.
    Optimizations = Get "/api/v1/backtesting/optimization" needs Viewer;
    /// Looks for parameters over the past, in the background.
    StartOptimization = Post "/api/v1/backtesting/optimization" needs Trader;
    /// Jobs, newest first: one's own; of an admin, everybody's.
    Jobs = Get "/api/v1/jobs" needs Viewer;
    /// One job: where it stands.
    Job = Get "/api/v1/jobs/{id}" needs Viewer;
    /// Ends a job that waits or runs.
    CancelJob = Post "/api/v1/jobs/{id}/cancel" needs Trader;
    /// What a venue tells of the past, into the store of history.
    StartBackfill = Post "/api/v1/jobs/backfill" needs Trader;
    /// Keeps how the account stands.
    StartReport = Post "/api/v1/jobs/report" needs Trader;
    /// Keeps how every market stands.
    StartSnapshot = Post "/api/v1/jobs/snapshot" needs Trader;
    /// Copies the database of users, audit and jobs.
    StartBackup = Post "/api/v1/jobs/backup" needs Admin;
    /// What is begun by the clock.
    Schedules = Get "/api/v1/jobs/schedules" needs Viewer;
    /// The page for logging in with a browser.
    LoginPage = Get "/login" needs Nothing;
    /// Logs in with a browser: the form of that page for a session in a cookie.
    LoginForm = Post "/login" needs Nothing;
    /// Logs out with a browser: ends the session of the cookie.
    LogoutForm = Post "/logout" needs Viewer;
    /// Logs in: name and password for a session.
    Login = Post "/api/v1/session" needs Nothing;
    /// Makes the first admin, by the secret of the first start.
    Claim = Post "/api/v1/session/claim" needs Nothing;
    /// Ends the session (or key) that is shown.
    Logout = Delete "/api/v1/session" needs Viewer;
    /// Who one is.
    Me = Get "/api/v1/me" needs Viewer;
    /// Another password for one's own.
    OwnPassword = Put "/api/v1/me/password" needs Viewer;
    /// One's own keys.
    Keys = Get "/api/v1/keys" needs Viewer;
    /// A key of one's own, at most of one's own role; it is shown once.
    AddKey = Post "/api/v1/keys" needs Viewer;
    /// Ends a key of one's own.
    RevokeKey = Delete "/api/v1/keys/{id}" needs Viewer;
    /// Everybody.
    Users = Get "/api/v1/users" needs Admin;
    /// Adds a user.
    AddUser = Post "/api/v1/users" needs Admin;
    /// Changes a user's role or password, or shuts him out.
    ChangeUser = Put "/api/v1/users/{name}" needs Admin;
    /// What was asked of the engine and of users, by whom, and what came of it.
    Audit = Get "/api/v1/audit" needs Admin;
}

words! {
    /// A stream: a WebSocket.
    Stream, path:
    /// An instrument's book, prices and trades.
    MarketData = "/ws/market-data/{symbol}" needs Viewer;
    /// Positions, money, orders and fills.
    Portfolio = "/ws/portfolio" needs Viewer;
    /// Open orders and fills.
    Orders = "/ws/orders" needs Viewer;
    /// What one's own alerts find, and what concerns everybody.
    Alerts = "/ws/alerts" needs Viewer;
    /// An instrument in words and numbers.
    Analysis = "/ws/analysis/{symbol}" needs Viewer;
}

words! {
    /// What a person may ask the engine to do, by whatever door. Stopping is one step of one person; letting run again
    /// is two steps of two.
    Deed, word:
    /// No order of a scope passes any more, and those that work are withdrawn.
    Halt = "halt" needs Trader;
    /// Only orders of a scope pass that make a position smaller.
    Reduce = "reduce" needs Trader;
    /// A scope trades again.
    Resume = "resume" needs Risk;
    /// Halts everything and closes every position.
    Flatten = "flatten" needs Trader;
    /// Withdraws every working order.
    CancelAll = "cancel-all" needs Trader;
    /// Enters an order of a person's.
    PlaceOrder = "order place" needs Trader;
    /// Withdraws an order.
    CancelOrder = "order cancel" needs Trader;
    /// Closes a part of a position.
    ClosePosition = "close" needs Trader;
    /// Changes an order of the desk of people.
    ModifyOrder = "order modify" needs Trader;
    /// Sets a limit.
    SetLimit = "limits set" needs Risk;
    /// A strategy's wishes pass again.
    StartStrategy = "strategy start" needs Risk;
    /// A strategy makes positions only smaller.
    PauseStrategy = "strategy pause" needs Trader;
    /// A strategy does nothing.
    StopStrategy = "strategy stop" needs Trader;
    /// Other parameters of a strategy.
    SetStrategy = "strategy set" needs Risk;
}

words! {
    /// A command of the Telegram door, as people write it; the ones of two words are asked more than the first word alone is.
    Telegram, word:
    /// What a coin costs, everywhere.
    Price = "/price" needs Viewer;
    /// What a market is doing.
    Analysis = "/analysis" needs Viewer;
    /// Volume, by venue.
    Volume = "/volume" needs Viewer;
    /// Cumulative volume delta.
    Cvd = "/cvd" needs Viewer;
    /// Open interest.
    OpenInterest = "/oi" needs Viewer;
    /// Funding rates.
    Funding = "/funding" needs Viewer;
    /// Long against short.
    LongShort = "/ls" needs Viewer;
    /// Volume by price.
    Profile = "/profile" needs Viewer;
    /// Liquidations.
    Liquidations = "/liquidations" needs Viewer;
    /// Where volume is unusual.
    VolumeScan = "/volscan" needs Viewer;
    /// The first ten.
    TopTen = "/top10" needs Viewer;
    /// What strategies see.
    Signals = "/signals" needs Viewer;
    /// Money.
    Portfolio = "/portfolio" needs Viewer;
    /// Positions.
    Positions = "/positions" needs Viewer;
    /// One position.
    Position = "/position" needs Viewer;
    /// Open orders.
    Orders = "/orders" needs Viewer;
    /// Last fills.
    Trades = "/trades" needs Viewer;
    /// What is held.
    Balance = "/balance" needs Viewer;
    /// How it went.
    Performance = "/performance" needs Viewer;
    /// How the day went.
    Daily = "/daily" needs Viewer;
    /// How the week went.
    Weekly = "/weekly" needs Viewer;
    /// How the month went.
    Monthly = "/monthly" needs Viewer;
    /// Risk in numbers.
    Risk = "/risk" needs Viewer;
    /// Limits, and how much of each is used.
    RiskLimits = "/risk_limits" needs Viewer;
    /// Sets a limit.
    RiskLimitsSet = "/risk_limits set" needs Risk;
    /// What broke a limit.
    RiskAlerts = "/risk_alerts" needs Viewer;
    /// How large a position may be.
    PositionSize = "/position_size" needs Viewer;
    /// One's own alerts.
    Alerts = "/alerts" needs Viewer;
    /// Everybody's alerts; takes one of them away.
    AllAlerts = "/alerts all" needs Admin;
    /// A strategy over the past.
    Backtest = "/backtest" needs Trader;
    /// Parameters over the past.
    Optimize = "/optimize" needs Trader;
    /// One's own jobs.
    Jobs = "/jobs" needs Trader;
    /// How strategies stand.
    StrategyStatus = "/strategy_status" needs Viewer;
    /// A strategy's wishes pass again.
    StrategyStart = "/strategy start" needs Risk;
    /// A strategy makes positions only smaller.
    StrategyPause = "/strategy pause" needs Trader;
    /// A strategy does nothing; its orders are withdrawn.
    StrategyStop = "/strategy stop" needs Trader;
    /// Other parameters of a strategy.
    StrategySet = "/strategy set" needs Risk;
    /// Everything makes positions only smaller.
    Pause = "/pause" needs Trader;
    /// Trades again.
    Resume = "/resume" needs Risk;
    /// Closes a position.
    Close = "/close" needs Trader;
    /// Withdraws orders.
    Cancel = "/cancel" needs Trader;
    /// Halts everything, at the first tap.
    EmergencyStop = "/emergency_stop" needs Trader;
    /// Lets trade again after an emergency stop.
    Rearm = "/rearm" needs Risk;
    /// Whether all is well.
    Health = "/health" needs Viewer;
    /// Feeds by venue.
    Feeds = "/feeds" needs Viewer;
    /// The last lines of the log.
    Logs = "/logs" needs Admin;
    /// What build this is.
    Version = "/version" needs Viewer;
    /// The settings in force, without secrets.
    ShowConfig = "/show_config" needs Admin;
    /// The last rows of the audit.
    Audit = "/audit" needs Admin;
    /// Who one is here.
    WhoAmI = "/whoami" needs Viewer;
    /// A link to the web page.
    Web = "/web" needs Viewer;
    /// The first word.
    Start = "/start" needs Viewer;
    /// What there is.
    Help = "/help" needs Viewer;
    /// One's own zone, language and hours.
    Settings = "/settings" needs Viewer;
}

//! Nothing of what one owns or asks for by hand is told another: every row, stream and Telegram command, asked by each of two
//! people for what is the other's. What is to be asked comes from the table of roles: a row without a line below does not
//! compile. Each has words that stand nowhere else (numbers of orders, prices, a strategy's name), and the account has some;
//! and whatever the one does, the other is told the same as before, byte for byte.

use crate::client::{Answer, PATIENCE, Stream, ask, get_until, get_with};
use crate::jobs::settings as jobs;
use crate::people::{Folder, bearer, claimed, joined, post};
use crate::rig::{NOW, OWNERS, Rig, USDM, report};
use crate::telegram::fake::Fake;
use crate::telegram::{Memory, settings_of};
use bridges::Locks;
use bridges::role::{Needs, Role, Route, Stream as Row, Telegram, Verb};
use engine_core::risk::decision::{Breaches, Cause, DecisionKind, Denial, Wish};
use engine_core::strategy::manual::Answered;
use engine_model::command::CommandKind;
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::market::MarketChange;
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::{Liquidity, Report};
use engine_model::steer::Steer;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What a row has to do with what is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Concern {
    /// Tells of orders, executions, positions or strategies: whoever has some finds them there.
    Tells,
    /// Tells of the account, of which others are told a part, or nothing.
    Account,
    /// Does something to the one that it names.
    Does,
    /// Nothing.
    None,
}

const fn of_route(route: Route) -> Concern {
    use Concern::{Account, Does, None, Tells};
    match route {
        Route::Costs | Route::Orders => Tells,
        Route::Executions | Route::Strategies | Route::RiskAlerts | Route::Limits | Route::TradingState => Tells,
        Route::JobResult => Tells,
        Route::Balance | Route::Performance | Route::RiskMetrics | Route::Metrics | Route::Engine => Account,
        Route::Positions | Route::PortfolioRisk | Route::Attribution => Account,
        Route::ModifyOrder | Route::CancelOrder | Route::StartStrategy | Route::PauseStrategy => Does,
        Route::StopStrategy | Route::SetStrategy | Route::Halt | Route::Reduce | Route::Resume | Route::AddAlert => {
            Does
        }
        // His own is told whoever enters it; these ask of everything, and answer with what is seen of it.
        Route::PlaceOrder | Route::Flatten | Route::CancelAll | Route::SetLimit => None,
        Route::Index | Route::Health | Route::OpenApi | Route::Docs | Route::LoginPage => None,
        Route::OrderBook | Route::Venues | Route::Trades | Route::Ohlcv | Route::Overview | Route::MarketAnalysis => {
            None
        }
        Route::MarketVolume | Route::Cvd | Route::Profile | Route::Liquidations | Route::OpenInterest => None,
        Route::Funding | Route::LongShort => None,
        Route::Alerts | Route::AlertHits | Route::RemoveAlert | Route::SnoozeAlert | Route::AllAlerts => None,
        Route::RemoveAnyAlert | Route::Backtests | Route::StartBacktest | Route::Optimizations => None,
        Route::StartOptimization | Route::Jobs | Route::Job | Route::CancelJob | Route::StartBackfill => None,
        Route::StartReport | Route::StartSnapshot | Route::StartBackup | Route::Schedules => None,
        Route::LoginForm | Route::LogoutForm | Route::Login | Route::Claim | Route::Logout | Route::Me => None,
        Route::OwnPassword | Route::Keys | Route::AddKey | Route::RevokeKey | Route::Users | Route::AddUser => None,
        Route::ChangeUser | Route::Audit => None,
    }
}

const fn of_stream(row: Row) -> Concern {
    match row {
        Row::Portfolio | Row::Orders => Concern::Tells,
        Row::MarketData | Row::Alerts | Row::Analysis => Concern::None,
    }
}

/// What is said, where the command has to do with what is traded: of what is the other's, where it names something.
fn said(row: Telegram, other: &Owner) -> Option<(Concern, String)> {
    use Concern::{Account, Does, Tells};
    let (order, strategy) = (other.order(0), format!("strategy:{}", other.strategy));
    Some(match row {
        Telegram::Signals | Telegram::Positions | Telegram::Orders | Telegram::Trades => (Tells, row.word().to_owned()),
        Telegram::Position => (Tells, "/position BTC".to_owned()),
        Telegram::RiskAlerts | Telegram::StrategyStatus => (Tells, row.word().to_owned()),
        Telegram::Portfolio | Telegram::Performance | Telegram::Daily | Telegram::Weekly | Telegram::Monthly => {
            (Account, row.word().to_owned())
        }
        Telegram::Balance | Telegram::Risk | Telegram::RiskLimits => (Account, row.word().to_owned()),
        Telegram::PositionSize => (Account, "/position_size BTC 5%".to_owned()),
        Telegram::Alerts => (Does, format!("/alerts add {} strategy above 1", other.name_of_strategy)),
        Telegram::StrategyPause | Telegram::StrategyStop => (Does, format!("{} {strategy}", row.word())),
        Telegram::Close => (Does, "/close BTC 50%".to_owned()),
        Telegram::Cancel => (Does, format!("/cancel {order}")),
        // Of everybody, or of roles that see the whole.
        Telegram::EmergencyStop | Telegram::Pause | Telegram::Resume | Telegram::Rearm => return None,
        Telegram::RiskLimitsSet | Telegram::StrategyStart | Telegram::StrategySet | Telegram::AllAlerts => return None,
        Telegram::Logs | Telegram::ShowConfig | Telegram::Audit => return None,
        // Of the market, the machine, one's own jobs and habits.
        Telegram::Price | Telegram::Analysis | Telegram::Volume | Telegram::Cvd | Telegram::OpenInterest => {
            return None;
        }
        Telegram::Funding | Telegram::LongShort | Telegram::Profile | Telegram::Liquidations => return None,
        Telegram::VolumeScan | Telegram::TopTen | Telegram::Backtest | Telegram::Optimize | Telegram::Jobs => {
            return None;
        }
        Telegram::Health | Telegram::Feeds | Telegram::Version | Telegram::WhoAmI | Telegram::Web => return None,
        Telegram::Start | Telegram::Help | Telegram::Settings => return None,
    })
}

/// Somebody, and what is his.
struct Owner {
    name: &'static str,
    session: String,
    chat: u64,
    strategy: u8,
    name_of_strategy: &'static str,
    /// The tens of his orders' numbers, and the price of all of them.
    tens: u32,
    px: Ticks,
}

/// The desk of people.
const DESK: u8 = 4;
/// What the account is worth, and what it paid for what it holds: as they are told.
const OF_ACCOUNT: [&str; 2] = ["99777", "61837.0123"];

impl Owner {
    fn order(&self, nth: u32) -> ClientOrderId {
        ClientOrderId::new(self.strategy, 7, self.tens + nth)
    }

    fn by_hand(&self, nth: u32) -> ClientOrderId {
        ClientOrderId::new(DESK, 7, self.tens + nth)
    }

    fn price(&self) -> String {
        format!("{}.{}", self.px.0 / 10, self.px.0 % 10)
    }

    /// What is written of his and of nobody else's.
    fn words(&self) -> Vec<String> {
        let numbers = (0..9).flat_map(|nth| [self.order(nth).to_string(), self.by_hand(nth).to_string()]);
        let named = [self.price(), format!("strategy:{}", self.strategy), self.name_of_strategy.to_owned()];
        numbers.chain(named).collect()
    }
}

/// The words of an answer, but for those of the question.
fn found<'w>(words: &'w [String], text: &str, asked: &str) -> Vec<&'w str> {
    words.iter().filter(|word| text.contains(*word) && !asked.contains(*word)).map(String::as_str).collect()
}

fn with(of: &Report, owner: &Owner, id: ClientOrderId) -> Report {
    Report { client_order_id: id, strategy: StrategyId(id.strategy()), px: owner.px, qty: Lots(10), ..*of }
}

fn accepted(owner: &Owner, id: ClientOrderId) -> Report {
    with(&report(0, OrderStatus::Accepted), owner, id)
}

fn filled(owner: &Owner, id: ClientOrderId) -> Report {
    let (last_px, last_qty, fee) = (owner.px, Lots(10), Quote(1_000_000));
    let event = OrderEvent::Filled { trade_id: id.0, last_px, last_qty, fee, liquidity: Liquidity::Maker };
    Report { event, filled_qty: Lots(10), venue_at_ns: NOW, ..with(&report(0, OrderStatus::Filled), owner, id) }
}

fn denied(owner: &Owner, id: ClientOrderId) -> DecisionKind {
    let (instrument, px, qty) = (USDM, owner.px, Lots(10));
    DecisionKind::Denied(Denial {
        order: Order { client_order_id: id, instrument, px, qty, ..Order::default() },
        wish: Wish::Submit,
        breaches: Breaches::default().with(Check::PriceCollar),
        refusal: Refusal::new(Check::PriceCollar, 300, 200),
    })
}

/// Plays risk and the desk of people while somebody asks; what was asked of strategies, and what he was told.
fn during<T: Send>(
    rig: &mut Rig,
    owner: &Owner,
    next: ClientOrderId,
    asks: impl FnOnce() -> T + Send,
) -> (Vec<StrategyId>, T) {
    std::thread::scope(|scope| {
        let asked = scope.spawn(asks);
        let (start, mut steered, mut values) = (Instant::now(), Vec::new(), [0; 32]);
        while !asked.is_finished() {
            assert!(start.elapsed() < 6 * PATIENCE, "nobody is answered");
            let mut taken = Vec::new();
            rig.commands.take(16, |_, command| taken.push(*command));
            for command in taken {
                rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what });
                let CommandKind::Steer { strategy, what } = command.what else { continue };
                steered.push(strategy);
                let Steer::Set { param, value, is_last } = what else {
                    what.mode()
                        .iter()
                        .for_each(|mode| rig.counters.strategies.rows[strategy.0 as usize - 1].set_mode(*mode));
                    continue;
                };
                values[usize::from(param)] = value;
                if is_last && strategy == StrategyId(DESK) {
                    // Heard before the desk has answered, as it may be.
                    let id = if values[1] == 0 { next } else { ClientOrderId(values[2] as u64) };
                    let news = if values[1] == 0 { accepted(owner, id) } else { canceled(owner, id) };
                    rig.report(news);
                    std::thread::sleep(Duration::from_millis(20));
                    let answer = Answered { ticket: values[0], outcome: Ok(id) };
                    rig.counters.strategies.rows[usize::from(DESK) - 1].set_answer(Some(answer));
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        (steered, asked.join().expect("asked"))
    })
}

fn canceled(owner: &Owner, id: ClientOrderId) -> Report {
    Report { event: OrderEvent::Canceled, status: OrderStatus::Canceled, ..accepted(owner, id) }
}

/// Everything that somebody's strategy and he himself can have: orders that stand and that were filled, a refusal, a halt.
fn trades(rig: &mut Rig, owner: &Owner, round: u32) {
    let first = 4 * round;
    let order = json!({ "symbol": "BTCUSDT.binance-usdm", "side": "buy", "qty": "0.010", "price": owner.price() });
    let (address, session) = (rig.address, owner.session.clone());
    for nth in [first, first + 1] {
        let asks = || post(address, "/api/v1/trading/orders", &session, &order);
        let (steered, answer) = during(rig, owner, owner.by_hand(nth), asks);
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert!(answer.body.contains(&owner.by_hand(nth).to_string()), "{}", answer.body);
        assert!(steered.iter().all(|of| *of == StrategyId(DESK)));
        rig.report(accepted(owner, owner.order(nth)));
    }
    rig.report(filled(owner, owner.order(first + 1)));
    rig.report(filled(owner, owner.by_hand(first + 1)));
    rig.decide_of(owner.strategy, denied(owner, owner.order(first + 2)));
    rig.decide_of(DESK, denied(owner, owner.by_hand(first + 2)));
    let scope = Scope::Strategy(StrategyId(owner.strategy));
    rig.decide(DecisionKind::State { scope, state: TradingState::Reducing, cause: Cause::CircuitBreaker });
}

/// A house of two people who own, one who sees the whole, and an admin.
struct House {
    rig: Rig,
    fake: Fake,
    owners: [Owner; 2],
    rosa: String,
    _folder: Folder,
    _memory: Memory,
}

/// Tom's, Eve's and Rosa's.
const CHATS: [u64; 3] = [21, 22, 23];

fn house(name: &str) -> House {
    let (folder, memory, fake) = (Folder::new(name), Memory::new(name), Fake::new());
    let locks = Locks { people: Some(folder.config()), ..Locks::default() };
    let people = [(CHATS[0], "tom", Role::Trader), (CHATS[1], "eve", Role::Trader), (CHATS[2], "rosa", Role::Risk)];
    let mut rig = Rig::shared(locks, jobs(&folder.0), settings_of(&fake, &memory, &people));
    let admin = claimed(&rig, &folder.0);
    let mut join = |name, role, at_s| joined(&mut rig, &admin, name, role, at_s);
    let owner = |place: usize, session: String| Owner {
        name: OWNERS[place],
        session,
        chat: CHATS[place],
        strategy: place as u8 + 1,
        name_of_strategy: ["sma_cross", "rsi_macd"][place],
        tens: [700, 800][place],
        px: Ticks([618_111, 618_222][place]),
    };
    let owners = [owner(0, join("tom", "trader", 30)), owner(1, join("eve", "trader", 60))];
    let rosa = join("rosa", "risk", 90);
    rig.publish(USDM, MarketChange::Mark { px: Ticks(618_000) });
    rig.portfolio(99_777);
    let head = bearer(&rosa);
    let start = Instant::now();
    while !get_with(rig.address, "/api/v1/portfolio/performance", &head).body.contains("99777") {
        assert!(start.elapsed() < PATIENCE, "the engine has told nothing");
        std::thread::sleep(Duration::from_millis(5));
    }
    House { rig, fake, owners, rosa, _folder: folder, _memory: memory }
}

/// Until what was traded is told whoever sees the whole, what it cost included: that is told a second later.
fn heard(house: &mut House, place: usize, round: u32) {
    let owner = &house.owners[place];
    let later = accepted(owner, owner.order(4 * round + 3));
    house.rig.report(Report { received_at_ns: NOW.plus(2 * Nanos::SECOND), ..later });
    let (order, hand) = (owner.order(4 * round + 2).to_string(), owner.by_hand(4 * round + 1).to_string());
    let start = Instant::now();
    let has = |path: &str, word: &str| get_with(house.rig.address, path, &bearer(&house.rosa)).body.contains(word);
    while !has("/api/v1/risk/alerts", &order)
        || !has("/api/v1/portfolio/costs", &hand)
        || !has("/api/v1/trading/executions?limit=200", &hand)
    {
        assert!(start.elapsed() < PATIENCE, "not heard");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A row that reads, as somebody asks it.
fn read(address: SocketAddr, route: Route, session: &str, job: &str) -> Answer {
    let path = route.path().replace("{symbol}", "BTCUSDT.binance-usdm").replace("{id}", job).replace("{name}", "tom");
    get_with(address, &path, &bearer(session))
}

fn reads() -> impl Iterator<Item = Route> {
    // A document that names every strategy there is tells of none that runs.
    Route::ALL
        .iter()
        .copied()
        .filter(|route| route.verb() == Verb::Get && !matches!(route, Route::OpenApi | Route::Docs))
}

/// A report of his own: the number of the job.
fn reported(address: SocketAddr, session: &str) -> String {
    let begun = post(address, "/api/v1/jobs/report", session, &json!({}));
    assert_eq!(begun.status, 202, "{}", begun.body);
    let id = begun.json()["id"].to_string();
    let start = Instant::now();
    while get_with(address, &format!("/api/v1/jobs/{id}"), &bearer(session)).json()["state"] != "done" {
        assert!(start.elapsed() < 3 * PATIENCE, "no report");
        std::thread::sleep(Duration::from_millis(20));
    }
    id
}

#[test]
fn no_row_and_no_stream_tells_one_what_is_anothers_and_each_tells_him_his_own() {
    let mut house = house("sight-rows");
    for place in 0..2 {
        trades(&mut house.rig, &house.owners[place], 0);
        heard(&mut house, place, 0);
    }
    let House { rig, owners, rosa, .. } = &house;
    let whole = reported(rig.address, rosa);
    let [tom, eve] = owners.each_ref();
    for (one, other) in [(tom, eve), (eve, tom)] {
        let (own, foreign) = (one.words(), other.words());
        let job = reported(rig.address, &one.session);
        for route in reads() {
            let told = read(rig.address, route, &one.session, &job).body;
            let leaks = found(&foreign, &told, "");
            assert!(leaks.is_empty(), "{route:?} tells {} {leaks:?}: {told}", one.name);
            let account: Vec<_> = OF_ACCOUNT.iter().filter(|word| told.contains(**word)).collect();
            assert!(account.is_empty(), "{route:?} tells {} what is the account's: {account:?}: {told}", one.name);
            if of_route(route) == Concern::Tells {
                assert!(!found(&own, &told, "").is_empty(), "{route:?} does not tell {} his own: {told}", one.name);
            }
            let theirs = read(rig.address, route, rosa, &whole).body;
            if of_route(route) == Concern::Tells {
                assert!(
                    !found(&foreign, &theirs, "").is_empty(),
                    "{route:?} does not tell whoever sees the whole: {theirs}"
                );
            }
        }
        // Another's report is nobody's.
        assert_eq!(read(rig.address, Route::JobResult, &one.session, &whole).status, 404);
        for row in Row::ALL {
            let path = row.path().replace("{symbol}", "BTCUSDT.binance-usdm");
            let told = Stream::open_as(rig.address, &path, &one.session).next().expect("a picture").to_string();
            let leaks = found(&foreign, &told, "");
            assert!(leaks.is_empty(), "{row:?} tells {} {leaks:?}: {told}", one.name);
            let tells_own = !found(&own, &told, "").is_empty();
            assert!(
                tells_own || of_stream(*row) != Concern::Tells,
                "{row:?} does not tell {} his own: {told}",
                one.name
            );
        }
    }
    let held = |session: &str| read(rig.address, Route::Positions, session, "0").json();
    let told = held(&tom.session);
    assert_eq!(
        (&told["of"], told["positions"].as_array().map(Vec::len)),
        (&json!(["sma_cross", "imbalance_maker"]), Some(1))
    );
    let first = &told["positions"][0];
    assert_eq!(
        (&first["qty"], &first["avg_px"], &first["strategies"]),
        (&json!("0.010"), &json!("61811.1000"), &json!(["sma_cross"]))
    );
    assert!(held(rosa)["of"].is_null());
    // What the parts come to: the spread of ten lots bought above the mark, and a fee.
    for (route, field) in [(Route::Attribution, "profit_usd"), (Route::Performance, "pnl_usd")] {
        for (owner, earned) in [(tom, "-0.121"), (eve, "-0.232")] {
            let told = read(rig.address, route, &owner.session, "0").json();
            assert_eq!((&told[field], &told["equity_usd"]), (&json!(earned), &Value::Null), "{route:?}: {told}");
        }
    }
}

#[test]
fn whatever_one_does_another_is_told_the_same_as_before() {
    let mut house = house("sight-same");
    trades(&mut house.rig, &house.owners[0], 0);
    heard(&mut house, 0, 0);
    let (address, session) = (house.rig.address, house.owners[0].session.clone());
    // The machine's own: how busy it is, and how much was asked of it.
    let is_steady =
        |route: &Route| !matches!(route, Route::Engine | Route::Metrics | Route::Health | Route::Jobs | Route::Job);
    let all = || -> Vec<(Route, String)> {
        let steady = reads().filter(is_steady).filter(|route| of_route(*route) != Concern::None);
        let asked = steady.filter(|route| *route != Route::JobResult);
        asked.map(|route| (route, read(address, route, &session, "0").body)).collect()
    };
    let before = all();
    let mut orders = Stream::open_as(address, "/ws/orders", &session);
    assert_eq!(orders.next().expect("a picture")["type"], "snapshot");
    let mut portfolio = Stream::open_as(address, "/ws/portfolio", &session);
    assert_eq!(portfolio.next().expect("a picture")["type"], "snapshot");
    let notices = house.fake.said();
    for round in 0..2 {
        trades(&mut house.rig, &house.owners[1], round);
        heard(&mut house, 1, round);
        house.rig.portfolio(99_777);
        // How many of whose orders were measured is everybody's.
        house.rig.latency();
    }
    for ((route, before), (_, after)) in before.into_iter().zip(all()) {
        assert_eq!(before, after, "{route:?} tells tom that eve did something");
    }
    // What he hears next is his own, and numbered as if nothing had been before.
    let [tom, eve] = house.owners.each_ref();
    house.rig.report(filled(tom, tom.order(8)));
    let next = orders.next().expect("his own");
    assert_eq!(next["seq"], 2, "{next}");
    let told = if next["type"] == "fills" { next } else { orders.next().expect("his own") };
    assert_eq!(told["fills"].as_array().map(Vec::len), Some(1), "{told}");
    assert!(told.to_string().contains(&tom.order(8).to_string()), "{told}");
    let mut changes = 0;
    loop {
        let told = portfolio.next().expect("his own");
        let text = told.to_string();
        assert!(found(&eve.words(), &text, "").is_empty(), "{text}");
        changes += u32::from(told["type"] == "orders");
        if text.contains(&tom.order(8).to_string()) {
            break;
        }
    }
    assert_eq!(changes, 1, "his own execution changed what is open, and nothing else did");
    // Each is told of his own without asking; whoever sees the whole, of both.
    let own = |chat: u64, word: String| {
        house.fake.wait(notices, |call| call.is_to(chat) && call.is_notice() && call.text().contains(&word));
    };
    own(eve.chat, eve.price());
    own(CHATS[2], eve.price());
    own(tom.chat, tom.price());
    for call in house.fake.calls().iter().filter(|call| call.is_to(tom.chat)) {
        assert!(found(&eve.words(), &call.text(), "").is_empty(), "{}", call.text());
    }
    get_until(address, "/health", |answer| answer.status == 401);
}

/// A row that does something to what is another's: how it is asked.
fn deed(route: Route, other: &Owner) -> (String, Option<Value>) {
    let strategy = format!("strategy:{}", other.strategy);
    let body = match route {
        Route::ModifyOrder => Some(json!({ "qty": "0.020" })),
        Route::SetStrategy => Some(json!({ "params": { "fast": 3 } })),
        Route::Halt | Route::Reduce | Route::Resume => Some(json!({ "scope": strategy })),
        Route::AddAlert => Some(json!({ "measure": "strategy", "of": other.name_of_strategy, "above": 1 })),
        _ => None,
    };
    (route.path().replace("{strategy}", &strategy), body)
}

#[test]
fn nobody_can_do_anything_to_what_is_anothers_and_is_answered_as_of_what_there_is_not() {
    let mut house = house("sight-deeds");
    for place in 0..2 {
        trades(&mut house.rig, &house.owners[place], 0);
        heard(&mut house, place, 0);
    }
    let House { rig, owners, rosa, .. } = &mut house;
    let address = rig.address;
    for (one, other) in [(0, 1), (1, 0)].map(|(one, other)| (&owners[one], &owners[other])) {
        let head = bearer(&one.session);
        for route in Route::ALL.iter().copied().filter(|route| of_route(*route) == Concern::Does) {
            for order in [other.order(0), other.by_hand(0)] {
                let (path, body) = deed(route, other);
                let path = path.replace("{order}", &order.to_string());
                let body = body.map(|body| body.to_string());
                let asks = || ask(address, route.verb().name(), &path, &head, body.as_deref());
                let (steered, answer) = during(rig, other, other.by_hand(9), asks);
                assert_eq!(steered, [], "{route:?} by {} is heard of by a strategy: {}", one.name, answer.body);
                let is_barred = answer.status == 403 && !route.needs().allow(Some(Role::Trader));
                assert!(is_barred || matches!(answer.status, 400 | 404 | 409), "{route:?}: {}", answer.body);
                let asked = format!("{path} {}", body.as_deref().unwrap_or_default());
                let leaks = found(&other.words(), &answer.body, &asked).len();
                assert_eq!(leaks, 0, "{route:?}: {}", answer.body);
                // As of what there is not: the same words, but for the name.
                let nothing = |text: &str| {
                    let of =
                        [order.to_string(), format!("strategy:{}", other.strategy), other.name_of_strategy.to_owned()];
                    of.iter().fold(text.to_owned(), |text, word| text.replace(word, "*"))
                };
                let unknown = |text: &str| text.replace('*', "R9-9-9");
                let (path, body) = (unknown(&nothing(&path)), body.as_deref().map(nothing).map(|body| unknown(&body)));
                let asks = || ask(address, route.verb().name(), &path, &head, body.as_deref());
                let (_, as_unknown) = during(rig, other, other.by_hand(9), asks);
                assert_eq!(answer.status, as_unknown.status, "{route:?}: {} {}", answer.body, as_unknown.body);
                assert_eq!(nothing(&answer.body), as_unknown.body.replace("R9-9-9", "*"), "{route:?}");
            }
        }
        // He withdraws all that he sees: three of his own, which stand; nothing of the other's.
        let asks = || ask(address, "POST", "/api/v1/trading/cancel-all", &head, None);
        let (steered, answer) = during(rig, one, one.by_hand(9), asks);
        assert_eq!((answer.status, answer.json()["open_orders"].clone()), (200, json!(0)), "{}", answer.body);
        assert!(!steered.is_empty() && steered.iter().all(|of| *of == StrategyId(DESK)));
        let left = get_with(address, "/api/v1/trading/orders", &bearer(rosa)).json();
        let of_other = left["open"].as_array().expect("a list").len();
        assert_eq!(of_other, if one.name == "tom" { 3 } else { 0 }, "{left}");
    }
    // What stops everything stays everybody's who may.
    let head = bearer(&owners[0].session);
    let asks = || ask(address, "POST", "/api/v1/trading/halt", &head, Some("{\"scope\": \"whole\"}"));
    let (_, answer) = during(rig, &owners[0], owners[0].by_hand(9), asks);
    assert_eq!((answer.status, answer.json()["trading_state"].clone()), (200, json!("HALTED")), "{}", answer.body);
    assert!(found(&owners[1].words(), &answer.body, "").is_empty(), "{}", answer.body);
}

#[test]
fn no_command_of_telegram_tells_one_what_is_anothers_and_none_does_anything_to_it() {
    let mut house = house("sight-telegram");
    for place in 0..2 {
        trades(&mut house.rig, &house.owners[place], 0);
        heard(&mut house, place, 0);
    }
    let [tom, eve] = house.owners.each_ref();
    for (one, other) in [(tom, eve), (eve, tom)] {
        let needs_more = |row: &Telegram| !row.needs().allow(Some(Role::Trader));
        let foreign = other.words();
        for (row, (concern, text)) in Telegram::ALL.iter().filter_map(|row| Some((row, said(*row, other)?))) {
            assert!(!needs_more(row) && row.needs() != Needs::Nothing, "{row:?} is not a trader's");
            let told = house.fake.ask(one.chat, &text).text();
            let leaks = found(&foreign, &told, &text);
            assert!(leaks.is_empty(), "{text} tells {} {leaks:?}: {told}", one.name);
            assert!(OF_ACCOUNT.iter().all(|word| !told.replace(',', "").contains(word)), "{text}: {told}");
            if concern == Concern::Tells {
                assert!(
                    !found(&one.words(), &told, &text).is_empty(),
                    "{text} does not tell {} his own: {told}",
                    one.name
                );
            }
            if concern == Concern::Does {
                assert!(!told.contains("Sure?") && !told.starts_with("alert "), "{text} by {}: {told}", one.name);
            }
        }
    }
    let asked = "/cancel R1-7-700 R2-7-800 strategy:1 strategy:2 sma_cross rsi_macd";
    for (one, foreign) in [(tom, eve.words()), (eve, tom.words())] {
        for call in house.fake.calls().iter().filter(|call| call.is_to(one.chat)) {
            let text = call.text();
            assert!(found(&foreign, &text, asked).is_empty(), "{} is told: {text}", one.name);
        }
    }
}

/// What a person's alert cannot look at.
fn blind(address: SocketAddr, session: &str) -> Vec<String> {
    let told = get_with(address, "/api/v1/alerts", &bearer(session)).json();
    let rules = told["alerts"].as_array().expect("a list");
    rules.iter().filter_map(|rule| rule["blind"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_key_that_sees_a_part_gets_nothing_done_that_tells_the_whole_of_its_user() {
    let House { rig, rosa, .. } = house("sight-keys");
    let key = post(rig.address, "/api/v1/keys", &rosa, &json!({ "name": "bot", "role": "trader" })).json();
    let key = key["key"].as_str().expect("shown once").to_owned();
    let report = reported(rig.address, &rosa);
    let alert = json!({ "measure": "profit", "above": 1 });
    let asked = [
        post(rig.address, "/api/v1/jobs/report", &key, &json!({})),
        post(rig.address, "/api/v1/alerts", &key, &alert),
        get_with(rig.address, &format!("/api/v1/backtesting/results/{report}"), &bearer(&key)),
    ];
    for answer in asked {
        assert_eq!((answer.status, &answer.error()["code"]), (403, &json!("key_sees_less")), "{}", answer.body);
    }
    assert_eq!(post(rig.address, "/api/v1/alerts", &rosa, &alert).status, 201, "she herself may");
}

#[test]
fn how_much_passes_is_told_whoever_sees_all_of_it() {
    let House { rig, rosa, owners, .. } = house("sight-rings");
    let rings = |session: &str| {
        let told = get_with(rig.address, "/api/v1/engine", &bearer(session)).json();
        let rings = told["rings"].as_array().expect("a list").clone();
        rings.iter().filter(|ring| !ring["name"].as_str().is_some_and(|name| name.starts_with("market."))).count()
    };
    assert_eq!(rings(&owners[0].session), 0);
    assert!(rings(&rosa) > 0);
}

#[test]
fn an_alert_measures_what_its_owner_sees() {
    let mut house = house("sight-alerts");
    trades(&mut house.rig, &house.owners[0], 0);
    heard(&mut house, 0, 0);
    let (address, session) = (house.rig.address, &house.owners[0].session);
    let add = |of: Value| post(address, "/api/v1/alerts", session, &of);
    for account in [
        json!({ "measure": "profit", "above": 1_000_000 }),
        json!({ "measure": "drawdown", "above": 99 }),
        json!({ "measure": "limit", "of": "leverage_max_pct", "above": 99 }),
        json!({ "measure": "strategy", "of": "sma_cross", "above": 1_000_000 }),
    ] {
        assert_eq!(add(account.clone()).status, 201, "{account}");
    }
    let refused = add(json!({ "measure": "strategy", "of": "rsi_macd", "above": 1 }));
    assert!(refused.status == 400 && !refused.error()["expected"].to_string().contains("rsi_macd"), "{}", refused.body);
    let start = Instant::now();
    while blind(address, session).len() < 3 {
        assert!(start.elapsed() < PATIENCE, "never looked at");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(600));
    let blind = blind(address, session);
    assert!(blind.len() == 3 && blind.iter().all(|why| why.contains("of the whole account")), "{blind:?}");
}

#[test]
fn without_users_a_person_of_telegram_owns_and_whoever_is_at_this_machine_sees_the_houses() {
    let (folder, memory, fake) = (Folder::new("sight-local"), Memory::new("sight-local"), Fake::new());
    // Two who have one name: which of them is the owner nobody knows.
    let people = [(CHATS[0], "tom", Role::Trader), (CHATS[1], "eve", Role::Trader), (24, "eve", Role::Trader)];
    let mut rig = Rig::shared(Locks::default(), jobs(&folder.0), settings_of(&fake, &memory, &people));
    for strategy in 1..=3 {
        let id = ClientOrderId::new(strategy, 7, 1);
        let report = report(0, OrderStatus::Accepted);
        rig.report(Report { client_order_id: id, strategy: StrategyId(strategy), ..report });
    }
    let told = get_until(rig.address, "/api/v1/trading/orders", |answer| answer.body.contains("R3-7-1")).json();
    assert_eq!((&told["total"], told["open"].as_array().map(Vec::len)), (&json!(1), Some(1)), "{told}");
    for (chat, own) in [(CHATS[0], "R1-7-1"), (CHATS[1], "R3-7-1"), (24, "R3-7-1")] {
        let told = fake.ask(chat, "/orders").text();
        let seen: Vec<_> = ["R1-7-1", "R2-7-1", "R3-7-1"].into_iter().filter(|id| told.contains(id)).collect();
        assert!(seen.contains(&own) && !seen.contains(&"R2-7-1"), "{chat}: {told}");
        assert_eq!(seen.len(), if chat == CHATS[0] { 2 } else { 1 }, "{chat}: {told}");
    }
}

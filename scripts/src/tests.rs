//! Scripts as the engine sees them: real rings, the real stage.

use crate::declared::{entry, load};
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::play::Need;
use engine_core::strategy::{StrategyStage, Time};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{OrderEvent, OrderStatus};
use engine_model::report::{Liquidity, Report};
use engine_model::steer::{Mode, Steer};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::ring::{Reader, Spec, Writer, ring};
use engine_ring::stage::{Poll, Stage as _};
use std::path::Path;
use std::sync::Arc;

struct Rig {
    stage: StrategyStage,
    market: Writer<MarketEvent>,
    reports: Writer<Report>,
    intents: Reader<Intent>,
    at_ms: u64,
}

impl Rig {
    fn new(strategies: Vec<Strategy>) -> Self {
        let name = |text| Name::new(text).expect("short");
        let contract = Instrument {
            id: InstrumentId(0),
            venue: VenueId::BinanceUsdm,
            symbol: name("XUSDT"),
            base: name("X"),
            quote: name("USDT"),
            kind: ContractKind::Linear,
            grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 2, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000),
            min_notional: Quote::whole(10),
        };
        let spec = |name| Spec { name, depth: 1_024, readers: &["reader"], taps: &[] };
        let (mut market, mut reports, mut intents) =
            (ring(&spec("market")), ring(&spec("report")), ring(&spec("intent")));
        let stage = StrategyStage::new(
            strategies,
            7,
            Arc::new(Instruments::new(vec![contract])),
            vec![(VenueId::BinanceUsdm, market.reader("reader").expect("granted"))],
            reports.reader("reader").expect("granted"),
            intents.writer("strategy").expect("free"),
            Time::Events,
        );
        let (market, reports) = (market.writer("venue").expect("free"), reports.writer("execution").expect("free"));
        let mut rig = Self { stage, market, reports, intents: intents.reader("reader").expect("granted"), at_ms: 100 };
        rig.market(MarketChange::Book(BookState::Synced));
        rig.top(100_000);
        rig
    }

    fn market(&mut self, change: MarketChange) {
        let received_at_ns = Nanos(self.at_ms * Nanos::MILLI);
        let at = Stamp { received_at_ns, venue: VenueId::BinanceUsdm, ..Stamp::default() };
        self.market.try_publish(MarketEvent { at, change }).expect("room");
    }

    fn top(&mut self, bid: i64) {
        let level = |px| Level { px: Ticks(px), qty: Lots(50) };
        self.market(MarketChange::Top { bid: level(bid), ask: level(bid + 10), imbalance_bps: 0 });
    }

    fn trade(&mut self, at_ms: u64, px: i64) {
        self.at_ms = at_ms;
        self.market(MarketChange::Trade { px: Ticks(px), qty: Lots(1), aggressor: Side::Buy, trade_id: at_ms });
    }

    fn report(&mut self, report: Report) {
        let received_at_ns = Nanos(self.at_ms * Nanos::MILLI);
        self.reports.try_publish(Report { received_at_ns, ..report }).expect("room");
    }

    fn steer(&mut self, what: Steer) {
        self.report(Report { strategy: StrategyId(1), event: OrderEvent::Steered(what), ..Report::default() });
    }

    /// What was wished for; each order of `strategy` fills at once.
    fn wishes(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            while self.stage.poll() == Poll::Worked {}
            let mut read = Vec::new();
            self.intents.take(1_024, |_, intent| read.push(*intent));
            if read.is_empty() {
                return told;
            }
            for intent in read {
                let IntentKind::Submit(order) = intent.what else {
                    told.push(format!("{:?}", intent.what));
                    continue;
                };
                let side = if order.side == Side::Buy { "buy" } else { "sell" };
                told.push(format!("{} {side} {} @ {}", intent.strategy.0, order.qty.0, order.px.0));
                let (last_px, last_qty, liquidity) = (order.px, order.qty, Liquidity::Taker);
                let event = OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee: Quote(0), liquidity };
                self.report(Report {
                    client_order_id: order.client_order_id,
                    strategy: intent.strategy,
                    side: order.side,
                    event,
                    status: OrderStatus::Filled,
                    qty: order.qty,
                    px: order.px,
                    filled_qty: order.qty,
                    ..Report::default()
                });
            }
        }
    }

    fn mode(&self) -> Mode {
        self.stage.board().rows[0].mode()
    }

    fn state(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        self.stage.digest(&mut hasher);
        hasher.finalize().into()
    }
}

const ABOUT: &str = r#"fn about() { #{ idea: "an idea of a test", risks: "the risks of a test" } }"#;

fn scripted(text: &str) -> Rig {
    let row = entry("mine", text).expect("a script");
    Rig::new(vec![Strategy::of(row, &[InstrumentId(0)], &[]).expect("defaults")])
}

fn refused(text: &str) -> String {
    entry("mine", text).map(|row| row.name).expect_err("must be refused")
}

fn sample() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/scripts/sma_cross.rhai"))
}

/// A walk of prices without a random number.
fn walk() -> impl Iterator<Item = i64> {
    (0..400_i64).map(|n| 1_000 + (n * 37) % 91 - (n * n) % 53)
}

#[test]
fn a_script_wishes_for_what_its_twin_of_the_catalogue_does() {
    let params: Vec<_> = [("candle_ms", 1_000), ("fast", 3), ("slow", 8)].map(|(n, v)| (n.to_owned(), v)).into();
    let script = Strategy::of(load(sample()).expect("the sample"), &[InstrumentId(0)], &params).expect("good");
    let twin = Strategy::new("sma_cross", &[InstrumentId(0)], &params).expect("good");
    let mut rigs = [script, twin].map(|one| Rig::new(vec![one]));
    let mut wished = 0;
    for (second, px) in (1..).zip(walk()) {
        let told = rigs.each_mut().map(|rig| {
            rig.trade(second * 1_000, px);
            rig.wishes()
        });
        assert_eq!(told[0], told[1], "second {second}");
        wished += told[0].len();
    }
    assert!(wished > 40, "{wished} wishes do not try it");
}

#[test]
fn it_remembers_the_same_the_second_time_and_learns_what_was_kept_when_it_is_set_anew() {
    let run = |slow: i64, swap: Option<i64>| {
        let params: Vec<_> = [("candle_ms", 1_000), ("fast", 2), ("slow", slow)].map(|(n, v)| (n.to_owned(), v)).into();
        let row = load(sample()).expect("the sample");
        let mut rig = Rig::new(vec![Strategy::of(row, &[InstrumentId(0)], &params).expect("good")]);
        rig.market(MarketChange::Book(BookState::Lost));
        for (second, px) in (1..).zip(walk()) {
            rig.trade(second * 1_000, px);
            rig.wishes();
        }
        if let Some(value) = swap {
            rig.steer(Steer::Set { param: 2, value, is_last: true });
        }
        rig.trade(500_000, 1);
        rig.wishes();
        rig.state()
    };
    assert_eq!(run(9, None), run(9, None));
    assert_eq!(run(4, Some(9)), run(9, None), "as if it had always run so");
    assert_ne!(run(4, None), run(9, None));
}

#[test]
fn an_endless_loop_stops_its_strategy_by_name_and_no_other() {
    let row = entry("endless", &format!("{ABOUT} fn on_market(event) {{ loop {{ }} }}")).expect("a script");
    let endless = Strategy::of(row, &[InstrumentId(0)], &[]).expect("defaults");
    let params: Vec<_> =
        [("imbalance_skew_ticks", 0), ("inventory_skew_ticks", 0)].map(|(n, v)| (n.to_owned(), v)).into();
    let maker = Strategy::new("imbalance_maker", &[InstrumentId(0)], &params).expect("good");
    let mut rig = Rig::new(vec![endless, maker]);
    assert_eq!(rig.wishes(), ["2 buy 20 @ 100000", "2 sell 19 @ 100010"], "the other one quotes");
    let board = rig.stage.board();
    assert_eq!((board.rows[0].mode(), board.rows[1].mode()), (Mode::Failed, Mode::Running));
    let fault = board.rows[0].fault().expect("a reason");
    assert!(fault.starts_with("on_market: Too many operations"), "{fault}");
}

#[test]
fn whatever_a_script_does_wrong_is_told_with_its_line_and_a_start_makes_it_anew() {
    let text = format!("{ABOUT}\nfn start(params) {{ #{{ n: 0 }} }}\nfn on_market(event) {{ this.n += 1;\n this.m }}");
    let mut rig = scripted(&text);
    assert_eq!((rig.wishes(), rig.mode()), (vec![], Mode::Failed));
    let fault = rig.stage.board().rows[0].fault().map(str::to_owned).expect("a reason");
    assert!(fault.contains("m") && fault.contains("line 4"), "{fault}");
    rig.steer(Steer::Start);
    while rig.stage.poll() == Poll::Worked {}
    assert_eq!(rig.mode(), Mode::Running);
    rig.top(100_000);
    assert_eq!((rig.wishes(), rig.mode()), (vec![], Mode::Failed), "and fails again");
}

#[test]
fn each_of_the_bounds_holds_and_nothing_of_the_world_is_there() {
    for (text, what) in [
        ("fn on_market(e) { on_market(e) }", "Stack overflow"),
        ("fn on_market(e) { let t = \"x\"; loop { t += t; } }", "Length of string too large"),
        ("fn on_market(e) { let a = [1]; loop { a += a; } }", "Size of array/BLOB too large"),
        ("fn on_market(e) { for n in 0..65 { aim(0, 1, 10); } }", "more than 64 wishes"),
        ("fn on_market(e) { sleep(1.0) }", "Function not found: sleep"),
        ("fn on_market(e) { timestamp() }", "Function not found: timestamp"),
        ("fn on_market(e) { rand() }", "Function not found: rand"),
        ("fn on_market(e) { open_file(\"x\") }", "Function not found: open_file"),
        ("fn on_market(e) { take(0, 5, 100.5) }", "Function not found: take"),
        ("fn on_market(e) { aim(0, 1, 2.5) }", "Function not found: aim"),
        ("fn on_market(e) { aim(3, 1, 100) }", "instrument 3: it has 1"),
        ("fn on_market(e) { aim(0, 2, 100) }", "aim at 2: must be 1, 0 or -1"),
        ("fn on_market(e) { aim(0, 1, -5) }", "worth -5: must be 0 to 10000000"),
        ("fn on_market(e) { take(0, 0, 5) }", "an order of 0 lots"),
        ("fn on_market(e) { throw \"enough\" }", "enough"),
    ] {
        let mut rig = scripted(&format!("{ABOUT} {text}"));
        assert_eq!((rig.wishes(), rig.mode()), (vec![], Mode::Failed), "{text}");
        let fault = rig.stage.board().rows[0].fault().map(str::to_owned).expect("a reason");
        assert!(fault.contains(what), "{text}: {fault}");
    }
}

#[test]
fn a_script_rests_takes_and_withdraws_and_hears_what_became_of_it() {
    let text = r#"
        fn start(params) { #{ told: [] } }
        fn on_market(e) {
            if e.kind == "trade" {
                switch e.px {
                    1 => { rest(e.i, lots_for(e.i, bid(e.i), 200), bid(e.i)); }
                    2 => { take(e.i, -position(e.i), bid(e.i)); }
                    _ => { cancel(e.i); }
                }
            }
        }
        fn on_report(r) { this.told.push(`${r.kind} ${r.status} ${r.filled}`); if this.told.len() > 9 { throw "much" } }
    "#;
    let mut rig = scripted(&format!("{ABOUT} {text}"));
    rig.trade(1_000, 1);
    assert_eq!(rig.wishes(), ["1 buy 20 @ 100000"]);
    rig.trade(1_100, 2);
    assert_eq!(rig.wishes(), ["1 sell 20 @ 100000"]);
    rig.trade(1_200, 3);
    assert_eq!((rig.wishes(), rig.mode()), (vec![], Mode::Running));
}

#[test]
fn what_is_no_strategy_is_refused_with_what_is_wanted() {
    assert!(refused("fn on_bar(bar) {").contains("line 1"));
    assert!(refused("let x = 1;").contains("`about` must be a function that gives a map"));
    assert!(refused("fn about() { 5 }").contains("`about` must be a function that gives a map"));
    assert!(refused("fn about() { loop {} }").contains("Too many operations"));
    assert!(refused(r#"fn about() { #{ idea: "x" } }"#).contains("about().idea: must be a sentence"));
    let with = |more: &str| refused(&ABOUT.replace("#{ ", &format!("#{{ {more}, ")));
    assert!(with("speed: 1").contains("about().speed: unknown"));
    assert!(with("bars: [5]").contains("whole milliseconds from 10"));
    assert!(with("bars: [\"candle\"]").contains("name of a parameter"));
    assert!(with("instruments: 0").contains("whole number from 1"));
    assert!(
        with("params: [#{ name: \"a\", why: \"b\", value: 9, min: 1, max: 5 }]").contains("value 9, must be 1 to 5")
    );
    let twice = "params: [#{ name: \"a\", why: \"b\", value: 1, min: 1, max: 5 }, #{ name: \"a\", why: \"b\", value: 1, min: 1, max: 5 }]";
    assert!(with(twice).contains("stands twice"));
    assert!(refused("import \"os\" as os;").contains("import"));
    assert!(refused("fn on_bar(bar) { eval(\"1\") }").contains("eval"));
    let absent = load(Path::new("no/such/script.rhai")).map(|row| row.name).expect_err("absent").to_string();
    assert!(absent.starts_with("no/such/script.rhai: "), "{absent}");
}

#[test]
fn what_makes_no_sense_to_the_script_itself_is_refused_before_a_run() {
    let params: Vec<_> = [("fast", 9), ("slow", 8)].map(|(name, value)| (name.to_owned(), value)).into();
    let fault = Strategy::of(load(sample()).expect("the sample"), &[InstrumentId(0)], &params).expect_err("refused");
    assert!(
        fault.to_string().contains("it cannot begin: start: ") && fault.to_string().contains("`fast` must be below")
    );
    let falling = ABOUT.replace("#{ ", "#{ bars: [5000, 1000], ");
    let row = entry("falling", &falling).expect("a script");
    let fault = Strategy::of(row, &[InstrumentId(0)], &[]).expect_err("refused").to_string();
    assert!(fault.contains("shortest first"), "{fault}");
}

#[test]
fn what_a_call_costs() {
    let params: Vec<_> = [("candle_ms", 1_000), ("fast", 20), ("slow", 50)].map(|(n, v)| (n.to_owned(), v)).into();
    let script = Strategy::of(load(sample()).expect("the sample"), &[InstrumentId(0)], &params).expect("good");
    let twin = Strategy::new("sma_cross", &[InstrumentId(0)], &params).expect("good");
    for (name, strategy) in [("script", script), ("rust", twin)] {
        let mut rig = Rig::new(vec![strategy]);
        rig.wishes();
        let start = std::time::Instant::now();
        for second in 1..2_000 {
            rig.trade(second * 1_000, 1_000);
            while rig.stage.poll() == Poll::Worked {}
        }
        println!("{name}: {} ns a bar of 50 closes", start.elapsed().as_nanos() / 2_000);
    }
}

#[test]
fn what_a_script_lives_on_is_known_by_what_it_calls_and_listens_to() {
    let with = |line: &str| {
        let about = r#"fn about() { #{ idea: "an idea of some kind", risks: "some risk or other" } }"#;
        let made = entry("needy", &format!("{about}\nfn on_timer() {{ {line}\n }}")).expect("a script");
        Strategy::of(made, &[InstrumentId(0)], &[]).expect("a strategy").needs()
    };
    assert_eq!(with("aim(0, 1, 500);"), []);
    assert_eq!(with("if imbalance_bps (0) > 5 { aim(0, 1, bid_qty(0)); }"), [Need::Depth]);
    assert_eq!(
        with("let heard = this.kind == \"funding\" || this.kind == \"mark\";"),
        [Need::Funding, Need::Derivatives]
    );
    assert_eq!(with("// imbalance_bps(0) of a /* kind\n /* ask_qty(0) /* \"liquidation\" */ */ let i = 4 / 2;"), []);
}

#[path = "indicators_tests.rs"]
mod indicators;

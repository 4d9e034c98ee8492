//! `ringside run --mode live` against the simulated Binance: what the run says of its orders and positions at the end is
//! what the venue has, whatever went wrong on the way.

use crate::process::{Call, Ran, ringside};
use crate::scratch::Scratch;
use crate::trader::Trader;
use engine_core::journal::reader::Reader;
use engine_core::journal::record::{Record, Verdict};
use engine_core::journal::replay::replay;
use engine_model::command::CommandKind;
use engine_model::instrument::InstrumentId;
use engine_model::order::OrderEvent;
use engine_model::report::Report;
use engine_model::venue::VenueId;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tests_venue::account::{ApiKey, OrderFault, PrivateFault, TRADER, TRADER_ED25519, WITHDRAWER};
use tests_venue::{Config, Fault, SimulatedVenue};

/// A venue with an account, and a folder for a run on it.
pub(crate) struct Desk {
    venue: VenueId,
    pub(crate) exchange: SimulatedVenue,
    pub(crate) scratch: Scratch,
    key: ApiKey,
}

impl Desk {
    pub(crate) fn new(venue: VenueId) -> Self {
        let exchange = SimulatedVenue::start(Config::new(venue, 11)).expect("a free port");
        Self { venue, exchange, scratch: Scratch::new(), key: TRADER }
    }

    /// A file that only its owner reads.
    fn secret(&self, name: &str, text: &str) -> PathBuf {
        let path = self.scratch.file(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
        path
    }

    /// A maker's, and what is said `besides`.
    fn settings(&self, besides: &str) -> PathBuf {
        self.settings_with("[bridge]\nenabled = false\n", besides)
    }

    /// The same with these sections in front.
    pub(crate) fn settings_with(&self, first: &str, besides: &str) -> PathBuf {
        let (name, ws, rest) = (self.venue.name(), self.exchange.ws_url(), self.exchange.rest_url());
        let (id, secret) = (self.secret("id", self.key.id), self.secret("secret", self.key.secret));
        let text = format!(
            "{first}[run]\nmode = \"live\"\nequity_usd = 1000000\n[log]\nlevel = \"info\"\n\
             [risk]\nmessage_rate_per_s = 100\nmessage_burst = 200\n\
             [[venue]]\nname = \"{name}\"\nsymbols = [\"BTCUSDT\"]\nws_url = \"{ws}\"\nrest_url = \"{rest}\"\n\
             account_ws_url = \"{ws}\"\naccount_rest_url = \"{rest}\"\n\
             [venue.key]\nid = \"file:{}\"\nsecret = \"file:{}\"\n\
             [[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"{name}:BTCUSDT\"]\n\
             [strategy.params]\nrequote_ms = 100\nhysteresis_ticks = 0\n{besides}",
            id.display(),
            secret.display()
        );
        self.scratch.file("settings.toml", text)
    }

    fn call(&self, for_: &str) -> Call {
        self.call_with(for_, "")
    }

    /// The call with more settings.
    pub(crate) fn call_with(&self, for_: &str, besides: &str) -> Call {
        let call = ringside(["run", "--json", "--arm", "--for", for_, "--config"]).arg(self.settings(besides));
        call.within(self.scratch.path())
    }

    /// Runs, with these faults one after another while it trades, and holds its end against the venue's truth.
    fn story(&self, for_: &str, faults: &[Fault]) -> Ran {
        let going = self.call(for_).start();
        self.trades(10);
        for fault in faults {
            self.exchange.inject(fault.clone());
            std::thread::sleep(Duration::from_millis(1_500));
        }
        let ran = going.end();
        self.check(&ran);
        ran
    }

    /// What nobody but the two may see.
    pub(crate) fn venue_secret(&self) -> &'static str {
        self.key.secret
    }

    /// Until so many orders reached the venue.
    pub(crate) fn trades(&self, orders: usize) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.exchange.account_truth().is_none_or(|truth| truth.orders.len() < orders) {
            assert!(Instant::now() < until, "no order reaches the venue");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// At the end nothing stands, no order was entered twice, and our positions are the venue's.
    fn check(&self, ran: &Ran) {
        let told = ran.json();
        let truth = self.exchange.account_truth().expect("it answers");
        assert_eq!(told["open_orders"], 0, "{ran}");
        assert_eq!(truth.open().count(), 0, "orphans: {:?}\n{ran}", truth.open().collect::<Vec<_>>());
        let mut ids: Vec<&str> = truth.orders.iter().map(|order| order.client_id.as_str()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an order was entered twice");
        let ours = self.replayed();
        let net: i64 = truth.fills.iter().map(|fill| fill.qty * fill.side.sign()).sum();
        assert_eq!(ours, (truth.fills.len(), net), "fills and position, ours and the venue's\n{ran}");
    }

    /// What its run wrote down so far.
    pub(crate) fn journal(&self) -> Vec<u8> {
        std::fs::read(self.scratch.journal()).expect("readable")
    }

    /// Executions, and what they come to in lots, by the journal.
    fn replayed(&self) -> (usize, i64) {
        let bytes = self.journal();
        let reader = Reader::new(&bytes).expect("a journal");
        let epoch = reader.prologue().epoch;
        let replayed = replay(reader, epoch).expect("judged the same");
        assert_eq!(replayed.orders.open_count(), 0);
        fills_of(&bytes)
    }
}

fn fills_of(journal: &[u8]) -> (usize, i64) {
    let (mut count, mut net) = (0, 0);
    for entry in Reader::new(journal).expect("a journal") {
        if let Record::Report(report) = entry.expect("whole").record
            && let OrderEvent::Filled { last_qty, .. } = report.event
        {
            count += 1;
            net += last_qty.0 * report.side.sign();
        }
    }
    (count, net)
}

#[test]
fn a_maker_trades_on_spot_and_leaves_nothing_behind() {
    let desk = Desk::new(VenueId::BinanceSpot);
    let ran = desk.story("6s", &[]);
    assert!(ran.json()["orders"].as_u64() > Some(10), "{ran}");
}

#[test]
fn a_maker_trades_on_futures_and_leaves_nothing_behind() {
    let desk = Desk::new(VenueId::BinanceUsdm);
    let ran = desk.story("6s", &[]);
    assert!(ran.json()["orders"].as_u64() > Some(10), "{ran}");
}

#[test]
fn an_ed25519_key_logs_on_and_trades() {
    for venue in [VenueId::BinanceSpot, VenueId::BinanceUsdm] {
        let desk = Desk { key: TRADER_ED25519, ..Desk::new(venue) };
        desk.story("5s", &[]);
    }
}

#[test]
fn a_key_that_may_withdraw_is_refused_before_anything_begins() {
    let desk = Desk { key: WITHDRAWER, ..Desk::new(VenueId::BinanceSpot) };
    desk.call("5s").run().refused(3, &["withdraw", "binance-spot"]);
    assert_eq!(desk.exchange.account_truth().expect("it answers").orders.len(), 0);
}

/// What can go wrong with an order.
fn order_faults() -> Vec<Fault> {
    let orders = [
        OrderFault::ReplyLost,
        OrderFault::ReplyDelayed(Duration::from_millis(400)),
        OrderFault::FillBeforeAck,
        OrderFault::CancelFillRace,
        OrderFault::Status { status: 503, acted: true },
        OrderFault::Status { status: 503, acted: false },
        OrderFault::Status { status: 429, acted: false },
        OrderFault::Cut,
    ];
    orders.into_iter().map(Fault::Order).collect()
}

#[test]
fn whatever_happens_to_an_order_on_spot_is_known_at_the_end() {
    Desk::new(VenueId::BinanceSpot).story("30s", &order_faults());
}

#[test]
fn whatever_happens_to_an_order_on_futures_is_known_at_the_end() {
    Desk::new(VenueId::BinanceUsdm).story("30s", &order_faults());
}

/// What can go wrong with a line, and with all of them.
fn line_faults() -> Vec<Fault> {
    vec![
        Fault::Private(PrivateFault::Repeat),
        Fault::Private(PrivateFault::Swap),
        Fault::Disconnect,
        Fault::Private(PrivateFault::CutAfterLogin),
        Fault::Disconnect,
        Fault::Private(PrivateFault::CutBeforeSubscribed),
        Fault::Disconnect,
        Fault::ClockSkew { ms: 30_000 },
        Fault::Disconnect,
        Fault::ClockSkew { ms: 0 },
        Fault::Disconnect,
    ]
}

#[test]
fn whatever_happens_to_a_line_on_spot_is_caught_up_with() {
    Desk::new(VenueId::BinanceSpot).story("35s", &line_faults());
}

#[test]
fn whatever_happens_to_a_line_on_futures_is_caught_up_with() {
    Desk::new(VenueId::BinanceUsdm).story("35s", &line_faults());
}

/// The gate is closed until the gateway knows how the venue stands, and again behind the loss of a line; what passed in
/// between, and that it is judged the same again, the journal tells.
#[test]
fn no_order_passes_while_a_gateway_does_not_know_how_its_venue_stands() {
    let desk = Desk::new(VenueId::BinanceUsdm);
    desk.story("10s", &[Fault::Disconnect]);
    let (mut gates, bytes) = (Vec::new(), desk.journal());
    for entry in Reader::new(&bytes).expect("a journal") {
        let judgement = match entry.expect("whole").record {
            Record::Run(run) => {
                gates.push(!run.rules.closed_gates.contains(&VenueId::BinanceUsdm));
                continue;
            }
            Record::Decision(judgement) => judgement,
            _ => continue,
        };
        let is_open = *gates.last().expect("a run begins with its rules");
        match judgement.verdict {
            Verdict::Command { what: CommandKind::SetGate { venue, is_open: is_told }, .. } => {
                assert_eq!((venue, is_told), (VenueId::BinanceUsdm, !is_open), "told once");
                gates.push(is_told);
            }
            Verdict::Submit(order) => assert!(is_open, "{order:?} passed"),
            _ => {}
        }
    }
    assert!(gates.starts_with(&[false, true, false, true]), "closed, ready, a line lost, ready: {gates:?}");
}

/// A run that is killed says nothing: what it left standing, without a sentinel, is found by the next one, which does not
/// begin beside it.
#[test]
fn what_a_killed_run_left_standing_keeps_the_next_one_from_beginning() {
    let desk = Desk::new(VenueId::BinanceSpot);
    // Far from the market, so that what stands is not filled meanwhile.
    let going = desk.call_with("60s", "distance_ticks = 2000\n[sentinel]\nenabled = false\n").start();
    desk.trades(10);
    let open = || desk.exchange.account_truth().expect("it answers").open().count();
    while open() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    going.signal("-KILL");
    going.end();
    // What the dead process had on its way has arrived.
    std::thread::sleep(Duration::from_millis(500));
    assert!(open() > 0, "spot has no switch");
    desk.call("5s").run().refused(3, &["not flat", "BTCUSDT", "standing_orders", "R1-"]);
    let file = desk.settings("");
    let text = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(&file, text.replace("[run]\n", "[run]\nstanding_orders = \"withdraw\"\n")).expect("written");
    let call = ringside(["run", "--json", "--arm", "--for", "3s", "--config"]).arg(&file).within(desk.scratch.path());
    let ran = call.run();
    assert_eq!((ran.json()["open_orders"].as_u64(), open()), (Some(0), 0), "{ran}");
}

/// The next run is told to adopt: what stands is its own, counted and withdrawn at its end like every other.
#[test]
fn what_a_killed_run_left_standing_is_adopted_by_the_next_one_that_is_told_to() {
    let desk = Desk::new(VenueId::BinanceSpot);
    let far = "distance_ticks = 2000\n[sentinel]\nenabled = false\n";
    let open = || -> Vec<_> { desk.exchange.account_truth().expect("it answers").open().cloned().collect() };
    // What stood as it was killed may have been withdrawn already, on its way.
    for _ in 0..10 {
        let going = desk.call_with("60s", far).start();
        desk.trades(1);
        while open().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        going.signal("-KILL");
        going.end();
        std::thread::sleep(Duration::from_millis(500));
        if !open().is_empty() {
            break;
        }
    }
    let left = open();
    assert!(!left.is_empty(), "spot has no switch");
    let text = std::fs::read_to_string(desk.settings(far)).expect("readable");
    let file = desk.scratch.file("adopts.toml", text.replace("[run]\n", "[run]\nstanding_orders = \"adopt\"\n"));
    let call = ringside(["run", "--json", "--arm", "--for", "5s", "--config"]).arg(&file).within(desk.scratch.path());
    let ran = call.run();
    assert_eq!((ran.json()["open_orders"].as_u64(), open().len()), (Some(0), 0), "{ran}");
    assert!(ran.to_string().contains("adopted: "), "{ran}");
    let bytes = std::fs::read(desk.scratch.journals().pop().expect("two journals")).expect("readable");
    assert_eq!(adopted_of(&bytes), left.len(), "each is told, under a number of before\n{ran}");
    let reader = Reader::new(&bytes).expect("a journal");
    let epoch = reader.prologue().epoch;
    assert_eq!(replay(reader, epoch).expect("judged the same").orders.open_count(), 0);
}

/// Orders of runs before that stand, by the journal.
fn adopted_of(journal: &[u8]) -> usize {
    let reader = Reader::new(journal).expect("a journal");
    let epoch = reader.prologue().epoch;
    let is_adopted = |record: &Record| {
        matches!(record, Record::Report(report)
            if report.event == OrderEvent::Accepted && report.client_order_id.epoch() < epoch)
    };
    reader.filter(|entry| is_adopted(&entry.as_ref().expect("whole").record)).count()
}

#[test]
fn a_second_run_with_the_same_key_does_not_begin() {
    let desk = Desk::new(VenueId::BinanceUsdm);
    let going = desk.call("30s").start();
    desk.trades(1);
    let beside = Scratch::new();
    let second = ringside(["run", "--json", "--arm", "--for", "5s", "--config"]).arg(desk.settings(""));
    second.within(beside.path()).run().refused(3, &["binance-usdm", "another run trades with this key"]);
    going.signal("-INT");
    going.end();
}

#[test]
fn through_a_bad_hour_what_was_told_is_what_happened() {
    for venue in [VenueId::BinanceSpot, VenueId::BinanceUsdm] {
        Trader::begin(venue, &["BTCUSDT", "ETHUSDT"]).has_a_bad_hour();
    }
}

/// What an account holds is no reason to begin from a lie: refused by default, or taken over as the strategy's own.
#[test]
fn a_position_of_before_is_refused_or_taken_over_and_counts_with_what_the_run_does() {
    let desk = Desk::new(VenueId::BinanceUsdm);
    let held = || -> i64 {
        let truth = desk.exchange.account_truth().expect("it answers");
        truth.fills.iter().map(|fill| fill.qty * fill.side.sign()).sum()
    };
    for _ in 0..5 {
        desk.call("4s").run();
        if held() != 0 {
            break;
        }
    }
    let before = held();
    assert_ne!(before, 0, "a maker that is hit holds something");
    desk.call("5s").run().refused(3, &["not flat", "BTCUSDT", "standing_positions"]);
    let text = std::fs::read_to_string(desk.settings("")).expect("readable");
    let adopts = "[run]\nstanding_positions = \"adopt\"\npositions_owner = \"imbalance_maker\"\n";
    let file = desk.scratch.file("adopts.toml", text.replace("[run]\n", adopts));
    let call = ringside(["run", "--json", "--arm", "--for", "5s", "--config"]).arg(&file).within(desk.scratch.path());
    let ran = call.run();
    assert!(ran.to_string().contains("taken over: "), "{ran}");
    let bytes = std::fs::read(desk.scratch.journals().pop().expect("two journals")).expect("readable");
    let opened = Reader::new(&bytes).expect("a journal").filter_map(|entry| match entry.expect("whole").record {
        Record::Report(Report { event: OrderEvent::Opened(opening), strategy, .. }) => Some((opening, strategy.0)),
        _ => None,
    });
    let [(opening, owner)] = opened.collect::<Vec<_>>()[..] else { panic!("told once\n{ran}") };
    assert_eq!((opening.qty.0, owner), (before, 1), "{ran}");
    assert!(opening.avg_px_milliticks > 0, "the venue's average\n{ran}");
    let reader = Reader::new(&bytes).expect("a journal");
    let epoch = reader.prologue().epoch;
    let replayed = replay(reader, epoch).expect("judged the same");
    let hash: String = replayed.state_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(ran.json()["state_hash"], hash.as_str(), "{ran}");
    assert_eq!(replayed.risk.portfolio().qty(InstrumentId(0)), held(), "{ran}");
    assert_eq!(before + fills_of(&bytes).1, held(), "{ran}");
}

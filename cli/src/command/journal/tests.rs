//! Journals written by the real stage, then read by the commands.

use super::*;
use crate::args::{JournalInspect, JournalPath, KindName};
use engine_core::config::Rings;
use engine_core::execution::order_table::OrderTable;
use engine_core::journal::disk::{Disk, Epoch, create};
use engine_core::journal::format::{FORMAT_VERSION, Head, PROLOGUE_BYTES, Prologue};
use engine_core::journal::reader::Reader;
use engine_core::journal::record::{Record, Run};
use engine_core::journal::stage::{JournalInputs, JournalStage};
use engine_core::risk::{Decision, DecisionKind, Outside, Question, Risk, Rules, Terms};
use engine_core::state::{hex, state_hash};
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::limit::Limits;
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{Order, OrderEvent, OrderStatus};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::stage::{Poll, Stage};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 2021-04-05T00:00:00Z, a Monday.
pub(crate) const START_NS: u64 = 1_617_580_800_000_000_000;

/// A folder of this test's own, gone when it ends.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-cli-journal-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn bitcoin() -> Instrument {
    let name = |text| Name::new(text).expect("short");
    Instrument {
        id: InstrumentId(0),
        venue: VenueId::BinanceUsdm,
        symbol: name("BTCUSDT"),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Linear,
        grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(5),
    }
}

fn run() -> Run {
    let instruments = vec![bitcoin()];
    let limits = Limits { warm_up_pct: 100, ..Limits::default() };
    let rules = Box::new(Rules::open(limits, &Instruments::new(instruments.clone())));
    let equity_start = Quote::whole(1_000_000);
    let (margin_tiers, strategies) = (vec![None], Vec::new());
    Run { instruments, margin_tiers, rules, equity_start, open_orders_max: 64, is_live: false, strategies }
}

/// A run that bought ten lots, was denied ten thousand, and asked to withdraw what was not there.
pub(crate) struct Story {
    pub(crate) market: Vec<MarketEvent>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) reports: Vec<Report>,
    pub(crate) state_hash: String,
}

pub(crate) fn story() -> Story {
    let Run { instruments, rules, equity_start, open_orders_max, .. } = run();
    let terms = Terms { epoch: 1, equity_start, open_orders_max: open_orders_max as usize };
    let mut risk = Risk::new(Arc::new(Instruments::new(instruments)), &rules, terms);
    let mut orders = OrderTable::new(open_orders_max as usize);
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    let at = Stamp { received_at_ns: Nanos(START_NS), venue: VenueId::BinanceUsdm, ..Stamp::default() };
    let top = MarketChange::Top { bid: level(600_000, 10), ask: level(600_001, 30), imbalance_bps: -5_000 };
    let market: Vec<_> =
        [MarketChange::Book(BookState::Synced), top].map(|change| MarketEvent { at, change }).into_iter().collect();
    market.iter().for_each(|event| risk.on_market(event));

    let strategy = StrategyId(1);
    let judge = |risk: &mut Risk, what| {
        let intent = Intent { strategy, seen: *risk.seen(), caused_at_ns: Nanos(START_NS), what };
        risk.answer(&Question::Wish(intent), Nanos(START_NS + 1_000), Outside::default()).expect("a wish is answered")
    };
    let wish = |risk: &Risk, side, qty| {
        let (client_order_id, px) = (risk.next_id(strategy), Ticks(600_001));
        Order { client_order_id, side, px, qty: Lots(qty), ..Order::default() }
    };
    let bought = wish(&risk, Side::Buy, 10);
    let mut decisions = vec![judge(&mut risk, IntentKind::Submit(bought))];
    assert!(matches!(decisions[0].what, DecisionKind::Submit(_)), "{decisions:?}");
    let (last_px, last_qty) = (Ticks(600_001), Lots(10));
    let filled =
        OrderEvent::Filled { trade_id: 7, last_px, last_qty, fee: Quote(30_000_050), liquidity: Liquidity::Taker };
    let lived = [
        (OrderEvent::Submitted, OrderStatus::Submitted, 0),
        (OrderEvent::Accepted, OrderStatus::Accepted, 0),
        (filled, OrderStatus::Filled, 10),
    ];
    let report = |(event, status, filled): (OrderEvent, OrderStatus, i64)| Report {
        client_order_id: bought.client_order_id,
        strategy,
        event,
        status,
        qty: bought.qty,
        px: bought.px,
        filled_qty: Lots(filled),
        received_at_ns: Nanos(START_NS + 2_000),
        ..Report::default()
    };
    let reports = lived.map(report).to_vec();
    for report in &reports {
        orders.apply(report).expect("it follows");
        risk.on_report(report);
    }
    let too_much = wish(&risk, Side::Sell, 10_000);
    decisions.push(judge(&mut risk, IntentKind::Submit(too_much)));
    decisions.push(judge(&mut risk, IntentKind::Cancel(bought.client_order_id)));
    let state_hash = hex(&state_hash(&risk, &orders));
    Story { market, decisions, reports, state_hash }
}

/// Writes a story through the stage, its rings and its thread.
pub(crate) fn written(folder: &Folder, epoch: u32, story: &Story) -> PathBuf {
    let mut wiring = Wiring::new(&[VenueId::BinanceUsdm], &Rings::default(), &[Place::Bridge]);
    let inputs = JournalInputs {
        market: wiring.market_readers(Place::Journal).expect("granted"),
        order: wiring.order().reader(Place::Journal.name()).expect("granted"),
        report: wiring.report().reader(Place::Journal.name()).expect("granted"),
    };
    let prologue = Prologue { epoch: 1, build_id: *b"test build\0\0\0\0\0\0", ..Prologue::default() };
    let file = create(&folder.0, Epoch::Exactly(epoch)).expect("a folder of our own");
    let disk = Disk::start(file, &prologue, Clock::machine(), Switch::new()).expect("disk");
    let mut stage = JournalStage::new(inputs, disk, &prologue, &run());
    let mut market = wiring.market_writer(VenueId::BinanceUsdm).expect("granted");
    story.market.iter().for_each(|event| assert!(market.try_publish(*event).is_ok()));
    let mut order = wiring.order().writer(Place::Risk.name()).expect("granted");
    story.decisions.iter().for_each(|event| assert!(order.try_publish(*event).is_ok()));
    let mut report = wiring.report().writer(Place::Execution.name()).expect("granted");
    story.reports.iter().for_each(|event| assert!(report.try_publish(*event).is_ok()));
    while stage.poll() == Poll::Worked {}
    stage.finish();
    stage.path().clone()
}

fn inspected(path: &Path, kind: Option<KindName>, limit: Option<u64>) -> String {
    let stored = file::stored(path).expect("written");
    let args = JournalInspect { at: JournalPath { path: path.to_owned(), json: false }, kind, limit };
    let mut text = String::new();
    let damage = inspect::each(stored.reader().expect("whole"), &args, |entry, instruments| {
        text += &inspect::line(entry, &words::words(&entry.record, instruments));
        Ok(())
    });
    assert_eq!(damage.expect("printed"), None);
    text
}

#[test]
fn a_whole_journal_is_counted_by_kind_with_its_first_and_last_time() {
    let folder = Folder::new("whole");
    let path = written(&folder, 1, &story());
    let answer = verify::verify(std::slice::from_ref(&path)).expect("readable");
    assert!(answer.holds);
    let file = &answer.json["files"][0];
    assert_eq!(file["records"], serde_json::json!({"run": 1, "market": 2, "decision": 3, "report": 3}));
    assert_eq!((&file["first_at_ns"], &file["last_at_ns"]), (&START_NS.into(), &(START_NS + 2_000).into()));
    assert_eq!((&file["build"], &file["damage"]), (&"test build".into(), &Value::Null));
    assert_eq!(file["bytes"], std::fs::metadata(&path).expect("there").len());
    assert!(answer.text.contains("records    9: run 1, market 2, decision 3, report 3\n"), "{}", answer.text);
    assert!(answer.text.contains("last       2021-04-05T00:00:00.000002000Z\n"), "{}", answer.text);
}

#[test]
fn a_flipped_bit_is_named_with_file_offset_and_what_and_the_other_file_is_still_verified() {
    let folder = Folder::new("flipped");
    let (damaged, whole) = (written(&folder, 1, &story()), written(&folder, 2, &story()));
    let mut bytes = std::fs::read(&damaged).expect("written");
    let third = Reader::new(&bytes).expect("whole").nth(2).expect("there").expect("whole").offset;
    bytes[third as usize + 40] ^= 1;
    std::fs::write(&damaged, bytes).expect("written");
    let files = file::files(&folder.0, file::Which::All).expect("both");
    assert_eq!(files, [damaged.clone(), whole], "in the order of their numbers");
    let answer = verify::verify(&files).expect("readable");
    assert!(!answer.holds);
    let said = format!("{}: damaged at byte {third}: checksum ", damaged.display());
    assert!(answer.text.contains(&said), "{}", answer.text);
    assert!(answer.text.contains("computed; 2 whole records stand before it"), "{}", answer.text);
    assert_eq!(answer.json["files"][0]["damage"]["offset"], third);
    assert_eq!(answer.json["files"][1]["damage"], Value::Null);
    assert_eq!(told(answer, true).expect_err("not whole").code(), 1);
    let error = replay::replay(&files[..1], None).err().expect("damaged");
    assert_eq!(error.code(), 1);
    assert!(error.message().is_some_and(|text| text.contains(&said)), "{error:?}");
}

#[test]
fn a_torn_tail_is_called_one_and_tells_how_much_stands_before_it() {
    let folder = Folder::new("torn");
    let path = written(&folder, 1, &story());
    let bytes = std::fs::read(&path).expect("written");
    let last = Reader::new(&bytes).expect("whole").last().expect("there").expect("whole").offset as usize;
    std::fs::write(&path, &bytes[..last + 40]).expect("written");
    let answer = verify::verify(&[path]).expect("readable");
    assert!(!answer.holds);
    assert!(answer.text.contains("torn tail at byte "), "{}", answer.text);
    assert!(answer.text.contains("8 whole records stand before it"), "{}", answer.text);
    let damage = &answer.json["files"][0]["damage"];
    assert_eq!((&damage["is_torn_tail"], &damage["records_before"]), (&true.into(), &8.into()));
}

#[test]
fn records_read_as_a_trader_would_say_them() {
    let folder = Folder::new("inspect");
    let path = written(&folder, 1, &story());
    let at = "2021-04-05T00:00:00";
    let expected = format!(
        "\
        0  -                               run       begin           instruments binance-usdm:BTCUSDT, equity_usd 1000000.00, \
        order_notional_max_usd 10000.00, position_notional_max_usd 50000.00, leverage_max_pct 300, price_collar_bps 200, \
        open_orders_max 64
        1  {at}.000000000Z  market    book            instrument binance-usdm:BTCUSDT, state synced
        2  {at}.000000000Z  market    top             instrument binance-usdm:BTCUSDT, bid_px 60000.0, bid_qty 0.010, \
        ask_px 60000.1, ask_qty 0.030, imbalance_bps -5000
        3  {at}.000001000Z  decision  submit          order R1-1-1, instrument binance-usdm:BTCUSDT, side BUY, qty 0.010, \
        type LIMIT, px 60000.1, tif GTC, strategy 1, caused_at_ns 1617580800000000000
        4  {at}.000001000Z  decision  denied          order R1-1-2, instrument binance-usdm:BTCUSDT, side SELL, qty 10.000, \
        type LIMIT, px 60000.1, tif GTC, refusal NOTIONAL_EXCEEDS_MAX_PER_ORDER, found 60000100000000, \
        allowed 1000000000000, headroom 1000000000000, would_pass 166, also NOTIONAL_EXCEEDS_MAX_PER_SECOND \
        POSITION_NOTIONAL_EXCEEDED POSITION_SHARE_EXCEEDED SECTOR_SHARE_EXCEEDED CLUSTER_SHARE_EXCEEDED \
        VENUE_SHARE_EXCEEDED VALUE_AT_RISK_EXCEEDED, strategy 1, \
        caused_at_ns 1617580800000000000
        5  {at}.000001000Z  decision  cancel_denied   order R1-1-1, strategy 1, caused_at_ns 1617580800000000000
        6  {at}.000002000Z  report    OrderSubmitted  order R1-1-1, instrument binance-usdm:BTCUSDT, side BUY, \
        status SUBMITTED, filled_qty 0.000, qty 0.010, px 60000.1
        7  {at}.000002000Z  report    OrderAccepted   order R1-1-1, instrument binance-usdm:BTCUSDT, side BUY, \
        status ACCEPTED, filled_qty 0.000, qty 0.010, px 60000.1
        8  {at}.000002000Z  report    OrderFilled     order R1-1-1, instrument binance-usdm:BTCUSDT, side BUY, \
        last_qty 0.010, last_px 60000.1, fee 0.3000005, liquidity TAKER, trade_id 7, status FILLED, filled_qty 0.010, \
        qty 0.010, px 60000.1
"
    );
    let trimmed = |text: &str| text.lines().map(|line| line.trim_start().to_owned()).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&inspected(&path, None, None)), trimmed(&expected));
    assert_eq!(inspected(&path, Some(KindName::Decision), Some(2)).lines().count(), 2);
    assert!(inspected(&path, Some(KindName::Report), None).lines().all(|line| line.contains("  report  ")));
}

#[test]
fn a_record_of_an_instrument_that_was_never_listed_has_a_number_and_no_decimals() {
    let words = words::words(&Record::Market(story().market[1]), &[]).to_string();
    assert_eq!(words, "top             instrument #0, imbalance_bps -5000");
}

#[test]
fn a_replay_ends_in_the_state_that_the_run_ended_in() {
    let folder = Folder::new("replay");
    let story = story();
    let path = written(&folder, 1, &story);
    let answer = replay::replay(&[path], None).expect("replayed");
    assert_eq!(answer.json["state_hash"], story.state_hash);
    assert!(answer.text.ends_with(&format!("state hash     {}\n", story.state_hash)), "{}", answer.text);
    assert_eq!(
        (&answer.json["orders"], &answer.json["fills"], &answer.json["denied"]),
        (&1.into(), &1.into(), &1.into())
    );
    let position = &answer.json["positions"][0];
    assert_eq!((&position["instrument"], &position["qty"]), (&"binance-usdm:BTCUSDT".into(), &"0.010".into()));
    assert_eq!((&position["avg_px"], &position["fees"]), (&"60000.1".into(), &"0.3000005".into()));
}

#[test]
fn limits_are_told_to_the_last_digit_and_as_none_where_none_is_set() {
    let of = |value: i64| {
        let mut limits = Limits::default();
        Limits::TABLE.iter().for_each(|row| row.set(&mut limits, value));
        state_at::limits(&limits).collect::<std::collections::BTreeMap<_, _>>()
    };
    let told = of(25_075_000_001);
    assert_eq!(told["order_notional_max_usd"].as_deref(), Some("250.75000001"));
    assert_eq!(told["stop_age_s"].as_deref(), Some("25.075000001"));
    assert_eq!(of(50_000_000)["order_notional_max_usd"].as_deref(), Some("0.5"));
    assert!(of(i64::MAX)["order_qty_max_lots"].is_none());
    for row in Limits::TABLE {
        assert_eq!(10_i64.pow(row.scale.ilog10()), row.scale, "{}", row.key);
    }
}

#[test]
fn a_run_that_lost_a_segment_in_front_is_not_passed_over() {
    let folder = Folder::new("lost");
    let [older, newer] = [1, 2].map(|epoch| written(&folder, epoch, &story()));
    std::fs::rename(&newer, newer.with_file_name("ringside-00000002-000001.journal")).expect("written");
    for (which, expected) in [(Which::Newest, vec![newer.clone()]), (Which::All, vec![older, newer.clone()])] {
        assert_eq!(files(&folder.0, which).expect("two runs"), expected);
    }
    let answer = verify::verify(&[newer]).expect("readable");
    assert!(
        !answer.holds && answer.text.contains("ringside-00000002.journal: damaged at byte 0: this segment is missing")
    );
}

#[test]
fn a_decision_at_the_end_without_its_events_is_left_out_and_told() {
    let folder = Folder::new("left-out");
    let Story { market, decisions, .. } = story();
    // Both market events were on the next page, which was never written.
    let cut = Story {
        market: Vec::new(),
        decisions: decisions[..1].to_vec(),
        reports: Vec::new(),
        state_hash: String::new(),
    };
    assert_eq!(market.len(), 2);
    let path = [written(&folder, 1, &cut)];
    let told = replay::replay(&path, None).expect("replayed");
    assert_eq!(told.json["left_out"], serde_json::json!({"decision": 1, "report": 0}));
    assert_eq!(told.json["records"]["decision"], 0);
    assert!(told.text.contains("left out       decision 1, report 0: "), "{}", told.text);
}

#[test]
fn the_state_at_a_time_is_what_had_happened_by_then() {
    let folder = Folder::new("state-at");
    let path = [written(&folder, 1, &story())];
    let at = |ns: u64| state_at::state_at(&path, Nanos(START_NS + ns)).expect("replayed");
    let before = at(0);
    assert_eq!((&before.json["orders"], &before.json["positions"]), (&0.into(), &serde_json::json!([])));
    assert_eq!(before.json["books"][0]["bid_px"], "60000.0", "{}", before.json);
    // The last decision had read all reports, whatever their time.
    assert_eq!((&at(1_000).json["denied"], &at(1_000).json["fills"]), (&1.into(), &1.into()));
    let after = at(2_000);
    assert_eq!(after.json["positions"][0]["qty"], "0.010");
    assert_eq!(after.json["open_orders"], serde_json::json!([]), "it is filled");
    assert_eq!(after.json["at_ns"], START_NS + 2_000);
    let limits = &after.json["limits"];
    assert_eq!((&limits["warm_up_pct"], &limits["stop_age_s"]), (&"100".into(), &serde_json::Value::Null), "{limits}");
    assert!(after.text.contains("stop_age_s none\n") && after.text.contains("warm_up_pct 100\n"), "{}", after.text);
    assert!(
        after.text.contains("book           binance-usdm:BTCUSDT synced, bid 0.010 at 60000.0, ask 0.030 at 60000.1\n")
    );
    let whole = replay::replay(&path, None).expect("replayed");
    assert_eq!(after.json["state_hash"], whole.json["state_hash"]);
    assert_ne!(before.json["state_hash"], whole.json["state_hash"]);
    // A tail that is torn tells nothing of a time before it.
    let bytes = std::fs::read(&path[0]).expect("written");
    let last = Reader::new(&bytes).expect("whole").last().expect("there").expect("whole").offset as usize;
    std::fs::write(&path[0], &bytes[..last + 40]).expect("written");
    assert_eq!(at(0).json["state_hash"], before.json["state_hash"]);
}

#[test]
fn of_a_folder_a_time_is_told_by_the_run_that_had_begun_by_then() {
    let folder = Folder::new("of-time");
    let first = written(&folder, 1, &story());
    let hour = 3_600 * Nanos::SECOND;
    let mut later = story();
    later.market.iter_mut().for_each(|event| event.at.received_at_ns.0 += hour);
    (later.decisions, later.reports) = (Vec::new(), Vec::new());
    let second = written(&folder, 2, &later);
    let of = |ns: u64| file::of_time(&folder.0, Nanos(ns));
    for (at, expected) in [(0, &first), (2_000, &first), (hour - 1, &first), (hour, &second), (9 * hour, &second)] {
        assert_eq!(of(START_NS + at).expect("begun"), std::slice::from_ref(expected), "{at}");
    }
    let held =
        state_at::state_at(&of(START_NS + hour - 1).expect("begun"), Nanos(START_NS + hour - 1)).expect("replayed");
    assert_eq!(held.json["positions"][0]["qty"], "0.010", "of the run before: nothing moved meanwhile");
    let refused = of(START_NS - 1).expect_err("nothing had begun");
    assert_eq!(refused.code(), 2);
    let told = refused.message().expect("told");
    assert!(told.contains("2021-04-04T23:59:59.999999999Z") && told.contains("2021-04-05T00:00:00.0"), "{told}");
    // A run that ended before its first event tells nothing; a file that is named is that file.
    std::fs::write(folder.0.join("ringside-00000003.journal"), [0; 4_096]).expect("written");
    assert_eq!(of(START_NS + 9 * hour).expect("begun"), [second]);
    assert_eq!(file::of_time(&first, Nanos(0)).expect("named"), [first]);
}

#[test]
fn a_decision_that_this_build_would_not_take_is_told_with_both_answers() {
    let folder = Folder::new("differs");
    let mut story = story();
    let DecisionKind::CancelDenied(id) = story.decisions[2].what else { panic!("{:?}", story.decisions[2]) };
    story.decisions[2].what = DecisionKind::Cancel(id);
    let error = replay::replay(&[written(&folder, 1, &story)], None).err().expect("it differs");
    assert_eq!(error.code(), 1);
    let message = error.message().expect("told");
    assert!(message.contains("record 5 was decided otherwise than this build decides"), "{message}");
    assert!(message.contains("written: cancel          order R1-1-1"), "{message}");
    assert!(message.contains("now:     cancel_denied   order R1-1-1"), "{message}");
}

/// Journals of formats past and present, each with the state hash that it led to when it was written.
#[test]
fn a_journal_of_each_format_leads_to_its_state_or_is_refused_by_name() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command/journal/golden");
    let (folder, story) = (Folder::new("golden"), story());
    let fresh = std::fs::read(written(&folder, 1, &story)).expect("written");
    let rows = Head::decode(fresh[PROLOGUE_BYTES..].first_chunk().expect("a record")).version;
    let present = format!("format-{}.{}-rows-{rows}", FORMAT_VERSION >> 16, FORMAT_VERSION & 0xffff);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(&golden).expect("made");
        std::fs::write(golden.join(format!("{present}.journal")), &fresh).expect("written");
        std::fs::write(golden.join(format!("{present}.hash")), &story.state_hash).expect("written");
    }
    let mut replayed = Vec::new();
    for entry in std::fs::read_dir(&golden).expect("there") {
        let path = entry.expect("there").path();
        if path.extension().is_none_or(|extension| extension != "journal") {
            continue;
        }
        let hash = std::fs::read_to_string(path.with_extension("hash")).expect("beside it");
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("text").to_owned();
        match replay::replay(&[path], None) {
            Ok(answer) => assert_eq!(answer.json["state_hash"], hash.trim(), "{name}"),
            Err(refused) => {
                let told = refused.message().expect("told").to_owned();
                assert!(told.contains("is not known") || told.contains("this build reads"), "{name}: {told}");
                continue;
            }
        }
        replayed.push(name);
    }
    assert!(replayed.contains(&present), "{replayed:?}: run again with UPDATE_GOLDEN=1, and keep the others");
}

#[test]
fn a_path_without_a_journal_is_a_wrong_call_and_of_a_folder_the_newest_is_taken() {
    let folder = Folder::new("paths");
    let missing = file::files(&folder.0, file::Which::All).expect_err("nothing there");
    assert_eq!(missing.code(), 2);
    std::fs::create_dir_all(&folder.0).expect("made");
    std::fs::write(folder.0.join("notes.journal"), "mine").expect("written");
    assert_eq!(file::files(&folder.0, file::Which::Newest).expect_err("no journal").code(), 2);
    written(&folder, 9, &story());
    let newest = written(&folder, 10, &story());
    assert_eq!(file::files(&folder.0, file::Which::Newest).expect("found"), [newest]);
}

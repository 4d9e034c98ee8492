//! Every example of the README and of the documents is run as it stands there, or says why not: shell by a shell, commands of
//! a chat by a chat, settings by the reader of settings.

mod ground;
mod page;

use crate::client::get_until;
use crate::demo::{Demo, with_candles};
use crate::phone::fake::Fake;
use crate::process::ringside;
use crate::scratch::Scratch;
use engine_model::venue::VenueId;
use ground::{Chapter, Engine, run};
use page::{Block, blocks, documents};
use std::path::Path;
use tests_venue::{Config, SimulatedVenue};

/// Where a chapter is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum World {
    /// Nothing runs. The venues of `config/paper.toml` are simulated.
    Alone,
    /// A demo as everybody starts it.
    Demo,
    /// A demo that has users, a chat, and a past to do research on.
    House,
}

/// Chapters, in the order in which they are run in their worlds: document, heading, world, what is said before, what must be
/// heard.
type Row = (&'static str, &'static str, World, &'static str, &'static [&'static str]);

const OPERATING: &str = "docs/OPERATING.md";
/// Ada again, whose session is over at the end of her chapter; and a key of hers.
const ADA: &str = r#"SESSION=$(curl -sf http://127.0.0.1:8420/api/v1/session --json '{"name": "ada", "password": "a long enough one"}' | grep -o 'rss_[0-9a-f_]*')
curl -sf http://127.0.0.1:8420/api/v1/keys -H "Authorization: Bearer $SESSION" --json '{"name": "own", "role": "trader"}' | grep -o 'rsk_[0-9a-f_]*' > ada.key
chmod 600 ada.key"#;
const CHAPTERS: [Row; 18] = [
    ("README.md", "Run it", World::Alone, "", &["messages ", "orders ", "hot allocations", "state hash"]),
    ("README.md", "Use it", World::Alone, "", &["binance-spot", "best", "state hash", "profit", "takeover"]),
    (OPERATING, "Recording", World::Alone, "rm -r recording", &["binance-spot"]),
    (OPERATING, "Afterwards", World::Alone, "", &["state hash", "binance-spot"]),
    (OPERATING, "The past", World::Alone, "", &["binance-usdm:BTCUSDT"]),
    ("docs/adding-a-strategy.md", "6. Run it", World::Alone, "", &["ok", "state hash"]),
    ("README.md", "Look at it", World::Demo, "", &["\"bids\"", "\"equity_usd\"", "Stages"]),
    ("docs/adding-an-endpoint.md", "5. The tests", World::Demo, "", &["\"order_notional_max_usd\""]),
    (OPERATING, "Alerts", World::Demo, "", &["\"below\"", "\"hits\""]),
    (
        "README.md",
        "Tell an engine that runs",
        World::Demo,
        "",
        &["price", "arrival", "R6-1-1", "order_notional_max_usd"],
    ),
    (OPERATING, "Halt, reduce, resume, flatten", World::Demo, "", &["HALTED", "venue:bybit", "REDUCING"]),
    ("README.md", "Stop it", World::Demo, "", &["HALTED", "killed"]),
    (OPERATING, "Kill", World::Demo, "", &["killed"]),
    (OPERATING, "A person's orders", World::House, "", &["R6-1-1", "EMULATED", "CANCEL"]),
    (OPERATING, "One strategy", World::House, "", &["imbalance_maker", "PAUSED", "RUNNING"]),
    (OPERATING, "Telegram", World::House, "", &[]),
    (OPERATING, "Users and keys", World::House, "", USERS),
    (OPERATING, "Jobs", World::House, ADA, JOBS),
];
const USERS: &[&str] = &[
    "\"name\":\"ada\"",
    "\"positions\"",
    "\"trading_state\":\"HALTED\"",
    "\"not_before_ns\"",
    "\"action\":\"halt\"",
    "rosa",
    "whole",
];
const JOBS: &[&str] = &[
    "\"kind\":\"backtest\"",
    "\"kind\":\"optimize\"",
    "\"kind\":\"backfill\"",
    "\"jobs\":[",
    "\"result\":{",
    "Stages",
];

/// The numbers of orders are those of the documents; and a machine that has much else to do is no reason to deny one.
const STEADY: &str = "[run]\nepoch = 1\n[risk]\nprice_age_max_ms = 60000\nclock_skew_max_ms = 60000\n";

fn is_run(block: &Block) -> bool {
    block.language == "sh" && block.not_run.is_none()
}

/// The chapters of a world, with their blocks.
fn of<'a>(world: World, all: &'a [Block]) -> Vec<Chapter<'a>> {
    let rows = CHAPTERS.iter().filter(|row| row.2 == world);
    let chapter = |(document, heading, _, before, says): &Row| {
        let here = |block: &&Block| is_run(block) && block.document == *document && block.chapter == *heading;
        Chapter { before, blocks: all.iter().filter(here).collect(), says }
    };
    rows.map(chapter).collect()
}

#[test]
fn every_block_of_the_documents_is_run_somewhere_or_says_why_not() {
    let all = blocks();
    for block in all.iter().filter(|block| block.not_run.is_some()) {
        eprintln!("skipped: {}, {}", block.place(), block.not_run.as_deref().unwrap_or_default());
    }
    let is_listed = |block: &Block| CHAPTERS.iter().any(|row| (row.0, row.1) == (&*block.document, &*block.chapter));
    let missing: Vec<String> =
        all.iter().filter(|block| is_run(block) && !is_listed(block)).map(Block::place).collect();
    let hint = "give the chapter a row here, or say <!-- not run: REASON --> above the block";
    assert!(missing.is_empty(), "{missing:?}: {hint}");
    for (document, heading, ..) in CHAPTERS {
        let has = all.iter().any(|block| is_run(block) && (document, heading) == (&*block.document, &*block.chapter));
        assert!(has, "{document} has nothing to run under {heading}");
    }
}

#[test]
fn what_the_documents_say_of_recordings_research_and_journals_is_done_as_it_stands_there() {
    let (scratch, all) = (Scratch::new(), blocks());
    let venues = [VenueId::BinanceSpot, VenueId::BinanceUsdm];
    let exchanges = venues.map(|venue| SimulatedVenue::start(Config::new(venue, 7)).expect("a free port"));
    let paper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/paper.toml");
    let mut text = std::fs::read_to_string(paper).expect("settings");
    for (venue, exchange) in venues.iter().zip(&exchanges) {
        let name = format!("name = \"{}\"\n", venue.name());
        let (ws, rest) = (exchange.ws_url(), exchange.rest_url());
        let there = format!("{name}ws_url = \"{ws}\"\nrest_url = \"{rest}\"\n");
        assert!(text.contains(&name), "no {name} in {text}");
        text = text.replace(&name, &there);
    }
    std::fs::create_dir(scratch.path().join("config")).expect("a folder");
    scratch.file("config/paper.toml", text + "\n[bridge]\naddress = \"127.0.0.1:0\"\n");
    // What somebody has kept from before the year that is back-filled: from the last day of 2025.
    let row = |hour: u64| format!("{},61000,61010,60990,61005,1\n", 1_767_139_200_000 + hour * 3_600_000);
    let kept = "time_ms,open,high,low,close,volume\n".to_owned() + &(0..20).map(row).collect::<String>();
    scratch.file("binance_usdm_BTCUSDT_1h.csv.zst", zstd::encode_all(kept.as_bytes(), 3).expect("packed"));
    run(&scratch, None, &of(World::Alone, &all));
}

#[test]
fn what_the_documents_say_of_a_demo_is_done_as_it_stands_there() {
    let (scratch, all) = (Scratch::new(), blocks());
    scratch.file("first.toml", STEADY);
    let demo = Demo::start_in(scratch, &["--config", "first.toml"], &[]);
    get_until(demo.door, "/health", |health| health["status"] == "ok");
    run(&demo.scratch, Some(Engine { door: demo.door, pid: demo.pid() }), &of(World::Demo, &all));
    demo.terminate();
    drop(demo.end());
}

#[test]
fn what_the_documents_say_of_users_jobs_and_a_chat_is_done_as_it_stands_there() {
    let (fake, all) = (Fake::new(), blocks());
    let chat = all.iter().find(|block| block.chapter == "Telegram" && block.language == "toml").expect("the person");
    let person: u64 = chat
        .text
        .split("id = ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("a number");
    let users = "[users]\nmode = \"database\"\npassword_memory_kib = 64\npassword_passes = 1\n";
    let scratch = with_candles(Scratch::new());
    scratch.file("live.toml", format!("{STEADY}{users}{}", chat.text));
    let url = fake.url();
    let variables = [
        ("TELEGRAM_BOT_TOKEN", "123456:AAE-of_the_bot_of_the_documents_in_the_tests"),
        ("TELEGRAM_API_URL", url.as_str()),
        ("RINGSIDE_LOG", "warn,ringside::serve=info"),
    ];
    let mut demo = Demo::start_in(scratch, &["--config", "live.toml"], &variables);
    // Before that a person's first order is denied.
    demo.until_said("every venue is in sync");
    demo.until("trading", |status| status["open_orders"] != 0);
    run(&demo.scratch, Some(Engine { door: demo.door, pid: demo.pid() }), &of(World::House, &all));
    for words in said_in_a_chat(&all) {
        let told = fake.ask(person, &words).text();
        assert!(!["for example", "not begun", "there is no"].iter().any(|no| told.contains(no)), "{words}: {told}");
    }
    demo.terminate();
    drop(demo.end());
}

/// Blocks of a chat, and what stands amid the words of its chapter; but for what has a NAME in place of one.
fn said_in_a_chat(all: &[Block]) -> Vec<String> {
    let blocks = all.iter().filter(|block| block.language == "telegram" && block.not_run.is_none());
    let mut said: Vec<String> = blocks.flat_map(|block| block.text.lines().map(str::to_owned)).collect();
    let (_, text) = documents().into_iter().find(|(name, _)| name == OPERATING).expect("the manual");
    let (_, chapter) = text.split_once("\n## Telegram\n").expect("the chapter");
    let chapter = chapter.split("\n## ").next().unwrap_or_default();
    let quoted = chapter.split('`').skip(1).step_by(2).filter(|words| words.starts_with('/'));
    let is_whole = |words: &&str| !["ID", "NAME", "VALUE", "REASON"].iter().any(|name| words.contains(name));
    said.extend(quoted.filter(is_whole).map(str::to_owned));
    assert!(said.len() > 10 && said.iter().any(|words| words == "/emergency_stop"), "{said:?}");
    said
}

#[test]
fn settings_of_the_documents_are_settings() {
    let scratch = Scratch::new();
    for block in blocks().iter().filter(|block| block.language == "toml" && !block.is_quoted()) {
        let file = scratch.file("settings.toml", &block.text);
        let ran = ringside(["topology", "--json", "--config"]).arg(file).within(scratch.path()).run();
        assert_eq!(ran.code, Some(0), "{}: {ran}", block.place());
    }
}

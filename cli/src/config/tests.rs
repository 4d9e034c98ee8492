//! The manual and its reader agree; each kind of bad setting is answered with its place and what would do.

use super::*;
use engine_backtest::venue::Fees;
use engine_core::config::{Chance, Schedule, ScheduledWork};
use engine_core::strategy::play::Entry;

fn overlay(text: &str) -> Result<Config, ConfigError> {
    overlay_for(text, Purpose::Trade)
}

fn overlay_for(text: &str, purpose: Purpose) -> Result<Config, ConfigError> {
    read_over([Source { name: "my.toml".into(), text: text.into() }], purpose)
}

/// `text` is refused with exactly this message.
#[track_caller]
fn check(text: &str, expected: &str) {
    let message = overlay(text).expect_err("this text must be refused").to_string();
    assert_eq!(message, expected);
}

#[test]
fn the_defaults_are_those_of_the_vocabulary_and_of_the_topology_table() {
    let config = read(None).expect("the defaults are accepted");
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.rings, Rings::default());
    let strategies = documented_strategies();
    for &Entry { name, params, .. } in &CATALOGUE {
        let strategy = strategies.iter().find(|strategy| strategy.name == name).expect("documented");
        let defaults: Vec<_> = params.iter().map(|param| (param.name.to_owned(), param.default)).collect();
        assert_eq!(strategy.params, defaults, "{name}");
    }
    assert_eq!(config.run.mode, Mode::Paper, "nobody trades by accident");
    let venues: Vec<_> = documented().iter().map(|venue| venue.id).collect();
    assert_eq!(venues, feeds::LIVE, "every venue is documented");
}

#[test]
fn alerts_and_the_past_lie_beside_the_journal_unless_somebody_says_otherwise() {
    assert_eq!(overlay("").expect("accepted").bridge.past, Some("journal/past.json".into()));
    let place = |text: &str| overlay(text).expect("accepted").bridge.alerts;
    assert_eq!(place(""), Some("journal/alerts.json".into()));
    assert_eq!(place("[journal]\ndirectory = \"/var/lib/x\""), Some("/var/lib/x/alerts.json".into()));
    assert_eq!(place("[journal]\nenabled = false"), None, "a run without a journal keeps nothing");
    assert_eq!(place("[bridge]\nalerts = \"none\""), None);
    assert_eq!(place("[bridge]\nalerts = \"a/b.json\""), Some("a/b.json".into()));
}

/// Every strategy of the manual, those included that are in no run unless they are asked for.
fn documented_strategies() -> Vec<Strategy> {
    let base = Source { name: BASE_NAME.into(), text: BASE.replace("enabled = false", "enabled = true") };
    let parsed = base.parse().expect("TOML");
    let root = Section::root(std::iter::once((&base, parsed.get_ref())));
    let users = read(None).expect("the defaults").users;
    let owners = Owners { users: &users, listed: &[] };
    strategies(&root, &documented(), &Limits::default(), &owners, Purpose::Trade).expect("settings")
}

/// Every venue of the manual, those included that are in no run unless they are asked for.
fn documented() -> Vec<Venue> {
    let base = Source { name: BASE_NAME.into(), text: BASE.replace("enabled = false", "enabled = true") };
    let parsed = base.parse().expect("TOML");
    let root = Section::root(std::iter::once((&base, parsed.get_ref())));
    venues(&root.entries("venue").expect("tables")).expect("settings")
}

#[test]
fn without_a_file_some_venues_run_and_with_one_those_that_it_names() {
    let names = |config: Config| config.venues.iter().map(|venue| venue.id.name()).collect::<Vec<_>>().join(" ");
    let default = "binance-spot binance-usdm bybit okx hyperliquid gate-futures bitget";
    assert_eq!(names(read(None).expect("the defaults")), default);
    assert_eq!(names(overlay("[run]\nseed = 2").expect("no list of its own")), default);
    let venue = |name: &str| format!("[[venue]]\nname = \"{name}\"\n");
    let (kraken, okx) = (venue("kraken"), venue("okx"));
    let trade = "[[strategy]]\nname = \"rsi_macd\"\ninstruments = [\"kraken:BTC/USD\"]\n";
    assert_eq!(names(overlay(&format!("{kraken}{okx}{trade}")).expect("both are meant")), "kraken okx");
    assert_eq!(names(overlay(&format!("{kraken}{okx}enabled = false\n{trade}")).expect("one is put off")), "kraken");
    let nine: String = feeds::LIVE[..9].iter().map(|id| venue(id.name())).collect();
    let trade = "[[strategy]]\nname = \"rsi_macd\"\ninstruments = [\"okx:BTC-USDT-SWAP\"]\n";
    let message = overlay(&format!("{nine}{trade}")).expect_err("one too many").to_string();
    assert!(message.contains("my.toml:1: venue: ") && message.contains("at most 8 [[venue]] in a run"), "{message}");
}

#[test]
fn the_examples_are_accepted() {
    for example in ["paper", "demo"] {
        let path = format!("{}/../config/{example}.toml", env!("CARGO_MANIFEST_DIR"));
        if let Err(error) = read(Some(Path::new(&path))) {
            panic!("{error}");
        }
    }
}

#[test]
fn every_key_of_the_manual_has_its_reason_above_it() {
    let first_of_its_name = |line: &str, seen: &mut Vec<String>| {
        let key = line.split('=').next().unwrap_or_default().trim().to_owned();
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    };
    let mut seen = Vec::new();
    let mut explained = false;
    for (number, line) in BASE.lines().enumerate() {
        match line.as_bytes().first() {
            Some(b'#') => explained = true,
            Some(b'a'..=b'z') if line.contains('=') => {
                assert!(!first_of_its_name(line, &mut seen) || explained, "line {}: no comment: {line}", number + 1);
            }
            _ => explained = false,
        }
    }
}

#[test]
fn a_file_needs_to_hold_only_what_differs() {
    let config = overlay(
        "[risk]\nprice_collar_bps = 50\n[[venue]]\nname = \"binance-usdm\"\nsymbols = [\"ETHUSDT\"]\n\
        [[strategy]]\nname = \"rsi_macd\"\ninstruments = [\"binance-usdm:ETHUSDT\"]",
    )
    .expect("accepted");
    let base = read(None).expect("accepted");
    assert_eq!(config.limits, Limits { price_collar_bps: 50, ..base.limits });
    assert_eq!(config.venues, [Venue { symbols: vec!["ETHUSDT".into()], ..base.venues[1].clone() }]);
    let inherited = base.strategies.iter().find(|strategy| strategy.name == "rsi_macd").expect("documented");
    assert_eq!(config.strategies.len(), 1, "the list of the file decides who runs");
    assert_eq!(config.strategies[0].params, inherited.params);
}

#[test]
fn fees_and_dollars_are_exact() {
    let config = overlay(
        "[paper]\nequity_usd = 1234.56789\n[[venue]]\nname = \"binance-spot\"\nmaker_fee_bps = -0.25\n\
        [[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"binance-spot:BTCUSDT\"]",
    )
    .expect("accepted");
    assert_eq!(config.paper.equity, Quote(123_456_789_000));
    assert_eq!(config.venues[0].maker_fee_e6, -25);
}

#[test]
fn fees_by_volume_and_ways_that_spread_are_read_and_what_does_not_fit_is_refused() {
    let with = |venue: &str, paper: &str| {
        overlay(&format!(
            "[paper]\n{paper}\n[[venue]]\nname = \"binance-spot\"\n{venue}\n\
            [[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"binance-spot:BTCUSDT\"]"
        ))
    };
    let venue =
        "fee_tiers = [\"1000000 0.9 1\", \"5000000 -0.25 0.8\"]\nfees_of = [\"BTCUSDT 0 2\"]\nvolume_30d_usd = 12.5";
    let config =
        with(venue, "latency_shape = \"log-normal\"\nqueue_model = \"power-2\"\nqueue_power = 1.5").expect("accepted");
    let venue = &config.venues[0];
    assert_eq!(venue.fee_tiers[1], FeeTier { from: Quote::whole(5_000_000), maker_fee_e6: -25, taker_fee_e6: 80 });
    assert_eq!((venue.fees_of[0].taker_fee_e6, venue.volume_30d), (200, Quote(1_250_000_000)));
    assert_eq!(config.paper.latency_shape, LatencyShape::LogNormal);
    assert_eq!(config.paper.queue, QueueModel::Probable(Chance::PowerOfAll(Hundredths(150))));
    let refused = |venue: &str, paper: &str| with(venue, paper).expect_err("refused").to_string();
    assert!(refused("fee_tiers = [\"5 1 1\", \"5 1 2\"]", "").contains("each step's dollars above"));
    assert!(refused("fee_tiers = [\"5 1\"]", "").contains("DOLLARS MAKER_BPS TAKER_BPS"));
    assert!(refused("fees_of = [\"BTCUSDT 0 900\"]", "").contains("SYMBOL MAKER_BPS TAKER_BPS"));
    assert!(refused("fees_of = [\"ETHUSDD 0 9\"]", "").contains("a symbol of this venue's symbols"));
    assert!(refused("", "latency_shape = \"recorded\"").contains("measured times"));
    assert!(refused("", "latency_shape = \"uniform\"\nreply_latency_high_us = 10").contains("reply_latency_high_us"));
    assert!(refused("", "queue_model = \"power-4\"").contains("did you mean"));
}

#[test]
fn a_missing_file_is_named() {
    let error = read(Some(Path::new("nowhere/my.toml"))).expect_err("refused").to_string();
    assert_eq!(error, "nowhere/my.toml: found no file, accepted: a TOML file, like config/paper.toml");
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_what_was_meant() {
    let message = overlay("[run]\nseed = 7\n\n[risk]\nprice_collar_bp = 100\n").expect_err("refused").to_string();
    let accepted = "my.toml:5: risk.price_collar_bp: found an unknown key, accepted: order_qty_max_lots, order_volume_share_max_bps, ";
    assert!(message.starts_with(accepted) && message.ends_with("; did you mean `price_collar_bps`?"), "{message}");
    check("[log]\ncolour = \"red\"", "my.toml:2: log.colour: found an unknown key, accepted: level, format");
    check(
        "[riks]\nprice_collar_bps = 100",
        "my.toml:1: riks: found an unknown key, accepted: venue, risk, run, journal, users, telegram, layout, rings, feeds, \
         paper, strategy, bridge, jobs, sentinel, standby, log; did you mean `risk`?",
    );
}

#[test]
fn a_wrong_unit_is_an_unknown_key() {
    let message = overlay("[risk]\nprice_age_max_us = 50000").expect_err("refused").to_string();
    assert!(message.starts_with("my.toml:2: risk.price_age_max_us: found an unknown key"), "{message}");
    assert!(message.ends_with("did you mean `price_age_max_ms`?"), "{message}");
}

#[test]
fn a_value_of_the_wrong_kind_is_shown_as_it_stands() {
    check(
        "[risk]\nprice_collar_bps = \"2 %\"",
        "my.toml:2: risk.price_collar_bps: found \"2 %\", accepted: a whole number of bps (1/10000), 0 to 1000",
    );
    check(
        "[risk]\nmessage_rate_per_s = 1.5",
        "my.toml:2: risk.message_rate_per_s: found 1.5, accepted: a whole number of orders a second, 0 to 1000",
    );
    check("[journal]\nenabled = \"yes\"", "my.toml:2: journal.enabled: found \"yes\", accepted: true or false");
    check("risk = 3", "my.toml:1: risk: found 3, accepted: a table");
    check("venue = \"binance-spot\"", "my.toml:1: venue: found \"binance-spot\", accepted: tables, [[ ]]");
    check(
        "[paper]\nequity_usd = 1e6",
        "my.toml:2: paper.equity_usd: found 1e6, accepted: a number of dollars, 1 to 1000000000, at most 8 decimals",
    );
}

#[test]
fn a_value_out_of_its_range_is_refused() {
    check(
        "[risk]\nprice_age_max_ms = 0",
        "my.toml:2: risk.price_age_max_ms: found 0, accepted: a whole number of milliseconds, 1 to 600000",
    );
    check("[rings]\nmarket = 5000", "my.toml:2: rings.market: found 5000, accepted: a power of two, 8 to 1048576");
    check("[rings]\norder = 32", "my.toml:2: rings.order: found 32, accepted: more than the 64 slots kept for cancels");
    check(
        "[bridge]\naddress = \"0.0.0.0:8420\"",
        "my.toml:2: bridge.address: found \"0.0.0.0:8420\", accepted: a loopback address and a port, like 127.0.0.1:8420; \
         another one only with users.mode = \"database\" and bridge.tls_certificates",
    );
    check(
        "[bridge]\nconnections_max = 7",
        "my.toml:2: bridge.connections_max: found 7, accepted: a whole number of connections, 8 to 20000",
    );
    check(
        "[bridge]\nstreams_max = 20001",
        "my.toml:2: bridge.streams_max: found 20001, accepted: a whole number of clients, 1 to 20000",
    );
    check(
        "[bridge]\nown_streams_max = 0",
        "my.toml:2: bridge.own_streams_max: found 0, accepted: a whole number of clients, 1 to 20000",
    );
    check(
        "[bridge]\nstreams_max = 8\nown_streams_max = 9",
        "my.toml:3: bridge.own_streams_max: found 9, accepted: at most bridge.streams_max, which is 8",
    );
    check(
        "[bridge]\nown_streams_max = 65",
        "my.toml:2: bridge.own_streams_max: found 65, accepted: at most bridge.streams_max, which is 64",
    );
    check(
        "[bridge]\ntake_timeout_s = 301",
        "my.toml:2: bridge.take_timeout_s: found 301, accepted: a whole number of seconds, 1 to 300",
    );
    check(
        "[bridge]\ntls_key = \"key.pem\"",
        "my.toml:1: bridge.tls_certificates: found \"none\" of config/base.toml, accepted: a path, where tls_key is one",
    );
    check(
        "[risk]\norder_qty_max_lots = 99999999999999999999",
        "my.toml:2: risk.order_qty_max_lots: found 99999999999999999999, accepted: a whole number of lots, 0 to \
         9223372036854775807, or \"venue\"",
    );
}

#[test]
fn a_word_that_is_none_of_the_accepted_is_answered_with_the_nearest() {
    check(
        "[run]\nmode = \"papier\"",
        "my.toml:2: run.mode: found \"papier\", accepted: one of \"paper\", \"live\"; did you mean `paper`?",
    );
    check(
        "[[venue]]\nname = \"binance-usd\"",
        "my.toml:2: venue.binance-usd.name: found \"binance-usd\", accepted: one of \"binance-spot\", \"binance-usdm\", \
         \"binance-coinm\", \"bybit\", \"okx\", \"coinbase\", \"hyperliquid\", \"kraken\", \
         \"kraken-futures\", \"gate-spot\", \"gate-futures\", \"bitget\", \"deribit\"; did you mean `binance-usdm`?",
    );
    check(
        "[[layout.group]]\nname = \"all\"\ncore = \"any\"\nidle = \"sleep\"\nidle_us = 1\nstages = [\"venue\", \"riks\"]",
        "my.toml:6: layout.group.all.stages: found \"riks\", accepted: venue, strategy, risk, execution or journal",
    );
}

#[test]
fn an_entry_that_leaves_out_what_has_no_default_is_refused_at_its_head() {
    check(
        "[[layout.group]]\nname = \"all\"\nidle = \"sleep\"",
        "my.toml:1: layout.group.all.core: found nothing, accepted: a whole number of cores, 0 to 1023, or \"any\"",
    );
}

#[test]
fn parameters_of_strategies_are_held_against_the_catalogue() {
    let strategy = |params: &str| {
        format!(
            "[[strategy]]\nname = \"rsi_macd\"\ninstruments = [\"binance-spot:BTCUSDT\"]\n[strategy.params]\n{params}"
        )
    };
    check(
        &strategy("candle_ms = 5"),
        "my.toml:5: strategy.rsi_macd.params.candle_ms: found 5, accepted: a whole number of milliseconds, 100 to 86400000",
    );
    let message = overlay(&strategy("candle_s = 5")).expect_err("refused").to_string();
    assert!(message.starts_with("my.toml:5: strategy.rsi_macd.params.candle_s: found an unknown key"), "{message}");
    assert!(message.ends_with("did you mean `candle_ms`?"), "{message}");
    let message = overlay(&strategy("low = 80")).expect_err("low above high").to_string();
    assert!(message.starts_with("my.toml:4: strategy.rsi_macd.params: "), "{message}");
    check(
        "[[strategy]]\nname = \"martingale\"",
        "my.toml:2: strategy.martingale.name: found \"martingale\", accepted: one of \"rsi_macd\", \"imbalance_maker\", \
         \"bracket\", \"router\", \"twap\", \"vwap\", \"pov\", \"iceberg\", \"shortfall\", \"sniper\", \"peg\", \
         \"sma_cross\", \"donchian\", \"bollinger_reversion\", \"momentum\", \"pairs\", \"funding_carry\", \"basis\", \
         \"order_flow\", \"avellaneda_stoikov\", \"grid\", \"liquidation_fade\", \"streak\", \"manual\"",
    );
    let pair = "[[strategy]]\nname = \"pairs\"\ninstruments = [\"binance-usdm:BTCUSDT\"]";
    check(
        pair,
        "my.toml:3: strategy.pairs.instruments: found [\"binance-usdm:BTCUSDT\"], accepted: 1 instruments, it trades 2",
    );
}

#[test]
fn a_script_is_a_strategy_by_its_path_and_its_parameters_are_its_own() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/scripts/sma_cross.rhai");
    let table =
        format!("[[strategy]]\nscript = \"{path}\"\ninstruments = [\"binance-spot:BTCUSDT\"]\n[strategy.params]\n");
    let read = overlay(&format!("{table}fast = 3")).expect("a script").strategies;
    let params: Vec<_> = read[0].params.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!((read[0].name.as_str(), read[0].script.as_deref()), ("sma_cross", Some(path)));
    assert_eq!(params, [("candle_ms", 60_000), ("fast", 3), ("slow", 50), ("order_quote", 500)]);
    let message = overlay(&format!("{table}fast = 60")).expect_err("not below slow").to_string();
    assert!(
        message.contains("it cannot begin: start: ") && message.contains("`fast` must be below `slow`"),
        "{message}"
    );
    let message = overlay(&format!("{table}speed = 60")).expect_err("unknown").to_string();
    assert!(message.contains("speed: found an unknown key"), "{message}");
    let message = overlay("[[strategy]]\nscript = \"none.rhai\"").expect_err("absent").to_string();
    assert!(message.starts_with("my.toml:2: strategy.?.script: ") && message.contains("none.rhai: "), "{message}");
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    check(
        "[risk]\ndaily_loss_halt_bps = 100",
        "my.toml:2: risk.daily_loss_halt_bps: found 100, accepted: at least risk.daily_loss_reduce_bps: the ladder is \
         reduce first, halt later",
    );
    check(
        "[risk]\nmessage_burst = 5",
        "my.toml:2: risk.message_burst: found 5, accepted: at least risk.message_rate_per_s: a smaller bucket never reaches \
         the rate",
    );
    check(
        "[[venue]]\nname = \"binance-usdm\"\n[[strategy]]\nname = \"rsi_macd\"\ninstruments = [\"binance-spot:BTCUSDT\"]",
        "my.toml:5: strategy.rsi_macd.instruments: found \"binance-spot:BTCUSDT\", accepted: venue:SYMBOL, both in a \
         [[venue]] of the run",
    );
    let message = overlay("[[layout.group]]\nname = \"hot\"").expect_err("no group for the slow side").to_string();
    assert!(message.contains("each of venue, strategy, risk, execution, journal in exactly one group"), "{message}");
    let message =
        overlay("[[layout.group]]\nname = \"cold\"\nstages = [\"journal\", \"bridge\"]").expect_err("refused");
    assert!(message.to_string().contains("found \"bridge\""), "the bridge has a thread of its own: {message}");
    let one_core = "[[layout.group]]\nname=\"hot\"\n[[layout.group]]\nname=\"cold\"\ncore=1\nidle=\"spin\"";
    let message = overlay(one_core).expect_err("two spinners on a core").to_string();
    assert!(message.contains("starve each other"), "{message}");
}

#[test]
fn what_is_no_toml_is_refused_at_its_line() {
    let message = overlay("[run]\nseed = = 1").expect_err("refused").to_string();
    assert!(message.starts_with("my.toml:2: found no TOML: "), "{message}");
}

#[test]
fn a_key_that_comes_twice_is_refused_by_its_name_and_line() {
    let cases = [
        ("[run]\nseed = 1\nseed = 2", "my.toml:3: run.seed"),
        ("seed = 1 # [run]\nseed = 2", "my.toml:2: seed"),
        ("[run]\nseed = 1\n[risk]\nmessage_burst = 20\n[run]\nmode = \"paper\"", "my.toml:5: run"),
        ("[run]\nseed = 1\n\"seed\" = 2", "my.toml:3: run.seed"),
        ("run = { seed = 1, seed = 2 }", "my.toml:1: seed"),
        ("[[strategy]]\n[strategy.params] # of it\nrsi = 3\nrsi = 4", "my.toml:4: strategy.params.rsi"),
        ("[[venue]]\nname = \"binance-spot\"\n  name = \"binance-usdm\"", "my.toml:3: venue.name"),
    ];
    for (text, place) in cases {
        check(text, &format!("{place}: found the key a second time, accepted: each key once"));
    }
}

#[test]
fn nothing_is_listed_twice() {
    let spot = "[[venue]]\nname = \"binance-spot\"\nsymbols = [\"BTCUSDT\"]\n";
    let maker = "[[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"binance-spot:BTCUSDT\"]\n";
    check(
        "[[venue]]\nname = \"binance-spot\"\nsymbols = [\n  \"BTCUSDT\",\n  \"BTCUSDT\",\n]\n",
        "my.toml:5: venue.binance-spot.symbols: found \"BTCUSDT\" a second time, accepted: each once",
    );
    check(
        &[spot, maker, spot].concat(),
        "my.toml:8: venue.binance-spot.name: found \"binance-spot\", accepted: each venue in one [[venue]], with all of its \
         symbols",
    );
    check(
        &maker.replace("[\"binance-spot:BTCUSDT\"]", "[\"binance-spot:BTCUSDT\",\n\"binance-spot:BTCUSDT\"]"),
        "my.toml:4: strategy.imbalance_maker.instruments: found \"binance-spot:BTCUSDT\" a second time, accepted: each once",
    );
}

#[test]
fn a_channel_that_the_venue_does_not_have_is_refused_with_the_nearest_that_it_has() {
    let venue = |name: &str, symbol: &str, channels: &str| {
        let maker = format!("[[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"{name}:{symbol}\"]\n");
        format!("[[venue]]\nname = \"{name}\"\nsymbols = [\"{symbol}\"]\nchannels = {channels}\n{maker}")
    };
    check(
        &venue("bybit", "linear:BTCUSDT", "[\"book\", \"trades\"]"),
        "my.toml:4: venue.bybit.channels: found \"trades\", accepted: \"book\", \"trade\", \"mark\", \"candle\", \
         \"liquidation\"; did you mean `trade`?",
    );
    check(
        &venue("binance-spot", "BTCUSDT", "[\"book\", \"mark\"]"),
        "my.toml:4: venue.binance-spot.channels: found \"mark\", accepted: \"book\", \"quote\", \"trade\", \
         \"aggregate-trade\", \"candle\"",
    );
    let channels = |text: &str| overlay(text).expect("accepted").venues[0].channels.clone();
    assert_eq!(channels(&venue("bybit", "linear:BTCUSDT", "[\"book\"]")), Some(vec!["book"]));
    assert_eq!(channels(&venue("bybit", "linear:BTCUSDT", "\"venue\"")), None, "what is usual there");
}

#[test]
fn what_does_not_go_with_a_default_is_told_where_the_reader_wrote() {
    check(
        "[run]\nseed = 1\n[[venue]]\nname = \"binance-usdm\"\n",
        "my.toml:1: strategy: found nothing, accepted: a [[strategy]] on what a [[venue]] of this file lists; by default \
         \"binance-spot:BTCUSDT\" is traded",
    );
    check(
        "[risk]\nmessage_rate_per_s = 50\n",
        "my.toml:1: risk.message_burst: found 20 of config/base.toml, accepted: at least risk.message_rate_per_s: a smaller \
         bucket never reaches the rate",
    );
}

#[test]
fn the_ranges_that_the_manual_tells_of_parameters_are_those_of_the_catalogue() {
    let (mut strategy, mut comment, mut compared) = ("", String::new(), 0);
    for line in BASE.lines() {
        match line.split_once(" = ") {
            _ if line.starts_with('#') => comment += line.trim_start_matches('#'),
            Some((key, value)) => {
                strategy = if key == "name" { value.trim_matches('"') } else { strategy };
                let params =
                    CATALOGUE.iter().find(|entry| entry.name == strategy).map_or(&[][..], |entry| entry.params);
                if let Some(param) = params.iter().find(|param| param.name == key) {
                    let told = format!(": {} to {}", param.min, param.max);
                    let told_by = comment.find(&told).map(|at| &comment[at + told.len()..]);
                    assert!(told_by.is_some_and(|rest| rest.starts_with(['.', ','])), "{strategy} {key}:{comment}");
                    assert_eq!(value, param.default.to_string(), "{strategy} {key}");
                    compared += 1;
                }
                comment.clear();
            }
            None => comment.clear(),
        }
    }
    assert_eq!(compared, CATALOGUE.iter().map(|entry| entry.params.len()).sum::<usize>(), "a parameter stands nowhere");
}

#[test]
fn the_fees_of_the_manual_are_the_usual_ones_of_their_venue() {
    for venue in documented() {
        let listed = Fees { maker_ppm: venue.maker_fee_e6, taker_ppm: venue.taker_fee_e6 };
        assert_eq!(listed, Fees::of(venue.id), "{}", venue.id.name());
    }
}

#[test]
fn what_is_taken_over_is_the_operators_or_of_a_strategy_that_takes_part() {
    let of = |text: &str| overlay(text).expect("accepted");
    let config = of("[run]\nstanding_positions = \"adopt\"\npositions_owner = \"rsi_macd\"\n");
    assert_eq!(config.strategies[usize::from(config.run.owner) - 1].name, "rsi_macd");
    assert!(config.run.takes_over);
    let run = of("").run;
    assert_eq!((run.owner, run.takes_over), (0, false));
    let message = "my.toml:2: run.positions_owner: found \"martingale\", accepted: operator, or the name of a [[strategy]] \
                   that takes part";
    check("[run]\npositions_owner = \"martingale\"", message);
    let listens =
        overlay_for("[run]\npositions_owner = \"martingale\"", Purpose::Listen).expect("nobody owns anything");
    assert_eq!(listens.run.owner, 0);
}

#[test]
fn a_house_with_few_places_for_streams_has_no_more_for_one_of_its_users() {
    let own = |text: &str| overlay(text).expect("accepted").bridge.own_streams_max;
    let founds = ["", "[bridge]\nstreams_max = 8", "[bridge]\nstreams_max = 8\nown_streams_max = 8"].map(own);
    assert_eq!(founds, [16, 8, 8]);
}

#[test]
fn the_door_of_the_demo_has_as_many_places_as_its_file_says_and_else_those_of_the_defaults() {
    let places = |config: &Config| (config.bridge.connections_max, config.bridge.streams_max);
    let demo = demo(None).expect("the demo's own settings");
    assert_eq!(places(&demo), (512, 64));
    let file = std::env::temp_dir().join(format!("ringside-demo-{}.toml", std::process::id()));
    std::fs::write(&file, "[bridge]\nstreams_max = 2000\n").expect("written");
    let laid_over = super::demo(Some(&file));
    std::fs::remove_file(&file).expect("it was there");
    let laid_over = laid_over.expect("accepted");
    assert_eq!(places(&laid_over), (512, 2_000));
    assert_eq!(laid_over.venues.len(), demo.venues.len(), "whatever it does not say is the demo's");
    let names = |config: &Config| config.strategies.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&laid_over), names(&demo), "and so is who trades: each of its list, by the same number");
}

#[test]
fn who_only_listens_need_not_say_who_trades_but_what_is_said_is_checked() {
    let venue = "[[venue]]\nname = \"binance-usdm\"\nsymbols = [\"ETHUSDT\"]\n";
    assert!(overlay(venue).is_err(), "the strategies below trade elsewhere");
    let config = overlay_for(venue, Purpose::Listen).expect("nothing is traded");
    assert_eq!((config.venues.len(), config.strategies.len()), (1, 0));
    let unknown = [venue, "[[strategy]]\nname = \"martingale\""].concat();
    let message = overlay_for(&unknown, Purpose::Listen).expect_err("refused").to_string();
    assert!(message.contains("martingale"), "{message}");
    let config = read_listening(None).expect("the defaults are accepted");
    assert!(config.strategies.is_empty() && !config.journal.enabled && !config.bridge.enabled);
}

#[test]
fn who_only_listens_has_no_money_whatever_the_file_says() {
    let file = std::env::temp_dir().join(format!("ringside-live-{}.toml", std::process::id()));
    std::fs::write(&file, "[run]\nmode = \"live\"\nequity_usd = 1000.5\n").expect("written");
    let (trading, listening) = (read(Some(&file)), read_listening(Some(&file)));
    std::fs::remove_file(&file).expect("removed");
    let run = trading.expect("accepted").run;
    assert_eq!((run.mode, run.equity), (Mode::Live, Some(Quote(100_050_000_000))));
    assert_eq!(listening.expect("accepted").run.mode, Mode::Paper);
}

#[test]
fn every_limit_is_read_in_its_unit_and_refused_outside_of_its_bounds() {
    use engine_model::limit::Unit;
    for row in Limits::TABLE {
        let (least, most) = (row.min, row.max);
        let read = |value: &str| overlay(&format!("[risk]\n{} = {value}\n", row.key));
        for value in [least, most] {
            // Relations between limits may refuse it, by the name of another reason than its own bounds.
            if let Err(error) = read(&value.to_string()) {
                assert!(
                    !error.accepted.starts_with("a whole number") && !error.accepted.starts_with("a decimal"),
                    "{error}"
                );
            } else {
                let config = read(&value.to_string()).expect("accepted");
                assert_eq!(row.get(&config.limits), value.saturating_mul(row.scale), "{}", row.key);
            }
        }
        let beyond = i128::from(most) + 1;
        let wrong = ["-1", "nan", "inf", "\"2 %\"", "0.5.1", &beyond.to_string(), &(i128::from(least) - 1).to_string()];
        for value in wrong {
            let Err(error) = read(value) else { panic!("{} = {value} was accepted", row.key) };
            assert_eq!((error.line, error.file.as_str()), (Some(2), "my.toml"), "{error}");
        }
        if row.unit != Unit::Usd {
            assert!(read("1.5").is_err(), "{}: a whole number", row.key);
        }
        let foreign = overlay(&format!("[risk]\n{}_pct = 1\n", row.key)).expect_err("another unit is another key");
        assert!(foreign.found.contains("unknown key"), "{foreign}");
    }
}

#[test]
fn a_strategy_may_have_tighter_limits_and_no_looser_ones() {
    let with = |limits: &str| {
        overlay(&format!(
            "[[strategy]]\nname = \"rsi_macd\"\ninstruments = [\"binance-spot:BTCUSDT\"]\n[strategy.risk]\n{limits}\n"
        ))
    };
    let base = read(None).expect("accepted").limits;
    let tight = with("order_notional_max_usd = 500.5\nwarm_up_s = 601").expect("tighter").strategies[0].limits;
    assert_eq!(tight, Limits { order_notional_max: Quote(50_050_000_000), warm_up_ns: 601_000_000_000, ..base });
    for (loose, than) in [("order_notional_max_usd = 10000.01", "at most"), ("warm_up_s = 599", "at least")] {
        let error = with(loose).expect_err("looser");
        assert!(error.line == Some(5) && error.accepted.starts_with(than), "{error}");
    }
    assert!(with("order_notional_max = 1").is_err(), "a key without its unit is no key");
    for row in Limits::TABLE {
        for value in ["-1", "nan", "\"2 %\"", "0.02"] {
            let is_fraction_of_dollars = row.unit == engine_model::limit::Unit::Usd && value == "0.02";
            let told = with(&format!("{} = {value}", row.key));
            assert_eq!(told.is_ok(), is_fraction_of_dollars, "{} = {value}", row.key);
        }
    }
}

#[test]
fn what_is_begun_by_the_clock_is_read_and_what_never_comes_up_is_refused() {
    let schedule = "[[jobs.schedule]]\nname = \"hourly\"\ncron = \"5 * * * *\"\n";
    let backfill = "job = \"backfill\"\nvenue = \"bybit\"\nsymbol = \"linear:BTCUSDT\"\ndays = 3\n";
    let of = |work: &str| overlay(&[schedule, work].concat());
    let jobs = of(&[backfill, "interval = \"1h\""].concat()).expect("right").jobs;
    let work = ScheduledWork::Backfill {
        venue: "bybit".to_owned(),
        symbol: "linear:BTCUSDT".to_owned(),
        interval: Some("1h".to_owned()),
        days: 3,
    };
    assert_eq!(jobs.schedules, [Schedule { name: "hourly".to_owned(), cron: "5 * * * *".to_owned(), work }]);
    let trades = of(&[backfill, "interval = \"trades\""].concat()).expect("right").jobs;
    assert!(matches!(&trades.schedules[0].work, ScheduledWork::Backfill { interval: None, .. }));
    assert_eq!(of("job = \"backup\"").expect("right").jobs.schedules[0].work, ScheduledWork::Backup);
    assert_eq!(of("job = \"snapshot\"").expect("right").jobs.schedules[0].work, ScheduledWork::Snapshot);
    let refused = |text: &str| overlay(text).expect_err("refused").to_string();
    let asked = r#"{"strategy": "sma_cross", "past": {"data": "bybit:linear:BTCUSDT", "days": 30}}"#;
    let backtest = of(&format!("job = \"backtest\"\nasked = '{asked}'\n")).expect("right").jobs;
    assert_eq!(backtest.schedules[0].work, ScheduledWork::Backtest { asked: asked.to_owned() });
    for (job, asked, why) in [
        ("backtest", "{}", "missing field `strategy`"),
        ("backtest", r#"{"strategy": "maker", "past": {"data": "x:y"}}"#, "a strategy of the engine"),
        (
            "backtest",
            r#"{"strategy": "sma_cross", "past": {"data": "x:y", "days": 3, "from_ns": 7}}"#,
            "days or from_ns",
        ),
        (
            "optimize",
            r#"{"strategy": "sma_cross", "space": {"fast": [5]}, "method": "luck", "past": {"data": "x:y"}}"#,
            "grid",
        ),
    ] {
        let message = refused(&format!("{schedule}job = \"{job}\"\nasked = '{asked}'\n"));
        let place = "my.toml:5: jobs.schedule.hourly.asked: found";
        assert!(message.starts_with(place) && message.contains(why), "{message}");
    }
    for (cron, work) in [("0 0 30 2 *", "report"), ("nightly", "report"), ("* * * * * *", "backup")] {
        let text = format!("[[jobs.schedule]]\nname = \"x\"\ncron = \"{cron}\"\njob = \"{work}\"\n");
        let message = refused(&text);
        assert!(
            message.starts_with("my.toml:3: jobs.schedule.x.cron: found") && message.contains("in UTC"),
            "{message}"
        );
    }
    let message = refused(&[schedule, "job = \"backup\"\ndays = 3"].concat());
    assert!(message.contains("jobs.schedule.hourly.days: found an unknown key"), "{message}");
    let message = refused(&[schedule, "job = \"report\"\n", schedule, "job = \"report\""].concat());
    assert!(message.contains("a name that no other schedule has"), "{message}");
    let message = refused("[jobs]\nat_once = 0");
    assert!(
        message.starts_with("my.toml:2: jobs.at_once: found 0, accepted: a whole number of jobs, 1 to 64"),
        "{message}"
    );
}

#[test]
fn a_margin_table_is_read_step_by_step_and_one_that_does_not_hold_together_is_refused() {
    let table = |steps: &str| {
        format!("[[risk.margin]]\nname = \"mine\"\ninstruments = [\"bybit:BTCUSDT\", \"okx:BTC-USDT-SWAP\"]\n{steps}")
    };
    let step = |up_to: &str, leverage: u16, ppm: u32| {
        format!("[[risk.margin.step]]\nup_to_usd = {up_to}\nleverage_max = {leverage}\nmaintenance_ppm = {ppm}\n")
    };
    let read =
        overlay(&table(&(step("50000.5", 125, 4_000) + step("\"any\"", 20, 25_000).as_str()))).expect("accepted");
    let [margin] = &read.margin[..] else { panic!("one table: {:?}", read.margin) };
    assert_eq!(margin.instruments[1], (VenueId::Okx, "BTC-USDT-SWAP".to_owned()));
    let steps: Vec<_> = margin.tiers.steps().map(|(s, _)| (s.up_to.0, s.leverage_max, s.maintenance_ppm)).collect();
    assert_eq!(steps, [(5_000_050_000_000, 125, 4_000), (i64::MAX, 20, 25_000)]);
    let refused = |steps: &str| overlay(&table(steps)).expect_err("must be refused").to_string();
    let fell = refused(&(step("50000", 20, 4_000) + step("\"any\"", 20, 3_000).as_str()));
    assert!(fell.contains("margin step 2: its maintenance is not above the step before it"), "{fell}");
    assert!(refused("").contains("0 margin steps, expected 1 to 12"));
    assert!(refused(&step("-5", 20, 4_000)).contains("risk.margin.mine.step.?.up_to_usd: found -5"));
}

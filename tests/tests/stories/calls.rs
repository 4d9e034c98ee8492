//! Wrong calls and wrong settings: the right exit code, and words that say what was found and where.

use crate::process::{Ran, ringside};
use crate::scratch::Scratch;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// `run` with these lines laid over the defaults.
fn run_with(scratch: &Scratch, text: impl AsRef<[u8]>) -> Ran {
    let file = scratch.file("settings.toml", text);
    ringside(["run", "--for", "1s", "--config"]).arg(file).within(scratch.path()).run()
}

fn replay(venue: &str, capture: &Path, more: &[&str]) -> Ran {
    let call = ringside(["replay", "--json", "--venue", venue, "--capture"]).arg(capture);
    more.iter().fold(call, |call, word| call.arg(word)).run()
}

#[test]
fn a_setting_that_cannot_be_meant_is_refused_with_its_line() {
    let scratch = Scratch::new();
    let cases: [(&str, &[&str]); 19] = [
        ("[risk]\nprice_colar_bps = 100\n", &["settings.toml:2", "price_colar_bps", "price_collar_bps"]),
        ("[rsik]\n", &["settings.toml:1", "rsik", "risk"]),
        ("[risk]\nprice_age_max_ms = \"1s\"\n", &["settings.toml:2", "risk.price_age_max_ms", "milliseconds"]),
        ("[risk]\nprice_collar_bps = 0.02\n", &["settings.toml:2", "risk.price_collar_bps", "bps"]),
        ("[risk]\norder_notional_max_usd = -1\n", &["settings.toml:2", "risk.order_notional_max_usd", "-1"]),
        ("[risk]\nleverage_max_pct = nan\n", &["settings.toml:2", "risk.leverage_max_pct", "nan"]),
        ("[risk]\nmessage_burst = 0\n", &["settings.toml:2", "risk.message_burst", "at least risk.message_rate_per_s"]),
        ("[risk]\nmessage_burst = 1\nmessage_burst = 2\n", &["settings.toml:3", "risk.message_burst"]),
        ("[[venue]]\nname = \"binance-usdm\"\n", &["settings.toml:1", "strategy", "binance-spot:BTCUSDT"]),
        (
            "[[venue]]\nname = \"binance-spot\"\n[[venue]]\nname = \"binance-spot\"\n",
            &["settings.toml:4", "venue.binance-spot.name"],
        ),
        (
            "[[venue]]\nname = \"binance-spot\"\nsymbols = [\"BTCUSDT\", \"BTCUSDT\"]\n",
            &["settings.toml:3", "venue.binance-spot.symbols", "second time"],
        ),
        ("[rings]\nmarket = 1000\n", &["settings.toml:2", "rings.market", "power of two"]),
        ("[layout]\nkind = \"spread\"\n", &["settings.toml:2", "layout.kind", "shared"]),
        ("[[venue]]\nname = \"nasdaq\"\n", &["settings.toml:2", "nasdaq", "binance-spot"]),
        ("[[strategy]]\nname = \"moon\"\n", &["settings.toml:2", "moon", "imbalance_maker"]),
        ("[bridge]\naddress = \"0.0.0.0:8420\"\n", &["settings.toml:2", "bridge.address", "loopback"]),
        ("[run]\nmode = 3\n", &["settings.toml:2", "run.mode", "paper"]),
        ("[run\n", &["settings.toml:1"]),
        ("\u{feff}[run]\nmode = \"papre\"\n", &["settings.toml:2", "papre"]),
    ];
    for (text, words) in cases {
        run_with(&scratch, text).refused(2, words);
    }
    run_with(&scratch, b"[run]\nmode = \"\xff\xfe\"\n").refused(2, &["settings.toml", "UTF-8"]);
}

#[test]
fn a_file_of_settings_that_is_not_there_or_no_file_is_named() {
    let scratch = Scratch::new();
    let run = |path: &Path| ringside(["run", "--config"]).arg(path).run();
    run(&scratch.path().join("absent.toml")).refused(2, &["absent.toml", "no file"]);
    run(scratch.path()).refused(2, &[scratch.path().to_str().expect("text")]);
}

#[test]
fn a_taken_port_is_said_to_be_taken_before_anything_has_begun() {
    let scratch = Scratch::new();
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = holder.local_addr().expect("bound").port().to_string();
    let call = ringside(["demo", "--for", "5s", "--json", "--port", &port]);
    call.within(scratch.path()).run().refused(2, &["bridge.address", &port]);
    assert!(!scratch.path().join("journal").exists(), "a journal was begun");
}

#[test]
fn words_that_nobody_knows_are_refused_with_those_that_are_known() {
    let capture = PathBuf::from("-");
    replay("nasdaq", &capture, &[]).refused(2, &["--venue", "nasdaq", "binance-coinm"]);
    replay("binance-spot", &capture, &["--layout", "spread"]).refused(2, &["--layout", "spread", "dedicated"]);
    replay("binance-spot", &capture, &["--strategy", "moon"])
        .refused(2, &["--strategy", "moon", "nearest", "FILE.rhai"]);
    for (words, said) in [
        (&["fly"][..], "fly"),
        (&["demo", "--for", "30"], "30"),
        (&["demo", "--for", "0s"], "0s"),
        (&["demo", "--port", "65536"], "65536"),
        (&["demo", "--seed", "-1"], "-1"),
        (&["replay", "--venue", "binance-spot"], "--capture"),
        (&["run"], "--config"),
        (&["bench", "luck"], "luck"),
    ] {
        ringside(words.iter().copied()).run().refused(2, &[said]);
    }
}

#[test]
fn a_recording_that_is_none_is_refused_with_file_and_line() {
    let scratch = Scratch::new();
    let good = r#"{"ts":1,"ch":"a","dir":"in","raw":"ping"}"#;
    let packed = zstd::encode_all([good, "\n"].concat().repeat(5_000).as_bytes(), 3).expect("packed");
    let cases = [
        (scratch.file("text.ndjson", "once upon a time\n"), "text.ndjson:1"),
        (scratch.file("second.ndjson", format!("{good}\n{{\"ts\":1}}\n")), "second.ndjson:2"),
        (scratch.file("number.ndjson", good.replace("\"ts\":1", "\"ts\":-1")), "number.ndjson:1"),
        (scratch.file("bytes.ndjson", b"\x00\xff\xfe\x80\x01\x02".repeat(1_000)), "bytes.ndjson:1"),
        (scratch.file("latin.ndjson", [&good.as_bytes()[..36], b"\xe9\"}\n"].concat()), "latin.ndjson:1"),
        (scratch.file("half.ndjson", &good[..20]), "half.ndjson:1"),
        (scratch.file("cut.ndjson.zst", &packed[..packed.len() - 3]), "cut.ndjson.zst"),
        (scratch.file("noise.ndjson.zst", "not packed at all"), "noise.ndjson.zst"),
        (scratch.file("noise.ndjson.gz", "not packed at all"), "noise.ndjson.gz"),
        (scratch.path().join("absent.ndjson"), "absent.ndjson"),
        (scratch.path().to_owned(), scratch.path().to_str().expect("text")),
    ];
    for (file, said) in &cases {
        replay("binance-spot", file, &[]).refused(2, &[said]);
    }
    let reasons = [
        (scratch.path().join("absent.ndjson"), "No such file"),
        (scratch.path().join("cut.ndjson.zst"), "incomplete frame"),
        (scratch.path().join("second.ndjson"), "missing field `dir`"),
        // A time that no clock shows: what is reckoned from it would never come.
        (scratch.file("late.ndjson", good.replace("\"ts\":1", "\"ts\":18446744073709551615")), "`ts`"),
    ];
    for (file, reason) in &reasons {
        replay("binance-spot", file, &["--strategy", "imbalance_maker"]).refused(2, &[reason]);
    }
    // Nothing at all is a stream, too: of no messages.
    for empty in [scratch.file("empty.ndjson", ""), scratch.file("lines.ndjson", "\n\n  \n")] {
        let found = replay("binance-spot", &empty, &[]).json();
        assert_eq!((&found["messages"], found["instruments"].to_string().as_str()), (&0.into(), "{}"));
    }
}

#[test]
fn a_place_that_cannot_be_written_to_fails_and_is_named() {
    let scratch = Scratch::new();
    // Below a file there is no folder, not even for the superuser.
    let capture = scratch.file("one.ndjson", "{\"ts\":1,\"ch\":\"a\",\"dir\":\"in\",\"raw\":\"ping\"}\n");
    let below = capture.join("journal");
    let below = below.to_str().expect("text");
    replay("binance-spot", &capture, &["--journal-out", below]).refused(1, &["--journal-out", below]);
    replay("binance-spot", &capture, &["--book-out", below]).refused(1, &["--book-out", below]);
    scratch.file("journal", "a file where the folder should be");
    let call = ringside(["demo", "--for", "2s", "--port", "0"]).within(scratch.path());
    let ran = call.run();
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("journal.directory"), "{ran}");
    // An old journal is never written over.
    let twice = scratch.path().join("twice");
    let twice = twice.to_str().expect("text");
    replay("binance-spot", &capture, &["--journal-out", twice]).json();
    replay("binance-spot", &capture, &["--journal-out", twice]).refused(1, &["--journal-out", twice]);
}

#[test]
fn real_money_needs_to_be_meant_and_a_key() {
    let scratch = Scratch::new();
    let file = scratch.file("settings.toml", "");
    for more in [&[][..], &["--arm"]] {
        let call = ringside(["run", "--mode", "live", "--json", "--config"]).arg(&file);
        more.iter().fold(call, |call, word| call.arg(word)).run().refused(3, &["live", "venue.key", "paper"]);
    }
    let venue = "[[venue]]\nname = \"binance-spot\"\n[venue.key]\nid = \"env:NOWHERE_ID\"\nsecret = \"env:NOWHERE\"\n";
    let keyed = scratch.file("keyed.toml", venue);
    ringside(["run", "--mode", "live", "--config"]).arg(&keyed).run().refused(3, &["--arm"]);
    // Limits are shares of an account, so what it is worth must be known.
    ringside(["run", "--mode", "live", "--arm", "--config"]).arg(&keyed).run().refused(3, &["run.equity_usd"]);
    // A key written into the file is refused, and not repeated.
    let written = scratch.file("written.toml", venue.replace("env:NOWHERE\"", "c0ffee\""));
    let ran = ringside(["run", "--mode", "live", "--arm", "--config"]).arg(&written).run();
    ran.refused(2, &["venue.binance-spot.key.secret", "file:/path", "env:NAME"]);
    assert!(!ran.stderr.contains("c0ffee"), "{ran}");
    let call = ringside(["run", "--mode", "paper", "--arm", "--config"]).arg(&file);
    call.run().refused(2, &["--arm"]);
}

#[test]
fn an_engine_that_is_not_there_cannot_be_reached() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = holder.local_addr().expect("bound").to_string();
    drop(holder);
    ringside(["monitor", "--json", "--url", &address]).run().refused(4, &[&address]);
}

#[test]
fn the_page_of_the_topology_is_what_the_binary_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/TOPOLOGY.md");
    let page = std::fs::read_to_string(&path).expect("a page");
    let printed = ringside(["topology", "--markdown"]).run();
    for (number, (found, expected)) in page.lines().zip(printed.stdout.lines()).enumerate() {
        assert_eq!(found, expected, "line {}: `cargo xtask diagram` writes the page anew", number + 1);
    }
    assert_eq!(page, printed.stdout);
}

#[test]
fn what_is_asked_for_as_json_is_one_object() {
    ringside(["topology", "--json"]).run().json();
    let scratch = Scratch::new();
    let file = scratch.file("settings.toml", "[rings]\nmarket = 64\n[layout]\nkind = \"dedicated\"\n");
    let told = ringside(["topology", "--json", "--config"]).arg(&file).run().json();
    assert_eq!((&told["rings"][0]["depth"], &told["layout"]["kind"]), (&64.into(), &"dedicated".into()), "{told}");
    ringside(["topology", "--markdown", "--config"]).arg(&file).run().refused(2, &["--markdown"]);
    // What this machine lacks is its business; how it is told is ours.
    let doctor = ringside(["doctor", "--json"]).run();
    let told = serde_json::from_str::<serde_json::Value>(&doctor.stdout);
    assert!(told.is_ok_and(|told| told.is_object()) && doctor.stdout.lines().count() == 1, "{doctor}");
}

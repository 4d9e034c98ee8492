//! Frames that mean harm, in a recording that is otherwise good: each is one error, and nothing else is different.

use crate::process::ringside;
use crate::recordings::LAYOUTS;
use crate::scratch::Scratch;
use serde_json::{Value, json};

const SNAPSHOT: &str =
    r#"{"lastUpdateId":100,"bids":[["61837.50","1.000"],["61837.40","2.000"]],"asks":[["61838.00","2.000"]]}"#;
const DEPTH: &str = concat!(
    r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161413709,"s":"BTCUSDT","#,
    r#""U":101,"u":110,"b":[["61837.60","0.100"]],"a":[["61838.00","1.500"]]}}"#
);
const TRADE: &str = concat!(
    r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161413709,"T":1723161413700,"s":"BTCUSDT","#,
    r#""t":3535186032,"p":"61837.60","q":"0.002","m":true}}"#
);

fn record(ts: u64, payload: &str) -> Value {
    json!({"ts": ts, "ch": "a", "dir": "in", "raw": payload})
}

/// The good recording, with these records between its snapshot and its trade.
fn recording(bad: &[Value]) -> String {
    let url = "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000";
    let mut lines = vec![json!({"ts": 1, "ch": "rest", "dir": "rest", "url": url, "raw": SNAPSHOT}), record(2, DEPTH)];
    lines.extend(bad.iter().cloned());
    lines.push(record(u64::from(u32::MAX), TRADE));
    lines.iter().map(|line| line.to_string() + "\n").collect()
}

fn replay(text: &str, layout: &str) -> Value {
    let scratch = Scratch::new();
    let file = scratch.file("hostile.ndjson", text);
    let call = ringside(["replay", "--venue", "binance-spot", "--json", "--strategy", "imbalance_maker"]);
    call.arg("--layout").arg(layout).arg("--capture").arg(file).run().json()
}

/// Each with a good frame behind it in mind: what it changes in one.
fn frames() -> Vec<(&'static str, String)> {
    let long = "9".repeat(400);
    let levels = r#"["61837.70","0.100"],"#.repeat(100_000);
    vec![
        ("no JSON", "<html>502 Bad Gateway</html>".into()),
        ("nothing", String::new()),
        ("zeros", "\0\0\0\0".into()),
        ("cut", DEPTH[..DEPTH.len() / 2].into()),
        ("two documents", DEPTH.repeat(2)),
        ("nested 64 deep and more", "[".repeat(100_000) + &"]".repeat(100_000)),
        ("nested within a field", TRADE.replace("true", &("[".repeat(5_000) + &"]".repeat(5_000)))),
        ("a price of 400 digits", TRADE.replace("61837.60", &long)),
        ("a price with an exponent", TRADE.replace("61837.60", "1e999")),
        ("a price that is none", TRADE.replace("61837.60", "NaN")),
        ("an endless price", TRADE.replace("61837.60", "Infinity")),
        ("a hexadecimal price", TRADE.replace("61837.60", "0xF18D")),
        ("a comma in a price", TRADE.replace("61837.60", "61837,60")),
        ("wide digits", TRADE.replace("61837.60", "６１８３７")),
        ("a negative quantity", TRADE.replace("0.002", "-0.002")),
        ("a negative level", DEPTH.replace("0.100", "-0.100").replace("101", "111").replace("110", "112")),
        ("a number for a text", TRADE.replace("\"0.002\"", "true")),
        ("a text for an id", DEPTH.replace("110", "\"many\"")),
        ("an id that does not fit", DEPTH.replace("110", "18446744073709551616")),
        ("no side", TRADE.replace(",\"m\":true", "")),
        ("a null instrument", TRADE.replace("\"BTCUSDT\"", "null")),
        ("a hundred thousand levels", DEPTH.replace("[[\"61837.60\"", &format!("[{levels}[\"61837.60\""))),
        ("a list for an object", format!("[{TRADE}]")),
    ]
}

#[test]
fn each_hostile_frame_is_one_error_and_changes_nothing() {
    let clean = replay(&recording(&[]), "inline");
    assert_eq!((&clean["errors"], &clean["instruments"]["BTCUSDT"]["update_id"]), (&json!(0), &json!(110)), "{clean}");
    for (case, frame) in frames() {
        let found = replay(&recording(&[record(3, &frame)]), "inline");
        // A list is JSON that no row names; all the others are malformed.
        let is_unknown = case == "a list for an object";
        let counts = (found["errors"].as_u64(), found["unknown"].as_u64());
        assert_eq!(counts, if is_unknown { (Some(0), Some(1)) } else { (Some(1), Some(0)) }, "{case}");
        for field in ["gaps", "crossed", "resyncs", "instruments", "events"] {
            assert_eq!(found[field], clean[field], "{case}: {field}");
        }
    }
}

#[test]
fn all_of_them_at_once_are_as_many_errors_in_every_layout() {
    let bad: Vec<Value> = frames().into_iter().map(|(_, frame)| record(3, &frame)).collect();
    let text = recording(&bad);
    let mut first = None;
    for layout in LAYOUTS {
        let found = replay(&text, layout);
        assert_eq!(found["errors"], json!(bad.len() - 1), "{layout}");
        let told = (found["instruments"].clone(), found["state_hash"].clone());
        assert_eq!(first.get_or_insert_with(|| told.clone()), &told, "{layout}");
    }
}

#[test]
fn a_binary_record_is_an_error_and_an_unknown_direction_no_message() {
    let clean = replay(&recording(&[]), "inline");
    let binary = json!({"ts": 3, "ch": "a", "dir": "in", "b64": "/////w=="});
    let sent = json!({"ts": 4, "ch": "a", "dir": "out", "raw": "nonsense"});
    let found = replay(&recording(&[binary, sent]), "inline");
    assert_eq!(found["errors"], json!(1), "{found}");
    assert_eq!(found["messages"], json!(clean["messages"].as_u64().expect("a count") + 1));
    assert_eq!(found["instruments"], clean["instruments"]);
}

#[test]
fn prices_beyond_any_window_and_time_that_runs_backwards_are_survived() {
    let far = DEPTH.replace("101", "111").replace("110", "112").replace("61838.00", "9999999999.00");
    let near = DEPTH.replace("101", "113").replace("110", "114").replace("61837.60", "0.01");
    let found = replay(&recording(&[record(5, &far), record(3, &near), record(0, TRADE)]), "inline");
    let book = &found["instruments"]["BTCUSDT"];
    assert_eq!(
        (&found["errors"], &book["synced"], &book["update_id"]),
        (&json!(0), &json!(true), &json!(114)),
        "{found}"
    );
    assert_eq!(
        (&book["ask_levels"], &book["bid_levels"], &book["trades"]),
        (&json!(2), &json!(4), &json!(2)),
        "{found}"
    );
}

#[test]
fn a_field_that_comes_twice_is_taken_once() {
    let twice = TRADE.replace("\"q\":\"0.002\"", "\"q\":\"0.002\",\"q\":\"0.005\"");
    let found = replay(&recording(&[record(3, &twice)]), "inline");
    // Which of the two is not promised; that it is one trade, or one error, is.
    let trades = found["events"]["trade"].as_u64().expect("a count");
    assert_eq!(trades + found["errors"].as_u64().expect("a count"), 2, "{found}");
}

#[test]
fn an_instrument_with_a_name_that_no_venue_gives_is_not_ours() {
    let clean = replay(&recording(&[]), "inline");
    for name in ["B".repeat(1 << 20), "B".repeat(48), "B C".to_owned()] {
        let frame = TRADE.replace("\"BTCUSDT\"", &format!("\"{name}\""));
        let found = replay(&recording(&[record(3, &frame)]), "inline");
        assert_eq!(found["messages"], json!(clean["messages"].as_u64().expect("a count") + 1));
        for field in ["errors", "unknown", "instruments"] {
            assert_eq!(found[field], clean[field], "{field} of a name of {} bytes", name.len());
        }
    }
}

//! What is left of a frame without its values, by which a simulated one is held against a captured one.

use crate::client::{Client, start_with};
use engine_model::venue::VenueId;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tests_venue::Config;

/// Words that say what a frame is, and so must be the same.
const KEPT: [&str; 4] = ["snapshot", "update", "book", "fill"];

/// Names in their order, which values are texts, and a few words: no digits, and of many levels alike one.
pub(crate) fn outline(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        let (word, after) = after.split_once('"').expect("a whole text");
        out += &plain(before);
        let is_kept = after.starts_with(':') || KEPT.contains(&word);
        out += if is_kept { word } else { "''" };
        rest = after;
    }
    let mut out = out + &plain(rest);
    for row in ["{price:,qty:}", "{px:'',sz:'',n:}"] {
        let (two, one) = (format!("{row},{row}"), row.to_owned());
        while out.contains(&two) {
            out = out.replace(&two, &one);
        }
    }
    out
}

/// Numbers leave nothing, and of true and false it does not matter which.
fn plain(text: &str) -> String {
    let text = text.replace("false", "bool").replace("true", "bool").replace("e-", "");
    text.replace(|c: char| c.is_ascii_digit() || c == '.' || c == '-', "")
}

/// Waits until every real frame's outline was heard on a socket that asks for that, of a market of that speed.
pub(crate) fn check_outlines((venue, speed_percent): (VenueId, u32), path: &str, asks: &[String], real: &[&str]) {
    let venue = start_with(Config { speed_percent, ..Config::new(venue, 42) });
    let mut client = Client::open(&venue, path);
    asks.iter().for_each(|ask| client.say(ask));
    let mut missing: Vec<String> = real.iter().map(|frame| outline(frame)).collect();
    let mut heard = BTreeSet::new();
    let until = Instant::now() + Duration::from_secs(40);
    while !missing.is_empty() && Instant::now() < until {
        let frame = outline(&client.next());
        missing.retain(|m| *m != frame);
        heard.insert(frame.chars().take(300).collect::<String>());
    }
    assert!(missing.is_empty(), "never heard: {missing:#?}\nheard: {heard:#?}");
}

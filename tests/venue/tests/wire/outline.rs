//! Frames without their values: whether the simulated venue writes them as the real one does.

use crate::client::{Client, start_with};
use engine_model::venue::VenueId;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tests_venue::Config;

/// Values that tell which kind of frame it is.
const KEPT: [&str; 5] = ["snapshot", "update", "delta", "book", "fill"];

/// What is left of a frame without its values: names in their order, which of them are texts, topic, channel and type. Of
/// groups that are alike and follow each other there is one.
fn outline(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        let (word, after) = after.split_once('"').expect("a whole text");
        out += &plain(before);
        let is_named = out.ends_with("topic:") || out.ends_with("channel:");
        out += if after.starts_with(':') || KEPT.contains(&word) || is_named { word } else { "''" };
        rest = after;
    }
    one_of_each(&(out + &plain(rest)))
}

/// Numbers leave nothing, and of true and false it does not matter which.
fn plain(text: &str) -> String {
    let text = text.replace("false", "bool").replace("true", "bool").replace("e-", "");
    text.replace(|c: char| c.is_ascii_digit() || c == '.' || c == '-', "")
}

fn one_of_each(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '[' | '{') {
            let group = &rest[..group_length(rest)];
            let again = format!(",{group}");
            let mut behind = &rest[group.len()..];
            while let Some(after) = behind.strip_prefix(again.as_str()) {
                behind = after;
            }
            out.push(first);
            out += &one_of_each(&group[1..group.len() - 1]);
            out += &group[group.len() - 1..];
            rest = behind;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Bytes up to the bracket that closes the first one.
fn group_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' if depth == 1 => return at + 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("never closed: {text}");
}

#[test]
fn an_outline_keeps_names_and_one_of_what_is_alike() {
    let text =
        r#"{"channel":"books","type":"update","a":[["1","2"],["3","4"],["5"]],"n":[{"x":1},{"x":22}],"ok":true}"#;
    assert_eq!(outline(text), "{channel:books,type:update,a:[['',''],['']],n:[{x:}],ok:bool}");
}

/// Waits until every real frame's outline was heard by a client that said these messages, in a market so fast that
/// liquidations, a few a minute, come within seconds.
pub(crate) fn check_outlines(venue: VenueId, path: &str, messages: &[&str], real: &[&str]) {
    check_outlines_at(400, venue, path, messages, real);
}

/// The same in a market of that speed.
pub(crate) fn check_outlines_at(speed_percent: u32, venue: VenueId, path: &str, messages: &[&str], real: &[&str]) {
    let venue = start_with(Config { speed_percent, ..Config::new(venue, 42) });
    let mut client = Client::open(&venue, path);
    messages.iter().for_each(|message| client.say(message));
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

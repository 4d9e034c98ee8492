//! `/`: what is here. Plain, without script or style; the dashboard is another room.

use super::Door;
use super::rest::market::full_name;
use axum::extract::State;
use axum::response::Html;
use std::fmt::Write;
use std::sync::Arc;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Ringside</title></head><body>\n\
    <h1>Ringside</h1>\n<p>This door is for reading, from this machine only. All answers are JSON, but for the metrics.</p>\n<ul>\n";

const ROUTES: [(&str, &str); 8] = [
    ("/health", "whether all is well, and what is not"),
    ("/metrics", "Prometheus text"),
    ("/api/v1/engine", "stages, rings, latency, feeds, positions"),
    ("/api/v1/portfolio/positions", "positions"),
    ("/api/v1/portfolio/performance", "money"),
    ("/api/v1/portfolio/attribution", "what the profit is made of, and whose it is"),
    ("/api/v1/portfolio/costs", "what executions have cost, and what came after them"),
    ("/api/v1/risk/limits", "limits, and how much of each is used"),
];

const OVER_VENUES: [(&str, &str); 3] = [
    ("open-interest", "open interest by venue and kind of contract, in coins and dollars"),
    ("funding", "funding rates, now and paid"),
    ("long-short", "long against short: top traders and everybody"),
];

pub(super) async fn index(State(door): State<Arc<Door>>) -> Html<String> {
    let mut page = String::from(HEAD);
    for (path, about) in ROUTES {
        link(&mut page, path, path, about);
    }
    page.push_str("</ul>\n<h2>Instruments</h2>\n<ul>\n");
    for instrument in door.desk.instruments() {
        let name = full_name(instrument);
        let (path, text) = (encoded(&name), escaped(&name));
        link(&mut page, &format!("/api/v1/market/orderbook/{path}"), &text, "book; ?depth=1..20");
        link(&mut page, &format!("/api/v1/market/trades/{path}"), &text, "last trades; ?limit=1..200");
    }
    page.push_str("</ul>\n<h2>Coins, over all venues</h2>\n<ul>\n");
    for coin in door.desk.coins() {
        let (path, text) = (encoded(coin), escaped(coin));
        for (kind, about) in OVER_VENUES {
            link(&mut page, &format!("/api/v1/market/{kind}/{path}"), &text, about);
        }
    }
    page.push_str("</ul>\n<h2>Streams</h2>\n<ul>\n<li>ws: /ws/market-data/{symbol} — book, prices, trades</li>\n");
    page.push_str("<li>ws: /ws/portfolio — positions, money, orders, fills</li>\n</ul>\n</body></html>\n");
    Html(page)
}

fn link(page: &mut String, path: &str, text: &str, about: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "<li><a href=\"{path}\">{text}</a> — {about}</li>");
}

/// As one segment of a path.
fn encoded(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => segment.push(char::from(byte)),
            _ => drop(write!(segment, "%{byte:02X}")),
        }
    }
    segment
}

/// A symbol is what some venue calls it: any printable character may be in it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_symbol_stays_text() {
        assert_eq!(encoded("BTC/<a>"), "BTC%2F%3Ca%3E");
        assert_eq!(escaped("<a href=\"'&"), "&lt;a href=&quot;&#39;&amp;");
    }
}

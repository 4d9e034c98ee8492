//! `/`: what is here, and who one is. Plain, without script or style.

use super::Door;
use super::cookie::ByCookie;
use super::rest::market::full_name;
use crate::desk::people::Asker;
use crate::role::{Route, Stream, Verb, segment};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Html;
use std::fmt::Write;
use std::sync::Arc;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Ringside</title></head><body>\n\
    <h1>Ringside</h1>\n";
const LIST: &str = "<p>Everything that is asked here with GET. <a href=\"/api/docs\">All of it</a>, what changes something included.</p>\n<ul>\n";

/// Whether a route is a page for people.
pub(super) const fn is_page(route: Route) -> bool {
    matches!(route, Route::Index | Route::Docs)
}

/// Whether somebody with a browser asks for one of them, or leaves.
pub(super) fn is_for_people(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    let is_asked = |route: &Route| is_page(*route) || *route == Route::LogoutForm;
    accepted.contains("text/html") && Route::ALL.iter().any(|route| is_asked(route) && route.path() == path)
}

pub(super) async fn index(
    State(door): State<Arc<Door>>,
    asker: Option<Extension<Asker>>,
    by_cookie: Option<Extension<ByCookie>>,
) -> Html<String> {
    let mut page = String::from(HEAD);
    if let (Some(Extension(asker)), Some(_)) = (asker, by_cookie) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "<form method=\"post\" action=\"/logout\"><p>You are {}, {}. <button>Log out</button></p></form>",
            escaped(&asker.name),
            asker.caller.role.name(),
        );
    }
    page.push_str(LIST);
    for route in Route::ALL.iter().filter(|route| route.verb() == Verb::Get && !route.path().contains('{')) {
        link(&mut page, route.path(), route.path(), route.about());
    }
    page.push_str("</ul>\n<h2>Instruments</h2>\n<ul>\n");
    for instrument in door.desk.instruments() {
        links(&mut page, &full_name(instrument), |route| matches!(route, Route::OrderBook | Route::Trades));
    }
    page.push_str("</ul>\n<h2>Coins</h2>\n<ul>\n");
    for coin in door.desk.coins() {
        links(&mut page, coin, |route| !matches!(route, Route::OrderBook | Route::Trades));
    }
    page.push_str("</ul>\n<h2>Streams</h2>\n<ul>\n");
    for stream in Stream::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "<li>ws: {} — {}</li>", stream.path(), stream.about());
    }
    page.push_str("</ul>\n</body></html>\n");
    Html(page)
}

/// To the routes that take a symbol.
fn links(page: &mut String, symbol: &str, of: impl Fn(&Route) -> bool) {
    for route in Route::ALL.iter().filter(|route| route.path().contains("{symbol}") && of(route)) {
        let path = route.path().replace("{symbol}", &segment(symbol));
        link(page, &path, &escaped(symbol), route.about());
    }
}

fn link(page: &mut String, path: &str, text: &str, about: &str) {
    let _ = writeln!(page, "<li><a href=\"{path}\">{text}</a> — {about}</li>");
}

/// A symbol is what some venue calls it: any printable character may be in it.
pub(super) fn escaped(text: &str) -> String {
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
        assert_eq!(escaped("<a href=\"'&"), "&lt;a href=&quot;&#39;&amp;");
    }
}

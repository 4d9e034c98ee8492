//! A session in a browser: the cookie that carries it, and that a page of this door and no other asks with it.
//!
//! A browser shows a cookie with whatever any page has it ask. So it is never shown to a script (`HttpOnly`), not sent with
//! what another site asks (`SameSite=Strict`), bound to this host and to TLS where there is any (`__Host-`, `Secure`); and
//! what changes something, or opens a stream, is heard only if the browser says that it comes from this very door. Another
//! port of this machine is the same site to a browser, but not the same origin.
//!
//! Never: a key (a program has a header), who somebody is.

use super::error::ApiError;
use super::guard::Names;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

const PLAIN: &str = "ringside";
/// A browser takes this name from the host itself alone, by TLS and for every path.
const BOUND: &str = "__Host-ringside";

/// Among the extensions of a request whose session came by cookie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByCookie;

const fn name(names: &Names) -> &'static str {
    if names.is_tls { BOUND } else { PLAIN }
}

/// The session that a browser shows. Of two by one name none is believed: another port of this host has set one of them.
pub(super) fn shown<'h>(names: &Names, headers: &'h HeaderMap) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(shown, _)| *shown == name(names)).map(|(_, value)| value);
    let first = ours.next();
    first.filter(|_| ours.next().is_none())
}

/// Sets it for so long.
pub(super) fn set(names: &Names, token: &str, seconds: u64) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&line(names, token, seconds)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Takes it away.
pub(super) fn clear(names: &Names) -> Option<HeaderValue> {
    HeaderValue::from_str(&line(names, "", 0)).ok()
}

fn line(names: &Names, token: &str, seconds: u64) -> String {
    let secure = if names.is_tls { "; Secure" } else { "" };
    format!("{}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}", name(names))
}

/// Whether a request that changes something, or opens a stream, comes from a page of this door.
pub(super) fn check_origin(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    let only_reads = matches!(*method, Method::GET | Method::HEAD) && !headers.contains_key(header::UPGRADE);
    if only_reads || is_own(headers) {
        return Ok(());
    }
    let message = "what a browser's session does must come from a page of this door";
    Err(ApiError::new(StatusCode::FORBIDDEN, "origin_missing", message)
        .found("no Origin")
        .expected(["Origin: this door", "Sec-Fetch-Site: same-origin"]))
}

/// Whether the browser says that a page of this door asks. (An `Origin` that is another's was refused by the guard.)
fn is_own(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
        || headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn one_cookie_of_ours_is_read_and_of_two_none() {
        let (plain, tls) = (Names::default(), Names { is_tls: true, ..Names::default() });
        let all = headers(&[("cookie", "a=b; ringside=rss_1_2;c=d"), ("cookie", "__Host-ringside=rss_3_4")]);
        assert_eq!((shown(&plain, &all), shown(&tls, &all)), (Some("rss_1_2"), Some("rss_3_4")));
        for lines in
            [&[("cookie", "ringside=x; ringside=y")][..], &[("cookie", "ringside=x"), ("cookie", "ringside=x")]]
        {
            assert_eq!(shown(&plain, &headers(lines)), None, "{lines:?}");
        }
        for line in ["", "ringside", "xringside=1", "RINGSIDE=1"] {
            assert_eq!(shown(&plain, &headers(&[("cookie", line)])), None, "{line}");
        }
    }

    #[test]
    fn a_cookie_is_bound_as_far_as_the_door_allows() {
        let told = |is_tls| set(&Names { is_tls, ..Names::default() }, "rss_1_2", 60).expect("a line");
        assert_eq!(told(false), "ringside=rss_1_2; HttpOnly; SameSite=Strict; Path=/; Max-Age=60");
        assert_eq!(told(true), "__Host-ringside=rss_1_2; HttpOnly; SameSite=Strict; Path=/; Max-Age=60; Secure");
        assert!(told(true).is_sensitive(), "no log shows it");
        let gone = clear(&Names::default()).expect("a line");
        assert_eq!(gone, "ringside=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    }

    #[test]
    fn only_a_page_of_this_door_changes_something_or_opens_a_stream() {
        let is_right = |method: Method, pairs| check_origin(&method, &headers(pairs)).is_ok();
        assert!(is_right(Method::GET, &[]) && is_right(Method::HEAD, &[]));
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert!(!is_right(method.clone(), &[]), "{method}");
            assert!(!is_right(method.clone(), &[("sec-fetch-site", "same-site")]), "{method}");
            assert!(!is_right(method.clone(), &[("sec-fetch-site", "none")]), "{method}");
            assert!(is_right(method.clone(), &[("sec-fetch-site", "same-origin")]), "{method}");
            assert!(is_right(method, &[("origin", "http://127.0.0.1:8420")]), "the guard has looked at whose");
        }
        assert!(!is_right(Method::GET, &[("upgrade", "websocket")]));
        assert!(is_right(Method::GET, &[("upgrade", "websocket"), ("origin", "http://127.0.0.1:8420")]));
    }
}

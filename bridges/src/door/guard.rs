//! Who may ask at all: a program, or a page that this door served itself. (What it may ask is [`auth`]'s.)
//!
//! Listening on loopback keeps other machines out, but not other web pages: a browser on this machine will carry any
//! page's question to 127.0.0.1. So the `Host` must be a loopback name or one of the configured ones (a rebound foreign
//! name is not), and an `Origin`, where there is one, must be this door (WebSockets are not covered by the browser's own
//! cross-origin rules).

use super::Door;
use super::auth;
use super::error::ApiError;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// On every answer, errors included.
const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // No other site learns a path. Not `no-referrer`: a browser's form would then come from the origin `null`.
    ("referrer-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
];

pub(super) async fn guard(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    door.counters.requests.add(1);
    // Of what nothing here is asked by, the router says so, whatever it carries.
    let reads_none = matches!(*request.method(), Method::GET | Method::HEAD | Method::DELETE);
    let is_empty = request.body().is_end_stream() || !reads_none;
    let admitted = admit(&door.names, request.headers(), is_empty);
    let known = admitted.and_then(|()| auth::identify(door.desk.people.as_deref(), &door.names, &mut request));
    let mut response = match known {
        Ok(()) => match tokio::time::timeout(door.bounds.answer_timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "no answer in time").into_response(),
        },
        Err(refusal) => {
            door.counters.refused.add(1);
            refusal.into_response()
        }
    };
    auth::challenge(&mut response);
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// What the door is called, besides the names of the loopback.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) hosts: Vec<String>,
    pub(crate) is_tls: bool,
}

impl Names {
    fn own(&self, host: &str) -> bool {
        is_loopback(host) || self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }
}

fn admit(names: &Names, headers: &HeaderMap, body_is_empty: bool) -> Result<(), ApiError> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !names.own(host) {
        let message = "this door answers to its own names only";
        let own = ["127.0.0.1", "localhost", "[::1]"].into_iter().chain(names.hosts.iter().map(String::as_str));
        return Err(ApiError::new(StatusCode::FORBIDDEN, "host_not_allowed", message).found(host).expected(own));
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = format!("{}://{host}", if names.is_tls { "https" } else { "http" });
        if origin.as_bytes() != own.as_bytes() {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "origin_not_allowed",
                "the question comes from another site",
            )
            .found(origin.to_str().unwrap_or_default())
            .expected([own]));
        }
    }
    if !body_is_empty {
        return Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_not_allowed",
            "nothing that is asked like this reads a body",
        ));
    }
    Ok(())
}

/// Whether `host`, as in the header, with or without a port, is this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn only_loopback_hosts_pass() {
        for host in ["127.0.0.1", "127.0.0.1:8420", "localhost:8420", "LOCALHOST", "[::1]:8420", "[::1]", "127.9.9.9:1"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "evil.example", "evil.example:8420", "127.0.0.1.evil.example", "localhost.evil.example:8420"] {
            assert!(!is_loopback(host), "{host}");
        }
        for host in
            ["192.168.0.1:8420", "0.0.0.0:8420", "[::]:8420", "[::1", "[fe80::1]:8420", "2130706433", "@127.0.0.1"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn an_origin_must_be_this_very_door() {
        let host = ("host", "127.0.0.1:8420");
        assert!(admit(&Names::default(), &headers(&[host]), true).is_ok(), "programs send none");
        assert!(admit(&Names::default(), &headers(&[host, ("origin", "http://127.0.0.1:8420")]), true).is_ok());
        for origin in ["null", "http://127.0.0.1:3000", "https://127.0.0.1:8420", "http://evil.example", ""] {
            let headers = headers(&[host, ("origin", origin)]);
            assert!(admit(&Names::default(), &headers, true).is_err(), "{origin}");
        }
    }

    #[test]
    fn a_body_is_refused_unread() {
        assert!(admit(&Names::default(), &headers(&[("host", "localhost")]), false).is_err());
    }
}

//! Where to connect: a checked URL. Never resolves a name: that blocks, and belongs to the REST thread.

use super::error::NetError;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use tungstenite::http::Uri;

/// A checked URL of a WebSocket or REST server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `wss://` or `https://`.
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// Port; where the URL has none, the scheme's.
    pub port: u16,
    /// Path with query, at least `/`.
    pub path: String,
}

impl Endpoint {
    /// Checks the URL of a WebSocket server.
    pub fn websocket(url: &str) -> Result<Self, NetError> {
        Self::parse(url, "ws", "wss")
    }

    /// Checks the URL of a REST server.
    pub fn rest(url: &str) -> Result<Self, NetError> {
        Self::parse(url, "http", "https")
    }

    fn parse(url: &str, plain: &str, secure: &str) -> Result<Self, NetError> {
        let refused = |problem| NetError::Url { url: url.to_owned(), problem };
        let uri: Uri = url.parse().map_err(|_| refused("not a URL"))?;
        let tls = match uri.scheme_str() {
            Some(scheme) if scheme == plain => false,
            Some(scheme) if scheme == secure => true,
            Some(_) => return Err(refused("the scheme does not fit its use")),
            None => return Err(refused("no scheme")),
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(refused("it carries a user name; secrets belong in the environment"));
        }
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(refused("no host"));
        }
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { tls, host, port, path })
    }

    /// The socket address, when the host is an address and needs no resolver.
    #[must_use]
    pub fn literal(&self) -> Option<SocketAddr> {
        self.host.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, self.port))
    }

    /// `host` or `host:port`, as the `Host` header wants it: the port is left out where it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let default = if self.tls { 443 } else { 80 };
        if self.port == default { host } else { format!("{host}:{}", self.port) }
    }

    /// The URL of a WebSocket server, whole.
    #[must_use]
    pub fn websocket_url(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}{}", self.authority(), self.path)
    }
}

impl fmt::Display for Endpoint {
    /// `host:port`, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_with_the_ports_of_its_scheme() {
        let spot = Endpoint::websocket("wss://stream.binance.com:9443/stream").expect("good");
        assert_eq!(
            (spot.tls, spot.host.as_str(), spot.port, spot.path.as_str()),
            (true, "stream.binance.com", 9443, "/stream")
        );
        assert_eq!(Endpoint::rest("https://api.binance.com").expect("good").port, 443);
        assert_eq!(Endpoint::rest("https://api.binance.com").expect("good").authority(), "api.binance.com");
        let local = Endpoint::websocket("ws://[::1]:8080/public/stream?x=1").expect("good");
        assert_eq!(local.literal().expect("address"), "[::1]:8080".parse().expect("address"));
        assert_eq!(local.authority(), "[::1]:8080");
        assert_eq!(local.path, "/public/stream?x=1");
        assert_eq!(spot.literal(), None);
        for url in ["wss://stream.binance.com:9443/stream", "wss://host/a?b=c", "ws://[::1]:8080/public/stream?x=1"] {
            assert_eq!(Endpoint::websocket(url).expect("good").websocket_url(), url);
        }
    }

    #[test]
    fn a_url_that_cannot_be_meant_is_refused_with_the_reason() {
        let problem = |url| Endpoint::websocket(url).expect_err("bad").to_string();
        assert!(problem("https://api.binance.com").contains("scheme does not fit"));
        assert!(problem("stream.binance.com").contains("no scheme"));
        assert!(problem("wss://key:secret@host/").contains("user name"));
        assert!(problem("wss:///stream").contains("not a URL"));
        assert!(problem("").contains("not a URL"));
    }
}

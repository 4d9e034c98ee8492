//! Where a door is: a URL of a scheme, a host and a port, and nothing else.

use feeds::net::endpoint::Endpoint;
use feeds::net::error::NetError;
use std::fmt;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(Endpoint);

impl Place {
    /// Reads a URL; `host:port` alone is plain HTTP. The refusal does not repeat it: there may be a secret in it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let refused =
            |why: &str| format!("{why}; accepted: https://HOST:PORT, or http://127.0.0.1:PORT on the engine's machine");
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        match Endpoint::rest(&whole) {
            Ok(endpoint) if endpoint.path == "/" => Ok(Self(endpoint)),
            Ok(endpoint) => Err(refused(&format!("found the path {}", endpoint.path))),
            Err(NetError::Url { problem, .. }) => Err(refused(&format!("found {problem}"))),
            Err(error) => Err(refused(&error.to_string())),
        }
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.0.tls
    }

    pub(super) fn host(&self) -> &str {
        &self.0.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.0.port
    }

    /// As the header `Host` wants it.
    pub(super) fn authority(&self) -> String {
        self.0.authority()
    }
}

impl Default for Place {
    /// Where an engine of this machine listens if nobody says otherwise.
    fn default() -> Self {
        Self(Endpoint { tls: false, host: "127.0.0.1".to_owned(), port: 8420, path: "/".to_owned() })
    }
}

impl fmt::Display for Place {
    /// The URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.0.tls { "https" } else { "http" }, self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_a_scheme_a_host_and_a_port_and_carries_no_secret() {
        let read = |text| Place::read(text).expect("a door");
        assert_eq!(read("https://desk.example").to_string(), "https://desk.example");
        assert_eq!((read("https://desk.example").port(), read("https://desk.example").is_tls()), (443, true));
        assert_eq!(read("127.0.0.1:8420"), Place::default());
        assert_eq!(read("http://[::1]:8420/").to_string(), "http://[::1]:8420");
        for (wrong, why) in [
            ("https://desk.example/api", "the path /api"),
            ("wss://desk.example", "scheme"),
            ("https://", "not a URL"),
            ("https://tom:rsk_1_2@desk.example", "user name"),
        ] {
            let told = Place::read(wrong).expect_err(wrong);
            assert!(told.contains(why) && told.contains("accepted: https://") && !told.contains("rsk_"), "{told}");
        }
    }
}

//! Who may do what: one table for every route, stream, command and Telegram command.
//!
//! Owns: the roles, the rows, and who is asking ([`Caller`]). The router is made out of [`Route::ALL`] and [`Stream::ALL`] by
//! a `match` without a rest, so a route without a row does not compile, nor does a row that nothing serves.
//! Never: who somebody is (that is the door's `auth`), whether a command succeeds (that is risk's).

mod table;

pub use table::{Deed, Route, Stream, Telegram};

use std::fmt::Write as _;

/// What a user may do. Each may all that the one before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks at everything that is for all, and at what is its own.
    Viewer,
    /// Places and withdraws, stops; never lets run again what was stopped.
    Trader,
    /// Changes limits below the ceiling, lets run again: with a second person.
    Risk,
    /// Users, keys, the audit.
    Admin,
}

impl Role {
    /// From the least to the most.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Trader, Self::Risk, Self::Admin];

    /// As in files, on the command line and in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Trader => "trader",
            Self::Risk => "risk",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a row asks of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nobody is known yet: to log in, and to become the first admin.
    Nothing,
    /// At least this role.
    Role(Role),
}

impl Needs {
    /// Whether somebody of this role, or somebody unknown, passes.
    #[must_use]
    pub fn allow(self, role: Option<Role>) -> bool {
        match self {
            Self::Nothing => true,
            Self::Role(least) => role.is_some_and(|role| role >= least),
        }
    }
}

/// How a route is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Does or makes something.
    Post,
    /// Sets what is there.
    Put,
    /// Changes a part of what is there.
    Patch,
    /// Takes away.
    Delete,
}

impl Verb {
    /// As in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What stands in a row's path for a `{name}`: one segment, whatever characters the text has.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => segment.push(char::from(byte)),
            // A string takes whatever is written to it.
            _ => drop(write!(segment, "%{byte:02X}")),
        }
    }
    segment
}

/// A user's number: never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub i64);

impl UserId {
    /// Whoever sits at this machine while users are off. What belongs to it belongs to nobody else either.
    pub const LOCAL: Self = Self(0);
}

/// Who asks: every handler finds one among the request's extensions, and gives what is one user's to that user only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whom what it makes belongs to.
    pub user: UserId,
    /// What it may: of a key, the lesser of the key's and its user's.
    pub role: Role,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_what_the_lesser_ones_may_and_no_name_stands_for_two() {
        for (place, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(Role::find(role.name()), Some(role));
            for (other, least) in Role::ALL.into_iter().enumerate() {
                assert_eq!(Needs::Role(least).allow(Some(role)), place >= other, "{role:?} {least:?}");
            }
            assert!(!Needs::Role(role).allow(None), "somebody unknown is no {role:?}");
        }
        assert!(Needs::Nothing.allow(None));
    }

    #[test]
    fn no_two_rows_are_the_same_and_only_logging_in_needs_nothing() {
        let mut routes: Vec<(&str, &str)> =
            Route::ALL.iter().map(|route| (route.verb().name(), route.path())).collect();
        routes.extend(Stream::ALL.iter().map(|stream| ("GET", stream.path())));
        let mut once = routes.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), routes.len());
        let mut words: Vec<&str> = Telegram::ALL.iter().map(|command| command.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Telegram::ALL.len());
        for route in Route::ALL.iter().filter(|route| route.needs() == Needs::Nothing) {
            assert!(["/api/v1/session", "/login"].iter().any(|path| route.path().starts_with(path)), "{route:?}");
        }
    }

    #[test]
    fn whatever_a_venue_calls_its_symbol_it_stays_one_segment() {
        assert_eq!(segment("BTC/<a>"), "BTC%2F%3Ca%3E");
        assert_eq!(segment("BTC-PERP.okx_1"), "BTC-PERP.okx_1");
    }

    #[test]
    fn what_changes_something_is_not_for_viewers() {
        for route in Route::ALL.iter().filter(|route| route.verb() != Verb::Get) {
            let is_own = ["/api/v1/session", "/api/v1/me", "/api/v1/keys", "/api/v1/alerts", "/login", "/logout"]
                .iter()
                .any(|own| route.path().starts_with(own));
            assert!(is_own || !route.needs().allow(Some(Role::Viewer)), "{route:?}");
        }
    }
}

//! How many of the door's places each caller has: of connections each address, of streams each user. So nobody takes all of
//! them, and with them the way to say halt.
//!
//! Never: who somebody is, how many one may have.

use crate::desk::people::whose;
use crate::role::UserId;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What callers have taken. Nobody is remembered who has nothing any more.
#[derive(Debug)]
pub(crate) struct Shares<W>(Mutex<HashMap<W, usize>>);

/// A place of somebody's; dropped, it is free again.
#[derive(Debug)]
pub(crate) struct Share<W: Copy + Eq + Hash> {
    shares: Arc<Shares<W>>,
    who: W,
}

/// Whose a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Listener {
    /// With whatever key or session: one who makes more keys gets no more places.
    User(UserId),
    /// Nobody is known: a house's, this machine's too.
    House(IpAddr),
}

impl Listener {
    pub(crate) fn new(user: Option<UserId>, from: IpAddr) -> Self {
        user.map_or_else(|| Self::House(whose(from)), Self::User)
    }
}

impl<W: Copy + Eq + Hash> Shares<W> {
    /// A place for somebody, if he has fewer than `most`; else how many he has.
    pub(crate) fn take(self: &Arc<Self>, who: W, most: usize) -> Result<Share<W>, usize> {
        let mut all = self.all();
        let taken = all.get(&who).copied().unwrap_or_default();
        if taken >= most {
            return Err(taken);
        }
        all.insert(who, taken + 1);
        drop(all);
        Ok(Share { shares: Arc::clone(self), who })
    }

    fn all(&self) -> MutexGuard<'_, HashMap<W, usize>> {
        // Every change leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W> Default for Shares<W> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<W: Copy + Eq + Hash> Drop for Share<W> {
    fn drop(&mut self) {
        let mut all = self.shares.all();
        let left = all.get_mut(&self.who).map(|taken| {
            *taken -= 1;
            *taken
        });
        if left == Some(0) {
            all.remove(&self.who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_so_many_places_and_gets_them_back() {
        let shares = Arc::new(Shares::default());
        let take = |user, from: &str| shares.take(Listener::new(user, from.parse().expect("an address")), 2);
        let (one, other) = (take(None, "2001:db8::1"), take(None, "2001:db8::2"));
        assert!(one.is_ok() && other.is_ok());
        assert_eq!(take(None, "2001:db8::3").err(), Some(2), "one net is one house");
        let others = (take(None, "2001:db8:0:1::1"), take(None, "192.0.2.1"), take(None, "::ffff:127.0.0.1"));
        assert!(others.0.is_ok() && others.1.is_ok() && others.2.is_ok(), "others are others");
        let tom = [take(Some(UserId(1)), "192.0.2.1"), take(Some(UserId(1)), "192.0.2.2")];
        assert!(tom.iter().all(Result::is_ok) && take(Some(UserId(1)), "192.0.2.3").is_err(), "a user wherever he is");
        assert!(take(Some(UserId(2)), "192.0.2.1").is_ok(), "another user is another");
        drop(one);
        let again = take(None, "2001:db8::3");
        assert!(again.is_ok() && take(None, "2001:db8::4").is_err());
        drop((other, again, others, tom));
        assert!(shares.all().is_empty(), "nobody is remembered who has left");
    }
}

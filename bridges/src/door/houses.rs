//! How many connections each house has open: nobody far away takes every place of the door, and with it the way to say halt.
//!
//! Whoever is at this machine is bounded by the door's places alone. Never: who somebody is, what he asks.

use crate::desk::people::whose;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Houses(Mutex<HashMap<IpAddr, usize>>);

/// A place of a house; dropped, it is free again.
#[derive(Debug)]
pub(super) struct Place {
    houses: Arc<Houses>,
    /// `None`: of this machine.
    house: Option<IpAddr>,
}

impl Houses {
    /// A place for somebody from there, if his house has fewer than `most`.
    pub(super) fn enter(self: &Arc<Self>, from: IpAddr, most: usize) -> Option<Place> {
        let house = Some(whose(from)).filter(|_| !from.to_canonical().is_loopback());
        if let Some(house) = house {
            let mut all = self.all();
            let open = all.entry(house).or_default();
            if *open >= most {
                return None;
            }
            *open += 1;
        }
        Some(Place { houses: Arc::clone(self), house })
    }

    fn all(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(house) = self.house else { return };
        let mut all = self.houses.all();
        let left = all.get_mut(&house).map(|open| {
            *open -= 1;
            *open
        });
        if left == Some(0) {
            all.remove(&house);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_has_so_many_places_and_gets_them_back_and_this_machine_has_all() {
        let houses = Arc::new(Houses::default());
        let enter = |from: &str| houses.enter(from.parse().expect("an address"), 2);
        let (one, other) = (enter("2001:db8::1"), enter("2001:db8::2"));
        assert!(one.is_some() && other.is_some() && enter("2001:db8::3").is_none(), "one net is one house");
        assert!(enter("2001:db8:0:1::1").is_some() && enter("192.0.2.1").is_some(), "others are others");
        drop(one);
        let again = enter("2001:db8::3");
        assert!(again.is_some() && enter("2001:db8::4").is_none());
        let here: Vec<Option<Place>> = (0..9).map(|_| enter("::ffff:127.0.0.1")).collect();
        assert!(here.iter().all(Option::is_some));
        drop((other, again, here));
        assert!(houses.all().is_empty(), "nobody is remembered who has left");
    }
}

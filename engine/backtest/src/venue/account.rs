//! What has been eaten from displayed levels since the venue last showed them.
//!
//! A book from deltas lags behind: until the next message the level still shows what a trade has taken, and it never
//! shows what *we* took, because our orders are not in the real book. Both are kept here, level by level:
//!
//! * `ours`: taken by our own executions; forgotten when the venue next updates that level (its new quantity is what
//!   there is then);
//! * `traded`: taken by trades that the book does not show yet; forgotten when a book message is at least as new (by the
//!   venue's clock) as the last of those trades.
//!
//! So what is displayed is taken at most once between two updates, whichever of trade and book message comes first.
//!
//! Owns: one bounded list an instrument. Never: resting orders, the book itself.

use super::queue::Footprint;
use engine_model::market::{Level, Side};
use engine_model::units::{Nanos, Ticks};

/// Levels of one instrument that can be eaten from between two book messages. Where there is no room to remember, nothing
/// is taken.
const ACCOUNTS_MAX: usize = 256;

#[derive(Clone, Copy, Debug)]
struct Account {
    side: Side,
    px: Ticks,
    ours: i64,
    traded: i64,
    traded_at_ns: Nanos,
}

/// The accounts of one instrument.
#[derive(Debug)]
pub(super) struct Accounts {
    footprint: Footprint,
    list: Vec<Account>,
    /// Time of the last trade that could not be noted for want of room: until a newer book message nothing is there.
    blind_until_ns: Option<Nanos>,
}

impl Accounts {
    pub(super) fn new(footprint: Footprint) -> Self {
        Self { footprint, list: Vec::with_capacity(ACCOUNTS_MAX), blind_until_ns: None }
    }

    /// What is left of a displayed level; nothing where there is no room to remember that it was taken.
    pub(super) fn left(&self, side: Side, level: Level) -> i64 {
        if self.blind_until_ns.is_some() {
            return 0;
        }
        let eaten = match self.find(side, level.px) {
            Some(account) => account.ours.saturating_add(account.traded),
            None if self.list.len() == ACCOUNTS_MAX => return 0,
            None => 0,
        };
        level.qty.0.saturating_sub(eaten).max(0)
    }

    /// Notes what we took of what was left.
    pub(super) fn take(&mut self, side: Side, px: Ticks, lots: i64) {
        if self.footprint == Footprint::Forgotten {
            return;
        }
        let account = self.entry(side, px);
        debug_assert!(account.is_some(), "without room nothing is left to be taken");
        if let Some(account) = account {
            account.ours += lots;
        }
    }

    /// Notes a trade that the book does not show yet.
    pub(super) fn trade(&mut self, side: Side, px: Ticks, lots: i64, at_ns: Nanos) {
        if self.footprint == Footprint::Forgotten {
            return;
        }
        match self.entry(side, px) {
            Some(account) => {
                account.traded = account.traded.saturating_add(lots);
                account.traded_at_ns = account.traded_at_ns.max(at_ns);
            }
            None => self.blind_until_ns = self.blind_until_ns.max(Some(at_ns)),
        }
    }

    /// A book message of that venue time, with those levels in it.
    pub(super) fn shown(&mut self, at_ns: Nanos, bids: &[Level], asks: &[Level]) {
        self.blind_until_ns = self.blind_until_ns.filter(|until| *until > at_ns);
        if self.list.is_empty() {
            return;
        }
        for (side, levels) in [(Side::Buy, bids), (Side::Sell, asks)] {
            for level in levels {
                if let Some(account) = self.list.iter_mut().find(|a| a.side == side && a.px == level.px) {
                    account.ours = 0;
                }
            }
        }
        for account in self.list.iter_mut().filter(|a| a.traded_at_ns <= at_ns) {
            account.traded = 0;
        }
        self.list.retain(|a| a.ours > 0 || a.traded > 0);
    }

    /// A whole new book.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.blind_until_ns = None;
    }

    fn find(&self, side: Side, px: Ticks) -> Option<&Account> {
        self.list.iter().find(|a| a.side == side && a.px == px)
    }

    fn entry(&mut self, side: Side, px: Ticks) -> Option<&mut Account> {
        let found = self.list.iter().position(|a| a.side == side && a.px == px);
        let index = match found {
            Some(index) => index,
            None if self.list.len() == ACCOUNTS_MAX => return None,
            None => {
                self.list.push(Account { side, px, ours: 0, traded: 0, traded_at_ns: Nanos(0) });
                self.list.len() - 1
            }
        };
        self.list.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::Lots;

    fn level(px: i64, qty: i64) -> Level {
        Level { px: Ticks(px), qty: Lots(qty) }
    }

    #[test]
    fn what_we_took_is_gone_until_the_level_is_shown_again() {
        let mut accounts = Accounts::new(Footprint::Remembered);
        accounts.take(Side::Sell, Ticks(101), 4);
        assert_eq!(accounts.left(Side::Sell, level(101, 10)), 6);
        assert_eq!(accounts.left(Side::Buy, level(101, 10)), 10);
        accounts.shown(Nanos(1), &[level(101, 3)], &[level(102, 3)]);
        assert_eq!(accounts.left(Side::Sell, level(101, 10)), 6, "another level, another side");
        accounts.shown(Nanos(2), &[], &[level(101, 10)]);
        assert_eq!(accounts.left(Side::Sell, level(101, 10)), 10);
    }

    #[test]
    fn a_trade_counts_until_a_book_message_as_new_as_itself() {
        let mut accounts = Accounts::new(Footprint::Remembered);
        accounts.trade(Side::Sell, Ticks(101), 4, Nanos(50));
        accounts.shown(Nanos(49), &[], &[level(101, 9)]);
        assert_eq!(accounts.left(Side::Sell, level(101, 9)), 5);
        accounts.shown(Nanos(50), &[], &[]);
        assert_eq!(accounts.left(Side::Sell, level(101, 9)), 9);
    }

    #[test]
    fn without_room_to_remember_nothing_is_there() {
        let mut accounts = Accounts::new(Footprint::Remembered);
        for px in 0..ACCOUNTS_MAX as i64 {
            accounts.take(Side::Buy, Ticks(px), 1);
        }
        assert_eq!(accounts.left(Side::Buy, level(-1, 5)), 0);
        assert_eq!(accounts.left(Side::Buy, level(3, 5)), 4, "one that is remembered can be eaten further");
        accounts.trade(Side::Buy, Ticks(-1), 1, Nanos(7));
        assert_eq!(accounts.left(Side::Buy, level(3, 5)), 0);
        accounts.shown(Nanos(7), &[], &[]);
        assert_eq!(accounts.left(Side::Buy, level(3, 5)), 4);
    }
}

//! The venue's own dead-man switch: when the last line that listens for it is lost, a clock starts, and when it has run for
//! the window, every order of the product is withdrawn.
//!
//! Owns: windows and listeners, by account and product. Never: an order.

use super::clerk::{No, word};
use super::texts::is_contract;
use crate::account::{Holder, Teller};
use crate::listing::Listing;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Windows, in seconds.
const WINDOWS_S: std::ops::RangeInclusive<u64> = 3..=300;

/// Of an account and a product.
#[derive(Clone, Copy, Debug, Default)]
struct Switch {
    /// 0: never set.
    window_ns: u64,
    listeners: u32,
}

/// By account, and whether it is that of contracts. Set by REST and started by lines, so both have it.
#[derive(Debug, Default)]
pub(in crate::bybit) struct Switches(Mutex<BTreeMap<(usize, bool), Switch>>);

impl Switches {
    fn change(&self, account: usize, of_contracts: bool, change: impl FnOnce(&mut Switch)) -> Switch {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let switch = all.entry((account, of_contracts)).or_default();
        change(switch);
        *switch
    }

    /// Sets a window.
    pub(super) fn set(&self, holder: Holder, asked: &Value) -> Result<String, No> {
        let of_contracts = match word(asked, "product") {
            Some("SPOT") => false,
            None | Some("DERIVATIVES") => true,
            Some(_) => return Err(No::Code(10_001, "params error: product")),
        };
        let seconds = asked.get("timeWindow").and_then(Value::as_u64).filter(|seconds| WINDOWS_S.contains(seconds));
        let seconds = seconds.ok_or(No::Code(10_001, "params error: timeWindow"))?;
        self.change(holder.account, of_contracts, |switch| switch.window_ns = seconds * 1_000_000_000);
        Ok("{}".to_owned())
    }

    /// A line listens: the clock stands.
    pub(super) fn listens(&self, topic: &str, holder: Holder, listings: &[Listing], teller: &mut Teller<'_>) {
        let Some(of_contracts) = of(topic) else { return };
        self.change(holder.account, of_contracts, |switch| switch.listeners += 1);
        start(teller, holder, listings, of_contracts, 0);
    }

    /// A line listens no more, of its own will.
    pub(super) fn leaves(&self, topic: &str, holder: Holder) {
        if let Some(of_contracts) = of(topic) {
            self.change(holder.account, of_contracts, |switch| switch.listeners -= 1);
        }
    }

    /// A line that listened is lost: of the last one the clock starts.
    pub(super) fn is_lost(&self, topic: &str, holder: Holder, listings: &[Listing], teller: &mut Teller<'_>) {
        let Some(of_contracts) = of(topic) else { return };
        let switch = self.change(holder.account, of_contracts, |switch| switch.listeners -= 1);
        if switch.listeners == 0 && switch.window_ns > 0 {
            start(teller, holder, listings, of_contracts, switch.window_ns);
        }
    }
}

/// Whether a topic is that of contracts' switch; `None` of one that is no switch here.
fn of(topic: &str) -> Option<bool> {
    match topic {
        "dcp.spot" => Some(false),
        "dcp.future" => Some(true),
        _ => None,
    }
}

fn start(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], of_contracts: bool, after_ns: u64) {
    let instruments = listings.iter().enumerate().filter(|(_, listing)| is_contract(listing) == of_contracts);
    instruments.for_each(|(instrument, _)| teller.dead_man(holder, Some(instrument), after_ns));
}

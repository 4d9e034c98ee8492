//! A venue behind its gateway, without a socket and without a clock: the real desk, a tongue whose words can be read, a
//! network that loses, doubles and delays, and an exchange that holds the truth.
//!
//! For the tests of the desk, and for simulations of a whole system (feature `simulated`, which only tests ask for).
//! Never: in a build that trades.

pub(in crate::gateway::desk) mod exchange;
pub(in crate::gateway::desk) mod passage;
mod venue;

pub use venue::SimulatedVenue;

use super::{AskId, Post, Unable};
use crate::error::FrameError;
use crate::gateway::ask::{Ask, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::Heard;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, DeadMan, Manners, Place, PrivateLine, Tongue};
use engine_model::units::Nanos;

static LINE: [PrivateLine; 1] = [PrivateLine { host: "wss://venue", heartbeat: None, silent_after_ns: u64::MAX }];
pub(super) static MANNERS: Manners = Manners {
    rest: "https://venue",
    rights: None,
    lines: &LINE,
    before: &[Prepare::Rights, Prepare::Time, Prepare::Token],
    again: Some((Prepare::KeepToken, 1_800_000_000_000)),
    orders_on: Some(0),
    answer_is_final: true,
    can_modify: true,
    is_whole: false,
    allowance: Allowance { orders: 10, orders_window_ms: 10_000, kept_for_cancels: 4, questions_a_minute: 10_000 },
    dead_man: Some(DeadMan { seconds: 60, by_instrument: true, is_fed: true }),
};
/// Room for more orders than anything here sends.
pub(super) static ROOMY_MANNERS: Manners =
    Manners { allowance: Allowance { orders: 1_000, ..MANNERS.allowance }, ..MANNERS };
/// An answer says only that the order was taken in.
pub(super) static SLOW_ROOMY_MANNERS: Manners = Manners { answer_is_final: false, ..ROOMY_MANNERS };
/// Orders and cancels go by REST.
pub(super) static REST_MANNERS: Manners = Manners { orders_on: None, answer_is_final: false, ..ROOMY_MANNERS };

/// Speaks English.
pub(super) struct English(pub(super) &'static Manners);

impl Tongue for English {
    fn manners(&self) -> &'static Manners {
        self.0
    }

    fn line_path(&self, _: usize, _: &mut Text) {}

    fn greet(&mut self, _: usize, _: usize, _: Nanos, _: &mut Call) -> bool {
        false
    }

    fn ask(&mut self, ask: &Ask, _: AskId, _: Nanos, call: &mut Call) -> Result<(), Unable> {
        let line = if self.0.orders_on.is_some() { Way::Line(0) } else { Way::Post };
        let (way, purse, words) = match ask {
            Ask::Place(order) => (line, Purse::Orders, format!("place {}", order.client_order_id.counter())),
            Ask::Cancel(known) if known.order.order_type.has_trigger() => {
                (line, Purse::Cancels, format!("cancel waiting {}", known.id().counter()))
            }
            Ask::Cancel(known) => (line, Purse::Cancels, format!("cancel {}", known.id().counter())),
            Ask::Modify(known, px, qty) => {
                (line, Purse::Orders, format!("modify {} {}x{}", known.id().counter(), qty.0, px.0))
            }
            Ask::CancelByRest(known) => (Way::Delete, Purse::Cancels, format!("rest cancel {}", known.id().counter())),
            Ask::FillsOf(known, _) => (Way::Get, Purse::Questions, format!("fills of {}", known.id().counter())),
            Ask::Order(known) => (Way::Get, Purse::Questions, format!("order {}", known.id().counter())),
            Ask::Prepare(what) => (Way::Post, Purse::Questions, format!("{what:?}")),
            Ask::OpenOrders(_) => (Way::Get, Purse::Questions, "open".to_owned()),
            Ask::Fills(..) => (Way::Get, Purse::Questions, "fills".to_owned()),
            Ask::Positions => (Way::Get, Purse::Questions, "positions".to_owned()),
            Ask::DeadMan(_, seconds) => (Way::Post, Purse::Switch, format!("dead man {seconds}")),
            Ask::CancelAll(of) => (Way::Delete, Purse::Cancels, format!("cancel all {}", of.0)),
            Ask::Balances | Ask::Mode(_) | Ask::Setup(_) => return Err(Unable::NotThere),
        };
        call.begin(way, purse);
        call.body.put(&words);
        if matches!(ask, Ask::DeadMan(..)) {
            call.weight = 10;
        }
        Ok(())
    }

    fn hear(&mut self, _: Place, _: &[u8], _: &mut Vec<Heard>) -> Result<(), FrameError> {
        Ok(())
    }
}

/// Carries messages nowhere.
#[derive(Default)]
pub(super) struct Pigeon {
    pub(super) sent: Vec<(AskId, String)>,
    pub(super) is_shut: bool,
    pub(super) given_up: Vec<usize>,
}

impl Post for Pigeon {
    fn send(&mut self, id: AskId, call: &Call) -> bool {
        if !self.is_shut {
            self.sent.push((id, String::from_utf8_lossy(call.body.bytes()).into_owned()));
        }
        !self.is_shut
    }

    fn give_up(&mut self, line: usize) {
        self.given_up.push(line);
    }
}

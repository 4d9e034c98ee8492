//! What carries messages: the private lines, one REST thread for orders, one for questions and one for the dead-man switch,
//! so that neither a cancel nor the switch stands behind a question that is answered slowly.
//!
//! The kill word is looked at here, where an order is about to leave: behind it only cancels and questions do. A line that
//! still holds something back is cut then: what the kernel had no room for may be an order.
//!
//! Never: repeats a message, keeps one for later.

use super::wire::Wire;
use super::{GatewaySettings, Post};
use crate::gateway::ask::AskId;
use crate::gateway::call::{Call, Purse, Way};
use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use crate::net::poller::Bell;
use crate::net::request::{Method, Request};
use crate::net::rest::{Answer, Job, RestClient, RestSettings};
use crate::net::tls::Tls;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use std::time::Duration;

/// Ids of look-ups lie above those of questions.
pub(super) const LOOK_UPS: u64 = 1 << 62;
/// Answers of questions (lists of orders and executions) are short.
const BODY_BYTES_MAX: usize = 4 << 20;

/// Lines and REST of one gateway.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) wires: Vec<Wire>,
    orders: RestClient,
    questions: RestClient,
    /// Of a venue that has a switch.
    switch: Option<RestClient>,
    kill: Switch,
    spare: Vec<Vec<u8>>,
    /// Lines that broke while something was said on them, or that were given up.
    broken: Vec<(usize, Option<NetError>)>,
    pub(super) now_ns: u64,
}

/// A REST thread of a gateway: the desk pays from its own purses, and what cannot leave in time is given back.
pub(super) fn rest(
    of: &GatewaySettings,
    endpoint: &Endpoint,
    tls: Option<&Tls>,
    clock: &Clock,
    bell: Option<Bell>,
) -> Result<RestClient, NetError> {
    let settings = RestSettings {
        answer_within: of.answer_within,
        limited_for: crate::limited_for(of.venue),
        body_bytes_max: BODY_BYTES_MAX,
        backoff: (Duration::ZERO, Duration::ZERO),
        sheds: true,
        ..RestSettings::new(endpoint.clone(), tls.cloned(), u32::MAX, 1)
    };
    RestClient::start(settings, clock.clone(), bell)
}

/// A call as a request.
pub(super) fn request(call: &Call, method: Method) -> Request {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Request {
        method,
        path: text(call.path.bytes()).into(),
        headers: text(call.headers.bytes()),
        body: call.body.bytes().to_vec(),
    }
}

/// The method of a way; `None` of a line.
pub(super) fn method(way: Way) -> Option<Method> {
    match way {
        Way::Line(_) => None,
        Way::Get => Some(Method::Get),
        Way::Post => Some(Method::Post),
        Way::Put => Some(Method::Put),
        Way::Delete => Some(Method::Delete),
    }
}

impl Mail {
    pub(super) fn new(
        wires: Vec<Wire>,
        (orders, questions, switch): (RestClient, RestClient, Option<RestClient>),
        kill: Switch,
    ) -> Self {
        Self { wires, orders, questions, switch, kill, spare: Vec::new(), broken: Vec::new(), now_ns: 0 }
    }

    /// Asks for the addresses of lines that need one.
    pub(super) fn look_up(&mut self) {
        for (number, wire) in self.wires.iter_mut().enumerate() {
            let Some((host, port)) = wire.wants_address(self.now_ns) else { continue };
            let id = LOOK_UPS + number as u64;
            let job = Job::Resolve { id, host: host.into(), port, choice: wire.failures };
            wire.is_looking_up = self.questions.try_ask(job).is_ok();
        }
    }

    /// A line that broke, and why.
    pub(super) fn next_lost(&mut self) -> Option<(usize, Option<NetError>)> {
        self.broken.pop()
    }

    /// The next answer by REST; of orders first.
    pub(super) fn take(&mut self) -> Option<Answer> {
        let switch = self.switch.as_ref();
        self.orders.try_take().or_else(|| switch?.try_take()).or_else(|| self.questions.try_take())
    }

    /// A line broke or is given up; told once, whoever finds it.
    pub(super) fn lose(&mut self, line: usize, error: Option<NetError>) {
        if !self.has_lost(line) {
            self.broken.push((line, error));
        }
    }

    /// Cuts a line on which something waits that may be an order, once the kill word is on; whether it did.
    pub(super) fn cuts(&mut self, line: usize) -> bool {
        let Some(wire) = self.wires.get_mut(line).filter(|wire| wire.is_unsent() && self.kill.is_on()) else {
            return false;
        };
        let error = wire.cut_off("the kill switch is on, and what the kernel had no room for may be an order");
        self.lose(line, error);
        true
    }

    pub(super) fn has_lost(&self, line: usize) -> bool {
        self.broken.iter().any(|(broken, _)| *broken == line)
    }

    /// Takes a buffer back for the next question.
    pub(super) fn give_back(&mut self, body: Vec<u8>) {
        self.spare.push(body);
    }
}

impl Post for Mail {
    fn send(&mut self, id: AskId, call: &Call) -> bool {
        let adds_risk = call.purse == Purse::Orders;
        if adds_risk && self.kill.is_on() {
            return false;
        }
        let Some(method) = method(call.way) else {
            let Way::Line(line) = call.way else { return false };
            if self.cuts(line) {
                return false;
            }
            let Some(wire) = self.wires.get_mut(line).filter(|wire| wire.is_ready) else { return false };
            return match wire.send(call.body.bytes(), self.now_ns) {
                Ok(()) => true,
                Err(error) => {
                    // A part of it may have left: the line is given up, and what was on it is unknown.
                    self.lose(line, Some(error));
                    true
                }
            };
        };
        let client = match call.purse {
            Purse::Questions => &self.questions,
            Purse::Switch => self.switch.as_ref().unwrap_or(&self.questions),
            Purse::Orders | Purse::Cancels => &self.orders,
        };
        let body = self.spare.pop().unwrap_or_default();
        let job = Job::Send { id: id.0, request: request(call, method), weight: 1, body };
        if adds_risk { client.try_ask_unless(job, self.kill.clone()).is_ok() } else { client.try_ask(job).is_ok() }
    }

    fn give_up(&mut self, line: usize) {
        self.lose(line, None);
    }
}

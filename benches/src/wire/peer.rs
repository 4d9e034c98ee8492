//! The simulated venue on the wire: sends frames when they are due, stamps what comes back, and answers it.
//!
//! Owns three connections (market data, orders, the user's stream), the frames, and the stamps: directly before the write
//! that sends a frame, directly after the read that completed an order. Spins, and asks for no memory once it is up.
//! Never: matching. Every order is accepted, and a bid is withdrawn by the venue at once, so that the next frame leads to
//! another.
//!
//! One frame is out at a time: the next is sent when it is due and the order for the one before is answered, and its
//! latency counts from when it was due. So nobody gains by being late.

use super::framing::Line;
use super::front::Front;
use super::{MARKET_PATH, ORDERS_PATH, Plan, USER_PATH};
use crate::error::BenchError;
use crate::pace::{Pacer, Window};
use crate::synthetic::{DepthFrames, SYMBOL};
use engine_ring::clock::Clock;
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A contender has so long to connect, and so long again to answer those.
const WITHIN: Duration = Duration::from_secs(20);

/// The venue's side of one round.
#[derive(Debug)]
pub(super) struct Peer {
    market: Line,
    orders: Line,
    user: Line,
    frames: DepthFrames,
    pub(super) plan: Plan,
    clock: Clock,
    sent: u64,
    not_before_ns: u64,
    order: Vec<u8>,
    text: Vec<u8>,
    /// Bytes of the last frame and of the last order.
    pub(super) bytes: [usize; 2],
    /// Frames that led to no order in time.
    pub(super) unanswered: u64,
    /// Order minus frame, both as stamped.
    pub(super) trips_ns: Vec<u64>,
}

impl Peer {
    /// Waits for the contender's three connections.
    pub(super) fn meet(front: &Front, frames: DepthFrames, plan: Plan) -> Result<Self, BenchError> {
        let (mut market, mut orders, mut user) = (None, None, None);
        let until = Instant::now() + WITHIN;
        loop {
            match (market.take(), orders.take(), user.take()) {
                (Some(market), Some(orders), Some(user)) => {
                    return Ok(Self {
                        market,
                        orders,
                        user,
                        frames,
                        plan,
                        clock: Clock::machine(),
                        sent: 0,
                        not_before_ns: 0,
                        order: Vec::with_capacity(1_024),
                        text: Vec::with_capacity(1_024),
                        bytes: [0; 2],
                        unanswered: 0,
                        trips_ns: Vec::with_capacity(1 << 16),
                    });
                }
                known => (market, orders, user) = known,
            }
            // Orders are logged on before the user's stream is opened by some.
            if let Some(line) = &mut orders {
                greet(line)?;
            }
            let wait = until.saturating_duration_since(Instant::now()).min(Duration::from_millis(1));
            if wait.is_zero() {
                return Err(BenchError::NoOrder(0));
            }
            let Ok((path, stream)) = front.upgraded().recv_timeout(wait) else { continue };
            let line = Some(line(stream)?);
            match path.as_str() {
                path if path.starts_with(MARKET_PATH) => market = line,
                path if path.starts_with(ORDERS_PATH) => orders = line,
                path if path.starts_with(USER_PATH) => user = line,
                _ => return Err(BenchError::Path(path)),
            }
        }
    }

    /// Sends frames until the contender has answered so many.
    pub(super) fn warm_up(&mut self, is_alive: impl Fn() -> bool) -> Result<(), BenchError> {
        let until = Instant::now() + WITHIN;
        let mut answered = 0;
        while answered < self.plan.warm_up {
            if Instant::now() >= until || !is_alive() {
                return Err(BenchError::NoOrder(self.sent));
            }
            let next_ns = self.clock.now() + 1_000_000_000 / self.plan.rate_per_s;
            self.send_frame()?;
            // What is not up yet answers nothing, and is asked again.
            answered += u64::from(self.order_by(self.clock.now() + self.plan.patience_ns)?.is_some());
            while self.clock.now() < next_ns {
                std::hint::spin_loop();
            }
        }
        self.drain()?;
        self.trips_ns.clear();
        Ok(())
    }

    /// A window of frames.
    pub(super) fn window(&mut self) -> Result<Window, BenchError> {
        let mut pacer = Pacer::window(self.plan.rate_per_s);
        while let Some(due_ns) = pacer.wait() {
            let sent_at_ns = self.send_frame()?;
            match self.order_by(sent_at_ns + self.plan.patience_ns)? {
                Some(at_ns) => {
                    self.trips_ns.push(at_ns - sent_at_ns);
                    pacer.done_at(due_ns, at_ns);
                }
                None => {
                    self.unanswered += 1;
                    pacer.done(due_ns);
                }
            }
        }
        let mut window = pacer.end();
        // An order that no frame asked for may have been taken for a frame's: none of the window's samples is believed.
        window.clean &= self.drain()? == 0;
        Ok(window)
    }

    /// Sends the next frame, and says when.
    fn send_frame(&mut self) -> Result<u64, BenchError> {
        let frame = self.frames.next_frame();
        self.bytes[0] = frame.len();
        self.sent += 1;
        let mut now_ns = self.clock.now();
        while now_ns < self.not_before_ns {
            now_ns = self.clock.now();
        }
        self.market.send(frame)?;
        Ok(now_ns)
    }

    /// When the next order came, which is then answered.
    fn order_by(&mut self, until_ns: u64) -> Result<Option<u64>, BenchError> {
        loop {
            let said = self.orders.next()?;
            let now_ns = self.clock.now();
            match said {
                Some(order) if is_order(order) => {
                    self.order.clear();
                    self.order.extend_from_slice(order);
                    self.bytes[1] = self.order.len();
                    acknowledge(&self.order, self.sent, &mut self.text)?;
                    self.orders.send(&self.text)?;
                    if field(&self.order, b"\"side\":\"") == b"BUY" {
                        withdraw(&self.order, self.sent, &mut self.text)?;
                        self.user.send(&self.text)?;
                    }
                    self.not_before_ns = self.clock.now() + self.plan.settle_ns;
                    return Ok(Some(now_ns));
                }
                Some(greeting) => {
                    welcome(greeting, &mut self.text);
                    self.orders.send(&self.text)?;
                }
                None if now_ns >= until_ns => return Ok(None),
                None => {}
            }
        }
    }

    /// Answers what comes though nothing was asked, and counts it.
    fn drain(&mut self) -> Result<usize, BenchError> {
        let mut strays = 0;
        while self.order_by(self.clock.now() + self.plan.settle_ns)?.is_some() {
            strays += 1;
        }
        Ok(strays)
    }
}

fn line(stream: TcpStream) -> Result<Line, BenchError> {
    Ok(Line::new(stream)?)
}

/// Answers what is said before orders.
fn greet(line: &mut Line) -> Result<(), BenchError> {
    let mut text = Vec::new();
    if let Some(said) = line.next()? {
        welcome(said, &mut text);
        line.send(&text)?;
    }
    Ok(())
}

/// `{"id":"0","method":"session.logon",…`
fn welcome(said: &[u8], text: &mut Vec<u8>) {
    text.clear();
    text.extend_from_slice(b"{\"id\":\"");
    text.extend_from_slice(field(said, b"\"id\":\""));
    text.extend_from_slice(b"\",\"status\":200,\"result\":{}}");
}

fn is_order(said: &[u8]) -> bool {
    field(said, b"\"method\":\"") == b"order.place"
}

/// The acknowledgement on the orders' line.
fn acknowledge(order: &[u8], number: u64, text: &mut Vec<u8>) -> io::Result<()> {
    text.clear();
    text.extend_from_slice(b"{\"id\":\"");
    text.extend_from_slice(field(order, b"\"id\":\""));
    write!(text, "\",\"status\":200,\"result\":{{\"orderId\":{number},\"symbol\":\"{SYMBOL}\",\"clientOrderId\":\"")?;
    text.extend_from_slice(field(order, b"\"newClientOrderId\":\""));
    text.extend_from_slice(b"\"}}");
    Ok(())
}

/// What the user's stream says of a bid: the venue has withdrawn it.
fn withdraw(order: &[u8], number: u64, text: &mut Vec<u8>) -> io::Result<()> {
    text.clear();
    write!(text, "{{\"e\":\"ORDER_TRADE_UPDATE\",\"E\":1,\"T\":1,\"o\":{{\"s\":\"{SYMBOL}\",\"i\":{number},\"T\":1")?;
    for (name, value) in [
        (&b"\"S"[..], &b"\"side\":\""[..]),
        (b"\"c", b"\"newClientOrderId\":\""),
        (b"\"p", b"\"price\":\""),
        (b"\"q", b"\"quantity\":\""),
    ] {
        text.extend_from_slice(b",");
        text.extend_from_slice(name);
        text.extend_from_slice(b"\":\"");
        text.extend_from_slice(field(order, value));
        text.extend_from_slice(b"\"");
    }
    text.extend_from_slice(b",\"z\":\"0\",\"l\":\"0\",\"L\":\"0\",\"x\":\"CANCELED\",\"X\":\"CANCELED\"}}");
    Ok(())
}

/// The text behind these words, up to the next quote; nothing if they are not there.
fn field<'a>(text: &'a [u8], words: &[u8]) -> &'a [u8] {
    let begin = text.windows(words.len()).position(|window| window == words).map_or(text.len(), |at| at + words.len());
    let rest = &text[begin..];
    &rest[..rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len())]
}

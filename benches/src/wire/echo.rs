//! A bare echo: the same sockets, read in the same turns, and an order of the same length for each frame. No work.

use super::{Address, Answerer, MARKET_PATH, ORDERS_PATH, USER_PATH};
use crate::error::BenchError;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use feeds::net::endpoint::Endpoint;
use feeds::net::poller::Poller;
use feeds::net::ws::{Incoming, Socket, SocketSettings};
use std::time::{Duration, Instant};

/// As long as an order of ours is, and as the venue reads it.
pub(super) const ORDER: &str = concat!(
    r#"{"id":"1000000","method":"order.place","params":{"newClientOrderId":"R1-1-10000","newOrderRespType":"ACK","#,
    r#""price":"59999.9","quantity":"0.003","recvWindow":5000,"side":"BUY","symbol":"BTCUSDT","timeInForce":"GTX","#,
    r#""timestamp":1723161255123,"type":"LIMIT"}}"#
);

/// The echo.
pub(super) struct Echo {
    orders: Socket,
    user: Socket,
    market: Socket,
    // The sockets are registered with it.
    _poller: Poller,
}

impl Answerer for Echo {
    const NAME: &'static str = "echo";

    fn open(venue: &Address) -> Result<Self, BenchError> {
        let poller = Poller::new()?;
        let [orders, user, market] = [ORDERS_PATH, USER_PATH, MARKET_PATH].map(|path| open(venue, path, &poller));
        Ok(Self { orders: orders?, user: user?, market: market?, _poller: poller })
    }

    fn answer(mut self, is_over: &StopFlag) -> Result<(), BenchError> {
        while !is_over.is_raised() {
            while self.orders.read()? != Incoming::Nothing {}
            while self.user.read()? != Incoming::Nothing {}
            if let Incoming::Frame { .. } = self.market.read()? {
                self.orders.send_text(ORDER.as_bytes())?;
            }
        }
        Ok(())
    }
}

fn open(venue: &Address, path: &str, poller: &Poller) -> Result<Socket, BenchError> {
    let endpoint = Endpoint::websocket(&format!("{}{path}", venue.ws_url()))?;
    let started = Instant::now();
    let now_ns = || u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let mut socket = Socket::dial(SocketSettings::new(endpoint, None), venue.0, poller, Clock::machine(), 0)?;
    while !socket.advance(now_ns())? {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(socket)
}

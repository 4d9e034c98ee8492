//! A plain bot on tokio, one thread: frames as strings over a channel, `serde_json`, `rust_decimal`, `BTreeMap`, orders
//! over another channel, `serde_json` again.
//!
//! It does what ours does for each frame: book, imbalance of the five best levels, a quote at the touch, checks before the
//! order leaves. It keeps no order table, no portfolio and no reports, which is in its favour.

use benches::BenchError;
use benches::pace::{Pacer, Window};
use benches::rounds::Contender;
use benches::synthetic::DepthFrames;
use benches::tick_to_order::{Trader, contender};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::yield_now;

type Make = fn(u64) -> Result<Contender<'static>, BenchError>;

/// Every rival by name.
pub(crate) fn rivals() -> Vec<(&'static str, Make)> {
    vec![(TokioBot::NAME, contender::<TokioBot>)]
}

/// Frames and orders that may wait.
const WAITING_MAX: usize = 1_024;

/// The bot and its runtime.
struct TokioBot {
    runtime: Runtime,
    frames: DepthFrames,
    to_bot: mpsc::Sender<String>,
    orders: Arc<AtomicU64>,
    answered: u64,
}

#[derive(Deserialize)]
pub(crate) struct Depth {
    u: u64,
    b: Vec<[String; 2]>,
    a: Vec<[String; 2]>,
}

#[derive(Deserialize)]
struct Snapshot {
    #[serde(rename = "lastUpdateId")]
    last_update_id: u64,
    bids: Vec<[String; 2]>,
    asks: Vec<[String; 2]>,
}

/// What the bot wants.
pub(crate) struct Wish {
    id: u64,
    px: Decimal,
    qty: Decimal,
}

#[derive(Serialize)]
struct Place<'a> {
    id: &'a str,
    method: &'a str,
    params: Params<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Params<'a> {
    symbol: &'a str,
    side: &'a str,
    r#type: &'a str,
    price: String,
    quantity: String,
    new_client_order_id: &'a str,
    timestamp: u128,
}

pub(crate) struct Book {
    bids: BTreeMap<Decimal, Decimal>,
    asks: BTreeMap<Decimal, Decimal>,
    last_update_id: u64,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn apply(side: &mut BTreeMap<Decimal, Decimal>, levels: &[[String; 2]]) {
    for [px, qty] in levels {
        match decimal(qty) {
            qty if qty.is_zero() => side.remove(&decimal(px)),
            qty => side.insert(decimal(px), qty),
        };
    }
}

impl Book {
    pub(crate) fn new(snapshot: &str) -> Option<Self> {
        let snapshot: Snapshot = serde_json::from_str(snapshot).ok()?;
        let mut book = Self { bids: BTreeMap::new(), asks: BTreeMap::new(), last_update_id: snapshot.last_update_id };
        apply(&mut book.bids, &snapshot.bids);
        apply(&mut book.asks, &snapshot.asks);
        Some(book)
    }

    pub(crate) fn update(&mut self, depth: &Depth) {
        self.last_update_id = depth.u;
        apply(&mut self.bids, &depth.b);
        apply(&mut self.asks, &depth.a);
    }

    /// Leans with the book: a quote at the touch, or a tick behind it.
    pub(crate) fn wish(&self, id: u64) -> Option<Wish> {
        let (bid, ask) = (*self.bids.last_key_value()?.0, *self.asks.first_key_value()?.0);
        let bids: Decimal = self.bids.values().rev().take(5).sum();
        let asks: Decimal = self.asks.values().take(5).sum();
        let imbalance = (bids - asks) / (bids + asks);
        let tick = Decimal::new(1, 1);
        let px = (bid + (imbalance * Decimal::TWO).trunc() * tick).min(ask - tick);
        Some(Wish { id, px, qty: (Decimal::from(200) / px).trunc_with_scale(3) })
    }
}

/// The checks that ours makes of a resting order, in decimals.
pub(crate) fn may_leave(wish: &Wish, book: &Book, sent: u64) -> bool {
    let Some((bid, ask)) = book.bids.keys().next_back().zip(book.asks.keys().next()) else { return false };
    let notional = wish.px * wish.qty;
    let middle = (bid + ask) / Decimal::TWO;
    wish.id == sent + 1
        && wish.qty > Decimal::ZERO
        && notional >= Decimal::from(5)
        && notional <= Decimal::from(10_000)
        && (wish.px - middle) / middle <= Decimal::new(2, 2)
        && notional <= Decimal::from(100_000) * Decimal::new(5, 2)
}

async fn bot(snapshot: String, mut frames: mpsc::Receiver<String>, wishes: mpsc::Sender<Wish>) {
    let Some(mut book) = Book::new(&snapshot) else { return };
    let mut sent = 0;
    while let Some(frame) = frames.recv().await {
        let Ok(depth) = serde_json::from_str::<Depth>(&frame) else { continue };
        book.update(&depth);
        if let Some(wish) = book.wish(sent + 1).filter(|wish| may_leave(wish, &book, sent)) {
            sent += 1;
            if wishes.send(wish).await.is_err() {
                return;
            }
        }
    }
}

/// The order in the venue's words.
pub(crate) fn order_text(wish: &Wish) -> Option<String> {
    let id = format!("R1-1-{}", wish.id);
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let params = Params {
        symbol: "BTCUSDT",
        side: "BUY",
        r#type: "LIMIT_MAKER",
        price: wish.px.to_string(),
        quantity: wish.qty.to_string(),
        new_client_order_id: &id,
        timestamp,
    };
    serde_json::to_string(&Place { id: &id, method: "order.place", params }).ok()
}

async fn gateway(mut wishes: mpsc::Receiver<Wish>, orders: Arc<AtomicU64>) {
    while let Some(wish) = wishes.recv().await {
        std::hint::black_box(order_text(&wish));
        orders.fetch_add(1, Ordering::Relaxed);
    }
}

impl TokioBot {
    async fn answer(
        to_bot: &mpsc::Sender<String>,
        orders: &AtomicU64,
        frame: String,
        number: u64,
    ) -> Result<(), BenchError> {
        if to_bot.send(frame).await.is_err() {
            return Err(BenchError::NoOrder(number));
        }
        // Each yield lets every task that has something run once; three turns are enough, more mean that none will come.
        for _ in 0..16 {
            if orders.load(Ordering::Relaxed) == number {
                return Ok(());
            }
            yield_now().await;
        }
        Err(BenchError::NoOrder(number))
    }
}

/// The frame as a socket library hands it out.
fn text(frames: &mut DepthFrames) -> String {
    String::from_utf8_lossy(frames.next_frame()).into_owned()
}

impl Trader for TokioBot {
    const NAME: &'static str = "tokio-bot";

    fn new(seed: u64) -> Result<Self, BenchError> {
        let runtime = Builder::new_current_thread().build().map_err(|_| BenchError::Thread)?;
        let frames = DepthFrames::new(seed);
        let (to_bot, from_feed) = mpsc::channel(WAITING_MAX);
        let (to_gateway, from_bot) = mpsc::channel(WAITING_MAX);
        let orders = Arc::new(AtomicU64::new(0));
        runtime.spawn(bot(frames.snapshot(), from_feed, to_gateway));
        runtime.spawn(gateway(from_bot, orders.clone()));
        Ok(Self { runtime, frames, to_bot, orders, answered: 0 })
    }

    fn window(&mut self, mut pacer: Pacer) -> Result<Window, BenchError> {
        let Self { runtime, frames, to_bot, orders, answered } = self;
        runtime.block_on(async {
            let mut frame = text(frames);
            while let Some(due_ns) = pacer.wait() {
                *answered += 1;
                Self::answer(to_bot, orders, std::mem::take(&mut frame), *answered).await?;
                pacer.done(due_ns);
                frame = text(frames);
            }
            // The one that was ready when the window ended.
            *answered += 1;
            Self::answer(to_bot, orders, frame, *answered).await?;
            Ok(pacer.end())
        })
    }

    fn back_to_back(&mut self, count: u64) -> Result<(), BenchError> {
        let Self { runtime, frames, to_bot, orders, answered } = self;
        runtime.block_on(async {
            for _ in 0..count {
                *answered += 1;
                Self::answer(to_bot, orders, text(frames), *answered).await?;
            }
            Ok(())
        })
    }
}

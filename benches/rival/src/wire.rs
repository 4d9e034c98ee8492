//! A plain bot on tokio, one thread, over tokio-tungstenite: a task a connection, frames as strings over a channel,
//! `serde_json`, `rust_decimal`, `BTreeMap`, orders over another channel to the task that owns their connection.
//!
//! It decides what ours decides, as in [`crate::tick_to_order`]; it keeps no order table, no portfolio and no reports, and
//! does not read what the venue says of its orders, which is in its favour. So it also has its book without a snapshot by
//! REST: the frames' maker knows it.

use crate::tick_to_order::{Book, Depth, Wish, may_leave, order_text};
use benches::BenchError;
use benches::rounds::Contender;
use benches::synthetic::DepthFrames;
use benches::wire::{Address, Answerer, MARKET_PATH, ORDERS_PATH, USER_PATH, contender};
use engine_ring::flag::StopFlag;
use futures_util::{SinkExt as _, StreamExt as _};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

type Make = fn(u64) -> Contender<'static>;

/// Every rival by name.
pub(crate) fn rivals() -> Vec<(&'static str, Make)> {
    vec![(TungsteniteBot::NAME, contender::<TungsteniteBot>)]
}

/// Frames and orders that may wait.
const WAITING_MAX: usize = 1_024;

/// The bot and its runtime.
struct TungsteniteBot {
    runtime: Runtime,
    venue: Address,
}

async fn connect(venue: Address, path: &str) -> Option<WebSocketStream<TcpStream>> {
    let stream = TcpStream::connect(venue.0).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let url = format!("{}{path}", venue.ws_url());
    Some(tokio_tungstenite::client_async(url, stream).await.ok()?.0)
}

async fn feed(mut socket: WebSocketStream<TcpStream>, frames: mpsc::Sender<String>) {
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Text(text) = message
            && frames.send(text.as_str().to_owned()).await.is_err()
        {
            return;
        }
    }
}

async fn bot(mut frames: mpsc::Receiver<String>, wishes: mpsc::Sender<Wish>) {
    // The frames of every seed continue one snapshot.
    let Some(mut book) = Book::new(&DepthFrames::new(1).snapshot()) else { return };
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

async fn gateway(mut socket: WebSocketStream<TcpStream>, mut wishes: mpsc::Receiver<Wish>) {
    loop {
        tokio::select! {
            wish = wishes.recv() => {
                let Some(text) = wish.as_ref().and_then(order_text) else { return };
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            said = socket.next() => {
                let Some(Ok(_)) = said else { return };
            }
        }
    }
}

impl Answerer for TungsteniteBot {
    const NAME: &'static str = "tungstenite-bot";

    fn open(venue: &Address) -> Result<Self, BenchError> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        Ok(Self { runtime, venue: *venue })
    }

    fn answer(self, is_over: &StopFlag) -> Result<(), BenchError> {
        let Self { runtime, venue } = self;
        let ended = runtime.block_on(async {
            let market = connect(venue, MARKET_PATH).await?;
            let orders = connect(venue, ORDERS_PATH).await?;
            let mut user = connect(venue, USER_PATH).await?;
            let (to_bot, from_feed) = mpsc::channel(WAITING_MAX);
            let (to_gateway, from_bot) = mpsc::channel(WAITING_MAX);
            tokio::spawn(feed(market, to_bot));
            tokio::spawn(bot(from_feed, to_gateway));
            tokio::spawn(gateway(orders, from_bot));
            tokio::spawn(async move { while let Some(Ok(_)) = user.next().await {} });
            while !is_over.is_raised() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Some(())
        });
        // A connection that did not come up has no other reason than that nobody was there.
        ended.ok_or(BenchError::Path(MARKET_PATH.to_owned()))
    }
}

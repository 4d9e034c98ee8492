//! Sockets: binding, accepting, and one task for each connection.
//!
//! axum's own serve loop keeps silent connections for ever; this one gives each a time for its request head, an age and
//! a place in a bounded number.

use super::Door;
use super::auth::Peer;
use super::bounds::{Bounds, HEAD_BYTES_MAX, HEADERS_MAX};
use super::pace::Paced;
use super::shares::{Share, Shares};
use crate::desk::people::whose;
use crate::error::BridgeError;
use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

/// Connections that the kernel holds until they are accepted.
const BACKLOG: u32 = 128;
/// Pause when the system has no file or memory for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Listens on an address, or says why not. Needs a runtime around it.
pub(crate) fn listen(address: SocketAddr, bounds: &Bounds) -> Result<TcpListener, BridgeError> {
    try_listen(address, bounds).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BridgeError::AddressTaken { address },
        _ => BridgeError::Listen { address, source },
    })
}

fn try_listen(address: SocketAddr, bounds: &Bounds) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // For an address that was ours a moment ago; on Linux it does not let two listen at once.
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it: what a client does not read stays small.
    socket.set_send_buffer_size(bounds.send_buffer_bytes)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts until told to stop, then lets what is under way come to its end, for a while.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, door: Arc<Door>) {
    let places = Arc::new(Semaphore::new(door.bounds.connections_max));
    let houses = Arc::new(Shares::default());
    let mut stop = door.stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => match place(&places, &houses, peer.ip(), &door.bounds) {
                Some(place) => {
                    let (tls, router, door) = (tls.clone(), router.clone(), door.clone());
                    let peer = Peer(peer.ip());
                    // What is said is said whole: held back until the last of it is acknowledged, a stream's second message
                    // of a turn would come up to 40 ms late.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection keeps its delay");
                    }
                    tokio::spawn(async move {
                        greet(stream, peer, tls, router, door).await;
                        drop(place);
                    });
                }
                None => door.counters.refused.add(1),
            },
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let all_done = async {
        let _connections = places.acquire_many(door.bounds.connections_max as u32).await;
        let _sockets = door.sockets.acquire_many(door.bounds.sockets_max as u32).await;
    };
    if tokio::time::timeout(door.bounds.drain_timeout, all_done).await.is_err() {
        tracing::info!("clients were cut: they did not end in time");
    }
}

/// One of the door's places and one of the caller's house, if both have one. This machine's own has all of them.
fn place(
    places: &Arc<Semaphore>,
    houses: &Arc<Shares<IpAddr>>,
    from: IpAddr,
    bounds: &Bounds,
) -> Option<(OwnedSemaphorePermit, Option<Share<IpAddr>>)> {
    let place = places.clone().try_acquire_owned().ok()?;
    if from.to_canonical().is_loopback() {
        return Some((place, None));
    }
    let share = houses.take(whose(from), bounds.house_connections_max).ok()?;
    Some((place, Some(share)))
}

/// TLS first, where there is any; it has as long as a request's head.
async fn greet(stream: TcpStream, peer: Peer, tls: Option<TlsAcceptor>, router: Router, door: Arc<Door>) {
    // Below TLS: there is one place where it is seen that nothing goes out any more, whatever is said and how.
    let counting = door.clone();
    let stream = Paced::new(stream, door.bounds.take_timeout, move |stream: &TcpStream| cut(stream, &counting));
    let Some(tls) = tls else { return connection(stream, peer, router, door).await };
    match tokio::time::timeout(door.bounds.head_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, peer, router, door).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS with a client"),
        Err(_) => tracing::debug!("no TLS with a client in time"),
    }
}

/// Ends a connection whose other side takes nothing: at once, since what it has not taken it would go on holding in the
/// kernel.
fn cut(stream: &TcpStream, door: &Door) {
    door.counters.stuck.add(1);
    tracing::info!("a client was cut: it did not take what it was told");
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "a connection ends late");
    }
}

async fn connection<S>(stream: S, peer: Peer, router: Router, door: Arc<Door>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let router = TowerToHyperService::new(router);
    let from_peer = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let mut stop = door.stop.clone();
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        // Who asks and says no more has asked: else one who sends a halt and leaves at once would not be heard.
        .half_close(true)
        .header_read_timeout(door.bounds.head_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), from_peer)
        .with_upgrades();
    let mut serving = pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => Some(ended),
        () = tokio::time::sleep(door.bounds.connection_age_max) => None,
        _ = stop.changed() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            // The request under way is answered, no further one is read.
            serving.as_mut().graceful_shutdown();
            tokio::time::timeout(door.bounds.drain_timeout, serving).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

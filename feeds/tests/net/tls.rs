//! TLS with a certificate made for the test: trusted when told so, refused in every other case.

use crate::server::{accept, read_posted, read_request, respond, serve, until_closed, wait_for};
use crate::ws::{Client, dial};
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use feeds::net::endpoint::Endpoint;
use feeds::net::error::NetError;
use feeds::net::request::Request;
use feeds::net::rest::{Job, Outcome, RestClient, RestSettings};
use feeds::net::tls::Tls;
use feeds::net::ws::SocketSettings;
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use tungstenite::Message;

struct Venue {
    certificate: Vec<u8>,
    config: Arc<ServerConfig>,
}

/// A server identity for `name`, signed by itself.
fn venue(name: &str) -> Venue {
    let made: CertifiedKey<KeyPair> = rcgen::generate_simple_self_signed([name.to_owned()]).expect("made");
    let certificate = made.cert.der().to_vec();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.clone())], key)
        .expect("an identity");
    Venue { certificate, config: Arc::new(config) }
}

fn secured(listener: &TcpListener, config: Arc<ServerConfig>) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(config).expect("a server"), accept(listener))
}

/// A server that echoes one message over wss.
fn echo(config: Arc<ServerConfig>) -> SocketAddr {
    let (address, _) = serve(move |listener| {
        // A client that refuses our certificate ends the handshake: no upgrade then.
        let Ok(mut socket) = tungstenite::accept(secured(&listener, config)) else { return };
        let message = socket.read().expect("a message");
        socket.send(message).expect("sent");
        socket.send(Message::text("x".repeat(100_000))).expect("sent");
        until_closed(socket.get_mut());
    });
    address
}

fn dial_wss(address: SocketAddr, tls: Tls) -> Result<Client, NetError> {
    let endpoint = Endpoint::websocket(&format!("wss://localhost:{}/stream", address.port())).expect("good");
    dial(SocketSettings::new(endpoint, Some(tls)), address).open()
}

#[test]
fn a_trusted_certificate_opens_and_messages_longer_than_a_record_arrive() {
    let venue = venue("localhost");
    let tls = Tls::only(&[venue.certificate]).expect("roots");
    let mut client = dial_wss(echo(venue.config), tls).expect("open");
    client.socket.send("hello").expect("sent");
    assert_eq!(client.frame().expect("a frame").0, "hello");
    assert_eq!(client.frame().expect("a frame").0.len(), 100_000);
}

#[test]
fn a_certificate_nobody_vouched_for_is_refused() {
    let error = dial_wss(echo(venue("localhost").config), Tls::public().expect("roots")).err().expect("refused");
    assert!(matches!(error, NetError::Tls { .. }), "{error}");
}

#[test]
fn a_certificate_for_another_host_is_refused() {
    let venue = venue("api.binance.com");
    let tls = Tls::only(&[venue.certificate]).expect("roots");
    let error = dial_wss(echo(venue.config), tls).err().expect("refused");
    assert!(matches!(error, NetError::Tls { .. }), "{error}");
}

#[test]
fn a_server_without_tls_is_told_as_such() {
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        respond(&mut stream, "400 Bad Request", "", "plain http");
    });
    let error = dial_wss(address, Tls::public().expect("roots")).err().expect("refused");
    assert!(matches!(error, NetError::Tls { .. } | NetError::Cut { during: "the tls handshake", .. }), "{error}");
}

#[test]
fn a_root_that_is_no_certificate_is_refused() {
    assert!(matches!(Tls::only(&[b"garbage".to_vec()]), Err(NetError::Tls { .. })));
}

#[test]
fn an_order_whose_connection_takes_long_does_not_leave_once_the_kill_word_is_on() {
    let venue = venue("localhost");
    let (kill, config) = (Switch::new(), Arc::clone(&venue.config));
    let thrown = kill.clone();
    let (address, _) = serve(move |listener| {
        let stream = &mut secured(&listener, config);
        // Its turn has come, and its connection is half open.
        assert_eq!(stream.sock.peek(&mut [0]).expect("a handshake begins"), 1);
        thrown.set(true);
        let request = read_posted(stream);
        respond(stream, "200 OK", "", &request);
    });
    let endpoint = Endpoint::rest(&format!("https://localhost:{}", address.port())).expect("good");
    let tls = Tls::only(std::slice::from_ref(&venue.certificate)).expect("roots");
    let client = RestClient::start(RestSettings::new(endpoint, Some(tls), 6_000, 1), Clock::machine(), None);
    let client = client.expect("a thread");
    let order = |id, body| Job::Send { id, request: Request::post_json("/order", body), weight: 1, body: Vec::new() };
    client.try_ask_unless(order(1, "{1}"), kill).expect("room");
    client.try_ask(order(2, "{2}")).expect("room");
    let outcome = || wait_for("an answer", || client.try_take()).outcome;
    let first = outcome();
    assert!(matches!(first, Outcome::Failed(NetError::NotSent { .. }, _)), "{first:?}");
    // And the connection is as good as before.
    assert!(matches!(outcome(), Outcome::Body(body) if body == b"POST /order HTTP/1.1 {2}"));
}

#[test]
fn rest_answers_come_over_tls_and_an_untrusted_server_is_refused() {
    let venue = venue("localhost");
    let ask = |tls| {
        let config = Arc::clone(&venue.config);
        let (address, _) = serve(move |listener| {
            let mut stream = secured(&listener, config);
            if stream.conn.complete_io(&mut stream.sock).is_ok() {
                read_request(&mut stream);
                respond(&mut stream, "200 OK", "", "{}");
            }
        });
        let endpoint = Endpoint::rest(&format!("https://localhost:{}", address.port())).expect("good");
        let settings = RestSettings::new(endpoint, Some(tls), 6_000, 1);
        let client = RestClient::start(settings, Clock::machine(), None).expect("a thread");
        crate::rest::ask(&client, "/api/v3/ping")
    };
    assert_eq!(ask(Tls::only(std::slice::from_ref(&venue.certificate)).expect("roots")).expect("an answer"), "{}");
    let error = ask(Tls::public().expect("roots")).expect_err("refused");
    assert!(matches!(error, NetError::Tls { .. }), "{error}");
}

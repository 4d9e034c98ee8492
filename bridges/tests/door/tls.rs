//! The door behind TLS, with a certificate of the test's own: who it lets in, what it refuses, and that a renewed certificate
//! is shown without a restart.

use crate::client::{PATIENCE, connect};
use crate::people::Folder;
use crate::rig::Rig;
use bridges::{Bound, Bounds, BridgeError, Locks, TlsFiles};
use engine_ring::clock::Clock;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A certificate of that name that signs itself, and its key, where the door looks for them.
fn certify(folder: &Path, name: &str) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    let key = folder.join("key.pem");
    // As renewals do it: a new file in the place of the old one.
    std::fs::write(folder.join("new.pem"), made.signing_key.serialize_pem()).expect("written");
    std::fs::set_permissions(folder.join("new.pem"), std::fs::Permissions::from_mode(0o600)).expect("set");
    std::fs::rename(folder.join("new.pem"), key).expect("moved");
    std::fs::write(folder.join("new.pem"), made.cert.pem()).expect("written");
    std::fs::rename(folder.join("new.pem"), folder.join("certificates.pem")).expect("moved");
    made.cert.der().clone()
}

fn locks(folder: &Folder) -> Locks {
    let tls = TlsFiles { certificates: folder.0.join("certificates.pem"), key: folder.0.join("key.pem") };
    Locks { people: Some(folder.config()), tls: Some(tls), hosts: vec!["desk.example".to_owned()] }
}

/// What somebody is answered who believes that certificate and no other.
fn ask(address: SocketAddr, trusted: &CertificateDer<'static>, name: &str) -> Result<String, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let session = ClientConnection::new(Arc::new(config), name).expect("a session");
    let mut stream = StreamOwned::new(session, connect(address));
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// The first bytes that come back.
fn first_bytes(mut stream: TcpStream, sent: &[u8]) -> Vec<u8> {
    stream.write_all(sent).expect("sent");
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn whoever_knows_the_certificate_is_answered_and_nobody_speaks_in_plain_or_of_old() {
    let folder = Folder::new("tls");
    let trusted = certify(&folder.0, "desk.example");
    let rig = Rig::behind(locks(&folder));
    let answer = ask(rig.address, &trusted, "desk.example").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 401"), "users are on, so a key is asked for: {answer}");
    assert!(ask(rig.address, &trusted, "other.example").is_err(), "a client that asks for another name goes away");
    let stranger = rcgen::generate_simple_self_signed(vec!["desk.example".to_owned()]).expect("a certificate");
    assert!(ask(rig.address, stranger.cert.der(), "desk.example").is_err());

    let plain = first_bytes(connect(rig.address), b"GET /health HTTP/1.1\r\nHost: desk.example\r\n\r\n");
    assert!(!plain.starts_with(b"HTTP/"), "{:?}", String::from_utf8_lossy(&plain));
    // TLS 1.0 and 1.1: an alert (21), fatal (2), protocol_version (70). The same greeting of 1.2 is answered with a
    // handshake (22).
    for minor in [1, 2] {
        let told = first_bytes(connect(rig.address), &hello(minor));
        assert!(told.len() == 7 && told[0] == 21 && told[5..] == [2, 70], "1.{}: {told:?}", minor - 1);
    }
    let mut stream = connect(rig.address);
    stream.write_all(&hello(3)).expect("sent");
    let mut kind = [0];
    stream.read_exact(&mut kind).expect("answered");
    assert_eq!(kind, [22]);
}

/// A greeting of a client that speaks that version at most.
fn hello(minor: u8) -> Vec<u8> {
    // Groups: x25519. Signatures: ECDSA and RSA with SHA-256.
    let extensions = [0, 10, 0, 4, 0, 2, 0, 29, 0, 13, 0, 8, 0, 6, 4, 3, 4, 1, 8, 4];
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    // No session; ECDHE with AES-128-GCM (of 1.2) and AES-128-CBC; no compression.
    body.extend([0, 0, 6, 0xc0, 0x2b, 0xc0, 0x09, 0xc0, 0x13, 1, 0, 0, extensions.len() as u8]);
    body.extend(extensions);
    let mut shake = vec![1, 0, 0, body.len() as u8];
    shake.extend(body);
    let mut record = vec![22, 3, minor, 0, shake.len() as u8];
    record.extend(shake);
    record
}

#[test]
fn a_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_changes_nothing() {
    let folder = Folder::new("renewed");
    let first = certify(&folder.0, "desk.example");
    let rig = Rig::behind(locks(&folder));
    assert!(ask(rig.address, &first, "desk.example").is_ok());
    // A renewal that went wrong.
    std::fs::write(folder.0.join("certificates.pem"), "-----BEGIN CERTIFICATE-----\nnone").expect("written");
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(ask(rig.address, &first, "desk.example").is_ok(), "what held goes on");
    let second = certify(&folder.0, "desk.example");
    let start = Instant::now();
    while ask(rig.address, &second, "desk.example").is_err() {
        assert!(start.elapsed() < PATIENCE, "the new one is never shown");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(ask(rig.address, &first, "desk.example").is_err(), "the old one is gone");
}

#[test]
fn beyond_loopback_nothing_listens_without_users_and_tls_and_a_key_is_ones_own() {
    let folder = Folder::new("open");
    certify(&folder.0, "desk.example");
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let bind = |locks| Bound::bind_behind(locks, everywhere, Bounds::default(), &Clock::machine()).map(drop);
    let refused = |locks: Locks| matches!(bind(locks), Err(BridgeError::NotLoopback { .. }));
    assert!(refused(Locks::default()));
    assert!(refused(Locks { tls: None, ..locks(&folder) }), "users without TLS");
    assert!(refused(Locks { people: None, ..locks(&folder) }), "TLS without users");
    assert!(bind(locks(&folder)).is_ok());
    for mode in [0o640, 0o604, 0o644, 0o660] {
        std::fs::set_permissions(folder.0.join("key.pem"), std::fs::Permissions::from_mode(mode)).expect("set");
        let fault = bind(locks(&folder)).expect_err("others may read it").to_string();
        assert!(fault.contains(&format!("{mode:03o}")) && fault.contains("chmod 600"), "{fault}");
    }
}

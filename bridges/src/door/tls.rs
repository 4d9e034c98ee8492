//! TLS: certificates and key from files, rustls with `ring`, versions 1.2 and 1.3. Files that are renewed while the door is
//! open are taken up within a second; files that are wrong then change nothing but the log.

use super::Door;
use crate::error::BridgeError;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// Between two looks at the files.
const LOOKED_AT: Duration = Duration::from_secs(1);

/// Where they are, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that it hangs on.
    pub certificates: PathBuf,
    /// Its private key; nobody else may read the file.
    pub key: PathBuf,
}

impl TlsFiles {
    pub(crate) fn open(self) -> Result<Tls, BridgeError> {
        let stamps = self.stamps();
        let shown = Arc::new(Shown(Mutex::new(Arc::new(self.read()?))));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| fault(&self.certificates, &error))?
            .with_no_client_auth()
            .with_cert_resolver(shown.clone());
        Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), files: self, stamps, shown })
    }

    fn read(&self) -> Result<CertifiedKey, BridgeError> {
        let certificates =
            CertificateDer::pem_file_iter(&self.certificates).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let certificates = certificates.map_err(|error| fault(&self.certificates, &error))?;
        let mode = std::fs::metadata(&self.key).map_err(|error| fault(&self.key, &error))?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(fault(
                &self.key,
                &format!("mode {mode:03o}: other users of this machine may read it: chmod 600 it"),
            ));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| fault(&self.key, &error))?;
        // Refuses a key that is of another certificate.
        CertifiedKey::from_der(certificates, key, &default_provider())
            .map_err(|error| fault(&self.certificates, &error))
    }

    /// What changes when a file is written or replaced.
    fn stamps(&self) -> [Option<Stamp>; 2] {
        [&self.certificates, &self.key].map(|path| {
            let file = std::fs::metadata(path).ok()?;
            // Its inode's, not its content's time: a key whose mode is put right is looked at again, too.
            Some((file.ino(), file.size(), file.ctime(), file.ctime_nsec()))
        })
    }
}

/// Of a file: which one, how long, and when it was changed.
type Stamp = (u64, u64, i64, i64);

/// The door's side of TLS.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    files: TlsFiles,
    stamps: [Option<Stamp>; 2],
    shown: Arc<Shown>,
}

impl Tls {
    /// Looks at the files until the door closes.
    pub(crate) async fn renew(mut self, door: Arc<Door>) {
        let mut stop = door.stop.clone();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOKED_AT) => self.look(),
                _ = stop.changed() => return,
            }
        }
    }

    fn look(&mut self) {
        let stamps = self.files.stamps();
        if stamps == self.stamps {
            return;
        }
        self.stamps = stamps;
        match self.files.read() {
            Ok(renewed) => {
                *self.shown.now() = Arc::new(renewed);
                tracing::info!(certificates = %self.files.certificates.display(), "a renewed certificate is shown");
            }
            // Of two files one may be there a moment before the other: then the next look finds both.
            Err(error) => tracing::warn!(%error, "the renewed certificate cannot be used, the one before goes on"),
        }
    }
}

/// What clients are shown from now on.
#[derive(Debug)]
struct Shown(Mutex<Arc<CertifiedKey>>);

impl Shown {
    fn now(&self) -> MutexGuard<'_, Arc<CertifiedKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now().clone())
    }
}

fn fault(path: &Path, why: &dyn ToString) -> BridgeError {
    BridgeError::Tls { path: path.to_owned(), why: why.to_string() }
}

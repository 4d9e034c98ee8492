//! TLS: certificates and key from files, rustls with `ring`, versions 1.2 and 1.3.

use crate::error::BridgeError;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Where they are, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that it hangs on.
    pub certificates: PathBuf,
    /// Its private key; nobody else may read the file.
    pub key: PathBuf,
}

impl TlsFiles {
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, BridgeError> {
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
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
            .map_err(|error| fault(&self.certificates, &error))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn fault(path: &Path, why: &dyn ToString) -> BridgeError {
    BridgeError::Tls { path: path.to_owned(), why: why.to_string() }
}

//! The certificates by which servers are trusted: the system's, or those of the file that SSL_CERT_FILE names.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::diagnose;
use super::error::{Error, quoted};

/// What `make` makes, which reads the certificates from disk: on a blocking thread, as that takes milliseconds.
///
/// Errors have the kind "network".
pub(super) async fn reading<T, E>(make: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Error>
where
    T: Send + 'static,
    E: StdError + Send + 'static,
{
    let made = tokio::task::spawn_blocking(move || {
        // what cannot be read is passed over in there, and then the certificates of a server are said to be wrong
        named_file(std::env::var_os("SSL_CERT_FILE"))?;
        make().map_err(|error| diagnose::no_client(&error))
    });
    made.await.unwrap_or_else(|error| Err(diagnose::no_client(&error)))
}

/// Whether the file that SSL_CERT_FILE names, if it does, has certificates.
fn named_file(name: Option<OsString>) -> Result<(), Error> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(()) };
    let first = CertificateDer::pem_file_iter(Path::new(&name)).map(|mut found| found.next().transpose());
    let problem = match first.flatten() {
        Ok(Some(_)) => return Ok(()),
        Ok(None) => "has no certificate in PEM format".to_owned(),
        Err(error) => format!("cannot be read ({error})"),
    };
    Err(Error::network(format!(
        "https is not possible here: SSL_CERT_FILE names {}, which {problem}; let it name a file with certificates \
         in PEM format, or unset it for those of the system",
        quoted(&name.to_string_lossy(), 200)
    )))
}

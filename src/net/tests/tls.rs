//! Certificates: what is wrong with one is said, and SSL_CERT_FILE is honoured.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// An https server that answers "ok" to everybody. `change` spoils its certificate.
fn secure(authority: &Authority, name: &str, change: impl FnOnce(&mut CertificateParams)) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let url = accepting(move |socket| {
        let session = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(session, socket);
        if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    url.replace("http://", "https://")
}

#[test]
fn an_unknown_authority_is_explained() {
    let url = secure(&authority(), "127.0.0.1", |_| ());
    let says = ["certificate", "not trusted", "no authority that this system knows", "SSL_CERT_FILE"];
    expect_error(read(Request::new(url)), "network", &says);
}

#[test]
fn a_port_without_tls_is_recognised() {
    let plain = accepting(|mut socket| {
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = socket.read(&mut [0; 1000]);
    });
    let outcome = read(Request::new(plain.replace("http://", "https://")));
    expect_error(outcome, "network", &["does not speak TLS", "http://"]);
    let silent = accepting(drop).replace("http://", "https://");
    assert_eq!(read(Request::new(silent)).unwrap_err().kind(), "network");
}

#[test]
fn the_authority_of_ssl_cert_file_is_trusted() {
    let authority = authority();
    let expired = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    };
    let good = secure(&authority, "127.0.0.1", |_| ());
    let other = secure(&authority, "elsewhere.test", |_| ());
    let old = secure(&authority, "127.0.0.1", expired);
    let file = std::env::temp_dir().join(format!("loopscope-ca-{}.pem", std::process::id()));
    std::fs::write(&file, authority.pem()).unwrap();
    let mut child = children::command("tls::child_that_trusts_ssl_cert_file");
    child.env_remove("SSL_CERT_DIR");
    let outcome = child.env("SSL_CERT_FILE", &file).env("TEST_URLS", [good, other, old].join(" ")).output();
    let _ = std::fs::remove_file(&file);
    children::expect_success(outcome.unwrap());
}

#[test]
#[ignore = "run by the_authority_of_ssl_cert_file_is_trusted"]
fn child_that_trusts_ssl_cert_file() {
    let urls = std::env::var("TEST_URLS").unwrap();
    let [good, other, old] = urls.split(' ').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(read(Request::new(good)).unwrap(), b"ok");
    let redirect = answers(format!("HTTP/1.1 302 Found\r\nlocation: {good}\r\ncontent-length: 0\r\n\r\n"));
    assert_eq!(read(Request::new(redirect)).unwrap(), b"ok");
    expect_error(read(Request::new(other)), "network", &["issued for another name", "elsewhere.test"]);
    expect_error(read(Request::new(old)), "network", &["expired"]);
}

#[test]
fn a_system_without_certificates_is_explained() {
    let junk = std::env::temp_dir().join(format!("loopscope-junk-{}.pem", std::process::id()));
    std::fs::write(&junk, "no certificate\n").unwrap();
    let empty = std::env::temp_dir();
    for (file, says) in
        [(Path::new("/nonexistent.pem"), "cannot be read"), (&junk, "has no certificate"), (&empty, "cannot be read")]
    {
        let mut child = children::command("tls::child_without_certificates");
        child.env_remove("SSL_CERT_DIR").env("SSL_CERT_FILE", file).env("TEST_SAYS", says);
        children::expect_success(child.output().unwrap());
    }
    let _ = std::fs::remove_file(&junk);
}

#[test]
#[ignore = "run by a_system_without_certificates_is_explained"]
fn child_without_certificates() {
    let outcome = read(Request::new("https://127.0.0.1:1/"));
    let (file, says) = (std::env::var("SSL_CERT_FILE").unwrap(), std::env::var("TEST_SAYS").unwrap());
    expect_error(outcome, "network", &["https is not possible here", "SSL_CERT_FILE", &file, &says]);
}

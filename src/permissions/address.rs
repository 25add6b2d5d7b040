//! Hosts and ports, as flags name them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

use crate::net::Target;

/// `HOST` or `HOST:PORT` of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Normalised, as in [`Target`].
    host: Name,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Domain(String),
    Ip(IpAddr),
}

impl Address {
    /// Understands `example.com`, `example.com:443`, `127.0.0.1:8080`, `::1` and `[::1]:8080`.
    ///
    /// # Errors
    /// What was expected, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "expected HOST or HOST:PORT, such as example.com or 127.0.0.1:8080".to_string();
        // as a name it would match nothing, and whoever wrote it meant more
        if text.contains('*') {
            return Err(format!("{}; `*` stands for nothing here: without =HOST all hosts are meant", wrong()));
        }
        if let Ok(ip) = text.parse::<Ipv6Addr>() {
            return Ok(Self { host: Name::Ip(reached(ip.into())), port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') => (host, Some(port.parse().map_err(|_| wrong())?)),
            _ => (text, None),
        };
        let host = match Host::parse(host).map_err(|_| wrong())? {
            Host::Domain(name) => Name::Domain(plain(&name).to_string()),
            Host::Ipv4(ip) => Name::Ip(reached(ip.into())),
            Host::Ipv6(ip) => Name::Ip(reached(ip.into())),
        };
        Ok(Self { host, port })
    }

    /// Whether the target is meant, by its name or by the address that stands for it. `localhost` means all addresses of
    /// this machine's own, too.
    pub fn names(&self, target: &Target) -> bool {
        let host = match &self.host {
            Name::Ip(ip) => target.address.is_some_and(|address| reached(address) == *ip),
            Name::Domain(name) if name == "localhost" => {
                let literal = target.host.parse::<IpAddr>();
                plain(target.host) == "localhost" || literal.is_ok_and(|ip| reached(ip).is_loopback())
            }
            Name::Domain(name) => plain(target.host).eq_ignore_ascii_case(name),
        };
        host && self.port.is_none_or(|port| port == target.port)
    }

    /// The same for what is denied, where a name for this machine reaches as far as its addresses do.
    pub fn reaches(&self, target: &Target) -> bool {
        let port = self.port.is_none_or(|port| port == target.port);
        let own = matches!(&self.host, Name::Domain(name) if name == "localhost");
        self.names(target) || (port && own && target.address.is_some_and(|ip| reached(ip).is_loopback()))
    }
}

/// The address that a connection to this one ends at. The unspecified ones, `0.0.0.0` and `::`, lead to this machine.
fn reached(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

/// A name without the dot that may end it.
fn plain(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// A target as a flag would name it.
pub(super) fn text_of(target: &Target) -> String {
    match target.host.contains(':') {
        true => format!("[{}]:{}", target.host, target.port),
        false => format!("{}:{}", target.host, target.port),
    }
}

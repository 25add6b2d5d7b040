//! The server behind `demo_server()`: an HTTP server to practise on, without internet.
//!
//! Its delays follow the script's clock, virtual or not. Answers carry no date and nothing random: the same requests
//! get the same answers.

mod echo;
mod outgoing;
mod reply;
mod routes;
mod site;

use std::future::Future;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

pub use self::routes::ROUTES;
use self::routes::Routes;
use super::clock::Clock;
use super::error::Error;
use super::server::{self, HEAD_TIMEOUT, Server, Surroundings};

/// How long [`DemoServer::stop`] lets answers that are under way continue, on the script's clock.
const GRACE: Duration = Duration::from_secs(1);

/// A running server. Dropping it ends it and cuts its connections.
pub struct DemoServer(Server);

impl DemoServer {
    /// Starts a server on a free port of 127.0.0.1; it accepts connections from this moment.
    ///
    /// `clock` times its delays. `on_activity` is called when a connection or a request arrives, and when an answer or
    /// a piece of one is handed to a connection. Fails if no socket can be had. Must be called on a tokio
    /// `LocalRuntime` or within a `LocalSet`.
    pub fn start(clock: Rc<dyn Clock>, on_activity: Rc<dyn Fn()>) -> Result<Self, Error> {
        Self::start_on(0, clock, on_activity)
    }

    /// [`DemoServer::start`] on a certain port; fails if that is taken.
    pub fn start_on(port: u16, clock: Rc<dyn Clock>, on_activity: Rc<dyn Fn()>) -> Result<Self, Error> {
        Self::start_at(server::bind(port, None)?, clock, on_activity)
    }

    /// [`DemoServer::start`] on a socket that listens already.
    pub fn start_at(listener: TcpListener, clock: Rc<dyn Clock>, on_activity: Rc<dyn Fn()>) -> Result<Self, Error> {
        let port = listener.local_addr().map_err(|error| Error::io(error.to_string()))?.port();
        let routes = Rc::new(Routes::new(port, Rc::clone(&clock), Rc::clone(&on_activity)));
        let around = Surroundings { clock, on_activity, head_timeout: HEAD_TIMEOUT, date: false };
        let server = Server::start(listener, around, routes);
        server.map(Self).map_err(|error| Error::io(error.to_string()))
    }

    /// The address, without a slash at the end: `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// When awaited, refuses new connections, lets answers under way continue for a second of the script's clock,
    /// and is ready when all connections are closed. Can be called repeatedly.
    pub fn stop(&self) -> impl Future<Output = ()> + use<> {
        self.0.stop(GRACE)
    }

    /// The server itself.
    pub fn into_server(self) -> Server {
        self.0
    }
}

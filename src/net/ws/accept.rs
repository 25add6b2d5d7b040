//! The server's side of a WebSocket: from a request of HTTP to the socket.

use std::future::Future;
use std::rc::Rc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Io, MAX_MESSAGE, WebSocket, config};

/// Whether a request asks for a WebSocket.
pub fn wants(request: &Request<Incoming>) -> bool {
    has_word(request.headers(), header::UPGRADE, "websocket")
}

/// The answer to a request for a WebSocket; what the client does wrong is said in the other answer.
pub fn accept(request: &Request<Incoming>) -> Result<Response<()>, Box<Response<String>>> {
    let headers = request.headers();
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let right = request.method() == Method::GET && wants(request) && has_word(headers, header::CONNECTION, "upgrade");
    let version = headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|v| v.as_bytes() == b"13");
    let (Some(key), true, true) = (key, right, version) else {
        return Err(Box::new(refusal()));
    };
    let mut answer = Response::new(());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let fields = answer.headers_mut();
    fields.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(value) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        fields.insert(header::SEC_WEBSOCKET_ACCEPT, value);
    }
    Ok(answer)
}

fn refusal() -> Response<String> {
    let mut answer = Response::new("this path is a WebSocket: open it with ws_connect(url)\n".to_owned());
    *answer.status_mut() = StatusCode::UPGRADE_REQUIRED;
    for (name, value) in [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::UPGRADE, "websocket"),
        (header::CONNECTION, "Upgrade"),
        (header::SEC_WEBSOCKET_VERSION, "13"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Whether a header that is a list has this word in it.
fn has_word(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
}

/// The socket, once the answer of [`accept`] was sent; with what the client has sent already.
pub async fn let_in(stream: TcpStream, read: Bytes, max_message: usize) -> WebSocket {
    let stream: Box<dyn Io> = Box::new(stream);
    let config = Some(config(max_message));
    let frames = WebSocketStream::from_partially_read(stream, read.into(), Role::Server, config).await;
    WebSocket::new(frames, max_message, true)
}

/// Sends back what comes, until either side closes or `stop` is ready.
pub async fn echo(stream: TcpStream, read: Bytes, on_activity: Rc<dyn Fn()>, stop: impl Future<Output = ()>) {
    let socket = let_in(stream, read, MAX_MESSAGE).await;
    let echoing = async {
        while let Ok(Some(message)) = socket.next().await {
            on_activity();
            if socket.send(message).await.is_err() {
                break;
            }
            on_activity();
        }
    };
    tokio::select! {
        () = echoing => {}
        () = stop => socket.close_leaving().await,
    }
    on_activity();
}

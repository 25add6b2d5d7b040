//! What `serve` does with a request: a task for the handler, and its value as the answer.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode, Uri};
use rhai::{Dynamic, FnPtr, Map};
use tokio::sync::oneshot;

use super::super::websocket::Socket;
use super::reply::answer_of;
use super::short_path;
use crate::engine::spawn::Origin;
use crate::engine::task::Call;
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel, TaskRef};
use crate::lang::Raise;
use crate::net::intake::{self, Limits};
use crate::net::server::{Answering, HEAD_TIMEOUT, Link, Service};
use crate::net::ws;
use crate::trace::event::WaitClass;

/// What `serve` was given.
pub(super) struct Handlers {
    pub handler: Option<FnPtr>,
    pub ws: Option<FnPtr>,
    pub port: u16,
    pub max_body: u64,
    pub timeout: Duration,
}

impl Default for Handlers {
    fn default() -> Self {
        Self { handler: None, ws: None, port: 0, max_body: 10 << 20, timeout: HEAD_TIMEOUT }
    }
}

impl Handlers {
    /// The defaults, with this handler.
    pub fn new(handler: FnPtr) -> Self {
        Self { handler: Some(handler), ..Self::default() }
    }
}

/// Answers by handlers.
pub(super) struct Serving {
    kernel: Rc<Kernel>,
    handlers: Handlers,
    origin: Origin,
}

type Answer = Response<Full<Bytes>>;

impl Service for Serving {
    type Body = Full<Bytes>;

    fn answer(self: Rc<Self>, request: Request<Incoming>, link: &Rc<Link>) -> Answering<Full<Bytes>> {
        let link = self.handlers.ws.as_ref().map(|_| Rc::clone(link));
        Box::pin(async move {
            self.kernel.local.disturb();
            if let Some((status, reason)) = intake::objection(&request) {
                return Ok(closing(plain(status, reason)));
            }
            let answer = match link.filter(|_| ws::wants(&request)) {
                Some(link) => self.let_in(&request, &link),
                None => self.handle(request).await,
            };
            self.kernel.local.disturb();
            Ok(answer)
        })
    }
}

impl Serving {
    /// Answers by these handlers, on behalf of the task that runs now.
    pub fn new(kernel: &Rc<Kernel>, handlers: Handlers) -> Self {
        Self { kernel: kernel.clone(), handlers, origin: kernel.origin() }
    }

    async fn handle(&self, mut request: Request<Incoming>) -> Answer {
        let limits = Limits { max_body: self.handlers.max_body, timeout: self.handlers.timeout };
        let body = match intake::body(&mut request, limits).await {
            Ok(body) => body,
            Err((status, reason)) => return closing(plain(status, reason)),
        };
        let Some(handler) = &self.handlers.handler else {
            return plain(StatusCode::UPGRADE_REQUIRED, "this server speaks WebSocket only\n");
        };
        if self.kernel.check_room().is_err() {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "too many tasks\n");
        }
        let name = format!("{} {}", request.method(), short_path(request.uri()));
        let (answer, answered) = oneshot::channel();
        let op = Handle { call: Some((handler.clone(), request_map(&request, body))), answer: Some(answer) };
        let _answers = self.kernel.answers();
        let mut task = self.start(&name, op);
        let answer = answered.await;
        task.done = true;
        answer.unwrap_or_else(|_| plain(StatusCode::SERVICE_UNAVAILABLE, "the request was cancelled\n"))
    }

    /// Starts a task of a handler, which is cancelled when what this gives is dropped before it is done.
    fn start(&self, name: &str, op: impl Op + 'static) -> Running {
        let future = Future::new(op, self.origin.spawned);
        future.take();
        let task = self.kernel.start_for(&self.origin, name, Call::Op(future));
        task.flag(|f| f.handles = true);
        Running { kernel: self.kernel.clone(), task, done: false }
    }

    fn let_in(self: &Rc<Self>, request: &Request<Incoming>, link: &Link) -> Answer {
        let answer = match ws::accept(request) {
            Ok(answer) => answer.map(|()| Full::default()),
            Err(refusal) => return refusal.map(|text| Full::new(text.into())),
        };
        let Some(handler) = self.handlers.ws.clone() else { return answer };
        let path = short_path(request.uri());
        let name = format!("WS {path}");
        let inside = self.kernel.is_talking_to_itself();
        let (this, stop) = (Rc::clone(self), link.told_to_stop());
        link.hand_over(Box::new(move |stream, read| {
            Box::pin(async move {
                let socket = Rc::new(ws::let_in(stream, read, ws::MAX_MESSAGE).await);
                let (answer, mut ended) = oneshot::channel();
                let value = Dynamic::from(Socket::accepted(&socket, &path, inside));
                let op = Converse { call: Some((handler, value)), socket: socket.clone(), _ended: answer };
                let mut task = this.start(&name, op);
                tokio::select! {
                    _ = &mut ended => {}
                    () = stop => {
                        socket.close_leaving().await;
                        let _ = ended.await;
                    }
                }
                task.done = true;
            })
        }));
        answer
    }
}

/// A handler's task. When the client goes away before it is done, it is cancelled.
struct Running {
    kernel: Rc<Kernel>,
    task: TaskRef,
    done: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.done && self.kernel.cancel(&self.task) {
            self.kernel.inbox.nudge();
        }
    }
}

/// Calls the handler, and hands its value to the connection.
struct Handle {
    call: Option<(FnPtr, Map)>,
    answer: Option<oneshot::Sender<Answer>>,
}

impl Op for Handle {
    fn poll(&mut self, _: &mut Cx) -> Step {
        match self.call.take() {
            Some((handler, request)) => Step::Call(handler, vec![request.into()]),
            None => Step::Pending,
        }
    }

    fn resume(&mut self, cx: &mut Cx, result: Result<Dynamic, Raise>) -> Step {
        let outcome = result.and_then(|value| answer_of(&value).map_err(Raise::from));
        let (answer, end) = match outcome {
            Ok(answer) => (answer, Ok(Dynamic::UNIT)),
            Err(Raise::Error(failure)) => {
                (plain(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error\n"), Err(Raise::Error(failure)))
            }
            Err(other) => (plain(StatusCode::SERVICE_UNAVAILABLE, "the request was cancelled\n"), Err(other)),
        };
        cx.kernel.local.disturb();
        if let Some(waiting) = self.answer.take() {
            // a client that went away needs none
            let _ = waiting.send(answer);
        }
        Step::Done(end)
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        "handler".into()
    }
}

/// Calls the handler of a WebSocket, and closes it when that has ended.
struct Converse {
    call: Option<(FnPtr, Dynamic)>,
    socket: Rc<ws::WebSocket>,
    /// Dropped at the end, which tells the connection.
    _ended: oneshot::Sender<()>,
}

impl Op for Converse {
    fn poll(&mut self, _: &mut Cx) -> Step {
        match self.call.take() {
            Some((handler, socket)) => Step::Call(handler, vec![socket]),
            None => Step::Pending,
        }
    }

    fn resume(&mut self, cx: &mut Cx, result: Result<Dynamic, Raise>) -> Step {
        let (socket, kernel) = (self.socket.clone(), cx.kernel.clone());
        let failed = matches!(result, Err(Raise::Error(_)));
        if !socket.is_over() {
            // not by this task, which may be cancelled
            tokio::task::spawn_local(async move {
                if failed {
                    socket.close_failed().await
                } else {
                    socket.close().await
                }
                kernel.local.disturb();
            });
        }
        Step::Done(result.map(|_| Dynamic::UNIT))
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        "handler".into()
    }
}

/// The request as a handler gets it.
fn request_map(request: &Request<Incoming>, body: Bytes) -> Map {
    let mut map = Map::new();
    map.insert("method".into(), request.method().as_str().into());
    map.insert("path".into(), intake::path(request.uri()).into());
    map.insert("query".into(), query_map(request.uri()).into());
    let headers = request.headers();
    let headers: Map =
        headers.keys().map(|name| (name.as_str().into(), intake::joined(headers, name).into())).collect();
    map.insert("headers".into(), headers.into());
    let body = match String::from_utf8(body.into()) {
        Ok(text) => text.into(),
        Err(error) => Dynamic::from_blob(error.into_bytes()),
    };
    map.insert("body".into(), body);
    map
}

/// The query; a name that is repeated has an array.
fn query_map(uri: &Uri) -> Map {
    let mut map = Map::new();
    for (name, value) in intake::query(uri) {
        let value = Dynamic::from(value.into_owned());
        match map.get_mut(name.as_ref()) {
            Some(there) => {
                let mut values = match there.is_array() {
                    true => there.take().into_array().unwrap_or_default(),
                    false => vec![there.take()],
                };
                values.push(value);
                *there = values.into();
            }
            None => drop(map.insert(name.into_owned().into(), value)),
        }
    }
    map
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// An answer after which nothing more is read.
fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

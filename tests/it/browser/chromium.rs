//! Chromium without a window, driven by its DevTools protocol over a pipe: JSON messages, a zero byte after each.

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A machine may be slow, but not that slow.
const PATIENCE: Duration = Duration::from_secs(60);
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox", // as root, in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars=false",
    "--remote-debugging-pipe",
];

/// A browser with one tab.
pub struct Browser {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    profile: PathBuf,
    session: Value,
    sent: u64,
    events: Vec<Value>,
}

impl Browser {
    /// Starts Chromium; `None`, and a word about it, where there is none.
    pub fn start() -> Option<Browser> {
        let Some(program) = find() else {
            // Past the harness, which keeps what passing tests print to itself.
            let _ = writeln!(std::io::stderr(), "test skipped: there is no chromium here");
            return None;
        };
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("browser-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // The browser reads from descriptor 3 and writes to 4.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec 3<&0 4>&1; exec "$@" </dev/null >/dev/null"#, "sh"])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        let stdin = child.stdin.take().expect("stdin is a pipe");
        let messages = listen(BufReader::new(child.stdout.take().expect("stdout is a pipe")));
        let (session, events) = (Value::Null, Vec::new());
        let mut browser = Browser { child, stdin, messages, profile, session, sent: 0, events };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let targets = self.call("Target.getTargets", json!({}));
        let targets = targets["targetInfos"].as_array().expect("targets").clone();
        let page = targets.iter().find(|target| target["type"] == "page").expect("a tab");
        let params = json!({"targetId": page["targetId"], "flatten": true});
        self.session = self.call("Target.attachToTarget", params)["sessionId"].take();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
        self.resize(1280, 720);
    }

    /// Calls a method of the protocol, and gives its result.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": params});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.stdin.write_all(&bytes).expect("the browser listens");
        loop {
            let mut answer = self.messages.recv_timeout(PATIENCE).expect(method);
            if answer["id"] == self.sent {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    /// The value of an expression on the page; a promise is awaited.
    pub fn eval(&mut self, code: &str) -> Value {
        let params = json!({"expression": code, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{code}: {answer}");
        answer["result"]["value"].take()
    }

    /// The text of the element with this id, once its page has been drawn.
    pub fn text(&mut self, id: &str) -> String {
        let code = format!(
            "new Promise((done) => requestAnimationFrame(() => setTimeout(() => \
             done(document.getElementById('{id}').textContent))))"
        );
        self.eval(&code).as_str().unwrap_or_default().to_string()
    }

    /// Waits until an expression on the page is true.
    pub fn until(&mut self, code: &str) {
        let start = Instant::now();
        while self.eval(code) != Value::Bool(true) {
            assert!(start.elapsed() < PATIENCE, "never true: {code}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Opens a file, and waits until the page in it is ready.
    pub fn open(&mut self, file: &Path) {
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        self.until("document.documentElement?.dataset.ready === 'true'");
    }

    pub fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Sets a preference of the reader, such as `prefers-color-scheme`.
    pub fn prefer(&mut self, name: &str, value: &str) {
        self.call("Emulation.setEmulatedMedia", json!({"features": [{"name": name, "value": value}]}));
    }

    /// Presses and releases a key.
    pub fn key(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        // What the browser itself does on a key, such as to close a dialog, goes by its code.
        let code = if key == "Escape" { 27 } else { 0 };
        let down = json!({"type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": key}));
    }

    /// What the mouse does at a point of the page: `mousePressed`, `mouseReleased`, or `mouseMoved`, which drags.
    pub fn mouse(&mut self, what: &str, (x, y): (f64, f64)) {
        let buttons = i32::from(what != "mouseReleased");
        let event = json!({"type": what, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1});
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Moves the mouse to a point, no button pressed.
    pub fn hover(&mut self, (x, y): (f64, f64)) {
        self.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": x, "y": y}));
    }

    pub fn click(&mut self, at: (f64, f64)) {
        self.mouse("mousePressed", at);
        self.mouse("mouseReleased", at);
    }

    /// The point at these parts of the width and the height of the element with this id.
    pub fn point(&mut self, id: &str, across: f64, down: f64) -> (f64, f64) {
        let code = format!(
            "(() => {{ const box = document.getElementById('{id}').getBoundingClientRect(); \
             return [box.left + box.width * {across}, box.top + box.height * {down}]; }})()"
        );
        let point = self.eval(&code);
        (point[0].as_f64().expect("x"), point[1].as_f64().expect("y"))
    }

    /// A picture of the page, kept among the build's files to be looked at.
    pub fn picture(&mut self, name: &str) -> Vec<u8> {
        let shot = self.call("Page.captureScreenshot", json!({"format": "png"}));
        let png = STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
        fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), &png).expect("the folder can be written to");
        png
    }

    /// What the browser complained about since it started, and what it asked of the network.
    pub fn complaints(&mut self) -> Vec<String> {
        self.call("Runtime.evaluate", json!({"expression": "0"})); // what came before has arrived
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded") => true,
            Some("Page.javascriptDialogOpening") => true,
            Some("Network.requestWillBeSent") => {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                !url.starts_with("file:") && !url.starts_with("data:") && url != "about:blank"
            }
            _ => false,
        };
        self.events.iter().filter(is_complaint).map(Value::to_string).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already, or have left something behind; a test has nothing to say about that.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// The browser's program, if it is on the path.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let files = std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// Reads the browser's messages on a thread of their own, so that one can wait for them with a limit.
fn listen(mut pipe: impl BufRead + Send + 'static) -> Receiver<Value> {
    let (sender, messages) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        while pipe.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
            bytes.pop();
            let message = serde_json::from_slice(&bytes).expect("messages are JSON");
            if sender.send(message).is_err() {
                return;
            }
            bytes.clear();
        }
    });
    messages
}

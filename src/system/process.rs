//! Processes, each in a group of its own, so that what it started goes with it. No shell.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};

use super::Error;
use crate::permissions::Program;

/// What to start.
#[derive(Clone, Debug)]
pub struct Spec {
    pub program: Program,
    pub args: Vec<String>,
    /// Where, if not in the current folder.
    pub cwd: Option<PathBuf>,
    /// Added to the environment.
    pub env: Vec<(String, String)>,
}

/// What came of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    pub status: i64,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Ends a process and what it started, unless it has ended.
#[derive(Clone, Debug)]
pub struct Killer(Rc<Cell<Option<u32>>>);

impl Killer {
    /// Ends it at once. Whoever waits for it will see that.
    pub fn kill(&self) {
        // not yet waited for, so that its number can't be another's
        if let Some(id) = self.0.get() {
            kill_group(id);
        }
    }

    fn disarm(&self) {
        if let Some(id) = self.0.take() {
            groups().remove(&id);
        }
    }
}

#[cfg(unix)]
fn kill_group(id: u32) {
    let id = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill_group(_: u32) {} // dropping the child ends it

/// The groups of processes that run.
static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn groups() -> MutexGuard<'static, BTreeSet<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all processes that were started here.
pub fn kill_all() {
    groups().iter().for_each(|id| kill_group(*id));
}

/// Leaves the program without dropping what holds the processes.
pub fn leave(code: i32) -> ! {
    kill_all();
    std::process::exit(code)
}

/// The same without a look at anything that another thread may hold, such as the output.
pub fn leave_at_once(code: i32) -> ! {
    kill_all();
    signal_hook::low_level::exit(code)
}

/// A process that runs; dropping it ends it.
pub struct Running {
    pub child: Child,
    killer: Killer,
}

impl Running {
    /// Waits for its end.
    ///
    /// # Errors
    /// What the system says.
    pub async fn wait(&mut self) -> io::Result<i64> {
        let status = self.child.wait().await?;
        self.killer.disarm();
        Ok(code(status))
    }

    /// What ends it.
    pub fn killer(&self) -> Killer {
        self.killer.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.killer.kill();
        self.killer.disarm();
    }
}

/// Starts a process. Its three streams are pipes, but stdin is empty unless `stdin` is wanted.
///
/// # Errors
/// "io" if it can't be started.
pub fn start(spec: &Spec, stdin: bool) -> Result<Running, Error> {
    let mut command = Command::new(&spec.program.file);
    command
        .args(&spec.args)
        .envs(spec.env.iter().map(|(name, value)| (name, value)))
        .stdin(if stdin { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.arg0(&spec.program.name).process_group(0);
    if let Some(folder) = &spec.cwd {
        command.current_dir(folder);
    }
    let doing = || match &spec.cwd {
        Some(folder) => format!("run {:?} in {:?}", spec.program.name, folder.display().to_string()),
        None => format!("run {:?}", spec.program.name),
    };
    let child = command.spawn().map_err(|e| Error::of(&doing(), &e))?;
    groups().extend(child.id());
    let killer = Killer(Rc::new(Cell::new(child.id())));
    Ok(Running { child, killer })
}

/// Runs a process to its end; gives what it wrote. When the future is dropped, the process is killed.
///
/// # Errors
/// "io" if it can't be run; "limit" if it writes more than `most` bytes to one of its streams.
pub async fn run(spec: &Spec, input: Option<Vec<u8>>, most: u64) -> Result<Finished, Error> {
    let mut running = start(spec, input.is_some())?;
    let name = &spec.program.name;
    let (stdin, out, err) = (running.child.stdin.take(), running.child.stdout.take(), running.child.stderr.take());
    let streams = async {
        tokio::try_join!(
            feed(name, stdin, input.unwrap_or_default()),
            collect(name, "stdout", out, most),
            collect(name, "stderr", err, most)
        )
    };
    let ((), stdout, stderr) = streams.await?;
    let status = running.wait().await.map_err(|e| Error::of(&format!("wait for {name:?}"), &e))?;
    Ok(Finished { status, stdout, stderr })
}

async fn feed(name: &str, stdin: Option<ChildStdin>, input: Vec<u8>) -> Result<(), Error> {
    let Some(mut stdin) = stdin else {
        return Ok(());
    };
    match stdin.write_all(&input).await {
        // who ends without reading all is free to
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Error::of(&format!("write to {name:?}"), &e)),
        _ => Ok(()),
    }
}

async fn collect(name: &str, which: &str, stream: Option<impl AsyncRead + Unpin>, most: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let Some(stream) = stream else {
        return Ok(bytes);
    };
    let read = stream.take(most.saturating_add(1)).read_to_end(&mut bytes).await;
    read.map_err(|e| Error::of(&format!("read {which} of {name:?}"), &e))?;
    match bytes.len() as u64 > most {
        true => Err(Error::limit(format!(
            "{name:?} wrote more than {most} bytes to {which} and was killed: raise the option max_output, or read it \
             as it comes by spawn_process"
        ))),
        false => Ok(bytes),
    }
}

/// The exit code; of a process that a signal ended the signal's number, negative, as in Python.
fn code(status: ExitStatus) -> i64 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return -i64::from(signal);
    }
    status.code().map_or(-1, i64::from)
}

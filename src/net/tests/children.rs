//! Tests that need a process of their own, with another environment or other limits: this very binary, told to run
//! one ignored test.

use std::process::{Command, Output};

use super::*;

/// A command that runs the ignored test of that name, below this module.
pub fn command(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments(test));
    command
}

/// The same under `ulimit -n`.
fn command_with_few_files(test: &str, files: u32) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")]);
    command.arg(std::env::current_exe().unwrap()).args(arguments(test));
    command
}

fn arguments(test: &str) -> [String; 3] {
    let (_, module) = module_path!().split_once("::").unwrap();
    let module = module.trim_end_matches("::children");
    [format!("{module}::{test}"), "--exact".to_owned(), "--ignored".to_owned()]
}

#[track_caller]
pub fn expect_success(output: Output) {
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

#[test]
#[cfg(unix)]
fn too_many_open_files() {
    let url = raw(|_, socket| {
        thread::sleep(Duration::from_millis(300));
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    let mut child = command_with_few_files("children::child_with_few_files", 64);
    expect_success(child.env("TEST_URLS", url).output().unwrap());
}

#[test]
#[ignore = "run by too_many_open_files"]
fn child_with_few_files() {
    let url = std::env::var("TEST_URLS").unwrap();
    run(async {
        let client = Rc::new(Client::default());
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let (client, url) = (client.clone(), url.clone());
                tokio::task::spawn_local(async move { text(&client, url).await })
            })
            .collect();
        let mut failures = Vec::new();
        for task in tasks {
            failures.extend(task.await.unwrap().err());
        }
        assert!((100..199).contains(&failures.len()), "{} failures", failures.len());
        for error in failures {
            expect_error(Err::<(), _>(error), "network", &["Too many open files", "semaphore", "ulimit"]);
        }
        assert_eq!(text(&client, url).await.unwrap(), "ok", "it recovers");
    });
}

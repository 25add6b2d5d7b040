//! The page that replays a run, in a browser: what is shown, what mouse and keys do, and that it is quick.

mod chromium;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chromium::Browser;
use serde_json::Value;

/// The example in which `crunch` blocks the loop from 0.15 s to 0.45 s of 0.75 s, and `tick` is due at 0.2 s.
const BLOCKING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/examples/blocking.rhai");

/// Collects the moments that the page shows from now on.
const WATCH_STEPS: &str = "
    globalThis.steps = new Set();
    const step = document.getElementById('step');
    new MutationObserver(() => steps.add(step.textContent)).observe(step, { childList: true });
    0";

/// One browser at a time: several would only slow each other down.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The page of a run of this script on the virtual clock.
fn page_of(script: &Path, name: &str) -> PathBuf {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("html");
    let mut run = Command::new(env!("CARGO_BIN_EXE_loopscope"));
    run.args(["run", "--virtual-time", "--trace"]).arg(&page).arg(script);
    let output = run.output().expect("loopscope starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    page
}

/// The same of a script's text.
fn page_of_text(text: &str, name: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("rhai");
    fs::write(&script, text).expect("the folder can be written to");
    page_of(&script, name)
}

/// The numbers of running, ready, waiting and finished tasks that the page shows.
fn counts(browser: &mut Browser) -> String {
    ["running", "ready", "waiting", "finished"].map(|state| browser.text(&format!("count-{state}"))).join(" ")
}

#[test]
fn the_page_plays_and_scrubs() {
    let _alone = alone();
    let Some(mut browser) = Browser::start() else { return };
    browser.open(&page_of(Path::new(BLOCKING), "blocking"));
    assert_eq!(browser.text("now"), "The run begins with main.");
    assert_eq!(browser.text("step"), "event 1 of 37");

    // The strip and the lanes show what there was at the place of the mouse.
    let from = browser.point("scrub", 0.1, 0.5);
    let to = browser.point("scrub", 0.3 / 0.75, 0.5);
    browser.mouse("mousePressed", from);
    browser.mouse("mouseMoved", to);
    browser.mouse("mouseReleased", to);
    assert_eq!(counts(&mut browser), "1 1 1 0");
    assert!(browser.text("source").contains("blocking_sleep"), "the source is shown");
    let head = browser.eval("Number(document.getElementById('scrub').value) / 1e6 * 0.75");
    assert!((head.as_f64().unwrap_or_default() - 0.3).abs() < 0.01, "{head}");
    let end = browser.point("scrub", 1.0, 0.5);
    let lane = browser.point("lanes", 0.0, 0.5);
    browser.click((end.0 + 4.0, lane.1));
    assert_eq!(browser.text("step"), "event 37 of 37");

    // What is pointed at is explained: the lane of task 1 at 0.3 s.
    let row = browser.eval("parseFloat(getComputedStyle(document.documentElement).fontSize)").as_f64();
    let top = browser.point("lanes", 0.0, 0.0).1 + row.expect("a size") * (1.7 + 1.75 * 1.5);
    browser.hover((to.0, top));
    let hint = browser.text("hint");
    let busy = r#"Task 1 "tick" is ready since 0.200 s: the loop is busy with task 2 "crunch" since 0.150 s."#;
    assert!(hint.starts_with(busy), "{hint}");

    // From the end, a replay begins anew; each event is shown in its turn.
    let play = browser.point("play", 0.5, 0.5);
    browser.eval(WATCH_STEPS);
    browser.click(play);
    browser.until("steps.size > 2");
    browser.eval("document.getElementById('speed').value = 5, document.getElementById('speed').dispatchEvent(new Event('input'))");
    browser.until("document.documentElement.dataset.playing === 'false'");
    assert_eq!((browser.text("step"), counts(&mut browser)), ("event 37 of 37".into(), "0 0 0 3".into()));
    assert_eq!(browser.text("output").matches("tick").count(), 10); // a name and a text for each of five prints
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn the_page_needs_no_mouse() {
    let _alone = alone();
    let Some(mut browser) = Browser::start() else { return };
    browser.prefer("prefers-reduced-motion", "reduce");
    browser.open(&page_of(Path::new(BLOCKING), "keys"));
    browser.key("ArrowRight");
    assert_eq!(browser.text("now"), "Main gets the loop, and runs for the first time.");
    browser.key("n");
    let now = browser.text("now");
    assert_eq!(
        now,
        "Task 2 \"crunch\" kept the loop for 0.30 s without an await in line 13: 1 task was ready and had to wait."
    );
    browser.key("ArrowLeft");
    assert_eq!(browser.text("now"), "Task 2 \"crunch\" prints: crunched at 0.45 s");
    browser.key("ArrowDown");
    browser.key("ArrowUp");
    let picked = browser.text("picked");
    assert!(picked.trim().starts_with("Task 1 \"tick\" is ready since 0.200 s"), "{picked}");
    browser.key("End");
    assert_eq!(browser.text("step"), "event 37 of 37");
    browser.key("Home");
    browser.key(">");
    assert_eq!((browser.text("step"), browser.text("speed-text")), ("event 1 of 37".into(), "1.4×".into()));
    browser.key("?");
    browser.until("document.getElementById('help').open");
    browser.key("Escape");
    browser.until("!document.getElementById('help').open");
    browser.key("s");
    browser.until("document.getElementById('axis-steps').getAttribute('aria-pressed') === 'true'");
    browser.eval(WATCH_STEPS);
    browser.key(" ");
    browser.until("steps.size > 2");
    browser.key("End");
    browser.until("document.documentElement.dataset.playing === 'false'");
    let unnamed = browser.eval(
        "[...document.querySelectorAll('button, input, select, [tabindex]')]\
         .filter((e) => !e.getAttribute('aria-label') && !e.textContent.trim() && !e.labels?.length).map((e) => e.id)",
    );
    assert_eq!(unnamed, Value::Array(Vec::new()), "controls without a name");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn light_and_dark_and_large() {
    let _alone = alone();
    let Some(mut browser) = Browser::start() else { return };
    let page = page_of(Path::new(BLOCKING), "looks");
    browser.prefer("prefers-color-scheme", "light");
    browser.resize(1920, 1080);
    browser.open(&page);
    let light = browser.picture("page-light.png");
    browser.prefer("prefers-color-scheme", "dark");
    browser.until("document.documentElement.dataset.theme === 'dark'");
    let dark = browser.picture("page-dark.png");
    browser.key("l");
    browser.until("document.documentElement.dataset.theme === 'light'");
    let size = "parseFloat(getComputedStyle(document.documentElement).fontSize)";
    let before = browser.eval(size).as_f64().unwrap_or_default();
    browser.key("t");
    assert!(browser.eval(size).as_f64().unwrap_or_default() > before * 1.2);
    let hidden = browser
        .eval("(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.getElementById('lanes'))");
    assert!(hidden.as_f64().is_some_and(|height| height < 2.0), "the lanes grow with the type: {hidden}");
    let large = browser.picture("page-large.png");
    for png in [&light, &dark, &large] {
        assert!(png.starts_with(b"\x89PNG") && png.len() > 20_000, "{} bytes", png.len());
    }
    assert!(light != dark && light != large);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn hostile_names_and_prints_are_texts_on_the_page() {
    let _alone = alone();
    let Some(mut browser) = Browser::start() else { return };
    let script = r##"
        // </script><script>document.title = "taken"</script><!--
        let evil = "</script><img src=x onerror=alert(1)><b>bold</b>";
        async fn work(text) { print(text); await sleep(0.1); throw text }
        let task = spawn(work(evil), evil);
        try { await task } catch (e) { print(e) }"##;
    browser.open(&page_of_text(script, "hostile"));
    browser.key("End");
    assert!(browser.text("output").contains("</script><img src=x onerror=alert(1)><b>bold</b>"));
    assert_eq!(browser.eval("document.title"), "hostile.rhai – loopscope");
    assert_eq!(browser.eval("document.querySelectorAll('img, #panes b').length"), 0);
    assert_eq!(browser.eval("document.scripts.length"), 2);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn ten_thousand_events_scrub_smoothly() {
    let _alone = alone();
    let Some(mut browser) = Browser::start() else { return };
    let script = "
        async fn work(i) { for k in 0..100 { await sleep(0.001 * ((i * 7 + k) % 13)); } }
        let tasks = [];
        for i in 0..40 { tasks.push(work(i)); }
        await gather(tasks);";
    browser.open(&page_of_text(script, "events"));
    let events = browser.eval("Number(document.getElementById('step').textContent.split(' of ')[1].replace(',', ''))");
    assert!(events.as_u64().is_some_and(|n| n >= 10_000), "{events}");
    // From a leap to what it shows, drawn and laid out, in milliseconds; of 60 leaps the quarter that the machine
    // did not disturb. A frame lasts 17; the limit is for machines that are busy.
    let work = browser.eval(
        "(async () => {
            const scrub = document.getElementById('scrub'), times = [];
            for (let n = 0; n < 60; n++) {
                const start = performance.now();
                scrub.value = String(n * 7919 % 60 / 60 * 1e6);
                scrub.dispatchEvent(new Event('input'));
                times.push(await new Promise((done) => requestAnimationFrame(() => {
                    document.body.offsetHeight;
                    done(performance.now() - start);
                })));
            }
            return times.sort((a, b) => a - b)[15];
        })()",
    );
    println!("{work} ms a frame");
    assert!(work.as_f64().is_some_and(|ms| ms < 500.0), "{work} ms a frame");
    let rows = browser.eval("document.querySelectorAll('.row').length");
    assert!(rows.as_u64().is_some_and(|n| n < 300), "{rows} rows on the page");
    assert_eq!(browser.complaints(), [""; 0]);
}

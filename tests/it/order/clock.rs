//! The clock: faster, slower, virtual.

use std::time::{Duration, Instant};

use super::Saved;

#[test]
fn speed_scales_sleeps_and_now_and_what_blocks() {
    let script = Saved::new(
        "
        await gather(sleep(40), sleep(30));
        let t = now();
        assert(t >= 40 && t < 400);
        blocking_sleep(1);
        assert(now() - t >= 1);
        ",
    );
    let began = Instant::now();
    let ran = script.run(&["--speed", "20", "--log"], "");
    let took = began.elapsed();
    ran.exits(0).says("main blocked the loop for 1").says("suspended  sleep(40)");
    assert!(took >= Duration::from_millis(2_000), "{took:?}");
    assert!(took < Duration::from_secs(35), "41 seconds, twenty times as fast, took {took:?}");
}

#[test]
fn a_slow_clock_is_slow() {
    let script = Saved::new("await sleep(0.01); assert(now() < 1);");
    let began = Instant::now();
    script.run(&["--speed", "0.1"], "").exits(0);
    assert!(began.elapsed() >= Duration::from_millis(100));
}

#[test]
fn computing_does_not_count_as_blocking_because_the_clock_is_fast() {
    // some milliseconds of computing are seconds on this clock
    let script = Saved::new("let n = 0; for i in 0..20000 { n += i } print(now()); await sleep(1);");
    let ran = script.run(&["--speed", "1000"], "");
    let took: f64 = ran.stdout.trim().parse().expect("a number");
    // but for a machine so busy that it took a tenth of a real second
    assert!((took > 0.1 && ran.stderr.is_empty()) || took > 90.0, "{ran:#?}");
    ran.exits(0);
}

#[test]
fn delays_of_the_demo_server_follow_the_speed() {
    let script = Saved::new(
        "
        let s = demo_server();
        let t = now();
        let patient = #{timeout: 1000};
        await gather(fetch(s.url + \"/delay/60000\", patient), fetch(s.url + \"/delay/30000\", patient));
        assert(now() - t >= 60);
        ",
    );
    let began = Instant::now();
    script.run(&["--speed", "200"], "").exits(0);
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
}

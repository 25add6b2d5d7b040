use super::*;

/// What a step did: from the n-th `await` of a text to another, counted from 1; 0 is the beginning and the end.
fn step(text: &str, from: usize, to: usize) -> String {
    let mut recording = Recording::default();
    recording.add_source("demo.rhai", text);
    let mut site = |n: usize| {
        let at = text.match_indices("await").nth(n - 1).map(|(at, _)| at).expect("so many awaits");
        let line = text[..at].matches('\n').count();
        let column = text[..at].rsplit('\n').next().map_or(0, |start| start.chars().count());
        recording.site("demo.rhai", line as u32 + 1, column as u32 + 1)
    };
    let from = if from == 0 { None } else { Some(From::Await(site(from))) };
    let to = if to == 0 { None } else { Some(site(to)) };
    shown(&Code::new(&recording).between(from.or(to.map(From::Start)), to))
}

fn shown(pieces: &[Piece]) -> String {
    let words = pieces.iter().map(|piece| match piece {
        Piece::Code(text) | Piece::Head(text) => text.clone(),
        Piece::Print(_) => "print".to_string(),
        Piece::Again => "again".to_string(),
        Piece::Await(before) => format!("{before} ⏸").trim_start().to_string(),
    });
    words.collect::<Vec<_>>().join(" / ")
}

#[test]
fn statements_between_two_awaits() {
    let text = "let a = 1; // one\nlet r = await f(a,  /* b */ 2);\na +=\n  r; print(\"a; }\"); await g(); done(a)";
    assert_eq!(step(text, 0, 1), "a = 1 / r = ⏸");
    assert_eq!(step(text, 1, 2), "a += r / print / ⏸");
    assert_eq!(step(text, 2, 0), "done(a)");
}

#[test]
fn a_loop_leads_back() {
    let text = "let n = 0;\nfor i in 0..3 {\n  n += i;\n  await sleep(1);\n  n -= 1;\n}\nend(n);";
    assert_eq!(step(text, 0, 1), "n = 0 / for i in 0..3 { / n += i / ⏸");
    assert_eq!(step(text, 1, 1), "n -= 1 / again / n += i / ⏸");
    assert_eq!(step(text, 1, 0), "n -= 1 / end(n)");
}

#[test]
fn the_head_of_a_loop_is_awaited_again() {
    let text = "while await q.next() != () { let x = 1; await work(x); tidy(); } bye();";
    assert_eq!(step(text, 1, 2), "x = 1 / ⏸");
    assert_eq!(step(text, 2, 1), "tidy() / again / while ⏸");
    assert_eq!(step(text, 1, 0), "bye()");
    let text = "loop { let job = await q.get(); if job == () { break; } use(job); }";
    assert_eq!(step(text, 0, 1), "loop { / job = ⏸");
    assert_eq!(step(text, 1, 1), "if job == () {…} / use(job) / again / job = ⏸");
}

#[test]
fn the_way_goes_through_one_branch() {
    let text = "if a { x(); await one(); y(); } else if b { await two(); } else { await three(); } z(); await four();";
    assert_eq!(step(text, 0, 1), "if a { / x() / ⏸");
    assert_eq!(step(text, 1, 4), "y() / z() / ⏸");
    assert_eq!(step(text, 2, 4), "z() / ⏸");
    let text = "try { await one(); } catch (e) { await two(); } let s = switch x { 1 => a(), 2 => await b() }; end();";
    assert_eq!(step(text, 1, 3), "s = switch x { / 2 => ⏸");
    assert_eq!(step(text, 2, 0), "s = switch x {…} / end()");
}

#[test]
fn bodies_keep_to_themselves() {
    let text =
        "async fn f(n) { let m = n; await sleep(m); m } let g = async |x| await f(x);\nlet t = g.call(1); await t;";
    assert_eq!(step(text, 0, 1), "m = n / ⏸");
    assert_eq!(step(text, 1, 0), "m");
    assert_eq!(step(text, 0, 2), "⏸");
    assert_eq!(step(text, 2, 0), "");
    assert_eq!(step(text, 0, 3), "g = async |x| f(x) / t = g.call(1) / ⏸");
}

#[test]
fn a_call_goes_on_in_the_function_and_comes_back() {
    let text = "async fn f(n) { let m = n; await sleep(m); rest(); }\nlet a = 1; await one(); let r = await f(a); await two();";
    assert_eq!(step(text, 2, 1), "r = f(a) / m = n / ⏸");
    assert_eq!(step(text, 1, 4), "rest() / ⏸");
    let text = "async fn f(n) { await sleep(n); n }\nlet r = await f(1); let s = await f(2); more(s); await two();";
    assert_eq!(step(text, 1, 4), "n / more(s) / ⏸");
}

#[test]
fn an_await_inside_brackets() {
    let text = "let x = g(1, await a()) + await b(); print(await c()); let m = #{k: await d()};";
    assert_eq!(step(text, 0, 1), "x = ⏸");
    assert_eq!(step(text, 1, 2), "⏸");
    assert_eq!(step(text, 2, 3), "⏸");
    assert_eq!(step(text, 3, 4), "m = ⏸");
}

#[test]
fn what_is_not_rhai_at_all_does_no_harm() {
    let parts =
        ["await", "{", "}", "(", ")", "\"", "`", "${", "async", "fn", "|", "for", "while", ";", "else", "é", "/*"];
    let mut state: u64 = 11;
    for _ in 0..2_000 {
        let mut text = String::from("await ");
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text += parts[(state >> 33) as usize % parts.len()];
            text.push(' ');
        }
        let count = text.matches("await").count();
        for (from, to) in [(0, count), (count, 0), (1, count), (count, 1)] {
            step(&text, from, to);
        }
    }
}

#[test]
fn places_outside_the_text_are_nowhere() {
    let mut recording = Recording::default();
    recording.add_source("a", "await x");
    let (far, other) = (recording.site("a", 9, 9), recording.site("b", 1, 1));
    let mut code = Code::new(&recording);
    for site in [far, other, SiteId::NONE] {
        assert!(code.between(None, Some(site)).is_empty());
        assert!(code.between(Some(From::Await(site)), None).is_empty());
        assert!(code.thrown(From::Start(site), site).is_empty());
    }
}

//! Programs written for a purpose: constructs of Rhai's own example scripts, and what random programs found.

use super::program::{Place, Program};
use super::{Lowered, Plain, compare};
use crate::support::{unindented, with_stack};

/// Name, functions, body. `⟦e⟧` is awaited, `§` and `⟪f(x)⟫` mark what is async.
const CASES: &[(&str, &str, &str)] = &[
    (
        "primes",
        "",
        "let max = ⟦50⟧; let mask = []; mask.pad(⟦max + 1⟧, ⟨true⟩); mask[0] = ⟦false⟧; mask[⟦1⟧] = false;
        let total = 0;
        for p in ⟦2..=max⟧ { if !⟦mask[p]⟧ { continue; } total += ⟦1⟧; let i = ⟦2 * p⟧;
            while ⟦i⟧ < ⟦max + 1⟧ { mask[⟦i⟧] = ⟦false⟧; i += ⟨p⟩; } }
        print(total); total",
    ),
    (
        "fibonacci",
        "§fn fib(n) { if ⟦n⟧ < 2 { n } else { ⟪fib(⟦n - 1⟧)⟫ + ⟪fib(n - 2)⟫ } }",
        "print(⟪fib(12)⟫);",
    ),
    (
        "matrices",
        "§fn new_mat(x, y) { let row = []; row.pad(⟦y⟧, 0); let m = []; m.pad(x, ⟦row⟧); m }
        §fn mul(a, b) {
            let m = ⟪new_mat(a.len, b[0].len)⟫;
            for i in 0..⟦a.len⟧ { for j in 0..b[⟦0⟧].len { m[⟦i⟧][⟦j⟧] = 0; for k in 0..b.len { m[i][⟦j⟧] += ⟦a⟧[i][⟦k⟧] * b[⟦k⟧][j]; } } }
            m
        }",
        "print(⟪mul([[1, 2], [3, 4]], ⟦[[5, 6], [7, 8]]⟧)⟫);",
    ),
    (
        "objects with methods",
        "",
        "let o = #{ data: ⟦40⟧, get: || this.data, add: |x| this.data += x, label: ⟦`n${40}`⟧ };
        o.add(⟦2⟧); print(o.get()); o.data = ⟦o.data⟧ * 2; print(`${⟦o.get()⟧}: ${o.label}`);
        o[⟦\"data\"⟧] -= ⟨1⟩; print(o.data);",
    ),
    (
        "bubble sort",
        "",
        "let a = ⟦[5, 3, 9, 1, 7]⟧; let swapped = ⟦true⟧;
        do { swapped = false; for i in 0..⟦a.len() - 1⟧ { if ⟦a[i]⟧ > a[⟦i + 1⟧] { let t = a[i]; a[⟦i⟧] = ⟦a[i + 1]⟧; a[i + 1] = ⟦t⟧; swapped = true; } } } while ⟦swapped⟧;
        print(a);",
    ),
    (
        "iterables of every kind",
        "",
        "for x in ⟦0..3⟧ { print(⟦x⟧) } for x in ⟦0..=3⟧ { print(⟦x⟧) } for x in ⟦range(0, 10, 4)⟧ { print(⟦x⟧) }
        for x in ⟦range(5, 0, -2)⟧ { print(⟦x⟧) } for x in ⟦range(0.0, 1.0, 0.5)⟧ { print(⟦x⟧) } for (c, i) in ⟦\"héé\"⟧ { print(⟦c⟧ + i) }
        for (x, i) in ⟦[1, \"a\", ()]⟧ { if ⟦i⟧ == 1 { continue } print(`${⟦x⟧}`) } for k in ⟦#{b: 1, a: 2}.keys()⟧ { print(⟦k⟧) }
        for b in bits(⟦5⟧, 0..4) { print(⟦b⟧) } for b in ⟦blob(3, 7)⟧ { print(⟦b⟧) } for x in 5..=⟦2⟧ { print(x) }
        for x in ⟦'a'..'d'⟧ { print(x) }",
    ),
    (
        "a text that eval can't read",
        "fn read(text) { eval(text) }",
        "try { read(⟦\"1 +\"⟧); print(1) } catch { print(2) } try { throw ⟦1⟧ } catch (e) { print(e) }",
    ),
    (
        "iterables that are none",
        "",
        "for bad in [1, true, (), #{}, 1.5] { try { for x in ⟦bad⟧ { print(⟦x⟧) } } catch (e) { print(show(e)) } }",
    ),
    (
        "switch of every kind",
        "",
        "for x in [0, 1, 5, 15, 42, -3, \"a\", 'c', true, 1.5, (), [1], #{}] {
            print(switch ⟦x⟧ { 1 => ⟦\"one\"⟧, 0 | 5 => \"zero or five\", \"a\" => \"text\", 'c' => ⟦\"char\"⟧, true => \"yes\", () => ⟦\"unit\"⟧, 1.5 => \"float\",
                42 if ⟦false⟧ => \"no\", 42 if ⟦x == 42⟧ => \"answer\", 10..20 if ⟦x > 12⟧ => ⟦\"range\"⟧, _ => ⟦type_of(x)⟧ });
        }
        print(switch ⟦9⟧ { 1 => 2 });",
    ),
    (
        "a guard that is no truth value",
        "",
        "try { switch ⟦1⟧ { 1 if ⟦5⟧ => print(1), _ => print(2) } } catch (e) { print(show(e)) }
        for bad in [1, ()] { try { if ⟦bad⟧ { print(1) } } catch (e) { print(show(e)) } try { ⟦true⟧ && ⟦bad⟧ } catch (e) { print(show(e)) } }",
    ),
    (
        "loops give values",
        "",
        "print(loop { if ⟦true⟧ { break ⟦5⟧; } }); let n = 0; print(while ⟦n < 9⟧ { n += 1; if ⟦n⟧ == 4 { break ⟦n⟧ } });
        print(for i in 0..⟦9⟧ { if ⟦i⟧ == 3 { break `at ${⟦i⟧}` } }); print(do { n += ⟦1⟧; } until ⟦n⟧ > 8); print(while ⟦false⟧ { });
        let m = 0; do { m += 1; if ⟦m⟧ < 3 { continue } print(m) } while ⟦m⟧ < 5;",
    ),
    (
        "redeclaration in the same block keeps its slot",
        "",
        "let x = ⟦1⟧; let f = || x; let x = ⟦\"two\"⟧; let y = 3; let x = [⟦x⟧, y]; print(x); { let x = ⟦9⟧; let x = x + ⟦1⟧; print(x); } print(x); print(f.call());",
    ),
    (
        "a block that is a condition leaves no variables",
        "",
        "let a = ⟦1⟧; if ({ let o = 5; { let p = o; } true }) { print(⟦a⟧) } while ({ let q = 7; a < 3 }) { a += ⟦1⟧; } print(⟦a⟧); print(({ let z = 2; z }) + ⟦a⟧);",
    ),
    (
        "the value of a break awaits",
        "§fn find(list) { loop { break ⟦list[0]⟧ } }",
        "print(⟪find([7])⟫); print(loop { break if ⟦true⟧ { ⟦1⟧ } else { 2 } });",
    ),
    (
        "errors of every kind",
        "fn bad() { 1 / 0 } fn thrower(x) { throw x }",
        "for f in [|| 1 / 0, || nothing(1), || [1][5], || #{}.a.b, || \"x\" - 1, || thrower(#{error: \"mine\", n: 1}), || thrower(()), || bad(), || 1 << 99, || \"a\"[9]] {
            try { ⟦f.call()⟧ } catch (e) { print(show(e)) }
        }
        try { ⟦undefined⟧ } catch (e) { print(show(e)) } const K = ⟦1⟧; try { let f = |x| { K = x }; f.call(⟦2⟧) } catch (e) { print(show(e)) }",
    ),
    (
        "rethrowing",
        "fn try_value() { try { 5 } catch { 6 } }",
        "try { try { throw ⟦\"a\"⟧ } catch (e) { print(⟦e⟧); throw; } } catch (e) { print(`again ${e}`) }
        try { try { throw 1 } catch (e) { try { throw ⟦2⟧ } catch (f) { print(e + ⟦f⟧) } throw; } } catch (e) { print(e) }
        for i in 0..3 { try { throw ⟦i⟧ } catch (e) { if ⟦e⟧ == 1 { continue } if e == 2 { break } print(e) } }
        try { throw } catch (e) { print(e == ()) } print(type_of(try_value()));",
    ),
    (
        "closures share what they capture",
        "fn plus(a, b) { a + b }",
        "let n = ⟦1⟧; let inc = §|by| { n += ⟦by⟧; n }; let get = || n; print(⟪inc.call(⟦2⟧)⟫); print(get.call()); n = ⟦10⟧; print(get.call() + ⟪inc.call(1)⟫);
        let make = |k| |x| x * k; let twice = make.call(⟦2⟧); print(twice.call(⟦4⟧)); print([1, 2, 3].map(|x| x + n).filter(|x| x > 12));
        let add = Fn(\"plus\"); print(add.curry(⟦1⟧).call(2)); print(call(add, ⟦3⟧, ⟦4⟧));",
    ),
    (
        "safe navigation",
        "",
        "let m = #{a: #{b: [1, #{c: 2}]}}; print(⟦m⟧.a.b[⟦1⟧].c); print(m?.x?.y[⟦0⟧]); print(m.x?[⟦0⟧]); print(⟦m.x⟧?.foo(⟦{ print(\"argument\"); 1 }⟧)); print(m?.a?[⟦\"b\"⟧]?[0]); print(⟦()⟧ ?? ⟦()⟧ ?? ⟦3⟧ ?? print(\"never\"));
        m.a.b[⟦1⟧].c += ⟦{ m.a.b[0] = 9; 5 }⟧; print(m); m.a[⟦\"b\"⟧].push(⟦7⟧); print(m.a.b.len());",
    ),
    (
        "order of evaluation",
        "§fn say(x) { print(x); x } fn three(a, b, c) { a + b + c }",
        "let x = 1; print(three(x, ⟪say(2)⟫, { x = 10; ⟪say(3)⟫ })); print(x + ⟦{ x = 20; 1 }⟧); print([⟪say(1)⟫, x, ⟦{ x = 30; 2 }⟧, x]);
        let a = [[1, 2], [3, 4]]; a[⟪say(1)⟫][⟪say(0)⟫] = ⟪say(9)⟫; print(a); a[⟪say(0)⟫].push(⟪say(5)⟫); print(a);
        print(#{p: ⟪say(1)⟫, a: ⟪say(2)⟫}); print(⟪say(4)⟫ - ⟪say(1)⟫ * ⟪say(2)⟫); let s = `${⟪say(1)⟫}-${x}-${⟦{ x = 5; x }⟧}-${x}`; print(s);
        x += ⟦{ x = 100; 1 }⟧; print(x); ⟪say(1)⟫ == 1 || ⟪say(2)⟫ == 2; ⟪say(1)⟫ == 2 && ⟪say(2)⟫ == 2;",
    ),
    (
        "eval, and names that it declares",
        "",
        "let x = ⟦1⟧; eval(\"let y = x + 1;\"); print(⟦y⟧ + x); print(eval(⟦\"x * 10\"⟧)); print(is_def_var(\"y\")); let z = ⟦y⟧; print(z);",
    ),
    (
        "strings and characters",
        "",
        "let s = ⟦\"hello\"⟧; s[⟦0⟧] = ⟦'j'⟧; print(s); s += ⟦\"!\"⟧; print(s[⟦1⟧..=⟦2⟧]); print(s.len + ⟦1⟧); print(⟦\"a,b\"⟧.split(⟦\",\"⟧)); print(\"x\" in ⟦\"xyz\"⟧); print(⟦s⟧.sub_string(⟦1⟧, ⟦2⟧).to_upper()); print(`a${⟦`b${⟦1⟧}`⟧}c`);",
    ),
    ("a return from deep inside", "§fn f(n) { for i in 0..9 { try { loop { if ⟦i⟧ == n { return ⟦i * 10⟧ } break } } catch { } } -1 }", "print(⟪f(3)⟫ + ⟪f(99)⟫); { { return ⟦5⟧; } } print(\"never\");"),
    ("an error that nobody catches", "", "let a = ⟦1⟧; print(a); throw ⟦#{error: \"mine\"}⟧; print(2)"),
    ("the last value", "", "let x = ⟦2⟧; if ⟦x⟧ > 1 { ⟦x * 21⟧ } else { 0 }"),
];

#[test]
fn constructs_of_every_kind() {
    let failures = with_stack(|| {
        let (plain, mut lowered) = (Plain::new(), Lowered::new());
        let mut failures = Vec::new();
        for (name, functions, body) in CASES {
            let program = Program { functions: unindented(functions), body: unindented(body) };
            match compare(&plain, &mut lowered, &program, &super::PLACES) {
                Ok(true) => {}
                Ok(false) => failures.push(format!("{name} does not parse or does not end\n{}", program.plain())),
                Err(difference) => failures.push(format!("{name}: {difference}")),
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn marks_are_read_both_ways() {
    let program = Program { functions: String::new(), body: "⟦1⟧ + ⟪f(2)⟫".into() };
    assert!(program.plain().ends_with("id(1) + f(2)"));
    assert!(program.awaiting(Place::Top, false).ends_with("(await id(1)) + (await f(2))"));
}

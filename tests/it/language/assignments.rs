//! What an await has given, put into variables: the plain cases are done without Rhai, and must be as Rhai does them.

use crate::support::Script;

const GIVE: &str = "async fn give(x) { await sleep(0); x }\n";

fn script(text: &str) -> Script {
    Script::raw(&format!("{GIVE}{text}"))
}

#[test]
fn integers_change_in_place_and_all_else_as_rhai_does_it() {
    script(
        r#"
        let n = 5; n += await give(3); n -= await give(1); n *= await give(2); n /= await give(7); print(n);
        let f = 1.5; f += await give(1); f *= await give(2.0); print(f);
        let n = 1; n += await give(0.5); print(n);
        let s = "a"; s += await give("b"); s += await give(1); print(s);
        let a = [1]; a += await give(2); a += await give([3]); print(a);
        let m = #{a: 1}; m += await give(#{b: 2}); print(m);
        "#,
    )
    .prints("2\n5.0\n1.5\nab1\n[1, 2, 3]\n#{\"a\": 1, \"b\": 2}")
    .says_nothing();
}

#[test]
fn captured_variables_keep_their_one_place() {
    script(
        r#"
        let n = 1;
        let see = || n;
        n += await give(2);
        print(see.call());
        n = await give(7);
        print(see.call());
        let n = await give(9);
        print(`${see.call()} ${n}`);
        "#,
    )
    .prints("3\n7\n7 9")
    .says_nothing();
}

#[test]
fn a_block_declares_its_own() {
    script(
        r#"
        let v = await give(1);
        { let v = await give(2); v += await give(10); print(v); }
        print(v);
        for i in 0..2 { let w = await give(i); let w = await give(w + 5); print(w); }
        async fn f(v) { let v = await give(v + 1); v }
        print(await f(v));
        "#,
    )
    .prints("12\n1\n5\n6\n2")
    .says_nothing();
}

#[test]
fn overflow_is_an_error() {
    script(
        r#"
        let n = 9223372036854775807;
        try { n += await give(1) } catch (e) { print(e.error) }
        try { missing = await give(1) } catch (e) { print(e.error) }
        try { n += await give("x") } catch (e) { print(`${e.error}`) }
        print(n);
        "#,
    )
    .prints("ErrorArithmetic\nErrorVariableNotFound\n9223372036854775807x");
}

#[test]
fn a_value_from_a_constant_can_be_changed() {
    script(
        r#"
        const C = 5;
        async fn c(x) { x }
        let v = await c(C);
        v += 1;
        let w = 0;
        w = await c(C);
        w += await c(C);
        print(`${v} ${w} ${C}`);
        "#,
    )
    .prints("6 10 5")
    .says_nothing();
}

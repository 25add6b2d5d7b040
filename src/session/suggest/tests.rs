use super::*;

fn said(message: &str) -> String {
    advice(message, &own(false)).unwrap_or_default()
}

fn said_after_dot(message: &str) -> String {
    advice(message, &own(true)).unwrap_or_default()
}

fn own(after_dot: bool) -> Own {
    let member = |kind: &str, name: &str| Member {
        kind: kind.into(),
        name: name.into(),
        signature: format!("{kind}.{name}(x)"),
    };
    Own {
        variables: vec!["total".into()],
        functions: vec!["worker(n)".into()],
        members: vec![member("string", "set"), member("array", "len"), member("array", "for_each")].leak(),
        after_dot,
        is_assigned: false,
        member: None,
    }
}

#[test]
fn what_stands_behind_the_name_of_a_library() {
    let of = |member: &str| {
        let own = Own { member: Some(member.into()), ..own(false) };
        advice("Variable not found: asyncio", &own).unwrap_or_default()
    };
    assert!(of("create_task").contains("`spawn(f())`") && of("wait_for").contains("timeout(s, x)"));
    assert!(of("sleep").contains("without a prefix") && of("nosuch").contains("without a prefix"));
    assert!(said("Function not found: wait_for (future, f64)").contains("timeout(s, x)"));
}

#[test]
fn what_is_no_condition() {
    assert!(said("Data type incorrect: array (expecting bool)").ends_with("`if x.len() > 0 { ... }`"));
    assert!(said("Data type incorrect: i64 (expecting bool)").ends_with("`if x != 0 { ... }`"));
}

#[test]
fn a_name_misspelt() {
    assert_eq!(said("Function not found: slep (i64)"), "did you mean `sleep`?");
    assert_eq!(said("Function not found: wroker (i64)"), "did you mean `worker`?");
    assert_eq!(said("Variable not found: totl"), "did you mean `total`?");
    assert_eq!(said("Variable not found: x"), "");
    assert_eq!(said("Function not found: pint (string)"), "did you mean `print`?");
    assert_eq!(said_after_dot("Function not found: cal (Fn, i64)"), "did you mean `call`?");
    assert_eq!(said("something else"), "");
}

#[test]
fn other_arguments() {
    assert_eq!(said("Function not found: worker ()"), "there is none without arguments, but `worker(n)`");
    assert_eq!(said("Function not found: sleep (i64, i64)"), "there is none for these arguments, but `sleep(s)`");
}

#[test]
fn what_is_not_there_yet() {
    assert!(said_after_dot("Function not found: jso (future)").ends_with("`(await x).jso(...)`"));
    assert!(said("Function not found: len (coroutine)").ends_with("`len(await x)`"));
    assert_eq!(said("Function not found: gathr (coroutine)"), "did you mean `gather`?");
    assert_eq!(said("Function not found: lenn (coroutine)"), "did you mean `len`?");
    let property = "Unknown property 'status' - a getter is not registered for type 'future'";
    assert!(said(property).ends_with("`(await x).status`"));
    let misspelt = "Unknown property 'nam' - a getter is not registered for type 'task'";
    assert_eq!(said(misspelt), "did you mean `name`?");
    assert!(said("`+` can't be used on an integer and a future").ends_with("`(await x) + ...`"));
    assert_eq!(said("`+` can't be used on an integer and a string"), "");
    assert!(said("Data type incorrect: coroutine (expecting bool)").ends_with("`if await x { ... }`"));
    assert!(said("Function not found: then (coroutine, Fn)").contains("`let x = await f();`"));
}

#[test]
fn what_is_not_a_variable_yet() {
    let assigned = |name: &str| {
        let own = Own { is_assigned: true, ..own(false) };
        advice(&format!("Variable not found: {name}"), &own).unwrap_or_default()
    };
    assert_eq!(assigned("x"), "`let x = ...` makes a variable");
    assert_eq!(assigned("totl"), "did you mean `total`? `let totl = ...` makes a variable");
    assert_eq!(assigned("total"), NOT_CAPTURED);
}

#[test]
fn a_key_that_a_map_does_not_have() {
    assert_eq!(said("Indexer unavailable: () [string]"), NOTHING_THERE);
    assert_eq!(said("Unknown property 'c' - a getter is not registered for type '()'"), NOTHING_THERE);
    assert_eq!(said_after_dot("Function not found: f (())"), NOTHING_THERE);
    assert_eq!(said("Function not found: f (())"), "");
}

#[test]
fn words_of_other_languages() {
    assert!(said("`*` can't be used on a string and an integer").contains("pad"));
    assert!(said("`%` can't be used on a string and an array").contains("${a}"));
    assert!(said("Module not found: tokio").contains("without a prefix"));
    assert!(said_after_dot("Function not found: toString (i64)").contains("to_string"));
    assert!(said("Variable not found: null").contains("`()`"));
    assert!(said("Variable not found: random").contains("r.int"));
    assert!(said("Variable not found: console").contains("print"));
    assert!(said("Function not found: range (i64)").contains("`0..3`"));
}

#[test]
fn advice_is_about_the_type_before_the_dot() {
    let set = said_after_dot("Function not found: set (string, i64, string)");
    assert_eq!(set, "there is none for these arguments, but `string.set(x)`");
    assert_eq!(said_after_dot("Function not found: for_eahc (array, Fn)"), "did you mean `for_each`?");
    assert!(said_after_dot("Function not found: join (task)").starts_with("`await t`"));
    assert!(said_after_dot("Function not found: join (array, string)").contains("reduce"));
    assert_eq!(said_after_dot("Function not found: put (string, i64)"), "");
    let length = "Unknown property 'length' - a getter is not registered for type 'string'";
    assert_eq!(said(length), "`x.len()` is how many there are");
    let put = "Unknown property 'put' - a getter is not registered for type 'queue'";
    assert_eq!(said(put), "it is a method: call it, as in `queue.put(item)`");
}

#[test]
fn functions_are_called() {
    assert_eq!(
        said("Variable not found: sleep"),
        "it is a function: call it, as in `sleep(s)`; to hand it on, write `|x| sleep(x)`"
    );
    assert!(said("Function not found: total (i64)").ends_with("`total.call(...)`"));
}

//! The habits: a row each.

/// So a line looks, in pieces with blanks between them, and what helps.
///
/// The piece with `^` before it is the one at which the parser stopped. `_` stands for any name, `1` for a number or a
/// text, `*` for any piece, `..` for any number of them with all brackets closed, `$` for the end of the line; `$1` in
/// the advice is what the first of `_` and `1` stands for. A keyword is no name.
pub(super) struct Habit(pub &'static str, pub &'static str);

pub(super) const FUNCTION: &str = "a function is `fn name(a, b) { ... }`, and `async fn` if it awaits";
pub(super) const CLOSURE: &str = "a closure is `|a, b| a + b`, and `async |a| { ... }` if it awaits";
pub(super) const BRACES: &str = "a block stands in braces: `if x > 0 { ... } else { ... }`, `while x > 0 { ... }`";
pub(super) const LOOP: &str =
    "`for i in 0..3 { ... }` goes over 0, 1, 2, and `for x in list { ... }` over an array; a block stands in braces";
pub(super) const STREAM: &str = "`for await x in stream { ... }` goes over what arrives";
pub(super) const COUNTED: &str = "`for (x, i) in list { ... }` counts along";
pub(super) const CATCH: &str = "`try { ... } catch (e) { ... }`, in braces; `e` is what was thrown";
pub(super) const FINALLY: &str =
    "`defer(|| ...)`, called before the `try`, runs when the function ends, however it ends";
pub(super) const NOTHING: &str = "`()` is what Rhai has for nothing";
pub(super) const CLASS: &str = "Rhai has no classes: a map with closures does, as in `#{n: 0, add: |x| this.n += x}`";
pub(super) const CHOICE: &str = "`if` is an expression: `let x = if a > 0 { 1 } else { 2 };`";
pub(super) const ELSE_IF: &str = "`if a { ... } else if b { ... } else { ... }`";
pub(super) const ONE_AT_A_TIME: &str =
    "`let` makes one variable: `let a = list[0]; let b = list[1];`, `let a = map.a;`";
pub(super) const IN_BACKTICKS: &str = "a text with values in it stands in backticks: `` `a is ${a}` ``";
pub(super) const THROW: &str = "`throw \"what is wrong\"`; `try { ... } catch (e) { ... }` catches it";
pub(super) const HOLD: &str =
    "`await l.with(async || { ... })` holds a lock; `defer(|| ...)` runs at the end of a function";
pub(super) const SWITCH: &str =
    "`switch x { 1 => \"one\", 2 | 3 => { ... }, _ => \"many\" }`, without `case`, `break` and `default`";
pub(super) const SLICE: &str = "`$1.extract(1..3)` is a part of an array, `$1.sub_string(1..3)` of a text";
pub(super) const MAPPED: &str =
    "`list.map(|x| x * 2)` makes an array of another, `list.filter(|x| x > 1)` keeps some of it";
pub(super) const REMOVE: &str = "`map.remove(\"key\")` and `list.remove(0)` take an entry out";
pub(super) const UNTYPED: &str =
    "variables, parameters and results have no declared types: `let x = 1;`, `fn add(a, b) { a + b }`";
pub(super) const NO_KEYWORDS: &str =
    "arguments have no names: `f(1)`; options are a map, as in `fetch(url, #{method: \"POST\"})`";
pub(super) const EXPORT: &str =
    "what a file defines needs no `pub` or `export`: `import \"file\" as name;` brings all its functions";
pub(super) const NO_IMPORT: &str =
    "loopscope's functions need no import; `import \"file\" as name;` loads a file, for `name::f()`";
pub(super) const THROWN: &str = "a call throws what goes wrong by itself, and `catch` catches it: no `?` is needed";
pub(super) const TUPLE: &str = "several values stand in an array: `[1, 2]`";
pub(super) const COMPARE: &str =
    "`==` and `!=` compare; `x == ()` tells whether it is nothing, `type_of(x)` gives the type";
pub(super) const SHARED: &str =
    "blocks and closures share the variables around them; a function has its own, and parameters";

pub(super) const CALL: &str = "a call takes parentheses: `$1($2)`";

/// The first that fits counts.
pub(super) const TABLE: &[Habit] = &[
    Habit("async ^def", FUNCTION),
    Habit("async ^function", FUNCTION),
    Habit("def ^_", FUNCTION),
    Habit("function ^_", FUNCTION),
    Habit("func ^_", FUNCTION),
    Habit("fun ^_", FUNCTION),
    Habit("async ^(", CLOSURE),
    Habit("async ^_ =>", CLOSURE),
    Habit("async ^move", "`async { ... }` and `async |x| ...` capture what they use by themselves, without `move`"),
    Habit(") ^=>", CLOSURE),
    Habit("_ ^=>", "a closure is `|$1| ...`, and `async |$1| { ... }` if it awaits"),
    Habit("( _ ^, .. ) =>", CLOSURE),
    Habit("lambda ^*", CLOSURE),
    Habit("async ^with", HOLD),
    Habit("with ^open", "`await read_file(path)` reads a file, `for await line in file_lines(path) { ... }` its lines"),
    Habit("with ^*", HOLD),
    Habit("async ^for", STREAM),
    Habit("for await ^(", STREAM),
    Habit("for await ( ^*", STREAM),
    Habit("class ^*", CLASS),
    Habit("struct ^_", CLASS),
    Habit("enum ^_", CLASS),
    Habit("interface ^_", CLASS),
    Habit("impl ^_", CLASS),
    Habit("trait ^_", CLASS),
    Habit("^new *", "there is no `new`: a call makes it, as in `queue()`; `throw` takes any value"),
    Habit("^yield", "there are no generators: a `queue()` hands items over, and `for await x in q { ... }` takes them"),
    Habit("^finally", FINALLY),
    Habit("finally ^*", FINALLY),
    Habit("^except", CATCH),
    Habit("except ^*", CATCH),
    Habit("try ^:", CATCH),
    Habit("catch ^_", CATCH),
    Habit("catch ( _ ^_", CATCH),
    Habit("^null", NOTHING),
    Habit("^nil", NOTHING),
    Habit("^var", "`let x = 1;` makes a variable, `const` one that stays as it is"),
    Habit("let mut ^_", "every variable can change: `let $1 = ...`; `const` makes one that can't"),
    Habit("let _ ^:", "variables have no declared types: `let $1 = ...`"),
    Habit("fn _ ( .. ^:", UNTYPED),
    Habit("fn .. ^->", UNTYPED),
    Habit(
        "fn _ ( .. _ ^=",
        "parameters have no defaults: a function of the same name with fewer of them may stand beside it",
    ),
    Habit("let ^[", ONE_AT_A_TIME),
    Habit("let ^{", ONE_AT_A_TIME),
    Habit("let ^(", ONE_AT_A_TIME),
    Habit("let _ ^,", ONE_AT_A_TIME),
    Habit("const ^[", ONE_AT_A_TIME),
    Habit("const ^{", ONE_AT_A_TIME),
    Habit("_ ^, _ =", ONE_AT_A_TIME),
    Habit("for ^(", LOOP),
    Habit("for ( ^let", LOOP),
    Habit("for ( ^const", LOOP),
    Habit("for ( _ ^=", LOOP),
    Habit("for _ ^of", LOOP),
    Habit("for _ ^, .. in", COUNTED),
    Habit("for .. ^:", LOOP),
    Habit("if .. ^:", BRACES),
    Habit("while .. ^:", BRACES),
    Habit("else ^:", BRACES),
    Habit("elif ^*", ELSE_IF),
    Habit("elsif ^*", ELSE_IF),
    Habit("elseif ^*", ELSE_IF),
    Habit("elif ( .. ) ^{", ELSE_IF),
    Habit("elseif ( .. ) ^{", ELSE_IF),
    Habit("^case *", SWITCH),
    Habit("^default :", SWITCH),
    Habit("switch .. { .. ^:", SWITCH),
    Habit("switch .. { .. ^;", "commas stand between the cases: `switch x { 1 => \"one\", _ => \"many\" }`"),
    Habit("{ _ ^:", "a map begins with `#{`: `#{$1: ...}`"),
    Habit("{ \" ^:", "a map begins with `#{`: `#{a: 1, b: 2}`"),
    Habit("_ [ 1 ^:", SLICE),
    Habit("_ [ - 1 ^:", SLICE),
    Habit("_ [ _ ^:", SLICE),
    Habit("_ [ ^:", SLICE),
    Habit("_ [ ^::", SLICE),
    Habit("[ .. ^for", MAPPED),
    Habit("( .. ^for", MAPPED),
    Habit("_ ^: _ =", "variables have no declared types: `let $1 = ...`"),
    Habit("if ( _ ^=", "`==` compares, as in `if $1 == 1 { ... }`"),
    Habit("while ( _ ^=", "`==` compares, as in `while $1 == 1 { ... }`"),
    Habit("( _ ^=", NO_KEYWORDS),
    Habit(", _ ^=", NO_KEYWORDS),
    Habit("( 1 ^,", TUPLE),
    Habit("( _ ^,", TUPLE),
    Habit("^not in", "`x !in list` tells that it is not in there"),
    Habit("^1 not in", "`x !in list` tells that it is not in there"),
    Habit("not ^*", "`!x` is not, as in `if !x { ... }`"),
    Habit("^is", COMPARE),
    Habit("^instanceof", COMPARE),
    Habit("^and", "`a && b` is and"),
    Habit("^or", "`a || b` is or"),
    Habit("_ ^++", "`$1 += 1` counts up"),
    Habit("_ ^--", "`$1 -= 1` counts down"),
    Habit("^++ _", "`$1 += 1` counts up"),
    Habit("^-- _", "`$1 -= 1` counts down"),
    Habit("f ^\"", IN_BACKTICKS),
    Habit("^f \"", IN_BACKTICKS),
    Habit("f ^'", IN_BACKTICKS),
    Habit("^'", "a text stands in double quotes, as in \"hello\"; single quotes hold one character"),
    Habit("^# [", "there are no attributes; what `main` does stands at the top level, which may await"),
    Habit("^#", "a comment begins with `//`"),
    Habit(". ^await", "`await` stands before what it awaits: `await f()`, `(await f()).x`"),
    Habit("await .. ^?", THROWN),
    Habit("await ^?", THROWN),
    Habit(") ^? ;", THROWN),
    Habit(") ^? $", THROWN),
    Habit("_ ^? $", "at the prompt `:help $1` explains what `$1` is"),
    Habit("_ ^?", CHOICE),
    Habit("1 ^?", CHOICE),
    Habit(") ^?", CHOICE),
    Habit("] ^?", CHOICE),
    Habit("^? _", "at the prompt `:help $1` explains what `$1` is"),
    Habit("^?", "`?` is no operator; `x?.name` is () where x is (), and `x ?? y` is y then"),
    Habit("^if .. else", CHOICE),
    Habit("^match", SWITCH),
    Habit("raise ^*", THROW),
    Habit("from ^*", NO_IMPORT),
    Habit("import _ ^$", NO_IMPORT),
    Habit("import _ ^,", NO_IMPORT),
    Habit("^use", NO_IMPORT),
    Habit("pub ^*", EXPORT),
    Habit("export ^fn", EXPORT),
    Habit("export ^async", EXPORT),
    Habit("^typeof", "`type_of(x)` is the type of x"),
    Habit("typeof ^*", "`type_of(x)` is the type of x"),
    Habit("_ ^as _", "`x.to_int()`, `x.to_float()` and `x.to_string()` convert"),
    Habit(
        "^& _",
        "there are no references: `$1` by itself; arrays and maps are copied, queues, locks and tasks shared",
    ),
    Habit("vec ! ^[", "an array is `[1, 2]`"),
    Habit("join ^!", "`await gather([a, b])` runs both, and gives both values"),
    Habit("select ^!", "`await race([a, b])` gives the first to finish, and cancels the others"),
    Habit("del ^*", REMOVE),
    Habit("delete ^*", REMOVE),
    Habit("global ^_", SHARED),
    Habit("nonlocal ^_", SHARED),
    Habit("loop ^.", "the loop runs by itself: `await main()` at the top level"),
    Habit("^(*", "there is no `*list` for arguments: `gather(list)` takes an array as it is"),
    Habit("^...", "`a + b` puts arrays together, `a += [x]` and `map += #{b: 2}` add"),
    Habit("if ( .. ) ^_", BRACES),
    Habit("while ( .. ) ^_", BRACES),
    Habit("^print 1", "a call takes parentheses: `print(x)`"),
    Habit("^print '", "a call takes parentheses: `print(\"hello\")`"),
    Habit("^print _", "a call takes parentheses: `print($1)`"),
    Habit("help ^_", "at the prompt `:help $1` explains what `$1` is"),
    Habit("assert ^*", "a call takes parentheses: `assert(x == 1)`"),
    Habit("spawn ^_ (", "a call takes parentheses: `spawn($1(...))`"),
    Habit("spawn ^async", "a call takes parentheses: `spawn(async { ... })`"),
    Habit("_ ^_ = *", "`let $2 = ...` makes a variable"),
    Habit("_ ^1", CALL),
];

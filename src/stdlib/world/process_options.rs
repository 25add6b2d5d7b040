//! The options of processes: from a map to what is started.

use std::path::Path;
use std::time::Duration;

use rhai::{Array, Dynamic, Map};

use super::super::options::{Choices, Rows, expected, text};
use super::super::values::{Fallible, article, bytes, nanos, seconds};
use super::{Asker, thrown};
use crate::engine::errors::{error, kind};
use crate::permissions::{Program, Thing, current_folder, loads_code, resolve};
use crate::system::Error;
use crate::system::process::Spec;

/// How many bytes a process may write to each of its streams.
const MAX_OUTPUT: u64 = 10 << 20;

/// How to run a process.
pub(super) struct Options {
    pub spec: Spec,
    pub stdin: Option<Vec<u8>>,
    pub timeout: Option<Duration>,
    pub max_output: u64,
}

/// The options of both functions.
const COMMON: Rows<Options> = &[
    ("cwd", |o, v| {
        let folder = text("cwd", v)?;
        let fail = |e| error(kind::IO, format!("can't run it in {folder:?}: {e}"));
        o.spec.cwd = Some(resolve(Path::new(&folder)).map_err(fail)?);
        Ok(())
    }),
    ("env", |o, v| {
        o.spec.env = variables(v)?;
        Ok(())
    }),
];

/// Those of `run_process` alone.
const OF_RUN: Rows<Options> = &[
    ("stdin", |o, v| {
        o.stdin = Some(bytes("the option stdin", v)?);
        Ok(())
    }),
    ("timeout", |o, v| {
        o.timeout = Some(Duration::from_nanos(nanos(seconds(v)?)?));
        Ok(())
    }),
    ("max_output", |o, v| {
        let most = v.as_int().ok().and_then(|n| u64::try_from(n).ok());
        o.max_output = most.ok_or_else(|| expected("max_output", "a number of bytes", v))?;
        Ok(())
    }),
];

/// What a call of `name` starts, if it may.
///
/// # Errors
/// Kind "value" for arguments and options that make no sense, "io" for a program that is not there, "permission".
pub(super) fn parse(name: &str, asker: &Asker, program: &str, args: &Array, options: &Map) -> Fallible<Options> {
    let args = args.iter().map(|arg| plain("an argument of a process", arg)).collect::<Fallible<Vec<_>>>()?;
    let found = Program::find(program, current_folder().ok().as_deref(), std::env::var_os("PATH").as_deref());
    let program = match found {
        Ok(program) => program,
        Err(e) => {
            // whether a program is there is nobody's business who may not run it
            let named = Program { name: program.into(), file: program.into(), target: program.into() };
            thrown(asker.allow(Thing::Run(&named, &args)))?;
            return Err(not_found(program, &e));
        }
    };
    thrown(asker.allow(Thing::Run(&program, &args)))?;
    let spec = Spec { program, args, cwd: None, env: Vec::new() };
    let mut parsed = Options { spec, stdin: None, timeout: None, max_output: MAX_OUTPUT };
    let lists: &[Rows<Options>] = if name == "run_process" { &[COMMON, OF_RUN] } else { &[COMMON] };
    Choices { whose: name, lists, also: &[] }.apply(&mut parsed, options)?;
    let spec = &parsed.spec;
    for (variable, _) in spec.env.iter().filter(|(variable, _)| loads_code(variable)) {
        thrown(asker.allow(Thing::RunLoading(&spec.program, variable)))?;
    }
    Ok(parsed)
}

fn not_found(program: &str, e: &std::io::Error) -> Box<rhai::EvalAltResult> {
    let message = match e.kind() {
        std::io::ErrorKind::NotFound if !program.contains('/') => {
            let hint = match program.contains(' ') {
                true => "; there is no shell: give its arguments in an array",
                false => "",
            };
            format!("can't run {program:?}: no folder of the search path (PATH) has such a program{hint}")
        }
        std::io::ErrorKind::PermissionDenied => format!("can't run {program:?}: it is not executable"),
        _ => Error::of(&format!("run {program:?}"), e).message,
    };
    error(kind::IO, message)
}

/// A string or a number as text, without the character that ends texts of the system.
fn plain(what: &str, value: &Dynamic) -> Fallible<String> {
    let value = value.flatten_clone();
    if !(value.is_string() || value.is_char() || value.is_int() || value.is_float()) {
        let given = article(value.type_name());
        return Err(error(kind::VALUE, format!("{what} is a string or a number, and this is {given}")));
    }
    let text = value.to_string();
    match text.contains('\0') {
        true => Err(error(kind::VALUE, format!("{what} can't hold the character \\0"))),
        false => Ok(text),
    }
}

fn variables(value: &Dynamic) -> Fallible<Vec<(String, String)>> {
    let Some(map) = value.read_lock::<Map>() else {
        return Err(expected("env", "a map", value));
    };
    let pair = |(name, value): (&rhai::Identifier, &Dynamic)| match name.is_empty() || name.contains(['=', '\0']) {
        true => Err(error(kind::VALUE, format!("{:?} can't be the name of a variable", name.as_str()))),
        false => Ok((name.to_string(), plain("a variable of the environment", value)?)),
    };
    map.iter().map(pair).collect()
}

//! Puts the examples into the program.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=scripts/examples");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("scripts/examples");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .map(|list| list.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "rhai")).collect())
        .unwrap_or_default();
    files.sort();
    let mut code = String::from("const EXAMPLES: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string());
    }
    code.push_str("];\n");
    let out = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("examples.rs");
    fs::write(out, code).expect("the build folder can be written");
}

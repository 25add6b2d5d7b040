//! Puts the examples and the lessons into the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let out = env::var("OUT_DIR").unwrap_or_default();
    for (folder, ending, table) in [("examples", "rhai", "EXAMPLES"), ("lessons", "md", "TEXTS")] {
        println!("cargo::rerun-if-changed=scripts/{folder}");
        let code = embed(&Path::new(&root).join("scripts").join(folder), ending, table);
        let file = Path::new(&out).join(folder).with_extension("rs");
        fs::write(file, code).expect("the build folder can be written");
    }
}

/// A table of the names and texts of a folder's files with this ending.
fn embed(folder: &Path, ending: &str, table: &str) -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|list| list.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == ending)).collect())
        .unwrap_or_default();
    files.sort();
    let mut code = format!("const {table}: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string());
    }
    code.push_str("];\n");
    code
}

//! What the program is made of beside its code: how it is linked, and the templates that it carries.

use std::fs;
use std::path::{Path, PathBuf};
use std::{env, io};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=templates");
    // At a fixed address, as Go links kubectl and helm: a position-independent program of this size has 49,000 addresses put right
    // each time that it begins.
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    let place = |name: &str| PathBuf::from(env::var_os(name).expect("cargo says where"));
    let templates = place("CARGO_MANIFEST_DIR").join("templates/app");
    let mut files = vec![];
    find(&templates, &mut files).expect("the templates can be read");
    files.sort();
    let entries = files.iter().map(|file| {
        let path = file.strip_prefix(&templates).expect("it is below them").display().to_string();
        format!("    ({path:?}, include_str!({file:?})),\n")
    });
    let table = format!("const TEMPLATES: &[(&str, &str)] = &[\n{}];\n", entries.collect::<String>());
    fs::write(place("OUT_DIR").join("templates.rs"), table).expect("cargo's folder can be written to");
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { find(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

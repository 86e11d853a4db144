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
    let carried = [("APP", "templates/app"), ("PARTS", "templates/parts")];
    let tables = carried.map(|(name, folder)| table(name, &place("CARGO_MANIFEST_DIR").join(folder)));
    fs::write(place("OUT_DIR").join("templates.rs"), tables.concat()).expect("cargo's folder can be written to");
}

/// Path below the folder, and text, of every file there, as a constant.
fn table(name: &str, folder: &Path) -> String {
    let mut files = vec![];
    find(folder, &mut files).expect("the templates can be read");
    files.sort();
    let entries = files.iter().map(|file| {
        let path = file.strip_prefix(folder).expect("it is below it").display().to_string();
        format!("    ({path:?}, include_str!({file:?})),\n")
    });
    format!("pub const {name}: &[(&str, &str)] = &[\n{}];\n", entries.collect::<String>())
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { find(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

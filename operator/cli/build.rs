//! How the program is linked: at a fixed address, as Go links kubectl and helm. A position-independent one of this size has 49,000
//! addresses put right each time that it begins.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

//! The program starts at its own `main`, as a C program does.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-lib=c");
}

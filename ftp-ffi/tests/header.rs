//! `ftpproto.h` is made of the sources, and says what they say.

use std::fs;
use std::path::Path;

/// With `FTP_WRITE_HEADER=1` in the environment it is written anew.
#[test]
fn the_header_is_as_the_sources_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = header(folder);
    let file = folder.join("ftpproto.h");
    if std::env::var_os("FTP_WRITE_HEADER").is_some_and(|value| value == "1") {
        fs::write(&file, &made).expect("the header is written");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let differs = made.lines().zip(committed.lines()).find(|(a, b)| a != b);
    assert!(
        made == committed,
        "ftpproto.h is not what the sources make; the first lines that differ: {differs:?}. \
         FTP_WRITE_HEADER=1 cargo test -p ftp-ffi --test header writes it anew."
    );
}

/// What cbindgen makes of the sources, below the versions and above the checks of sizes.
fn header(folder: &Path) -> String {
    let mut config =
        cbindgen::Config::from_file(folder.join("cbindgen.toml")).expect("a configuration");
    // An enumeration that only comes in, as an integer, is reached by no function.
    config.export.include = enumerations(&folder.join("src"));
    config.header = Some(part(folder, "top.h"));
    config.after_includes = Some(format!("{}{}", versions(), part(folder, "before.h")));
    config.trailer = Some(part(folder, "after.h"));
    let bindings = cbindgen::Builder::new()
        .with_crate(folder)
        .with_config(config)
        .generate()
        .expect("a header");
    let mut made = Vec::new();
    bindings.write(&mut made);
    String::from_utf8(made).expect("UTF-8")
}

/// The names of all enumerations in a folder of sources.
fn enumerations(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            names.append(&mut enumerations(&path));
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        let named = source.lines().filter_map(|line| {
            let name = line.strip_prefix("pub enum ")?.strip_suffix(" {")?;
            Some(name.to_owned())
        });
        names.extend(named);
    }
    names.sort();
    names
}

/// The version as Cargo.toml has it.
fn versions() -> String {
    let mut text = format!("\n#define FTP_VERSION \"{}\"\n", env!("CARGO_PKG_VERSION"));
    for (name, number) in [
        ("MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ] {
        text.push_str(&format!("#define FTP_VERSION_{name} {number}\n"));
    }
    text
}

/// A part of the header that is written by hand.
fn part(folder: &Path, name: &str) -> String {
    let file = folder.join("header").join(name);
    let text = fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    text.trim_end().to_owned()
}

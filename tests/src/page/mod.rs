//! `docs/active-and-passive.md`: its drawings and tables, made from the committed observations.

mod drawing;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Trouble;
use crate::laboratory::SCENES;
use crate::observations::Observations;

/// The page and its drawings, as they should be: by their paths. What stands between
/// `<!-- made: NAME -->` and `<!-- end -->` in the page is replaced.
///
/// # Errors
/// `Failed` when an observation is missing, or a place for it.
pub fn made() -> Result<BTreeMap<PathBuf, String>, Trouble> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let scenes = Observations::open("scenes")?;
    let mut files = BTreeMap::new();
    for scene in SCENES {
        let path = docs.join(format!("active-and-passive/{}.svg", scene.name));
        files.insert(path, drawing::of(scenes.committed(scene.name)?));
    }
    let networks = Observations::open("laboratory")?;
    let clients = Observations::open("clients")?;
    let path = docs.join("active-and-passive.md");
    let mut page = fs::read_to_string(&path)?;
    for (name, made) in [
        ("clients", table::of_clients(&clients)?),
        ("networks", table::of_networks(&networks, "clear")?),
        ("networks under TLS", table::of_networks(&networks, "tls")?),
    ] {
        page = put(&page, name, &made)?;
    }
    files.insert(path, page);
    Ok(files)
}

fn put(page: &str, name: &str, made: &str) -> Result<String, Trouble> {
    let begin = format!("<!-- made: {name} -->\n");
    let parts = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    match parts {
        Some((before, after)) => Ok(format!("{before}{begin}\n{made}\n{END}{after}")),
        None => Err(Trouble::failed(format_args!("no place for {name}"))),
    }
}

const END: &str = "<!-- end -->";

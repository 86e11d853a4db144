//! Writes the schemas that texts are checked against, as the types say them, into the folder that is named.
//! They are read back at run time, for that is faster than to make them.

use std::{env, io, path::PathBuf};

#[expect(clippy::disallowed_methods, reason = "a generator writes files; the crate itself does not")]
fn main() -> io::Result<()> {
    let folder = env::args().nth(1).map(PathBuf::from).ok_or_else(|| io::Error::other("name the folder to write to"))?;
    for (name, schema) in aegis_check::schemas() {
        std::fs::write(folder.join(format!("{name}.json")), schema.to_string() + "\n")?;
    }
    Ok(())
}

//! Writes what follows from the types, to standard output: the CRD as YAML, with `manifest` the manifest's JSON Schema, with
//! `aegisapp.md` or `manifest.md` that page of the reference.
//! It decides nothing.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text = match std::env::args().nth(1).as_deref() {
        Some("manifest") => serde_json::to_string_pretty(&aegis_crds::manifest::json_schema()).map(|text| text + "\n")?,
        Some("aegisapp.md") => aegis_crds::reference::aegis_app(),
        Some("manifest.md") => aegis_crds::reference::manifest(),
        _ => serde_yaml::to_string(&aegis_crds::custom_resource_definition()).map_err(std::io::Error::other)?,
    };
    std::io::stdout().write_all(text.as_bytes())
}

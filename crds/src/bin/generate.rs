//! Writes the files that follow from the types: the CRD as YAML, to standard output.
//! It decides nothing.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let yaml = serde_yaml::to_string(&aegis_crds::custom_resource_definition()).map_err(std::io::Error::other)?;
    std::io::stdout().write_all(yaml.as_bytes())
}

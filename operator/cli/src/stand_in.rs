//! A base image made on this machine for one that no registry can give: same name, labelled as what it is.
//! It is meant for building and testing here, not for shipping.

pub mod family;
mod import;
mod root;
mod trust;

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::failure::Failure;
use crate::output::Output;
use family::Family;
use trust::Trust;

/// On every image made here, and so on everything built from it.
pub const LABEL: &str = "aegis.dev/stand-in";
/// What it was made from; another recipe or another trust makes another key.
pub const KEY: &str = "aegis.dev/stand-in-key";

/// Whether an image with these labels, or what it was built from, was made here.
pub fn is_one(labels: &BTreeMap<String, String>) -> bool {
    labels.get(LABEL).is_some_and(|value| value == "true")
}

/// Makes the image under its own name; the root file system comes from the cache when it was made before.
pub fn make(builder: &Builder, image: &str, why: &str, output: &Output) -> Result<(), Failure> {
    let family = Family::of(image).map_err(|reason| family::unknown(image, why, &reason))?;
    let trust = Trust::of_this_machine()?;
    output.warning(format_args!("{image}: {why}; making a stand-in from Debian {} packages, labelled {LABEL}=true", family.suite));
    let archive = root::archive(&family, &trust, output)?;
    output.step(format_args!("Importing the stand-in for {image}"));
    import::import(builder, image, &family, &trust.key(&family), &archive)
}

/// Whether the stand-in that is here is the one that would be made now.
pub fn is_current(image: &str, labels: &BTreeMap<String, String>) -> Result<bool, Failure> {
    let Ok(family) = Family::of(image) else {
        return Ok(true);
    };
    let key = Trust::of_this_machine()?.key(&family);
    // An image that was built from a stand-in carries its labels, under another name.
    Ok(labels.get(KEY).is_none_or(|found| *found == key))
}

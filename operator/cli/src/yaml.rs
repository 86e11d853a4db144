//! Data as YAML that every reader takes for the same: what older ones, and so kubectl, would take for a boolean, a number or a time
//! stands in quotes.

use serde::Serialize;

/// The text, with the end of its last line.
pub fn text(data: &impl Serialize) -> String {
    let mut text = String::new();
    write(&mut text, data);
    text
}

/// The same, behind what is there.
pub fn write(text: &mut String, data: &impl Serialize) {
    serde_saphyr::to_fmt_writer(text, data).expect("plain data is writable as YAML");
}

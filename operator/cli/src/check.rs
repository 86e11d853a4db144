//! Files against everything that is known of them: where texts come from. What is wrong with them is the check crate's to say.

pub mod source;

pub use aegis_check::{Checked, codes};

use source::Source;

/// Checks every document of a file.
pub fn check(source: &Source) -> Checked {
    aegis_check::check(&source.text)
}

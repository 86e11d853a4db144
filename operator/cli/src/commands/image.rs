//! The image commands.

pub mod build;

//! Shapes that several sections share. None of them knows a section.

pub(crate) mod agent;
pub(crate) mod auth;
pub(crate) mod claim;
pub(crate) mod container;
pub(crate) mod dev;
pub(crate) mod environment;
pub(crate) mod http;
pub(crate) mod pod;
pub(crate) mod telemetry;
pub(crate) mod template;

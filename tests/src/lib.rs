//! What several suites share: clusters as facts, a real API server, and Kubernetes' own rules written down once.
//! It holds no test.

pub mod beside;
pub mod cluster;
pub mod files;
pub mod keys;
pub mod pod_security;
pub mod server;

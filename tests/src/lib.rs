//! What several suites share: clusters as facts, and Kubernetes' own rules written down once.
//! It holds no test.

pub mod cluster;
pub mod files;
pub mod pod_security;

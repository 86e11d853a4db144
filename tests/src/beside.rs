//! The agent as a process of its own, a redis-server for it, and a server of objects: for every suite that needs real ones.
//! It knows no test.

pub mod agent;
pub mod authority;
pub mod http;
pub mod places;
pub mod redis;
pub mod s3;

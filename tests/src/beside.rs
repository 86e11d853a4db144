//! The agent as a process of its own, and a redis-server for it: for every suite that needs real queues.
//! It knows no test.

pub mod agent;
pub mod authority;
pub mod http;
pub mod places;
pub mod redis;

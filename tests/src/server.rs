//! A real API server with the chart installed on it, for every program that needs one: how it is started, asked and watched.
//! It knows no test.

pub mod audit;
pub mod bound;
pub mod cluster;
pub mod gateway;
pub mod install;
pub mod kubelet;
pub mod page;
pub mod plane;
pub mod wait;

//! What an operator serves about itself, asked without a client of its own.
//! It does not know what the pages mean.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An address that nobody listens on.
///
/// # Panics
/// When no port is free.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free")
}

/// What an operator answers there, its status line first.
pub async fn page(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: operator\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

/// The sum of a metric over all its labels.
pub fn sum(page: &str, metric: &str) -> u64 {
    let of_metric = |line: &&str| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with([' ', '{']));
    page.lines().filter(of_metric).filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

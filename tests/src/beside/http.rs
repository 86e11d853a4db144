//! Requests to the agent: one connection each, with or without a body.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Asks for a page; headers are whole lines.
pub fn get(at: SocketAddr, path: &str, headers: &[&str]) -> std::io::Result<Answer> {
    send(at, "GET", path, headers, "")
}

/// Posts JSON.
pub fn post(at: SocketAddr, path: &str, headers: &[&str], body: &Value) -> std::io::Result<Answer> {
    send(at, "POST", path, &[headers, &["content-type: application/json"]].concat(), &body.to_string())
}

/// Sends any request.
pub fn send(at: SocketAddr, method: &str, path: &str, headers: &[&str], body: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(at)?;
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: agent\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    Ok(Answer { status, text: body.to_owned() })
}

//! What can go wrong with a broker, each with one fixed word for metrics and conditions.
//! No text here holds an address with its password, or the content of a message.

use std::{error::Error, io, time::Duration};

use redis::{ErrorKind, RedisError};
use thiserror::Error;

/// Why something did not happen.
#[derive(Clone, Debug, Error)]
pub enum Fault {
    /// The connection or the server failed.
    #[error("{text}")]
    Broker {
        /// One fixed word.
        reason: &'static str,
        /// The cause in full.
        text: String,
    },
    /// Nobody answered in time.
    #[error("the broker did not answer within {0:?}")]
    Timeout(Duration),
    /// The URI or its certificates cannot be used.
    #[error("{0}")]
    Address(String),
    /// The server's answer has a shape that the library never writes.
    #[error("{0} holds something else than {1} writes: check type, prefix and transport of the pool")]
    Foreign(String, &'static str),
    /// The stream is read by more than one group and none is named.
    #[error("{0} is read by several consumer groups: name one")]
    Ambiguous(String),
    /// The library has nothing of the kind.
    #[error("{0}")]
    Unsupported(&'static str),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Request(String),
    /// The configuration has nothing of that name.
    #[error("{0}")]
    Unknown(String),
}

impl Fault {
    /// One fixed word.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Broker { reason, .. } => reason,
            Self::Timeout(_) => "Timeout",
            Self::Address(_) => "Address",
            Self::Foreign(..) => "WrongType",
            Self::Ambiguous(_) => "Ambiguous",
            Self::Unsupported(_) => "Unsupported",
            Self::Request(_) => "Invalid",
            Self::Unknown(_) => "NotFound",
        }
    }

    /// Whether a new connection may help.
    pub fn ends_connection(&self) -> bool {
        matches!(self.reason(), "Timeout" | "Lost" | "Refused" | "Unresolved" | "Tls" | "Unauthorized" | "ReadOnly" | "Broken")
    }
}

impl From<RedisError> for Fault {
    fn from(error: RedisError) -> Self {
        Self::Broker { reason: word(&error), text: error.to_string() }
    }
}

fn word(error: &RedisError) -> &'static str {
    match (error.kind(), error.code()) {
        (ErrorKind::IoError, _) => io_word(error),
        (ErrorKind::AuthenticationFailed, _) | (_, Some("WRONGPASS" | "NOAUTH")) => "Unauthorized",
        (_, Some("NOPERM")) => "Forbidden",
        (_, Some("WRONGTYPE")) => "WrongType",
        (_, Some("OOM")) => "OutOfMemory",
        (ErrorKind::ReadOnly, _) => "ReadOnly",
        (ErrorKind::BusyLoadingError, _) => "Loading",
        (ErrorKind::InvalidClientConfig, _) => "Address",
        (ErrorKind::ResponseError, _) if error.to_string().contains("DB index is out of range") => "Database",
        _ => "Broken",
    }
}

fn io_word(error: &RedisError) -> &'static str {
    if error.is_timeout() {
        "Timeout"
    } else if error.is_connection_refusal() {
        "Refused"
    } else if is_tls(error) {
        "Tls"
    } else if error.to_string().contains("lookup address") {
        "Unresolved"
    } else {
        "Lost"
    }
}

fn is_tls(error: &RedisError) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = next {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        next = cause.source();
    }
    error.to_string().contains("invalid peer certificate")
}

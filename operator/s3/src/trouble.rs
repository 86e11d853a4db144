//! Why an object could not be read or written, in words that name the cause; what to do about it depends on who asked.

use std::{error::Error, time::Duration};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

use crate::LIMIT;

/// Why there is no content.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such object.
    #[error("there is no such object")]
    NoObject,
    /// There is no such bucket.
    #[error("there is no such bucket")]
    NoBucket,
    /// The identity may not.
    #[error("access is denied ({0})")]
    Denied(String),
    /// No identity is configured.
    #[error("no AWS credentials are configured: {0}")]
    NoIdentity(String),
    /// No region is configured.
    #[error("no region is configured")]
    NoRegion,
    /// The object has so many bytes.
    #[error("it has {0} bytes, and a manifest has at most {LIMIT}")]
    TooLarge(String),
    /// The bytes are no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Nothing came in time.
    #[error("no answer within {0:?}")]
    Silent(Duration),
    /// The way there is not open.
    #[error("there is no connection: {0}")]
    Unreachable(String),
    /// The content ended in its middle, or is not what its checksum says.
    #[error("the content broke off: {0}")]
    Broken(String),
    /// The server said no.
    #[error("{code}: {message}")]
    Refused {
        /// The server's word for it.
        code: String,
        /// What else it said.
        message: String,
    },
}

/// The trouble that a request had.
pub(crate) fn of<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> Trouble {
    match error {
        SdkError::TimeoutError(_) => Trouble::Silent(crate::ANSWER),
        SdkError::ServiceError(refused) => {
            let (code, status) = (refused.err().code().unwrap_or_default(), refused.raw().status().as_u16());
            let said = |otherwise: &str| if code.is_empty() { otherwise.to_owned() } else { code.to_owned() };
            match (code, status) {
                ("NoSuchBucket", _) => Trouble::NoBucket,
                ("NoSuchKey", _) | ("", 404) => Trouble::NoObject,
                (_, 401 | 403) => Trouble::Denied(said("403")),
                _ => Trouble::Refused {
                    code: said(&status.to_string()),
                    message: refused.err().message().unwrap_or("the server said no more").to_owned(),
                },
            }
        }
        _ => local(&innermost(error), &chain(error)),
    }
}

/// What went wrong before there was an answer.
fn local(why: &str, all: &str) -> Trouble {
    if all.contains("credentials") || all.contains("identity") {
        return Trouble::NoIdentity(why.to_owned());
    }
    if all.contains("egion") {
        return Trouble::NoRegion;
    }
    if all.contains("timed out") || all.contains("timeout") {
        return Trouble::Silent(crate::CONNECT);
    }
    Trouble::Unreachable(why.to_owned())
}

/// The cause that the others only wrap.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        words = format!("{words}: {source}");
        next = source.source();
    }
    words
}

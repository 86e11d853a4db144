//! What the world can refuse, one variant per effect, each with its source and one fixed word.
//! What a user did wrong is a `Problem` of the plan, never a failure.

use std::{error::Error, net::SocketAddr, path::PathBuf, time::Duration};

use aegis_plan::names;
use kube::core::Status;
use thiserror::Error;

/// An effect that did not happen.
#[derive(Debug, Error)]
pub enum Failure {
    /// No usable kubeconfig or service account.
    #[error("cannot find out how to reach the Kubernetes API: {0}. Run inside a cluster, or set KUBECONFIG")]
    Configure(#[source] kube::config::InferConfigError),
    /// The client could not be built from the configuration.
    #[error("cannot build a client for the Kubernetes API: {0}")]
    Connect(#[source] kube::Error),
    /// The address for health and metrics is taken or not ours.
    #[error("cannot listen on {address}: {source}. Choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP server ended.
    #[error("serving health and metrics failed: {0}")]
    Serve(#[source] std::io::Error),
    /// An object was not read.
    #[error("cannot read it: {0}")]
    Read(#[source] Refusal),
    /// A name belongs to somebody else.
    #[error(
        "an object of that name exists and is not this app's. Delete it, rename the app, or give it to the app: kubectl label --overwrite {object} {}=aegis {}={app}",
        names::MANAGED_BY_LABEL,
        names::ADOPT_LABEL
    )]
    NameTaken {
        /// It, as kubectl is told.
        object: String,
        /// The app's name.
        app: String,
    },
    /// What was given to the app is owned by something else.
    #[error(
        "it is given to this app, and something else owns it and would go on changing it. Delete that with --cascade=orphan, or rename the app"
    )]
    Owned,
    /// What was given to the app cannot be its own.
    #[error(
        "it is given to this app and cannot become what the app needs: {0}. It stays as it is. Delete it for the app to make its own, or rename the app"
    )]
    Adopt(#[source] Refusal),
    /// A name belongs to the app that had this app's name before.
    #[error("it still belongs to the deleted app of this name; Kubernetes removes it soon")]
    Predecessor,
    /// An object was not created.
    #[error("cannot create it: {0}")]
    Create(#[source] Refusal),
    /// The key of the agents cannot be used.
    #[error("{}: not usable as the agents' key: {why}; mount a file with 32 random bytes or leave --agent-key-file out", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// An object was not applied.
    #[error("cannot apply it: {0}")]
    Apply(#[source] Refusal),
    /// Replicas were not set.
    #[error("cannot set its replicas: {0}")]
    Resize(#[source] Refusal),
    /// The entry of a create was not turned into one of an apply.
    #[error("cannot take its fields over from its creation: {0}")]
    Convert(#[source] Refusal),
    /// A leftover was not deleted.
    #[error("cannot delete it: {0}")]
    Delete(#[source] Refusal),
    /// An app whose time is over was not deleted.
    #[error("its time is over, and it cannot be deleted: {0}")]
    Expire(#[source] Refusal),
    /// Data without a declaration was not labelled.
    #[error("cannot label it as retained: {0}")]
    Retain(#[source] Refusal),
    /// A status was not written.
    #[error("cannot write the status: {0}")]
    Report(#[source] Refusal),
    /// One look at an app took too long.
    #[error("reconciling took longer than {0:?}")]
    Overrun(Duration),
    /// An object had little time, because the server had not answered before.
    #[error("not done within {0:?}, after the API server had not answered another request of this app; it is tried again")]
    Hurried(Duration),
    /// Another replica leads; empty when the Lease is gone.
    #[error("{}: this replica ends, so that two never write", deposed(.0))]
    Deposed(String),
    /// The Lease was not renewed for so long that another replica may soon lead.
    #[error("the Lease was not renewed for {0:?}, and another replica may soon lead: this one ends, so that two never write")]
    Unrenewed(Duration),
    /// A bug of ours, contained to one app.
    #[error("the operator has a bug: {0}")]
    Panic(String),
}

impl Failure {
    /// The effect in one fixed word, for metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Configure(_) | Self::Key { .. } => "configure",
            Self::Connect(_) => "connect",
            Self::Listen { .. } => "listen",
            Self::Serve(_) => "serve",
            Self::Read(_) => "read",
            Self::NameTaken { .. } => "name-taken",
            Self::Owned | Self::Adopt(_) => "adopt",
            Self::Predecessor => "predecessor",
            Self::Create(_) => "create",
            Self::Apply(_) => "apply",
            Self::Resize(_) => "resize",
            Self::Convert(_) => "convert",
            Self::Delete(_) => "delete",
            Self::Expire(_) => "expire",
            Self::Retain(_) => "retain",
            Self::Report(_) => "report",
            Self::Overrun(_) => "overrun",
            Self::Hurried(_) => "hurry",
            Self::Deposed(_) | Self::Unrenewed(_) => "lead",
            Self::Panic(_) => "panic",
        }
    }

    /// Whether there is nothing of ours to build on; of what failed later, something is there.
    pub fn leaves_nothing(&self) -> bool {
        matches!(
            self,
            Self::NameTaken { .. } | Self::Owned | Self::Adopt(_) | Self::Predecessor | Self::Create(_) | Self::Read(_) | Self::Hurried(_)
        )
    }

    /// The cause in one fixed word, for conditions.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NameTaken { .. } | Self::Owned => "NameTaken",
            Self::Predecessor => "BeingCollected",
            Self::Read(refusal)
            | Self::Create(refusal)
            | Self::Adopt(refusal)
            | Self::Apply(refusal)
            | Self::Resize(refusal)
            | Self::Convert(refusal)
            | Self::Delete(refusal)
            | Self::Expire(refusal)
            | Self::Retain(refusal)
            | Self::Report(refusal) => refusal.word(),
            Self::Overrun(_) | Self::Hurried(_) => "Timeout",
            Self::Deposed(_) | Self::Unrenewed(_) => "NotLeading",
            Self::Panic(_) => "OperatorBug",
            Self::Configure(_) | Self::Key { .. } | Self::Connect(_) | Self::Listen { .. } | Self::Serve(_) => "Unavailable",
        }
    }

    /// Whether the server did not answer in time.
    pub fn is_unanswered(&self) -> bool {
        self.reason() == "Timeout"
    }
}

/// Why a request had no success.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The server answered no.
    #[error("{}", .0.message)]
    Server(Box<Status>),
    /// The server did not answer in time.
    #[error("the API server did not answer within {0:?}")]
    Timeout(Duration),
    /// The server was not reached, or its answer was not understood.
    #[error("the API server was not reached: {}", chain(.0))]
    Unreachable(#[source] kube::Error),
    /// It was not asked: this replica may write no longer.
    #[error("this replica does not lead any more")]
    NotLeading,
}

impl From<kube::Error> for Refusal {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Server(status),
            other => Self::Unreachable(other),
        }
    }
}

impl Refusal {
    /// The cause in one fixed word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "Timeout",
            Self::Unreachable(_) => "Unavailable",
            Self::NotLeading => "NotLeading",
            Self::Server(status) => match status.code {
                403 if status.message.contains("exceeded quota") => "QuotaExceeded",
                401 | 403 => "Forbidden",
                404 => "NotFound",
                409 if status.reason == "AlreadyExists" => "NameTaken",
                409 => "Conflict",
                400 | 413 | 422 => "Invalid",
                408 | 504 => "Timeout",
                429 | 503 => "Unavailable",
                _ => "ServerError",
            },
        }
    }

    /// Whether an object of that name exists already.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Server(status) if status.reason == "AlreadyExists")
    }

    /// Whether the server does not allow what would come out.
    pub fn is_invalid(&self) -> bool {
        matches!(self, Self::Server(status) if status.code == 422)
    }

    /// Whether what was to be deleted is gone, or is another object by now.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Server(status) if matches!(status.code, 404 | 409))
    }
}

fn deposed(holder: &str) -> String {
    if holder.is_empty() { "the Lease is gone".to_owned() } else { format!("{holder} leads now") }
}

/// An error with all its causes, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, reason: &str, message: &str) -> Refusal {
        Refusal::Server(Status::failure(message, reason).with_code(code).boxed())
    }

    #[test]
    fn words_name_the_cause() {
        assert_eq!(refused(403, "Forbidden", "pods \"x\" is forbidden: exceeded quota: q").word(), "QuotaExceeded");
        assert_eq!(refused(403, "Forbidden", "violates PodSecurity").word(), "Forbidden");
        assert_eq!(refused(409, "AlreadyExists", "exists").word(), "NameTaken");
        assert_eq!(refused(409, "Conflict", "modified").word(), "Conflict");
        assert_eq!(refused(422, "Invalid", "spec.x").word(), "Invalid");
        assert_eq!(refused(500, "InternalError", "webhook").word(), "ServerError");
    }

    #[test]
    fn a_failure_says_the_servers_words() {
        let failure = Failure::Create(refused(422, "Invalid", "spec.x: too long"));
        assert_eq!(failure.to_string(), "cannot create it: spec.x: too long");
        assert_eq!((failure.word(), failure.reason()), ("create", "Invalid"));
    }
}

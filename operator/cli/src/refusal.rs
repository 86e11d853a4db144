//! What an API server or the way to it said no to, with cause and cure. It does not try again.

use kube::Error;
use kube::core::Status;

use crate::connection::{Connection, Source};
use crate::failure::Failure;

/// The failure of a request for AegisApps; a missing app is the caller's to tell.
pub fn explain(error: &Error, connection: &Connection) -> Failure {
    match error {
        Error::Api(status) => refused(status, connection),
        _ => unreachable(&cause(error), connection),
    }
}

/// The failure of a request that changes something, or that reads what an app is made of.
pub fn of_change(error: &Error, connection: &Connection) -> Failure {
    match error {
        Error::Api(status) if status.code == 403 => Failure::new(
            "this is forbidden to you",
            &status.message,
            format_args!("ask for the role edit in namespace {}, or name another with -n", connection.namespace),
        ),
        Error::Api(status) if status.code == 422 => Failure::new(
            "the change is refused, and nothing was changed",
            &status.message,
            "correct what the message names; if somebody changed the app meanwhile, try again",
        ),
        _ => explain(error, connection),
    }
}

/// Whether the server knows the kind and only this app is missing.
pub fn is_absent(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 404 && status.reason == "NotFound")
}

/// The failure of a request that had no answer in time.
pub fn silent(connection: &Connection, seconds: u64) -> Failure {
    unreachable(&format!("it took a connection and gave no answer within {seconds} s"), connection)
}

fn refused(status: &Status, connection: &Connection) -> Failure {
    let server = &connection.server;
    match status.code {
        401 => Failure::new(
            format_args!("the cluster at {server} does not know you"),
            &status.message,
            format_args!("the credentials in {} are missing or expired: log in again", connection.source),
        ),
        403 => Failure::new(
            "reading AegisApps is forbidden",
            &status.message,
            "name a namespace that you may read (-n), or ask for a role that may get, list and watch aegisapps.aegis.dev: view, edit and admin may",
        ),
        404 => Failure::new(
            format_args!("the cluster at {server} has no AegisApps"),
            "the kind aegisapps.aegis.dev is not installed",
            "install the operator: helm upgrade --install aegis charts/aegis -n aegis-system --create-namespace; or point --kubeconfig and --context at another cluster",
        ),
        _ => Failure::new(
            format_args!("the cluster at {server} refused"),
            &status.message,
            "try again; if it persists, look at the API server's log",
        ),
    }
}

fn unreachable(why: &str, connection: &Connection) -> Failure {
    // What the connection's time limit is called inside.
    let why = if why.contains("deadline has elapsed") { "it does not take connections within 5 s" } else { why };
    let fix = match &connection.source {
        Source::Local(_) => "see how it is: aegisctl cluster status; start or make it: aegisctl cluster up".to_owned(),
        source => format!("check that the cluster runs and that {source} (and its context) names the right server"),
    };
    Failure::new(format_args!("the cluster at {} does not answer", connection.server), why, fix)
}

/// The innermost cause: outer ones only say that a request failed.
pub fn cause(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

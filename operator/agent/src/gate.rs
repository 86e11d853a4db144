//! Who may change something or read messages: on loopback everyone, elsewhere whoever has the token.
//! Only the token's digest is known here. Loopback is what `kubectl port-forward` reaches.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest, Sha256};

use crate::{answer::refusal, pages::Served};

/// Lets a request through that carries the token.
pub async fn with_token(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    match (&served.app.token_sha256, given) {
        (Some(digest), Some(token)) if hex(token) == digest.to_ascii_lowercase() => next.run(request).await,
        (Some(_), _) => refusal(StatusCode::UNAUTHORIZED, "Unauthorized", "this needs the bearer token of this agent"),
        (None, _) => refusal(StatusCode::FORBIDDEN, "Forbidden", "this is served on loopback only: use kubectl port-forward"),
    }
}

/// The digests are compared, not the tokens: the time that takes tells nothing about a token.
fn hex(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

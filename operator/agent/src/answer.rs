//! What requests that did not succeed are answered: a status, one fixed word, the cause.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::fault::Fault;

/// A refusal with a word and a cause.
pub fn refusal(status: StatusCode, reason: &str, message: &str) -> Response {
    (status, Json(json!({"reason": reason, "message": message}))).into_response()
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Request(_) => StatusCode::BAD_REQUEST,
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::Unsupported(_) | Self::Ambiguous(_) | Self::Foreign(..) => StatusCode::CONFLICT,
            Self::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Broker { .. } | Self::Address(_) => StatusCode::BAD_GATEWAY,
        };
        refusal(status, self.reason(), &self.to_string())
    }
}

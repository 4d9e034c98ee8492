//! Who asks, and whether the row that is asked allows it.
//!
//! While users are off, whoever asks sits at this machine: it may look, as [`UserId::LOCAL`], and nothing else.

use super::error::ApiError;
use crate::role::{Caller, Needs, Role, UserId};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Behind the router, before each row's handler.
pub(super) async fn gate(State(needs): State<Needs>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().copied();
    if needs.allow(caller.map(|caller| caller.role)) {
        return next.run(request).await;
    }
    refusal(needs, caller).into_response()
}

/// Whoever asks while users are off.
pub(super) const LOCAL: Caller = Caller { user: UserId::LOCAL, role: Role::Viewer };

fn refusal(needs: Needs, caller: Option<Caller>) -> ApiError {
    let least = match needs {
        Needs::Nothing => Role::Viewer,
        Needs::Role(least) => least,
    };
    match caller {
        None => ApiError::new(StatusCode::UNAUTHORIZED, "not_known", "this path needs a key or a session")
            .expected(["Authorization: Bearer KEY"]),
        Some(caller) => ApiError::new(StatusCode::FORBIDDEN, "role_too_low", "this path needs a higher role")
            .found(caller.role.name())
            .expected([least.name()]),
    }
}

//! Who asks, and whether the row that is asked allows it.
//!
//! While users are off, whoever asks sits at this machine: it may look, as [`UserId::LOCAL`], and nothing else. With
//! users on, a request shows a key or a session (`Authorization: Bearer …`, or a browser's cookie), and nothing but
//! logging in is answered without one.

use super::Door;
use super::cookie::{self, ByCookie};
use super::error::ApiError;
use super::guard::Names;
use super::{login, page};
use crate::desk::people::{Asker, People, PeopleError};
use crate::desk::sight::Sight;
use crate::role::{Caller, Needs, Role, UserId};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Where a request comes from; among its extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Whoever asks while users are off.
const LOCAL: Caller = Caller { user: UserId::LOCAL, role: Role::Viewer };

/// Before the router: puts a [`Caller`] among the request's extensions (and an [`Asker`], if it is a user), or says why not.
pub(super) fn identify(people: Option<&People>, names: &Names, request: &mut Request) -> Result<(), ApiError> {
    let Some(people) = people else {
        request.extensions_mut().insert(LOCAL);
        return Ok(());
    };
    let from = peer(request.extensions().get::<Peer>());
    match shown(request.headers())? {
        Some(token) => {
            let asker = people.find(token, from)?;
            request.extensions_mut().insert(asker.caller);
            request.extensions_mut().insert(asker);
            Ok(())
        }
        None => {
            let Some(token) = cookie::shown(names, request.headers()) else { return Ok(people.unknown(from)?) };
            if let Some(asker) = by_cookie(people, token, from, request.method(), request.headers())? {
                request.extensions_mut().insert(asker.caller);
                request.extensions_mut().insert(asker);
                request.extensions_mut().insert(ByCookie);
            }
            Ok(())
        }
    }
}

/// Who has logged in with a browser. A session that is over is as none: whoever comes back is shown where to log in.
fn by_cookie(
    people: &People,
    token: &str,
    from: IpAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Asker>, ApiError> {
    match people.find(token, from) {
        // A key is for programs, which have a header for it.
        Ok(asker) if asker.has_logged_in() => cookie::check_origin(method, headers).map(|()| Some(asker)),
        Ok(_) | Err(PeopleError::NoToken) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Every connection has one; a request that was made without any comes from nowhere else.
fn peer(peer: Option<&Peer>) -> IpAddr {
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.to_canonical())
}

fn shown(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let message = "the authorization is not of the kind that is spoken here";
    let wrong = || ApiError::new(StatusCode::UNAUTHORIZED, "bad_authorization", message).expected([BEARER]);
    token.map(Some).ok_or_else(wrong)
}

const BEARER: &str = "Authorization: Bearer KEY";

/// Behind the router, before each row's handler.
pub(super) async fn gate(State(needs): State<Needs>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().copied();
    if needs.allow(caller.map(|caller| caller.role)) {
        return next.run(request).await;
    }
    if caller.is_none() && page::is_for_people(&request) {
        return login::to("/login", None);
    }
    refusal(needs, caller).into_response()
}

fn refusal(needs: Needs, caller: Option<Caller>) -> ApiError {
    match (needs, caller) {
        (Needs::Role(least), Some(caller)) => {
            ApiError::new(StatusCode::FORBIDDEN, "role_too_low", "this path needs a higher role")
                .found(caller.role.name())
                .expected([least.name()])
        }
        _ => ApiError::new(StatusCode::UNAUTHORIZED, "not_known", "this path needs a key or a session")
            .expected([BEARER]),
    }
}

/// On a 401, what would be right.
pub(super) fn challenge(response: &mut Response) {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

/// A user of this run, for handlers of what only users have.
pub(crate) struct Known(pub(crate) Asker);

impl FromRequestParts<Arc<Door>> for Known {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, ApiError> {
        people(door)?;
        let asker = parts.extensions.get::<Asker>().cloned();
        asker.map(Self).ok_or_else(|| refusal(Needs::Role(Role::Viewer), None))
    }
}

/// What whoever asks sees, for handlers of what is traded here.
pub(crate) struct Sees(pub(crate) Sight);

impl FromRequestParts<Arc<Door>> for Sees {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>().copied();
        let caller = caller.ok_or_else(|| refusal(Needs::Role(Role::Viewer), None))?;
        Ok(Self(door.desk.sight(caller)))
    }
}

/// Where a request comes from, for handlers.
pub(crate) struct From(pub(crate) IpAddr);

impl From {
    pub(crate) fn of(parts: &Parts) -> Self {
        Self(peer(parts.extensions.get::<Peer>()))
    }
}

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::of(parts))
    }
}

/// The people of this run, if it has any.
pub(crate) fn people(door: &Door) -> Result<&People, ApiError> {
    let off = || {
        ApiError::new(StatusCode::NOT_FOUND, "users_off", "this run knows no users")
            .expected(["users.mode = \"database\" in its configuration"])
    };
    door.desk.people.as_deref().ok_or_else(off)
}

impl std::convert::From<PeopleError> for ApiError {
    fn from(error: PeopleError) -> Self {
        let (status, code) = match &error {
            PeopleError::NotKnown => (StatusCode::UNAUTHORIZED, "not_known"),
            PeopleError::NoToken => (StatusCode::UNAUTHORIZED, "no_such_token"),
            PeopleError::NoClaim => (StatusCode::UNAUTHORIZED, "no_such_claim"),
            PeopleError::WrongPlace { .. } => (StatusCode::FORBIDDEN, "wrong_address"),
            PeopleError::RoleTooHigh { .. } => (StatusCode::FORBIDDEN, "role_too_high"),
            PeopleError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_often"),
            PeopleError::Name { .. } => (StatusCode::BAD_REQUEST, "bad_name"),
            PeopleError::Password => (StatusCode::BAD_REQUEST, "bad_password"),
            PeopleError::Networks { .. } => (StatusCode::BAD_REQUEST, "bad_networks"),
            PeopleError::Taken { .. } => (StatusCode::CONFLICT, "name_taken"),
            PeopleError::LastAdmin { .. } => (StatusCode::CONFLICT, "last_admin"),
            PeopleError::TooLong { .. } => (StatusCode::BAD_REQUEST, "bad_expires_in_s"),
            PeopleError::TooManyTokens { .. } => (StatusCode::CONFLICT, "too_many_tokens"),
            PeopleError::NoUser { .. } => (StatusCode::NOT_FOUND, "no_such_user"),
            PeopleError::NoKey { .. } => (StatusCode::NOT_FOUND, "no_such_key"),
            PeopleError::Cost { .. }
            | PeopleError::Random
            | PeopleError::Ended
            | PeopleError::File { .. }
            | PeopleError::Store(_) => {
                // The inside is for the log.
                tracing::error!(error = &error as &dyn std::error::Error, "people");
                let message = "the database of people does not answer";
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_database", message);
            }
        };
        let told = Self::new(status, code, "about users and keys").found(&error.to_string());
        match error {
            PeopleError::TooMany { again_in_s } => told.again_in(again_in_s.max(1)),
            _ => told,
        }
    }
}

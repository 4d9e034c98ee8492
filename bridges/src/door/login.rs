//! `/login`, `/logout`: a person in a browser. A form, two redirects and a cookie; no script, nothing from elsewhere.
//!
//! Owns: the page, and how a browser is told where to go. Who somebody is, how often he may try and what a wrong password
//! costs is said by the same desk as for programs.

use super::auth::{From, Known, people};
use super::bounds::BODY_BYTES_MAX;
use super::cookie::{self, ByCookie};
use super::error::ApiError;
use super::query::Query;
use super::shape::LOGIN_REFUSED;
use super::{Door, dto};
use crate::desk::people::{Asker, PeopleError};
use crate::role::Route;
use axum::Extension;
use axum::body::to_bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use std::sync::Arc;
use url::form_urlencoded;

const FORM: &str = "application/x-www-form-urlencoded";
/// Why one is at the page again.
pub(super) const WRONG: &str = "wrong";
pub(super) const OFTEN: &str = "often";

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Ringside: log in</title>\
    <meta name=\"viewport\" content=\"width=device-width\"></head><body>\n<h1>Ringside</h1>\n";
const FIELDS: &str = "<form method=\"post\" action=\"/login\">\n\
    <p><label>Name <input name=\"name\" autocomplete=\"username\" maxlength=\"64\" required autofocus></label></p>\n\
    <p><label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\" required></label></p>\n\
    <p><button>Log in</button></p>\n</form>\n</body></html>\n";

/// The page. What went wrong stands above the form.
pub(super) async fn page(State(door): State<Arc<Door>>, RawQuery(raw): RawQuery) -> Result<Html<String>, ApiError> {
    people(&door)?;
    let why = match Query::of(Route::LoginPage, raw.as_deref())?.text(&LOGIN_REFUSED) {
        None => "",
        Some(WRONG) => "<p role=\"alert\">This name with this password is nobody's.</p>\n",
        Some(OFTEN) => "<p role=\"alert\">Too many tries. Wait a minute.</p>\n",
        Some(other) => {
            return Err(ApiError::bad_query("no such word").found(other).expected([WRONG, OFTEN]));
        }
    };
    Ok(Html([HEAD, why, FIELDS].concat()))
}

/// The form. Whoever was logged in by this browser is not any more.
pub(super) async fn enter(
    State(door): State<Arc<Door>>,
    From(from): From,
    before: Option<Extension<Asker>>,
    by_cookie: Option<Extension<ByCookie>>,
    request: Request,
) -> Result<Response, ApiError> {
    let dto::Login { name, password } = read(request).await?;
    let people = people(&door)?;
    let (token, expires_ns) = match people.login(&name, &password, from).await {
        Ok((token, _, expires_ns)) => (token, expires_ns),
        Err(PeopleError::NotKnown) => return Ok(to(&format!("/login?{}={WRONG}", LOGIN_REFUSED.name), None)),
        Err(PeopleError::TooMany { .. }) => return Ok(to(&format!("/login?{}={OFTEN}", LOGIN_REFUSED.name), None)),
        Err(error) => return Err(error.into()),
    };
    if let (Some(Extension(before)), Some(_)) = (before, by_cookie) {
        people.logout(&before).await?;
    }
    let seconds = people.seconds_until(expires_ns);
    Ok(to("/", cookie::set(&door.names, token.reveal(), seconds)))
}

/// Ends the session of the cookie, and takes it away. Of a key or a session of a program it is not asked.
pub(super) async fn leave(
    State(door): State<Arc<Door>>,
    Known(asker): Known,
    by_cookie: Option<Extension<ByCookie>>,
) -> Result<Response, ApiError> {
    if by_cookie.is_none() {
        let message = "this ends the session of a browser";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "no_cookie", message).expected(["DELETE /api/v1/session"]));
    }
    people(&door)?.logout(&asker).await?;
    Ok(to("/login", cookie::clear(&door.names)))
}

/// Sends a browser there, by GET.
pub(super) fn to(place: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// What stands in the form: a name and a password, each once, and nothing else.
async fn read(request: Request) -> Result<dto::Login, ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM)) {
        let message = "the body is not said to be a form";
        let expected = [format!("content-type: {FORM}")];
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_a_form", message)
            .found(kind)
            .expected(expected));
    }
    // Nobody is logged in here by another site's page, as somebody of its choice.
    cookie::check_origin(request.method(), request.headers())?;
    let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|_| {
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is too long, or broke off")
            .expected([format!("at most {BODY_BYTES_MAX} bytes")])
    })?;
    let bad = || {
        let message = "the body is not a form with these fields, each once";
        ApiError::new(StatusCode::BAD_REQUEST, "bad_body", message).expected(["name", "password"])
    };
    let (mut name, mut password) = (None, None);
    for (field, value) in form_urlencoded::parse(&bytes) {
        let place = match &*field {
            "name" => &mut name,
            "password" => &mut password,
            _ => return Err(bad()),
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(bad());
        }
    }
    match (name, password) {
        (Some(name), Some(password)) => Ok(dto::Login { name, password }),
        _ => Err(bad()),
    }
}

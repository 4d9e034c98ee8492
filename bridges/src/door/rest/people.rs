//! `/api/v1/keys`: one's own. `/api/v1/users`, `/api/v1/audit`: an admin's.

use super::command::{Key, Made, Told, answered, made_once, request, to_its_end, written};
use super::{Name, name};
use crate::desk::people::{KeyWish, UserChange};
use crate::door::auth::{Known, people};
use crate::door::body::Body;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::shape::{AFTER, ROWS};
use crate::door::{Door, dto};
use crate::role::{Role, Route};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use std::sync::Arc;
use std::time::Duration;

fn role(name: &str) -> Result<Role, ApiError> {
    let unknown = || {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "bad_role", "no such role");
        error.found(name).expected(Role::ALL.map(Role::name))
    };
    Role::find(name).ok_or_else(unknown)
}

/// A key makes no keys and no users: it may hold for an hour and one address, and its children for ever and everywhere.
fn from_a_session(has_logged_in: bool) -> Result<(), ApiError> {
    let message = "only who has logged in makes keys, and makes or changes users";
    let refused = || ApiError::new(StatusCode::FORBIDDEN, "needs_session", message);
    has_logged_in.then_some(()).ok_or_else(refused)
}

pub(crate) async fn keys(State(door): State<Arc<Door>>, Known(asker): Known) -> Result<Json<dto::Keys>, ApiError> {
    Ok(Json(dto::Keys::new(&people(&door)?.keys(asker.caller.user))))
}

pub(crate) async fn add_key(
    State(door): State<Arc<Door>>,
    Known(asker): Known,
    key: Key,
    Body(asked): Body<dto::NewKey>,
) -> Told {
    from_a_session(asker.has_logged_in())?;
    let wish = KeyWish {
        role: role(&asked.role)?,
        holds: asked.expires_in_s.map(Duration::from_secs),
        addresses: asked.addresses.join(","),
        name: asked.name,
    };
    to_its_end(&door, move |door| async move {
        let people = people(&door)?;
        // The key itself is told in the first answer and kept nowhere: asked again, the rest is told, with 200.
        let make = async {
            let (token, row) = people.add_key(&asker.name, asker.caller.role, &wish, &asker.by()).await?;
            let again = (StatusCode::OK, written(&dto::Key::new(&row))?);
            let said = written(&dto::KeyShownOnce { key: token.reveal().to_owned(), about: dto::Key::new(&row) })?;
            Ok(Made { said, again })
        };
        match key.text() {
            Some(key) => made_once(people, &asker, key, &request("key add", &wish), make).await,
            None => make.await.map(|made| answered(StatusCode::CREATED, made.said)),
        }
    })
    .await
}

pub(crate) async fn revoke_key(
    State(door): State<Arc<Door>>,
    Known(asker): Known,
    path: Name,
) -> Result<StatusCode, ApiError> {
    let id = name(path)?;
    to_its_end(&door, move |door| async move {
        people(&door)?.revoke_key(&id, asker.caller.user, &asker.by()).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

pub(crate) async fn users(State(door): State<Arc<Door>>) -> Result<Json<dto::Users>, ApiError> {
    Ok(Json(dto::Users::new(&people(&door)?.picture().users())))
}

pub(crate) async fn add_user(
    State(door): State<Arc<Door>>,
    Known(asker): Known,
    Body(asked): Body<dto::NewUser>,
) -> Result<StatusCode, ApiError> {
    from_a_session(asker.has_logged_in())?;
    let role = role(&asked.role)?;
    to_its_end(&door, move |door| async move {
        people(&door)?.add(&asked.name, &asked.password, role, false, &asker.by()).await?;
        Ok(StatusCode::CREATED)
    })
    .await
}

pub(crate) async fn change_user(
    State(door): State<Arc<Door>>,
    Known(asker): Known,
    path: Name,
    Body(asked): Body<dto::UserChange>,
) -> Result<StatusCode, ApiError> {
    from_a_session(asker.has_logged_in())?;
    let (role, name) = (asked.role.as_deref().map(role).transpose()?, name(path)?);
    let change = UserChange { role, is_enabled: asked.enabled, password: asked.password };
    to_its_end(&door, move |door| async move {
        people(&door)?.change(&name, change, &asker.by()).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

pub(crate) async fn audit(
    State(door): State<Arc<Door>>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Audit>, ApiError> {
    let query = Query::of(Route::Audit, raw.as_deref())?;
    let limit = query.count(&ROWS)?;
    let after = i64::try_from(query.number(&AFTER)?.unwrap_or(0)).unwrap_or(i64::MAX);
    Ok(Json(dto::Audit::new(&people(&door)?.audit_after(after, limit as i64).await?)))
}

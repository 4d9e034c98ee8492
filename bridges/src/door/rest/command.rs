//! `/api/v1/trading/…`: what people tell the engine. Each is written down, done once for each idempotency key, and
//! answered when risk has taken it.

use super::{Name, name, order};
use crate::desk::people::{Asker, People};
use crate::desk::second::Voice;
use crate::door::auth::{Known, people};
use crate::door::body::Body;
use crate::door::error::ApiError;
use crate::door::{Door, dto};
use crate::operator::words::{Answer, Ask};
use crate::store::operational::done_once::Once;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// So long a command waits for a database that looks after its idempotency key, and no longer.
const ONCE_WITHIN: Duration = Duration::from_millis(500);

/// Characters of an idempotency key.
const KEY_CHARS_MAX: usize = 128;

pub(super) type Told = Result<Response, ApiError>;

pub(crate) async fn halt(door: State<Arc<Door>>, who: Known, key: Key, Body(of): Body<dto::Scoped>) -> Told {
    once(&door, who.0, key, Ask::Halt { scope: of.scope }).await
}

pub(crate) async fn reduce(door: State<Arc<Door>>, who: Known, key: Key, Body(of): Body<dto::Scoped>) -> Told {
    once(&door, who.0, key, Ask::Reduce { scope: of.scope }).await
}

pub(crate) async fn flatten(door: State<Arc<Door>>, who: Known, key: Key) -> Told {
    once(&door, who.0, key, Ask::Flatten).await
}

pub(crate) async fn cancel_all(door: State<Arc<Door>>, who: Known, key: Key) -> Told {
    once(&door, who.0, key, Ask::CancelAll).await
}

/// Its token is what makes it happen once.
pub(crate) async fn resume(door: State<Arc<Door>>, who: Known, Body(of): Body<dto::Resume>) -> Told {
    let ask = Ask::Resume { scope: of.scope, token: of.token };
    to_its_end(&door, move |door| async move {
        let (status, body) = tell(&door, &who.0, ask).await?;
        Ok(answered(status, body))
    })
    .await
}

/// A looser one is said twice, by two people: its token is what makes it happen once.
pub(crate) async fn set_limit(door: State<Arc<Door>>, who: Known, key: Name, Body(of): Body<dto::NewLimit>) -> Told {
    let ask = Ask::SetLimit { key: name(key)?, value: of.value, token: of.token };
    to_its_end(&door, move |door| async move {
        let (status, body) = tell(&door, &who.0, ask).await?;
        Ok(answered(status, body))
    })
    .await
}

/// Does it whether or not the caller stays: who sends a halt and leaves, because his network fails or his patience ends, has
/// said it. A connection that is gone takes away the answer, and nothing else.
pub(super) async fn to_its_end<F, T>(door: &Arc<Door>, deed: impl FnOnce(Arc<Door>) -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
    T: Send + 'static,
{
    let unsaid = |_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "unsaid", "what came of it is not known");
    tokio::spawn(deed(Arc::clone(door))).await.unwrap_or_else(|error| Err(unsaid(error)))
}

/// Who sends an `Idempotency-Key` may send the same again, and gets the same answer.
pub(crate) struct Key(pub(super) Option<String>);

impl Key {
    /// The same, or that text as one, where none was shown.
    pub(super) fn or(self, text: Option<&str>) -> Result<Self, ApiError> {
        match (self.0, text) {
            (Some(shown), Some(text)) if shown != text => {
                let message = "the idempotency key and the client_order_id are two names of one order";
                Err(ApiError::new(StatusCode::BAD_REQUEST, "two_names", message).found(&shown).expected([text]))
            }
            (shown, text) => shown.as_deref().or(text).map(Self::read).transpose().map(Self),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn read(text: &str) -> Result<String, ApiError> {
        let is_one =
            (1..=KEY_CHARS_MAX).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        let bad = || {
            ApiError::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", "the idempotency key is not one")
                .expected([format!("1 to {KEY_CHARS_MAX} printable characters")])
        };
        is_one.then(|| text.to_owned()).ok_or_else(bad)
    }
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        Self::read(value.to_str().unwrap_or_default()).map(|key| Self(Some(key)))
    }
}

pub(super) async fn once(door: &Arc<Door>, who: Asker, key: Key, ask: Ask) -> Told {
    to_its_end(door, move |door| async move { once_only(&door, who, key, ask).await }).await
}

async fn once_only(door: &Door, who: Asker, Key(key): Key, ask: Ask) -> Told {
    let Some(key) = key else {
        let (status, body) = tell(door, &who, ask).await?;
        return Ok(answered(status, body));
    };
    let people = people(door)?;
    if let Some(known) = known(people, &who, &key, &ask.request(), ask.only_stops()).await? {
        return Ok(known);
    }
    let told = tell(door, &who, ask).await;
    keep(people, &who, &key, told.as_ref().ok().map(|(status, body)| (*status, body.as_str()))).await;
    told.map(|(status, body)| answered(status, body))
}

/// What was made for somebody: what he is answered, and what whoever asks again under the same key is.
pub(super) struct Made {
    pub(super) said: String,
    pub(super) again: (StatusCode, String),
}

/// Makes something once for an idempotency key, and answers 201.
pub(super) async fn made_once(
    people: &People,
    who: &Asker,
    key: &str,
    request: &str,
    make: impl Future<Output = Result<Made, ApiError>>,
) -> Told {
    if let Some(known) = known(people, who, key, request, false).await? {
        return Ok(known);
    }
    let made = make.await;
    keep(people, who, key, made.as_ref().ok().map(|made| (made.again.0, made.again.1.as_str()))).await;
    made.map(|made| answered(StatusCode::CREATED, made.said))
}

/// Keeps what was answered under an idempotency key; `None`: nothing was done, the same may be asked for again under it.
pub(super) async fn keep(people: &People, who: &Asker, key: &str, answer: Option<(StatusCode, &str)>) {
    let user = who.caller.user;
    let kept = match answer {
        Some((status, body)) => timeout(ONCE_WITHIN, people.end_once(user, key, status.as_u16(), body)).await,
        None => timeout(ONCE_WITHIN, people.forget_once(user, key)).await,
    };
    if !matches!(kept, Ok(Ok(()))) {
        // What was done was done; that it was cannot be told again.
        tracing::error!("an answer is not kept for its idempotency key");
    }
}

/// The answer of the first time, if this is not the first. A database that does not answer holds up nothing that stops; all
/// else waits for it, since nobody could say whether it was done before.
/// What only stops may be under way for ever, cut off by a caller who left: it is done once more, which is no harm.
pub(super) async fn known(
    people: &People,
    who: &Asker,
    key: &str,
    request: &str,
    only_stops: bool,
) -> Result<Option<Response>, ApiError> {
    let conflict = |code, message| Err(ApiError::new(StatusCode::CONFLICT, code, message).found(key));
    let Ok(begun) = timeout(ONCE_WITHIN, people.begin_once(who.caller.user, key, request)).await else {
        tracing::error!("an idempotency key is not looked for: the database does not answer");
        return unlooked(only_stops);
    };
    match begun {
        Ok(Once::Begun) => Ok(None),
        Ok(Once::UnderWay) if only_stops => Ok(None),
        Ok(Once::Done { status, body }) => {
            Ok(Some(answered(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body)))
        }
        Ok(Once::UnderWay) => {
            conflict("under_way", "the same is under way, or was cut off: look at how trading stands")
        }
        Ok(Once::OfAnother) => conflict("key_of_another", "this idempotency key was used for another request"),
        Err(error) => {
            tracing::error!(%error, "an idempotency key is not looked for");
            unlooked(only_stops)
        }
    }
}

/// What stops is done all the same, and done twice is no harm.
fn unlooked(only_stops: bool) -> Result<Option<Response>, ApiError> {
    let (code, message) = ("database", "whether this was done before cannot be told: nothing was done, try again");
    if only_stops { Ok(None) } else { Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code, message)) }
}

async fn tell(door: &Door, who: &Asker, ask: Ask) -> Result<(StatusCode, String), ApiError> {
    let (is_new, sight) = (matches!(ask, Ask::Place { .. }), door.desk.sight(who.caller));
    let steered = if let Ask::Steer { strategy, .. } = &ask { Some(strategy.clone()) } else { None };
    match door.desk.tell(ask, Voice::User(who.caller.user), &who.by(), &sight).await {
        Answer::Limit(limit) => text(StatusCode::OK, &limit),
        Answer::Order(outcome) => text(order::status(&outcome, is_new), &outcome),
        Answer::Confirm { worth_usd } => Err(order::unconfirmed(&worth_usd)),
        Answer::Done(trading) => text(StatusCode::OK, &dto::Standing::new(trading)),
        Answer::Again { token, not_before_ns, until_ns } => {
            text(StatusCode::ACCEPTED, &dto::Again { token, not_before_ns, until_ns })
        }
        Answer::Strategies { .. } => match steered.and_then(|name| door.desk.strategy(&sight, &name)) {
            Some(strategy) => text(StatusCode::OK, &dto::StrategyStatus::new(&strategy)),
            None => Err(ApiError::new(StatusCode::CONFLICT, "refused", "strategies are asked elsewhere")
                .found("another answer")),
        },
        Answer::Refused { why, found } => {
            let found = if found.is_empty() { why } else { format!("{why}: {found}") };
            Err(ApiError::new(StatusCode::CONFLICT, "refused", "nothing was done").found(&found))
        }
    }
}

fn text(status: StatusCode, answer: &impl serde::Serialize) -> Result<(StatusCode, String), ApiError> {
    written(answer).map(|text| (status, text))
}

/// Of what was done.
pub(super) fn written(of: &impl serde::Serialize) -> Result<String, ApiError> {
    let unsaid = |_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "unsaid", "it was done, and cannot be told");
    serde_json::to_string(of).map_err(unsaid)
}

/// To tell one request from another by what it asks for.
pub(super) fn request(what: &str, asked: &impl std::fmt::Debug) -> String {
    format!("{what} {}", blake3::hash(format!("{asked:?}").as_bytes()).to_hex())
}

pub(super) fn answered(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
